//! The floor: a relay without anything a relay needs. Whatever comes is taken for one message and written, once for each, to
//! everybody there is; no rooms, no handshake that is checked, no memory of who is slow.

use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;

use anyhow::Context;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};

use crate::crowd::frame;
use crate::crowd::message::LENGTH;

const LISTENER: Token = Token(usize::MAX);

/// Says where it listens, and serves until it is killed.
///
/// # Errors
/// If the network does not do what it should.
pub(crate) fn run() -> anyhow::Result<()> {
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(1_024);
    let mut listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    println!("listening on http://{}", listener.local_addr()?);
    let mut everybody: Vec<TcpStream> = Vec::new();
    let mut buffer = [0; 4_096];
    loop {
        poll.poll(&mut events, None)?;
        for event in &events {
            if event.token() == LISTENER {
                while let Ok((mut stream, _)) = listener.accept() {
                    stream.set_nodelay(true)?;
                    let token = Token(everybody.len());
                    poll.registry().register(&mut stream, token, Interest::READABLE)?;
                    everybody.push(stream);
                }
                continue;
            }
            let speaker = &mut everybody[event.token().0];
            let heard = match speaker.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(length) => &buffer[..length],
                Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
                Err(error) => return Err(error.into()),
            };
            if heard.starts_with(b"GET") {
                speaker.write_all(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")?;
                continue;
            }
            let masked = heard.last_chunk::<LENGTH>().context("a message is longer")?;
            let mut message = [0; 2 + LENGTH];
            message[..2].copy_from_slice(&[0x81, LENGTH as u8]);
            message[2..].copy_from_slice(masked);
            frame::unmask(&mut message[2..]);
            for stream in &mut everybody {
                stream.write_all(&message)?;
            }
        }
    }
}
