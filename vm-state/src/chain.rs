//! What makes blocks a chain.

use govm_core::{BlockHeader, Hash, HostFault};

/// Refuses a block that was not built on the head.
pub(crate) fn check_follows(block: &BlockHeader, head: Option<&BlockHeader>) -> Result<(), HostFault> {
    let (newest, parent) = head.map_or((0, Hash::ZERO), |head| (head.height, head.hash()));
    let follows = newest.checked_add(1) == Some(block.height) && block.parent == parent;
    if follows { Ok(()) } else { Err(stale(block, head)) }
}

/// The fault of a block that was not built or prepared on the head.
pub(crate) fn stale(block: &BlockHeader, head: Option<&BlockHeader>) -> HostFault {
    let newest = head.map_or(0, |head| head.height);
    HostFault::StaleBlock { built_on: block.height.saturating_sub(1), newest }
}

/// Refuses a height whose state is not kept.
pub(crate) fn check_kept(height: u64, oldest: u64, newest: u64) -> Result<(), HostFault> {
    let kept = (oldest..=newest).contains(&height);
    if kept { Ok(()) } else { Err(HostFault::NotKept { height, oldest, newest }) }
}
