//! What `deploy/` has for those who run a server. The proxies have tests of their own (`proxies.rs`).

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
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
            assert!(help.contains(&format!("[env: DUILIAO_{variable}]")), "{name} sets DUILIAO_{variable}");
        }
    }
}

/// A port that was taken for a moment, or a full disk, must not leave the service down for ever.
#[test]
fn service_is_started_again_however_often_it_ends() {
    let unit = fs::read_to_string(file("duiliao.service")).expect("it is there");
    let (head, service) = unit.split_once("[Service]").expect("it has that section");
    assert!(head.contains("\nStartLimitIntervalSec=0\n"), "it belongs into [Unit]");
    assert!(service.contains("\nRestart=always\n") && service.contains("\nRestartSec=2s\n"));
}

/// Each unit is one that systemd reads without a complaint, where there is systemd.
#[test]
fn systemd_understands_the_units() {
    let folder = tempfile::TempDir::new().expect("a folder can be made");
    let names = ["duiliao.service", "duiliao-backup.service", "duiliao-backup.timer"];
    for name in names {
        // The program and its user are not there where this is tested.
        let unit = fs::read_to_string(file(name))
            .expect("it is there")
            .replace("/usr/local/bin/duiliao", "/bin/true");
        let unit = unit.replace("User=duiliao", "User=root").replace("Group=duiliao", "Group=root");
        fs::write(folder.path().join(name), unit).expect("it can be written");
    }
    let paths = names.map(|name| folder.path().join(name));
    match Command::new("systemd-analyze").args(["verify", "--man=no"]).args(paths).output() {
        Ok(judged) => {
            let said = String::from_utf8_lossy(&judged.stderr).into_owned();
            let ours = said.lines().filter(|line| line.contains("duiliao")).collect::<Vec<_>>();
            assert!(judged.status.success() && ours.is_empty(), "{said}");
        }
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::NotFound),
    }
}

/// Runs what the nightly unit runs, one line after the other, as systemd does; whether all succeeded.
fn run_nightly(program: &str, data: &Path, backups: &Path) -> bool {
    let unit = fs::read_to_string(file("duiliao-backup.service")).expect("it is there");
    let lines: Vec<_> = unit.lines().filter_map(|line| line.strip_prefix("ExecStart=")).collect();
    assert_eq!(lines.len(), 2);
    lines.iter().all(|line| {
        let line = line.replace("/usr/local/bin/duiliao", program).replace("%%", "%");
        let line = line.replace("/var/backups/duiliao", &backups.display().to_string());
        let line = line.replace("/var/lib/duiliao", &data.display().to_string());
        Command::new("sh").args(["-c", &line]).stderr(Stdio::null()).status().expect("it runs").success()
    })
}

#[test]
fn nightly_backup_deletes_old_ones_only_after_a_new_one() {
    let [data, backups] = [(); 2].map(|()| tempfile::TempDir::new().expect("a folder can be made"));
    let old = backups.path().join("backup-2020-01-01T033000.db");
    let age = || {
        fs::write(&old, "an old one").expect("it can be written");
        let aged = Command::new("touch").args(["-d", "20 days ago"]).arg(&old).status().expect("it runs");
        assert!(aged.success());
    };
    age();
    assert!(!run_nightly("/bin/false", data.path(), backups.path()));
    assert!(old.exists(), "after a failed backup the old ones stay");

    let half = backups.path().join("backup-2020-01-02T033000.db.part");
    fs::write(&half, "half of one").expect("it can be written");
    let aged = Command::new("touch").args(["-d", "20 days ago"]).arg(&half).status().expect("it runs");
    assert!(aged.success());
    drop(backend::store::log::Log::open(data.path()).expect("it can be made"));
    assert!(run_nightly(env!("CARGO_BIN_EXE_duiliao"), data.path(), backups.path()));
    let there: Vec<_> = fs::read_dir(backups.path()).expect("it is there").flatten().collect();
    assert!(!old.exists() && there.len() == 1, "{there:?}");
}

/// What is moved aside and deleted at a restore must not hold the backups.
#[test]
fn no_document_puts_backups_into_the_data_folder() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let files = fs::read_dir(docs).expect("it is there").flatten().map(|entry| entry.path());
    for page in
        files.chain([file("duiliao-backup.service"), file("Dockerfile")]).filter(|path| path.is_file())
    {
        let Ok(text) = fs::read_to_string(&page) else { continue };
        for line in
            text.lines().filter(|line| line.contains("duiliao backup") || line.contains("duiliao restore"))
        {
            let target =
                line.split_whitespace().find(|word| word.ends_with(".db") || word.ends_with(".db\"'"));
            let inside = target.is_some_and(|file| file.contains("/var/lib/") || file.contains("/data/"));
            assert!(!inside, "{}: {line}", page.display());
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
    let nobody = ready();
    assert!(!nobody.status.success());
    assert!(String::from_utf8_lossy(&nobody.stderr).contains("nobody answers there"), "{nobody:?}");
}

#[test]
fn ready_waits_for_a_start_and_gives_up_in_the_end() {
    let data = tempfile::TempDir::new().expect("a folder can be made");
    let free =
        TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
    let listen = free.to_string();
    let ready = |wait: &str| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_duiliao"));
        program.args(["ready", "--listen", &listen, "--wait", wait]);
        program.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs")
    };
    let gives_up = ready("1").wait_with_output().expect("it ends");
    assert!(!gives_up.status.success());

    let waits = ready("20");
    let mut serving = Command::new(env!("CARGO_BIN_EXE_duiliao"));
    serving.args(["--listen", &listen, "--data"]).arg(data.path());
    let _serving = Running(serving.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts"));
    let output = waits.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "ready\n");
}

#[test]
fn ready_takes_no_other_program_for_the_server() {
    let other = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let listen = other.local_addr().expect("it has one").to_string();
    let answering = std::thread::spawn(move || {
        let (mut stream, _) = other.accept().expect("somebody asks");
        let mut request = [0; 512];
        let _ = stream.read(&mut request);
        let answer = b"HTTP/1.1 200 OK\r\nServer: nginx\r\nConnection: close\r\n\r\nready\n";
        stream.write_all(answer).expect("it can be written");
    });
    let output = Command::new(env!("CARGO_BIN_EXE_duiliao"))
        .args(["ready", "--listen", &listen])
        .output()
        .expect("it runs");
    answering.join().expect("it ends");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("another program answers"), "{output:?}");
}
