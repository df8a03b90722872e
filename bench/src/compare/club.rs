//! A club online: many people in one room, in which somebody speaks ten times a second. What counts is what the server needs
//! for it, on one core.

use std::time::{Duration, Instant, SystemTime};

use crate::crowd::dialect::Speaker;
use crate::crowd::{Crowd, Deaf};

use super::load::{PATIENCE, SETTLE, Tally, WARM_UP, Window, arrive};
use super::peer::Peer;

/// Somebody speaks this often.
const BEAT: Duration = Duration::from_millis(100);

/// Measures the server of 对聊, and prints what it needs.
///
/// # Errors
/// If it loses a message or a connection, or brings a message twice.
pub(crate) async fn run(people: usize, lasting: Duration) -> anyhow::Result<()> {
    let peer = Peer::Duiliao;
    let mut server = peer.start().await?;
    let empty = server.resident()?;
    let seats = peer.seats(&server, &[people]).await?;
    let mut crowd = Crowd::open(server.address, peer.dialect(), &seats, PATIENCE, &mut Deaf)?;
    crowd.turns(SETTLE, &mut Deaf)?;
    let mut tally = Tally::new(Speaker::new(peer.dialect(), SystemTime::now()))?;
    tally.goes_on = false;
    let (start, mut window) = (Instant::now(), None);
    for beat in 0.. {
        let until = start + BEAT * beat;
        crowd.turns(until.saturating_duration_since(Instant::now()), &mut tally)?;
        if window.is_none() && start.elapsed() >= WARM_UP {
            window = Some(Window::open(&server, &mut tally)?);
        }
        if start.elapsed() >= WARM_UP + lasting {
            break;
        }
        let (who, now) = (beat as usize % people, tally.now());
        crowd.send(who, |out| tally.say(out, who, now))?;
    }
    let figures = window.expect("the time after the warm-up is never empty").close(&server, &tally)?;
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
