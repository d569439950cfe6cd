//! The environment that a process has open: one per directory, shared by its stores and snapshots.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use govm_core::{Hash, HostFault};
use heed::{Env, MdbError, RoTxn, WithoutTls};

use super::directory::{DATA_FILE, Held};
use super::gate::{CloseError, Gate, Lost};
use super::layout::{Databases, Failed};
use super::pages;
use super::pending::Pending;
use super::read_back::recent_of;
use super::recent::{Recent, Watch};
use super::view::LmdbView;
use crate::StoreError;

/// How long a change of the map waits for the snapshots of this process to be dropped. A query takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often a transaction is begun anew after the obstacle was removed, before it counts as a fault.
pub(super) const ATTEMPTS: usize = 8;

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
    /// What is pending of the newest state and its tree, once somebody needed it.
    pending: Mutex<Option<Arc<Pending>>>,
    /// The writes that the tables do not have, once somebody needed them.
    recent: Mutex<Option<Arc<Recent>>>,
    /// Keeps writers away while this environment cannot register its readers; let go after `env` is closed.
    _no_writer: Option<Held>,
    /// Keeps the data where it is while it is open; let go after `env` is closed.
    _present: Option<Held>,
}

/// Proof that no other thread of this process writes or changes the map.
pub(super) type Serial<'a> = MutexGuard<'a, ()>;

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
        Self {
            path,
            env,
            databases,
            writable,
            gate: Gate::default(),
            serial: Mutex::default(),
            pending: Mutex::default(),
            recent: Mutex::default(),
            _no_writer: no_writer,
            _present: present,
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the environment can be written at all.
    pub(super) fn writable(&self) -> bool {
        self.writable
    }

    /// The environment. Whoever begins a transaction in it says so at [`remap`](Self::remap), and holds `serial` to write.
    pub(super) fn env(&self) -> &Env<WithoutTls> {
        &self.env
    }

    pub(super) fn databases(&self) -> &Databases {
        &self.databases
    }

    /// A read transaction on the newest committed state.
    pub(super) fn view(self: &Arc<Self>) -> Result<LmdbView, HostFault> {
        self.open_view(None)
    }

    /// A read transaction on the newest committed state, for whoever may hold the right to change the map.
    pub(super) fn open_view(self: &Arc<Self>, serial: Option<&Serial<'_>>) -> Result<LmdbView, HostFault> {
        // Before the transaction begins: what is of its height or later stays until the view ends.
        let watch = self.lock_recent().clone().map(Watch::new);
        let mut view = self.raw_view(serial)?;
        let watch = view.read(|_, txn| self.watch(watch, txn))?;
        view.look_at(watch);
        Ok(view)
    }

    /// A read transaction on the databases as they are, however damaged: it lacks what the tables do not have.
    pub(super) fn raw_view(self: &Arc<Self>, serial: Option<&Serial<'_>>) -> Result<LmdbView, HostFault> {
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

    /// The recent writes of a transaction's state.
    fn watch(&self, watch: Option<Watch>, txn: &RoTxn<'static, WithoutTls>) -> Result<Watch, Failed> {
        let height = self.databases.height(txn)?;
        if let Some(mut watch) = watch
            && watch.move_to(height)
        {
            return Ok(watch);
        }
        let mut known = self.lock_recent();
        let recent = recent_of(&self.databases, txn, known.as_ref(), height)?;
        let mut watch = Watch::new(Arc::clone(&recent));
        if watch.move_to(height) {
            *known = Some(recent);
            return Ok(watch);
        }
        // Another thread knows of later blocks by now, and this view is of a time before: it reads for itself.
        let mut own = Watch::new(recent_of(&self.databases, txn, None, height)?);
        own.move_to(height);
        Ok(own)
    }

    fn lock_recent(&self) -> MutexGuard<'_, Option<Arc<Recent>>> {
        // What is replaced as a whole cannot be left half done by a panic.
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set_recent(&self, recent: Option<Recent>) {
        *self.lock_recent() = recent.map(Arc::new);
    }

    /// The pending changes of the tree after a block, or before the first: those in memory if they are of that state, else read back.
    pub(super) fn pending(
        &self,
        head: Hash,
        read: impl FnOnce() -> Result<Pending, HostFault>,
    ) -> Result<Arc<Pending>, HostFault> {
        if let Some(pending) = self.kept().as_ref().filter(|pending| pending.head() == head) {
            return Ok(Arc::clone(pending));
        }
        let pending = Arc::new(read()?);
        *self.kept() = Some(Arc::clone(&pending));
        Ok(pending)
    }

    /// The place of the pending changes. Nobody who holds it waits for a view to end: whoever has a view may wait for it.
    pub(super) fn kept(&self) -> MutexGuard<'_, Option<Arc<Pending>>> {
        // What is replaced as a whole cannot be left half done by a panic.
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Maps the data anew with another size, or with the size that the data says for 0.
    pub(super) fn remap(&self, _serial: &Serial<'_>, map_bytes: usize) -> Result<(), HostFault> {
        let closed = self.gate.close(PATIENCE).map_err(|error| match error {
            CloseError::Lost => self.map_lost(),
            CloseError::Busy(snapshots) => {
                HostFault::storage(StoreError::SnapshotsOpen { path: self.path.clone(), snapshots, waited: PATIENCE })
            }
        })?;
        // SAFETY: LMDB asks that no transaction of this process is active in the environment, because its pointers into the
        // map would dangle. Transactions of `env` begin in four places, and nothing but the module `commit` takes it
        // from here; a view's transaction has it and gives no access to it:
        // - `raw_view`, between `gate.enter` and the drop of `Inside`, which comes after the transaction's end: `closed` proves
        //   that there is none;
        // - `write` and `fill` of `commit`, which end their transaction before they grow the map and hold `serial`, as we do;
        // - opening, which is over before there is a `Shared`.
        // The library refuses to open the directory a second time in this process, so no other environment has this map.
        let result = unsafe { self.env.resize(map_bytes) };
        result.map_err(|error| {
            // The old map is gone already. Nobody may touch where it was.
            closed.lose();
            self.fault(error)
        })
    }

    /// Makes the file as long as its pages are: LMDB does not write the last ones while they are free. A failure leaves it as it
    /// is, which is no fault: whoever opens it looks closer then.
    pub(super) fn lengthen(&self) {
        let pages = self.env.info().last_page_number as u64 + 1;
        let page_bytes = u64::from(self.env.unnamed_database_stat().page_size);
        let _ = pages::lengthen(&self.path.join(DATA_FILE), pages.saturating_mul(page_bytes));
    }

    /// The size of the map in bytes, and how many places of the table of readers have been in use.
    pub(super) fn map(&self) -> (u64, u32) {
        let info = self.env.info();
        (info.map_size as u64, info.number_of_readers)
    }

    fn clear_dead_readers(&self) -> Result<usize, HostFault> {
        self.env.clear_stale_readers().map_err(|error| self.fault(error))
    }

    pub(super) fn serial(&self) -> Serial<'_> {
        // It guards no data: a panic while it was held leaves nothing half done that the next transaction would see.
        self.serial.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is a map still.
    pub(super) fn check_map(&self) -> Result<(), HostFault> {
        self.gate.check().map_err(|Lost| self.map_lost())
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
