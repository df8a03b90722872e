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
