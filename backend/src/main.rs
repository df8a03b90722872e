//! The command line of the server.

mod commands;
mod flags;
mod signals;
mod variables;

use std::env;
use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use backend::config::Config;
use backend::edge::Edge;
use backend::logging::{self, Form};
use backend::origin::{AllowedOrigin, HostName};
use backend::serve;
use backend::system::max_open_files;
use clap::builder::BoolishValueParser;
use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, CommandFactory, FromArgMatches, Parser, value_parser};
use ipnet::IpNet;
use shared::NameRule;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use commands::Command;
use flags::parse::{List, listen, log_filter, networks, rule};
use flags::{Cluster, Limits};
use signals::Signals;
use variables::Variables;

/// 对聊: open a link, type your Chinese name, chat. Without a command, this program serves.
#[derive(Debug, Parser)]
#[command(name = "duiliao", version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,

    /// Where to listen
    #[arg(long, global = true, default_value = "127.0.0.1:8082", value_name = "ADDRESS:PORT", value_parser = listen)]
    listen: SocketAddr,

    /// The folder of the log; it is made if it is missing
    #[arg(long, global = true, default_value = "./data", value_name = "FOLDER")]
    data: PathBuf,

    /// The folder of the built page
    #[arg(long, default_value = "./dist", value_name = "FOLDER")]
    dist: PathBuf,

    /// Another origin whose pages may connect: a host, with its scheme and port if they matter, as `https://chat.example.com`;
    /// may be repeated, or several with commas between
    #[arg(long = "origin", value_name = "ORIGIN")]
    origins: Vec<List<AllowedOrigin>>,

    /// A name this server is reached by, without port; given, requests under other names get 421: a page elsewhere whose
    /// name is made to point here finds nobody. Addresses and localhost are let in always. May be repeated, or several with
    /// commas between
    #[arg(long = "host", value_name = "NAME")]
    hosts: Vec<List<HostName>>,

    /// Which names are let into rooms made from now on: `common`, or `han` for rare characters and a · inside too
    #[arg(long, default_value = "common", value_name = "RULE", value_parser = rule)]
    names: NameRule,

    /// A proxy, as address or network, that is believed when it says in X-Forwarded-For whose requests it passes on; may be
    /// repeated, or several with commas between
    #[arg(long = "trusted-proxy", value_name = "ADDRESS", value_parser = networks)]
    proxies: Vec<List<IpNet>>,

    /// Let /metrics answer everybody, not only this machine
    #[arg(long, action = ArgAction::SetTrue, value_parser = BoolishValueParser::new())]
    metrics_open: bool,

    /// Delete what was said more than so many days ago; without it everything is kept [1 to 36500]
    #[arg(long, value_name = "DAYS", value_parser = value_parser!(u32).range(1..=36_500))]
    keep_days: Option<u32>,

    /// The machine's clock is right, though it is long after the last known time: what is too old is deleted by it. Once is enough
    #[arg(long, action = ArgAction::SetTrue, value_parser = BoolishValueParser::new())]
    accept_clock: bool,

    /// What was given of all this, for the log.
    #[arg(skip)]
    options: String,

    #[command(flatten)]
    cluster: Cluster,

    #[command(flatten)]
    limits: Limits,

    /// Turn every limit of pace and of addresses off, for load tests; only on a loopback address
    #[arg(long, action = ArgAction::SetTrue, value_parser = BoolishValueParser::new())]
    no_limits: bool,

    /// What to log: error, warn, info, debug, trace or off; for a part of the program module=level, with commas between. On a
    /// terminal lines are to be read, elsewhere each is a JSON object
    #[arg(long, default_value = "info", value_name = "FILTER", value_parser = log_filter)]
    log: String,

    /// Print `listening on http://ADDRESS:PORT` on standard output, for a program that starts this one. With port 0, and on a
    /// terminal, it is printed anyway
    #[arg(long, action = ArgAction::SetTrue, value_parser = BoolishValueParser::new())]
    print_address: bool,
}

impl Arguments {
    /// Those of the command line and the environment; ends the process where they are wrong.
    fn read() -> (Self, Variables) {
        let given: Vec<OsString> = env::args_os().collect();
        let (command, variables) = Variables::read(Self::command());
        let parsed = command.clone().try_get_matches_from(&given).and_then(|mut matches| {
            let options = options_given(&command, &matches);
            let parsed = Self::from_arg_matches_mut(&mut matches);
            parsed
                .map(|arguments| Self { options, ..arguments })
                .map_err(|error| error.format(&mut command.clone()))
        });
        match parsed {
            Ok(arguments) => (arguments, variables),
            Err(error) => variables.name_in(error, &given).exit(),
        }
    }

