//! Options of the command line that limit and connect. What each of them is, is said in [`backend::config`]. A number's
//! bounds stand at the end of its help, and a test compares them with the parser's.

pub(crate) mod parse;

use std::time::Duration;

use backend::config::{
    AddressLimits, BYTES_BURST, BYTES_PER_SECOND, CONNECTIONS, Config, EXPORTS, EXPORTS_OF_ADDRESS,
    FRAMES_BURST, FRAMES_PER_SECOND, HANDSHAKES, MEGABYTES_PER_HOUR, NEVER_JOINED_HOURS, Nats, NatsServers,
    PAIRINGS_PER_MINUTE, PARTITIONS, REPLICAS, REQUESTS_BURST, REQUESTS_PER_SECOND, ROOMS_PER_HOUR,
    SEARCH_WITHIN_MS, SEARCHES, SEATS_PER_MINUTE, quota, stored,
};
use clap::{Args, value_parser};
use governor::Quota;
use shared::limits::{PACE_BURST, PACE_PER_SECOND};

use parse::Secret;

/// Where the other nodes are, for one among many.
#[derive(Debug, Args)]
#[command(next_help_heading = "Many machines")]
pub(crate) struct Cluster {
    /// NATS servers with JetStream, where this node meets the others: nats://HOST:PORT, with commas between; as
    /// nats://USER:PASSWORD@HOST:PORT where they ask for one (write %40 for an @ in a password). Set it by its variable:
    /// everybody on the machine sees a command line
    #[arg(long, global = true, value_name = "URL", value_parser = Secret::<NatsServers>::new())]
    nats: Option<NatsServers>,

    /// Streams that the rooms are spread over; the first node makes them, and they stay as many [1 to 256]
    #[arg(long, global = true, default_value_t = PARTITIONS, value_name = "N", value_parser = value_parser!(u32).range(1..=256))]
    nats_partitions: u32,

    /// NATS servers that keep each stream: 3, or 5; 1 where nothing need survive one [1 to 5]
    #[arg(long, global = true, default_value_t = REPLICAS, value_name = "N", value_parser = value_parser!(u8).range(1..=5))]
    nats_replicas: u8,
}

impl Cluster {
    /// Where the nodes meet; nothing where there is one machine.
    pub(crate) fn nats(self) -> Option<Nats> {
        let Self { nats, nats_partitions: partitions, nats_replicas: replicas } = self;
        nats.map(|servers| Nats { servers, partitions, replicas: replicas.into() })
    }
}

