//! Whom a connection counts for: its address, and what one address may have and do. Members have a pace of their own.

mod bans;
mod seats;

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, Once, PoisonError};

use governor::Quota;
use ipnet::IpNet;
use warp::http::HeaderMap;

use crate::config::{AddressLimits, FILES_A_REQUEST, TICKETS_AN_EXPORT, TRIES_A_SEAT, quota_times};
use crate::edge::Edge;
use crate::pace::Pace;

pub use bans::LastAddresses;
pub use seats::{Bid, Seats};

/// What counts as one address: an IPv4 address, or the 64 bits of an IPv6 network, which one customer is given whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Address(IpAddr);

impl Address {
    /// What this address counts as.
    pub const fn of(ip: IpAddr) -> Self {
        match ip.to_canonical() {
            IpAddr::V6(ip) => Self(IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & !(u64::MAX as u128)))),
            v4 @ IpAddr::V4(_) => Self(v4),
        }
    }
}

/// Whose request it is: the address that connected, or, if that is a trusted proxy, the rightmost one in `X-Forwarded-For`
/// that is none. Whatever stands further left, anybody may have written.
pub fn client(peer: IpAddr, headers: &HeaderMap, proxies: &[IpNet]) -> IpAddr {
    let is_proxy = |ip: IpAddr| proxies.iter().any(|proxy| proxy.contains(&ip));
    let mut client = peer.to_canonical();
    let said = headers.get_all(FORWARDED_FOR).into_iter().rev();
    let mut hops = said.flat_map(|hops| hops.as_bytes().rsplit(|byte| *byte == b','));
    while is_proxy(client) {
        // What is no address was written by somebody further left.
        let Some(hop) = hops.next().and_then(hop) else { break };
        client = hop;
    }
    client
}

/// Whether an address, which [`client`] gave, is known to be one client's own. A loopback address, a proxy's, and one that passed
/// a request on without being trusted may each stand for many people.
pub fn is_own(client: IpAddr, peer: IpAddr, headers: &HeaderMap, proxies: &[IpNet]) -> bool {
    let is_proxy = |ip: IpAddr| proxies.iter().any(|proxy| proxy.contains(&ip.to_canonical()));
    let is_forwarded = !is_proxy(peer) && headers.contains_key(FORWARDED_FOR);
    !client.is_loopback() && !is_proxy(client) && !is_forwarded
}

const FORWARDED_FOR: &str = "x-forwarded-for";

/// An address as proxies write it: some add the port.
fn hop(bytes: &[u8]) -> Option<IpAddr> {
    let text = str::from_utf8(bytes).ok()?.trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let ip = bare.parse().or_else(|_| text.parse::<SocketAddr>().map(|address| address.ip()));
    ip.ok().map(|ip: IpAddr| ip.to_canonical())
}

/// Whose request it is. A WebSocket that comes of it keeps this for as long as it lives.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// Its address.
    pub ip: IpAddr,
    /// Whether the address is known to be one client's own; see [`is_own`].
    pub is_own: bool,
    /// Counts its connection; nothing where that is a proxy's.
    pub guest: Option<Arc<Guest>>,
}

impl Visitor {
    /// Whom limits know it as.
    pub const fn address(&self) -> Address {
        Address::of(self.ip)
    }

    /// The address, if it is known to be one client's own.
    pub fn own_address(&self) -> Option<Address> {
        self.is_own.then(|| self.address())
    }
}

/// What addresses have and do now.
#[derive(Debug)]
pub struct Doors {
    /// Connections.
    pub connections: Arc<Crowd>,
    /// Connections whose first request is not complete.
    pub handshakes: Arc<Crowd>,
    /// Exports that are being sent.
    pub exports: Arc<Crowd>,
    /// Exports that were asked for and are not sent whole yet.
    pub export_tickets: Arc<Crowd>,
    /// HTTP requests, handshakes of WebSockets among them.
    pub requests: Pace<Address>,
    /// Requests for the page and its files.
    pub files: Pace<Address>,
    /// New rooms.
    pub rooms: Pace<Address>,
    /// Bytes of frames that change a room.
    pub stored: Pace<Address>,
    /// Pairing codes and recovery links that were redeemed or tried.
    pub pairings: Pace<Address>,
    /// Pairing codes that were made.
    pub pairing_codes: Pace<Address>,
    /// New seats.
    pub seats: Arc<Seats>,
    /// Joins that may come to a new seat, or be refused.
    pub tries: Pace<Address>,
    /// Where members last connected from.
    pub last_addresses: LastAddresses,
    /// Whether it was said that a proxy is not named.
    unnamed: Once,
}

