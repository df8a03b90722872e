//! The real server on a disk that is full or damaged.

mod common;

use std::path::Path;
use std::process::Command;

use backend::check::check;
use common::process::{self, Process};
use common::{Client, TestServer, new_id};
use shared::{Code, FromPage};
use tempfile::TempDir;

/// Starts the server; no file of it may become larger than so many blocks of 512 bytes, as if the disk were full.
fn start(data: &Path, blocks: u32) -> (Process, String) {
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" --listen 127.0.0.1:0 --data \"$1\"");
    process::start(Command::new("sh").args(["-c", &script, env!("CARGO_BIN_EXE_duiliao")]).arg(data))
}

#[tokio::test]
async fn on_a_full_disk_what_was_heard_stays_and_the_rest_is_refused() {
    let data = std::sync::Arc::new(TempDir::new().unwrap());
    let (process, address) = start(data.path(), 400);
    let mut zhang = Client::connect(&address).await;
    zhang.join("张三").await;
    let long = "满".repeat(3_900);
    let mut refused = None;
    for _ in 0..60 {
        let (id, heard) = (new_id(), zhang.events.len());
        zhang.send(&FromPage::Say { id, text: long.clone(), reply_to: None }).await;
        zhang.until("an answer", |client| client.events.len() > heard || !client.refused.is_empty()).await;
        if let Some(answer) = zhang.refused.first() {
            assert_eq!(*answer, (Code::StorageFailed, Some(id)));
            refused = Some(id);
            break;
        }
    }
    let refused = refused.expect("60 messages of 12 KB do not fit into 200 KB");
    let heard = zhang.texts().len();
    drop(process);

    let report = check(data.path()).unwrap();
    assert!(report.is_good(), "{report}");
    let server = TestServer::on(data, |_| {}).await;
    let mut back = Client::resume(&server.address, &zhang).await;
    back.send(&FromPage::Say { id: refused, text: "有地方了".into(), reply_to: None }).await;
    back.until_text("有地方了").await;
    assert_eq!(back.texts().len(), heard + 1, "what was refused was not stored");
}

#[tokio::test]
async fn a_damaged_log_is_refused_with_a_sentence() {
    let server = TestServer::start().await;
    let mut zhang = server.join("张三").await;
    zhang.say("一").await;
    zhang.until_text("一").await;
    let data = server.stop().await;
    let file = data.path().join("log.db");
    let mut bytes = std::fs::read(&file).unwrap();
    let page = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
    bytes[page..].fill(0x5a);
    std::fs::write(&file, &bytes).unwrap();

    let mut command = Command::new(env!("CARGO_BIN_EXE_duiliao"));
    let output = command.args(["--listen", "127.0.0.1:0", "--data"]).arg(data.path()).output().unwrap();
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && complaint.contains("log.db"), "{complaint}");
    assert_eq!(std::fs::read(&file).unwrap(), bytes, "a damaged file is left as it is");
    assert!(check(data.path()).unwrap().to_string().contains("log.db is damaged"));
}

/// An unmounted disk, or a wrong folder, must not look like a new server.
#[tokio::test]
async fn missing_or_empty_log_beside_its_index_is_refused() {
    let server = TestServer::start().await;
    let mut zhang = server.join("张三").await;
    zhang.say("一").await;
    zhang.until_text("一").await;
    let data = server.stop().await;
    let log = data.path().join("log.db");
    let starts = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_duiliao"));
        command.args(["--listen", "127.0.0.1:0", "--data"]).arg(data.path()).output().unwrap()
    };
    std::fs::write(&log, "").unwrap();
    let emptied = starts();
    std::fs::remove_file(&log).unwrap();
    for output in [emptied, starts()] {
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && complaint.contains("is missing or empty"), "{complaint}");
    }
    assert!(!log.exists(), "nothing was made");
}
