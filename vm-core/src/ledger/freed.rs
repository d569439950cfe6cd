//! How much of the state a call has freed, for which part of its gas may be given back.

use super::{Ledger, LedgerCheckpoint};
use crate::{HostFault, StateKey, StateView, Table};

/// What the objects and fields of a state have become less by; nothing if they have become more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Freed {
    /// How many records of objects and fields there are fewer.
    pub entries: u64,
    /// How many bytes their keys and values are fewer together.
    pub bytes: u64,
}

/// How much entries take.
#[derive(Clone, Copy, Default)]
struct Size {
    entries: u64,
    bytes: u64,
}

impl Size {
    fn add(&mut self, key: &StateKey, value_bytes: Option<usize>) {
        if let Some(value_bytes) = value_bytes {
            self.entries += 1;
            let key_bytes: usize = key.parts().iter().map(|part| part.len()).sum();
            self.bytes += (key_bytes + value_bytes) as u64;
        }
    }
}

impl<V: StateView> Ledger<V> {
    /// What of the state is freed by the net writes since a checkpoint: what was made since and is gone again counts on
    /// neither side, and what moved from one entry to another counts on both. The indexes follow from the objects and are
    /// not counted. Without a deletion nothing is freed, however much shorter values became.
    ///
    /// # Errors
    /// The store could not read.
    pub fn freed_since(&self, since: LedgerCheckpoint) -> Result<Freed, HostFault> {
        let counts = |key: &StateKey| matches!(key.table(), Table::Objects | Table::Fields);
        // Most calls delete nothing: they read nothing for it.
        if !self.overlay.deletions_since(since.overlay).any(counts) {
            return Ok(Freed::default());
        }
        let mut changes = self.overlay.changes_since(since.overlay);
        changes.retain(|key, _| counts(key));
        let (mut before, mut now) = (Size::default(), Size::default());
        for (key, change) in changes {
            let value_bytes = match change.before {
                Some(value) => value.map(<[u8]>::len),
                None => self.overlay.base().get(key)?.map(|value| value.len()),
            };
            before.add(key, value_bytes);
            now.add(key, change.now.map(<[u8]>::len));
        }
        Ok(Freed { entries: before.entries.saturating_sub(now.entries), bytes: before.bytes.saturating_sub(now.bytes) })
    }
}