    fn config(self) -> anyhow::Result<Config> {
        let (origins, hosts) = (List::all(self.origins), List::all(self.hosts));
        let mut config = Config { origins, hosts, ..Config::new(self.data, self.dist) };
        (config.proxies, config.metrics_open) = (List::all(self.proxies), self.metrics_open);
        config.names = self.names;
        config.keep = self.keep_days.map(|days| Duration::from_secs(u64::from(days) * 24 * 60 * 60));
        self.limits.put(&mut config);
        config.nats = self.cluster.nats();
        config.accept_clock = self.accept_clock;
        config.options = self.options;
        if config.nats.is_some() && config.keep.is_some() {
            bail!("--keep-days is for one machine: nodes of a cluster would not forget at the same moment");
        }
        if self.no_limits {
            (config.pace, config.frames, config.bytes, config.addresses) = (None, None, None, None);
        }
        Ok(config)
    }
}

/// The options that were given, on the command line or by variables, and their values; of the one that holds a password, only that
/// it was given.
fn options_given(command: &clap::Command, matches: &ArgMatches) -> String {
    let given = command.get_arguments().filter_map(|option| {
        let (id, name) = (option.get_id().as_str(), option.get_long()?);
        let is_given =
            matches!(matches.value_source(id)?, ValueSource::CommandLine | ValueSource::EnvVariable);
        let values = matches.get_raw(id).filter(|_| is_given)?;
        let values: Vec<_> = values.map(|value| value.to_string_lossy()).collect();
        Some(if id == "nats" { "nats=***".to_owned() } else { format!("{name}={}", values.join(",")) })
    });
    given.collect::<Vec<_>>().join(" ")
}

/// Warns where so few files may be open that few people can be connected: each connection is one.
fn warn_of_few_files() {
    const FEW: u64 = 4_096;
    if let Some(limit) = max_open_files().filter(|limit| *limit < FEW) {
        tracing::warn!(limit, "few files and connections may be open at a time");
    }
}

fn main() -> anyhow::Result<ExitCode> {
    let (arguments, variables) = Arguments::read();
    match arguments.command {
        Some(command) => command.run(&arguments.data, arguments.listen, arguments.cluster.nats()),
        None => run_server(arguments, &variables).map(|()| ExitCode::SUCCESS),
    }
}

fn run_server(arguments: Arguments, variables: &Variables) -> anyhow::Result<()> {
    let signals = Signals::catch()?;
    let filter = logging::filter(&arguments.log).context("--log")?;
    let form = if io::stderr().is_terminal() { Form::Plain } else { Form::Json };
    tracing_subscriber::registry().with(filter).with(logging::lines(form, io::stderr)).init();
    logging::log_panics();
    let stop = CancellationToken::new();
    signals.stop_at_first(stop.clone())?;

    let unknown = variables.unknown();
    if !unknown.is_empty() {
        let meant = |(name, close): &(String, Option<&str>)| match close {
            Some(close) => format!("{name} ({close}?)"),
            None => name.clone(),
        };
        let variables = unknown.iter().map(meant).collect::<Vec<_>>().join(", ");
        tracing::warn!(variables, "variables that are no options are ignored");
    }
    warn_of_few_files();
    let runtime = serve::runtime().context("no runtime can be started")?;
    let served = runtime.block_on(serve(arguments, stop));
    // Where it was stopped while it still read the data folder, that goes on until the process ends.
    runtime.shutdown_background();
    served
}

async fn serve(arguments: Arguments, stop: CancellationToken) -> anyhow::Result<()> {
    let listen = arguments.listen;
    if arguments.no_limits && !listen.ip().is_loopback() {
        bail!("--no-limits is for load tests: it works with --listen 127.0.0.1:PORT only");
    }
    let listener = TcpListener::bind(listen).await.map_err(|error| {
        let advice = bind_advice(listen, &error);
        anyhow::Error::new(error).context(format!("cannot listen on {listen}: {advice}"))
    })?;
    let address = listener.local_addr()?;
    let print = arguments.print_address || listen.port() == 0 || io::stdout().is_terminal();
    let config = arguments.config()?;
    if !config.dist.join("index.html").is_file() {
        let dist = config.dist.display();
        tracing::warn!(%dist, "there is no page in the folder of --dist: visitors see an error");
    }
    let stopped = stop.clone();
    let shutdown = async move {
        // Waited for only once everything has started.
        tracing::info!(%address, "listening");
        if print {
            drop(writeln!(io::stdout(), "listening on http://{address}"));
        }
        stopped.cancelled().await;
    };
    serve::run_until(listener, config, Edge::system(), stop, shutdown).await?;
    Ok(())
}

/// What to do where the system gives no socket.
fn bind_advice(listen: SocketAddr, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            "another program has the port (`ss -ltnp` says which). --listen chooses another".to_owned()
        }
        io::ErrorKind::PermissionDenied => {
            "ports below 1024 need a right of their own: use --listen 127.0.0.1:8082 behind a proxy"
                .to_owned()
        }
        io::ErrorKind::AddrNotAvailable => {
            format!(
                "this machine has no address {}; --listen 0.0.0.0:{} is all it has",
                listen.ip(),
                listen.port()
            )
        }
        _ => "--listen chooses another address".to_owned(),
    }
}
