//! The store that forgets: maps behind a lock.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use govm_core::{
    Address, BlockCommit, BlockHeader, Event, EventPosition, Hash, HostFault, Prepared, Receipt, Snapshot,
    StateArchive, StateKey, StateProof, StateStore, StateView, Write,
};

use crate::chain::{check_commit, check_kept};
use crate::past::{Past, PastView};
use crate::proving::prove;
use crate::tree::{self, Changed, Nowhere, TreeChanges, TreeUpdate};

type State = BTreeMap<StateKey, Vec<u8>>;

/// What keys held before a block.
type Undo = BTreeMap<StateKey, Option<Vec<u8>>>;

/// A store in memory. A clone is another handle of the same store. It remembers the states of all blocks.
///
/// A commit while a snapshot is alive copies the whole state once, so that the snapshot keeps what it saw.
///
/// ```
/// use govm_core::StateStore;
/// use govm_state::MemoryStore;
///
/// let store = MemoryStore::new();
/// assert_eq!(store.snapshot()?.height(), 0);
/// # Ok::<(), govm_core::HostFault>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct MemoryStore(Arc<RwLock<Chain>>);

#[derive(Debug, Default)]
struct Chain {
    state: Arc<State>,
    tree: TreeChanges,
    /// The block of height h is at h - 1.
    blocks: Vec<Block>,
}

#[derive(Debug)]
struct Block {
    header: BlockHeader,
    receipts: Vec<Arc<Receipt>>,
    undo: Arc<Undo>,
}

/// The state of a [`MemoryStore`] at one height.
#[derive(Debug, Clone)]
pub struct MemoryView {
    state: Arc<State>,
    /// What the blocks behind another height replaced, for a view of that height.
    undo: BTreeMap<u64, Arc<Undo>>,
}

/// What a [`MemoryStore`] worked out about writes.
#[derive(Debug)]
pub struct MemoryUpdate {
    base: Hash,
    tree: TreeUpdate,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A panic elsewhere cannot leave a chain half changed (a commit changes it after its last check), so the lock's
    /// poison says nothing.
    fn read(&self) -> RwLockReadGuard<'_, Chain> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Chain {
    fn block(&self, height: u64) -> Option<&Block> {
        self.blocks.get(usize::try_from(height.checked_sub(1)?).ok()?)
    }

    fn head(&self) -> Option<&BlockHeader> {
        self.blocks.last().map(|block| &block.header)
    }

    fn head_hash(&self) -> Hash {
        self.head().map(BlockHeader::hash).unwrap_or_default()
    }

    fn newest(&self) -> u64 {
        self.head().map_or(0, |head| head.height)
    }

    /// The state as of a height that is kept.
    fn as_of(&self, height: u64) -> Result<PastView<MemoryView>, HostFault> {
        let newest = self.newest();
        check_kept(height, 0, newest)?;
        let behind = height + 1..=newest;
        let undo = behind.filter_map(|block| Some((block, Arc::clone(&self.block(block)?.undo)))).collect();
        Ok(PastView::new(MemoryView { state: Arc::clone(&self.state), undo }, height, newest))
    }

    fn apply(&mut self, writes: &[Write]) -> Undo {
        let state = Arc::make_mut(&mut self.state);
        let replace = |(key, value): &Write| {
            let old = match value {
                Some(value) => state.insert(key.clone(), value.clone()),
                None => state.remove(key),
            };
            (key.clone(), old)
        };
        writes.iter().map(replace).collect()
    }
}

impl StateStore for MemoryStore {
    type View = MemoryView;
    type Update = MemoryUpdate;

    fn snapshot(&self) -> Result<Snapshot<MemoryView>, HostFault> {
        let chain = self.read();
        let state = MemoryView { state: Arc::clone(&chain.state), undo: BTreeMap::new() };
        Ok(Snapshot { head: chain.head().cloned(), state })
    }

    fn prepare(&self, writes: &[Write]) -> Result<Prepared<MemoryUpdate>, HostFault> {
        let chain = self.read();
        let changes = tree::changes_of(writes);
        let tree = tree::update_alone(&Nowhere, &chain.tree, &changes)?;
        let state_root = tree.root();
        Ok(Prepared { state_root, update: MemoryUpdate { base: chain.head_hash(), tree } })
    }

