//! What a store must be able to do: give a snapshot of the state, and take a block whole.

use std::collections::BTreeMap;
use std::ops::Bound;

use crate::{BlockHeader, HostFault, Receipt, StateKey};

/// A state that does not change while it is looked at.
///
/// # Obligations
/// - Two reads of one key give the same answer, whatever is committed meanwhile.
/// - `first` sees the same entries as `get`, in the order of [`StateKey`].
/// - A failed read is a [`HostFault`], never an absent entry.
pub trait StateView {
    /// The value of a key, if it has one.
    ///
    /// # Errors
    /// The store could not read, or what it read is damaged.
    fn get(&self, key: &StateKey) -> Result<Option<Vec<u8>>, HostFault>;

    /// The first entry from a bound on, in the table of the bound's key; nothing for an unbounded start.
    ///
    /// # Errors
    /// The store could not read, or what it read is damaged.
    fn first(&self, from: Bound<&StateKey>) -> Result<Option<(StateKey, Vec<u8>)>, HostFault>;
}

impl<T: StateView + ?Sized> StateView for Box<T> {
    fn get(&self, key: &StateKey) -> Result<Option<Vec<u8>>, HostFault> {
        (**self).get(key)
    }

    fn first(&self, from: Bound<&StateKey>) -> Result<Option<(StateKey, Vec<u8>)>, HostFault> {
        (**self).first(from)
    }
}

/// A plain map is a state: for tests, tools and small embeddings.
impl StateView for BTreeMap<StateKey, Vec<u8>> {
    fn get(&self, key: &StateKey) -> Result<Option<Vec<u8>>, HostFault> {
        Ok(BTreeMap::get(self, key).cloned())
    }

    fn first(&self, from: Bound<&StateKey>) -> Result<Option<(StateKey, Vec<u8>)>, HostFault> {
        let Some(table) = table_of(from) else { return Ok(None) };
        let entry = self.range::<StateKey, _>((from, Bound::Unbounded)).next();
        Ok(entry.filter(|(key, _)| key.table() == table).map(|(key, value)| (key.clone(), value.clone())))
    }
}

/// The table of a bound's key, if it has one.
pub(crate) fn table_of(from: Bound<&StateKey>) -> Option<crate::Table> {
    match from {
        Bound::Included(key) | Bound::Excluded(key) => Some(key.table()),
        Bound::Unbounded => None,
    }
}

/// What a key shall hold from now on; `None` deletes.
pub type Write = (StateKey, Option<Vec<u8>>);

/// A state and the block that it is the result of.
#[derive(Debug, Clone)]
pub struct Snapshot<V> {
    /// The newest block of that state; nothing before the first.
    pub head: Option<BlockHeader>,
    /// The state after it.
    pub state: V,
}

impl<V> Snapshot<V> {
    /// The height of the newest block; 0 before the first.
    pub fn height(&self) -> u64 {
        self.head.as_ref().map_or(0, |head| head.height)
    }
}

/// Everything that a block leaves behind, to be stored whole or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockCommit {
    /// The header; its parent is the head that the block was built on.
    pub header: BlockHeader,
    /// The receipts, in the order of the calls.
    pub receipts: Vec<Receipt>,
    /// The net writes in ascending order of their keys; `None` deletes.
    pub writes: Vec<Write>,
}

/// A place where states are kept, block by block.
///
/// # Obligations
/// - `commit` is atomic and durable: when it returns `Ok`, the block survives a crash; when it fails, nothing of the
///   block is ever seen.
/// - `commit` refuses a block whose height or parent do not follow the head with [`HostFault::StaleBlock`].
/// - `snapshot` gives the newest committed state and does not wait for a writer.
pub trait StateStore {
    /// The view that the store hands out; it owns what it needs and outlives the borrow of the store.
    type View: StateView + Send + 'static;

    /// The newest committed state.
    ///
    /// # Errors
    /// The store could not read.
    fn snapshot(&self) -> Result<Snapshot<Self::View>, HostFault>;

    /// Stores a block.
    ///
    /// # Errors
    /// [`HostFault::StaleBlock`] if the block does not follow the head; other faults if it could not be written.
    fn commit(&self, block: &BlockCommit) -> Result<(), HostFault>;

    /// The header of the block at a height, if there is one.
    ///
    /// # Errors
    /// The store could not read.
    fn header(&self, height: u64) -> Result<Option<BlockHeader>, HostFault>;

    /// The receipts of the block at a height, in the order of the calls; empty if there is no such block.
    ///
    /// # Errors
    /// The store could not read.
    fn receipts(&self, height: u64) -> Result<Vec<Receipt>, HostFault>;
}
