//! The durable store: a directory with an LMDB environment and a lock file.
//!
//! | file | what it is |
//! | --- | --- |
//! | `data.mdb` | the data; see [`layout`] |
//! | `lock.mdb` | LMDB's table of readers; may be deleted when nobody has the store open |
//! | `govm.lock` | who writes holds a lock on it; its text says that the directory is a store; see [`directory`] |

mod chain;
mod directory;
mod gate;
mod history;
mod layout;
mod open;
mod sealed;
mod shared;
mod tree;
mod view;

pub use tree::LmdbUpdate;
pub use view::LmdbView;

use std::path::Path;
use std::sync::Arc;

use govm_core::{
    Address, BlockCommit, BlockHeader, Event, EventPosition, Hash, HostFault, Prepared, Receipt, Snapshot,
    StateArchive, StateKey, StateProof, StateStore, Write,
};

use crate::past::PastView;
use crate::proving::prove;
use crate::{OpenError, OpenOptions, StoreError};
use directory::WriterLock;
use layout::Databases;
use shared::{CommitLimits, Shared};

/// A durable store in a directory.
///
/// - A committed block is on the disk: it survives a crash of the process or the machine. A block that was not
///   committed leaves nothing.
/// - One store at a time writes, of all processes; any number read, in this process too, without waiting for the writer.
///   The right to write ends when the store is dropped; snapshots may outlive it.
/// - The memory map grows by itself. That takes a moment in which this process has no open snapshot: a commit that needs it
///   waits up to ten seconds for that, then fails with [`StoreError::SnapshotsOpen`] and may be tried again.
///
/// The directory must be on a local file system: LMDB's locks and maps do not work over a network.
#[derive(Debug)]
pub struct LmdbStore {
    shared: Arc<Shared>,
    writer: Option<Writer>,
}

/// What only a store that was opened for writing has.
#[derive(Debug)]
struct Writer {
    limits: CommitLimits,
    _lock: WriterLock,
}

impl LmdbStore {
    /// Opens the store in a directory; opening for writing creates it if there is nothing or an empty directory.
    ///
    /// # Errors
    /// See [`OpenError`]. A directory that is not a store is left as it was.
    pub fn open(path: impl AsRef<Path>, options: &OpenOptions) -> Result<Self, OpenError> {
        let (shared, lock) = open::open(path.as_ref(), options)?;
        let limits =
            CommitLimits { max_map_bytes: options.max_map_bytes_whole(), history_blocks: options.history_blocks() };
        Ok(Self { shared, writer: lock.map(|lock| Writer { limits, _lock: lock }) })
    }

    /// The store's directory, as it was named when this process opened it first.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.shared.path()
    }
}

impl StateStore for LmdbStore {
    type View = LmdbView;
    type Update = LmdbUpdate;

    fn snapshot(&self) -> Result<Snapshot<LmdbView>, HostFault> {
        let state = self.shared.view()?;
        Ok(Snapshot { head: state.head()?, state })
    }

    fn prepare(&self, writes: &[Write]) -> Result<Prepared<LmdbUpdate>, HostFault> {
        self.shared.prepare(writes)
    }

    fn commit(&self, block: &BlockCommit, update: LmdbUpdate) -> Result<(), HostFault> {
        match &self.writer {
            Some(writer) => self.shared.commit(block, &update, writer.limits),
            None => Err(HostFault::storage(StoreError::ReadOnly { path: self.path().to_owned() })),
        }
    }
}

impl StateArchive for LmdbStore {
    type PastView = PastView<LmdbView>;

    fn header(&self, height: u64) -> Result<Option<BlockHeader>, HostFault> {
        self.shared.view()?.read(|databases, txn| databases.header(txn, height))
    }

    fn height_of(&self, block: &Hash) -> Result<Option<u64>, HostFault> {
        self.shared.view()?.read(|databases, txn| databases.height_of(txn, block))
    }

    fn receipts(&self, height: u64) -> Result<Vec<Receipt>, HostFault> {
        self.shared.view()?.read(|databases, txn| databases.receipts(txn, height))
    }

    fn events(
        &self,
        contract: &Address,
        name: Option<&str>,
        after: Option<EventPosition>,
        limit: usize,
    ) -> Result<Vec<(EventPosition, Event)>, HostFault> {
        self.shared.view()?.read(|databases, txn| databases.events(txn, contract, name, after, limit))
    }

    fn oldest_state(&self) -> Result<u64, HostFault> {
        self.shared.view()?.read(Databases::oldest)
    }

    fn snapshot_at(&self, height: u64) -> Result<Snapshot<PastView<LmdbView>>, HostFault> {
        let view = self.shared.view()?;
        let (newest, head) = view.as_of(height)?;
        Ok(Snapshot { head, state: PastView::new(view, height, newest) })
    }

    fn prove(&self, key: &StateKey, height: u64) -> Result<StateProof, HostFault> {
        let view = self.shared.view()?;
        let (newest, head) = view.as_of(height)?;
        let changed = view.read(|databases, txn| databases.changed_since(txn, height))?;
        let pending = self.shared.pending(&view)?;
        let tree = tree::newest(&view, &pending);
        prove(&tree, &changed, head.as_ref(), key, &PastView::new(&view, height, newest))
    }
}
