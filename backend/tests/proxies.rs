//! The proxies that `deploy/` sets up, as they are: what people say goes through, and each keeps its own address.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod common;
#[path = "../../e2e/src/process.rs"]
#[expect(dead_code, reason = "it is the stories', which do more with programs")]
mod process;
#[path = "../../e2e/src/proxy.rs"]
#[expect(unreachable_pub, reason = "it is the stories', which have it as a crate of their own")]
mod proxy;
#[path = "../../e2e/src/wait.rs"]
#[expect(unreachable_pub, reason = "it is the stories', which have it as a crate of their own")]
mod wait;

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;

use backend::config::AddressLimits;
use cluster::Servers;
use common::{Client, TestServer};
use proxy::Proxy;
use shared::{ByeCode, Replay};
use tokio_tungstenite::tungstenite::Error;

async fn chat_through(start: fn(&str) -> Proxy) {
    let server = TestServer::with(|config| {
        config.proxies = vec!["127.0.0.1/32".parse().unwrap()];
        config.addresses = Some(AddressLimits { connections: 1, ..AddressLimits::default() });
    })
    .await;
    let proxy = start(&server.address);
    let mut zhang = Client::connect_from([127, 0, 0, 2], proxy.address()).await.unwrap();
    let mut li = Client::connect_from([127, 0, 0, 3], proxy.address()).await.unwrap();
    zhang.join("张三").await;
    li.join("李四").await;
    for number in 0..20 {
        zhang.say(&format!("喂{number}")).await;
        li.until_text(&format!("喂{number}")).await;
        li.say(&format!("在{number}")).await;
        zhang.until_text(&format!("在{number}")).await;
    }
    // One connection for each address, and an address is not the proxy's, nor what somebody says it is.
    match Client::connect_from([127, 0, 0, 2], proxy.address()).await {
        Err(Error::Http(answer)) => assert_eq!(answer.status(), 429),
        other => panic!("{:?}", other.err()),
    }
    server.stop().await;
    for client in [&mut zhang, &mut li] {
        client.until_over().await;
        assert_eq!((client.bye, client.closed), (Some(ByeCode::Restarting), Some(1001)));
    }
}

#[tokio::test]
async fn two_chat_through_nginx_and_each_has_its_own_address() {
    chat_through(Proxy::nginx).await;
}

#[tokio::test]
async fn two_chat_through_caddy_and_each_has_its_own_address() {
    chat_through(Proxy::caddy).await;
}

/// A room's address is its secret, and Caddy would write it down with each request that finds no server.
#[tokio::test]
async fn caddy_logs_no_room_while_the_server_is_away() {
    let folder = tempfile::TempDir::new().unwrap();
    let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let (address, nobody, log) = (free(), free(), folder.path().join("log"));
    let site = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/Caddyfile")).unwrap();
    let site = site
        .replace("chat.example.com {", &format!("http://{address} {{"))
        .replace("127.0.0.1:8082", &nobody)
        .replace("lb_try_duration 10s", "lb_try_duration 1ms")
        .replace("{\n\tlog default", "{\n\tadmin off\n\tauto_https off\n\tlog default");
    let file = folder.path().join("Caddyfile");
    fs::write(&file, site).unwrap();
    let mut caddy = Command::new("/usr/bin/caddy");
    caddy.args(["run", "--adapter", "caddyfile", "--config"]).arg(file).env("HOME", folder.path());
    caddy.env("XDG_DATA_HOME", folder.path()).env("XDG_CONFIG_HOME", folder.path());
    let _caddy = common::process::Process(caddy.stderr(fs::File::create(&log).unwrap()).spawn().unwrap());
    let mut stream = loop {
        match TcpStream::connect(&address) {
            Ok(stream) => break stream,
            Err(_) => std::thread::sleep(std::time::Duration::from_millis(20)),
        }
    };
    stream.write_all(format!("GET /r/SECRETROOM HTTP/1.0\r\nHost: {address}\r\n\r\n").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.contains(" 502 "), "{answer}");
    let log = fs::read_to_string(log).unwrap();
    assert!(log.contains("server running") && !log.contains("SECRETROOM"), "{log}");
}

#[tokio::test]
async fn before_three_nodes_a_room_is_on_one_and_goes_to_another_when_that_ends() {
    let servers = Servers::start(1).unwrap();
    let mut nodes = common::nodes::nodes(&servers, 3).await;
    let proxy = Proxy::nginx_before([&nodes[0].address, &nodes[1].address, &nodes[2].address]);
    let mut zhang = Client::connect(proxy.address()).await;
    let mut li = Client::connect(proxy.address()).await;
    zhang.join("张三").await;
    li.join("李四").await;
    zhang.say("在一起").await;
    li.until_text("在一起").await;
    let mut here = Vec::new();
    for node in &nodes {
        let (_, metrics) = common::rooms::http(node, "GET /metrics", "", "").await;
        let sessions = metrics.lines().find_map(|line| line.strip_prefix("duiliao_sessions ")).unwrap();
        here.push(sessions.trim().parse::<usize>().unwrap());
    }
    let home = here.iter().position(|sessions| *sessions == 2).expect("both are on one node");
    nodes.remove(home).stop().await;
    for client in [&mut zhang, &mut li] {
        client.until_over().await;
    }
    // The same address, token and cursor: nothing but the reconnect is noticed.
    let mut zhang = Client::resume(proxy.address(), &zhang).await;
    let mut li = Client::resume(proxy.address(), &li).await;
    assert_eq!([zhang.replay, li.replay], [Some(Replay::Complete); 2]);
    li.say("还在一起").await;
    zhang.until_text("还在一起").await;
    assert_eq!(zhang.texts(), ["在一起", "还在一起"]);
}
