//! What a page asks for by HTTP to add devices.

use serde::de::DeserializeOwned;
use shared::{Backup, Code, NewPairingCode, Paired, Problem, RoomMade, Token};

use super::TestServer;
use super::rooms::{JSON, bearer, http};

/// An answer, or the status and the code of a refusal.
pub type Answer<T> = Result<T, (u16, Code)>;

pub async fn post<T: DeserializeOwned>(
    server: &TestServer,
    path: &str,
    headers: &str,
    body: &str,
) -> Answer<T> {
    let (status, answer) = http(server, &format!("POST {path}"), headers, body).await;
    if status == 200 {
        return Ok(serde_json::from_str(&answer).unwrap());
    }
    let problem: Problem = serde_json::from_str(&answer).unwrap_or_else(|_| panic!("{status}: {answer}"));
    Err((status, problem.code))
}

/// A new pairing code of a member.
pub async fn new_code(server: &TestServer, room: &RoomMade, token: Token) -> Answer<String> {
    let path = format!("/api/rooms/{}/pair", room.room);
    let made: NewPairingCode = post(server, &path, &bearer(token), "").await?;
    assert_eq!((made.code.as_str().len(), made.expires_s), (10, 600));
    Ok(made.code.as_str().to_owned())
}

/// A new recovery token of a member.
pub async fn back_up(server: &TestServer, room: &RoomMade, token: Token) -> Answer<Token> {
    let path = format!("/api/rooms/{}/backup", room.room);
    Ok(post::<Backup>(server, &path, &bearer(token), "").await?.token)
}

/// Redeems a code as it is typed.
pub async fn redeem(server: &TestServer, typed: &str) -> Answer<Paired> {
    post(server, "/api/pair", JSON, &format!(r#"{{"code":"{typed}"}}"#)).await
}

/// Exchanges a token.
pub async fn exchange(server: &TestServer, room: &RoomMade, token: Token) -> Answer<Paired> {
    let body = format!(r#"{{"room":"{}","token":"{}"}}"#, room.room, token.as_str());
    post(server, "/api/pair", JSON, &body).await
}

/// Sends `POST /api/pair` with this body and a nonce of the device.
pub async fn pair_with(server: &TestServer, body: &str, nonce: Token) -> Answer<Paired> {
    let body = format!(r#"{},"nonce":"{}"}}"#, body.trim_end_matches('}'), nonce.as_str());
    post(server, "/api/pair", JSON, &body).await
}

/// A new device of a member, by a code.
pub async fn pair(server: &TestServer, room: &RoomMade, token: Token) -> Token {
    let code = new_code(server, room, token).await.unwrap();
    redeem(server, &code).await.unwrap().token
}
