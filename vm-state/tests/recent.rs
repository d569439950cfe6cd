//! Writes wait in memory for their turn to go to the tables: every snapshot goes on seeing its own state meanwhile, in this
//! process and in others, and after opening the store again.

mod common;

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Write};
use std::ops::Bound;
use std::path::Path;
use std::process::{Command, Stdio};

use common::{Writes, commit};
use govm_core::{Address, BlockDraft, ObjectId, Snapshot, StateArchive, StateKey, StateStore, StateView, value_digest};
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

/// A digest of all entries.
fn digest(entries: &Model) -> String {
    value_digest(format!("{entries:?}").as_bytes()).to_string()
}

/// Makes a block's writes in a plain map.
fn apply(model: &mut Model, writes: Writes) {
    for (key, value) in writes {
        match value {
            Some(value) => drop(model.insert(key, value)),
            None => drop(model.remove(&key)),
        }
    }
}

fn open(path: &Path) -> LmdbStore {
    LmdbStore::open(path, &OpenOptions::read_write().history(8).pending_writes(500)).unwrap()
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
        apply(&mut model, writes.clone());
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

/// A store of three blocks that may grow to a mebibyte.
fn small(path: &Path) -> LmdbStore {
    let store = LmdbStore::open(path, &OpenOptions::read_write().map_bytes(1 << 20).max_map_bytes(1 << 20)).unwrap();
    for block in 1..=3 {
        commit(&store, writes(block)).unwrap();
    }
    store
}

/// So many writes of a thousand bytes: 2,000 are too many for a small store.
fn large(count: u64) -> Writes {
    let write = |n| (StateKey::Field(ObjectId::ZERO, format!("{n:06}").into()), Some(vec![7; 1000]));
    (0..count).map(write).collect()
}

#[test]
fn a_block_that_cannot_be_written_leaves_nothing_in_memory() {
    let directory = tempfile::tempdir().unwrap();
    let store = small(directory.path());
    let before = store.snapshot().unwrap();
    commit(&store, large(2_000)).unwrap_err();
    let after = store.snapshot().unwrap();
    let entries = |snapshot: &Snapshot<LmdbView>| govm_core::conformance::entries(&snapshot.state);
    assert_eq!((after.height(), entries(&after)), (3, entries(&before)));
    commit(&store, large(20)).unwrap();
    assert_eq!(entries(&store.snapshot().unwrap()).len(), entries(&before).len() + 20);
}

/// What a block makes of the tree is worked out on what is in memory, which a failed commit of another block drops.
#[test]
fn a_block_that_was_prepared_before_another_one_failed_is_committed() {
    let directory = tempfile::tempdir().unwrap();
    let store = small(directory.path());
    let head = store.snapshot().unwrap().head;
    let prepared = store.prepare(&writes(4)).unwrap();
    commit(&store, large(2_000)).unwrap_err();
    let block = BlockDraft { writes: writes(4), ..BlockDraft::on(head.as_ref()) }.seal(prepared.state_root);
    store.commit(&block, prepared.update).unwrap();
    commit(&store, writes(5)).unwrap();
    let report = store.check(&mut |_| {}).unwrap();
    assert!(report.is_clean(), "{:?}", report.differences);
}

const PATH: &str = "GOVM_STATE_TEST_READER_PATH";

/// A process that only reads learns of the writes that no table has from their rows: of the next block, of many blocks, and of so
/// many that the rows of those it knows are gone.
#[test]
fn another_process_sees_the_same_state() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    commit(&store, writes(1)).unwrap();
    let mut model = Model::new();
    apply(&mut model, writes(1));
    let mut reader = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "tell_what_is_there", "--ignored", "--nocapture"])
        .env(PATH, directory.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut asks = reader.stdin.take().unwrap();
    let said = BufReader::new(reader.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut said = said.filter_map(|line| line.split_once("reader: ").map(|(_, said)| said.to_owned()));
    for block in 2..=BLOCKS {
        commit(&store, writes(block)).unwrap();
        apply(&mut model, writes(block));
        // Each block, then one of seven, then one of fifty.
        if block < 20 || block < 70 && block % 7 == 0 || block % 50 == 0 || block == BLOCKS {
            asks.write_all(b"look\n").unwrap();
            assert_eq!(said.next().unwrap(), format!("{block} {}", digest(&model)));
        }
    }
    drop(asks);
    assert!(reader.wait().unwrap().success());
}

#[test]
#[ignore = "the process that reads"]
#[allow(clippy::print_stdout, reason = "how it tells what it sees")]
fn tell_what_is_there() {
    // Somebody who runs the ignored tests too asks for nothing.
    let Some(path) = std::env::var_os(PATH) else { return };
    let store = LmdbStore::open(path, &OpenOptions::read_only()).unwrap();
    for _ in std::io::stdin().lines() {
        let snapshot = store.snapshot().unwrap();
        println!("reader: {} {}", snapshot.height(), digest(&govm_core::conformance::entries(&snapshot.state)));
    }
}
