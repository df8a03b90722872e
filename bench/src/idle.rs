//! Joined connections on which nothing happens.

use shared::Token;

use crate::client::Client;
use crate::server::Server;

pub(crate) async fn run(server: &Server, connections: u32) -> anyhow::Result<()> {
    let people = [("张三", Token::new(&rand::random())), ("李四", Token::new(&rand::random()))];
    let mut listening = Vec::new();
    // The two members are there before the count begins: the room's own memory is not a connection's.
    for (name, token) in people {
        listening.push(tokio::spawn(Client::join(server.address, name, token).await?.listen()));
    }
    let before = server.memory()?;
    for tab in 0..connections {
        let (name, token) = people[(tab % 2) as usize];
        listening.push(tokio::spawn(Client::join(server.address, name, token).await?.listen()));
    }
    let grown = server.memory()? - before;
    let each = grown as f64 / f64::from(connections) / 1024.0;
    println!("{connections} idle joined connections, tabs of the lobby's two members: {each:.2} KB each");
    for task in listening {
        task.abort();
    }
    Ok(())
}
