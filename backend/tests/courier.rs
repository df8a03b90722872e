//! On several cores, where couriers and sessions work at the same time: everybody hears everything, once and in order.

#[path = "common/mod.rs"]
mod common;

use bytes::Bytes;
use common::rooms::{join, make, token};
use common::{Client, TestServer};
use tokio_tungstenite::tungstenite::Message;

/// More than are served in one go.
const PEOPLE: usize = 270;

/// One in so many talks.
const TALKS: usize = 20;

/// How often.
const TIMES: usize = 25;

async fn talk(client: &mut Client, number: usize) {
    for time in 0..TIMES {
        client.say(&format!("第{time}句，{number}说的")).await;
        // Whoever answers a ping is amid a frame of its own.
        client.send_raw(Message::Ping(Bytes::from_static(&[b'.'; 120]))).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn everybody_in_a_large_room_hears_everything_once_and_in_order() {
    let server = TestServer::start().await;
    let room = make(&server, r#"{"capacity":300}"#).await;
    let mut clients = Vec::new();
    for number in 0..PEOPLE {
        let name: String = ["王", "李", "张", "刘"][number % 4].chars().chain(hanzi(number / 4)).collect();
        let token = if number == 0 { room.host_token } else { token() };
        clients.push(join(&server, &room, &name, token).await);
    }
    let talking = PEOPLE.div_ceil(TALKS) * TIMES;
    let hearing = clients.into_iter().enumerate().map(|(number, mut client)| {
        tokio::spawn(async move {
            if number % TALKS == 0 {
                talk(&mut client, number).await;
            }
            client.until("all that is said", |client| client.said().len() == talking).await;
            (client.said(), client.events.last().unwrap().seq)
        })
    });
    let mut heard = Vec::new();
    for hearing in hearing.collect::<Vec<_>>() {
        heard.push(hearing.await.unwrap());
    }
    assert!(heard.iter().all(|one| *one == heard[0]));
    server.stop().await;
}

/// Two common characters, another pair for each number.
fn hanzi(number: usize) -> [char; 2] {
    const COMMON: [char; 10] = ['一', '大', '明', '天', '文', '学', '生', '国', '家', '平'];
    [COMMON[number / 10], COMMON[number % 10]]
}
