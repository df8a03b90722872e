//! Bytes on a socket, as somebody sends them who keeps to no rule.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{PATIENCE, TestServer};

pub async fn connection(server: &TestServer) -> TcpStream {
    TcpStream::connect(&server.address).await.unwrap()
}

/// Sends a request and reads the answer until the server closes; in small letters.
pub async fn raw(server: &TestServer, request: &str) -> String {
    let mut stream = connection(server).await;
    stream.write_all(request.as_bytes()).await.unwrap();
    rest(&mut stream).await
}

/// Everything until the server closes, in small letters.
pub async fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await.unwrap().unwrap();
    String::from_utf8_lossy(&answer).to_lowercase()
}

pub fn get(path: &str, headers: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: chat.example\r\nConnection: close\r\n{headers}\r\n")
}

/// A handshake with these headers.
pub fn handshake(more: &str) -> String {
    format!(
        "GET /ws?room=lobby HTTP/1.1\r\nHost: chat.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n{more}\r\n"
    )
}

/// A handshake as it should be.
pub const GOOD: &str = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// A connection that has just been upgraded.
pub async fn upgraded(server: &TestServer) -> TcpStream {
    upgraded_with(server, "").await
}

pub async fn upgraded_with(server: &TestServer, headers: &str) -> TcpStream {
    let mut stream = connection(server).await;
    stream.write_all(handshake(&format!("{GOOD}{headers}")).as_bytes()).await.unwrap();
    let head = head(&mut stream).await;
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    stream
}

/// The head of an answer.
pub async fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(tokio::time::timeout(PATIENCE, stream.read_u8()).await.unwrap().unwrap());
    }
    String::from_utf8(head).unwrap()
}
