//! What the program does instead of serving.

mod ready;

use std::fs::File;
use std::io::{self, BufReader, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use backend::backup::{backup, restore};
use backend::check::check;
use backend::config::{Config, Nats, millis};
use backend::edge::Edge;
use backend::import::import;
use backend::ledger::jetstream::Cluster;
use backend::rebuild::rebuild;
use backend::store::log::Log;
use clap::{Subcommand, value_parser};
use indicatif::{ProgressBar, ProgressStyle};

use ready::Answer;

/// What to do instead of serving.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Read the data folder and say whether every promise holds; changes nothing, and a server may run
    Check,
    /// Copy the log to a new file, as it is now; a server may run
    Backup {
        /// The file; it must not be there yet
        file: PathBuf,
    },
    /// Make a new data folder of a backup; pages that saw more than it holds begin anew
    Restore {
        /// The backup
        file: PathBuf,
        /// Of a cluster's node: do not make another node, but one machine's data
        #[arg(long)]
        alone: bool,
    },
    /// Begin a cluster at --nats with this data folder; the server must be stopped. Other nodes start from its backup
    JoinCluster,
    /// Take a room's JSONL export in, as a new room; the server must be stopped
    Import {
        /// The export
        file: PathBuf,
    },
    /// Make the index anew from the log; the server must be stopped
    Rebuild,
    /// Ask the server that listens at --listen whether it is ready; succeeds if it is
    Ready {
        /// Ask until it is, for so many seconds at most [1 to 86400]
        #[arg(long, value_name = "SECONDS", value_parser = value_parser!(u64).range(1..=86_400))]
        wait: Option<u64>,
    },
}

impl Command {
    /// Does it, with this data folder; the server listens there.
    pub(crate) fn run(self, data: &Path, listen: SocketAddr, nats: Option<Nats>) -> anyhow::Result<ExitCode> {
        let shown = data.display();
        let mut out = io::stdout();
        match self {
            Self::Check => {
                let report = check(data).with_context(|| format!("{shown} cannot be checked"))?;
                writeln!(out, "{report}")?;
                return Ok(if report.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
            }
            Self::Backup { file } => {
                backup(data, &file, bar()).with_context(|| format!("{shown} was not backed up"))?;
                writeln!(out, "the log of {shown} is in {}", file.display())?;
            }
            Self::Restore { file, alone } => {
                let edge = Edge::system();
                restore(&file, data, (&edge, alone), bar())
                    .with_context(|| format!("{} was not restored", file.display()))?;
                writeln!(out, "{shown} is a data folder: duiliao --data {shown} serves it")?;
            }
            Self::JoinCluster => {
                let nats = nats.context("--nats says where the cluster is to be")?;
                begin(data, &nats).with_context(|| format!("{shown} begins no cluster"))?;
                writeln!(out, "{shown} is the first node's: duiliao --data {shown} --nats … serves it")?;
                writeln!(out, "every other node: duiliao restore of a `duiliao backup` of it")?;
            }
            Self::Import { file } => {
                let export =
                    File::open(&file).with_context(|| format!("{} cannot be read", file.display()))?;
                let hold = millis(Config::new(PathBuf::new(), PathBuf::new()).room_hold);
                let imported = import(BufReader::new(export), data, &Edge::system(), hold)
                    .with_context(|| format!("{} was not taken in", file.display()))?;
                let (room, token) = (imported.room, imported.host_token);
                writeln!(out, "{} events are in a new room", imported.events)?;
                writeln!(out, "for everybody: /r/{room}")?;
                writeln!(out, "for its host alone: /r/{room}#t={}", token.as_str())?;
            }
            Self::Rebuild => {
                rebuild(data, bar()).with_context(|| format!("the index of {shown} was not made"))?;
                writeln!(out, "the index of {shown} is made anew")?;
            }
            Self::Ready { wait } => {
                let answer = ready::ask(listen, Duration::from_secs(wait.unwrap_or_default()));
                let answer = answer.with_context(|| format!("the server at {listen} is not ready"))?;
                writeln!(out, "{answer}")?;
                return Ok(if answer == Answer::Ready { ExitCode::SUCCESS } else { ExitCode::FAILURE });
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Shows how far something is, where somebody looks on.
fn bar() -> impl FnMut(u64, u64) {
    let style = ProgressStyle::with_template("{bar:40} {percent}% {eta}");
    let bar = ProgressBar::new(0).with_style(style.expect("the template is one"));
    move |done, of| {
        bar.set_length(of);
        bar.set_position(done);
    }
}

/// The log of `data` becomes the beginning of a cluster.
#[tokio::main]
async fn begin(data: &Path, nats: &Nats) -> anyhow::Result<()> {
    let mut log = Log::open(data)?;
    Ok(Cluster::begin(nats, &mut log).await?)
}
