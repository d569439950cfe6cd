//! What a block is built on.

use std::sync::Arc;

use crate::{HostFault, Layered, Snapshot, StateStore, StateView, Write};

/// What a block is built on: the newest committed state, and the writes of the blocks that wait to be committed to it.
#[derive(Debug, Clone)]
pub struct Ground {
    /// The height of the block that is built.
    pub(super) height: u64,
    /// The height of a committed state.
    pub(super) committed: u64,
    /// The writes of the blocks from there on, the oldest first.
    pub(super) writes: Vec<Arc<[Write]>>,
    pub(super) failures: u64,
}

impl Ground {
    /// The height of the block that is built on it.
    #[must_use]
    pub fn height(&self) -> u64 {
        self.height
    }

    /// A view of it. Each thread that builds the block takes its own.
    ///
    /// # Errors
    /// [`HostFault::StaleBlock`] if somebody else has committed a block, or the store could not read.
    pub fn view<S: StateStore>(&self, store: &S) -> Result<Box<dyn StateView + Send>, HostFault> {
        let Snapshot { head, state } = store.snapshot()?;
        let newest = head.map_or(0, |head| head.height);
        // Of what waited, some may have been committed meanwhile: to write it once more changes nothing.
        if !(self.committed..self.height).contains(&newest) {
            return Err(HostFault::StaleBlock { built_on: self.height - 1, newest });
        }
        let state: Box<dyn StateView + Send> = Box::new(state);
        let over = |state, writes: &Arc<[Write]>| -> Box<dyn StateView + Send> {
            Box::new(Layered::new(state, Arc::clone(writes)))
        };
        Ok(self.writes.iter().fold(state, over))
    }

    /// The ground that is the state after a block, when nothing waits.
    #[must_use]
    pub fn committed(height: u64) -> Self {
        Self { height: height + 1, committed: height, writes: Vec::new(), failures: 0 }
    }
}
