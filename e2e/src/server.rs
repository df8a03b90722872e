//! The real server: the binary beside the test, on a free port, with a data folder of its own.

use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use tempfile::TempDir;

use crate::process::Process;

/// The running server. It can be stopped, killed and started again on the same port and data.
#[derive(Debug)]
pub struct Server {
    process: Option<Process>,
    url: String,
    data: TempDir,
    more: &'static [&'static str],
}

impl Server {
    /// Starts it with nothing in its data folder.
    ///
    /// # Panics
    /// When the server or the page has not been built.
    #[track_caller]
    pub fn start() -> Self {
        Self::start_with("127.0.0.1:0", &[])
    }

    /// Starts it at this machine's address on its network: to a browser that is no secure place, without https.
    ///
    /// # Panics
    /// When the machine is on no network, or the server or the page has not been built.
    #[track_caller]
    pub fn start_on_the_network() -> Self {
        // Nothing is sent: it is only asked which way that would go.
        let way = UdpSocket::bind("0.0.0.0:0").and_then(|socket| {
            socket.connect("198.51.100.1:9")?;
            socket.local_addr()
        });
        let own = way.expect("this machine is on a network").ip();
        Self::start_with(&format!("{own}:0"), &[])
    }

    /// Starts it with nothing in its data folder, and lets everybody do as much as they like.
    ///
    /// # Panics
    /// When the server or the page has not been built.
    #[track_caller]
    pub fn start_without_limits() -> Self {
        Self::start_with("127.0.0.1:0", &["--no-limits"])
    }

    /// Starts it with nothing in its data folder, for a proxy of this machine.
    ///
    /// # Panics
    /// When the server or the page has not been built.
    #[track_caller]
    pub fn start_behind_a_proxy() -> Self {
        Self::start_with("127.0.0.1:0", &["--trusted-proxy", "127.0.0.1"])
    }

    #[track_caller]
    fn start_with(listen: &str, more: &'static [&'static str]) -> Self {
        let data = TempDir::new().expect("a folder for data can be made");
        let (process, url) = run(listen, data.path(), more);
        Self { process: Some(process), url, data, more }
    }

    /// `http://127.0.0.1:PORT`, or the machine's own address
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The same without `http://`
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// `kill -9`: it has no chance to do anything more.
    #[track_caller]
    pub fn kill9(&mut self) {
        let mut process = self.process.take().expect("the server is running");
        process.signal("KILL");
        process.wait();
    }

    /// SIGTERM, and waits until it has drained and ended as it should.
    #[track_caller]
    pub fn terminate(&mut self) {
        let mut process = self.process.take().expect("the server is running");
        process.signal("TERM");
        let status = process.wait();
        assert!(status.success(), "stopped by SIGTERM, the server ended with {status}");
    }

    /// Starts it again: the same port, the same data.
    #[track_caller]
    pub fn restart(&mut self) {
        assert!(self.process.is_none(), "the server is running already");
        let (process, url) = run(self.address(), self.data.path(), self.more);
        assert_eq!(url, self.url);
        self.process = Some(process);
    }

    /// Whether the log in the data folder holds this text.
    #[track_caller]
    pub fn has_stored(&self, text: &str) -> bool {
        ["log.db", "log.db-wal"].iter().any(|name| {
            fs::read(self.data.path().join(name))
                .is_ok_and(|bytes| bytes.windows(text.len()).any(|part| part == text.as_bytes()))
        })
    }
}

#[track_caller]
fn run(listen: &str, data: &Path, more: &[&str]) -> (Process, String) {
    let binary = target_profile().join("duiliao");
    assert!(binary.exists(), "{} is missing; run `make e2e`, which builds it", binary.display());
    let dist = workspace().join("dist");
    assert!(
        dist.join("index.html").exists(),
        "{} is missing; run `make e2e`, which builds it",
        dist.display()
    );
    let process = Process::start(
        Command::new(binary)
            .args(["--print-address", "--listen", listen])
            .arg("--data")
            .arg(data)
            .arg("--dist")
            .arg(dist)
            .args(more)
            .current_dir(data),
    );
    let url = process.wait_for_line("where it listens", |line| {
        Some(line.strip_prefix("listening on ")?.trim().to_owned())
    });
    (process, url)
}

/// The folder of `Cargo.toml`, `index.html` and `dist`.
pub(crate) fn workspace() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("e2e stands in the workspace").to_owned()
}

/// `target/debug`, or wherever this test was built.
fn target_profile() -> PathBuf {
    let test = env::current_exe().expect("a running test has a path");
    test.ancestors().nth(2).expect("tests stand in target/PROFILE/deps").to_owned()
}

/// `target/screenshots`
///
/// # Panics
/// When this program does not stand in a target folder.
pub fn screenshots() -> PathBuf {
    let profile = target_profile();
    let target = profile.parent().expect("profiles stand in target");
    target.join("screenshots")
}
