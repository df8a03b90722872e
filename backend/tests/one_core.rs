//! The real server on a machine with one core, where one thread does what several do elsewhere.

mod common;

use std::process::Command;

use backend::check::check;
use common::{Client, process};
use tempfile::TempDir;

#[tokio::test]
async fn with_one_core_two_windows_chat_and_a_stop_says_goodbye() {
    let data = TempDir::new().unwrap();
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", "0", env!("CARGO_BIN_EXE_duiliao"), "--listen", "127.0.0.1:0", "--data"]);
    let (mut server, address) = process::start(command.arg(data.path()));

    let (mut zhang, mut wang) = (Client::connect(&address).await, Client::connect(&address).await);
    zhang.join("张三").await;
    wang.join("王五").await;
    for text in ["一", "二", "三"] {
        zhang.say(text).await;
        wang.until_text(text).await;
        wang.say("听到").await;
    }
    zhang.until("all answers", |client| client.texts().len() == 6).await;

    let stop = Command::new("kill").arg(server.0.id().to_string()).status().unwrap();
    assert!(stop.success());
    zhang.until_over().await;
    wang.until_over().await;
    assert!(server.0.wait().unwrap().success());
    let report = check(data.path()).unwrap();
    assert!(report.is_good(), "{report}");
}
