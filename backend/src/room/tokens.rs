//! The tokens of a member: one for each device, at most one of a recovery link, and void ones, which are refused. Pure.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smallvec::SmallVec;

use super::seal::TokenHash;

/// Void tokens of a member that are remembered, of devices and of recovery links each. A join with one of them is refused; one that was
/// forgotten is a stranger's.
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

/// What a token is, as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Device,
    Recovery,
    /// Of a device that was signed out.
    SignedOut,
    /// Of a recovery link that was used, replaced or signed out.
    Spent,
}

impl Kind {
    const fn token_use(self) -> TokenUse {
        match self {
            Self::Device => TokenUse::Device,
            Self::Recovery => TokenUse::Recovery,
            Self::SignedOut | Self::Spent => TokenUse::Void,
        }
    }

    const fn void(self) -> Self {
        match self {
            Self::Device | Self::SignedOut => Self::SignedOut,
            Self::Recovery | Self::Spent => Self::Spent,
        }
    }
}

/// The tokens of a member, oldest first. The first is the one that it joined with: it is never forgotten, since it may tell who the
/// host is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens(SmallVec<[(TokenHash, Kind); 1]>);

impl Tokens {
    /// Those of a member that joins with this token.
    pub fn new(first: TokenHash) -> Self {
        Self(SmallVec::from([(first, Kind::Device)]))
    }

    /// What this token is good for, if it is one of the member's.
    pub fn find(&self, token: &TokenHash) -> Option<TokenUse> {
        self.0.iter().find(|(known, _)| known == token).map(|(_, kind)| kind.token_use())
    }

    /// Whether a device of the member has this token.
    pub fn is_device(&self, token: &TokenHash) -> bool {
        self.find(token) == Some(TokenUse::Device)
    }

    /// How many are not void.
    pub fn valid(&self) -> usize {
        self.0.iter().filter(|(_, kind)| kind.token_use() != TokenUse::Void).count()
    }

    /// All of them, void ones too.
    pub fn iter(&self) -> impl Iterator<Item = TokenHash> {
        self.0.iter().map(|(token, _)| *token)
    }

    /// Adds a token: of a device, or of a recovery link (`once`) in place of the one before. A recovery token that was `shown` for
    /// it is void.
    pub(super) fn add(&mut self, token: TokenHash, once: bool, shown: &TokenHash) {
        let is_replaced = |known: &TokenHash| once || known == shown;
        self.make_void(|known, kind| kind == Kind::Recovery && is_replaced(known));
        self.0.push((token, if once { Kind::Recovery } else { Kind::Device }));
    }

    /// All but this one are void. It is added if it is new.
    pub(super) fn keep_only(&mut self, kept: &TokenHash) {
        self.make_void(|known, _| known != kept);
        if self.find(kept).is_none() {
            self.0.push((*kept, Kind::Device));
        }
    }

    fn make_void(&mut self, is_void: impl Fn(&TokenHash, Kind) -> bool) {
        for (token, kind) in &mut self.0 {
            if is_void(token, *kind) {
                *kind = kind.void();
            }
        }
        self.forget(Kind::SignedOut);
        self.forget(Kind::Spent);
    }

    /// Forgets the oldest of a kind but for [`VOID_MAX`].
    fn forget(&mut self, of: Kind) {
        let many = self.0.iter().filter(|(_, kind)| *kind == of).count();
        let (mut excess, mut is_first) = (many.saturating_sub(VOID_MAX), true);
        self.0.retain(|(_, kind)| {
            let goes = !std::mem::take(&mut is_first) && *kind == of && excess > 0;
            excess -= usize::from(goes);
            !goes
        });
    }
}

/// What is written before the hash of a token that is not a device's.
const ONCE: &str = "once:";
const SIGNED_OUT: &str = "void:";
const SPENT: &str = "spent:";

impl Serialize for Tokens {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|(token, kind)| {
            let mark = match kind {
                Kind::Device => "",
                Kind::Recovery => ONCE,
                Kind::SignedOut => SIGNED_OUT,
                Kind::Spent => SPENT,
            };
            format!("{mark}{}", token.to_hex())
        }))
    }
}

impl<'de> Deserialize<'de> for Tokens {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut tokens = SmallVec::new();
        for text in Vec::<String>::deserialize(deserializer)? {
            let known = [(ONCE, Kind::Recovery), (SIGNED_OUT, Kind::SignedOut), (SPENT, Kind::Spent)];
            let marked = known.iter().find_map(|(mark, kind)| Some((text.strip_prefix(mark)?, *kind)));
            let (hex, kind) = marked.unwrap_or((&text, Kind::Device));
            tokens.push((TokenHash::from_hex(hex).map_err(D::Error::custom)?, kind));
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
        tokens.0.iter().map(|(_, kind)| kind.token_use()).collect()
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

    #[test]
    fn spent_recovery_tokens_push_no_signed_out_device_out() {
        let mut tokens = Tokens::new(token(0));
        tokens.add(token(1), false, &token(0));
        tokens.keep_only(&token(0));
        for number in 2..=60 {
            tokens.add(token(number), true, &token(0));
        }
        assert_eq!(tokens.find(&token(1)), Some(TokenUse::Void));
        assert_eq!((tokens.find(&token(2)), tokens.0.len()), (None, VOID_MAX + 3));
        let json = serde_json::to_string(&tokens).unwrap();
        assert_eq!(serde_json::from_str::<Tokens>(&json).unwrap(), tokens);
    }
}
