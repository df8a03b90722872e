//! The options of the program: their variables, and what it says where one is wrong.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use std::io::Read;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// Starts the server with these variables and arguments, and waits until it listens or has ended; what it says.
fn starts(variables: &[(&str, &str)], arguments: &[&str]) -> Result<String, String> {
    let data = TempDir::new().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_duiliao"));
    command.env_clear().envs(variables.iter().copied()).current_dir(data.path()).args(arguments);
    if !arguments.contains(&"--listen") && variables.iter().all(|(name, _)| *name != "DUILIAO_LISTEN") {
        command.args(["--listen", "127.0.0.1:0"]);
    }
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = [0; 64];
    let length = child.stdout.take().unwrap().read(&mut line).unwrap();
    let listens = line[..length].starts_with(b"listening on ");
    if listens {
        child.kill().unwrap();
    }
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    child.wait().unwrap();
    if listens { Ok(said) } else { Err(said) }
}

#[test]
fn empty_variable_is_an_unset_one() {
    let help = Command::new(env!("CARGO_BIN_EXE_duiliao")).arg("--help").env_clear().output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let names: Vec<_> =
        help.split("[env: ").skip(1).map(|rest| rest.split(']').next().unwrap().to_owned()).collect();
    assert!(names.len() > 30, "{names:?}");
    let listen = ("DUILIAO_LISTEN", "127.0.0.1:0");
    let empty = names.iter().filter(|name| *name != "DUILIAO_LISTEN").map(|name| (name.as_str(), ""));
    let variables: Vec<_> = empty.chain([listen]).collect();
    starts(&variables, &[]).unwrap();
    // Its default is a port that may be taken here.
    starts(&[("DUILIAO_LISTEN", "")], &["--listen", "127.0.0.1:0"]).unwrap();
}

#[test]
fn variable_is_named_like_its_flag_and_old_names_still_work() {
    for (name, value) in [
        ("DUILIAO_SEATS_PER_MINUTE", "x"),
        ("DUILIAO_SEATS", "x"),
        ("DUILIAO_ROOMS", "0"),
        ("DUILIAO_REQUESTS", "x"),
        ("DUILIAO_FRAMES", "x"),
        ("DUILIAO_BYTES", "1"),
        ("DUILIAO_MEGABYTES", "x"),
        ("DUILIAO_KEEP_DAYS", "0"),
        ("DUILIAO_PACE", "2000000000"),
        ("DUILIAO_CONNECTIONS", "0"),
        ("DUILIAO_METRICS_OPEN", "perhaps"),
        ("DUILIAO_LOG", "warning"),
        ("DUILIAO_HOST", "chat.example.com:8082"),
        ("DUILIAO_ORIGIN", "https://chat.example.com/chat"),
        ("DUILIAO_TRUSTED_PROXY", "proxy"),
        ("DUILIAO_NATS", "nats://a:12#3@h"),
        ("DUILIAO_LISTEN", "8082"),
    ] {
        let said = starts(&[(name, value)], &[]).unwrap_err();
        assert!(said.contains(name), "{name}={value}: {said}");
    }
    // The new name wins, and the flag over both.
    starts(&[("DUILIAO_SEATS", "x"), ("DUILIAO_SEATS_PER_MINUTE", "7")], &[]).unwrap();
    starts(&[("DUILIAO_PACE", "x")], &["--pace", "7"]).unwrap();
    let said = starts(&[("DUILIAO_PACE", "5")], &["--pace=x"]).unwrap_err();
    assert!(said.contains("--pace") && !said.contains("DUILIAO_PACE"), "{said}");
}

#[test]
fn switches_and_lists_may_be_written_in_the_usual_ways() {
    for on in ["1", "yes", "on", "true", "0", "no", "off", "false"] {
        starts(&[("DUILIAO_METRICS_OPEN", on)], &[]).unwrap();
    }
    let lists = [
        ("DUILIAO_TRUSTED_PROXY", "127.0.0.1, 10.0.0.0/8,"),
        ("DUILIAO_HOST", " chat.example.com , 聊天.中国"),
        ("DUILIAO_ORIGIN", "https://a.example/, b.example:8443"),
    ];
    starts(&lists, &[]).unwrap();
}

#[test]
fn variable_that_is_no_option_is_named_in_a_warning() {
    let said = starts(&[("DUILIAO_KEEP_DAY", "90"), ("DUILIAO_PORT_8082_TCP", "x")], &[]).unwrap();
    assert!(said.contains("DUILIAO_KEEP_DAY (DUILIAO_KEEP_DAYS?)"), "{said}");
    assert!(said.contains("DUILIAO_PORT_8082_TCP"), "{said}");
    assert!(
        !starts(&[("DUILIAO_KEEP_DAYS", "90"), ("DUILIAO_SEATS", "9")], &[])
            .unwrap()
            .contains("are no options")
    );
}

#[test]
fn secrets_are_in_no_help_and_no_error() {
    for value in
        ["nats://duiliao:geheim@h:4222", "nats://duiliao:1#geheim@h", "nats://duiliao:geheim@h:99999"]
    {
        let mut help = Command::new(env!("CARGO_BIN_EXE_duiliao"));
        let help = help.arg("--help").env("DUILIAO_NATS", value).output().unwrap();
        assert!(!String::from_utf8(help.stdout).unwrap().contains("geheim"), "{value}");
    }
    for arguments in [&["--nats", "nats://d:1#geheim@h"][..], &["--nats=nats://d:geheim@h:99999", "check"]] {
        let said = starts(&[], arguments).unwrap_err();
        assert!(!said.contains("geheim") && said.contains("--nats"), "{said}");
    }
}

#[test]
fn missing_page_is_said_at_the_start() {
    let said = starts(&[], &[]).unwrap();
    assert!(said.contains("there is no page in the folder of --dist"), "{said}");
}

#[test]
fn port_that_cannot_be_had_is_explained() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let said = starts(&[], &["--listen", &taken.local_addr().unwrap().to_string()]).unwrap_err();
    assert!(said.contains("another program has the port"), "{said}");
    let said = starts(&[], &["--listen", "203.0.113.9:8082"]).unwrap_err();
    assert!(said.contains("this machine has no address 203.0.113.9"), "{said}");
    let said = starts(&[], &["--listen", "8082"]).unwrap_err();
    assert!(said.contains("ADDRESS:PORT, as 127.0.0.1:8082"), "{said}");
}
