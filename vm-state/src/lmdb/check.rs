//! Reading everything, and comparing what depends on each other. Nothing here trusts what it reads: each difference becomes a
//! sentence of the report, and the reading goes on behind it.

mod blocks;
mod past;
mod state;
mod tree;

use std::collections::BTreeMap;
use std::sync::Arc;

use govm_core::{BlockHeader, HostFault, Table};
use heed::{RoTxn, WithoutTls};

use super::chain::{BASE_KEY, HEAD_KEY, number};
use super::directory::{DATA_FILE, access};
use super::history::OLDEST_KEY;
use super::layout::{Databases, FORMAT_KEY, Failed};
use super::pages::{self, Failure};
use super::rows;
use super::sealed::Sealed;
use super::shared::Shared;
use crate::report::Meter;
use crate::{CheckReport, Progress};

/// How many differences are told; the others are counted.
const MAX_DIFFERENCES: usize = 100;

/// Checks a store in its newest state. Its pages come first: LMDB could not read wrong ones.
pub(super) fn check(shared: &Arc<Shared>, progress: &mut dyn FnMut(Progress)) -> Result<CheckReport, HostFault> {
    let view = &shared.raw_view(None)?;
    match pages::walk(&shared.path().join(DATA_FILE), view.transaction()) {
        Ok(()) => {}
        Err(Failure::Io(error)) => return Err(HostFault::storage(access(shared.path(), error))),
        Err(Failure::Wrong(what)) => {
            return Ok(CheckReport { height: 0, entries: 0, differences: vec![what], found: 1 });
        }
    }
    view.read(|databases, txn| {
        let mut total = 0;
        for database in databases.all() {
            total += database.len(txn)?;
        }
        let meter = Meter::new("checking blocks", total, progress);
        let writes = pending_writes(databases, txn);
        let mut check = Check { databases, txn, writes: &writes, meter, differences: Vec::new(), found: 0 };
        let heights = check.meta();
        let head = check.blocks(&heights);
        check.meter.begin("checking entries");
        let pending = check.pending(head.as_ref());
        let entries = check.state(&pending);
        check.meter.begin("checking the state tree");
        check.tree(&pending, entries, head.as_ref());
        check.meter.begin("checking what was");
        check.past(view, &heights, head.as_ref());
        let entries = check.meter.done();
        let height = head.map_or(0, |head| head.height);
        Ok(CheckReport { height, entries, differences: check.differences, found: check.found })
    })
}

/// A check under way.
struct Check<'t, 'p> {
    databases: &'t Databases,
    txn: &'t RoTxn<'static, WithoutTls>,
    /// What the tables do not have, as far as it can be read.
    writes: &'t Writes,
    meter: Meter<'p>,
    differences: Vec<String>,
    found: u64,
}

/// Entries that the tables do not have, and those that they have no longer.
type Writes = BTreeMap<(Table, Vec<u8>), Option<Vec<u8>>>;

/// Reads what is pending. What cannot be read is told when its database is.
fn pending_writes(databases: &Databases, txn: &RoTxn<'_, WithoutTls>) -> Writes {
    let mut writes = Writes::new();
    for (_, row) in databases.pending.all(txn).into_iter().flatten().flatten() {
        for (table, key, value) in rows::decode(row).into_iter().flatten().filter(|(table, ..)| *table != Table::Code) {
            writes.insert((table, key.to_vec()), value.map(<[u8]>::to_vec));
        }
    }
    writes
}

/// The heights that the store names.
#[derive(Debug, Default)]
struct Heights {
    head: Option<u64>,
    oldest: u64,
    base: Option<u64>,
}

/// What is under a key.
enum Found<'t> {
    Nothing,
    /// An entry whose checksum is wrong: it is told when its database is read.
    Damaged,
    Value(&'t [u8]),
}

