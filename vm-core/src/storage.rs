//! What a store must be able to do: give a snapshot of the state, and take a block whole.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use crate::{Address, BlockHeader, Event, Hash, HostFault, Protocol, Receipt, StateKey, StateProof, receipts_hash};

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

impl<T: StateView + ?Sized> StateView for &T {
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

/// What a block will be, before the root of the state after it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BlockDraft {
    /// The height: that of the head it is built on and one.
    pub height: u64,
    /// The block's time, in nanoseconds since the Unix epoch.
    pub time_ns: i64,
    /// The hash of the head that it is built on, zero for the first block.
    pub parent: Hash,
    /// Bytes of the proposer's own.
    pub proposer_data: Vec<u8>,
    /// By which rules it was executed.
    pub protocol: Protocol,
    /// The receipts, in the order of the calls.
    pub receipts: Vec<Arc<Receipt>>,
    /// The net writes in ascending order of their keys, each key once; `None` deletes.
    pub writes: Vec<Write>,
}

impl BlockDraft {
    /// A block without receipts and writes on a head.
    #[must_use]
    pub fn on(head: Option<&BlockHeader>) -> Self {
        let (height, parent) = head.map_or((0, Hash::ZERO), |head| (head.height, head.hash()));
        Self { height: height + 1, parent, ..Self::default() }
    }

    /// The block, with the root of the state after it.
    #[must_use]
    pub fn seal(self, state_root: Hash) -> BlockCommit {
        let header = BlockHeader {
            height: self.height,
            time_ns: self.time_ns,
            parent: self.parent,
            proposer_data: self.proposer_data,
            protocol: self.protocol,
            receipts: receipts_hash(&self.receipts),
            state_root,
        };
        BlockCommit { header, receipts: self.receipts, writes: self.writes }
    }
}

/// Everything that a block leaves behind, to be stored whole or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockCommit {
    /// The header; its parent is the head that the block was built on.
    pub header: BlockHeader,
    /// The receipts, in the order of the calls.
    pub receipts: Vec<Arc<Receipt>>,
    /// The net writes in ascending order of their keys, each key once; `None` deletes.
    pub writes: Vec<Write>,
}

/// What a store worked out about writes before they are committed.
#[derive(Debug)]
#[must_use]
pub struct Prepared<U> {
    /// The root of the state after the writes.
    pub state_root: Hash,
    /// What the store needs to commit them without working it out again.
    pub update: U,
}

/// A place where states are kept, block by block.
///
/// # Obligations
/// - `commit` is atomic and durable: when it returns `Ok`, the block survives a crash; when it fails, nothing of the
///   block is ever seen.
/// - `commit` refuses a block whose height or parent do not follow the head with [`HostFault::StaleBlock`].
/// - `snapshot` gives the newest committed state and does not wait for a writer.
/// - The state root is that of [`StateProof`]: it depends on the entries of the state and on nothing else.
///
/// `govm_core::conformance` (feature `conformance`) tests a store for them.
pub trait StateStore {
    /// The view that the store hands out; it owns what it needs and outlives the borrow of the store.
    type View: StateView + Send + 'static;
    /// What [`prepare`](StateStore::prepare) leaves for [`commit`](StateStore::commit).
    type Update: Send;

    /// The newest committed state.
    ///
    /// # Errors
    /// The store could not read.
    fn snapshot(&self) -> Result<Snapshot<Self::View>, HostFault>;

    /// Works out the root of the state after writes to the newest committed state, and changes nothing. The writes are in
    /// ascending order of their keys, each key once.
    ///
    /// # Errors
    /// The store could not read.
    fn prepare(&self, writes: &[Write]) -> Result<Prepared<Self::Update>, HostFault>;

    /// Stores a block that was prepared with the same writes and carries the root that this gave.
    ///
    /// # Errors
    /// [`HostFault::StaleBlock`] if the block does not follow the head or was prepared on another one; other faults if it
    /// could not be written.
    fn commit(&self, block: &BlockCommit, update: Self::Update) -> Result<(), HostFault>;

    /// Prepares and commits a block in one go, and returns its header.
    ///
    /// # Errors
    /// Those of [`prepare`](StateStore::prepare) and [`commit`](StateStore::commit).
    fn append(&self, draft: BlockDraft) -> Result<BlockHeader, HostFault> {
        let Prepared { state_root, update } = self.prepare(&draft.writes)?;
        let block = draft.seal(state_root);
        self.commit(&block, update)?;
        Ok(block.header)
    }
}

/// Where an event stands: ordered as events happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventPosition {
    /// The height of its block.
    pub height: u64,
    /// The index of its call in the block, from 0.
    pub call: u32,
    /// Its index among the events of the call, from 0.
    pub event: u32,
}

/// A store that remembers: blocks for ever, states for as many blocks as it was told to.
///
/// # Obligations
/// - What is returned is that of one moment: a block that is being committed is seen whole or not at all.
/// - A height whose state is not kept is refused with [`HostFault::NotKept`], never answered from another one.
pub trait StateArchive: StateStore {
    /// The view of a state that is not the newest.
    type PastView: StateView + Send + 'static;

    /// The header of the block at a height, if there is one.
    ///
    /// # Errors
    /// The store could not read.
    fn header(&self, height: u64) -> Result<Option<BlockHeader>, HostFault>;

    /// The height of the block with a hash, if there is one.
    ///
    /// # Errors
    /// The store could not read.
    fn height_of(&self, block: &Hash) -> Result<Option<u64>, HostFault>;

    /// The receipts of the block at a height, in the order of the calls; empty if there is no such block.
    ///
    /// # Errors
    /// The store could not read.
    fn receipts(&self, height: u64) -> Result<Vec<Receipt>, HostFault>;

    /// A page of the events of a contract, of one name or of all, in the order in which they happened, from after `after`
    /// on.
    ///
    /// # Errors
    /// The store could not read.
    fn events(
        &self,
        contract: &Address,
        name: Option<&str>,
        after: Option<EventPosition>,
        limit: usize,
    ) -> Result<Vec<(EventPosition, Event)>, HostFault>;

    /// The oldest height whose state can be read.
    ///
    /// # Errors
    /// The store could not read.
    fn oldest_state(&self) -> Result<u64, HostFault>;

    /// The state as of a height; 0 is the state before the first block.
    ///
    /// # Errors
    /// [`HostFault::NotKept`], or the store could not read.
    fn snapshot_at(&self, height: u64) -> Result<Snapshot<Self::PastView>, HostFault>;

    /// What the state as of a height holds under a key, with the proof of it against that block's state root.
    ///
    /// # Errors
    /// [`HostFault::NotKept`], or the store could not read, or the key is of an index, which no root binds.
    fn prove(&self, key: &StateKey, height: u64) -> Result<StateProof, HostFault>;
}
