//! How much a store holds, and how much room it takes.

use govm_core::{EMPTY_ROOT, HostFault, Table};

use super::chain::number;
use super::directory;
use super::layout::corrupt;
use super::view::LmdbView;
use crate::{DatabaseStats, StoreStats};

pub(super) fn stats(view: &LmdbView) -> Result<StoreStats, HostFault> {
    let head = view.head()?;
    let (mut databases, mut used_bytes) = (Vec::new(), 0);
    view.read(|all, txn| {
        for database in all.all() {
            let (entries, bytes) = database.size(txn)?;
            used_bytes += bytes;
            databases.push(DatabaseStats { name: database.name(), entries, bytes });
        }
        Ok(())
    })?;
    // The tables come first; what they do not have yet is counted as if it were there.
    for (table, stats) in Table::ALL.into_iter().zip(&mut databases) {
        stats.entries = view.entries(table)?;
    }
    let (oldest_block, oldest_state, pending) = view.read(|all, txn| {
        let first = all.blocks.first(txn, std::ops::Bound::Unbounded)?.map_or(Some(0), |(height, _)| number(height));
        let first = first.ok_or_else(|| corrupt("the height of the first block".to_owned()))?;
        Ok((first, all.oldest(txn)?, all.pending_changes(txn)?.1.len()))
    })?;
    let file_bytes = directory::data_bytes(view.shared().path()).map_err(HostFault::storage)?;
    let (map_bytes, readers) = view.shared().map();
    Ok(StoreStats {
        height: head.as_ref().map_or(0, |head| head.height),
        state_root: head.map_or(EMPTY_ROOT, |head| head.state_root),
        oldest_block,
        oldest_state,
        pending_leaves: pending as u64,
        file_bytes,
        free_bytes: file_bytes.saturating_sub(used_bytes),
        map_bytes,
        readers,
        databases,
    })
}
