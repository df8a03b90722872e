//! The tokens of a member: one for each device, at most one of a recovery link, and void ones, which are refused. Pure.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smallvec::SmallVec;

use super::seal::TokenHash;

/// Void tokens of a member that are remembered. A join with one of them is refused; one that was forgotten is a stranger's.
const VOID_MAX: usize = 32;

/// What a token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenUse {
    /// A device has it: whoever shows it is the member.
    Device,
    /// It is in a recovery link: it is exchanged for a device's token once, and good for nothing else.
    Recovery,
    /// Nothing: it was signed out or used.
    Void,
}

/// The tokens of a member, oldest first. The first is the one that it joined with: it is never forgotten, since it may tell who the
/// host is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens(SmallVec<[(TokenHash, TokenUse); 1]>);

impl Tokens {
    /// Those of a member that joins with this token.
    pub fn new(first: TokenHash) -> Self {
        Self(SmallVec::from([(first, TokenUse::Device)]))
    }

    /// What this token is good for, if it is one of the member's.
    pub fn find(&self, token: &TokenHash) -> Option<TokenUse> {
        self.0.iter().find(|(known, _)| known == token).map(|(_, good_for)| *good_for)
    }

    /// Whether a device of the member has this token.
    pub fn is_device(&self, token: &TokenHash) -> bool {
        self.find(token) == Some(TokenUse::Device)
    }

    /// How many are not void.
    pub fn valid(&self) -> usize {
        self.0.iter().filter(|(_, good_for)| *good_for != TokenUse::Void).count()
    }

    /// All of them, void ones too.
    pub fn iter(&self) -> impl Iterator<Item = TokenHash> {
        self.0.iter().map(|(token, _)| *token)
    }

    /// Adds a token: of a device, or of a recovery link (`once`) in place of the one before. A recovery token that was `shown` for
    /// it is void.
    pub(super) fn add(&mut self, token: TokenHash, once: bool, shown: &TokenHash) {
        let is_replaced = |known: &TokenHash| once || known == shown;
        self.make_void(|known, good_for| good_for == TokenUse::Recovery && is_replaced(known));
        self.0.push((token, if once { TokenUse::Recovery } else { TokenUse::Device }));
    }

    /// All but this one are void. It is added if it is new.
    pub(super) fn keep_only(&mut self, kept: &TokenHash) {
        self.make_void(|known, _| known != kept);
        if self.find(kept).is_none() {
            self.0.push((*kept, TokenUse::Device));
        }
    }

    fn make_void(&mut self, is_void: impl Fn(&TokenHash, TokenUse) -> bool) {
        for (token, good_for) in &mut self.0 {
            if is_void(token, *good_for) {
                *good_for = TokenUse::Void;
            }
        }
        let void = self.0.iter().filter(|(_, good_for)| *good_for == TokenUse::Void).count();
        let (mut excess, mut is_first) = (void.saturating_sub(VOID_MAX), true);
        self.0.retain(|(_, good_for)| {
            let goes = !std::mem::take(&mut is_first) && *good_for == TokenUse::Void && excess > 0;
            excess -= usize::from(goes);
            !goes
        });
    }
}

/// What is written before the hash of a token that is not a device's.
const ONCE: &str = "once:";
const VOID: &str = "void:";

impl Serialize for Tokens {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|(token, good_for)| {
            let kind = match good_for {
                TokenUse::Device => "",
                TokenUse::Recovery => ONCE,
                TokenUse::Void => VOID,
            };
            format!("{kind}{}", token.to_hex())
        }))
    }
}

impl<'de> Deserialize<'de> for Tokens {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut tokens = SmallVec::new();
        for text in Vec::<String>::deserialize(deserializer)? {
            let known = [(ONCE, TokenUse::Recovery), (VOID, TokenUse::Void)];
            let marked =
                known.iter().find_map(|(kind, good_for)| Some((text.strip_prefix(kind)?, *good_for)));
            let (hex, good_for) = marked.unwrap_or((&text, TokenUse::Device));
            tokens.push((TokenHash::from_hex(hex).map_err(D::Error::custom)?, good_for));
        }
        if tokens.is_empty() { Err(D::Error::custom("a member without a token")) } else { Ok(Self(tokens)) }
    }
}

#[cfg(test)]
mod tests {
    use shared::Token;

    use super::*;

    fn token(number: u8) -> TokenHash {
        TokenHash::of(&Token::new(&[number; 32]))
    }

    fn uses(tokens: &Tokens) -> Vec<TokenUse> {
        tokens.0.iter().map(|(_, good_for)| *good_for).collect()
    }

    #[test]
    fn recovery_token_is_replaced_by_the_next_and_void_once_shown() {
        use TokenUse::{Device, Recovery, Void};
        let mut tokens = Tokens::new(token(0));
        tokens.add(token(1), true, &token(0));
        tokens.add(token(2), true, &token(0));
        assert_eq!((uses(&tokens), tokens.valid()), (vec![Device, Void, Recovery], 2));
        tokens.add(token(3), false, &token(0));
        assert_eq!(uses(&tokens), [Device, Void, Recovery, Device]);
        tokens.add(token(4), false, &token(2));
        assert_eq!(uses(&tokens), [Device, Void, Void, Device, Device]);
        assert!(tokens.is_device(&token(4)) && !tokens.is_device(&token(2)));
        let json = serde_json::to_string(&tokens).unwrap();
        assert_eq!(serde_json::from_str::<Tokens>(&json).unwrap(), tokens);
        assert!(serde_json::from_str::<Tokens>("[]").is_err());
    }

    #[test]
    fn oldest_void_tokens_are_forgotten_but_never_the_first() {
        let mut tokens = Tokens::new(token(0));
        for number in 1..=60 {
            tokens.add(token(number), false, &token(number - 1));
            tokens.keep_only(&token(number));
        }
        assert_eq!((tokens.0.len(), tokens.valid()), (VOID_MAX + 1, 1));
        assert_eq!(tokens.find(&token(0)), Some(TokenUse::Void));
        assert_eq!((tokens.find(&token(1)), tokens.find(&token(59))), (None, Some(TokenUse::Void)));
    }
}
