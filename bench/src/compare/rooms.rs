//! Rooms by link, made as a page makes them.

use std::net::{IpAddr, SocketAddr};

use anyhow::bail;
use futures_util::{StreamExt, TryStreamExt, stream};
use reqwest::Client;
use shared::limits::CAPACITY;
use shared::{NewRoom, RoomMade};

/// Rooms that are made at the same time.
const AT_ONCE: usize = 64;

/// One room for each size, in this order.
///
/// # Errors
/// If the server makes none.
pub(crate) async fn make(address: SocketAddr, sizes: &[usize]) -> anyhow::Result<Vec<RoomMade>> {
    let client = Client::new();
    let making = sizes.iter().map(|size| one(&client, address, *size));
    stream::iter(making).buffered(AT_ONCE).try_collect().await
}

/// A room of so many, one of them kept for its host, made from an address of this machine.
///
/// # Errors
/// If the server does not make it.
pub(crate) async fn make_from(from: IpAddr, address: SocketAddr, size: usize) -> anyhow::Result<RoomMade> {
    let client = Client::builder().local_address(from).build()?;
    one(&client, address, size).await
}

async fn one(client: &Client, address: SocketAddr, size: usize) -> anyhow::Result<RoomMade> {
    let capacity = u32::try_from(size)?.max(*CAPACITY.start());
    let wish = serde_json::to_vec(&NewRoom { capacity, title: None, history: None })?;
    let request =
        client.post(format!("http://{address}/api/rooms")).header("content-type", "application/json");
    let answer = request.body(wish).send().await?;
    if answer.status() != 201 {
        bail!("no room was made: {}", answer.status());
    }
    Ok(serde_json::from_slice(&answer.bytes().await?)?)
}
