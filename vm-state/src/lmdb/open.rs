//! Opening: finds out what a path is before anything is changed, and keeps one environment per directory and process.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use heed::{Env, EnvFlags, EnvOpenOptions, MdbError, WithoutTls};

use super::chain::HEAD_KEY;
use super::directory::{self, Survey, WriterLock, access};
use super::layout::{self, Databases, Found};
use super::pages::{self, Failure};
use super::shared::Shared;
use crate::{Access, ImportError, OpenError, OpenOptions};

/// How many snapshots all processes together can have open. LMDB's table of readers takes 64 bytes for each.
const MAX_READERS: u32 = 1024;

/// How long that is, in bytes. LMDB makes its file a little longer.
const READERS_BYTES: usize = 64 * MAX_READERS as usize;

/// How long to wait for an environment that another thread is closing: an unmapping and two closed files.
const CLOSING: Duration = Duration::from_secs(1);

/// The environments that this process has open, by what their directories are, whatever they are called.
///
/// LMDB forbids to open one twice in a process: closing either would drop the process's locks on both.
static OPEN: Mutex<Option<HashMap<Identity, Weak<Shared>>>> = Mutex::new(None);

/// What a directory is, whatever path leads to it.
#[cfg(unix)]
type Identity = (u64, u64);
#[cfg(not(unix))]
type Identity = std::path::PathBuf;

/// Opens a store: the environment, and for writing the right to write it.
pub(super) fn open(path: &Path, options: &OpenOptions) -> Result<(Arc<Shared>, Option<WriterLock>), OpenError> {
    let found = directory::survey(path)?;
    match options.access() {
        Access::ReadOnly if found != Survey::Store => Err(OpenError::NotFound { path: path.to_owned() }),
        Access::ReadOnly => Ok((shared(path, false, || open_to_read(path))?, None)),
        Access::ReadWrite => {
            if found == Survey::Nothing {
                directory::create(path)?;
            }
            let lock = WriterLock::acquire(path, options.wait_limit())?;
            let open = || {
                let created_before = directory::is_marked(path)?;
                let shared = open_to_write(path, options, created_before)?;
                if !created_before {
                    lock.mark()?;
                }
                Ok(shared)
            };
            Ok((shared(path, true, open)?, Some(lock)))
        }
    }
}

/// Creates a store with a content: it is there for others when it is complete, and gone if it cannot be completed.
pub(super) fn create_filled(
    path: &Path,
    options: &OpenOptions,
    fill: impl FnOnce(&Shared) -> Result<(), ImportError>,
) -> Result<(Arc<Shared>, WriterLock), ImportError> {
    let exists = || Err(ImportError::Exists { path: path.to_owned() });
    let found = directory::survey(path)?;
    match found {
        Survey::Nothing => directory::create(path)?,
        Survey::Store if directory::is_marked(path)? => return exists(),
        Survey::Empty | Survey::Store => {}
    }
    let lock = WriterLock::acquire(path, options.wait_limit())?;
    if directory::is_marked(path)? {
        return exists();
    }
    match fill_new(path, options, &lock, fill) {
        Ok(shared) => Ok((shared, lock)),
        Err(error) => {
            // Why it failed is what is told: what could not be removed is no store either, having no mark.
            let _ = directory::remove(path, found == Survey::Nothing, lock);
            Err(error)
        }
    }
}

fn fill_new(
    path: &Path,
    options: &OpenOptions,
    lock: &WriterLock,
    fill: impl FnOnce(&Shared) -> Result<(), ImportError>,
) -> Result<Arc<Shared>, ImportError> {
    directory::remove_data(path)?;
    let new = open_to_write(path, options, false)?;
    fill(&new)?;
    // Nobody opens the directory while the registry is held, so that nobody finds it marked and not registered.
    let shared = shared(path, true, || {
        lock.mark()?;
        Ok(new)
    })?;
    Ok(shared)
}

/// The environment that this process has open already, or a new one.
fn shared(
    path: &Path,
    writable: bool,
    open: impl FnOnce() -> Result<Shared, OpenError>,
) -> Result<Arc<Shared>, OpenError> {
    let identity = identity(path).map_err(|error| access(path, error))?;
    // The map is changed by single calls only, so a panic elsewhere leaves it whole.
    let mut registry = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    let registry = registry.get_or_insert_default();
    if let Some(shared) = registry.get(&identity).and_then(Weak::upgrade) {
        if writable && !shared.writable() {
            return Err(OpenError::OpenForReading { path: path.to_owned() });
        }
        return Ok(shared);
    }
    let shared = Arc::new(open()?);
    registry.retain(|_, open| open.strong_count() > 0);
    registry.insert(identity, Arc::downgrade(&shared));
    Ok(shared)
}

