//! What a directory tells before the data is opened: whether it is a store, and whether it may be written now.
//!
//! `govm.lock` is there from the first moment of a store on. Whoever writes holds an exclusive lock of the operating
//! system on it, which ends with the process whatever happens to it. The file is empty while the store is created and holds
//! [`MARK`] from then on: an interrupted creation is completed by the next writer, but data that vanished later is damage.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::OpenError;

pub(super) const LOCK_FILE: &str = "govm.lock";
pub(super) const DATA_FILE: &str = "data.mdb";
pub(super) const READERS_FILE: &str = "lock.mdb";
/// Where compacted data is written before it takes the place of the data.
pub(super) const COMPACT_FILE: &str = "data.mdb.compact";

const MARK: &[u8] = b"This directory is a state store of govm. Its writer locks this file.\n";

/// How long a waiting writer sleeps between two attempts. Operating systems have no lock with a deadline.
const POLL: Duration = Duration::from_millis(10);

/// What is at a path.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Survey {
    /// Nothing at all.
    Nothing,
    /// An empty directory.
    Empty,
    /// A directory with a lock file: a store, or the beginning of one.
    Store,
}

/// Looks at a path without changing anything.
pub(super) fn survey(path: &Path) -> Result<Survey, OpenError> {
    let found = match fs::metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Survey::Nothing),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return Err(OpenError::NotADirectory { path: path.to_owned() });
        }
        Err(error) => return Err(access(path, error)),
    };
    if !found.is_dir() {
        return Err(OpenError::NotADirectory { path: path.to_owned() });
    }
    let locked = || path.join(LOCK_FILE).try_exists().map_err(|error| access(path, error));
    if locked()? {
        return Ok(Survey::Store);
    }
    let mut entries = fs::read_dir(path).map_err(|error| access(path, error))?;
    match entries.next().transpose().map_err(|error| access(path, error))? {
        None => Ok(Survey::Empty),
        // Another process may have begun to create the store since the first look; its lock file comes first.
        Some(_) if locked()? => Ok(Survey::Store),
        Some(entry) => Err(OpenError::NotAStore {
            path: path.to_owned(),
            reason: format!("it holds {} but no {LOCK_FILE}", entry.file_name().display()),
        }),
    }
}

/// Creates a store's directory.
pub(super) fn create(path: &Path) -> Result<(), OpenError> {
    fs::create_dir_all(path).map_err(|error| access(path, error))
}

/// Whether the creation of the store was completed.
pub(super) fn is_marked(path: &Path) -> Result<bool, OpenError> {
    let found = fs::metadata(path.join(LOCK_FILE)).map_err(|error| access(path, error))?;
    Ok(found.len() > 0)
}

/// Removes what is left of data: of a creation that was interrupted, or that failed. The writer's lock is held, and nobody reads
/// a store that is not marked.
pub(super) fn remove_data(path: &Path) -> Result<(), OpenError> {
    for name in [DATA_FILE, READERS_FILE] {
        match fs::remove_file(path.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(access(path, error)),
            _ => {}
        }
    }
    Ok(())
}

/// Removes a store that was not completed: its lock file too, and the directory if it is new.
pub(super) fn remove(path: &Path, new: bool, lock: WriterLock) -> Result<(), OpenError> {
    remove_data(path)?;
    fs::remove_file(path.join(LOCK_FILE)).map_err(|error| access(path, error))?;
    drop(lock);
    if new {
        fs::remove_dir(path).map_err(|error| access(path, error))?;
    }
    Ok(())
}

/// Who has the data open holds a shared lock of the operating system on it, whoever replaces it an exclusive one: LMDB's table of
/// readers is of one file of data, and must never serve two.
#[cfg(unix)]
pub(super) fn stay_present(path: &Path) -> Result<Option<Held>, OpenError> {
    loop {
        let file = File::open(path.join(DATA_FILE)).map_err(|error| access(path, error))?;
        match file.try_lock_shared() {
            Ok(()) if is_at(&file, &path.join(DATA_FILE)) => return Ok(Some(Held(file))),
            // It was replaced before the lock was ours.
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(OpenError::Compacting { path: path.to_owned() }),
            Err(TryLockError::Error(error)) => return Err(access(path, error)),
        }
    }
}

/// Locks of files keep others from writing them on these systems: data cannot be locked, nor replaced.
#[cfg(not(unix))]
pub(super) fn stay_present(_: &Path) -> Result<Option<Held>, OpenError> {
    Ok(None)
}

