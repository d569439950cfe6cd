//! What every store must do, done by both.

use govm_core::{Address, Hash, ObjectId, StateKey, Write, conformance};
use govm_state::{LmdbStore, MemoryStore, OpenOptions};
use proptest::prelude::*;

#[test]
fn memory_conforms() {
    conformance::run(MemoryStore::new);
}

#[test]
fn lmdb_conforms() {
    let mut directories = Vec::new();
    conformance::run(|| {
        directories.push(tempfile::tempdir().unwrap());
        open(directories.last().unwrap())
    });
}

fn open(directory: &tempfile::TempDir) -> LmdbStore {
    LmdbStore::open(directory.path(), &OpenOptions::read_write()).unwrap()
}

/// Few different identifiers, so that keys meet.
fn id() -> impl Strategy<Value = u8> {
    prop_oneof![Just(0), Just(1), Just(2), Just(0xff)]
}

fn key() -> impl Strategy<Value = StateKey> {
    let address = || id().prop_map(|byte| Address::from_bytes([byte; 20]));
    let object = || id().prop_map(|byte| ObjectId::from_bytes([byte; 32]));
    let name = prop_oneof!["", "[ab]{0,3}", "\\PC{0,8}", "z{128}"];
    prop_oneof![
        address().prop_map(StateKey::Account),
        address().prop_map(StateKey::Contract),
        id().prop_map(|byte| StateKey::Code(Hash::from_bytes([byte; 32]))),
        object().prop_map(StateKey::Object),
        (object(), name).prop_map(|(object, name)| StateKey::Field(object, name.into())),
        (address(), address(), object()).prop_map(|(owner, contract, object)| StateKey::Owned {
            owner,
            contract,
            object
        }),
        (address(), object()).prop_map(|(contract, object)| StateKey::Created { contract, object }),
    ]
}

fn writes() -> impl Strategy<Value = Vec<Write>> {
    let value = prop::option::of(prop::collection::vec(any::<u8>(), 0..6000));
    prop::collection::btree_map(key(), value, 0..12).prop_map(|writes| writes.into_iter().collect())
}

proptest! {
    // An LMDB case creates a database and syncs each block to the disk.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn both_stores_and_a_plain_map_agree(
        blocks in prop::collection::vec(writes(), 0..6),
        probes in prop::collection::vec(key(), 0..24),
    ) {
        conformance::agrees_with_a_map(&MemoryStore::new(), &blocks, &probes);
        let directory = tempfile::tempdir().unwrap();
        conformance::agrees_with_a_map(&open(&directory), &blocks, &probes);
    }
}
