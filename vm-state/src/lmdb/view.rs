//! A snapshot: a read transaction that keeps its environment open.

use std::fmt;
use std::ops::Bound;
use std::sync::Arc;

use govm_core::{BlockHeader, HostFault, Receipt, StateKey, StateView};
use heed::{RoTxn, WithoutTls};

use super::layout::{Failed, corrupt};
use super::shared::{Inside, Shared};

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

    fn shared(&self) -> &Arc<Shared> {
        self.inside.shared()
    }

    pub(super) fn head(&self) -> Result<Option<BlockHeader>, HostFault> {
        self.shared().databases().head(&self.txn).map_err(|failed| self.shared().fault(failed))
    }

    pub(super) fn header(&self, height: u64) -> Result<Option<BlockHeader>, HostFault> {
        self.shared().databases().header(&self.txn, height).map_err(|failed| self.shared().fault(failed))
    }

    pub(super) fn receipts(&self, height: u64) -> Result<Vec<Receipt>, HostFault> {
        self.shared().databases().receipts(&self.txn, height).map_err(|failed| self.shared().fault(failed))
    }

    fn seek(&self, from: Bound<&StateKey>) -> Result<Option<(StateKey, Vec<u8>)>, Failed> {
        let (Bound::Included(key) | Bound::Excluded(key)) = from else { return Ok(None) };
        let database = self.shared().databases().table(key.table());
        let found = match from {
            Bound::Included(_) => database.get_greater_than_or_equal_to(&self.txn, &key.to_bytes())?,
            _ => database.get_greater_than(&self.txn, &key.to_bytes())?,
        };
        let Some((bytes, value)) = found else { return Ok(None) };
        match StateKey::from_bytes(key.table(), bytes) {
            Some(key) => Ok(Some((key, value.to_vec()))),
            None => Err(corrupt(format!("a key of {} bytes in table {}", bytes.len(), key.table().name()))),
        }
    }
}

impl StateView for LmdbView {
    fn get(&self, key: &StateKey) -> Result<Option<Vec<u8>>, HostFault> {
        let value = self.shared().databases().table(key.table()).get(&self.txn, &key.to_bytes());
        Ok(value.map_err(|error| self.shared().fault(error))?.map(<[u8]>::to_vec))
    }

    fn first(&self, from: Bound<&StateKey>) -> Result<Option<(StateKey, Vec<u8>)>, HostFault> {
        self.seek(from).map_err(|failed| self.shared().fault(failed))
    }
}

impl fmt::Debug for LmdbView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LmdbView").field("path", &self.shared().path()).finish_non_exhaustive()
    }
}
