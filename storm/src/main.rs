//! `cargo run -p storm -- simulate`: many seeds of the simulated storm; `real`, `cluster` and `restart` have the real server.
#![expect(clippy::print_stdout, reason = "figures are printed")]

use std::time::Instant;

use anyhow::{Result, bail};
use clap::{Parser, Subcommand};
use storm::person::Counts;
use storm::real::cluster::Hardships;
use storm::real::restart::{BACK_WITHIN, Restarts};
use storm::real::{self, Plan, cluster, restart};
use storm::simulated;

/// Pages and the server in bad weather: nothing is lost, nothing comes twice.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    storm: Storm,
}

#[derive(Debug, Subcommand)]
enum Storm {
    /// With the real server process, real sockets and `kill -9`; the same seed is the same plan
    Real {
        /// Draws the plan; another one each time if not said
        #[arg(long)]
        seed: Option<u64>,
        /// How often the server is killed
        #[arg(long, default_value_t = 200)]
        kills: u32,
        /// What people do in all, at least
        #[arg(long, default_value_t = 10_000)]
        deeds: u32,
        /// Kills at random moments only, where the server cannot be traced
        #[arg(long)]
        untraced: bool,
    },
    /// Three nodes and three NATS servers, killed and cut off while people talk; the same seed is the same plan
    Cluster {
        /// Draws the plan; another one each time if not said
        #[arg(long)]
        seed: Option<u64>,
        /// How often a node is killed
        #[arg(long, default_value_t = 50)]
        kills: u32,
        /// How often a NATS server is killed; besides, some stand still as if they were cut off
        #[arg(long, default_value_t = 20)]
        nats: u32,
    },
    /// The server process stopped and started again under load: nothing is lost, and everybody is soon back
    Restart {
        /// Draws the plan
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// How often it is restarted
        #[arg(long, default_value_t = 6)]
        restarts: u32,
        /// How many people
        #[arg(long, default_value_t = 60)]
        clients: u32,
        /// Messages a second, over all of them
        #[arg(long, default_value_t = 500)]
        per_second: u32,
    },
    /// In one thread and its own time; the same seed is the same run
    Simulate {
        /// The first seed
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// How many seeds
        #[arg(long, default_value_t = 1_000)]
        seeds: u64,
        /// Prints all that happens
        #[arg(long)]
        trace: bool,
    },
}

fn main() -> Result<()> {
    match Arguments::parse().storm {
        Storm::Real { seed, kills, deeds, untraced } => {
            let seed = seed.unwrap_or_else(|| u64::from(rand::random::<u32>()));
            println!("seed {seed}");
            let report = real::run(Plan { seed, clients: 8, kills, deeds, traced: !untraced })?;
            println!("{report}");
            if report.faults.is_empty() {
                Ok(())
            } else {
                bail!("something is wrong; the plan: --seed {seed}")
            }
        }
        Storm::Cluster { seed, kills, nats } => {
            let seed = seed.unwrap_or_else(|| u64::from(rand::random::<u32>()));
            println!("seed {seed}");
            let report = cluster::run(Hardships { seed, clients: 8, kills, nats })?;
            println!("{report}");
            if report.faults.is_empty() {
                Ok(())
            } else {
                bail!("something is wrong; the plan: --seed {seed}")
            }
        }
        Storm::Restart { seed, restarts, clients, per_second } => {
            let came = restart::run(Restarts { seed, restarts, clients, per_second })?;
            println!("{came}");
            if !came.report.faults.is_empty() {
                bail!("something is wrong");
            }
            if let Some(late) = came.back.iter().find(|back| **back > BACK_WITHIN) {
                bail!("somebody was back only after {late:?}");
            }
            Ok(())
        }
        Storm::Simulate { seed, seeds, trace } => simulate(seed, seeds, trace),
    }
}

fn simulate(first: u64, seeds: u64, trace: bool) -> Result<()> {
    let began = Instant::now();
    let (mut counts, mut falls, mut cuts, mut events, mut bad) = (Counts::default(), 0, 0, 0, Vec::new());
    for seed in first..first + seeds {
        let run = simulated::run(seed, trace)?;
        run.trace.iter().for_each(|line| println!("{line}"));
        counts.add(&run.counts);
        falls += run.falls;
        cuts += run.cuts;
        events += run.events;
        if !run.faults.is_empty() {
            println!("seed {seed}:\n{}", run.faults);
            bad.push(seed);
        }
    }
    println!("{seeds} seeds from {first} in {:.1} s", began.elapsed().as_secs_f64());
    println!("  {counts:?}, {} deeds", counts.deeds());
    println!("  {falls} falls of the server, {cuts} connections cut, {events} events told");
    if !bad.is_empty() {
        bail!("wrong with these seeds: {bad:?}");
    }
    Ok(())
}
