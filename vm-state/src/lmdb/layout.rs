//! What is in the environment: the named databases, opened as they are or created. `docs/state.md` has their keys and values.

use borsh::BorshDeserialize;
use govm_core::{HostFault, Table};
use heed::types::Bytes;
use heed::{CommitOrAbort, Database, Env, RoTxn, WithoutTls};

use super::sealed::Sealed;

/// The version of the layout that this code writes, and the only one that it reads.
pub(super) const FORMAT: u32 = 4;

const TABLES: usize = Table::ALL.len();

/// The databases beside the tables of the state, in the order of [`Databases`].
const OTHERS: [&str; 9] = ["blocks", "heights", "receipts", "events", "history", "leaves", "nodes", "pending", "meta"];

/// How many databases there are.
pub(super) const COUNT: usize = TABLES + OTHERS.len();

pub(super) const FORMAT_KEY: &[u8] = b"format";
const FORMAT_PREFIX: &[u8] = b"govm-state";

type Db<'e> = Database<'e, Bytes, Bytes>;

/// The databases of an environment.
#[derive(Debug)]
pub(super) struct Databases {
    tables: [Sealed; TABLES],
    /// Height -> header.
    pub(super) blocks: Sealed,
    /// Hash of a block -> its height.
    pub(super) heights: Sealed,
    /// Height and index of the first call -> receipts.
    pub(super) receipts: Sealed,
    /// Contract, name and height of a block with such an event -> nothing.
    pub(super) events: Sealed,
    /// Height, table and first key -> what keys held before the block.
    pub(super) history: Sealed,
    /// Path -> digest of the value: the state tree's leaves.
    pub(super) leaves: Sealed,
    /// Prefix -> the state tree's node there.
    pub(super) nodes: Sealed,
    /// Height -> the changes of the tree that `leaves` and `nodes` do not have yet.
    pub(super) pending: Sealed,
    /// A few single facts, by name.
    pub(super) meta: Sealed,
}

/// What opening the databases found.
#[derive(Debug)]
pub(super) enum Found {
    /// All of them, with a layout that this code reads.
    Databases(Box<Databases>),
    /// An environment without any database.
    Nothing,
    /// Databases of something else; here is what gave it away.
    SomethingElse(String),
    /// A layout of another version.
    Other(u32),
}

fn names() -> [&'static str; COUNT] {
    let mut names = [""; COUNT];
    for (name, table) in names.iter_mut().zip(Table::ALL) {
        *name = table.name();
    }
    names[TABLES..].copy_from_slice(&OTHERS);
    names
}

/// Opens the databases as they are.
pub(super) fn open(env: &Env<WithoutTls>) -> Result<Found, heed::Error> {
    let txn = env.read_txn()?;
    let opened = env.open_databases_and_commit(txn, |opener, txn| {
        if env.unnamed_database_stat().entries == 0 {
            return Ok(CommitOrAbort::Abort(Found::Nothing));
        }
        // The stamp first: another version may have other databases.
        let Some(meta) = opener.open_database::<Bytes, Bytes>(txn, Some(OTHERS[OTHERS.len() - 1]))? else {
            return Ok(CommitOrAbort::Abort(Found::SomethingElse("its data has no database \"meta\"".to_owned())));
        };
        if let Some(found) = check_format(&meta, txn)? {
            return Ok(CommitOrAbort::Abort(found));
        }
        let mut databases = Vec::with_capacity(COUNT);
        for name in names() {
            let Some(database) = opener.open_database::<Bytes, Bytes>(txn, Some(name))? else {
                let reason = format!("its data has no database {name:?}");
                return Ok(CommitOrAbort::Abort(Found::SomethingElse(reason)));
            };
            databases.push(database);
        }
        Ok::<_, heed::Error>(CommitOrAbort::Commit(all(databases)))
    })?;
    Ok(match opened {
        CommitOrAbort::Commit(databases) => Found::Databases(Box::new(Databases::new(databases))),
        CommitOrAbort::Abort(found) => found,
    })
}

