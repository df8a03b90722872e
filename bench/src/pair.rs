//! One pair, one message at a time.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use shared::Token;

use crate::client::Client;
use crate::server::Server;

/// Messages before the measured ones: caches, buffers and files get their size.
const WARM_UP: u32 = 2_000;

/// After so many messages the disk is asked for its own time …
const ROUND: u32 = 1_000;

/// … so often, since neither is the same from second to second.
const SYNCS: u32 = 200;

/// Pages the disk is asked with: as many as the log's write-ahead file has.
const PAGES: u32 = 2_048;

pub(crate) async fn run(server: &Server, messages: u32) -> anyhow::Result<()> {
    let mut speaker = Client::join(server.address, "张三", Token::new(&rand::random())).await?;
    let mut listener = Client::join(server.address, "李四", Token::new(&rand::random())).await?;
    let mut disk = Disk::new(server.data())?;
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
        if number % ROUND == 0 {
            (0..SYNCS).try_for_each(|_| disk.sync())?;
        }
    }
    println!(
        "one pair, one message at a time, {messages} messages, each stored and synced before it is heard"
    );
    show("from saying to hearing", times);
    show("the disk alone: 4 KiB in place, then fdatasync", disk.times);
    Ok(())
}

/// What the disk takes for the least a commit can be.
struct Disk {
    file: File,
    next: u32,
    times: Vec<Duration>,
}

impl Disk {
    fn new(folder: &Path) -> anyhow::Result<Self> {
        let mut file = File::create(folder.join("disk"))?;
        (0..PAGES).try_for_each(|_| file.write_all(&PAGE))?;
        file.sync_all()?;
        Ok(Self { file, next: 0, times: Vec::new() })
    }

    fn sync(&mut self) -> anyhow::Result<()> {
        self.file.seek(SeekFrom::Start(u64::from(self.next % PAGES) * PAGE.len() as u64))?;
        let start = Instant::now();
        self.file.write_all(&PAGE)?;
        self.file.sync_data()?;
        self.times.push(start.elapsed());
        self.next += 1;
        Ok(())
    }
}

const PAGE: [u8; 4096] = [1; 4096];

fn show(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e6;
    let figures = [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999), ("max", 1.0)];
    let figures = figures.map(|(name, share)| format!("{name} {:.0} µs", at(share)));
    println!("  {what}: {}", figures.join(", "));
}
