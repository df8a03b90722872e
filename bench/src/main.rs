//! Measures the release server and prints figures: `cargo run --release -p bench -- compare`, or `pair`, or `idle`,
//! or `sustain`, or `search`, or `siege`.
//!
//! Each run starts a server of its own with a data folder of its own. Figures depend on the machine; what is
//! promised about them stands in the README with the command.
#![expect(clippy::print_stdout, reason = "figures are printed")]

mod client;
mod cluster;
mod compare;
mod cores;
mod crowd;
mod idle;
mod pair;
mod search;
mod server;
mod siege;
mod words;

use clap::{Parser, Subcommand};

/// Load for the server, and figures from it.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    work: Work,
}

#[derive(Debug, Subcommand)]
enum Work {
    /// The server beside relays under Node, then what only it can do; writes bench/RESULTS.md
    Compare(compare::Wishes),
    /// The least a relay can do, as a server of its own
    #[command(hide = true)]
    Floor,
    /// One pair, one message at a time: how long from saying something until the other hears it
    Pair {
        /// Messages that are measured
        #[arg(long, default_value_t = 20_000)]
        messages: u32,
    },
    /// Joined connections that are idle: what each costs the server in memory
    Idle {
        /// How many connections
        #[arg(long, default_value_t = 10_000)]
        connections: u32,
    },
    /// So many messages a second for long, and how far the index is behind at the end
    Sustain(compare::sustain::Wishes),
    /// 19,000 connections, a tenth of them hostile: what honest pairs feel of it, and what it costs in memory
    Siege(siege::Wishes),
    /// Three nodes and three NATS servers, beside one machine alone
    Cluster(cluster::Wishes),
    /// A club online in one room: memory and processor of the server
    Club {
        /// How many people
        #[arg(long, default_value_t = 200)]
        people: usize,
        /// How long is measured, in seconds
        #[arg(long, default_value_t = 30)]
        seconds: u64,
    },
    /// Pieces of messages, searched for: how many are found, how long it takes, how large the index is
    Search {
        /// How many messages
        #[arg(long, default_value_t = 1_000_000)]
        messages: usize,
        /// Over how many rooms they are spread; the first is searched
        #[arg(long, default_value_t = 1)]
        rooms: usize,
        /// How many pieces
        #[arg(long, default_value_t = 1_000)]
        pieces: usize,
        /// What the messages are made from
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let work = Arguments::parse().work;
    if !matches!(work, Work::Floor | Work::Search { .. } | Work::Cluster(_)) {
        cores::part();
    }
    match work {
        Work::Compare(wishes) => compare::run(&wishes).await,
        Work::Floor => compare::floor::run(),
        Work::Sustain(wishes) => compare::sustain::run(wishes).await,
        Work::Pair { messages } => pair::run(&server::Server::start().await?, messages).await,
        Work::Idle { connections } => idle::run(&server::Server::start().await?, connections).await,
        Work::Siege(wishes) => siege::run(&wishes).await,
        Work::Cluster(wishes) => cluster::run(wishes).await,
        Work::Club { people, seconds } => {
            compare::club::run(people, std::time::Duration::from_secs(seconds)).await
        }
        Work::Search { messages, rooms, pieces, seed } => search::run(messages, rooms, pieces, seed),
    }
}
