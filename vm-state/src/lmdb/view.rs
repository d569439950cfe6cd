//! A snapshot: a read transaction that keeps its environment open.

use std::fmt;
use std::ops::{Bound, RangeBounds};
use std::sync::Arc;

use govm_core::{BlockHeader, Hash, HostFault, StateKey, StateView, Table};
use heed::{RoTxn, WithoutTls};

use super::layout::{Databases, Failed, corrupt};
use super::recent::{Recent, Value, Watch};
use super::shared::{Inside, Shared};
use crate::chain::check_kept;

/// The state of an [`LmdbStore`](super::LmdbStore) at one height.
///
/// Keep it only as long as it is read: while it lives, LMDB cannot reuse the pages that later blocks replace, and the memory
/// map cannot grow.
pub struct LmdbView {
    // The transaction ends before it is counted out: fields are dropped in this order.
    txn: RoTxn<'static, WithoutTls>,
    recent: Watch,
    inside: Inside,
}

impl LmdbView {
    pub(super) fn new(txn: RoTxn<'static, WithoutTls>, inside: Inside) -> Self {
        Self { txn, recent: Watch::new(Arc::new(Recent::new(0))), inside }
    }

    /// Looks at the writes that the tables do not have.
    pub(super) fn look_at(&mut self, recent: Watch) {
        self.recent = recent;
    }

    /// The writes that the tables of this state do not have.
    pub(super) fn recent(&self) -> &Arc<Recent> {
        self.recent.recent()
    }

    /// What a key holds in this state; nothing if that is in its table.
    pub(super) fn recent_value(&self, key: &StateKey) -> Option<Value> {
        self.recent().get(key, self.recent.height())
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        self.inside.shared()
    }

    /// Reads, and turns a failure into the fault of this store.
    pub(super) fn read<'t, T>(
        &'t self,
        read: impl FnOnce(&'t Databases, &'t RoTxn<'static, WithoutTls>) -> Result<T, Failed>,
    ) -> Result<T, HostFault> {
        read(self.shared().databases(), &self.txn).map_err(|failed| self.shared().fault(failed))
    }

    /// How many entries a table has.
    pub(super) fn entries(&self, table: Table) -> Result<u64, HostFault> {
        let recent = self.recent().table(table, self.recent.height());
        self.read(|databases, txn| {
            let table = databases.table(table);
            let mut entries = table.len(txn)?;
            for (key, value) in &recent {
                match (table.get(txn, key)?, value) {
                    (None, Some(_)) => entries += 1,
                    (Some(_), None) => entries -= 1,
                    _ => {}
                }
            }
            Ok(entries)
        })
    }

    /// Every entry of a table, in the order of the keys.
    pub(super) fn each_entry<E: From<HostFault>>(
        &self,
        table: Table,
        mut each: impl FnMut(&[u8], &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut recent = self.recent().table(table, self.recent.height()).into_iter().peekable();
        for entry in self.read(|databases, txn| databases.table(table).all(txn))? {
            let (key, value) = entry.map_err(|failed| self.fault(failed))?;
            while let Some((key, value)) = recent.next_if(|(recent, _)| recent.as_slice() < key) {
                value.map_or(Ok(()), |value| each(&key, &value))?;
            }
            match recent.next_if(|(recent, _)| recent == key) {
                Some((_, newer)) => newer.map_or(Ok(()), |newer| each(key, &newer))?,
                None => each(key, value)?,
            }
        }
        recent.try_for_each(|(key, value)| value.map_or(Ok(()), |value| each(&key, &value)))
    }

    /// The number of the transaction that left this state.
    pub(super) fn transaction(&self) -> u64 {
        self.txn.id() as u64
    }

    /// A failure as the fault of this store.
    pub(super) fn fault(&self, failed: Failed) -> HostFault {
        self.shared().fault(failed)
    }

    pub(super) fn head(&self) -> Result<Option<BlockHeader>, HostFault> {
        self.read(|databases, txn| databases.head(txn))
    }

    /// The hash of the block that this is the state after, zero before the first.
    pub(super) fn head_hash(&self) -> Result<Hash, HostFault> {
        Ok(self.head()?.as_ref().map(BlockHeader::hash).unwrap_or_default())
    }

    /// The newest height, and the header of the block at another one whose state is kept.
    pub(super) fn as_of(&self, height: u64) -> Result<(u64, Option<BlockHeader>), HostFault> {
        let head = self.head()?;
        let newest = head.as_ref().map_or(0, |head| head.height);
        check_kept(height, self.read(|databases, txn| databases.oldest(txn))?, newest)?;
        let header = if height == newest { head } else { self.read(|databases, txn| databases.header(txn, height))? };
        if header.is_none() && height > 0 {
            return Err(HostFault::Corrupt { what: format!("block {height} is missing") });
        }
        Ok((newest, header))
    }
}

impl StateView for LmdbView {
    fn get(&self, key: &StateKey) -> Result<Option<Vec<u8>>, HostFault> {
        if let Some(value) = self.recent_value(key) {
            return Ok(value.map(|value| value.to_vec()));
        }
        let value = self.read(|databases, txn| databases.table(key.table()).get(txn, &key.to_bytes()))?;
        Ok(value.map(<[u8]>::to_vec))
    }

    fn first(&self, from: Bound<&StateKey>) -> Result<Option<(StateKey, Vec<u8>)>, HostFault> {
        let (Bound::Included(key) | Bound::Excluded(key)) = from else { return Ok(None) };
        let table = key.table();
        let mut from = from.cloned();
        let mut stored = self.first_stored(table, from.as_ref())?;
        loop {
            let recent = self.recent().first(from.as_ref(), table, self.recent.height());
            match (recent, stored) {
                (None, stored) => return Ok(stored),
                (Some((key, _)), Some((first, value))) if first < key => return Ok(Some((first, value))),
                (Some((key, Some(value))), _) => return Ok(Some((key, value.to_vec()))),
                // It is deleted: what comes behind it?
                (Some((key, None)), before) => {
                    from = Bound::Excluded(key);
                    stored = match before {
                        Some(before) if (from.as_ref(), Bound::Unbounded).contains(&before.0) => Some(before),
                        Some(_) => self.first_stored(table, from.as_ref())?,
                        None => None,
                    };
                }
            }
        }
    }
}

impl LmdbView {
    /// The first entry that a table has from a bound on.
    fn first_stored(&self, table: Table, from: Bound<&StateKey>) -> Result<Option<(StateKey, Vec<u8>)>, HostFault> {
        let bound = from.map(StateKey::to_bytes);
        self.read(|databases, txn| {
            let found = databases.table(table).first(txn, bound.as_ref().map(Vec::as_slice))?;
            let Some((bytes, value)) = found else { return Ok(None) };
            match StateKey::from_bytes(table, bytes) {
                Some(key) => Ok(Some((key, value.to_vec()))),
                None => Err(corrupt(format!("a key of {} bytes in table {}", bytes.len(), table.name()))),
            }
        })
    }
}

impl fmt::Debug for LmdbView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LmdbView").field("path", &self.shared().path()).finish_non_exhaustive()
    }
}