impl Doors {
    /// With these limits, or without any.
    pub fn new(limits: Option<&AddressLimits>, edge: &Arc<Edge>) -> Self {
        let crowd = |most: fn(&AddressLimits) -> u32| Arc::new(Crowd::new(limits.map_or(u32::MAX, most)));
        let pace = |quota: fn(&AddressLimits) -> Quota| Pace::new(limits.map(quota), Arc::clone(edge));
        Self {
            connections: crowd(|limits| limits.connections),
            handshakes: crowd(|limits| limits.handshakes),
            exports: crowd(|limits| limits.exports),
            export_tickets: crowd(|limits| limits.exports.saturating_mul(TICKETS_AN_EXPORT)),
            requests: pace(|limits| limits.requests),
            files: pace(|limits| quota_times(limits.requests, FILES_A_REQUEST)),
            rooms: pace(|limits| limits.rooms),
            stored: pace(|limits| limits.stored),
            pairings: pace(|limits| limits.pairings),
            pairing_codes: pace(|limits| limits.pairings),
            seats: Arc::new(Seats::new(limits.map(|limits| limits.seats), Arc::clone(edge))),
            tries: pace(|limits| quota_times(limits.seats, TRIES_A_SEAT)),
            last_addresses: LastAddresses::new(Arc::clone(edge)),
            unnamed: Once::new(),
        }
    }

    /// Says once that a proxy on this machine or in its network is not named, if there is one: it is easily forgotten, and
    /// shows only when many people come. Others may write what they like.
    pub fn look_for_proxy(&self, peer: IpAddr, headers: &HeaderMap) {
        if is_near(peer) && headers.contains_key(FORWARDED_FOR) {
            self.unnamed.call_once(|| {
                tracing::warn!("requests come through a proxy that --trusted-proxy does not name: they count as one address");
            });
        }
    }
}

/// Whether an address is of this machine or of a network that is not the Internet.
const fn is_near(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

/// How many there are of something, for each address. An address of which there is none is in no table.
#[derive(Debug)]
pub struct Crowd {
    most: u32,
    now: Mutex<HashMap<Address, u32>>,
}

/// One of them; gone when dropped.
#[derive(Debug)]
pub struct Guest {
    crowd: Arc<Crowd>,
    address: Address,
}

impl Crowd {
    /// At most so many of one address.
    pub fn new(most: u32) -> Self {
        Self { most, now: Mutex::default() }
    }

    /// One more, unless there are too many.
    pub fn enter(self: &Arc<Self>, address: Address) -> Option<Guest> {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        let count = now.get(&address).copied().unwrap_or_default();
        if count >= self.most {
            return None;
        }
        now.insert(address, count + 1);
        Some(Guest { crowd: Arc::clone(self), address })
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut now = self.crowd.now.lock().unwrap_or_else(PoisonError::into_inner);
        match now.get_mut(&self.address) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(now.remove(&self.address)),
        }
    }
}

