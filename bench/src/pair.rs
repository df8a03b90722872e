//! One pair, one message at a time.

use std::time::{Duration, Instant};

use shared::Token;

use crate::client::Client;
use crate::server::Server;

/// Round trips before the measured ones: caches, buffers and files get their size.
const WARM_UP: u32 = 500;

pub(crate) async fn run(server: &Server, rounds: u32) -> anyhow::Result<()> {
    let mut zhang = Client::join(&server.address, "张三", Token::new(&rand::random())).await?;
    let mut li = Client::join(&server.address, "李四", Token::new(&rand::random())).await?;
    let mut times = Vec::new();
    for round in 0..WARM_UP + rounds {
        let (question, answer) =
            (format!("问{round:08}，三十二个字节上下"), format!("答{round:08}，三十二个字节上下"));
        let start = Instant::now();
        zhang.say(&question).await?;
        li.until(&question).await?;
        li.say(&answer).await?;
        zhang.until(&answer).await?;
        if round >= WARM_UP {
            times.push(start.elapsed());
        }
    }
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!("one pair, one message at a time, {rounds} round trips of two messages, each stored and synced");
    for (name, time) in [("p50", at(0.5)), ("p99", at(0.99)), ("p99.9", at(0.999)), ("max", at(1.0))] {
        println!("{name:>6} {:>8.0} µs", micros(time));
    }
    Ok(())
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
