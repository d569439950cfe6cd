//! Preparing and committing blocks.

use std::sync::{Arc, Weak};

use govm_core::{BlockCommit, HostFault, Prepared, Write};
use heed::{MdbError, RwTxn};

use super::import::Refused;
use super::layout::{Databases, Failed};
use super::pending::{Pending, Written};
use super::recent::Recent;
use super::shared::{ATTEMPTS, Serial, Shared};
use super::tree::LmdbUpdate;
use super::view::LmdbView;
use crate::chain::check_commit;
use crate::tree::{self, MIN_PARALLEL_CHANGES, changes_of};
use crate::workers::share;
use crate::{ImportError, StoreError};

/// How a store commits.
#[derive(Debug, Clone, Copy)]
pub(super) struct CommitLimits {
    /// Most that the map may grow to, in bytes.
    pub(super) max_map_bytes: usize,
    /// How many blocks back the state can be read.
    pub(super) history_blocks: u64,
    /// How many writes may wait for their turn.
    pub(super) pending_writes: usize,
}

/// How many threads prepare a block: one for each processor, as long as each has something to do.
fn threads(writes: usize) -> usize {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    processors.min(MAX_THREADS).min(1 + writes / MIN_PARALLEL_CHANGES)
}

/// The root has sixteen children, and each thread holds a place in the table of readers.
const MAX_THREADS: usize = 8;

/// The writes that a thread takes at a time, to hash them and to look up what they replace.
const PIECE_WRITES: usize = 256;

impl Shared {
    /// Works out the root of the state after writes, and what they replace if that is to be remembered.
    pub(super) fn prepare(
        self: &Arc<Self>,
        writes: &[Write],
        remember: bool,
    ) -> Result<Prepared<LmdbUpdate>, HostFault> {
        // No block of this process gets between the views.
        let serial = self.serial();
        let mut views = self.views(&serial, threads(writes.len()))?;
        let pieces: Vec<&[Write]> = writes.chunks(PIECE_WRITES).collect();
        let found = share(&mut views, pieces.len(), |view, piece| {
            let replaced = if remember { view.replaced(pieces[piece])? } else { Vec::new() };
            Ok((changes_of(pieces[piece]), replaced))
        })?;
        let (changes, replaced): (Vec<_>, Vec<_>) = found.into_iter().unzip();
        let mut changes = changes.concat();
        // Each piece is in order already.
        changes.sort_by_key(|change| change.0);
        let head = views[0].head_hash()?;
        let pending = self.pending(head, || Pending::read_together(&mut views))?;
        let tree = tree::update(&mut views, &pending.changes, &changes)?;
        let root = tree.root();
        let on = Arc::downgrade(&pending);
        let update = LmdbUpdate { base: pending.head(), root, changes, replaced, tree: Some((on, tree)) };
        Ok(Prepared { state_root: root, update })
    }

    /// Views of one state.
    fn views(self: &Arc<Self>, serial: &Serial<'_>, count: usize) -> Result<Vec<LmdbView>, HostFault> {
        for _ in 0..ATTEMPTS {
            let views = (0..count).map(|_| self.open_view(Some(serial))).collect::<Result<Vec<_>, _>>()?;
            let heads = views.iter().map(LmdbView::head).collect::<Result<Vec<_>, _>>()?;
            // Only a writer in another process can have come between.
            if heads.windows(2).all(|pair| pair[0] == pair[1]) {
                return Ok(views);
            }
        }
        Err(HostFault::engine("another process commits faster than this one can read"))
    }

    /// Commits a block.
    pub(super) fn commit(
        self: &Arc<Self>,
        block: &BlockCommit,
        mut update: LmdbUpdate,
        limits: CommitLimits,
    ) -> Result<(), HostFault> {
        let serial = self.serial();
        loop {
            self.check_map()?;
            match self.try_commit(&serial, block, &mut update, limits) {
                Ok(()) => return Ok(()),
                // The transaction is gone and nothing of it is in the data: make room, begin anew. This ends, because every
                // round doubles the map.
                Err(Failed::Lmdb(heed::Error::Mdb(MdbError::MapFull))) => self.grow(&serial, limits.max_map_bytes)?,
                // Another process wrote, and grew the data, before the right to write came to us.
                Err(Failed::Lmdb(heed::Error::Mdb(MdbError::MapResized))) => self.remap(&serial, 0)?,
                Err(failed) => return Err(self.fault(failed)),
            }
        }
    }

