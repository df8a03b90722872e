//! Flags of the command line: the limits, and how rules and networks are written. What each of them is, is said in
//! [`backend::config`].

use std::net::IpAddr;
use std::time::Duration;

use anyhow::{Context, bail};
use async_nats::ServerAddr;
use backend::config::{
    AddressLimits, BYTES_BURST, BYTES_PER_SECOND, CONNECTIONS, Config, EXPORTS, EXPORTS_OF_ADDRESS,
    FRAMES_BURST, FRAMES_PER_SECOND, HANDSHAKES, MEGABYTES_PER_HOUR, NEVER_JOINED_HOURS, Nats, PARTITIONS,
    REPLICAS, REQUESTS_BURST, REQUESTS_PER_SECOND, ROOMS_PER_HOUR, SEARCH_WITHIN_MS, SEARCHES,
    SEATS_PER_MINUTE, quota, stored,
};
use clap::{Args, value_parser};
use governor::Quota;
use ipnet::IpNet;
use shared::NameRule;
use shared::limits::{PACE_BURST, PACE_PER_SECOND};

/// Where the other nodes are, for one among many.
#[derive(Debug, Args)]
#[command(next_help_heading = "Many machines")]
pub(crate) struct Cluster {
    /// NATS servers with JetStream, where this node meets the others: nats://HOST:PORT, with commas between; as
    /// nats://USER:PASSWORD@HOST:PORT where they ask for one
    #[arg(long, global = true, env = "DUILIAO_NATS", value_delimiter = ',', value_name = "URL")]
    nats: Vec<ServerAddr>,

    /// Streams that the rooms are spread over; the first node makes them, and they stay as many
    #[arg(long, global = true, env = "DUILIAO_NATS_PARTITIONS", default_value_t = PARTITIONS, value_name = "N", value_parser = value_parser!(u32).range(1..=256))]
    nats_partitions: u32,

    /// NATS servers that keep each stream: 3, or 5; 1 where nothing need survive one
    #[arg(long, global = true, env = "DUILIAO_NATS_REPLICAS", default_value_t = REPLICAS, value_name = "N")]
    nats_replicas: usize,
}

impl Cluster {
    /// Where the nodes meet; nothing where there is one machine.
    pub(crate) fn nats(self) -> Option<Nats> {
        let Self { nats: servers, nats_partitions: partitions, nats_replicas: replicas } = self;
        (!servers.is_empty()).then_some(Nats { servers, partitions, replicas })
    }
}

/// Limits, with the protocol's as defaults.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct Limits {
    /// Connections of one address (IPv4, or a /64 of IPv6)
    #[arg(long, env = "DUILIAO_CONNECTIONS", default_value_t = CONNECTIONS, value_name = "N")]
    connections: u32,

    /// Connections of one address whose first request is not complete
    #[arg(long, env = "DUILIAO_HANDSHAKES", default_value_t = HANDSHAKES, value_name = "N")]
    handshakes: u32,

    /// New seats that one address may take in a minute; coming back to a seat is free
    #[arg(long, env = "DUILIAO_SEATS", default_value_t = SEATS_PER_MINUTE, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    seats_per_minute: u32,

    /// Rooms that one address may make in an hour
    #[arg(long, env = "DUILIAO_ROOMS", default_value_t = ROOMS_PER_HOUR, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    rooms_per_hour: u32,

    /// HTTP requests of one address a second, on average; the page and its files count a tenth
    #[arg(long, env = "DUILIAO_REQUESTS", default_value_t = REQUESTS_PER_SECOND, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    requests_per_second: u32,

    /// HTTP requests of one address at once
    #[arg(long, env = "DUILIAO_REQUESTS_BURST", default_value_t = REQUESTS_BURST, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    requests_burst: u32,

    /// Changes that one member may make to its room a second, on average
    #[arg(long, env = "DUILIAO_PACE", default_value_t = PACE_PER_SECOND, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    pace: u32,

    /// Changes that one member may make to its room at once
    #[arg(long, env = "DUILIAO_PACE_BURST", default_value_t = PACE_BURST, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    pace_burst: u32,

    /// Frames of one connection that are read in a second, on average; the others wait in its socket
    #[arg(long, env = "DUILIAO_FRAMES", default_value_t = FRAMES_PER_SECOND, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    frames_per_second: u32,

    /// Frames of one connection that are read at once
    #[arg(long, env = "DUILIAO_FRAMES_BURST", default_value_t = FRAMES_BURST, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    frames_burst: u32,

    /// Bytes of one connection that are read in a second, on average; the others wait in its socket
    #[arg(long, env = "DUILIAO_BYTES", default_value_t = BYTES_PER_SECOND, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    bytes_per_second: u32,

    /// Bytes of one connection that are read at once
    #[arg(long, env = "DUILIAO_BYTES_BURST", default_value_t = BYTES_BURST, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    bytes_burst: u32,

    /// Megabytes that one address may say in an hour, and at once
    #[arg(long, env = "DUILIAO_MEGABYTES", default_value_t = MEGABYTES_PER_HOUR, value_name = "N", value_parser = value_parser!(u32).range(1..=4_000))]
    megabytes_per_hour: u32,

    /// Searches at a time, for the whole server
    #[arg(long, env = "DUILIAO_SEARCHES", default_value_t = SEARCHES, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    searches: u32,

    /// How long a search may wait for its turn and take, in milliseconds
    #[arg(long, env = "DUILIAO_SEARCH_MS", default_value_t = SEARCH_WITHIN_MS, value_name = "MS")]
    search_ms: u64,

    /// Exports that are sent at a time, for the whole server
    #[arg(long, env = "DUILIAO_EXPORTS", default_value_t = EXPORTS, value_name = "N")]
    exports: u32,

    /// Exports that are sent to one address at a time
    #[arg(long, env = "DUILIAO_ADDRESS_EXPORTS", default_value_t = EXPORTS_OF_ADDRESS, value_name = "N")]
    address_exports: u32,

    /// After how many hours a room that nobody ever joined is deleted
    #[arg(long, env = "DUILIAO_UNJOINED_HOURS", default_value_t = NEVER_JOINED_HOURS, value_name = "HOURS")]
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

