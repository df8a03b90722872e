//! The storm in one thread and in its own time: the server's rules, ledger, follower and sessions and the pages' own
//! state, over connections in memory. The same seed is the same run, step by step.

mod falls;
mod lines;
mod rest;
mod server;
mod weather;
mod wire;
mod world;

use anyhow::Result;

use crate::faults::Faults;
use crate::person::Counts;

/// What a run came to.
#[derive(Debug, Default)]
pub struct Run {
    /// What was wrong.
    pub faults: Faults,
    /// Of everything that happened, in order.
    pub digest: u64,
    /// What people did.
    pub counts: Counts,
    /// How often the server fell.
    pub falls: u32,
    /// How many connections were cut.
    pub cuts: u32,
    /// How often a page was let in.
    pub welcomes: u32,
    /// How many events pages were told.
    pub events: u64,
    /// The last of what happened, for whoever looks for the cause.
    pub trace: Vec<String>,
}

/// One run. `traced` keeps what happened in words.
///
/// # Errors
/// If the simulation itself cannot go on.
pub fn run(seed: u64, traced: bool) -> Result<Run> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .max_blocking_threads(1)
        .build()?;
    runtime.block_on(async {
        let mut world = world::World::new(seed, traced).await?;
        world.storm().await?;
        world.rest().await
    })
}
