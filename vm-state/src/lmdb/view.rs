//! A snapshot: a read transaction that keeps its environment open.

use std::fmt;
use std::ops::Bound;
use std::sync::Arc;

use govm_core::{BlockHeader, HostFault, StateKey, StateView};
use heed::{RoTxn, WithoutTls};

use super::layout::{Databases, Failed, corrupt};
use super::shared::{Inside, Shared};
use crate::chain::check_kept;

/// The state of an [`LmdbStore`](super::LmdbStore) at one height.
///
/// Keep it only as long as it is read: while it lives, LMDB cannot reuse the pages that later blocks replace, and the memory
/// map cannot grow.
pub struct LmdbView {
    // The transaction ends before it is counted out: fields are dropped in this order.
    txn: RoTxn<'static, WithoutTls>,
    inside: Inside,
}

impl LmdbView {
    pub(super) fn new(txn: RoTxn<'static, WithoutTls>, inside: Inside) -> Self {
        Self { txn, inside }
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

    /// A failure as the fault of this store.
    pub(super) fn fault(&self, failed: Failed) -> HostFault {
        self.shared().fault(failed)
    }

    pub(super) fn head(&self) -> Result<Option<BlockHeader>, HostFault> {
        self.read(|databases, txn| databases.head(txn))
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
        let value = self.read(|databases, txn| databases.table(key.table()).get(txn, &key.to_bytes()))?;
        Ok(value.map(<[u8]>::to_vec))
    }

    fn first(&self, from: Bound<&StateKey>) -> Result<Option<(StateKey, Vec<u8>)>, HostFault> {
        let (Bound::Included(key) | Bound::Excluded(key)) = from else { return Ok(None) };
        let bound = from.map(StateKey::to_bytes);
        self.read(|databases, txn| {
            let found = databases.table(key.table()).first(txn, bound.as_ref().map(Vec::as_slice))?;
            let Some((bytes, value)) = found else { return Ok(None) };
            match StateKey::from_bytes(key.table(), bytes) {
                Some(key) => Ok(Some((key, value.to_vec()))),
                None => Err(corrupt(format!("a key of {} bytes in table {}", bytes.len(), key.table().name()))),
            }
        })
    }
}

impl fmt::Debug for LmdbView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LmdbView").field("path", &self.shared().path()).finish_non_exhaustive()
    }
}
