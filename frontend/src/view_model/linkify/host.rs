//! Which part of what stands between `//` and the path is a host name, with its port.
//!
//! Chinese may follow an address without a blank, so a host may end in the middle of a word.

use linkify::LinkFinder;

/// The host and port that an authority begins with, if the name is plausible. It may be shorter than the authority.
pub(super) fn valid_part(authority: &str) -> Option<&str> {
    if let Some(len) = ipv6_len(authority) {
        return Some(&authority[..len + port_len(&authority[len..])]);
    }
    let name_len = authority.find(|c: char| !is_host_char(c)).unwrap_or(authority.len());
    let cut = cut_after_tld(&authority[..name_len]);
    let port_len = if cut < name_len { 0 } else { port_len(&authority[name_len..]) };
    // A sentence may go on with a full stop or a dash.
    let name = match port_len {
        0 => authority[..cut].trim_end_matches(['.', '-']),
        _ => &authority[..name_len],
    };
    let port = &authority[name_len..name_len + port_len];
    plausible(name, port).then(|| &authority[..name.len() + port_len])
}

/// How many bytes a port has with its colon, if the text begins with one.
fn port_len(text: &str) -> usize {
    let digits = text.strip_prefix(':').map_or(0, |port| port.bytes().take_while(u8::is_ascii_digit).count());
    if digits == 0 { 0 } else { digits + 1 }
}

/// How many bytes an IPv6 address has with its brackets, if the text begins with one.
fn ipv6_len(text: &str) -> Option<usize> {
    let (address, _) = text.strip_prefix('[')?.split_once(']')?;
    let is_part = |byte: u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
    let colons = address.bytes().filter(|byte| *byte == b':').count();
    (2 <= colons && address.bytes().all(is_part)).then_some(address.len() + 2)
}

fn is_host_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '.' | '_')
}

/// Where the last label changes from ASCII to other characters, or the other way round: no top-level domain mixes both.
fn cut_after_tld(name: &str) -> usize {
    let label = name.rfind('.').map_or(0, |dot| dot + 1);
    let is_ascii = name[label..].starts_with(|c: char| c.is_ascii());
    name[label..].find(|c: char| c.is_ascii() != is_ascii).map_or(name.len(), |len| label + len)
}

fn plausible(name: &str, port: &str) -> bool {
    if name.is_ascii() {
        let address = ["http://", name, port].concat();
        let found = LinkFinder::new().links(&address).next().map(|link| link.as_str().len());
        return found == Some(address.len());
    }
    let label = |label: &str| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-');
    name.contains('.') && !name.contains('_') && name.split('.').all(label)
}