    fn commit(&self, block: &BlockCommit, update: MemoryUpdate) -> Result<(), HostFault> {
        let mut chain = self.0.write().unwrap_or_else(PoisonError::into_inner);
        check_commit(&block.header, chain.head(), update.base, update.tree.root())?;
        let undo = Arc::new(chain.apply(&block.writes));
        chain.tree.extend(update.tree);
        chain.blocks.push(Block { header: block.header.clone(), receipts: block.receipts.clone(), undo });
        Ok(())
    }
}

impl StateArchive for MemoryStore {
    type PastView = PastView<MemoryView>;

    fn header(&self, height: u64) -> Result<Option<BlockHeader>, HostFault> {
        Ok(self.read().block(height).map(|block| block.header.clone()))
    }

    fn height_of(&self, hash: &Hash) -> Result<Option<u64>, HostFault> {
        let chain = self.read();
        let mut headers = chain.blocks.iter().map(|block| &block.header);
        Ok(headers.find(|header| header.hash() == *hash).map(|header| header.height))
    }

    fn receipts(&self, height: u64) -> Result<Vec<Receipt>, HostFault> {
        Ok(self
            .read()
            .block(height)
            .map(|block| block.receipts.iter().map(|receipt| Receipt::clone(receipt)).collect())
            .unwrap_or_default())
    }

    fn events(
        &self,
        contract: &Address,
        name: Option<&str>,
        after: Option<EventPosition>,
        limit: usize,
    ) -> Result<Vec<(EventPosition, Event)>, HostFault> {
        let chain = self.read();
        let all = chain.blocks.iter().flat_map(|block| {
            (0u32..).zip(&block.receipts).flat_map(move |(call, receipt)| {
                (0u32..).zip(&receipt.events).map(move |(event, named)| {
                    (EventPosition { height: block.header.height, call, event }, named.clone())
                })
            })
        });
        let wanted = all.filter(|(position, event)| {
            event.contract == *contract && name.is_none_or(|name| event.name == name) && Some(*position) > after
        });
        Ok(wanted.take(limit).collect())
    }

    fn oldest_state(&self) -> Result<u64, HostFault> {
        Ok(0)
    }

    fn snapshot_at(&self, height: u64) -> Result<Snapshot<PastView<MemoryView>>, HostFault> {
        let chain = self.read();
        let state = chain.as_of(height)?;
        Ok(Snapshot { head: chain.block(height).map(|block| block.header.clone()), state })
    }

    fn prove(&self, key: &StateKey, height: u64) -> Result<StateProof, HostFault> {
        let chain = self.read();
        let state = chain.as_of(height)?;
        let mut changed = BTreeMap::new();
        for block in (height + 1..=chain.newest()).rev().filter_map(|height| chain.block(height)) {
            changed.extend(block.undo.iter().map(|(key, old)| (key.clone(), old.clone())));
        }
        let tree = Changed { base: Nowhere, changes: &chain.tree };
        prove(&tree, &changed, chain.block(height).map(|block| &block.header), key, &state)
    }
}

impl StateView for MemoryView {
    fn get(&self, key: &StateKey) -> Result<Option<Vec<u8>>, HostFault> {
        StateView::get(&*self.state, key)
    }

    fn first(&self, from: Bound<&StateKey>) -> Result<Option<(StateKey, Vec<u8>)>, HostFault> {
        StateView::first(&*self.state, from)
    }
}

impl Past for MemoryView {
    fn old(&self, block: u64, key: &StateKey) -> Result<Option<Option<Vec<u8>>>, HostFault> {
        Ok(self.undo.get(&block).and_then(|undo| undo.get(key)).cloned())
    }

    fn first_changed(&self, block: u64, from: Bound<&StateKey>) -> Result<Option<StateKey>, HostFault> {
        let (Bound::Included(key) | Bound::Excluded(key)) = from else { return Ok(None) };
        let undo = self.undo.get(&block);
        let first = undo.and_then(|undo| undo.range::<StateKey, _>((from, Bound::Unbounded)).next());
        Ok(first.map(|(key, _)| key).filter(|first| first.table() == key.table()).cloned())
    }
}
