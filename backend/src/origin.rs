//! Hosts and origins, parsed so that spellings of one place compare equal: case, IDNA, a trailing dot and the port that the
//! scheme has anyway make no difference.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use url::Host;

/// A host name or IP address. A name is in ASCII and lower case, without a trailing dot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostName(Host<String>);

/// A host, and the port if one is given: the value of a `Host` header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPort {
    host: HostName,
    port: Option<u16>,
}

/// Scheme, host and port of a page: the value of an `Origin` header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    scheme: String,
    place: HostPort,
}

/// An origin whose pages may connect, from `--origin`. Without a scheme any scheme matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedOrigin {
    scheme: Option<String>,
    place: HostPort,
}

/// Why a text is not a host or an origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// A host name was expected.
    #[error("not a host name, as chat.example.com is one")]
    Host,
    /// A pattern of names.
    #[error("a wildcard matches nothing here: give each name")]
    Wildcard,
    /// A URL where a host name was expected.
    #[error("a name only, without https:// and without a path: as chat.example.com")]
    NotOnlyName,
    /// A port where none belongs.
    #[error("a name only, without a port: as chat.example.com. The server answers under it at every port")]
    Port,
    /// Not a port number.
    #[error("what follows the last colon is not a port")]
    BadPort,
    /// Something after host and port.
    #[error("an origin has no path: scheme, host and port only, as https://chat.example.com:8443")]
    Path,
    /// Something before the host that is no scheme.
    #[error("an origin is a scheme and a host, as https://chat.example.com")]
    Scheme,
}

impl HostName {
    /// Whether requests under this name are always answered: nobody can make such a name point to another machine's page.
    pub fn is_local(&self) -> bool {
        match &self.0 {
            Host::Domain(name) => name == "localhost",
            Host::Ipv4(_) | Host::Ipv6(_) => true,
        }
    }

    /// Whether it is an IPv6 address.
    pub const fn is_ipv6(&self) -> bool {
        matches!(self.0, Host::Ipv6(_))
    }

    fn parse(text: &str) -> Result<Self, OriginError> {
        if text.contains('*') {
            return Err(OriginError::Wildcard);
        }
        // Its own mistakes are about pieces of URLs, which is not what people typed.
        let host = Host::parse(text).map_err(|_| OriginError::Host)?;
        let Host::Domain(name) = host else { return Ok(Self(host)) };
        let name = name.strip_suffix('.').unwrap_or(&name);
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        let is_name = !name.is_empty() && name.bytes().all(plain);
        is_name.then(|| Self(Host::Domain(name.to_owned()))).ok_or(OriginError::Host)
    }
}

impl FromStr for HostName {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self(match address {
                IpAddr::V4(address) => Host::Ipv4(address),
                IpAddr::V6(address) => Host::Ipv6(address),
            }));
        }
        if text.contains('/') {
            return Err(OriginError::NotOnlyName);
        }
        match text.parse::<HostPort>()? {
            HostPort { port: Some(_), .. } => Err(OriginError::Port),
            HostPort { host, port: None } => Ok(host),
        }
    }
}

impl HostPort {
    /// The host.
    pub const fn host(&self) -> &HostName {
        &self.host
    }

    /// Whether both are one place for a page of this scheme.
    fn is(&self, other: &Self, scheme: &str) -> bool {
        let port = |place: &Self| place.port.or_else(|| default_port(scheme));
        self.host == other.host && port(self) == port(other)
    }
}

/// As it stands in a URL: in ASCII, without anything that ends a word or a quotation.
impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.host.0.fmt(f)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl FromStr for HostPort {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let (host, port) = match text.rsplit_once(':') {
            // The last colon of a bare `[::1]` is no port's.
            Some((host, port)) if !port.contains(']') => (host, port),
            _ => (text, ""),
        };
        let port = match port {
            "" => None,
            digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                Some(digits.parse().map_err(|_| OriginError::BadPort)?)
            }
            _ => return Err(OriginError::BadPort),
        };
        Ok(Self { host: HostName::parse(host)?, port })
    }
}

impl Origin {
    /// Whether pages of this origin may connect to a server that was asked under `host`.
    pub fn may_connect(&self, host: Option<&HostPort>, allowed: &[AllowedOrigin]) -> bool {
        let Self { scheme, place } = self;
        let own = host.is_some_and(|host| place.is(host, scheme));
        own || allowed.iter().any(|other| {
            other.scheme.as_ref().is_none_or(|of| of == scheme) && place.is(&other.place, scheme)
        })
    }
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let (scheme, place) = text.split_once("://").ok_or(OriginError::Scheme)?;
        Ok(Self { scheme: parse_scheme(scheme)?, place: place.parse()? })
    }
}

