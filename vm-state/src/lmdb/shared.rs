//! The environment that a process has open: one per directory, shared by its stores and snapshots.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use govm_core::{BlockCommit, BlockHeader, HostFault, Prepared, Write};
use heed::{Env, MdbError, RwTxn, WithoutTls};

use super::directory::Held;
use super::gate::{CloseError, Gate, Lost};
use super::import::Refused;
use super::layout::{Databases, Failed};
use super::tree::{self, LmdbUpdate, Pending, Written};
use super::view::LmdbView;
use crate::chain::check_commit;
use crate::tree::{MIN_PARALLEL_CHANGES, changes_of};
use crate::{ImportError, StoreError};

/// How long a change of the map waits for the snapshots of this process to be dropped. A query takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often a transaction is begun anew after the obstacle was removed, before it counts as a fault.
const ATTEMPTS: usize = 8;

/// An open environment.
#[derive(Debug)]
pub(super) struct Shared {
    path: PathBuf,
    env: Env<WithoutTls>,
    databases: Databases,
    writable: bool,
    gate: Gate,
    /// Held by whoever prepares, commits or changes the map.
    serial: Mutex<()>,
    /// The pending changes of the state tree, once somebody needed them.
    pending: Mutex<Option<Arc<Pending>>>,
    /// Keeps writers away while this environment cannot register its readers; let go after `env` is closed.
    _no_writer: Option<Held>,
    /// Keeps the data where it is while it is open; let go after `env` is closed.
    _present: Option<Held>,
}

/// Proof that no other thread of this process writes or changes the map.
type Serial<'a> = MutexGuard<'a, ()>;

/// How a store commits.
#[derive(Debug, Clone, Copy)]
pub(super) struct CommitLimits {
    /// Most that the map may grow to, in bytes.
    pub(super) max_map_bytes: usize,
    /// How many blocks back the state can be read.
    pub(super) history_blocks: u64,
}

/// How many threads hash a block's part of the tree: one for each processor, as long as each has something to do.
fn hashing_threads(changes: usize) -> usize {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    processors.min(MAX_HASHING_THREADS).min(1 + changes / MIN_PARALLEL_CHANGES)
}

/// The root has sixteen children, and each thread holds a place in the table of readers.
const MAX_HASHING_THREADS: usize = 8;

/// A read transaction's place in the count of the gate.
#[derive(Debug)]
pub(super) struct Inside(Arc<Shared>);

impl Inside {
    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.0
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        self.0.gate.leave();
    }
}

