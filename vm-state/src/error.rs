//! Why a store could not be opened, and what can go wrong in one that is open.

use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use govm_core::{Hash, HostFault};

/// Why a store could not be opened. Nothing was changed in what was at the path.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// There is nothing at the path, and it was to be read only.
    #[error("there is no state store at {}: check the path, or open it for writing to create it", path.display())]
    NotFound {
        /// The store's directory.
        path: PathBuf,
    },
    /// The path is not a directory.
    #[error("{} is not a directory: a state store is one, name another path", path.display())]
    NotADirectory {
        /// The path.
        path: PathBuf,
    },
    /// The directory holds something else.
    #[error("{} is not a state store ({reason}): name a store, or an empty or new directory", path.display())]
    NotAStore {
        /// The directory.
        path: PathBuf,
        /// What gave it away.
        reason: String,
    },
    /// The directory or a file in it could not be created, opened or written.
    #[error("cannot use the state store at {}: {source}; {hint}", path.display())]
    Access {
        /// The store's directory.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
        /// What to do about it.
        hint: &'static str,
    },
    /// Another store object, of this or of another process, is writing.
    #[error(
        "the state store at {} is in use by another writer, in this process or another (waited {waited:?}): \
         try again when it is closed, wait longer, or open it for reading",
        path.display()
    )]
    InUse {
        /// The store's directory.
        path: PathBuf,
        /// How long was waited.
        waited: Duration,
    },
    /// This process has the store open in a way that cannot become writing.
    #[error(
        "the state store at {} is open for reading in this process: \
         drop that store and its snapshots before opening it for writing",
        path.display()
    )]
    OpenForReading {
        /// The store's directory.
        path: PathBuf,
    },
    /// The store cannot register its readers, and a writer is at work.
    #[error(
        "the state store at {} is being written and its lock file cannot be: \
         allow writing to lock.mdb there, or read it when the writer has closed it",
        path.display()
    )]
    CannotShare {
        /// The store's directory.
        path: PathBuf,
    },
    /// The store's files are being replaced by shorter ones.
    #[error("the state store at {} is being compacted: try again when that is done", path.display())]
    Compacting {
        /// The store's directory.
        path: PathBuf,
    },
    /// The store was to be compacted, and somebody has it open.
    #[error(
        "the state store at {} is open, in this process or another: close it there before compacting it",
        path.display()
    )]
    OpenElsewhere {
        /// The store's directory.
        path: PathBuf,
    },
    /// The store was written by another version.
    #[error(
        "the state store at {} has format {found}, this version reads format {supported}: use {} version of govm",
        path.display(),
        if found > supported { "a newer" } else { "the older" }
    )]
    OtherFormat {
        /// The store's directory.
        path: PathBuf,
        /// The format version that the store carries.
        found: u32,
        /// The format version that this code reads.
        supported: u32,
    },
    /// The store holds what no version writes.
    #[error("the state store at {} is damaged ({what}): restore it from a copy", path.display())]
    Damaged {
        /// The store's directory.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The database library failed in another way.
    #[error("cannot open the state store at {}: {source}", path.display())]
    Database {
        /// The store's directory.
        path: PathBuf,
        /// What the library said.
        source: Box<dyn Error + Send + Sync>,
    },
}

/// What can go wrong in an open [`LmdbStore`](crate::LmdbStore): the cause inside a
/// [`HostFault::Storage`](govm_core::HostFault::Storage).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A commit to a store that was opened for reading.
    #[error("the state store at {} is open for reading only", path.display())]
    ReadOnly {
        /// The store's directory.
        path: PathBuf,
    },
    /// A block does not fit the largest map that the options allow.
    #[error(
        "the block does not fit the state store at {}: its map may not grow over {max_map_bytes} bytes; allow more",
        path.display()
    )]
    MapLimit {
        /// The store's directory.
        path: PathBuf,
        /// The bound, in bytes.
        max_map_bytes: usize,
    },
    /// The map must grow or be renewed and cannot while snapshots look at it.
    #[error(
        "the map of the state store at {} must grow, but {snapshots} snapshots stayed open for {waited:?}: drop them",
        path.display()
    )]
    SnapshotsOpen {
        /// The store's directory.
        path: PathBuf,
        /// How many snapshots were open.
        snapshots: usize,
        /// How long was waited for them.
        waited: Duration,
    },
    /// The operating system would not map the data again after a change of its size.
    #[error("the map of the state store at {} is lost: close the store and open it again", path.display())]
    MapLost {
        /// The store's directory.
        path: PathBuf,
    },
    /// The database library failed: the disk, or a bug.
    #[error("the state store at {}: {source}", path.display())]
    Database {
        /// The store's directory.
        path: PathBuf,
        /// What the library said.
        source: Box<dyn Error + Send + Sync>,
    },
}

/// Why a state could not be exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The store has no block.
    #[error("there is no state to export: the store has no block yet")]
    Empty,
    /// Something is longer than any export may hold.
    #[error("{what} is too long for an export")]
    TooLong {
        /// What it is.
        what: String,
    },
    /// The export could not be written.
    #[error("cannot write the export: {0}")]
    Write(#[from] io::Error),
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] HostFault),
}

/// Why a state could not be imported. Nothing is left of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The bytes are of something else.
    #[error("this is no export of a state: such a file begins with \"govm-export\"")]
    NotAnExport,
    /// The export was written by another version.
    #[error("the export has format {found}, this version of govm reads {supported}")]
    OtherVersion {
        /// The version that the export carries.
        found: u32,
        /// The version that this code reads.
        supported: u32,
    },
    /// The export ends too early.
    #[error("the export ends too early: it was cut, or not written to its end")]
    Truncated,
    /// The export holds what no version writes.
    #[error("the export is damaged: {what}")]
    Damaged {
        /// What is wrong with it.
        what: String,
    },
    /// The entries are not those of the block's state.
    #[error("the export's entries have the state root {found}, its block says {expected}")]
    OtherRoot {
        /// The root of the entries.
        found: Hash,
        /// The root in the header of the block.
        expected: Hash,
    },
    /// There is a store already.
    #[error("there is a state store at {} already: import into a new directory", path.display())]
    Exists {
        /// The store's directory.
        path: PathBuf,
    },
    /// The export could not be read.
    #[error("cannot read the export: {0}")]
    Read(#[source] io::Error),
    /// The new store could not be made.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The new store could not be written.
    #[error(transparent)]
    Store(#[from] HostFault),
}
