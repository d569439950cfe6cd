//! What the operations on whole stores tell about themselves.

use govm_core::Hash;

/// How far a long operation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// What is being done: a few words for people.
    pub what: &'static str,
    /// How many of the entries are done.
    pub done: u64,
    /// How many there are.
    pub total: u64,
}

/// What an export wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exported {
    /// The height of the exported state.
    pub height: u64,
    /// Its root.
    pub state_root: Hash,
    /// How many entries it has.
    pub entries: u64,
    /// The length of the export, in bytes.
    pub bytes: u64,
}

/// What a compaction did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Compacted {
    /// The length of the data before, in bytes.
    pub before_bytes: u64,
    /// The length of the data now, in bytes.
    pub after_bytes: u64,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CheckReport {
    /// The height of the newest block that could be read; 0 before the first.
    pub height: u64,
    /// How many entries of all databases were read.
    pub entries: u64,
    /// What is wrong, a sentence each: the first hundred.
    pub differences: Vec<String>,
    /// How many differences there are in all.
    pub found: u64,
}

impl CheckReport {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.found == 0
    }
}

/// What a store holds, and how much room it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreStats {
    /// The height of the newest block; 0 before the first.
    pub height: u64,
    /// The root of the newest state.
    pub state_root: Hash,
    /// The oldest block that the store has; 0 if it has none.
    pub oldest_block: u64,
    /// The oldest height whose state can be read.
    pub oldest_state: u64,
    /// How many leaves of the state tree changed in blocks whose changes are not in the tree's databases yet.
    pub pending_leaves: u64,
    /// The length of the data, in bytes.
    pub file_bytes: u64,
    /// The part of it that later blocks can use, in bytes.
    pub free_bytes: u64,
    /// The size of the memory map, in bytes.
    pub map_bytes: u64,
    /// How many places in the table of readers are or were in use since it was made, of all processes, this one included.
    pub readers: u32,
    /// Each database.
    pub databases: Vec<DatabaseStats>,
}

/// What a database of a store holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct DatabaseStats {
    /// Its name.
    pub name: &'static str,
    /// How many entries it has.
    pub entries: u64,
    /// The pages that it takes, in bytes.
    pub bytes: u64,
}

/// How many entries are done between two reports of progress: a few milliseconds.
const STEP_ENTRIES: u64 = 4096;

/// Counts entries, and reports now and then.
pub(crate) struct Meter<'a> {
    report: &'a mut dyn FnMut(Progress),
    progress: Progress,
}

impl<'a> Meter<'a> {
    pub(crate) fn new(what: &'static str, total: u64, report: &'a mut dyn FnMut(Progress)) -> Self {
        let progress = Progress { what, done: 0, total };
        report(progress);
        Self { report, progress }
    }

    /// Begins the next part of the work.
    pub(crate) fn begin(&mut self, what: &'static str) {
        self.progress.what = what;
        (self.report)(self.progress);
    }

    /// Counts one entry.
    pub(crate) fn count(&mut self) {
        self.progress.done += 1;
        if self.progress.done.is_multiple_of(STEP_ENTRIES) {
            (self.report)(self.progress);
        }
    }

    pub(crate) fn done(&self) -> u64 {
        self.progress.done
    }
}

impl Drop for Meter<'_> {
    fn drop(&mut self) {
        (self.report)(self.progress);
    }
}