/// Limits, with the protocol's as defaults.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct Limits {
    /// Connections of one address (IPv4, or a /64 of IPv6) [1 to 1000000]
    #[arg(long, default_value_t = CONNECTIONS, value_name = "N", value_parser = value_parser!(u32).range(1..=1_000_000))]
    connections: u32,

    /// Connections of one address whose first request is not complete [1 to 1000000]
    #[arg(long, default_value_t = HANDSHAKES, value_name = "N", value_parser = value_parser!(u32).range(1..=1_000_000))]
    handshakes: u32,

    /// New seats that one address may take in a minute; coming back to a seat is free [1 to 1000000]
    #[arg(long, default_value_t = SEATS_PER_MINUTE, value_name = "N", value_parser = value_parser!(u32).range(1..=1_000_000))]
    seats_per_minute: u32,

    /// Pairing codes and recovery links that one address may redeem or try in a minute, and at once [1 to 1000000]
    #[arg(long, default_value_t = PAIRINGS_PER_MINUTE, value_name = "N", value_parser = value_parser!(u32).range(1..=1_000_000))]
    pairings_per_minute: u32,

    /// Rooms that one address may make in an hour [1 to 1000000]
    #[arg(long, default_value_t = ROOMS_PER_HOUR, value_name = "N", value_parser = value_parser!(u32).range(1..=1_000_000))]
    rooms_per_hour: u32,

    /// HTTP requests of one address a second, on average; the page and its files count a tenth [1 to 1000000]
    #[arg(long, default_value_t = REQUESTS_PER_SECOND, value_name = "N", value_parser = value_parser!(u32).range(1..=1_000_000))]
    requests_per_second: u32,

    /// HTTP requests of one address at once [1 to 1000000]
    #[arg(long, default_value_t = REQUESTS_BURST, value_name = "N", value_parser = value_parser!(u32).range(1..=1_000_000))]
    requests_burst: u32,

    /// Changes that one member may make to its room a second, on average [1 to 1000000]
    #[arg(long, default_value_t = PACE_PER_SECOND, value_name = "N", value_parser = value_parser!(u32).range(1..=1_000_000))]
    pace: u32,

    /// Changes that one member may make to its room at once [1 to 1000000]
    #[arg(long, default_value_t = PACE_BURST, value_name = "N", value_parser = value_parser!(u32).range(1..=1_000_000))]
    pace_burst: u32,

    /// Frames of one connection that are read in a second, on average; the others wait in its socket [1 to 1000000]
    #[arg(long, default_value_t = FRAMES_PER_SECOND, value_name = "N", value_parser = value_parser!(u32).range(1..=1_000_000))]
    frames_per_second: u32,

    /// Frames of one connection that are read at once [1 to 1000000]
    #[arg(long, default_value_t = FRAMES_BURST, value_name = "N", value_parser = value_parser!(u32).range(1..=1_000_000))]
    frames_burst: u32,

    /// Bytes of one connection that are read in a second, on average; the others wait in its socket [1024 to 1000000000]
    #[arg(long, default_value_t = BYTES_PER_SECOND, value_name = "N", value_parser = value_parser!(u32).range(1_024..=1_000_000_000))]
    bytes_per_second: u32,

    /// Bytes of one connection that are read at once [1024 to 1000000000]
    #[arg(long, default_value_t = BYTES_BURST, value_name = "N", value_parser = value_parser!(u32).range(1_024..=1_000_000_000))]
    bytes_burst: u32,

    /// Megabytes that one address may say in an hour, and at once [1 to 4000]
    #[arg(long, default_value_t = MEGABYTES_PER_HOUR, value_name = "N", value_parser = value_parser!(u32).range(1..=4_000))]
    megabytes_per_hour: u32,

    /// Searches at a time, for the whole server [1 to 256]
    #[arg(long, default_value_t = SEARCHES, value_name = "N", value_parser = value_parser!(u32).range(1..=256))]
    searches: u32,

    /// How long a search may wait for its turn and take, in milliseconds [10 to 60000]
    #[arg(long, default_value_t = SEARCH_WITHIN_MS, value_name = "MS", value_parser = value_parser!(u64).range(10..=60_000))]
    search_ms: u64,

    /// Exports that are sent at a time, for the whole server [1 to 1000]
    #[arg(long, default_value_t = EXPORTS, value_name = "N", value_parser = value_parser!(u32).range(1..=1_000))]
    exports: u32,

    /// Exports that are sent to one address at a time [1 to 1000]
    #[arg(long, default_value_t = EXPORTS_OF_ADDRESS, value_name = "N", value_parser = value_parser!(u32).range(1..=1_000))]
    address_exports: u32,

    /// After how many hours a room that nobody ever joined is deleted [1 to 87600]
    #[arg(long, default_value_t = NEVER_JOINED_HOURS, value_name = "HOURS", value_parser = value_parser!(u32).range(1..=87_600))]
    unjoined_hours: u32,
}

impl Limits {
    /// Puts them into `config`.
    pub(crate) fn put(&self, config: &mut Config) {
        config.addresses = Some(AddressLimits {
            connections: self.connections,
            handshakes: self.handshakes,
            exports: self.address_exports,
            requests: quota(Quota::per_second, self.requests_per_second, self.requests_burst),
            rooms: quota(Quota::per_hour, self.rooms_per_hour, self.rooms_per_hour),
            stored: stored(self.megabytes_per_hour),
            pairings: quota(Quota::per_minute, self.pairings_per_minute, self.pairings_per_minute),
            seats: quota(Quota::per_minute, self.seats_per_minute, self.seats_per_minute),
        });
        config.frames = Some(quota(Quota::per_second, self.frames_per_second, self.frames_burst));
        config.bytes = Some(quota(Quota::per_second, self.bytes_per_second, self.bytes_burst));
        config.pace = Some(quota(Quota::per_second, self.pace, self.pace_burst));
        config.searches = self.searches;
        config.exports = self.exports;
        config.search_within = Duration::from_millis(self.search_ms);
        config.never_joined_after = Duration::from_secs(u64::from(self.unjoined_hours) * 60 * 60);
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use clap::{CommandFactory, Parser};

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        limits: Limits,
    }

    fn config(flags: &[&str]) -> Config {
        let line = Line::try_parse_from(["duiliao"].iter().chain(flags)).unwrap();
        let mut config = Config::new(PathBuf::new(), PathBuf::new());
        line.limits.put(&mut config);
        config
    }

