//! The uncommitted writes over a state, with nested checkpoints.

use std::collections::BTreeMap;
use std::ops::Bound;

use crate::storage::table_of;
use crate::{HostFault, StateKey, StateView, Write};

/// A point to roll back to; checkpoints nest, and an outer one undoes the inner ones with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Checkpoint(usize);

/// A state of its own over a base that stays as it is: reads see the newest write, and any write can be undone.
///
/// ```
/// use std::collections::BTreeMap;
/// use govm_core::{Address, Overlay, StateKey, StateView};
///
/// let key = StateKey::Account(Address::ZERO);
/// let mut overlay = Overlay::new(BTreeMap::new());
/// let before = overlay.checkpoint();
/// overlay.put(key.clone(), Some(vec![1]));
/// assert_eq!(overlay.get(&key)?, Some(vec![1]));
/// overlay.rollback(before);
/// assert_eq!(overlay.get(&key)?, None);
/// # Ok::<(), govm_core::HostFault>(())
/// ```
#[derive(Debug)]
pub struct Overlay<V> {
    base: V,
    writes: BTreeMap<StateKey, Option<Vec<u8>>>,
    /// For each write since the last [`settle`](Overlay::settle): the key, and the write that it replaced, if any.
    journal: Vec<(StateKey, Option<Option<Vec<u8>>>)>,
}

impl<V: StateView> Overlay<V> {
    /// An overlay without writes.
    pub fn new(base: V) -> Self {
        Self { base, writes: BTreeMap::new(), journal: Vec::new() }
    }

    /// Writes a value, or deletes it with `None`.
    pub fn put(&mut self, key: StateKey, value: Option<Vec<u8>>) {
        let replaced = self.writes.insert(key.clone(), value);
        self.journal.push((key, replaced));
    }

    /// The point that is reached now.
    #[must_use]
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint(self.journal.len())
    }

    /// Undoes every write since a checkpoint. One from before the last [`settle`](Overlay::settle) means nothing any more:
    /// what settled stands, and which of the later writes are undone is not specified.
    pub fn rollback(&mut self, checkpoint: Checkpoint) {
        while self.journal.len() > checkpoint.0 {
            match self.journal.pop() {
                Some((key, Some(replaced))) => drop(self.writes.insert(key, replaced)),
                Some((key, None)) => drop(self.writes.remove(&key)),
                None => break,
            }
        }
    }

    /// The keys written since a checkpoint and what they hold now, each once, in ascending order.
    pub fn writes_since(&self, checkpoint: Checkpoint) -> impl Iterator<Item = (&StateKey, Option<&[u8]>)> {
        let mut keys: Vec<&StateKey> = self.journal.iter().skip(checkpoint.0).map(|(key, _)| key).collect();
        keys.sort_unstable();
        keys.dedup();
        keys.into_iter().filter_map(|key| Some((key, self.writes.get(key)?.as_deref())))
    }

    /// Forgets how to undo the writes so far: they stand.
    pub fn settle(&mut self) {
        self.journal.clear();
    }

    /// The base and all writes in ascending order.
    pub fn into_parts(self) -> (V, Vec<Write>) {
        (self.base, self.writes.into_iter().collect())
    }

    /// The first entry that the overlay itself holds from a bound on in its table, deletions included.
    fn first_write(&self, from: Bound<&StateKey>) -> Option<(&StateKey, Option<&[u8]>)> {
        let table = table_of(from)?;
        let (key, value) = self.writes.range::<StateKey, _>((from, Bound::Unbounded)).next()?;
        (key.table() == table).then_some((key, value.as_deref()))
    }
}

impl<V: StateView> StateView for Overlay<V> {
    fn get(&self, key: &StateKey) -> Result<Option<Vec<u8>>, HostFault> {
        match self.writes.get(key) {
            Some(value) => Ok(value.clone()),
            None => self.base.get(key),
        }
    }

    fn first(&self, from: Bound<&StateKey>) -> Result<Option<(StateKey, Vec<u8>)>, HostFault> {
        let mut from = from.cloned();
        loop {
            let below = self.base.first(from.as_ref())?;
            let Some((key, value)) = self.first_write(from.as_ref()) else { return Ok(below) };
            match (below, value) {
                (Some(below), _) if below.0 < *key => return Ok(Some(below)),
                (_, Some(value)) => return Ok(Some((key.clone(), value.to_vec()))),
                (_, None) => from = Bound::Excluded(key.clone()),
            }
        }
    }
}
