//! What makes blocks a chain.

use govm_core::{BlockHeader, Hash, HostFault};

/// Refuses a block that was not built on the head.
pub(crate) fn check_follows(block: &BlockHeader, head: Option<&BlockHeader>) -> Result<(), HostFault> {
    let (newest, parent) = head.map_or((0, Hash::ZERO), |head| (head.height, head.hash()));
    if newest.checked_add(1) == Some(block.height) && block.parent == parent {
        return Ok(());
    }
    Err(HostFault::StaleBlock { built_on: block.height.saturating_sub(1), newest })
}