    #[test]
    fn default_limits_are_the_protocol_s() {
        let protocol = Config::new(PathBuf::new(), PathBuf::new());
        assert_eq!(format!("{:?}", config(&[])), format!("{protocol:?}"));
        let limits = protocol.addresses.unwrap();
        assert_eq!((limits.connections, limits.handshakes), (500, 100));
        assert_eq!(
            limits.requests,
            Quota::per_second(50.try_into().unwrap()).allow_burst(300.try_into().unwrap())
        );
        assert_eq!(limits.rooms, Quota::per_hour(100.try_into().unwrap()));
        assert_eq!(limits.seats, Quota::per_minute(60.try_into().unwrap()));
        assert_eq!(limits.pairings, Quota::per_minute(10.try_into().unwrap()));
        assert_eq!(
            protocol.pace,
            Some(Quota::per_second(10.try_into().unwrap()).allow_burst(30.try_into().unwrap()))
        );
    }

    #[test]
    fn each_limit_has_a_flag() {
        let flags = [
            "--connections=1",
            "--handshakes=2",
            "--seats-per-minute=3",
            "--rooms-per-hour=4",
            "--pairings-per-minute=19",
            "--requests-per-second=5",
            "--requests-burst=6",
            "--pace=7",
            "--pace-burst=8",
            "--frames-per-second=14",
            "--frames-burst=15",
            "--bytes-per-second=1600",
            "--bytes-burst=1700",
            "--megabytes-per-hour=18",
            "--searches=9",
            "--search-ms=10",
            "--unjoined-hours=11",
            "--exports=12",
            "--address-exports=13",
        ];
        let config = config(&flags);
        let limits = config.addresses.unwrap();
        let [pace, frames, bytes] = [config.pace, config.frames, config.bytes].map(Option::unwrap);
        let bursts = [limits.seats, limits.rooms, limits.requests, pace, frames, bytes]
            .map(|quota| quota.burst_size().get());
        assert_eq!((limits.connections, limits.handshakes, bursts), (1, 2, [3, 4, 6, 8, 15, 1_700]));
        assert_eq!(limits.stored, Quota::per_hour(18_000_000.try_into().unwrap()));
        assert_eq!(limits.pairings, Quota::per_minute(19.try_into().unwrap()));
        let pauses = [limits.requests, pace, frames, bytes].map(|quota| quota.replenish_interval());
        assert_eq!(pauses, [5, 7, 14, 1_600].map(|often| Duration::from_secs(1) / often));
        assert_eq!((config.exports, limits.exports), (12, 13));
        assert_eq!((config.searches, config.search_within), (9, Duration::from_millis(10)));
        assert_eq!(config.never_joined_after, Duration::from_secs(11 * 60 * 60));
    }

    #[derive(Parser)]
    struct Numbers {
        #[command(flatten)]
        _limits: Limits,
        #[command(flatten)]
        _cluster: Cluster,
    }

    /// The bounds that the help of an option states.
    fn bounds(help: &str) -> Option<(u64, u64)> {
        let (low, high) = help.rsplit_once('[')?.1.split_once(']')?.0.split_once(" to ")?;
        Some((low.parse().ok()?, high.parse().ok()?))
    }

    #[test]
    fn help_states_the_bounds_of_each_number_and_the_parser_has_the_same() {
        let mut count = 0;
        for argument in
            Numbers::command().get_arguments().filter(|argument| argument.get_long() != Some("nats"))
        {
            let flag = argument.get_long().unwrap();
            let help = argument.get_help().unwrap().to_string();
            let (low, high) = bounds(&help).unwrap_or_else(|| panic!("--{flag} states no bounds: {help}"));
            let takes = |number: u64| {
                Numbers::try_parse_from(["duiliao".to_owned(), format!("--{flag}={number}")]).is_ok()
            };
            assert!(0 < low && takes(low) && takes(high), "--{flag}");
            assert!(!takes(low - 1) && !takes(high + 1), "--{flag}");
            count += 1;
        }
        assert!(count > 19, "{count}");
    }

    #[test]
    fn every_quota_within_the_bounds_can_be_counted_with() {
        for value in ["1000000", "1"] {
            let flags =
                ["pace", "pace-burst", "requests-per-second", "seats-per-minute", "frames-per-second"];
            let flags: Vec<_> = flags.iter().map(|flag| format!("--{flag}={value}")).collect();
            let config = config(&flags.iter().map(String::as_str).collect::<Vec<_>>());
            let limits = config.addresses.unwrap();
            for quota in [config.pace.unwrap(), config.frames.unwrap(), limits.requests, limits.seats] {
                assert!(quota.replenish_interval() > Duration::ZERO, "{value}");
            }
        }
    }
}
