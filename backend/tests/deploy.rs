//! What `deploy/` has for those who run a server. The proxies have tests of their own (`proxies.rs`).

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A file of `deploy/`.
fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy").join(name)
}

/// The server's program, which ends with this value.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// systemd's own judgement, where it is: from 0, shut in, to 10, free.
#[test]
fn the_service_is_shut_in() {
    let judge = ["security", "--offline=yes", "--threshold=15", "--no-pager"];
    match Command::new("systemd-analyze").args(judge).arg(file("duiliao.service")).output() {
        Ok(judged) => assert!(judged.status.success(), "{}", String::from_utf8_lossy(&judged.stdout)),
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::NotFound),
    }
}

/// Each variable that a file sets is one that the program reads.
#[test]
fn service_and_image_set_variables_that_there_are() {
    let help = Command::new(env!("CARGO_BIN_EXE_duiliao")).arg("--help").output().expect("it runs");
    let help = String::from_utf8(help.stdout).expect("it is text");
    for name in ["duiliao.service", "Dockerfile", "Caddyfile", "nginx.conf", "nginx-cluster.conf"] {
        let text = fs::read_to_string(file(name)).expect("it is there");
        let set: Vec<_> = text.split("DUILIAO_").skip(1).filter_map(|rest| rest.split('=').next()).collect();
        assert!(!set.is_empty(), "{name} sets none");
        for variable in set {
            assert!(help.contains(&format!("[env: DUILIAO_{variable}=")), "{name} sets DUILIAO_{variable}");
        }
    }
}

/// What the image's health check runs.
#[test]
fn ready_says_whether_the_server_is() {
    let data = tempfile::TempDir::new().expect("a folder can be made");
    let program = || Command::new(env!("CARGO_BIN_EXE_duiliao"));
    let mut serving = program();
    serving.args(["--listen", "127.0.0.1:0", "--data"]).arg(data.path());
    let serving = serving.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
    let mut serving = Running(serving);
    let mut line = String::new();
    let said = serving.0.stdout.take().expect("it is piped");
    BufReader::new(said).read_line(&mut line).expect("it says where");
    let address = line.trim().rsplit('/').next().expect("an address").to_owned();
    let ready = || program().args(["ready", "--listen", &address]).output().expect("it runs");
    let while_it_runs = ready();
    assert_eq!(String::from_utf8_lossy(&while_it_runs.stdout), "ready\n");
    assert!(while_it_runs.status.success());
    drop(serving);
    assert!(!ready().status.success());
}
