//! Measures the release server and prints figures: `cargo run --release -p bench -- pair`, or `idle`.
//!
//! Each run starts a server of its own with a data folder of its own. Figures depend on the machine; what is
//! promised about them stands in the README with the command.
#![expect(clippy::print_stdout, reason = "figures are printed")]

mod client;
mod idle;
mod pair;
mod server;

use clap::{Parser, Subcommand};

/// Load for the server, and figures from it.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    work: Work,
}

#[derive(Debug, Subcommand)]
enum Work {
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
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let server = server::Server::start().await?;
    match Arguments::parse().work {
        Work::Pair { messages } => pair::run(&server, messages).await,
        Work::Idle { connections } => idle::run(&server, connections).await,
    }
}
