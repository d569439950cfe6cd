//! What is in the environment: the named databases, their keys and values.
//!
//! | database | key | value |
//! | --- | --- | --- |
//! | one per [`Table`], by its name | [`StateKey::to_bytes`](govm_core::StateKey::to_bytes) | the entry's bytes |
//! | `blocks` | height, u64 | Borsh of the header |
//! | `receipts` | height, u64; index in the block, u32 | Borsh of the receipt |
//! | `meta` | `format` | `govm-state`; version of this layout, u32 |
//! | `meta` | `head` | height of the newest block, u64; no entry before the first |
//!
//! Numbers in keys and in `meta` are big-endian, so that LMDB's order of bytes is that of the numbers. Keys are far below
//! LMDB's bound of 511 bytes.

use borsh::BorshDeserialize;
use govm_core::{BlockHeader, HostFault, Receipt, Table};
use heed::types::Bytes;
use heed::{CommitOrAbort, Database, Env, RoTxn, RwTxn, WithoutTls};

/// The version of the layout that this code writes, and the newest that it reads.
pub(super) const FORMAT: u32 = 1;

const TABLES: usize = Table::ALL.len();
const BLOCKS: usize = TABLES;
const RECEIPTS: usize = TABLES + 1;
const META: usize = TABLES + 2;
/// How many databases there are.
pub(super) const COUNT: usize = TABLES + 3;

const FORMAT_KEY: &[u8] = b"format";
const FORMAT_PREFIX: &[u8] = b"govm-state";
const HEAD_KEY: &[u8] = b"head";

type Db<'e> = Database<'e, Bytes, Bytes>;

