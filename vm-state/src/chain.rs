//! What makes blocks a chain.

use govm_core::{BlockHeader, Hash, HostFault};

/// Refuses a block that was not built or prepared on the head, or does not carry the root that was prepared.
pub(crate) fn check_commit(
    block: &BlockHeader,
    head: Option<&BlockHeader>,
    prepared_on: Hash,
    prepared_root: Hash,
) -> Result<(), HostFault> {
    let (newest, parent) = head.map_or((0, Hash::ZERO), |head| (head.height, head.hash()));
    if newest.checked_add(1) != Some(block.height) || block.parent != parent || prepared_on != parent {
        return Err(HostFault::StaleBlock { built_on: block.height.saturating_sub(1), newest });
    }
    if block.state_root != prepared_root {
        return Err(HostFault::engine("the block's state root is not the one that was prepared"));
    }
    Ok(())
}

/// Refuses a height whose state is not kept.
pub(crate) fn check_kept(height: u64, oldest: u64, newest: u64) -> Result<(), HostFault> {
    let kept = (oldest..=newest).contains(&height);
    if kept { Ok(()) } else { Err(HostFault::NotKept { height, oldest, newest }) }
}
