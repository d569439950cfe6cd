//! The durable store: a directory with an LMDB environment and a lock file.
//!
//! | file | what it is |
//! | --- | --- |
//! | `data.mdb` | the data; see [`layout`] |
//! | `lock.mdb` | LMDB's table of readers; may be deleted when nobody has the store open |
//! | `data.mdb.compact` | the data while it is written anew; not there otherwise, and may be deleted; see [`compact`] |
//! | `govm.lock` | who writes holds a lock on it; its text says that the directory is a store; see [`directory`] |

mod chain;
mod check;
mod commit;
mod compact;
mod directory;
mod export;
mod gate;
mod history;
mod import;
mod layout;
mod open;
mod pages;
mod pending;
mod read_back;
mod recent;
mod rows;
mod sealed;
mod shared;
mod stats;
mod stream;
mod tree;
mod view;

pub use tree::LmdbUpdate;
pub use view::LmdbView;

use std::io::{Read, Seek, Write as Sink};
use std::path::Path;
use std::sync::Arc;

use govm_core::{
    Address, BlockCommit, BlockHeader, Event, EventPosition, Hash, HostFault, Prepared, Receipt, Snapshot,
    StateArchive, StateKey, StateProof, StateStore, Write,
};

use crate::past::PastView;
use crate::proving::prove;
use crate::{
    CheckReport, Compacted, ExportError, Exported, ImportError, OpenError, OpenOptions, Progress, StoreError,
    StoreStats,
};
use commit::CommitLimits;
use directory::WriterLock;
use layout::Databases;
use pending::Pending;
use shared::Shared;

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
        Ok(Self::new(shared, lock, options))
    }

    fn new(shared: Arc<Shared>, lock: Option<WriterLock>, options: &OpenOptions) -> Self {
        let limits = CommitLimits {
            max_map_bytes: options.max_map_bytes_whole(),
            history_blocks: options.history_blocks(),
            pending_writes: options.pending_writes_limit(),
        };
        Self { shared, writer: lock.map(|lock| Writer { limits, _lock: lock }) }
    }

    /// Makes a new store of an exported state, and opens it for writing. It goes on from that state's height; the blocks
    /// before are not in it. Everything is checked, the root last, and one transaction writes it: if anything is wrong,
    /// there is no store.
    ///
    /// # Errors
    /// See [`ImportError`].
    pub fn import(
        path: impl AsRef<Path>,
        options: &OpenOptions,
        export: impl Read + Seek,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Self, ImportError> {
        let (shared, lock) = import::import(path.as_ref(), options, export, progress)?;
        Ok(Self::new(shared, Some(lock), options))
    }

    /// Writes the newest state as one stream: the same state and block give the same bytes, with one version of this crate. A
    /// writer may go on meanwhile; what it commits is not in the stream.
    ///
    /// # Errors
    /// See [`ExportError`]. What was written until then is no export.
    pub fn export(&self, out: impl Sink, progress: &mut dyn FnMut(Progress)) -> Result<Exported, ExportError> {
        export::export(&self.shared.view()?, out, progress)
    }

    /// Reads every entry of every database, and compares what depends on each other: blocks, receipts and events; objects,
    /// fields and indexes; state, tree and root; what was. What is wrong is in the report.
    ///
    /// # Errors
    /// The store could not be read at all.
    pub fn check(&self, progress: &mut dyn FnMut(Progress)) -> Result<CheckReport, HostFault> {
        check::check(&self.shared, progress)
    }

    /// Writes a store's data anew without the room that deleted and replaced entries have left. Nobody else may have the store
    /// open. The new data takes the place of the old in one step: a crash leaves the one or the other. The disk must have room
    /// for both.
    ///
    /// # Errors
    /// See [`OpenError`]; the data is as it was.
    pub fn compact(path: impl AsRef<Path>, options: &OpenOptions) -> Result<Compacted, OpenError> {
        compact::compact(path.as_ref(), options)
    }

    /// What the store holds, and how much room it takes.
    ///
    /// # Errors
    /// The store could not read.
    pub fn stats(&self) -> Result<StoreStats, HostFault> {
        stats::stats(&self.shared.view()?)
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
        self.shared.prepare(writes, self.writer.as_ref().is_some_and(|writer| writer.limits.history_blocks > 0))
    }

    fn commit(&self, block: &BlockCommit, update: LmdbUpdate) -> Result<(), HostFault> {
        match &self.writer {
            Some(writer) => self.shared.commit(block, update, writer.limits),
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
        let pending = self.shared.pending(view.head_hash()?, || Pending::read(&view))?;
        let tree = tree::newest(&view, &pending);
        prove(&tree, &changed, head.as_ref(), key, &PastView::new(&view, height, newest))
    }
}