    /// One attempt. After a failed one what was pending is gone, since it may have the block's changes already: whoever needs it
    /// next reads it back.
    fn try_commit(
        self: &Arc<Self>,
        serial: &Serial<'_>,
        block: &BlockCommit,
        update: &mut LmdbUpdate,
        limits: CommitLimits,
    ) -> Result<(), Failed> {
        let mut kept = self.kept();
        let (mut pending, recent, tree) = {
            let view = self.open_view(Some(serial))?;
            // Before anything is taken: whoever builds on an old head costs the next one nothing.
            check_commit(&block.header, view.head()?.as_ref(), update.base, update.root)?;
            let kept = match kept.take_if(|pending| pending.head() == update.base) {
                Some(kept) => kept,
                None => Arc::new(Pending::read(&view)?),
            };
            // What was read back since may be cut into branches in another way than what the update was worked out on.
            let tree = match update.tree.take() {
                Some((on, tree)) if Weak::ptr_eq(&on, &Arc::downgrade(&kept)) => tree,
                _ => tree::update_alone(&view, &kept.changes, &update.changes)?,
            };
            let pending = Arc::unwrap_or_clone(kept);
            (pending, Arc::clone(view.recent()), tree)
        };
        pending.add(tree);
        match self.write(block, update, (&pending, &recent), limits) {
            Ok(written) => {
                pending.advance(&block.header, &written);
                let nothing_waits = pending.is_empty();
                recent.committed(block.header.height, written.values);
                self.lengthen();
                if nothing_waits {
                    self.set_recent(Some(Recent::new(block.header.height)));
                }
                *kept = Some(Arc::new(pending));
                Ok(())
            }
            Err(failed) => {
                self.set_recent(None);
                Err(failed)
            }
        }
    }

    /// Writes a block in one transaction.
    fn write(
        &self,
        block: &BlockCommit,
        update: &LmdbUpdate,
        (pending, recent): (&Pending, &Recent),
        limits: CommitLimits,
    ) -> Result<Written, Failed> {
        let (header, databases) = (&block.header, self.databases());
        let mut txn = self.env().write_txn()?;
        let head = databases.head(&txn)?;
        check_commit(header, head.as_ref(), update.base, update.root)?;
        if limits.history_blocks > 0 {
            databases.remember(&mut txn, header.height, &update.replaced)?;
        }
        // Views of the block look for its writes as soon as it is committed; those of blocks before do not see them.
        recent.add(header.height, &block.writes);
        let (changes, may_wait) = (update.changes.len(), limits.pending_writes);
        let state = (pending, recent);
        let written = databases.put_state(&mut txn, header.height, state, changes, &block.writes, may_wait)?;
        databases.put_block(&mut txn, header, &block.receipts)?;
        databases.forget(&mut txn, header.height, limits.history_blocks, block.writes.len())?;
        txn.commit()?;
        Ok(written)
    }

    /// Writes a new store's content in one transaction, from the beginning again when the map had to grow.
    pub(super) fn fill(
        &self,
        max_map_bytes: usize,
        mut write: impl FnMut(&Databases, &mut RwTxn<'_>) -> Result<(), Refused>,
    ) -> Result<(), ImportError> {
        let serial = self.serial();
        loop {
            let written = self.env().write_txn().map_err(Failed::from).map_err(Refused::from).and_then(|mut txn| {
                write(self.databases(), &mut txn)?;
                txn.commit().map_err(Failed::from).map_err(Refused::from)
            });
            match written {
                Ok(()) => return Ok(()),
                Err(Refused::Store(Failed::Lmdb(heed::Error::Mdb(MdbError::MapFull)))) => {
                    self.grow(&serial, max_map_bytes)?;
                }
                Err(Refused::Store(failed)) => return Err(self.fault(failed).into()),
                Err(Refused::Import(error)) => return Err(error),
            }
        }
    }

    fn grow(&self, serial: &Serial<'_>, max_map_bytes: usize) -> Result<(), HostFault> {
        let map_bytes = self.env().info().map_size;
        let grown_bytes = map_bytes.saturating_mul(2).min(max_map_bytes);
        if grown_bytes <= map_bytes {
            return Err(HostFault::storage(StoreError::MapLimit { path: self.path().to_owned(), max_map_bytes }));
        }
        self.remap(serial, grown_bytes)
    }
}
