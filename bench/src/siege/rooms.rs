//! Rooms made by HTTP, from any address of this machine.

use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};

use anyhow::Context;
use shared::RoomMade;
use socket2::{Domain, Socket, Type};

/// Makes a room of so many seats, one of them kept for its host; gives its id.
///
/// # Errors
/// If the server does not make it.
pub(crate) fn make(server: SocketAddr, from: IpAddr, capacity: usize) -> anyhow::Result<String> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::new(from, 0).into())?;
    socket.connect(&server.into())?;
    let mut stream = TcpStream::from(socket);
    let body = format!(r#"{{"capacity":{capacity}}}"#);
    let length = body.len();
    write!(
        stream,
        "POST /api/rooms HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body);
    let made = body.and_then(|body| serde_json::from_str::<RoomMade>(body).ok());
    Ok(made.with_context(|| format!("no room was made: {answer}"))?.room.to_string())
}
