//! Blocks for tests.

#![allow(dead_code, reason = "each test binary uses its part of this module")]

pub(crate) mod forged;
pub(crate) mod populated;

use std::path::Path;

pub(crate) use govm_core::conformance::entries_from as entries;
use govm_core::{Address, BlockDraft, BlockHeader, HostFault, StateKey, StateStore};

pub(crate) type Writes = Vec<(StateKey, Option<Vec<u8>>)>;

pub(crate) fn account(byte: u8) -> StateKey {
    StateKey::Account(Address::from_bytes([byte; 20]))
}

pub(crate) fn put(key: StateKey, value: &[u8]) -> (StateKey, Option<Vec<u8>>) {
    (key, Some(value.to_vec()))
}

/// Commits writes as the next block of a store.
pub(crate) fn commit<S: StateStore>(store: &S, writes: Writes) -> Result<BlockHeader, HostFault> {
    let head = store.snapshot()?.head;
    store.append(BlockDraft { writes, ..BlockDraft::on(head.as_ref()) })
}

/// A value as it is stored, with the right checksum: what no disk writes but a bug or a forger might.
pub(crate) fn sealed(database: &str, key: &[u8], value: &[u8]) -> Vec<u8> {
    let seal = crc32fast::hash(&[database.as_bytes(), key, value].concat());
    [value, &seal.to_le_bytes()].concat()
}

/// Changes a store behind the library's back.
pub(crate) fn tamper(path: &Path, database: &str, key: &[u8], value: &[u8]) {
    change(path, database, key, Some(value));
}

/// Deletes an entry behind the library's back.
pub(crate) fn erase(path: &Path, database: &str, key: &[u8]) {
    change(path, database, key, None);
}

/// The first key of a database.
#[allow(unsafe_code, reason = "as below")]
pub(crate) fn first_key(path: &Path, database: &str) -> Vec<u8> {
    use heed::types::Bytes;
    // SAFETY: as below.
    let env = unsafe { heed::EnvOpenOptions::new().max_dbs(20).open(path) }.unwrap();
    let txn = env.read_txn().unwrap();
    let found = env.open_databases_and_commit(txn, |opener, txn| {
        let database = opener.open_database::<Bytes, Bytes>(txn, Some(database))?.expect("there is such a database");
        let key = database.first(txn)?.map(|(key, _)| key.to_vec());
        Ok::<_, heed::Error>(heed::CommitOrAbort::<(), _>::Abort(key))
    });
    match found.unwrap() {
        heed::CommitOrAbort::Abort(key) => key.expect("it has an entry"),
        heed::CommitOrAbort::Commit(()) => unreachable!("nothing is kept"),
    }
}

#[allow(unsafe_code, reason = "the tests need a store that no version of this crate writes")]
fn change(path: &Path, database: &str, key: &[u8], value: Option<&[u8]>) {
    use heed::types::Bytes;
    // SAFETY: no store is open at the path, and the files are a test's own.
    let env = unsafe { heed::EnvOpenOptions::new().max_dbs(20).open(path) }.unwrap();
    // Twice, so that the snapshot before the newest, which opening compares it with, has the change too.
    for again in [false, true] {
        let txn = env.write_txn().unwrap();
        let done = env.create_databases_and_commit(txn, |opener, txn| {
            let database = opener.create_database::<Bytes, Bytes>(txn, Some(database))?;
            match value {
                Some(value) => database.put(txn, key, value)?,
                None => {
                    if again {
                        database.put(txn, key, &[])?;
                    }
                    assert!(database.delete(txn, key)?, "there is no such entry to delete");
                }
            }
            Ok::<_, heed::Error>(heed::CommitOrAbort::<_, ()>::Commit(()))
        });
        assert!(done.unwrap().commit().is_some());
    }
}
