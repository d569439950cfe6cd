//! How the commit of a block ends.

use std::sync::{Arc, PoisonError};

use super::{End, Shared};
use crate::{BlockHeader, HostFault};

/// A block on its way into the store.
#[must_use = "a block is durable when `wait` says so"]
pub struct Ticket<S> {
    pub(super) shared: Arc<Shared<S>>,
    pub(super) height: u64,
    pub(super) end: Arc<End>,
}

impl<S> Ticket<S> {
    /// The block's height.
    #[must_use]
    pub fn height(&self) -> u64 {
        self.height
    }

    /// Waits until the block is durable, and returns its header.
    ///
    /// # Errors
    /// Why it could not be committed; [`HostFault::ParentFailed`] if that was due to a block before it. Nothing of the block is
    /// then ever seen.
    ///
    /// # Panics
    /// Never: a block that has left the line has ended.
    pub fn wait(self) -> Result<BlockHeader, HostFault> {
        let mut line = self.shared.line();
        loop {
            // Ends are set under the lock of the line.
            if let Some(result) = self.end.lock().unwrap_or_else(PoisonError::into_inner).take() {
                return result;
            }
            line = self.shared.wait(line);
        }
    }
}

impl<S> std::fmt::Debug for Ticket<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ticket").field("height", &self.height).finish_non_exhaustive()
    }
}