/// The databases of an environment.
#[derive(Debug)]
pub(super) struct Databases([Db<'static>; COUNT]);

/// What opening the databases found.
#[derive(Debug)]
pub(super) enum Found {
    /// All of them, with a layout that this code reads.
    Databases(Databases),
    /// An environment without any database.
    Nothing,
    /// Databases of something else; here is what gave it away.
    SomethingElse(String),
    /// A layout of a later version.
    Newer(u32),
}

fn names() -> [&'static str; COUNT] {
    let mut names = [""; COUNT];
    for (name, table) in names.iter_mut().zip(Table::ALL) {
        *name = table.name();
    }
    names[BLOCKS] = "blocks";
    names[RECEIPTS] = "receipts";
    names[META] = "meta";
    names
}

/// Opens the databases as they are.
pub(super) fn open(env: &Env<WithoutTls>) -> Result<Found, heed::Error> {
    let txn = env.read_txn()?;
    let opened = env.open_databases_and_commit(txn, |opener, txn| {
        let mut databases = Vec::with_capacity(COUNT);
        for name in names() {
            match opener.open_database::<Bytes, Bytes>(txn, Some(name))? {
                Some(database) => databases.push(database),
                None if env.unnamed_database_stat().entries == 0 => return Ok(CommitOrAbort::Abort(Found::Nothing)),
                None => {
                    let reason = format!("its data has no database {name:?}");
                    return Ok(CommitOrAbort::Abort(Found::SomethingElse(reason)));
                }
            }
        }
        let databases = all(databases);
        Ok::<_, heed::Error>(match check_format(&databases, txn)? {
            None => CommitOrAbort::Commit(databases),
            Some(found) => CommitOrAbort::Abort(found),
        })
    })?;
    Ok(match opened {
        CommitOrAbort::Commit(databases) => Found::Databases(Databases(databases)),
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
        databases[META].put(txn, FORMAT_KEY, &[FORMAT_PREFIX, &FORMAT.to_be_bytes()].concat())?;
        Ok::<_, heed::Error>(CommitOrAbort::<_, std::convert::Infallible>::Commit(databases))
    })?;
    match created {
        CommitOrAbort::Commit(databases) => Ok(Databases(databases)),
        CommitOrAbort::Abort(never) => match never {},
    }
}

fn all(databases: Vec<Db<'_>>) -> [Db<'_>; COUNT] {
    databases.try_into().expect("one database was opened for each name")
}

fn check_format(databases: &[Db<'_>; COUNT], txn: &RoTxn<'_, WithoutTls>) -> Result<Option<Found>, heed::Error> {
    let stamp = databases[META].get(txn, FORMAT_KEY)?;
    let version = stamp.and_then(|stamp| stamp.strip_prefix(FORMAT_PREFIX)).and_then(|rest| rest.try_into().ok());
    Ok(match version.map(u32::from_be_bytes) {
        Some(FORMAT) => None,
        Some(version) if version > FORMAT => Some(Found::Newer(version)),
        _ => Some(Found::SomethingElse("its data has no valid format stamp".to_owned())),
    })
}

impl Databases {
    pub(super) fn table(&self, table: Table) -> &Db<'static> {
        // The tables are numbered in the order of `Table::ALL`; a test below holds that.
        &self.0[table as usize]
    }

    /// The header of the newest block.
    pub(super) fn head(&self, txn: &RoTxn<'_, WithoutTls>) -> Result<Option<BlockHeader>, Failed> {
        let Some(height) = self.0[META].get(txn, HEAD_KEY)? else { return Ok(None) };
        let Ok(height) = height.try_into().map(u64::from_be_bytes) else {
            return Err(corrupt("the height of the newest block has another length".to_owned()));
        };
        match self.header(txn, height)? {
            Some(header) => Ok(Some(header)),
            None => Err(corrupt(format!("the newest block, of height {height}, is missing"))),
        }
    }

    pub(super) fn header(&self, txn: &RoTxn<'_, WithoutTls>, height: u64) -> Result<Option<BlockHeader>, Failed> {
        let Some(bytes) = self.0[BLOCKS].get(txn, &height.to_be_bytes())? else { return Ok(None) };
        let header: BlockHeader = decode(bytes, || format!("block {height}"))?;
        if header.height != height {
            return Err(corrupt(format!("block {height} says that its height is {}", header.height)));
        }
        Ok(Some(header))
    }

    pub(super) fn receipts(&self, txn: &RoTxn<'_, WithoutTls>, height: u64) -> Result<Vec<Receipt>, Failed> {
        let mut receipts = Vec::new();
        for entry in self.0[RECEIPTS].prefix_iter(txn, &height.to_be_bytes())? {
            let (key, bytes) = entry?;
            if key != receipt_key(height, index(receipts.len())) {
                return Err(corrupt(format!("receipt {} of block {height} is missing", receipts.len())));
            }
            receipts.push(decode(bytes, || format!("receipt {} of block {height}", receipts.len()))?);
        }
        Ok(receipts)
    }

    /// Writes a block's header and receipts and makes it the head.
    pub(super) fn put_block(
        &self,
        txn: &mut RwTxn<'_>,
        header: &BlockHeader,
        receipts: &[Receipt],
    ) -> Result<(), heed::Error> {
        let height = header.height.to_be_bytes();
        self.0[BLOCKS].put(txn, &height, &encode(header))?;
        for (at, receipt) in receipts.iter().enumerate() {
            self.0[RECEIPTS].put(txn, &receipt_key(header.height, index(at)), &encode(receipt))?;
        }
        self.0[META].put(txn, HEAD_KEY, &height)
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

fn receipt_key(height: u64, index: u32) -> [u8; 12] {
    let mut key = [0; 12];
    key[..8].copy_from_slice(&height.to_be_bytes());
    key[8..].copy_from_slice(&index.to_be_bytes());
    key
}

fn index(at: usize) -> u32 {
    u32::try_from(at).expect("a block has fewer than 2^32 calls: its receipts were all in memory")
}

fn encode<T: borsh::BorshSerialize>(record: &T) -> Vec<u8> {
    borsh::to_vec(record).expect("writing to memory does not fail")
}

fn decode<T: BorshDeserialize>(bytes: &[u8], what: impl Fn() -> String) -> Result<T, Failed> {
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