impl Shared {
    pub(super) fn new(
        path: PathBuf,
        env: Env<WithoutTls>,
        databases: Databases,
        writable: bool,
        no_writer: Option<Held>,
        present: Option<Held>,
    ) -> Self {
        let (gate, serial, pending) = (Gate::default(), Mutex::new(()), Mutex::new(None));
        Self { path, env, databases, writable, gate, serial, pending, _no_writer: no_writer, _present: present }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the environment can be written at all.
    pub(super) fn writable(&self) -> bool {
        self.writable
    }

    pub(super) fn databases(&self) -> &Databases {
        &self.databases
    }

    /// A read transaction on the newest committed state.
    pub(super) fn view(self: &Arc<Self>) -> Result<LmdbView, HostFault> {
        self.open_view(None)
    }

    /// A read transaction, for whoever may hold the right to change the map.
    fn open_view(self: &Arc<Self>, serial: Option<&Serial<'_>>) -> Result<LmdbView, HostFault> {
        let mut attempts = 1..=ATTEMPTS;
        loop {
            self.gate.enter().map_err(|Lost| self.map_lost())?;
            let inside = Inside(Arc::clone(self));
            let error = match self.env.clone().static_read_txn() {
                Ok(txn) => return Ok(LmdbView::new(txn, inside)),
                Err(error) => error,
            };
            drop(inside);
            match (attempts.next(), &error) {
                // Another process made the data longer than our map.
                (Some(_), heed::Error::Mdb(MdbError::MapResized)) => match serial {
                    Some(serial) => self.remap(serial, 0)?,
                    None => self.remap(&self.serial(), 0)?,
                },
                // Processes that died left their entries in the table of readers.
                (Some(_), heed::Error::Mdb(MdbError::ReadersFull)) if self.clear_dead_readers()? > 0 => {}
                _ => return Err(self.fault(error)),
            }
        }
    }

    /// Works out the root of the state after writes.
    pub(super) fn prepare(self: &Arc<Self>, writes: &[Write]) -> Result<Prepared<LmdbUpdate>, HostFault> {
        // No block of this process gets between the views.
        let serial = self.serial();
        let changes = changes_of(writes);
        let views = self.views(&serial, hashing_threads(changes.len()))?;
        let pending = self.pending(&views[0])?;
        let readers = views.into_iter().map(|view| tree::newest(view, &pending)).collect();
        let tree = crate::tree::update(readers, &changes)?;
        let update = LmdbUpdate { base: pending.head(), changes, tree };
        Ok(Prepared { state_root: update.root(), update })
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

    /// The pending changes of a view's tree: those in memory if they are of that state, else read back.
    pub(super) fn pending(&self, view: &LmdbView) -> Result<Arc<Pending>, HostFault> {
        let head = view.head()?.as_ref().map(BlockHeader::hash).unwrap_or_default();
        if let Some(pending) = self.kept().as_ref().filter(|pending| pending.head() == head) {
            return Ok(Arc::clone(pending));
        }
        let pending = Arc::new(Pending::read(view)?);
        *self.kept() = Some(Arc::clone(&pending));
        Ok(pending)
    }

    /// The place of the pending changes. Nobody who holds it waits for a view to end: whoever has a view may wait for it.
    fn kept(&self) -> MutexGuard<'_, Option<Arc<Pending>>> {
        // What is replaced as a whole cannot be left half done by a panic.
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Commits a block.
    pub(super) fn commit(
        self: &Arc<Self>,
        block: &BlockCommit,
        update: &LmdbUpdate,
        limits: CommitLimits,
    ) -> Result<(), HostFault> {
        let serial = self.serial();
        loop {
            self.gate.check().map_err(|Lost| self.map_lost())?;
            match self.try_commit(&serial, block, update, limits.history_blocks) {
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
        update: &LmdbUpdate,
        history_blocks: u64,
    ) -> Result<(), Failed> {
        let mut kept = self.kept();
        let mut pending = match kept.take_if(|pending| pending.head() == update.base) {
            Some(kept) => Arc::unwrap_or_clone(kept),
            None => Pending::read(&self.open_view(Some(serial))?)?,
        };
        let written = self.write(block, update, &mut pending, history_blocks)?;
        pending.advance(&block.header, &written);
        *kept = Some(Arc::new(pending));
        Ok(())
    }

    /// Writes a block in one transaction.
    fn write(
        &self,
        block: &BlockCommit,
        update: &LmdbUpdate,
        pending: &mut Pending,
        history_blocks: u64,
    ) -> Result<Written, Failed> {
        let (header, databases) = (&block.header, &self.databases);
        let mut txn = self.env.write_txn()?;
        let head = databases.head(&txn)?;
        check_commit(header, head.as_ref(), update.base, update.root())?;
        if history_blocks > 0 {
            databases.remember(&mut txn, header.height, &block.writes)?;
        }
        for (key, value) in &block.writes {
            let table = databases.table(key.table());
            match value {
                Some(value) => table.put(&mut txn, &key.to_bytes(), value)?,
                None => drop(table.delete(&mut txn, &key.to_bytes())?),
            }
        }
        pending.add(update);
        let written = databases.put_tree(&mut txn, header.height, pending, &update.changes)?;
        databases.put_block(&mut txn, header, &block.receipts)?;
        databases.forget(&mut txn, header.height, history_blocks, block.writes.len())?;
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
            let written = self.env.write_txn().map_err(Failed::from).map_err(Refused::from).and_then(|mut txn| {
                write(&self.databases, &mut txn)?;
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
        let map_bytes = self.env.info().map_size;
        let grown_bytes = map_bytes.saturating_mul(2).min(max_map_bytes);
        if grown_bytes <= map_bytes {
            return Err(HostFault::storage(StoreError::MapLimit { path: self.path.clone(), max_map_bytes }));
        }
        self.remap(serial, grown_bytes)
    }

    /// Maps the data anew with another size, or with the size that the data says for 0.
    fn remap(&self, _serial: &Serial<'_>, map_bytes: usize) -> Result<(), HostFault> {
        let closed = self.gate.close(PATIENCE).map_err(|error| match error {
            CloseError::Lost => self.map_lost(),
            CloseError::Busy(snapshots) => {
                HostFault::storage(StoreError::SnapshotsOpen { path: self.path.clone(), snapshots, waited: PATIENCE })
            }
        })?;
        // SAFETY: LMDB asks that no transaction of this process is active in the environment, because its pointers into the
        // map would dangle. Transactions of `env` begin in four places, and `env` never leaves this struct but inside
        // a view's transaction, which gives no access to it:
        // - `view`, between `gate.enter` and the drop of `Inside`, which comes after the transaction's end: `closed` proves
        //   that there is none;
        // - `write` and `fill`, which end their transaction before they grow the map and hold `serial`, as we do;
        // - opening, which is over before there is a `Shared`.
        // The library refuses to open the directory a second time in this process, so no other environment has this map.
        let result = unsafe { self.env.resize(map_bytes) };
        result.map_err(|error| {
            // The old map is gone already. Nobody may touch where it was.
            closed.lose();
            self.fault(error)
        })
    }

    /// The size of the map in bytes, and how many places of the table of readers have been in use.
    pub(super) fn map(&self) -> (u64, u32) {
        let info = self.env.info();
        (info.map_size as u64, info.number_of_readers)
    }

    fn clear_dead_readers(&self) -> Result<usize, HostFault> {
        self.env.clear_stale_readers().map_err(|error| self.fault(error))
    }

    fn serial(&self) -> Serial<'_> {
        // It guards no data: a panic while it was held leaves nothing half done that the next transaction would see.
        self.serial.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn map_lost(&self) -> HostFault {
        HostFault::storage(StoreError::MapLost { path: self.path.clone() })
    }

    /// The fault of a failed operation, with the store's path.
    pub(super) fn fault(&self, failed: impl Into<Failed>) -> HostFault {
        match failed.into() {
            Failed::Host(fault) => fault,
            Failed::Lmdb(error) => {
                HostFault::storage(StoreError::Database { path: self.path.clone(), source: error.into() })
            }
        }
    }
}
