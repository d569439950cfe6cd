//! The environment that a process has open: one per directory, shared by its stores and snapshots.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use govm_core::{BlockCommit, HostFault};
use heed::{Env, MdbError, WithoutTls};

use super::directory::Held;
use super::gate::{CloseError, Gate, Lost};
use super::layout::{Databases, Failed};
use super::view::LmdbView;
use crate::StoreError;
use crate::chain::check_follows;

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
    /// Held by whoever commits or changes the map.
    serial: Mutex<()>,
    /// Keeps writers away while this environment cannot register its readers; let go after `env` is closed.
    _no_writer: Option<Held>,
}

/// Proof that no other thread of this process writes or changes the map.
type Serial<'a> = MutexGuard<'a, ()>;

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
    ) -> Self {
        let (gate, serial) = (Gate::default(), Mutex::new(()));
        Self { path, env, databases, writable, gate, serial, _no_writer: no_writer }
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
                (Some(_), heed::Error::Mdb(MdbError::MapResized)) => self.remap(&self.serial(), 0)?,
                // Processes that died left their entries in the table of readers.
                (Some(_), heed::Error::Mdb(MdbError::ReadersFull)) if self.clear_dead_readers()? > 0 => {}
                _ => return Err(self.fault(error)),
            }
        }
    }

    /// Commits a block; the map may grow up to a bound for it.
    pub(super) fn commit(&self, block: &BlockCommit, max_map_bytes: usize) -> Result<(), HostFault> {
        let serial = self.serial();
        loop {
            self.gate.check().map_err(|Lost| self.map_lost())?;
            match self.try_commit(block) {
                Ok(()) => return Ok(()),
                // The transaction is gone and nothing of it is in the data: make room, begin anew. This ends, because every
                // round doubles the map.
                Err(Failed::Lmdb(heed::Error::Mdb(MdbError::MapFull))) => self.grow(&serial, max_map_bytes)?,
                // Another process wrote, and grew the data, before the right to write came to us.
                Err(Failed::Lmdb(heed::Error::Mdb(MdbError::MapResized))) => self.remap(&serial, 0)?,
                Err(failed) => return Err(self.fault(failed)),
            }
        }
    }

    fn try_commit(&self, block: &BlockCommit) -> Result<(), Failed> {
        let mut txn = self.env.write_txn()?;
        check_follows(&block.header, self.databases.head(&txn)?.as_ref())?;
        for (key, value) in &block.writes {
            let database = self.databases.table(key.table());
            match value {
                Some(value) => database.put(&mut txn, &key.to_bytes(), value)?,
                None => drop(database.delete(&mut txn, &key.to_bytes())?),
            }
        }
        self.databases.put_block(&mut txn, &block.header, &block.receipts)?;
        Ok(txn.commit()?)
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
        // map would dangle. Transactions of `env` begin in three places, and `env` never leaves this struct but inside
        // a view's transaction, which gives no access to it:
        // - `view`, between `gate.enter` and the drop of `Inside`, which comes after the transaction's end: `closed` proves
        //   that there is none;
        // - `try_commit`, which ends its transaction before it returns and is called with `serial` held, as we hold it;
        // - opening, which is over before there is a `Shared`.
        // The library refuses to open the directory a second time in this process, so no other environment has this map.
        let result = unsafe { self.env.resize(map_bytes) };
        result.map_err(|error| {
            // The old map is gone already. Nobody may touch where it was.
            closed.lose();
            self.fault(error)
        })
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
