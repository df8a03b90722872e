//! The servers that are compared, ours first, and how each is started.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};

use crate::crowd::dialect::{Dialect, Seat};
use crate::server::Server;

use super::rooms;

/// A server. Those of others are relays that store nothing, under Node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Peer {
    /// Ours.
    #[serde(rename = "对聊")]
    Duiliao,
    /// The package the demo was made with.
    #[serde(rename = "nodejs-websocket")]
    NodejsWebsocket,
    /// The package most servers under Node are made with.
    #[serde(rename = "ws")]
    Ws,
    /// The package most chats under Node are made with.
    #[serde(rename = "socket.io")]
    SocketIo,
    /// uWebSockets, C++, driven from Node.
    #[serde(rename = "uWebSockets")]
    Uwebsockets,
    /// Nothing but writes: what the kernel lets anybody reach.
    #[serde(rename = "the floor")]
    Floor,
}

impl Peer {
    /// Ours and the relays.
    pub(crate) const SERVERS: [Self; 5] =
        [Self::Duiliao, Self::NodejsWebsocket, Self::Ws, Self::SocketIo, Self::Uwebsockets];

    /// As it is written in tables.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Duiliao => "对聊",
            Self::NodejsWebsocket => "nodejs-websocket",
            Self::Ws => "ws",
            Self::SocketIo => "socket.io",
            Self::Uwebsockets => "uWebSockets",
            Self::Floor => "the floor",
        }
    }

    /// The npm package.
    pub(crate) const fn package(self) -> Option<&'static str> {
        match self {
            Self::Duiliao | Self::Floor => None,
            Self::NodejsWebsocket => Some("nodejs-websocket"),
            Self::Ws => Some("ws"),
            Self::SocketIo => Some("socket.io"),
            Self::Uwebsockets => Some("uwebsockets"),
        }
    }

    /// What it speaks.
    pub(crate) const fn dialect(self) -> Dialect {
        match self {
            Self::Duiliao => Dialect::Duiliao,
            Self::SocketIo => Dialect::SocketIo,
            _ => Dialect::Relay,
        }
    }

    /// Starts it.
    ///
    /// # Errors
    /// If it is not built or not installed.
    pub(crate) async fn start(self) -> anyhow::Result<Server> {
        let Some(package) = self.package() else {
            return match self {
                Self::Floor => {
                    Server::launch(&[std::env::current_exe()?.as_os_str(), "floor".as_ref()]).await
                }
                _ => Server::start().await,
            };
        };
        if !folder().join("node_modules").join(package).exists() {
            bail!("{package} is missing: run `npm ci --ignore-scripts` in {}", folder().display());
        }
        let script = folder().join(package).with_added_extension("js");
        let started = Server::launch(&["node".as_ref(), script.as_os_str()]).await;
        started.with_context(|| format!("{} does not start", script.display()))
    }

    /// Seats in so many rooms of so many: all of the first, then all of the second …
    ///
    /// # Errors
    /// If no rooms can be made.
    pub(crate) async fn seats(self, server: &Server, sizes: &[usize]) -> anyhow::Result<Vec<Seat>> {
        let dialect = self.dialect();
        let fill = |room: &str, size: usize| (0..size).map(|number| dialect.seat(room, number)).collect();
        if self != Self::Duiliao {
            let rooms = sizes.iter().enumerate();
            return Ok(rooms.flat_map(|(room, size)| fill(&room.to_string(), *size)).collect());
        }
        let rooms = rooms::make(server.address, sizes).await?;
        let seats = rooms.iter().zip(sizes).flat_map(|(made, size)| {
            let mut seats: Vec<Seat> = fill(&made.room.to_string(), *size);
            // One seat is kept for the maker.
            if let Some(Seat { member: Some((token, _)), .. }) = seats.first_mut() {
                *token = made.host_token;
            }
            seats
        });
        Ok(seats.collect())
    }
}

/// Where the relays of others are.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers")
}
