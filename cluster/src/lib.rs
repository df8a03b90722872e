//! Real nats-servers on this machine: started, killed, frozen and started again.
//!
//! They listen on loopback only, and their data goes with them.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, BufRead, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(20);

/// After how long a server syncs what it keeps, unless it is told otherwise.
pub const SYNC: &str = "2m";

/// Servers that know one another. They are killed with this value.
#[derive(Debug)]
pub struct Servers {
    servers: Vec<Server>,
    /// Goes with them, unless it is somebody else's.
    own: Option<TempDir>,
}

#[derive(Debug)]
struct Server {
    /// No other has it: it is made from its folder, and stays when it is started again.
    name: String,
    config: PathBuf,
    listen: SocketAddr,
    child: Option<Child>,
}

impl Servers {
    /// So many new ones: a cluster, if there is more than one.
    ///
    /// # Errors
    /// If there is no program `nats-server`, or it does not start.
    pub fn start(count: usize) -> io::Result<Self> {
        Self::start_as(count, SYNC)
    }

    /// The same, which sync what they keep after so long, as their `sync_interval` says it; `always` is before they say that
    /// they have it.
    ///
    /// # Errors
    /// As [`Servers::start`].
    pub fn start_as(count: usize, sync: &str) -> io::Result<Self> {
        let folder = TempDir::new()?;
        let mut servers = Self::try_in(folder.path(), count, sync, "")?;
        servers.own = Some(folder);
        Ok(servers)
    }

    /// One server that asks for this login.
    ///
    /// # Errors
    /// As [`Servers::start`].
    pub fn start_with_login(user: &str, password: &str) -> io::Result<Self> {
        let folder = TempDir::new()?;
        let login = format!("authorization {{ user: {user:?}, password: {password:?} }}");
        let mut servers = Self::try_in(folder.path(), 1, SYNC, &login)?;
        servers.own = Some(folder);
        Ok(servers)
    }

    /// So many, whose data is in this folder, and stays there. They sync what they keep before they say that they have it.
    ///
    /// # Errors
    /// As [`Servers::start`].
    pub fn start_in(folder: &Path, count: usize) -> io::Result<Self> {
        // As docs/cluster.md advises.
        Self::try_in(folder, count, "always", "")
    }

    fn try_in(folder: &Path, count: usize, sync: &str, login: &str) -> io::Result<Self> {
        // An address may be taken by somebody else before its server has it.
        const TRIES: usize = 5;
        let mut started = Self::start_once_in(folder, count, sync, login);
        for _ in 1..TRIES {
            if matches!(&started, Err(error) if error.kind() == io::ErrorKind::AddrInUse) {
                started = Self::start_once_in(folder, count, sync, login);
            }
        }
        started
    }

    fn start_once_in(folder: &Path, count: usize, sync: &str, login: &str) -> io::Result<Self> {
        let listens = free_addresses(2 * count)?;
        let (clients, routes) = listens.split_at(count);
        let known = routes.iter().map(|route| format!("nats://{route}")).collect::<Vec<_>>().join(", ");
        let mut servers = Vec::new();
        for (number, (listen, route)) in clients.iter().zip(routes).enumerate() {
            let store = folder.join(format!("nats-{number}"));
            fs::create_dir_all(&store)?;
            let config = folder.join(format!("nats-{number}.conf"));
            let mut hasher = DefaultHasher::new();
            store.hash(&mut hasher);
            let name = format!("n{number}-{:016x}", hasher.finish());
            let cluster = format!(
                "cluster {{ name: here, listen: \"{route}\", routes: [{known}], no_advertise: true }}"
            );
            let cluster = if count > 1 { cluster } else { String::new() };
            let store = store.display();
            fs::write(
                &config,
                format!(
                    "server_name: {name}\nlisten: \"{listen}\"\n{login}\n{cluster}\n\
                     jetstream {{ store_dir: \"{store}\", max_memory_store: 256MB, max_file_store: 8GB, sync_interval: {sync} }}\n"
                ),
            )?;
            servers.push(Server { name, config, listen: *listen, child: None });
        }
        let mut servers = Self { servers, own: None };
        for number in 0..count {
            servers.run(number)?;
        }
        Ok(servers)
    }

    /// Where each of them is reached.
    pub fn urls(&self) -> Vec<String> {
        self.servers.iter().map(|server| format!("nats://{}", server.listen)).collect()
    }

    /// Which of them has this name.
    pub fn named(&self, name: &str) -> Option<usize> {
        self.servers.iter().position(|server| server.name == name)
    }

    /// The processes of those that run.
    pub fn ids(&self) -> impl Iterator<Item = u32> {
        self.servers.iter().filter_map(|server| server.child.as_ref().map(Child::id))
    }

    /// How many there are, running or not.
    pub const fn count(&self) -> usize {
        self.servers.len()
    }

    /// `kill -9`.
    ///
    /// # Errors
    /// If it cannot be killed.
    pub fn kill(&mut self, number: usize) -> io::Result<()> {
        if let Some(mut child) = self.servers[number].child.take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    /// Starts one that was killed.
    ///
    /// # Errors
    /// If it does not start.
    pub fn run(&mut self, number: usize) -> io::Result<()> {
        let server = &mut self.servers[number];
        let mut command = Command::new("nats-server");
        command
            .arg("-c")
            .arg(&server.config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let started = command.spawn();
        server.child = Some(started.map_err(|error| {
            io::Error::new(
                error.kind(),
                format!("nats-server cannot be run (scripts/setup.sh nats): {error}"),
            )
        })?);
        let began = Instant::now();
        while !server.answers() {
            let ended = server.child.as_mut().map(Child::try_wait).transpose()?.flatten();
            if let Some(ended) = ended {
                return Err(io::Error::new(io::ErrorKind::AddrInUse, format!("nats-server ended: {ended}")));
            }
            if began.elapsed() > PATIENCE {
                return Err(io::Error::other("nats-server does not start"));
            }
            sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// Stops it where it is, as if it were cut off from everybody, or lets it go on.
    ///
    /// # Errors
    /// If there is no program `kill`.
    pub fn freeze(&self, number: usize, frozen: bool) -> io::Result<()> {
        let Some(child) = &self.servers[number].child else { return Ok(()) };
        let signal = if frozen { "-STOP" } else { "-CONT" };
        Command::new("kill").args([signal, &child.id().to_string()]).status().map(drop)
    }
}

impl Server {
    /// Whether it is there: at its address may be another one, which was quicker.
    fn answers(&self) -> bool {
        let greeting = || {
            let stream = TcpStream::connect(self.listen)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            let mut line = String::new();
            BufReader::new(stream).read_line(&mut line).map(|_| line)
        };
        greeting().is_ok_and(|line| line.contains(&format!("\"{}\"", self.name)))
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        for number in 0..self.servers.len() {
            // Whoever cannot be killed is gone.
            let _ = self.kill(number);
        }
    }
}

/// Addresses at which nobody listens: taken all at once, so that they differ.
fn free_addresses(count: usize) -> io::Result<Vec<SocketAddr>> {
    let taken = (0..count).map(|_| TcpListener::bind("127.0.0.1:0")).collect::<io::Result<Vec<_>>>()?;
    taken.iter().map(TcpListener::local_addr).collect()
}