#[cfg(test)]
mod tests {
    use warp::http::HeaderValue;

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_ipv6_network_counts_as_one_address() {
        for (one, other, same) in [
            ("192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
            ("192.0.2.1", "::ffff:192.0.2.1", true),
            ("2001:db8:0:1::1", "2001:db8:0:1:ffff:ffff:ffff:ffff", true),
            ("2001:db8:0:1::1", "2001:db8:0:2::1", false),
        ] {
            assert_eq!(Address::of(ip(one)) == Address::of(ip(other)), same, "{one} {other}");
        }
    }

    #[test]
    fn only_a_trusted_proxy_says_whose_request_it_is() {
        let proxies: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap(), "2001:db8::/32".parse().unwrap()];
        for (peer, said, expected) in [
            ("192.0.2.9", &["198.51.100.1"][..], "192.0.2.9"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            ("::ffff:10.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["203.0.113.7, 198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["203.0.113.7, 198.51.100.1, 10.2.3.4"], "198.51.100.1"),
            ("10.0.0.1", &["203.0.113.7", "198.51.100.1", "10.2.3.4"], "198.51.100.1"),
            ("10.0.0.1", &["10.9.9.9,10.8.8.8"], "10.9.9.9"),
            ("10.0.0.1", &["203.0.113.7, nonsense"], "10.0.0.1"),
            ("10.0.0.1", &["203.0.113.7, nonsense, 10.2.3.4"], "10.2.3.4"),
            ("10.0.0.1", &["198.51.100.1:4711"], "198.51.100.1"),
            ("2001:db8::1", &["[2001:470::5]:4711"], "2001:470::5"),
            ("2001:db8::1", &["[2001:470::5]"], "2001:470::5"),
            ("2001:db8::1", &["2001:470::5"], "2001:470::5"),
        ] {
            let mut headers = HeaderMap::new();
            for hops in said {
                headers.append("x-forwarded-for", HeaderValue::from_str(hops).unwrap());
            }
            assert_eq!(client(ip(peer), &headers, &proxies), ip(expected), "{peer} {said:?}");
        }
    }

    #[test]
    fn an_address_that_may_stand_for_many_is_not_one_clients_own() {
        let proxies: Vec<IpNet> = vec!["10.0.0.1".parse::<IpAddr>().unwrap().into()];
        for (peer, said, own) in [
            ("192.0.2.9", None, true),
            ("192.168.0.9", None, true),
            ("192.0.2.9", Some("198.51.100.1"), false),
            ("127.0.0.1", None, false),
            ("::1", None, false),
            ("::ffff:127.0.0.1", None, false),
            ("10.0.0.1", None, false),
            ("10.0.0.1", Some("198.51.100.1"), true),
            ("10.0.0.1", Some("127.0.0.1"), false),
        ] {
            let mut headers = HeaderMap::new();
            said.map(|hop| headers.insert("x-forwarded-for", HeaderValue::from_static(hop)));
            let client = client(ip(peer), &headers, &proxies);
            assert_eq!(is_own(client, ip(peer), &headers, &proxies), own, "{peer} {said:?}");
        }
    }

    #[test]
    fn what_somebody_writes_that_is_no_text_hides_nobody() {
        let proxies = ["10.0.0.0/8".parse().unwrap()];
        for (said, expected) in [
            (&[&b"\xff\xfe, 198.51.100.1"[..]][..], "198.51.100.1"),
            (&[b"\xe4\xb8\xad", b"198.51.100.1"], "198.51.100.1"),
            (&[b"203.0.113.7, \xff, 10.2.3.4"], "10.2.3.4"),
            (&[b"203.0.113.7, \xff"], "10.0.0.1"),
        ] {
            let mut headers = HeaderMap::new();
            for hops in said {
                headers.append("x-forwarded-for", HeaderValue::from_bytes(hops).unwrap());
            }
            assert_eq!(client(ip("10.0.0.1"), &headers, &proxies), ip(expected), "{said:?}");
        }
    }

    #[test]
    fn a_proxy_that_is_not_named_is_looked_for_on_the_machine_and_near_it() {
        for (peer, near) in [
            ("127.0.0.1", true),
            ("::1", true),
            ("172.17.0.1", true),
            ("::ffff:10.0.0.1", true),
            ("192.168.1.9", true),
            ("fd00::1", true),
            ("fe80::1", true),
            ("198.51.100.1", false),
            ("2001:470::5", false),
        ] {
            assert_eq!(is_near(ip(peer)), near, "{peer}");
        }
    }

    #[test]
    fn an_address_has_so_many_at_a_time() {
        let crowd = Arc::new(Crowd::new(2));
        let [one, other] = ["192.0.2.1", "192.0.2.2"].map(|text| Address::of(ip(text)));
        let (first, second) = (crowd.enter(one).unwrap(), crowd.enter(one).unwrap());
        assert!(crowd.enter(one).is_none());
        let third = crowd.enter(other).unwrap();
        drop(first);
        let again = crowd.enter(one).unwrap();
        assert!(crowd.enter(one).is_none());
        drop((second, third, again));
        assert!(crowd.now.lock().unwrap().is_empty(), "nobody there, nothing kept");
    }
}
