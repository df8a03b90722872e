//! Rooms by link: made, joined and read by a test.

use shared::{EventPage, FromPage, Join, RoomMade, Token, VERSION};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Client, PATIENCE, TestServer};

/// One HTTP request: status and body.
pub async fn http(server: &TestServer, head: &str, headers: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(&server.address).await.unwrap();
    let length = body.len();
    let request = format!(
        "{head} HTTP/1.1\r\nHost: chat.example\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    tokio::time::timeout(PATIENCE, stream.read_to_string(&mut answer)).await.unwrap().unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

pub const JSON: &str = "Content-Type: application/json\r\n";

pub async fn make(server: &TestServer, body: &str) -> RoomMade {
    let (status, body) = http(server, "POST /api/rooms", JSON, body).await;
    assert_eq!(status, 201, "{body}");
    serde_json::from_str(&body).unwrap()
}

pub async fn join(server: &TestServer, room: &RoomMade, name: &str, token: Token) -> Client {
    let path = format!("/ws?room={}", room.room);
    let mut client = Client::try_connect(&server.address, &path, &[]).await.unwrap();
    client.token = token;
    let (id, name) = (room.room.to_string(), name.to_owned());
    client.send(&FromPage::Join(Join { v: VERSION, room: id, name, token: Some(token), after: None })).await;
    client.until("an answer", |client| client.you.is_some() || !client.refused.is_empty()).await;
    client
}

/// Joins through a proxy that says whose request it passes on.
pub async fn join_from(server: &TestServer, room: &RoomMade, name: &str, token: Token, ip: &str) -> Client {
    let path = format!("/ws?room={}", room.room);
    let mut client = Client::try_connect(&server.address, &path, &[("x-forwarded-for", ip)]).await.unwrap();
    client.token = token;
    let (room, name) = (room.room.to_string(), name.to_owned());
    client.send(&FromPage::Join(Join { v: VERSION, room, name, token: Some(token), after: None })).await;
    client.until("an answer", |client| client.you.is_some() || !client.refused.is_empty()).await;
    client
}

pub fn token() -> Token {
    Token::new(&rand::random())
}

pub async fn page(server: &TestServer, room: &RoomMade, query: &str, token: Token) -> EventPage {
    let path = format!("GET /api/rooms/{}/events{query}", room.room);
    let (status, body) = http(server, &path, &bearer(token), "").await;
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).unwrap()
}

pub fn bearer(token: Token) -> String {
    format!("Authorization: Bearer {}\r\n", token.as_str())
}
