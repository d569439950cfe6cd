//! Maps with their entries in wire order.

use super::Value;

/// Two entries of a map have one key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the map has the key {0} twice")]
pub struct DuplicateKey(pub Value);

/// The entries of a map, their keys strictly ascending.
///
/// ```
/// use govm_codec::{Map, Value};
/// let map = Map::new(vec![(Value::from("b"), Value::Uint8(2)), (Value::from("a"), Value::Uint8(1))])?;
/// assert_eq!(map.iter().next(), Some(&(Value::from("a"), Value::Uint8(1))));
/// assert_eq!(map.get(&Value::from("b")), Some(&Value::Uint8(2)));
/// # Ok::<(), govm_codec::DuplicateKey>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Map(Vec<(Value, Value)>);

impl Map {
    /// The map with these entries, in any order.
    ///
    /// # Errors
    /// Two entries have equal keys.
    pub fn new(mut entries: Vec<(Value, Value)>) -> Result<Self, DuplicateKey> {
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        match entries.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            Some(pair) => Err(DuplicateKey(pair[0].0.clone())),
            None => Ok(Self(entries)),
        }
    }

    /// The map with these entries, whose keys were already found to ascend strictly.
    pub(crate) fn from_ascending(entries: Vec<(Value, Value)>) -> Self {
        debug_assert!(entries.windows(2).all(|pair| pair[0].0 < pair[1].0));
        Self(entries)
    }

    /// The value under a key.
    #[must_use]
    pub fn get(&self, key: &Value) -> Option<&Value> {
        let index = self.0.binary_search_by(|entry| entry.0.cmp(key)).ok()?;
        Some(&self.0[index].1)
    }

    /// The entries by ascending key.
    pub fn iter(&self) -> std::slice::Iter<'_, (Value, Value)> {
        self.0.iter()
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> IntoIterator for &'a Map {
    type Item = &'a (Value, Value);
    type IntoIter = std::slice::Iter<'a, (Value, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for Map {
    type Item = (Value, Value);
    type IntoIter = std::vec::IntoIter<(Value, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
