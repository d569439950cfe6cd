//! Writes wait in memory for their turn to go to the tables: every snapshot goes on seeing its own state meanwhile, in this
//! process and in others, and after opening the store again.

mod common;

use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;
use std::path::Path;

use common::{Writes, commit};
use govm_core::{Address, ObjectId, Snapshot, StateArchive, StateKey, StateStore, StateView, value_digest};
use govm_state::{LmdbStore, LmdbView, OpenOptions};

type Model = BTreeMap<StateKey, Vec<u8>>;

const KEYS: u64 = 1_500;
const BLOCKS: u64 = 120;

/// A number that looks random and is the same in every run.
fn mixed(number: u64) -> u64 {
    u64::from_le_bytes(value_digest(&number.to_le_bytes()).as_bytes()[..8].try_into().unwrap())
}

fn key(number: u64) -> StateKey {
    let digest = value_digest(&(number % KEYS).to_le_bytes());
    StateKey::Account(Address::from_slice(&digest.as_bytes()[..20]).unwrap())
}

/// Up to 400 writes: some of them of one key twice in a row of blocks, a quarter deletions.
fn writes(block: u64) -> Writes {
    let count = mixed(block) % 400;
    let write = |n| {
        let random = mixed(block << 32 | n);
        let record = govm_core::Account { balance: random, nonce: block, deployments: 0 };
        (key(random), (random >> 60 >= 4).then(|| borsh::to_vec(&record).unwrap()))
    };
    let writes: BTreeMap<_, _> = (0..count).map(write).collect();
    writes.into_iter().collect()
}

fn open(path: &Path) -> LmdbStore {
    LmdbStore::open(path, &OpenOptions::read_write().history(8)).unwrap()
}

/// Compares some answers of a snapshot with those of a plain map.
fn compare(snapshot: &Snapshot<LmdbView>, model: &Model, seed: u64) {
    for n in 0..60 {
        let key = key(mixed(seed << 20 | n));
        assert_eq!(snapshot.state.get(&key).unwrap(), model.get(&key).cloned(), "{key:?} at {}", snapshot.height());
        for bound in [Bound::Included(&key), Bound::Excluded(&key)] {
            assert_eq!(snapshot.state.first(bound).unwrap(), StateView::first(model, bound).unwrap(), "{bound:?}");
        }
    }
}

#[test]
fn snapshots_see_their_own_state_while_writes_go_to_the_tables() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = open(directory.path());
    let mut model = Model::new();
    let mut held: VecDeque<(Snapshot<LmdbView>, Model)> = VecDeque::new();
    for block in 1..=BLOCKS {
        let writes = writes(block);
        for (key, value) in writes.clone() {
            match value {
                Some(value) => drop(model.insert(key, value)),
                None => drop(model.remove(&key)),
            }
        }
        commit(&store, writes).unwrap();
        for (snapshot, model) in &held {
            compare(snapshot, model, block);
        }
        // Some snapshots live for one block, some for many.
        held.push_back((store.snapshot().unwrap(), model.clone()));
        let newest = held.back().unwrap();
        compare(&newest.0, &newest.1, block);
        while held.len() as u64 > mixed(block) % 12 {
            held.pop_front();
        }
        if block % 40 == 17 {
            // What was held, and what was not, is the same after the store was opened again.
            held.clear();
            drop(store);
            store = open(directory.path());
        }
        if block % 30 == 0 {
            let report = store.check(&mut |_| {}).unwrap();
            assert!(report.is_clean(), "{:?}", report.differences);
        }
    }
    assert_eq!(govm_core::conformance::entries(&store.snapshot().unwrap().state), model);
    for back in 0..8 {
        let height = BLOCKS - back;
        let root = store.header(height).unwrap().unwrap().state_root;
        assert_eq!(store.prove(&key(mixed(back)), height).unwrap().verify(&root), Ok(()));
    }
}

#[test]
fn a_block_that_cannot_be_written_leaves_nothing_in_memory() {
    let directory = tempfile::tempdir().unwrap();
    let store = LmdbStore::open(directory.path(), &OpenOptions::read_write().map_bytes(1 << 20).max_map_bytes(1 << 20))
        .unwrap();
    for block in 1..=3 {
        commit(&store, writes(block)).unwrap();
    }
    let before = store.snapshot().unwrap();
    let large = |n: u64| (StateKey::Field(ObjectId::ZERO, format!("{n:06}").into()), Some(vec![7; 1000]));
    commit(&store, (0..2_000).map(large).collect()).unwrap_err();
    let after = store.snapshot().unwrap();
    let entries = |snapshot: &Snapshot<LmdbView>| govm_core::conformance::entries(&snapshot.state);
    assert_eq!((after.height(), entries(&after)), (3, entries(&before)));
    commit(&store, (0..20).map(large).collect()).unwrap();
    assert_eq!(entries(&store.snapshot().unwrap()).len(), entries(&before).len() + 20);
}
