//! Hashes that stand in for secrets: of tokens, and of contents that an id is bound to.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use shared::Token;

/// What the server keeps of a token. A token is 256 random bits, so a plain hash gives nothing away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash(blake3::Hash);

impl TokenHash {
    /// Of this token.
    pub fn of(token: &Token) -> Self {
        Self(blake3::hash(token.as_str().as_bytes()))
    }

    /// As records have it.
    pub(crate) fn to_hex(self) -> String {
        self.0.to_hex().to_string()
    }

    /// As it stands in records.
    pub(crate) fn from_hex(hex: &str) -> Result<Self, blake3::HexError> {
        blake3::Hash::from_hex(hex.as_bytes()).map(Self)
    }

    /// As the index has it.
    pub(crate) const fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }
}

impl Serialize for TokenHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_hex())
    }
}

impl<'de> Deserialize<'de> for TokenHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let hex = Cow::<'de, str>::deserialize(deserializer)?;
        Self::from_hex(&hex).map_err(D::Error::custom)
    }
}

/// Binds an id to a content without keeping the content: a digest under a secret of its own. Whoever deletes the
/// seal deletes the last trace of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seal {
    secret: Secret,
    digest: [u8; 16],
}

/// What a seal is made with: random, and used for one.
pub type Secret = [u8; 16];

impl Seal {
    /// Of a content; it is told from others by its JSON.
    pub fn new(secret: Secret, content: &impl Serialize) -> Self {
        Self { secret, digest: digest(secret, content) }
    }

    /// As it is stored.
    pub fn to_bytes(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes[..16].copy_from_slice(&self.secret);
        bytes[16..].copy_from_slice(&self.digest);
        bytes
    }

    /// As it was stored.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        let (mut secret, mut digest) = ([0; 16], [0; 16]);
        secret.copy_from_slice(&bytes[..16]);
        digest.copy_from_slice(&bytes[16..]);
        Self { secret, digest }
    }

    /// Whether this is the content it was made of.
    pub fn holds(&self, content: &impl Serialize) -> bool {
        self.digest == digest(self.secret, content)
    }
}

impl Serialize for Seal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&URL_SAFE_NO_PAD.encode(self.to_bytes()))
    }
}

impl<'de> Deserialize<'de> for Seal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        let mut bytes = [0; 32];
        match URL_SAFE_NO_PAD.decode_slice(text.as_bytes(), &mut bytes) {
            Ok(32) => Ok(Self::from_bytes(bytes)),
            _ => Err(D::Error::custom("not a seal")),
        }
    }
}

fn digest(secret: Secret, content: &impl Serialize) -> [u8; 16] {
    let mut key = [0; blake3::KEY_LEN];
    key[..16].copy_from_slice(&secret);
    let json = serde_json::to_vec(content).expect("contents are plain data");
    let mut digest = [0; 16];
    digest.copy_from_slice(&blake3::keyed_hash(&key, &json).as_bytes()[..16]);
    digest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_is_what_it_was_when_it_was_stored() {
        let seal = Seal::new([7; 16], &("say", "今天几点开会？", 3));
        assert_eq!(URL_SAFE_NO_PAD.encode(seal.to_bytes()), "BwcHBwcHBwcHBwcHBwcHB2H93ZJAmpReQ-tFkUsXtx4");
        assert!(seal.holds(&("say", "今天几点开会？", 3)) && !seal.holds(&("say", "今天几点开会", 3)));
    }
}
