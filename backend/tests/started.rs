//! The lines of the log that say what runs, and how it ended.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod common;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use cluster::Servers;
use common::Client;
use common::process::Process;
use serde_json::Value;
use tempfile::TempDir;

/// A server, and the lines of its log.
struct Logged {
    process: Process,
    lines: Box<dyn Iterator<Item = Value>>,
}

impl Logged {
    fn start(command: &mut Command, data: &Path) -> Self {
        command.env("DUILIAO_DATA", data).env("DUILIAO_LISTEN", "127.0.0.1:0");
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let lines = lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap());
        Self { process: Process(child), lines: Box::new(lines) }
    }

    /// The next line that says this.
    fn line(&mut self, message: &str) -> Value {
        self.lines
            .find(|line| line["message"] == message)
            .unwrap_or_else(|| panic!("it never says {message}"))
    }

    fn terminate(&self) {
        let id = self.process.0.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    }
}

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_duiliao"))
}

#[tokio::test]
async fn started_says_what_runs_and_stopped_how_long_it_took() {
    let data = TempDir::new().unwrap();
    let mut server =
        Logged::start(program().args(["--keep-days", "30"]).env("DUILIAO_METRICS_OPEN", "true"), data.path());
    let started = server.line("started");
    assert_eq!(started["version"], env!("CARGO_PKG_VERSION"));
    assert!(started["commit"].as_str().is_some_and(|commit| !commit.is_empty()), "{started}");
    assert_eq!(started["data"], data.path().to_str().unwrap());
    assert_eq!((&started["format"], &started["rooms"]), (&6.into(), &1.into()), "{started}");
    let options = started["options"].as_str().unwrap();
    for option in ["keep-days=30", "metrics-open=true", "data="] {
        assert!(options.contains(option), "{options}");
    }
    assert!(!options.contains("dist="), "what was not given is not named: {options}");
    let address = started["listen"].as_str().unwrap().to_owned();
    assert_eq!(server.line("listening")["address"], address.as_str());
    let mut zhang = Client::connect(&address).await;
    zhang.join("张三").await;
    server.terminate();
    assert_eq!(server.line("stopping")["connections"], 1);
    assert!(server.line("stopped")["ms"].as_u64().is_some());
    zhang.until_over().await;
}

#[test]
fn started_says_no_password() {
    let servers = Servers::start(1).unwrap();
    let url = servers.urls()[0].replace("nats://", "nats://me:secret@");
    let data = TempDir::new().unwrap();
    let mut server =
        Logged::start(program().args(["--nats-replicas", "1"]).env("DUILIAO_NATS", url), data.path());
    let started = server.line("started");
    assert!(started["options"].as_str().unwrap().contains("nats=***"), "{started}");
    assert!(!started.to_string().contains("secret"), "{started}");
    assert_eq!(started["format"], 7, "{started}");
}

#[test]
fn a_low_limit_of_open_files_is_said_at_the_start() {
    let low = "few files and connections may be open at a time";
    let data = TempDir::new().unwrap();
    let limited = |limit: &str| {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("ulimit -n {limit}; exec \"$0\""), env!("CARGO_BIN_EXE_duiliao")]);
        shell
    };
    let mut server = Logged::start(&mut limited("500"), data.path());
    assert_eq!(server.line(low)["limit"], 500);
    drop(server);
    let mut server = Logged::start(&mut limited("4096"), data.path());
    let said: Vec<_> = server.lines.by_ref().take_while(|line| line["message"] != "listening").collect();
    assert!(!said.iter().any(|line| line["message"] == low), "{said:?}");
}
