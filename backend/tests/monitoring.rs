//! What whoever runs a server is given to watch it with: every figure it names is one that the server tells.

mod common;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::TestServer;
use common::raw::{get, raw};
use shared::Code;

/// A file of `docs/monitoring`.
fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/monitoring").join(name)
}

/// The names of figures in a text: of ours, and of those every process has.
fn names(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with("duiliao_") || word.starts_with("process_")).collect()
}

/// What a server tells after somebody came, was refused, searched in vain and went.
async fn told() -> String {
    let server = TestServer::start().await;
    let mut zhang = server.join("张三").await;
    zhang.say("在").await;
    zhang.until_text("在").await;
    let mut other = server.connect().await;
    assert_eq!(other.try_join("张三").await, Code::NameTaken);
    other.hang_up().await;
    raw(&server, &get("/api/rooms/lobby/search?q=x", "")).await;
    raw(&server, &get("/metrics", "")).await
}

#[tokio::test]
async fn every_figure_that_alerts_and_dashboard_name_is_told() {
    let told = told().await;
    let figures = names(&told);
    let alerts = std::fs::read_to_string(file("alerts.yml")).unwrap();
    let dashboard: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(file("dashboard.json")).unwrap()).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let targets = panels.iter().flat_map(|panel| panel["targets"].as_array().unwrap());
    let shown: String = targets.map(|target| target["expr"].as_str().unwrap().to_owned() + "\n").collect();
    // A failure is told of as 0 before there is one.
    for (what, text) in [("alerts.yml", &alerts), ("dashboard.json", &shown)] {
        let wanted = names(text);
        assert!(wanted.len() > 9, "{what} names {wanted:?}");
        let unknown: Vec<_> = wanted.difference(&figures).collect();
        assert!(unknown.is_empty(), "{what} names {unknown:?}, which are not in:\n{told}");
    }
    // And nothing is told that nobody looks at.
    let bases = told.lines().filter_map(|line| line.strip_prefix("# type ")?.split(' ').next());
    for base in bases.filter(|name| !name.is_empty()) {
        assert!(shown.contains(base), "the dashboard shows nothing of {base}");
    }
}

#[tokio::test]
async fn nothing_that_is_told_is_of_a_person_or_a_room() {
    let told = told().await;
    for secret in ["张三", "lobby", "127.0.0.1"] {
        assert!(!told.contains(secret), "{secret}: {told}");
    }
    for line in ["duiliao_events_total 3", "duiliao_refusals_total{code=\"name_taken\"} 1"] {
        assert!(told.lines().any(|there| there == line), "{line}: {told}");
    }
}

/// Where promtool is (Debian's package `prometheus`), it reads the rules as Prometheus does, and what is told too.
#[test]
fn promtool_takes_the_alerts() {
    match Command::new("promtool").args(["check", "rules"]).arg(file("alerts.yml")).output() {
        Ok(checked) => assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr)),
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::NotFound),
    }
}
