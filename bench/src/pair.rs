//! One pair, one message at a time.

use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use shared::Token;

use crate::client::Client;
use crate::server::Server;

/// Messages before the measured ones: caches, buffers and files get their size.
const WARM_UP: u32 = 2_000;

/// How often the disk is asked for its own time.
const SYNCS: u32 = 2_000;

pub(crate) async fn run(server: &Server, messages: u32) -> anyhow::Result<()> {
    let mut speaker = Client::join(&server.address, "张三", Token::new(&rand::random())).await?;
    let mut listener = Client::join(&server.address, "李四", Token::new(&rand::random())).await?;
    let mut times = Vec::new();
    for number in 0..WARM_UP + messages {
        let text = format!("第{number:08}条，三十二个字节");
        let start = Instant::now();
        speaker.say(&text).await?;
        listener.until(&text).await?;
        if number >= WARM_UP {
            times.push(start.elapsed());
        }
        speaker.until(&text).await?;
        std::mem::swap(&mut speaker, &mut listener);
    }
    println!(
        "one pair, one message at a time, {messages} messages, each stored and synced before it is heard"
    );
    show("from saying to hearing", times);
    show("the disk alone: 4 KiB in place, then fdatasync", disk(server.data())?);
    Ok(())
}

/// What the disk takes for the least a commit can be.
fn disk(folder: &Path) -> anyhow::Result<Vec<Duration>> {
    let page = [1; 4096];
    let mut file = std::fs::File::create(folder.join("disk"))?;
    for _ in 0..64 {
        file.write_all(&page)?;
    }
    file.sync_all()?;
    let mut times = Vec::new();
    for number in 0..SYNCS {
        file.seek(SeekFrom::Start(u64::from(number % 64) * 4096))?;
        let start = Instant::now();
        file.write_all(&page)?;
        file.sync_data()?;
        times.push(start.elapsed());
    }
    Ok(times)
}

fn show(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e6;
    let figures = [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999), ("max", 1.0)];
    let figures = figures.map(|(name, share)| format!("{name} {:.0} µs", at(share)));
    println!("  {what}: {}", figures.join(", "));
}
