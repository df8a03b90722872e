//! How values of options are written. What is wrong is said in a sentence that says what to do.

use std::ffi::OsStr;
use std::fmt::Display;
use std::marker::PhantomData;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use anyhow::{Context, bail};
use backend::logging;
use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use clap::{Arg, Command, Error};
use ipnet::IpNet;
use shared::NameRule;

/// Several values in one, with commas between. Blanks around them and empty ones are left out.
#[derive(Debug, Clone)]
pub(crate) struct List<T>(Vec<T>);

impl<T> List<T> {
    /// All values of an option that may be repeated.
    pub(crate) fn all(lists: Vec<Self>) -> Vec<T> {
        lists.into_iter().flat_map(|list| list.0).collect()
    }

    /// Reads each value with `parse`.
    pub(crate) fn of<E: Display>(text: &str, parse: impl Fn(&str) -> Result<T, E>) -> anyhow::Result<Self> {
        let values = text.split(',').map(str::trim).filter(|value| !value.is_empty());
        values
            .map(|value| parse(value).map_err(|error| anyhow::anyhow!("{value}: {error:#}")))
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl<T: FromStr<Err: Display>> FromStr for List<T> {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        Self::of(text, str::parse)
    }
}

/// Reads a value that may have a secret in it: no error repeats it.
#[derive(Debug)]
pub(crate) struct Secret<T>(PhantomData<fn() -> T>);

impl<T> Secret<T> {
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T> Clone for Secret<T> {
    fn clone(&self) -> Self {
        Self::new()
    }
}

impl<T> TypedValueParser for Secret<T>
where
    T: FromStr<Err: Display> + Clone + Send + Sync + 'static,
{
    type Value = T;

    fn parse_ref(&self, command: &Command, argument: Option<&Arg>, value: &OsStr) -> Result<T, Error> {
        let parsed = value.to_str().ok_or("it is not UTF-8".to_owned());
        let parsed = parsed.and_then(|text| text.parse::<T>().map_err(|error| error.to_string()));
        parsed.map_err(|error| {
            let flag = argument.and_then(Arg::get_long).unwrap_or_default();
            let variable =
                argument.and_then(Arg::get_env).map(|name| format!(" ({})", name.to_string_lossy()));
            let variable = variable.unwrap_or_default();
            Error::raw(ErrorKind::ValueValidation, format!("--{flag}{variable}: {error}\n")).with_cmd(command)
        })
    }
}

/// An address and a port.
pub(crate) fn listen(text: &str) -> anyhow::Result<SocketAddr> {
    text.parse()
        .ok()
        .context("ADDRESS:PORT, as 127.0.0.1:8082, or 0.0.0.0:8082 for every address of the machine")
}

/// The rule of this name.
pub(crate) fn rule(text: &str) -> anyhow::Result<NameRule> {
    match text {
        "common" => Ok(NameRule::Common),
        "han" => Ok(NameRule::Han),
        _ => bail!("common or han"),
    }
}

/// Networks; an address is a network of one.
pub(crate) fn networks(text: &str) -> anyhow::Result<List<IpNet>> {
    List::of(text, network)
}

fn network(text: &str) -> anyhow::Result<IpNet> {
    let address = text.parse::<IpAddr>().map(|ip| IpNet::from(ip.to_canonical()));
    address.or_else(|_| text.parse()).context("neither an address nor a network, as 10.0.0.0/8 is one")
}

/// A filter of log lines, known to be one.
pub(crate) fn log_filter(text: &str) -> anyhow::Result<String> {
    logging::filter(text)?;
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxy_is_an_address_or_a_network() {
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

    #[test]
    fn blanks_and_empty_values_of_lists_are_left_out() {
        let networks = networks(" 127.0.0.1 , ,10.0.0.0/8,").unwrap();
        assert_eq!(List::all(vec![networks.clone(), networks]).len(), 4);
        let error = List::<u32>::from_str("1, x").unwrap_err().to_string();
        assert!(error.starts_with("x: "), "{error}");
    }
}
