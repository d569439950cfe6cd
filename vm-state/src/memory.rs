//! The store that forgets: a map behind a lock.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use govm_core::{BlockCommit, BlockHeader, HostFault, Receipt, Snapshot, StateKey, StateStore, StateView};

use crate::chain::check_follows;

type State = BTreeMap<StateKey, Vec<u8>>;

/// A store in memory. A clone is another handle of the same store.
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
    /// The block of height h is at h - 1.
    blocks: Vec<(BlockHeader, Vec<Receipt>)>,
}

/// The state of a [`MemoryStore`] at one height.
#[derive(Debug, Clone)]
pub struct MemoryView(Arc<State>);

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
    fn block(&self, height: u64) -> Option<&(BlockHeader, Vec<Receipt>)> {
        self.blocks.get(usize::try_from(height.checked_sub(1)?).ok()?)
    }
}

impl StateStore for MemoryStore {
    type View = MemoryView;

    fn snapshot(&self) -> Result<Snapshot<MemoryView>, HostFault> {
        let chain = self.read();
        let head = chain.blocks.last().map(|(header, _)| header.clone());
        Ok(Snapshot { head, state: MemoryView(Arc::clone(&chain.state)) })
    }

    fn commit(&self, block: &BlockCommit) -> Result<(), HostFault> {
        let mut chain = self.0.write().unwrap_or_else(PoisonError::into_inner);
        check_follows(&block.header, chain.blocks.last().map(|(header, _)| header))?;
        let state = Arc::make_mut(&mut chain.state);
        for (key, value) in &block.writes {
            match value {
                Some(value) => drop(state.insert(key.clone(), value.clone())),
                None => drop(state.remove(key)),
            }
        }
        chain.blocks.push((block.header.clone(), block.receipts.clone()));
        Ok(())
    }

    fn header(&self, height: u64) -> Result<Option<BlockHeader>, HostFault> {
        Ok(self.read().block(height).map(|(header, _)| header.clone()))
    }

    fn receipts(&self, height: u64) -> Result<Vec<Receipt>, HostFault> {
        Ok(self.read().block(height).map(|(_, receipts)| receipts.clone()).unwrap_or_default())
    }
}

impl StateView for MemoryView {
    fn get(&self, key: &StateKey) -> Result<Option<Vec<u8>>, HostFault> {
        StateView::get(&*self.0, key)
    }

    fn first(&self, from: Bound<&StateKey>) -> Result<Option<(StateKey, Vec<u8>)>, HostFault> {
        StateView::first(&*self.0, from)
    }
}
