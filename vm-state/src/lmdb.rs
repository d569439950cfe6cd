//! The durable store: a directory with an LMDB environment and a lock file.
//!
//! | file | what it is |
//! | --- | --- |
//! | `data.mdb` | the data; see [`layout`] |
//! | `lock.mdb` | LMDB's table of readers; may be deleted when nobody has the store open |
//! | `govm.lock` | who writes holds a lock on it; its text says that the directory is a store; see [`directory`] |

mod directory;
mod gate;
mod layout;
mod open;
mod shared;
mod view;

pub use view::LmdbView;

use std::path::Path;
use std::sync::Arc;

use govm_core::{BlockCommit, BlockHeader, HostFault, Receipt, Snapshot, StateStore};

use crate::{OpenError, OpenOptions, StoreError};
use directory::WriterLock;
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
    max_map_bytes: usize,
    _lock: WriterLock,
}

impl LmdbStore {
    /// Opens the store in a directory; opening for writing creates it if there is nothing or an empty directory.
    ///
    /// # Errors
    /// See [`OpenError`]. A directory that is not a store is left as it was.
    pub fn open(path: impl AsRef<Path>, options: &OpenOptions) -> Result<Self, OpenError> {
        let (shared, lock) = open::open(path.as_ref(), options)?;
        let max_map_bytes = options.max_map_bytes_whole();
        Ok(Self { shared, writer: lock.map(|lock| Writer { max_map_bytes, _lock: lock }) })
    }

    /// The store's directory, as it was named when this process opened it first.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.shared.path()
    }
}

impl StateStore for LmdbStore {
    type View = LmdbView;

    fn snapshot(&self) -> Result<Snapshot<LmdbView>, HostFault> {
        let state = self.shared.view()?;
        Ok(Snapshot { head: state.head()?, state })
    }

    fn commit(&self, block: &BlockCommit) -> Result<(), HostFault> {
        match &self.writer {
            Some(writer) => self.shared.commit(block, writer.max_map_bytes),
            None => Err(HostFault::storage(StoreError::ReadOnly { path: self.path().to_owned() })),
        }
    }

    fn header(&self, height: u64) -> Result<Option<BlockHeader>, HostFault> {
        self.shared.view()?.header(height)
    }

    fn receipts(&self, height: u64) -> Result<Vec<Receipt>, HostFault> {
        self.shared.view()?.receipts(height)
    }
}
