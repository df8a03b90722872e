//! The command line of the server.

mod commands;
mod flags;

use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use backend::config::Config;
use backend::edge::Edge;
use backend::logging::{self, Form};
use backend::serve;
use clap::{Parser, value_parser};
use ipnet::IpNet;
use shared::NameRule;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use commands::Command;
use flags::{Cluster, Limits, network, rule};

/// 对聊: open a link, type your Chinese name, chat.
#[derive(Debug, Parser)]
#[command(name = "duiliao", version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,

    /// Where to listen
    #[arg(
        long,
        global = true,
        env = "DUILIAO_LISTEN",
        default_value = "127.0.0.1:8082",
        value_name = "ADDRESS"
    )]
    listen: SocketAddr,

    /// The folder of the log; it is made if it is missing
    #[arg(long, global = true, env = "DUILIAO_DATA", default_value = "./data", value_name = "FOLDER")]
    data: PathBuf,

    /// The folder of the built page
    #[arg(long, env = "DUILIAO_DIST", default_value = "./dist", value_name = "FOLDER")]
    dist: PathBuf,

    /// Another host whose pages may connect, with its scheme if that matters; may be repeated
    #[arg(long = "origin", env = "DUILIAO_ORIGIN", value_delimiter = ',', value_name = "ORIGIN")]
    origins: Vec<String>,

    /// A name this server is reached by, without port; given, requests under other names get 421: a page elsewhere whose
    /// name is made to point here finds nobody. Addresses and localhost are let in always. May be repeated
    #[arg(long = "host", env = "DUILIAO_HOST", value_delimiter = ',', value_name = "NAME")]
    hosts: Vec<String>,

    /// Which names are let into rooms made from now on: `common`, or `han` for rare characters and a · inside too
    #[arg(long, env = "DUILIAO_NAMES", default_value = "common", value_name = "RULE", value_parser = rule)]
    names: NameRule,

    /// A proxy, as address or network, that is believed when it says in X-Forwarded-For whose requests it passes on; may be
    /// repeated
    #[arg(long = "trusted-proxy", env = "DUILIAO_TRUSTED_PROXY", value_delimiter = ',', value_name = "ADDRESS", value_parser = network)]
    proxies: Vec<IpNet>,

    /// Let /metrics answer everybody, not only this machine
    #[arg(long, env = "DUILIAO_METRICS_OPEN")]
    metrics_open: bool,

    /// Delete what was said more than so many days ago; without it everything is kept
    #[arg(long, env = "DUILIAO_KEEP_DAYS", value_name = "DAYS", value_parser = value_parser!(u32).range(1..))]
    keep_days: Option<u32>,

    #[command(flatten)]
    cluster: Cluster,

    #[command(flatten)]
    limits: Limits,

    /// Turn every limit of pace and of addresses off, for load tests; only on a loopback address
    #[arg(long, env = "DUILIAO_NO_LIMITS")]
    no_limits: bool,

    /// What to log, as RUST_LOG has it: error, warn, info, debug, or module=level. On a terminal lines are to be read,
    /// elsewhere each is a JSON object
    #[arg(long, env = "DUILIAO_LOG", default_value = "info", value_name = "FILTER")]
    log: String,
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    match arguments.command {
        Some(command) => command.run(&arguments.data, arguments.listen, arguments.cluster.nats()),
        None => serve::runtime()
            .context("no runtime can be started")?
            .block_on(serve(arguments))
            .map(|()| ExitCode::SUCCESS),
    }
}

async fn serve(arguments: Arguments) -> anyhow::Result<()> {
    let filter = logging::filter(&arguments.log).context("--log is not a filter")?;
    let form = if std::io::stderr().is_terminal() { Form::Plain } else { Form::Json };
    tracing_subscriber::registry().with(filter).with(logging::lines(form, std::io::stderr)).init();
    logging::log_panics();

    let listen = arguments.listen;
    if arguments.no_limits && !listen.ip().is_loopback() {
        bail!("--no-limits is for load tests: it works with --listen 127.0.0.1:PORT only");
    }
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!("cannot listen on {listen}: is another server running? --listen chooses another address")
    })?;
    let address = listener.local_addr()?;
    let named = |names: Vec<String>| names.into_iter().filter(|name| !name.is_empty()).collect();
    let (origins, hosts) = (named(arguments.origins), named(arguments.hosts));
    let mut config = Config { origins, hosts, ..Config::new(arguments.data, arguments.dist) };
    (config.proxies, config.metrics_open) = (arguments.proxies, arguments.metrics_open);
    config.names = arguments.names;
    config.keep = arguments.keep_days.map(|days| Duration::from_secs(u64::from(days) * 24 * 60 * 60));
    arguments.limits.put(&mut config);
    config.nats = arguments.cluster.nats();
    if config.nats.is_some() && config.keep.is_some() {
        bail!("--keep-days is for one machine: nodes of a cluster would not forget at the same moment");
    }
    if arguments.no_limits {
        (config.pace, config.frames, config.bytes, config.addresses) = (None, None, None, None);
    }
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let shutdown = async move {
        // Waited for only once everything has started.
        drop(writeln!(std::io::stdout(), "listening on http://{address}"));
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    };
    serve::run(listener, config, Edge::system(), shutdown).await?;
    Ok(())
}