/// The rule of this name.
pub(crate) fn rule(text: &str) -> anyhow::Result<NameRule> {
    match text {
        "common" => Ok(NameRule::Common),
        "han" => Ok(NameRule::Han),
        _ => bail!("common or han"),
    }
}

/// A network, or an address, which is a network of one.
pub(crate) fn network(text: &str) -> anyhow::Result<IpNet> {
    let address = text.parse::<IpAddr>().map(|ip| IpNet::from(ip.to_canonical()));
    address.or_else(|_| text.parse()).context("neither an address nor a network, as 10.0.0.0/8 is one")
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use clap::Parser;

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
    fn without_flags_the_limits_are_the_protocol_s() {
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
            "--requests-per-second=5",
            "--requests-burst=6",
            "--pace=7",
            "--pace-burst=8",
            "--frames-per-second=14",
            "--frames-burst=15",
            "--bytes-per-second=16",
            "--bytes-burst=17",
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
        assert_eq!((limits.connections, limits.handshakes, bursts), (1, 2, [3, 4, 6, 8, 15, 17]));
        assert_eq!(limits.stored, Quota::per_hour(18_000_000.try_into().unwrap()));
        let pauses = [limits.requests, pace, frames, bytes].map(|quota| quota.replenish_interval());
        assert_eq!(pauses, [5, 7, 14, 16].map(|often| Duration::from_secs(1) / often));
        assert_eq!((config.exports, limits.exports), (12, 13));
        assert_eq!((config.searches, config.search_within), (9, Duration::from_millis(10)));
        assert_eq!(config.never_joined_after, Duration::from_secs(11 * 60 * 60));
        assert!(Line::try_parse_from(["duiliao", "--pace=0"]).is_err());
    }

    #[test]
    fn a_proxy_is_an_address_or_a_network() {
        for (text, within, without) in [
            ("127.0.0.1", "127.0.0.1", "127.0.0.2"),
            ("10.0.0.0/8", "10.9.9.9", "11.0.0.1"),
            ("2001:db8::/32", "2001:db8:1::1", "2001:db9::1"),
            ("::ffff:192.0.2.1", "192.0.2.1", "192.0.2.2"),
        ] {
            let network = network(text).unwrap();
            let [within, without] = [within, without].map(|ip| ip.parse::<IpAddr>().unwrap());
            assert!(network.contains(&within) && !network.contains(&without), "{text}");
        }
        for nonsense in ["", "proxy", "10.0.0.0/33", "10.0.0.0/8/8"] {
            assert!(network(nonsense).is_err(), "{nonsense}");
        }
        assert_eq!((rule("han").unwrap(), rule("common").unwrap()), (NameRule::Han, NameRule::Common));
        assert!(rule("any").is_err());
    }
}
