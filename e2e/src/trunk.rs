//! The page as `trunk serve` gives it out while one works on it, with its proxy to the server.

use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use std::{env, fs};

use tempfile::TempDir;

use crate::process::Process;
use crate::server::{Server, workspace};
use crate::wait::eventually_within;

/// It builds the page first.
const BUILD: Duration = Duration::from_secs(600);
/// Where `Trunk.toml` says the server is.
const DEFAULT_SERVER: &str = "127.0.0.1:8082";

/// A running `trunk serve`; what it builds goes to a folder of its own, not to `dist/`.
#[derive(Debug)]
pub struct TrunkServe {
    _process: Process,
    _folder: TempDir,
    url: String,
}

impl TrunkServe {
    /// Starts it with the project's `Trunk.toml`, but for the server's address, and waits until it gives out the page.
    ///
    /// # Panics
    /// When the page cannot be built, or `Trunk.toml` does not name the server.
    #[track_caller]
    pub fn start(server: &Server) -> Self {
        let folder = TempDir::new().expect("a folder can be made");
        let stand_in = folder.path().join("project");
        make_stand_in(&stand_in, server.address());
        let port = free_port();
        // Trunk takes `NO_COLOR=1` for a wrong option.
        let process = Process::start(
            Command::new("trunk")
                .args(["serve", "--offline", "--no-autoreload=true", "--address=127.0.0.1"])
                .arg(format!("--port={port}"))
                .arg("--dist")
                .arg(folder.path().join("dist"))
                .current_dir(&stand_in)
                .env("CARGO_TARGET_DIR", target())
                .env_remove("NO_COLOR"),
        );
        eventually_within(BUILD, "trunk serve", || {
            TcpStream::connect(("127.0.0.1", port)).map_err(|error| error.to_string())
        });
        Self { _process: process, _folder: folder, url: format!("http://127.0.0.1:{port}") }
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// A folder like the workspace, whose `Trunk.toml` names another server; all else are links. So the test can run
/// while something else has the usual port, and what it tests is the real file.
#[track_caller]
fn make_stand_in(folder: &Path, server: &str) {
    let config = fs::read_to_string(workspace().join("Trunk.toml")).expect("Trunk.toml is there");
    assert!(config.contains(DEFAULT_SERVER), "Trunk.toml does not name {DEFAULT_SERVER}");
    fs::create_dir(folder).expect("a folder can be made");
    fs::write(folder.join("Trunk.toml"), config.replace(DEFAULT_SERVER, server))
        .expect("a file can be written");
    for entry in fs::read_dir(workspace()).expect("the workspace can be read").flatten() {
        if entry.file_name() != "Trunk.toml" {
            symlink(entry.path(), folder.join(entry.file_name())).expect("a link can be made");
        }
    }
}

/// What was compiled for the page already, `trunk serve` need not compile again.
fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace().join("target"), Into::into)
}

/// Free a moment ago; Trunk does not say which port it got when told to choose.
#[track_caller]
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    listener.local_addr().expect("a listener has an address").port()
}
