//! A club online: many people in one room, in which somebody speaks ten times a second. What counts is what the server needs
//! for it, on one core.

use std::time::Duration;

use super::load::{Scene, arrive};
use super::peer::Peer;

/// Somebody speaks this often.
const BEAT: Duration = Duration::from_millis(100);

/// Measures the server of 对聊, and prints what it needs.
///
/// # Errors
/// If it loses a message or a connection, or brings a message twice.
pub(crate) async fn run(people: usize, lasting: Duration) -> anyhow::Result<()> {
    let peer = Peer::Duiliao;
    let server = peer.start().await?;
    let empty = server.resident()?;
    let mut scene = Scene::fill(server, peer, &[people]).await?;
    let figures = scene.beats(BEAT, lasting, |beat, crowd, tally| {
        let (who, now) = (beat % people, tally.now());
        crowd.send(who, |out| tally.say(out, who, now))
    })?;
    let Scene { mut server, mut crowd, mut tally } = scene;
    arrive(&mut crowd, &mut tally, |said| said * people as u64)?;
    server.kill().await?;
    let mib = |bytes: u64| bytes as f64 / 1024.0 / 1024.0;
    println!(
        "{people} people in one room, {:.1} messages and {:.0} deliveries a second:",
        figures.messages_per_s, figures.deliveries_per_s
    );
    println!("  {:.1} MB resident, {:.1} MB of it before anybody came", mib(figures.resident), mib(empty));
    println!("  {:.1} % of one core", 100.0 * figures.cpu_s / figures.seconds);
    println!("  p50 {:.2} ms, p99 {:.2} ms", figures.p50_us as f64 / 1e3, figures.p99_us as f64 / 1e3);
    Ok(())
}
