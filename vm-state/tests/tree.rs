//! The durable store writes its state tree in parts, over many blocks: its roots and proofs are those of the store in memory
//! all the same, and whoever opens it at any moment reads the same tree.

mod common;

use common::{Writes, put};
use govm_core::{Address, BlockDraft, StateArchive, StateKey, StateStore, StateView, value_digest};
use govm_state::{LmdbStore, MemoryStore, OpenOptions};

fn account(number: u64) -> StateKey {
    let mut bytes = [0; 20];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    StateKey::Account(Address::from_bytes(bytes))
}

/// A number that looks random and is the same in every run.
fn mixed(number: u64) -> u64 {
    u64::from_le_bytes(value_digest(&number.to_le_bytes()).as_bytes()[..8].try_into().unwrap())
}

/// Writes of a block: changes, creations and deletions of the first `accounts` accounts.
fn writes(height: u64, accounts: u64, count: u64) -> Writes {
    let write = |n| {
        let random = mixed(height << 32 | n);
        let key = account(random % accounts);
        if random >> 60 < 4 { (key, None) } else { put(key, &random.to_le_bytes()) }
    };
    let mut writes: Writes = (0..count).map(write).collect();
    writes.sort_by(|a, b| a.0.cmp(&b.0));
    writes.dedup_by(|a, b| a.0 == b.0);
    writes
}

fn append<S: StateStore>(store: &S, writes: Writes) -> govm_core::BlockHeader {
    let draft = BlockDraft::on(store.snapshot().unwrap().head.as_ref());
    store.append(BlockDraft { writes, ..draft }).unwrap()
}

#[test]
fn a_tree_that_is_written_in_parts_is_the_same_tree_at_every_block() {
    let directory = tempfile::tempdir().unwrap();
    let open = || LmdbStore::open(directory.path(), &OpenOptions::read_write().history(8)).unwrap();
    let (mut store, memory) = (Some(open()), MemoryStore::new());
    // Enough leaves for nodes at two levels and for parts; then few, so that the tree grows together; then many again.
    let plan = [(1, 30_000, 20_000), (170, 30_000, 130), (3, 400, 400), (1, 30_000, 29_000), (70, 30_000, 90)];
    let mut height = 0;
    for (blocks, accounts, count) in plan {
        for _ in 0..blocks {
            height += 1;
            let writes = writes(height, accounts, count);
            let lmdb = store.as_ref().unwrap();
            assert_eq!(append(lmdb, writes.clone()), append(&memory, writes), "block {height}");
            if mixed(height).is_multiple_of(23) {
                // Whoever opens it reads back what is pending, and refuses what does not lead to the newest root.
                drop(store.take());
                store = Some(open());
            }
            if mixed(height).is_multiple_of(11) {
                let lmdb = store.as_ref().unwrap();
                for (key, at) in [(account(7), height), (account(mixed(height) % accounts), height - height.min(3))] {
                    let proof = lmdb.prove(&key, at).unwrap();
                    assert_eq!(proof, memory.prove(&key, at).unwrap(), "{key:?} at {at}");
                }
            }
        }
    }
}

#[test]
fn deleting_everything_leads_back_to_the_empty_root() {
    let directory = tempfile::tempdir().unwrap();
    let store = LmdbStore::open(directory.path(), &OpenOptions::read_write()).unwrap();
    append(&store, (0..5_000).map(|number| put(account(number), b"x")).collect());
    append(&store, writes(2, 5_000, 300));
    let header = append(&store, (0..5_000).map(|number| (account(number), None)).collect());
    assert_eq!(header.state_root, govm_core::EMPTY_ROOT);
}

#[test]
fn states_outside_the_window_are_refused_and_those_inside_stay_readable() {
    let directory = tempfile::tempdir().unwrap();
    let open = |window| LmdbStore::open(directory.path(), &OpenOptions::read_write().history(window)).unwrap();
    let store = open(4);
    for height in 1..=10u64 {
        append(&store, vec![put(account(1), &height.to_be_bytes())]);
    }
    let value = |store: &LmdbStore, height| {
        let snapshot = store.snapshot_at(height).map_err(|fault| fault.to_string())?;
        Ok::<_, String>(snapshot.state.get(&account(1)).unwrap().unwrap())
    };
    assert_eq!(store.oldest_state().unwrap(), 6);
    for height in 6..=10u64 {
        assert_eq!(value(&store, height).unwrap(), height.to_be_bytes());
    }
    let refused = |height| format!("the state as of height {height} is not kept: the store has 6 to 10");
    assert_eq!(value(&store, 5).unwrap_err(), refused(5));
    assert_eq!(value(&store, 11).unwrap_err(), refused(11));
    assert_eq!(store.prove(&account(1), 5).unwrap_err().to_string(), refused(5));

    // A window that was closed and opened again begins anew: what was not remembered does not come back.
    drop(store);
    append(&open(0), vec![put(account(1), b"unremembered")]);
    let store = open(100);
    assert_eq!(store.oldest_state().unwrap(), 11);
    append(&store, vec![put(account(1), b"twelve")]);
    assert_eq!(value(&store, 11).unwrap(), b"unremembered");
    assert_eq!(store.oldest_state().unwrap(), 11);
    // Blocks, receipts and events are there for ever.
    assert_eq!(store.header(1).unwrap().unwrap().height, 1);
}
