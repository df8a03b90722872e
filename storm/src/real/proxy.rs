//! The network between pages and server: passes bytes on until it has had enough of a connection, and cuts it there,
//! within a frame as likely as not.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;
use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// The network.
#[derive(Debug)]
pub(super) struct Proxy {
    /// Where the pages connect.
    pub(super) address: SocketAddr,
    /// How many connections were cut.
    pub(super) cuts: Cell<u32>,
    servers: Vec<SocketAddr>,
    /// Which of them is tried first next.
    next: Cell<usize>,
    /// Whether connections are let through.
    open: Cell<bool>,
    chance: RefCell<Option<Xoshiro256PlusPlus>>,
}

/// Mean length of a connection in bytes, to the server and from it.
const MEAN: [f64; 2] = [8_000.0, 80_000.0];

impl Proxy {
    /// To these servers, in turns: where one does not answer, to the next. Ends with the tasks of this thread.
    pub(super) async fn start(servers: Vec<SocketAddr>, chance: Xoshiro256PlusPlus) -> Result<Rc<Self>> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let proxy = Rc::new(Self {
            address: listener.local_addr()?,
            cuts: Cell::new(0),
            servers,
            next: Cell::new(0),
            open: Cell::new(true),
            chance: RefCell::new(Some(chance)),
        });
        let accepting = Rc::clone(&proxy);
        tokio::task::spawn_local(async move {
            while let Ok((page, _)) = listener.accept().await {
                tokio::task::spawn_local(Rc::clone(&accepting).pass(page));
            }
        });
        Ok(proxy)
    }

    /// Lets connections through, or none.
    pub(super) fn set_open(&self, open: bool) {
        self.open.set(open);
    }

    /// From now on no connection is cut.
    pub(super) fn calm_down(&self) {
        self.chance.take();
    }

    /// How many bytes a connection lives, each way.
    fn budgets(&self) -> [u64; 2] {
        let mut chance = self.chance.borrow_mut();
        MEAN.map(|mean| match &mut *chance {
            Some(chance) => (-chance.random::<f64>().max(1e-9).ln() * mean) as u64,
            None => u64::MAX,
        })
    }

    async fn connect(&self) -> Option<TcpStream> {
        let first = self.next.get();
        self.next.set(first + 1);
        for server in self.servers.iter().cycle().skip(first % self.servers.len()).take(self.servers.len()) {
            if let Ok(stream) = TcpStream::connect(server).await {
                return Some(stream);
            }
        }
        None
    }

    async fn pass(self: Rc<Self>, mut page: TcpStream) {
        if !self.open.get() {
            return;
        }
        let Some(mut server) = self.connect().await else { return };
        let nodelay = page.set_nodelay(true).and_then(|()| server.set_nodelay(true));
        let [up, down] = self.budgets();
        let (mut from_page, mut to_page) = page.split();
        let (mut from_server, mut to_server) = server.split();
        let cut = {
            let mut upward = std::pin::pin!(copy(&mut from_page, &mut to_server, up));
            let mut downward = std::pin::pin!(copy(&mut from_server, &mut to_page, down));
            // Whichever way ends first: by itself, then the other one does too, or by a cut, then both do.
            tokio::select! {
                cut = &mut upward => cut || ending(downward).await,
                cut = &mut downward => cut || ending(upward).await,
            }
        };
        if cut && nodelay.is_ok() {
            self.cuts.set(self.cuts.get() + 1);
        }
    }
}

/// A way whose other way has ended is not waited for long.
async fn ending(way: impl Future<Output = bool>) -> bool {
    tokio::time::timeout(Duration::from_secs(2), way).await.unwrap_or(false)
}

/// Passes so many bytes on; whether it ended for that.
async fn copy(from: &mut ReadHalf<'_>, to: &mut WriteHalf<'_>, mut budget: u64) -> bool {
    let mut buffer = [0; 4_096];
    loop {
        let Ok(count @ 1..) = from.read(&mut buffer).await else {
            let _ = to.shutdown().await;
            return false;
        };
        let passed = usize::try_from(budget).unwrap_or(usize::MAX).min(count);
        if to.write_all(&buffer[..passed]).await.is_err() {
            return false;
        }
        if passed < count {
            return true;
        }
        budget -= passed as u64;
    }
}
