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
use common::{Client, TestServer};
use proxy::Proxy;
use shared::ByeCode;
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