/// Creates the databases in an empty environment, all or none.
pub(super) fn create(env: &Env<WithoutTls>) -> Result<Databases, heed::Error> {
    let txn = env.write_txn()?;
    let created = env.create_databases_and_commit(txn, |opener, txn| {
        let mut databases = Vec::with_capacity(COUNT);
        for name in names() {
            databases.push(opener.create_database::<Bytes, Bytes>(txn, Some(name))?);
        }
        let databases = all(databases);
        databases[COUNT - 1].put(txn, FORMAT_KEY, &[FORMAT_PREFIX, &FORMAT.to_be_bytes()].concat())?;
        Ok::<_, heed::Error>(CommitOrAbort::<_, std::convert::Infallible>::Commit(databases))
    })?;
    match created {
        CommitOrAbort::Commit(databases) => Ok(Databases::new(databases)),
        CommitOrAbort::Abort(never) => match never {},
    }
}

fn all(databases: Vec<Db<'_>>) -> [Db<'_>; COUNT] {
    databases.try_into().expect("one database was opened for each name")
}

/// The stamp carries no checksum, so that every version can read it.
fn check_format(meta: &Db<'_>, txn: &RoTxn<'_, WithoutTls>) -> Result<Option<Found>, heed::Error> {
    let stamp = meta.get(txn, FORMAT_KEY)?;
    let version = stamp.and_then(|stamp| stamp.strip_prefix(FORMAT_PREFIX)).and_then(|rest| rest.try_into().ok());
    Ok(match version.map(u32::from_be_bytes) {
        Some(FORMAT) => None,
        Some(version) if version > 0 => Some(Found::Other(version)),
        _ => Some(Found::SomethingElse("its data has no valid format stamp".to_owned())),
    })
}

impl Databases {
    fn new(databases: [Db<'static>; COUNT]) -> Self {
        let mut sealed = names().into_iter().zip(databases).map(|(name, database)| Sealed::new(name, database));
        let mut next = || sealed.next().expect("there are as many databases as names");
        Self {
            tables: std::array::from_fn(|_| next()),
            blocks: next(),
            heights: next(),
            receipts: next(),
            events: next(),
            history: next(),
            leaves: next(),
            nodes: next(),
            pending: next(),
            meta: next(),
        }
    }

    /// Every database, the tables of the state first.
    pub(super) fn all(&self) -> impl Iterator<Item = &Sealed> {
        let Self { tables, blocks, heights, receipts, events, history, leaves, nodes, pending, meta } = self;
        tables.iter().chain([blocks, heights, receipts, events, history, leaves, nodes, pending, meta])
    }

    pub(super) fn table(&self, table: Table) -> &Sealed {
        // The tables are numbered in the order of `Table::ALL`; a test below holds that.
        &self.tables[table as usize]
    }
}

/// Why something could not be read: the library or the bytes.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failed {
    #[error(transparent)]
    Lmdb(#[from] heed::Error),
    #[error(transparent)]
    Host(#[from] HostFault),
}

pub(super) fn corrupt(what: String) -> Failed {
    Failed::Host(HostFault::Corrupt { what })
}

pub(super) fn encode<T: borsh::BorshSerialize>(record: &T) -> Vec<u8> {
    borsh::to_vec(record).expect("writing to memory does not fail")
}

pub(super) fn decode<T: BorshDeserialize>(bytes: &[u8], what: impl Fn() -> String) -> Result<T, Failed> {
    borsh::from_slice(bytes).map_err(|error| corrupt(format!("{}: {error}", what())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_numbered_by_its_place() {
        for (place, table) in Table::ALL.into_iter().enumerate() {
            assert_eq!(table as usize, place, "{}", table.name());
        }
    }

    #[test]
    fn every_database_has_a_name_of_its_own() {
        let mut names = names();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] < pair[1]) && !names[0].is_empty(), "{names:?}");
    }
}
