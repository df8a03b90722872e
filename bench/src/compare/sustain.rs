//! So many messages a second, evenly and for long: whether the server bears it, and how far its index is behind when it ends.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::server::Server;

use super::load::{Scene, Window, arrive};
use super::peer::Peer;

/// What is sustained.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct Wishes {
    /// Messages a second
    #[arg(long, default_value_t = 20_000)]
    rate: u64,
    /// For how long
    #[arg(long, default_value_t = 600)]
    seconds: u64,
    /// Pairs, each in a room of its own
    #[arg(long, default_value_t = 500)]
    pairs: usize,
}

/// Between two looks at what is due.
const BEAT: Duration = Duration::from_millis(2);

/// A second's worth of messages may wait in the index.
const BEHIND_MAX: Duration = Duration::from_secs(1);

/// The ledger looks once a second how far the index is behind.
const LOOKED: Duration = Duration::from_millis(1_100);

/// Measures, and says what came of it.
///
/// # Errors
/// If a message is lost or comes twice, the rate is not reached, or the index is more than a second behind.
pub(crate) async fn run(wishes: Wishes) -> anyhow::Result<()> {
    let Wishes { rate, seconds, pairs } = wishes;
    let (peer, sizes) = (Peer::Duiliao, vec![2; pairs]);
    let Scene { mut server, mut crowd, mut tally } = Scene::fill(peer.start().await?, peer, &sizes).await?;
    let window = Window::open(&server, &mut tally)?;
    let (start, lasting) = (Instant::now(), Duration::from_secs(seconds));
    while start.elapsed() < lasting {
        let due = (start.elapsed().as_secs_f64() * rate as f64) as u64;
        while tally.speaker.count() < due {
            let (who, now) = (tally.speaker.count() as usize % crowd.len(), tally.now());
            crowd.send(who, |out| tally.say(out, who, now))?;
        }
        crowd.turns(BEAT, &mut tally)?;
    }
    let figures = window.close(&server, &tally)?;
    tokio::time::sleep(LOOKED).await;
    let behind = behind(&server).await?;
    arrive(&mut crowd, &mut tally, |said| said * 2)?;
    server.kill().await?;
    let lag = Duration::from_secs_f64(behind as f64 / rate as f64);
    println!(
        "{:.0} messages a second for {:.0} s: p50 {:.2} ms, p99 {:.2} ms, max {:.0} ms, {:.2} of a core, {} MB; \
         at the end {behind} records are not indexed ({:.2} s)",
        figures.messages_per_s,
        figures.seconds,
        figures.p50_us as f64 / 1e3,
        figures.p99_us as f64 / 1e3,
        figures.max_us as f64 / 1e3,
        figures.cpu_s / figures.seconds,
        figures.resident / 1_000_000,
        lag.as_secs_f64(),
    );
    if figures.messages_per_s < rate as f64 * 0.99 {
        bail!("the rate was not reached");
    }
    if lag > BEHIND_MAX {
        bail!("the index is more than a second behind");
    }
    Ok(())
}

/// How many records are stored and not indexed, as the server tells.
async fn behind(server: &Server) -> anyhow::Result<u64> {
    let metrics = reqwest::get(format!("http://{}/metrics", server.address)).await?.text().await?;
    let line = metrics.lines().find_map(|line| line.strip_prefix("duiliao_index_behind "));
    Ok(line.context("the server tells how far the index is behind")?.trim().parse()?)
}
