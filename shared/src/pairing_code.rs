//! Pairing codes: short texts by which a new device is added to a member.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize, Serializer, de};

/// Characters of a code.
const LENGTH: usize = 10;

/// Characters of a group when a code is shown to a person.
const GROUP: usize = 5;

/// Crockford's base32: no `I`, `L`, `O` and `U`, which look like others.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A pairing code: 50 random bits, 10 characters of Crockford's base32.
///
/// It is read as people type it: in small letters too, with blanks and hyphens anywhere, `O` as 0, `I` and `L` as 1.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PairingCode([u8; LENGTH]);

/// A text that is no pairing code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a pairing code")]
pub struct BadPairingCode;

impl PairingCode {
    /// The code made of these random bytes: five bits of each.
    pub fn new(random: &[u8; LENGTH]) -> Self {
        Self(random.map(|byte| ALPHABET[usize::from(byte % 32)]))
    }

    /// Its 10 characters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("the alphabet is ASCII")
    }

    /// The code in two groups with a hyphen between them, as it is shown to a person.
    pub fn grouped(&self) -> String {
        let (first, second) = self.as_str().split_at(GROUP);
        format!("{first}-{second}")
    }
}

/// Never the code itself: it must not reach a log.
impl fmt::Debug for PairingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PairingCode(…)")
    }
}

impl FromStr for PairingCode {
    type Err = BadPairingCode;

    fn from_str(typed: &str) -> Result<Self, BadPairingCode> {
        let mut code = [0; LENGTH];
        let mut length = 0;
        for character in typed.chars().filter(|c| !c.is_whitespace() && *c != '-') {
            let character = match character.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            let character = u8::try_from(character).map_err(|_| BadPairingCode)?;
            if length == LENGTH || !ALPHABET.contains(&character) {
                return Err(BadPairingCode);
            }
            code[length] = character;
            length += 1;
        }
        if length == LENGTH { Ok(Self(code)) } else { Err(BadPairingCode) }
    }
}

impl Serialize for PairingCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for PairingCode {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let code = PairingCode::new(&[0, 1, 1, 20, 9, 22, 23, 31, 64, 255]);
        assert_eq!((code.as_str(), code.grouped().as_str()), ("011M9PQZ0Z", "011M9-PQZ0Z"));
        for typed in ["011m9pqz0z", "OIL M9-pqzO-z", " 011M9-PQZ0Z\n", "oiLm9 pqzo z"] {
            assert_eq!(typed.parse(), Ok(code), "{typed}");
        }
        for typed in
            ["", "011M9PQZ0", "011M9PQZ0Z0", "011M9PQZ0U", "011M9PQZ0Z！", "０11M9PQZ0Z", "011M9PQZ0_"]
        {
            assert_eq!(typed.parse::<PairingCode>(), Err(BadPairingCode), "{typed}");
        }
    }

    #[test]
    fn a_code_is_not_written_by_debug() {
        assert_eq!(format!("{:?}", PairingCode::new(&[7; 10])), "PairingCode(…)");
    }
}
