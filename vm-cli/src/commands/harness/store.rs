//! The state of a test: a map that can be put aside and taken up again.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use govm_core::{
    BlockCommit, BlockHeader, Hash, HostFault, Prepared, Protocol, Snapshot, StateKey, StateStore, StateView, Write,
};

/// The entries of a state. A clone is another handle: what writes to one copies it first.
#[derive(Debug, Clone, Default)]
pub(super) struct Entries(Arc<BTreeMap<StateKey, Vec<u8>>>);

impl StateView for Entries {
    fn get(&self, key: &StateKey) -> Result<Option<Vec<u8>>, HostFault> {
        StateView::get(&*self.0, key)
    }

    fn first(&self, from: Bound<&StateKey>) -> Result<Option<(StateKey, Vec<u8>)>, HostFault> {
        StateView::first(&*self.0, from)
    }
}

/// Holds the state that the engine works on at the moment, under the height that its next block is to have.
///
/// It computes no roots: a test asks for values, and is to begin with a fresh state hundreds of times a second.
#[derive(Debug, Default)]
pub(super) struct TestStore(Mutex<Current>);

#[derive(Debug, Default)]
struct Current {
    entries: Entries,
    head: Option<BlockHeader>,
}

impl TestStore {
    /// Takes up a state, the next block on which has the given height.
    pub(super) fn load(&self, entries: Entries, next_height: u64) {
        let head = next_height.checked_sub(1).filter(|height| *height > 0).map(|height| BlockHeader {
            height,
            time_ns: 0,
            parent: Hash::ZERO,
            proposer_data: Vec::new(),
            protocol: Protocol::default(),
            receipts: Hash::ZERO,
            state_root: Hash::ZERO,
        });
        *self.current() = Current { entries, head };
    }

    /// The state that was taken up, with what was committed since.
    pub(super) fn entries(&self) -> Entries {
        self.current().entries.clone()
    }

    /// A panic elsewhere cannot leave the entries half changed in a way that a test would see: its process is gone.
    fn current(&self) -> MutexGuard<'_, Current> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StateStore for TestStore {
    type View = Entries;
    type Update = ();

    fn snapshot(&self) -> Result<Snapshot<Entries>, HostFault> {
        let current = self.current();
        Ok(Snapshot { head: current.head.clone(), state: current.entries.clone() })
    }

    fn prepare(&self, _writes: &[Write]) -> Result<Prepared<()>, HostFault> {
        Ok(Prepared { state_root: Hash::ZERO, update: () })
    }

    fn commit(&self, block: &BlockCommit, (): ()) -> Result<(), HostFault> {
        let mut current = self.current();
        let entries = Arc::make_mut(&mut current.entries.0);
        for (key, value) in &block.writes {
            match value {
                Some(value) => entries.insert(key.clone(), value.clone()),
                None => entries.remove(key),
            };
        }
        current.head = Some(block.header.clone());
        Ok(())
    }
}
