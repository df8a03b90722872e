//! A map in a sorted vector: for few entries, where a tree's code would weigh more in the page than it saves.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

/// A map, by rising keys; in JSON an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VecMap<K, V>(Vec<(K, V)>);

impl<K: Ord, V> VecMap<K, V> {
    /// An empty one.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// How many keys have a value.
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing is in it.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of a key.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.place(key).ok().map(|at| &self.0[at].1)
    }

    /// Gives a key a value; the one it had before.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.place(&key) {
            Ok(at) => Some(std::mem::replace(&mut self.0[at].1, value)),
            Err(at) => {
                self.0.insert(at, (key, value));
                None
            }
        }
    }

    /// Keys and their values.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    fn place(&self, key: &K) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| known.cmp(key))
    }
}

impl<K: Ord, V> Default for VecMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Ord, V> Extend<(K, V)> for VecMap<K, V> {
    fn extend<T: IntoIterator<Item = (K, V)>>(&mut self, entries: T) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for VecMap<K, V> {
    fn from_iter<T: IntoIterator<Item = (K, V)>>(entries: T) -> Self {
        let mut map = Self::new();
        map.extend(entries);
        map
    }
}

impl<K: Ord, V, const N: usize> From<[(K, V); N]> for VecMap<K, V> {
    fn from(entries: [(K, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl<K, V> IntoIterator for VecMap<K, V> {
    type Item = (K, V);
    type IntoIter = std::vec::IntoIter<(K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<K: Ord + Serialize, V: Serialize> Serialize for VecMap<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

/// Keys are read as the text that JSON has them as.
impl<'de, K: Ord + FromStr, V: Deserialize<'de>> Deserialize<'de> for VecMap<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries(PhantomData))
    }
}

struct Entries<K, V>(PhantomData<(K, V)>);

impl<'de, K: Ord + FromStr, V: Deserialize<'de>> Visitor<'de> for Entries<K, V> {
    type Value = VecMap<K, V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut map = VecMap::new();
        while let Some((Key(key), value)) = entries.next_entry()? {
            map.insert(key, value);
        }
        Ok(map)
    }
}

struct Key<K>(K);

impl<'de, K: FromStr> Deserialize<'de> for Key<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(KeyText(PhantomData))
    }
}

struct KeyText<K>(PhantomData<K>);

impl<K: FromStr> Visitor<'_> for KeyText<K> {
    type Value = Key<K>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        text.parse().map(Key).map_err(|_| E::custom("not a key"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemberId;

    #[test]
    fn it_is_a_map_by_rising_keys() {
        let mut map = VecMap::from([(10, "十"), (2, "二")]);
        assert_eq!((map.insert(1, "一"), map.insert(10, "拾")), (None, Some("十")));
        assert_eq!((map.get(&2), map.get(&3)), (Some(&"二"), None));
        let entries: Vec<_> = map.iter().collect();
        assert_eq!(entries, [(&1, &"一"), (&2, &"二"), (&10, &"拾")]);
        assert_eq!((map.len(), map.is_empty(), VecMap::<u32, ()>::new().is_empty()), (3, false, true));
    }

    #[test]
    fn in_json_it_is_an_object() {
        let json = r#"{"2":"李四","10":"张三"}"#;
        let names: VecMap<MemberId, String> = serde_json::from_str(json).unwrap();
        assert_eq!(names.get(&MemberId(10)).map(String::as_str), Some("张三"));
        assert_eq!(serde_json::to_string(&names).unwrap(), json);

        let json = r#"{"曾":["ceng","zeng"]}"#;
        let readings: VecMap<char, Vec<String>> = serde_json::from_str(json).unwrap();
        assert_eq!(readings.get(&'曾').map(Vec::len), Some(2));
        assert_eq!(serde_json::to_string(&readings).unwrap(), json);

        for json in [r#"{"二":"李四"}"#, r#"{"-1":"李四"}"#, "[]", r#"{"2":2}"#] {
            assert!(serde_json::from_str::<VecMap<MemberId, String>>(json).is_err(), "{json}");
        }
    }
}
