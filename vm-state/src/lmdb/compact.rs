//! Writing the data anew without what deleted and replaced entries left.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use heed::CompactionOption;

use super::directory::{self, COMPACT_FILE, DATA_FILE, Survey, WriterLock, access};
use super::open;
use crate::{Compacted, OpenError, OpenOptions};

/// Compacts the store at a path. LMDB cannot do that to data that is open: its map, and its table of readers, would be of the file
/// that was there before. So nobody has it open, which the lock on the data proves, and this process closes it before the
/// new file takes its place.
pub(super) fn compact(path: &Path, options: &OpenOptions) -> Result<Compacted, OpenError> {
    if directory::survey(path)? != Survey::Store || !directory::is_marked(path)? {
        return Err(OpenError::NotFound { path: path.to_owned() });
    }
    let lock = WriterLock::acquire(path, options.wait_limit())?;
    let before_bytes = directory::data_bytes(path)?;
    let target = path.join(COMPACT_FILE);
    let alone = directory::be_alone(path)?;
    let copied = copy(path, &target).and_then(|after_bytes| {
        fs::rename(&target, path.join(DATA_FILE)).map_err(|error| access(path, error))?;
        Ok(after_bytes)
    });
    if copied.is_err() {
        // What is left of it hinders nobody, and goes with the next compaction.
        let _ = fs::remove_file(&target);
    }
    let after_bytes = copied?;
    sync_directory(path).map_err(|error| access(path, error))?;
    drop((alone, lock));
    Ok(Compacted { before_bytes, after_bytes })
}

/// Copies the data to a file, on the disk to its last byte, and returns its length.
fn copy(path: &Path, target: &Path) -> Result<u64, OpenError> {
    let env = open::open_alone(path)?;
    let copied = env.copy_to_path(target, CompactionOption::Enabled).map_err(|error| open::database(path, error))?;
    // The last owner closes it.
    drop(env);
    copied.sync_all().map_err(|error| access(path, error))?;
    copied.metadata().map(|found| found.len()).map_err(|error| access(path, error))
}

/// Makes a change of names last.
fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}
