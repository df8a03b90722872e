//! Codes expire, and guessing is slow.

mod common;

use std::time::Duration;

use backend::config::AddressLimits;
use common::TestServer;
use common::pairing::{back_up, exchange, new_code, redeem};
use common::raw::raw;
use common::rooms::{join, make, token};
use shared::Code;

#[tokio::test]
async fn a_code_expires_after_ten_minutes_whatever_the_wall_clock_says() {
    let server = TestServer::start().await;
    let room = make(&server, r#"{"capacity":2}"#).await;
    let guest = join(&server, &room, "李四", token()).await;
    let [early, late] = [599, 601].map(Duration::from_secs);
    let code = new_code(&server, &room, guest.token).await.unwrap();
    server.set_wall(-24 * 60 * 60 * 1_000);
    server.pass(early);
    redeem(&server, &code).await.unwrap();
    let code = new_code(&server, &room, guest.token).await.unwrap();
    server.pass(late);
    assert_eq!(redeem(&server, &code).await.unwrap_err(), (404, Code::BadCode));
}

#[tokio::test]
async fn the_eleventh_try_in_a_minute_is_refused() {
    let server = TestServer::with(|config| config.addresses = Some(AddressLimits::default())).await;
    let room = make(&server, r#"{"capacity":2}"#).await;
    let guest = join(&server, &room, "李四", token()).await;
    let code = new_code(&server, &room, guest.token).await.unwrap();
    for number in 0..10 {
        let refused = if number % 2 == 0 {
            redeem(&server, "0123456789").await.unwrap_err()
        } else {
            exchange(&server, &room, token()).await.unwrap_err()
        };
        assert_eq!(refused, (404, Code::BadCode), "try {number}");
    }
    assert_eq!(redeem(&server, &code).await.unwrap_err(), (429, Code::TooFast), "even the right one");
    let body = r#"{"code":"0123456789"}"#;
    let request = format!(
        "POST /api/pair HTTP/1.1\r\nHost: chat.example\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = raw(&server, &request).await;
    let after = answer.split("retry-after: ").nth(1).unwrap().split("\r\n").next().unwrap();
    assert!((1..=6).contains(&after.parse::<u32>().unwrap()), "{answer}");
    server.pass(Duration::from_secs(6));
    redeem(&server, &code).await.unwrap();
}

#[tokio::test]
async fn an_address_makes_ten_codes_in_a_minute() {
    let server = TestServer::with(|config| config.addresses = Some(AddressLimits::default())).await;
    let room = make(&server, r#"{"capacity":2}"#).await;
    let guest = join(&server, &room, "李四", token()).await;
    for _ in 0..10 {
        new_code(&server, &room, guest.token).await.unwrap();
    }
    assert_eq!(new_code(&server, &room, guest.token).await.unwrap_err(), (429, Code::TooFast));
    server.pass(Duration::from_secs(6));
    let code = new_code(&server, &room, guest.token).await.unwrap();
    redeem(&server, &code).await.unwrap();
}

#[tokio::test]
async fn codes_and_recovery_links_are_made_at_the_pace_of_a_member() {
    let pace = backend::config::Config::new("data".into(), "dist".into()).pace;
    let server = TestServer::with(|config| config.pace = pace).await;
    let room = make(&server, r#"{"capacity":2}"#).await;
    let guest = join(&server, &room, "李四", token()).await;
    let mut refused = Vec::new();
    for _ in 0..40 {
        refused.extend(back_up(&server, &room, guest.token).await.err());
        refused.extend(new_code(&server, &room, guest.token).await.err());
    }
    assert!(
        !refused.is_empty() && refused.iter().all(|refused| *refused == (429, Code::TooFast)),
        "{refused:?}"
    );
}
