//! Nodes whose NATS server asks for a login.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod common;

use std::time::{Duration, Instant};

use backend::config::Nats;
use backend::ledger::jetstream::ClusterError;
use backend::serve::ServeError;
use cluster::Servers;
use common::TestServer;
use common::nodes::refuses;
use tempfile::TempDir;

/// How soon a refused login has to be said: no waiting makes it right.
const AT_ONCE: Duration = Duration::from_secs(5);

/// Where nodes meet, with what stands before the `@` of the URL.
fn meet(servers: &Servers, login: &str) -> Nats {
    let servers = servers.urls()[0].replace("nats://", &format!("nats://{login}")).parse().unwrap();
    Nats { servers, partitions: 1, replicas: 1 }
}

#[tokio::test]
async fn node_sends_the_login_of_its_url() {
    for (password, written) in [("geheim", "geheim"), ("p@ss/w#1%,", "p%40ss%2Fw%231%25%2C")] {
        let servers = Servers::start_with_login("duiliao", password).unwrap();
        let nats = meet(&servers, &format!("duiliao:{written}@"));
        let node = TestServer::with(|config| config.nats = Some(nats)).await;
        let mut zhang = node.connect().await;
        zhang.join("张三").await;
        zhang.say("你好").await;
        zhang.until_text("你好").await;
        node.stop().await;
    }
}

#[tokio::test]
async fn wrong_or_missing_login_is_said_at_once() {
    let servers = Servers::start_with_login("duiliao", "geheim").unwrap();
    for login in ["duiliao:falsch@", "geheim@", ""] {
        let began = Instant::now();
        let refused = refuses(&TempDir::new().unwrap(), Some(meet(&servers, login))).await;
        assert!(matches!(refused, ServeError::Cluster(ClusterError::Login(_))), "{login}: {refused}");
        assert!(began.elapsed() < AT_ONCE, "{login}: {:?}", began.elapsed());
        assert!(!refused.to_string().contains("falsch"), "{refused}");
    }
}
