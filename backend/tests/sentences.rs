//! What the program says where something is wrong: one sentence that names the file, the user or the header.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod common;

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use common::TestServer;
use common::raw::raw;
use tempfile::TempDir;

/// Whom files are taken from in these tests: `nobody`, where the tests run as root.
const NOBODY: u32 = 65_534;

/// What the program says with these arguments, as a user who may not do everything.
fn says(arguments: &[&str], folder: &Path) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_duiliao"));
    command.args(arguments).current_dir(folder).env("RUST_BACKTRACE", "0");
    command.env("DUILIAO_LISTEN", "127.0.0.1:0").env("DUILIAO_DIST", ".");
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    let output = command.output().unwrap();
    assert!(!output.status.success(), "{arguments:?} was done");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").unwrap().uid() == 0
}

/// Gives a file or a folder to the user of [`says`], who then may do this with it.
fn give(path: &Path, mode: u32) {
    if is_root() {
        chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// A folder of that user's, and in it a data folder `data`.
fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    give(folder.path(), 0o700);
    drop(backend::store::log::Log::open(&folder.path().join("data")).unwrap());
    give(&folder.path().join("data"), 0o700);
    for file in fs::read_dir(folder.path().join("data")).unwrap() {
        give(&file.unwrap().path(), 0o600);
    }
    folder
}

fn expect(arguments: &[&str], folder: &Path, sentence: &str) {
    let said = says(arguments, folder);
    assert!(said.contains(sentence), "{arguments:?} says: {said}");
    assert!(!said.contains("is the disk full"), "{arguments:?} says: {said}");
}

#[test]
fn a_data_folder_that_cannot_be_written_is_named_with_its_user() {
    let folder = folder();
    let path = folder.path();
    let data = path.join("data");
    fs::set_permissions(&data, fs::Permissions::from_mode(0o500)).unwrap();
    fs::remove_file(data.join("lock")).unwrap();
    let sentence = format!("the data folder {} cannot be written by ", data.display());
    expect(&["--data", data.to_str().unwrap()], path, &sentence);
    let said = says(&["--data", data.to_str().unwrap()], path);
    assert!(said.contains("permission denied") && (!is_root() || said.contains("nobody (65534)")), "{said}");
    fs::write(path.join("file"), "").unwrap();
    expect(&["--data", "file"], path, "the data folder file cannot be written by ");
    expect(&["--data", "file"], path, "it is a file, not a folder");
}

#[test]
fn a_log_that_is_missing_is_named() {
    let folder = folder();
    let path = folder.path();
    expect(&["check", "--data", "dnone"], path, "there is no log in dnone");
    expect(&["backup", "copy.db", "--data", "dnone"], path, "there is no log in dnone");
    expect(&["restore", "nofile", "--data", "new"], path, "nofile: no such file");
    assert!(!path.join("new").exists() && !path.join("dnone").exists(), "nothing was made");
    expect(
        &["backup", "none/copy.db", "--data", "data"],
        path,
        "none/copy.db cannot be written: entity not found",
    );
}

#[test]
fn a_log_that_may_not_be_read_is_named_with_its_user() {
    let folder = folder();
    let path = folder.path();
    fs::set_permissions(path.join("data/log.db"), fs::Permissions::from_mode(0o000)).unwrap();
    for arguments in
        [&["--data", "data"][..], &["check", "--data", "data"], &["backup", "b", "--data", "data"]]
    {
        expect(arguments, path, "data/log.db may not be read by ");
    }
    expect(&["restore", "data/log.db", "--data", "new"], path, "data/log.db may not be read by ");
}

#[test]
fn a_log_that_was_cut_off_is_called_damaged() {
    for length in [50, 5_000, 20_000] {
        let folder = folder();
        let path = folder.path();
        let log = path.join("data/log.db");
        for beside in ["log.db-wal", "log.db-shm"] {
            let _ = fs::remove_file(path.join("data").join(beside));
        }
        assert!(fs::metadata(&log).unwrap().len() > length);
        fs::File::options().write(true).open(&log).unwrap().set_len(length).unwrap();
        for arguments in
            [&["--data", "data"][..], &["check", "--data", "data"], &["backup", "b", "--data", "data"]]
        {
            expect(arguments, path, "data/log.db is damaged: restore a backup");
        }
        expect(
            &["restore", "data/log.db", "--data", "new"],
            path,
            "data/log.db is damaged: restore a backup",
        );
    }
}

#[tokio::test]
async fn a_request_that_is_wrong_hears_what_is_wrong_with_it() {
    let server = TestServer::with(|config| config.hosts = vec!["chat.example".parse().unwrap()]).await;
    let post = |headers: &str, body: &str| {
        format!("POST /api/rooms HTTP/1.1\r\nHost: chat.example\r\nConnection: close\r\n{headers}\r\n{body}")
    };
    let json = "Content-Type: application/json\r\n";
    for (request, status, sentence) in [
        ("GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n".to_owned(), 421, "--host"),
        (post(json, ""), 411, "content-length"),
        (post(&format!("{json}Content-Length: 99999\r\n"), ""), 413, "4,096 bytes"),
        (
            post(&format!("{json}Origin: https://evil.example\r\nContent-Length: 2\r\n"), "{}"),
            403,
            "--origin",
        ),
        (post(&format!("{json}Content-Length: 1\r\n"), "{"), 400, "json object"),
        (post("Content-Length: 14\r\n", r#"{"capacity":2}"#), 400, "content-type"),
        (post(&format!("{json}Content-Length: 14\r\n"), r#"{"capacity":0}"#), 400, "json object"),
        (
            "GET /api/rooms/lobby/events?limit=x HTTP/1.1\r\nHost: chat.example\r\nConnection: close\r\n\r\n"
                .to_owned(),
            400,
            "query",
        ),
        (
            "GET /api/none HTTP/1.1\r\nHost: chat.example\r\nConnection: close\r\n\r\n".to_owned(),
            404,
            "no such path",
        ),
    ] {
        let answer = raw(&server, &request).await;
        assert!(answer.starts_with(&format!("http/1.1 {status} ")), "{request}: {answer}");
        assert!(answer.contains(sentence) && answer.contains("bad_message"), "{request}: {answer}");
        assert!(!answer.contains("message of the protocol"), "{request}: {answer}");
    }
}