/// Keeps everybody from opening the data until it is dropped; nobody has it open. The writer's lock is held.
#[cfg(unix)]
pub(super) fn be_alone(path: &Path) -> Result<Held, OpenError> {
    let file = File::open(path.join(DATA_FILE)).map_err(|error| access(path, error))?;
    match file.try_lock() {
        Ok(()) => Ok(Held(file)),
        Err(TryLockError::WouldBlock) => Err(OpenError::OpenElsewhere { path: path.to_owned() }),
        Err(TryLockError::Error(error)) => Err(access(path, error)),
    }
}

#[cfg(not(unix))]
pub(super) fn be_alone(path: &Path) -> Result<Held, OpenError> {
    Err(access(path, io::ErrorKind::Unsupported.into()))
}

/// Whether a file is still the one at a path.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let identity = |found: fs::Metadata| (found.dev(), found.ino());
    let (ours, theirs) = (file.metadata().map(identity), fs::metadata(path).map(identity));
    matches!((ours, theirs), (Ok(ours), Ok(theirs)) if ours == theirs)
}

#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> bool {
    path.exists()
}

/// The length of the data, if there is any, in bytes.
pub(super) fn data_bytes(path: &Path) -> Result<u64, OpenError> {
    match fs::metadata(path.join(DATA_FILE)) {
        Ok(found) => Ok(found.len()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(access(path, error)),
    }
}

/// A lock of the operating system on the lock file, until it is dropped.
#[derive(Debug)]
pub(super) struct Held(File);

impl Drop for Held {
    fn drop(&mut self) {
        // Closing the file would do, were it not that a child process, until it executes its program, has it open too.
        // A failure leaves the closing.
        let _ = self.0.unlock();
    }
}

/// The right to write a store, until it is dropped.
#[derive(Debug)]
pub(super) struct WriterLock {
    path: PathBuf,
    held: Held,
}

impl WriterLock {
    /// Takes the right to write, waiting for another writer for a while.
    pub(super) fn acquire(path: &Path, wait: Duration) -> Result<Self, OpenError> {
        let start = Instant::now();
        let mut file = Self::file(path)?;
        loop {
            match file.try_lock() {
                Ok(()) if is_at(&file, &path.join(LOCK_FILE)) => {
                    return Ok(Self { path: path.to_owned(), held: Held(file) });
                }
                // Who held it has removed the store that it could not complete.
                Ok(()) => {
                    file = Self::file(path)?;
                    continue;
                }
                Err(TryLockError::Error(error)) => return Err(access(path, error)),
                Err(TryLockError::WouldBlock) => {}
            }
            let left = wait.saturating_sub(start.elapsed());
            if left.is_zero() {
                return Err(OpenError::InUse { path: path.to_owned(), waited: wait });
            }
            std::thread::sleep(left.min(POLL));
        }
    }

    fn file(path: &Path) -> Result<File, OpenError> {
        let mut options = File::options();
        let file = options.read(true).write(true).create(true).truncate(false).open(path.join(LOCK_FILE));
        file.map_err(|error| access(path, error))
    }

    /// Marks the creation of the store as completed.
    pub(super) fn mark(&self) -> Result<(), OpenError> {
        let mut file = &self.held.0;
        let written = file.write_all(MARK).and_then(|()| file.sync_all());
        written.map_err(|error| access(&self.path, error))
    }
}

/// Keeps every writer away from a store until it is dropped, for a reader that cannot register itself.
pub(super) fn keep_writers_away(path: &Path) -> Result<Held, OpenError> {
    let file = File::open(path.join(LOCK_FILE)).map_err(|error| access(path, error))?;
    match file.try_lock_shared() {
        Ok(()) => Ok(Held(file)),
        Err(TryLockError::WouldBlock) => Err(OpenError::CannotShare { path: path.to_owned() }),
        Err(TryLockError::Error(error)) => Err(access(path, error)),
    }
}

/// Takes the room for LMDB's table of readers, if there is none yet: LMDB maps it, and on a full disk a process that writes where
/// the file has no room yet is ended. The writer's lock is held.
pub(super) fn make_room_for_readers(path: &Path, bytes: usize) -> Result<(), OpenError> {
    let file = path.join(READERS_FILE);
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(&file).and_then(|mut file| file.write_all(&vec![0; bytes])) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => {
            // What is there of it would stay without room.
            let _ = fs::remove_file(&file);
            Err(access(path, error))
        }
        Ok(()) => Ok(()),
    }
}

/// Whether LMDB's table of readers is there and can be written.
pub(super) fn can_register_readers(path: &Path) -> bool {
    File::options().read(true).write(true).open(path.join(READERS_FILE)).is_ok()
}

/// A failure of the operating system, with what to do about it.
pub(super) fn access(path: &Path, source: io::Error) -> OpenError {
    let hint = match source.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "allow writing there, name another path, or open it for reading"
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "make room on the disk",
        _ => "check the path, or name another",
    };
    OpenError::Access { path: path.to_owned(), source, hint }
}
