//! What keys held before each of the last blocks: a row of old values for each block, written at its end and dropped from
//! its beginning, so that remembering costs a commit a few pages in a row.

use std::collections::BTreeMap;
use std::ops::{Bound, RangeBounds};

use govm_core::{HostFault, StateKey, Write};
use heed::{RoTxn, RwTxn, WithoutTls};

use super::chain::number;
use super::layout::{Databases, Failed, corrupt};
use super::rows::{self, EntryRows};
use super::view::LmdbView;
use crate::past::Past;

pub(super) const OLDEST_KEY: &[u8] = b"oldest";

/// A commit drops at most this many rows of blocks that are no longer remembered, or twice as many as it has writes: so that a
/// window that was made smaller does not stop the store, and the rest goes with the next blocks.
const MIN_PRUNED_ROWS: usize = 256;

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

    /// Remembers what a block's writes replaced: what [`LmdbView::replaced`] gave for some after the others.
    pub(super) fn remember(&self, txn: &mut RwTxn<'_>, height: u64, replaced: &[Vec<u8>]) -> Result<(), Failed> {
        let mut rows = EntryRows::new(height);
        for entries in replaced {
            for (table, key, old) in rows::decode(entries).ok_or_else(damaged)? {
                rows.push(table, key, old);
            }
        }
        self.history.put_rows(txn, &rows.finish())
    }

    /// Moves the window of remembered blocks on to a new head, and drops some of what is behind it.
    pub(super) fn forget(&self, txn: &mut RwTxn<'_>, head: u64, window: u64, added: usize) -> Result<(), Failed> {
        let before = self.oldest(txn)?;
        let oldest = before.max(head.saturating_sub(window));
        if oldest != before {
            self.put_oldest(txn, oldest)?;
        }
        // The entries of a block lead from the state after it to the one before: those of the oldest height are of no use.
        self.history.drop_rows(txn, oldest, MIN_PRUNED_ROWS.max(2 * added))
    }

    /// What every key that changed after a height held at that height.
    pub(super) fn changed_since(
        &self,
        txn: &Txn<'_>,
        height: u64,
    ) -> Result<BTreeMap<StateKey, Option<Vec<u8>>>, Failed> {
        let mut changed = BTreeMap::new();
        let start = (height + 1).to_be_bytes();
        for row in self.history.from(txn, &start)? {
            let (key, row) = row?;
            // The first block after the height that changed a key tells what it held there.
            for (key, old) in parse(key, row)?.1 {
                changed.entry(key).or_insert(old);
            }
        }
        Ok(changed)
    }
}

impl LmdbView {
    /// What writes of the next block replace in this state, as entries of a row.
    pub(super) fn replaced(&self, writes: &[Write]) -> Result<Vec<u8>, HostFault> {
        let mut entries = Vec::new();
        self.read(|databases, txn| {
            for (key, _) in writes {
                let bytes = key.to_bytes();
                let recent = self.recent_value(key);
                let old = match &recent {
                    Some(old) => old.as_deref(),
                    None => databases.table(key.table()).get(txn, &bytes)?,
                };
                rows::encode(&mut entries, key.table(), &bytes, old);
            }
            Ok(entries)
        })
    }
}

impl Past for LmdbView {
    fn old(&self, block: u64, key: &StateKey) -> Result<Option<Option<Vec<u8>>>, HostFault> {
        let (table, bytes) = (key.table(), key.to_bytes());
        self.read(|databases, txn| {
            // It is in the last row that does not begin behind it.
            let Some((row_key, row)) = databases.history.last(txn, &rows::key(block, table, &bytes))? else {
                return Ok(None);
            };
            if rows::height(row_key) != Some(block) {
                return Ok(None);
            }
            let entries = rows::decode(row).ok_or_else(damaged)?;
            let found = entries.into_iter().find(|entry| (entry.0, entry.1) == (table, &bytes));
            Ok(found.map(|(_, _, old)| old.map(<[u8]>::to_vec)))
        })
    }

    fn first_changed(&self, block: u64, from: Bound<&StateKey>) -> Result<Option<StateKey>, HostFault> {
        let (Bound::Included(key) | Bound::Excluded(key)) = from else { return Ok(None) };
        let (table, bytes) = (key.table(), key.to_bytes());
        self.read(|databases, txn| {
            let start = rows::key(block, table, &bytes);
            let last = databases.history.last(txn, &start)?.filter(|(key, _)| rows::height(key) == Some(block));
            let start = last.map_or(start, |(key, _)| key.to_vec());
            for row in databases.history.from(txn, &start)? {
                let (key, row) = row?;
                let (height, entries) = parse(key, row)?;
                if height != block {
                    break;
                }
                let mut keys = entries.into_iter().map(|(key, _)| key);
                if let Some(key) = keys.find(|key| (from, Bound::Unbounded).contains(key)) {
                    return Ok((key.table() == table).then_some(key));
                }
            }
            Ok(None)
        })
    }
}

/// The height and the entries of a row.
pub(super) fn parse(key: &[u8], row: &[u8]) -> Result<(u64, Vec<Write>), Failed> {
    rows::read(key, row).ok_or_else(damaged)
}

fn damaged() -> Failed {
    corrupt("a row of the history".to_owned())
}
