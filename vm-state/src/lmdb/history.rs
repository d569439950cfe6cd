//! What keys held before each of the last blocks: a row of old values for each block, written at its end and dropped from
//! its beginning, so that remembering costs a commit a few pages in a row.

use std::collections::BTreeMap;
use std::ops::Bound;

use govm_core::{HostFault, StateKey, Table, Write};
use heed::{RoTxn, RwTxn, WithoutTls};

use super::chain::number;
use super::layout::{Databases, Failed, corrupt};
use super::view::LmdbView;
use crate::past::Past;

pub(super) const OLDEST_KEY: &[u8] = b"oldest";

/// A commit drops at most this many entries of blocks that are no longer remembered, or twice as many as it adds: so that a
/// window that was made smaller does not stop the store, and the rest goes with the next blocks.
const MIN_PRUNED_ENTRIES: usize = 4096;

type Txn<'t> = RoTxn<'t, WithoutTls>;

impl Databases {
    /// The oldest height whose state can be read.
    pub(super) fn oldest(&self, txn: &Txn<'_>) -> Result<u64, Failed> {
        let Some(oldest) = self.meta.get(txn, OLDEST_KEY)? else { return Ok(0) };
        number(oldest).ok_or_else(|| corrupt("the oldest height".to_owned()))
    }

    pub(super) fn put_oldest(&self, txn: &mut RwTxn<'_>, height: u64) -> Result<(), Failed> {
        self.meta.put(txn, OLDEST_KEY, &height.to_be_bytes())
    }

    /// Remembers what a block's writes replace, before they are made.
    pub(super) fn remember(&self, txn: &mut RwTxn<'_>, height: u64, writes: &[Write]) -> Result<(), Failed> {
        for (key, _) in writes {
            let mut old = vec![0];
            if let Some(value) = self.table(key.table()).get(txn, &key.to_bytes())? {
                old[0] = 1;
                old.extend_from_slice(value);
            }
            self.history.put(txn, &history_key(height, key), &old)?;
        }
        Ok(())
    }

    /// Moves the window of remembered blocks on to a new head, and drops some of what is behind it.
    pub(super) fn forget(&self, txn: &mut RwTxn<'_>, head: u64, window: u64, added: usize) -> Result<(), Failed> {
        let before = self.oldest(txn)?;
        let oldest = before.max(head.saturating_sub(window));
        if oldest != before {
            self.put_oldest(txn, oldest)?;
        }
        // The entries of a block lead from the state after it to the one before: those of the oldest height are of no use.
        for _ in 0..MIN_PRUNED_ENTRIES.max(2 * added) {
            let Some((key, _)) = self.history.first(txn, Bound::Unbounded)? else { break };
            let (height, _) = split(key).ok_or_else(|| corrupt("a key of the history".to_owned()))?;
            if height > oldest {
                break;
            }
            let key = key.to_vec();
            self.history.delete(txn, &key)?;
        }
        Ok(())
    }

    /// What every key that changed after a height held at that height.
    pub(super) fn changed_since(
        &self,
        txn: &Txn<'_>,
        height: u64,
    ) -> Result<BTreeMap<StateKey, Option<Vec<u8>>>, Failed> {
        let mut changed = BTreeMap::new();
        let start = (height + 1).to_be_bytes();
        for entry in self.history.from(txn, &start)? {
            let (key, old) = entry?;
            let (_, key) = parse(key)?;
            // The first block after the height that changed a key tells what it held there.
            if let std::collections::btree_map::Entry::Vacant(entry) = changed.entry(key) {
                entry.insert(old_value(old)?);
            }
        }
        Ok(changed)
    }
}

impl Past for LmdbView {
    fn old(&self, block: u64, key: &StateKey) -> Result<Option<Option<Vec<u8>>>, HostFault> {
        self.read(|databases, txn| {
            let old = databases.history.get(txn, &history_key(block, key))?;
            old.map(old_value).transpose()
        })
    }

    fn first_changed(&self, block: u64, from: Bound<&StateKey>) -> Result<Option<StateKey>, HostFault> {
        let (Bound::Included(key) | Bound::Excluded(key)) = from else { return Ok(None) };
        let bound = from.map(|key| history_key(block, key));
        self.read(|databases, txn| {
            let Some((found, _)) = databases.history.first(txn, bound.as_ref().map(Vec::as_slice))? else {
                return Ok(None);
            };
            let (height, found) = parse(found)?;
            Ok((height == block && found.table() == key.table()).then_some(found))
        })
    }
}

fn history_key(height: u64, key: &StateKey) -> Vec<u8> {
    let mut bytes = height.to_be_bytes().to_vec();
    bytes.push(key.table() as u8);
    bytes.extend_from_slice(&key.to_bytes());
    bytes
}

fn split(key: &[u8]) -> Option<(u64, &[u8])> {
    let (height, rest) = key.split_first_chunk()?;
    Some((u64::from_be_bytes(*height), rest))
}

/// The height and the key of an entry.
pub(super) fn parse(bytes: &[u8]) -> Result<(u64, StateKey), Failed> {
    let key = split(bytes).and_then(|(height, rest)| {
        let (table, key) = rest.split_first()?;
        Some((height, StateKey::from_bytes(*Table::ALL.get(usize::from(*table))?, key)?))
    });
    key.ok_or_else(|| corrupt("a key of the history".to_owned()))
}

/// What an entry says that the key held.
pub(super) fn old_value(bytes: &[u8]) -> Result<Option<Vec<u8>>, Failed> {
    match bytes.split_first() {
        Some((0, [])) => Ok(None),
        Some((1, value)) => Ok(Some(value.to_vec())),
        _ => Err(corrupt("an entry of the history".to_owned())),
    }
}