impl FromStr for AllowedOrigin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let (scheme, place) = match text.split_once("://") {
            Some((scheme, place)) => (Some(parse_scheme(scheme)?), place),
            None => (None, text),
        };
        let place = place.strip_suffix('/').unwrap_or(place);
        if place.contains(['/', '?', '#']) {
            return Err(OriginError::Path);
        }
        Ok(Self { scheme, place: place.parse()? })
    }
}

fn parse_scheme(text: &str) -> Result<String, OriginError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    let is_scheme = text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.bytes().all(plain);
    is_scheme.then(|| text.to_ascii_lowercase()).ok_or(OriginError::Scheme)
}

/// The port of a URL that names none.
fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may_connect(origin: &str, host: &str, allowed: &[&str]) -> bool {
        let allowed: Vec<_> = allowed.iter().map(|text| text.parse().unwrap()).collect();
        origin.parse::<Origin>().is_ok_and(|origin| origin.may_connect(host.parse().ok().as_ref(), &allowed))
    }

    #[test]
    fn page_connects_to_its_own_host_and_port_only() {
        for (origin, host) in [
            ("http://127.0.0.1:8082", "127.0.0.1:8082"),
            ("https://Chat.example.com", "chat.example.com"),
            ("http://[::1]:8082", "[::1]:8082"),
            ("http://[::1]", "[::1]"),
            ("https://xn--rss932g.xn--fiqs8s", "聊天.中国"),
        ] {
            assert!(may_connect(origin, host, &[]), "{origin}");
        }
        for (origin, host) in [
            ("http://127.0.0.1:8080", "127.0.0.1:8082"),
            ("https://evil.example", "chat.example.com"),
            ("https://chat.example.com.evil.example", "chat.example.com"),
            ("https://chat.example.com@evil.example", "chat.example.com"),
            ("https://chat.example.com/path", "chat.example.com"),
            ("null", "chat.example.com"),
            ("file://", ""),
            ("https://", ""),
            ("", ""),
        ] {
            assert!(!may_connect(origin, host, &[]), "{origin}");
        }
    }

    #[test]
    fn missing_port_is_the_default_of_the_scheme() {
        for (origin, host, same) in [
            ("https://chat.example.com", "chat.example.com:443", true),
            ("https://chat.example.com:443", "chat.example.com", true),
            ("http://chat.example.com", "chat.example.com:80", true),
            ("https://chat.example.com", "chat.example.com.", true),
            ("https://chat.example.com.", "chat.example.com:443", true),
            ("https://chat.example.com", "chat.example.com:", true),
            ("https://chat.example.com", "chat.example.com:80", false),
            ("http://chat.example.com", "chat.example.com:443", false),
            ("https://chat.example.com:8443", "chat.example.com", false),
            ("https://chat.example.com", "chat.example.com:+443", false),
            ("https://chat.example.com", "chat.example.com:70000", false),
        ] {
            assert_eq!(may_connect(origin, host, &[]), same, "{origin} {host}");
        }
    }

    #[test]
    fn allowed_origin_may_leave_out_scheme_and_port() {
        let allowed = ["https://a.example/", "b.example:8080", "聊天.中国", "http://c.example:80"];
        for (origin, may) in [
            ("https://a.example", true),
            ("https://a.example:443", true),
            ("http://a.example", false),
            ("http://b.example:8080", true),
            ("http://b.example", false),
            ("https://xn--rss932g.xn--fiqs8s", true),
            ("http://c.example", true),
        ] {
            assert_eq!(may_connect(origin, "chat", &allowed), may, "{origin}");
        }
    }

    #[test]
    fn hosts_and_origins_that_would_never_match_are_refused() {
        for (text, error) in [
            ("", OriginError::Host),
            ("a b", OriginError::Host),
            (".", OriginError::Host),
            ("x@a.example", OriginError::Host),
            ("a.example,b.example", OriginError::Host),
            ("*.example.com", OriginError::Wildcard),
            ("chat.example.com:8082", OriginError::Port),
            ("chat.example.com:x", OriginError::BadPort),
            ("https://chat.example.com", OriginError::NotOnlyName),
        ] {
            assert_eq!(text.parse::<HostName>(), Err(error), "{text}");
        }
        for (text, error) in [
            ("https://a.example/chat", OriginError::Path),
            ("a.example?x", OriginError::Path),
            ("://a.example", OriginError::Scheme),
            ("https://", OriginError::Host),
            ("https://*.example.com", OriginError::Wildcard),
        ] {
            assert_eq!(text.parse::<AllowedOrigin>(), Err(error), "{text}");
        }
        let [unicode, ascii] = ["聊天.中国", "XN--RSS932G.xn--fiqs8s."].map(str::parse::<HostName>);
        assert_eq!(unicode, ascii);
        assert!("::1".parse::<HostName>().is_ok_and(|host| host.is_local()));
    }
}
