//! Where the nodes of a cluster meet: NATS servers and the login they ask for, parsed from `--nats`.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use async_nats::ServerAddr;
use percent_encoding::percent_decode_str;
use url::Url;

/// Where nodes meet, and what the streams are made with if this is the first.
#[derive(Debug, Clone)]
pub struct Nats {
    /// NATS servers, of which one that answers is used, and their login.
    pub servers: NatsServers,
    /// Streams that the rooms are spread over: as many as there may ever be nodes that share the writing.
    pub partitions: u32,
    /// Servers that keep each stream.
    pub replicas: usize,
}

/// NATS servers of one cluster. Their addresses have no login in them: the client does not read one there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NatsServers {
    /// At least one.
    pub addresses: Vec<ServerAddr>,
    /// What all of them ask for.
    pub login: Option<NatsLogin>,
}

/// What a NATS server asks for. `Debug` shows no secret.
#[derive(Clone, PartialEq, Eq)]
pub enum NatsLogin {
    /// A user's name and password.
    Password(String, String),
    /// A token alone.
    Token(String),
}

/// Why a text does not name NATS servers. No secret stands in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NatsUrlError {
    /// Not a URL at all, often since a password was not escaped.
    #[error(
        "not nats://USER:PASSWORD@HOST:PORT: in a password write %40 for @, %3A for :, %2F for /, %23 for #, %2C for a comma \
         and %25 for %"
    )]
    Url,
    /// A scheme of something else.
    #[error("{0}:// is not spoken here: nats:// or tls://")]
    Scheme(String),
    /// Two servers with different logins.
    #[error("two different logins: all NATS servers of a cluster have the same")]
    Logins,
    /// No server.
    #[error("no server is named")]
    Empty,
}

impl FromStr for NatsServers {
    type Err = NatsUrlError;

    fn from_str(text: &str) -> Result<Self, NatsUrlError> {
        let mut servers = Self { addresses: Vec::new(), login: None };
        for url in text.split(',').map(str::trim).filter(|url| !url.is_empty()) {
            let (address, login) = parse_server(url)?;
            servers.addresses.push(address);
            if servers.login.is_some() && login.is_some() && servers.login != login {
                return Err(NatsUrlError::Logins);
            }
            servers.login = servers.login.or(login);
        }
        if servers.addresses.is_empty() { Err(NatsUrlError::Empty) } else { Ok(servers) }
    }
}

fn parse_server(text: &str) -> Result<(ServerAddr, Option<NatsLogin>), NatsUrlError> {
    let text = if text.contains("://") { text } else { &format!("nats://{text}") };
    let mut url = Url::parse(text).map_err(|_| NatsUrlError::Url)?;
    if !matches!(url.scheme(), "nats" | "tls") {
        return Err(NatsUrlError::Scheme(url.scheme().to_owned()));
    }
    // A password with a slash in it ends the host early: it would be sent to a server of that name.
    let only_host = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
    if !only_host || url.host_str().is_none_or(str::is_empty) {
        return Err(NatsUrlError::Url);
    }
    let decoded = |text: &str| {
        percent_decode_str(text).decode_utf8().map(Cow::into_owned).map_err(|_| NatsUrlError::Url)
    };
    let login = match (url.username(), url.password()) {
        ("", None) => None,
        (token, None) => Some(NatsLogin::Token(decoded(token)?)),
        (user, Some(password)) => Some(NatsLogin::Password(decoded(user)?, decoded(password)?)),
    };
    let cleared = url.set_username("").and_then(|()| url.set_password(None));
    let address = cleared.ok().and_then(|()| ServerAddr::from_url(url).ok());
    Ok((address.ok_or(NatsUrlError::Url)?, login))
}

/// The servers, without what is secret.
impl fmt::Display for NatsServers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, server) in self.addresses.iter().enumerate() {
            let comma = if number == 0 { "" } else { ", " };
            write!(f, "{comma}{}:{}", server.host(), server.port())?;
        }
        Ok(())
    }
}

impl fmt::Debug for NatsLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Password(..) => "Password(…)",
            Self::Token(_) => "Token(…)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(text: &str) -> Option<NatsLogin> {
        text.parse::<NatsServers>().unwrap().login
    }

    fn password(user: &str, password: &str) -> Option<NatsLogin> {
        Some(NatsLogin::Password(user.to_owned(), password.to_owned()))
    }

    #[test]
    fn login_is_taken_from_the_url_and_unescaped() {
        assert_eq!(login("nats://127.0.0.1:4222"), None);
        assert_eq!(login("nats://duiliao:geheim@127.0.0.1:4222"), password("duiliao", "geheim"));
        assert_eq!(login("nats://d:p%40ss%2Fw%231@h:4222"), password("d", "p@ss/w#1"));
        assert_eq!(login("tls://%E5%BC%A0%E4%B8%89:p%2C%25@h"), password("张三", "p,%"));
        assert_eq!(login("d:p@h:4222"), password("d", "p"));
        assert_eq!(login("nats://d:p@ss@h:4222"), password("d", "p@ss"));
        assert_eq!(login("nats://t0ken@h"), Some(NatsLogin::Token("t0ken".to_owned())));
    }

    #[test]
    fn several_servers_share_one_login() {
        let text = "nats://d:p@a:1, nats://b:2,nats://d:p@c:3,";
        let servers: NatsServers = text.parse().unwrap();
        assert_eq!((servers.to_string(), servers.login), ("a:1, b:2, c:3".to_owned(), password("d", "p")));
        assert_eq!("nats://d:p@a,nats://e:p@b".parse::<NatsServers>(), Err(NatsUrlError::Logins));
    }

    #[test]
    fn unescaped_passwords_are_refused_and_never_repeated() {
        for text in
            ["nats://d:sec/ret@h:4222", "nats://d:12#sec@h", "nats://d:12?sec@h", "nats://d:se,cret@h"]
        {
            let error = text.parse::<NatsServers>().unwrap_err();
            assert_eq!(error, NatsUrlError::Url, "{text}");
            assert!(!error.to_string().contains("sec"), "{error}");
        }
        assert!(matches!("http://h".parse::<NatsServers>(), Err(NatsUrlError::Scheme(_))));
        assert_eq!(" , ".parse::<NatsServers>(), Err(NatsUrlError::Empty));
        let servers: NatsServers = "nats://d:secret@h".parse().unwrap();
        assert!(!format!("{servers:?} {servers}").contains("secret"));
    }
}