impl<'t> Check<'t, '_> {
    fn differs(&mut self, what: impl Into<String>) {
        self.found += 1;
        if self.differences.len() < MAX_DIFFERENCES {
            self.differences.push(what.into());
        }
    }

    fn failed(&mut self, failed: Failed) {
        match failed {
            Failed::Host(HostFault::Corrupt { what }) => self.differs(what),
            failed => self.differs(failed.to_string()),
        }
    }

    /// A result, or nothing after its failure was told.
    fn or_tell<T>(&mut self, result: Result<T, Failed>) -> Option<T> {
        result.map_err(|failed| self.failed(failed)).ok()
    }

    /// Every entry of a database whose checksum is right; the others are told. They are counted as read.
    fn walk(&mut self, database: &'t Sealed, mut each: impl FnMut(&mut Self, &'t [u8], &'t [u8])) {
        let entries = database.all(self.txn);
        let Some(entries) = self.or_tell(entries) else { return };
        for entry in entries {
            self.meter.count();
            match entry {
                Ok((key, value)) => each(self, key, value),
                Err(Failed::Lmdb(error)) => {
                    self.differs(format!("{} cannot be read any further: {error}", database.name()));
                    return;
                }
                Err(failed) => self.failed(failed),
            }
        }
    }

    /// Every entry of a table of the state, with what is pending.
    fn walk_table(&mut self, table: Table, mut each: impl FnMut(&mut Self, &'t [u8], &'t [u8])) {
        let pending = self.writes.range((table, Vec::new())..).take_while(|((of, _), _)| *of == table);
        let mut pending = pending.map(|((_, key), value)| (key.as_slice(), value.as_deref())).peekable();
        self.walk(self.databases.table(table), |check, key, value| {
            while let Some((key, value)) = pending.next_if(|(pending, _)| *pending < key) {
                value.into_iter().for_each(|value| each(check, key, value));
            }
            match pending.next_if(|(pending, _)| *pending == key) {
                Some((key, value)) => value.into_iter().for_each(|value| each(check, key, value)),
                None => each(check, key, value),
            }
        });
        for (key, value) in pending {
            value.into_iter().for_each(|value| each(self, key, value));
        }
    }

    /// What the state has under a key.
    fn find_in(&self, table: Table, key: &[u8]) -> Found<'t> {
        match self.writes.get(&(table, key.to_vec())) {
            Some(Some(value)) => Found::Value(value),
            Some(None) => Found::Nothing,
            None => self.find(self.databases.table(table), key),
        }
    }

    fn find(&self, database: &'t Sealed, key: &[u8]) -> Found<'t> {
        match database.get(self.txn, key) {
            Ok(Some(value)) => Found::Value(value),
            Ok(None) => Found::Nothing,
            Err(_) => Found::Damaged,
        }
    }

    fn is_missing(&self, database: &'t Sealed, key: &[u8]) -> bool {
        matches!(self.find(database, key), Found::Nothing)
    }

    /// The single facts.
    fn meta(&mut self) -> Heights {
        let mut heights = Heights::default();
        let meta = &self.databases.meta;
        let keys = meta.keys(self.txn);
        let Some(keys) = self.or_tell(keys) else { return heights };
        for key in keys {
            self.meter.count();
            let Some(key) = self.or_tell(key) else { return heights };
            // The stamp has no checksum, and was read when the store was opened.
            if key == FORMAT_KEY {
                continue;
            }
            let value = meta.get(self.txn, key);
            let Some(height) = self.or_tell(value).flatten().map(number) else { continue };
            match (key, height) {
                (HEAD_KEY, Some(height)) => heights.head = Some(height),
                (OLDEST_KEY, Some(height)) => heights.oldest = height,
                (BASE_KEY, Some(height)) => heights.base = Some(height),
                _ => self.differs(format!("the entry {} of meta is none that is known", String::from_utf8_lossy(key))),
            }
        }
        for (what, height) in [("oldest state", heights.oldest), ("first block", heights.base.unwrap_or_default())] {
            if height > heights.head.unwrap_or_default() {
                self.differs(format!("the {what} has the height {height}, which is after the newest block"));
            }
        }
        heights
    }
}

/// A block's header, if it can be read.
fn header(bytes: &[u8]) -> Option<BlockHeader> {
    borsh::from_slice(bytes).ok()
}
