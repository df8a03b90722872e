//! A TCP proxy between a window and the server that can drop its connections while the server runs.

use std::fmt;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;

use crate::server::Server;

/// TCP proxy on a port of its own. Browsers treat it as another origin, so it shares no storage with the server's.
pub struct FlakyProxy {
    url: String,
    cut: watch::Sender<bool>,
    _runtime: Runtime,
}

impl FlakyProxy {
    /// Starts a proxy to `server`.
    ///
    /// # Panics
    /// When there is no free port.
    #[track_caller]
    pub fn start(server: &Server) -> Self {
        let runtime =
            Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("tokio starts");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("there is a free port");
        let port = listener.local_addr().expect("a listener has an address").port();
        let (cut, is_cut) = watch::channel(false);
        let server = server.address().to_owned();
        runtime.spawn(async move {
            while let Ok((page, _)) = listener.accept().await {
                tokio::spawn(pass_on(page, server.clone(), is_cut.clone()));
            }
        });
        Self { url: format!("http://127.0.0.1:{port}"), cut, _runtime: runtime }
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Replaces the origin of a room link, so that it leads through this proxy.
    ///
    /// # Panics
    /// When `link` is no room link.
    #[track_caller]
    pub fn rewrite_link(&self, link: &str) -> String {
        let (_, path) = link.split_once("/r/").unwrap_or_else(|| panic!("{link} is no link of a room"));
        format!("{}/r/{path}", self.url)
    }

    /// Closes every connection, and each new one at once.
    pub fn cut(&self) {
        self.cut.send_replace(true);
    }

    /// Forwards connections again.
    pub fn mend(&self) {
        self.cut.send_replace(false);
    }
}

/// Forwards one connection until either side closes it or the proxy is cut.
async fn pass_on(mut page: TcpStream, server: String, mut is_cut: watch::Receiver<bool>) {
    let both = async {
        let mut server = TcpStream::connect(server).await?;
        copy_bidirectional(&mut page, &mut server).await
    };
    // Whichever ends first, what remains is the page's to notice: its connection is gone.
    tokio::select! {
        biased;
        _ = is_cut.wait_for(|cut| *cut) => {}
        _ = both => {}
    }
}

impl fmt::Debug for FlakyProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "flaky proxy at {}", self.url)
    }
}