#[cfg(unix)]
fn identity(path: &Path) -> std::io::Result<Identity> {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).map(|found| (found.dev(), found.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> std::io::Result<Identity> {
    fs::canonicalize(path)
}

fn open_to_read(path: &Path) -> Result<Shared, OpenError> {
    if !directory::is_marked(path)? {
        // A writer has begun to create it, and has not finished yet.
        return Err(OpenError::NotFound { path: path.to_owned() });
    }
    check_data(path)?;
    let present = directory::stay_present(path)?;
    let no_writer =
        if directory::can_register_readers(path) { None } else { Some(directory::keep_writers_away(path)?) };
    let unlocked = if no_writer.is_some() { EnvFlags::NO_LOCK } else { EnvFlags::empty() };
    let mut options = environment_options();
    // SAFETY: READ_ONLY is always safe. NO_LOCK obliges us to keep every writer away from a transaction's lifetime, because
    // LMDB would reuse the pages that an unregistered reader looks at: `no_writer` holds a lock that excludes the
    // writers of all processes, and is dropped after the environment.
    unsafe { options.flags(EnvFlags::READ_ONLY | unlocked) };
    let env = open_environment(path, &options)?;
    let databases = expect_databases(path, layout::open(&env).map_err(|error| database(path, error))?)?;
    Ok(Shared::new(path.to_owned(), env, databases, false, no_writer, present))
}

fn open_to_write(path: &Path, options: &OpenOptions, created_before: bool) -> Result<Shared, OpenError> {
    if created_before {
        check_data(path)?;
    }
    directory::make_room_for_readers(path, READERS_BYTES)?;
    let map_bytes = options.map_bytes_for(directory::data_bytes(path)?);
    let env = open_environment(path, environment_options().map_size(map_bytes))?;
    env.clear_stale_readers().map_err(|error| database(path, error))?;
    let databases = match layout::open(&env).map_err(|error| database(path, error))? {
        Found::Nothing if !created_before => layout::create(&env).map_err(|error| database(path, error))?,
        found => expect_databases(path, found)?,
    };
    // Nothing replaces the data in between: that takes the right to write, which is ours.
    let present = directory::stay_present(path)?;
    let shared = Shared::new(path.to_owned(), env, databases, true, None, present);
    shared.lengthen();
    Ok(shared)
}

/// Opens the environment of a store that nobody else has open, to copy it.
pub(super) fn open_alone(path: &Path) -> Result<Env<WithoutTls>, OpenError> {
    check_data(path)?;
    let env = open_environment(path, &environment_options())?;
    expect_databases(path, layout::open(&env).map_err(|error| database(path, error))?)?;
    Ok(env)
}

/// Refuses a completed store that lost its data, which LMDB would take for a new one, or whose first pages are wrong or last pages
/// gone.
fn check_data(path: &Path) -> Result<(), OpenError> {
    let damaged = |what| Err(OpenError::Damaged { path: path.to_owned(), what });
    if directory::data_bytes(path)? == 0 {
        return damaged(format!("{} is missing or empty", directory::DATA_FILE));
    }
    match pages::survey(&path.join(directory::DATA_FILE), (b"meta", HEAD_KEY)) {
        Ok(()) => Ok(()),
        Err(Failure::Wrong(what)) => damaged(what),
        Err(Failure::Io(error)) => Err(access(path, error)),
    }
}

fn expect_databases(path: &Path, found: Found) -> Result<Databases, OpenError> {
    let path = path.to_owned();
    match found {
        Found::Databases(databases) => Ok(*databases),
        Found::Nothing => Err(OpenError::Damaged { path, what: "its data holds nothing".to_owned() }),
        Found::SomethingElse(reason) => Err(OpenError::NotAStore { path, reason }),
        Found::Other(found) => Err(OpenError::OtherFormat { path, found, supported: layout::FORMAT }),
    }
}

fn environment_options() -> EnvOpenOptions<WithoutTls> {
    let mut options = EnvOpenOptions::new().read_txn_without_tls();
    options.max_readers(MAX_READERS).max_dbs(layout::COUNT as u32);
    options
}

fn open_environment(path: &Path, options: &EnvOpenOptions<WithoutTls>) -> Result<Env<WithoutTls>, OpenError> {
    for _ in 0..2 {
        // SAFETY: what LMDB asks of those who open an environment is kept:
        // - it is not opened twice in a process: `OPEN` sees to it for every store, the library for everything else;
        // - nobody changes the files behind the map: they are LMDB's own, and who overwrites the files of a running
        //   database is out of reach of any check here, as for every memory map;
        // - flags that loosen the rules come from `open_to_read` alone, which keeps the obligation that they bring.
        match unsafe { options.open(path) } {
            Ok(env) => return Ok(env),
            // Its last owner has let go of it a moment ago, and another thread is still closing it.
            Err(heed::Error::EnvAlreadyOpened) => await_closing(path)?,
            Err(error) => return Err(database(path, error)),
        }
    }
    Err(OpenError::InUse { path: path.to_owned(), waited: CLOSING })
}

fn await_closing(path: &Path) -> Result<(), OpenError> {
    let canonical = fs::canonicalize(path).map_err(|error| access(path, error))?;
    if let Some(closing) = heed::env_closing_event(canonical) {
        closing.wait_timeout(CLOSING);
    }
    Ok(())
}

/// A failure of the library, sorted by whose it is.
pub(super) fn database(path: &Path, error: heed::Error) -> OpenError {
    match error {
        heed::Error::Io(error) => access(path, error),
        heed::Error::Mdb(
            error @ (MdbError::Invalid | MdbError::VersionMismatch | MdbError::Corrupted | MdbError::PageNotFound),
        ) => OpenError::Damaged { path: path.to_owned(), what: error.to_string() },
        error => OpenError::Database { path: path.to_owned(), source: error.into() },
    }
}
