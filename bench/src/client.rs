//! A page without a browser, as cheap as it can be.

use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail};
use futures_util::{SinkExt, StreamExt};
use shared::{FromPage, Join, MessageId, Millis, Token, VERSION};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

/// A connection that has joined the lobby.
#[derive(Debug)]
pub(crate) struct Client {
    socket: WebSocketStream<TcpStream>,
}

impl Client {
    /// Connects and joins; a token that is known comes back as its member.
    pub(crate) async fn join(address: SocketAddr, name: &str, token: Token) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let config = WebSocketConfig::default().read_buffer_size(512).write_buffer_size(0);
        let url = format!("ws://{address}/ws?room=lobby");
        let (socket, _) = client_async_with_config(url, stream, Some(config)).await?;
        let mut client = Self { socket };
        let join =
            Join { v: VERSION, room: "lobby".into(), name: name.into(), token: Some(token), after: None };
        client.send(&FromPage::Join(join)).await?;
        let answer = client.hear().await?;
        if !answer.contains(r#""type":"welcome""#) {
            bail!("the join was refused: {answer}");
        }
        Ok(client)
    }

    /// Says something under a new id.
    pub(crate) async fn say(&mut self, text: &str) -> anyhow::Result<()> {
        let at = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
        let id = MessageId::new(Millis(u64::try_from(at)?), &rand::random());
        self.send(&FromPage::Say { id, text: text.into(), reply_to: None }).await
    }

    /// Listens until something was said that holds `text`.
    pub(crate) async fn until(&mut self, text: &str) -> anyhow::Result<()> {
        while !self.hear().await?.contains(text) {}
        Ok(())
    }

    /// Listens to whatever comes; ends only with the connection.
    pub(crate) async fn listen(mut self) {
        while self.hear().await.is_ok() {}
    }

    async fn send(&mut self, frame: &FromPage) -> anyhow::Result<()> {
        Ok(self.socket.send(Message::text(frame.encode())).await?)
    }

    async fn hear(&mut self) -> anyhow::Result<String> {
        loop {
            if let Message::Text(text) = self.socket.next().await.context("the server closed")?? {
                return Ok(text.to_string());
            }
        }
    }
}
