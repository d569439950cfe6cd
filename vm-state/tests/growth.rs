//! The map grows by itself, and a block is stored whole or not at all meanwhile.

mod common;

use std::sync::atomic::{AtomicBool, Ordering};

use common::{account, commit, entries, put};
use govm_core::{HostFault, ObjectId, StateArchive, StateKey, StateStore, StateView};
use govm_state::{LmdbStore, OpenOptions, StoreError};

const KIB: usize = 1 << 10;

fn tiny() -> OpenOptions {
    OpenOptions::read_write().map_bytes(256 * KIB)
}

/// Writes of about `kib` KiB, over keys that only `block` uses.
fn large(block: u8, kib: usize) -> common::Writes {
    let object = ObjectId::from_bytes([block; 32]);
    (0..kib).map(|at| put(StateKey::Field(object, format!("{at:06}").into()), &[block; 900])).collect()
}

#[test]
fn blocks_larger_than_the_map_are_kept_whole() {
    let directory = tempfile::tempdir().unwrap();
    let store = LmdbStore::open(directory.path(), &tiny()).unwrap();
    // The second block needs several doublings in one commit.
    let sizes_kib = [100, 8000, 1, 3000];
    for (block, kib) in (1..).zip(sizes_kib) {
        commit(&store, large(block, kib)).unwrap();
    }
    drop(store);

    let store = LmdbStore::open(directory.path(), &tiny()).unwrap();
    let snapshot = store.snapshot().unwrap();
    assert_eq!(snapshot.height(), 4);
    let expected: Vec<_> = (1..)
        .zip(sizes_kib)
        .flat_map(|(block, kib)| large(block, kib))
        .map(|(key, value)| (key, value.unwrap()))
        .collect();
    assert_eq!(entries(&snapshot.state, StateKey::Field(ObjectId::ZERO, "".into())), expected);
}

#[test]
fn a_block_over_the_maximum_is_refused_whole_and_a_smaller_one_fits_afterwards() {
    let directory = tempfile::tempdir().unwrap();
    let store = LmdbStore::open(directory.path(), &tiny().max_map_bytes(1024 * KIB)).unwrap();
    commit(&store, vec![put(account(1), b"kept")]).unwrap();

    let fault = commit(&store, large(2, 2000)).unwrap_err();
    let expected = format!(
        "storage: the block does not fit the state store at {}: its map may not grow over 1048576 bytes; allow more",
        directory.path().display()
    );
    assert_eq!(fault.to_string(), expected);

    let snapshot = store.snapshot().unwrap();
    assert_eq!(snapshot.height(), 1);
    assert_eq!(snapshot.state.get(&account(1)).unwrap(), Some(b"kept".to_vec()));
    assert_eq!(entries(&snapshot.state, StateKey::Field(ObjectId::ZERO, "".into())), []);
    drop(snapshot);
    commit(&store, large(2, 100)).unwrap();
}

#[test]
fn growth_waits_for_snapshots_that_other_threads_have_open() {
    let directory = tempfile::tempdir().unwrap();
    let store = LmdbStore::open(directory.path(), &tiny()).unwrap();
    commit(&store, vec![put(account(1), b"one")]).unwrap();
    let snapshot = store.snapshot().unwrap();
    std::thread::scope(|scope| {
        let committing = scope.spawn(|| commit(&store, large(2, 4000)));
        // Whether the commit has come to its wait by now or not, it can end only after this.
        assert_eq!(snapshot.state.get(&account(1)).unwrap(), Some(b"one".to_vec()));
        drop(snapshot);
        committing.join().unwrap().unwrap();
    });
    assert_eq!(store.snapshot().unwrap().height(), 2);
}

#[test]
fn readers_and_a_growing_writer_work_side_by_side() {
    let directory = tempfile::tempdir().unwrap();
    let store = LmdbStore::open(directory.path(), &tiny()).unwrap();
    commit(&store, vec![put(account(1), &1u64.to_be_bytes())]).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    // The value says the height: a state is never seen without its head.
                    let snapshot = store.snapshot().unwrap();
                    let value = snapshot.state.get(&account(1)).unwrap().unwrap();
                    assert_eq!(value, snapshot.height().to_be_bytes());
                    if snapshot.height() == 40 {
                        break;
                    }
                }
            });
        }
        for height in 2..=40u64 {
            let mut writes = large(u8::try_from(height).unwrap(), 200);
            writes.insert(0, put(account(1), &height.to_be_bytes()));
            commit(&store, writes).unwrap();
        }
    });
}

/// A proof holds a snapshot and needs the pending changes of the tree; a commit had these and waited for snapshots to end, so that
/// the map could grow. Each waited for the other until the commit gave up.
#[test]
fn proofs_and_a_growing_writer_work_side_by_side() {
    let directory = tempfile::tempdir().unwrap();
    let store = LmdbStore::open(directory.path(), &tiny()).unwrap();
    commit(&store, vec![put(account(1), b"one")]).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let prover = scope.spawn(|| {
            for proofs in 1.. {
                let height = store.snapshot().unwrap().height();
                let root = store.header(height).unwrap().unwrap().state_root;
                store.prove(&account(1), height).unwrap().verify(&root).unwrap();
                if done.load(Ordering::Relaxed) {
                    return proofs;
                }
            }
            unreachable!("the numbers do not end")
        });
        let committed = (2..=24u8).try_for_each(|height| commit(&store, large(height, 400)).map(drop));
        done.store(true, Ordering::Relaxed);
        committed.unwrap();
        assert!(prover.join().unwrap() > 0);
    });
}

#[test]
fn a_commit_to_a_store_that_is_open_for_reading_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    drop(LmdbStore::open(directory.path(), &tiny()).unwrap());
    let store = LmdbStore::open(directory.path(), &OpenOptions::read_only()).unwrap();
    let fault = commit(&store, vec![put(account(1), b"one")]).unwrap_err();
    let HostFault::Storage(cause) = &fault else { panic!("{fault:?}") };
    assert!(matches!(cause.downcast_ref(), Some(StoreError::ReadOnly { path }) if path == directory.path()));
    assert_eq!(store.snapshot().unwrap().height(), 0);
}
