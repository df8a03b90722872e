//! Three nodes and the three NATS servers where they meet, on this machine, for a person to try: `make cluster`.
#![expect(clippy::print_stdout, reason = "it says where to look")]

use std::io;
use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;

use cluster::Servers;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{sleep, timeout};

/// Where the nodes listen.
const PORTS: [u16; 3] = [8082, 8083, 8084];

/// Kept from one time to the next.
const FOLDER: &str = "data/cluster";

/// How long nodes may take to say goodbye.
const GOODBYES: Duration = Duration::from_secs(10);

/// A node, which ends with this value.
struct Node(Child);

impl Drop for Node {
    fn drop(&mut self) {
        // Whoever cannot be killed is gone.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    // Before anything is started: whoever ends this ends all of it.
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let mut hangup = signal(SignalKind::hangup())?;
    let folder = std::env::current_dir()?.join(FOLDER);
    std::fs::create_dir_all(&folder)?;
    let servers = Servers::start_in(&folder, PORTS.len())?;
    let program = std::env::current_exe()?.with_file_name("duiliao");
    let urls = servers.urls().join(",");
    println!("NATS servers: {urls}");
    let start = |port| start(&program, &folder, port, &urls);
    let mut nodes = PORTS.into_iter().map(start).collect::<io::Result<Vec<_>>>()?;
    println!(
        "open a window at each: http://127.0.0.1:8082 http://127.0.0.1:8083 http://127.0.0.1:8084 (Ctrl-C ends all)"
    );
    println!("what happens if one of these is killed?");
    for (node, port) in nodes.iter().zip(PORTS) {
        println!("  kill -9 {}   # the node at {port}", node.0.id());
    }
    for id in servers.ids() {
        println!("  kill -9 {id}   # a NATS server");
    }
    tokio::select! {
        ended = all_ended(&mut nodes) => return ended,
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
    for node in &mut nodes {
        // The number of one that has ended may be another's by now.
        if node.0.try_wait()?.is_none() {
            Command::new("kill").arg(node.0.id().to_string()).status()?;
        }
    }
    // Who does not end in time is killed.
    timeout(GOODBYES, all_ended(&mut nodes)).await.unwrap_or(Ok(()))
}

async fn all_ended(nodes: &mut [Node]) -> io::Result<()> {
    loop {
        let mut ended = 0;
        for node in &mut *nodes {
            ended += usize::from(node.0.try_wait()?.is_some());
        }
        if ended == nodes.len() {
            return Ok(());
        }
        sleep(Duration::from_millis(200)).await;
    }
}

fn start(program: &Path, folder: &Path, port: u16, urls: &str) -> io::Result<Node> {
    let mut command = Command::new(program);
    command.args(["--listen", &format!("127.0.0.1:{port}"), "--nats", urls, "--dist", "dist", "--data"]);
    let child = command.arg(folder.join(format!("node-{port}"))).spawn();
    let child =
        child.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", program.display())))?;
    Ok(Node(child))
}
