//! Blocks for tests, and what every store must do: each test takes a function that makes an empty store.

#![allow(dead_code, reason = "each test binary uses its part of this module")]

use std::collections::BTreeMap;
use std::ops::Bound;

use govm_core::{
    Address, BlockCommit, BlockHeader, ContractError, ErrorCode, Event, Hash, HostFault, ObjectId, Receipt, StateKey,
    StateStore, StateView, Status, receipts_hash,
};

pub(crate) type Writes = Vec<(StateKey, Option<Vec<u8>>)>;

pub(crate) fn account(byte: u8) -> StateKey {
    StateKey::Account(Address::from_bytes([byte; 20]))
}

pub(crate) fn put(key: StateKey, value: &[u8]) -> (StateKey, Option<Vec<u8>>) {
    (key, Some(value.to_vec()))
}

pub(crate) fn receipt(byte: u8) -> Receipt {
    let contract = Address::from_bytes([byte; 20]);
    Receipt {
        status: Status::Ok,
        output: vec![byte; 3],
        gas_used: u64::from(byte),
        events: vec![Event { contract, name: "moved".to_owned(), data: vec![0; 4] }],
        writes: Hash::from_bytes([byte; 32]),
    }
}

/// A block on a head.
pub(crate) fn block_on(head: Option<&BlockHeader>, receipts: Vec<Receipt>, writes: Writes) -> BlockCommit {
    let height = head.map_or(0, |head| head.height) + 1;
    let header = BlockHeader {
        height,
        time_ns: 1_000 * i64::try_from(height).unwrap(),
        parent: head.map_or(Hash::ZERO, BlockHeader::hash),
        proposer_data: b"proposer".to_vec(),
        receipts: receipts_hash(&receipts),
    };
    BlockCommit { header, receipts, writes }
}

/// Commits writes as the next block of a store.
pub(crate) fn commit<S: StateStore>(store: &S, writes: Writes) -> Result<BlockHeader, HostFault> {
    let head = store.snapshot()?.head;
    let block = block_on(head.as_ref(), Vec::new(), writes);
    store.commit(&block)?;
    Ok(block.header)
}

/// Every entry of a table, read through `first` alone.
pub(crate) fn entries(state: &impl StateView, from: StateKey) -> Vec<(StateKey, Vec<u8>)> {
    let mut entries = Vec::new();
    let mut bound = Bound::Included(from);
    while let Some((key, value)) = state.first(bound.as_ref()).unwrap() {
        bound = Bound::Excluded(key.clone());
        entries.push((key, value));
    }
    entries
}

pub(crate) fn an_empty_store_has_nothing<S: StateStore>(store: &S) {
    let snapshot = store.snapshot().unwrap();
    assert_eq!((snapshot.height(), snapshot.head), (0, None));
    assert_eq!(snapshot.state.get(&account(1)).unwrap(), None);
    assert_eq!(snapshot.state.first(Bound::Included(&account(0))).unwrap(), None);
    for height in [0, 1, u64::MAX] {
        assert_eq!(store.header(height).unwrap(), None);
        assert_eq!(store.receipts(height).unwrap(), []);
    }
}

pub(crate) fn a_block_is_read_back<S: StateStore>(store: &S) {
    let failed = Status::Failed(ContractError::new(ErrorCode::Reverted, "no"));
    let receipts = vec![receipt(1), Receipt { status: failed, events: Vec::new(), ..receipt(2) }];
    let block = block_on(None, receipts.clone(), vec![put(account(1), b"one"), put(account(2), b"")]);
    store.commit(&block).unwrap();

    let snapshot = store.snapshot().unwrap();
    assert_eq!(snapshot.head.as_ref(), Some(&block.header));
    assert_eq!(snapshot.state.get(&account(1)).unwrap(), Some(b"one".to_vec()));
    assert_eq!(snapshot.state.get(&account(2)).unwrap(), Some(Vec::new()), "an empty value is a value");
    assert_eq!(store.header(1).unwrap(), Some(block.header));
    assert_eq!(store.receipts(1).unwrap(), receipts);
    assert_eq!(store.header(2).unwrap(), None);
    assert_eq!(store.receipts(2).unwrap(), []);
}

pub(crate) fn a_write_replaces_and_a_deletion_removes<S: StateStore>(store: &S) {
    commit(store, vec![put(account(1), b"old"), put(account(2), b"kept"), put(account(3), b"gone")]).unwrap();
    commit(store, vec![put(account(1), b"newer"), (account(3), None), (account(4), None)]).unwrap();
    let state = store.snapshot().unwrap().state;
    let expected = [(account(1), b"newer".to_vec()), (account(2), b"kept".to_vec())];
    assert_eq!(entries(&state, account(0)), expected);
    assert_eq!(state.get(&account(3)).unwrap(), None);
}

pub(crate) fn a_snapshot_does_not_see_later_blocks<S: StateStore>(store: &S) {
    commit(store, vec![put(account(1), b"before")]).unwrap();
    let before = store.snapshot().unwrap();
    commit(store, vec![put(account(1), b"after"), put(account(2), b"new")]).unwrap();

    assert_eq!(before.height(), 1);
    assert_eq!(entries(&before.state, account(0)), [(account(1), b"before".to_vec())]);
    let after = store.snapshot().unwrap();
    assert_eq!(after.height(), 2);
    assert_eq!(entries(&after.state, account(0)).len(), 2);

    // A view is its own: it goes to another thread.
    let seen = std::thread::spawn(move || before.state.get(&account(1)).unwrap()).join().unwrap();
    assert_eq!(seen, Some(b"before".to_vec()));
}

pub(crate) fn a_stale_block_changes_nothing<S: StateStore>(store: &S) {
    let first = commit(store, vec![put(account(1), b"one")]).unwrap();
    let second = commit(store, vec![put(account(1), b"two")]).unwrap();
    let stale = |header: BlockHeader| BlockCommit {
        header,
        receipts: vec![receipt(9)],
        writes: vec![put(account(1), b"stale"), put(account(9), b"stale")],
    };
    let good = block_on(Some(&second), Vec::new(), Vec::new()).header;
    let wrong = [
        (BlockHeader { height: 2, parent: first.hash(), ..good.clone() }, 1),
        (BlockHeader { height: 4, ..good.clone() }, 3),
        (BlockHeader { parent: first.hash(), ..good.clone() }, 2),
        (BlockHeader { parent: Hash::ZERO, height: 1, ..good.clone() }, 0),
        (BlockHeader { height: 0, ..good.clone() }, 0),
    ];
    for (header, built_on_height) in wrong {
        match store.commit(&stale(header)) {
            Err(HostFault::StaleBlock { built_on, newest }) => assert_eq!((built_on, newest), (built_on_height, 2)),
            other => panic!("expected a stale block, got {other:?}"),
        }
        let snapshot = store.snapshot().unwrap();
        assert_eq!(snapshot.head.as_ref(), Some(&second));
        assert_eq!(entries(&snapshot.state, account(0)), [(account(1), b"two".to_vec())]);
        assert_eq!(store.receipts(2).unwrap(), []);
        assert_eq!(store.header(3).unwrap(), None);
    }
    store.commit(&BlockCommit { header: good, receipts: Vec::new(), writes: Vec::new() }).unwrap();
}

pub(crate) fn scans_stay_inside_their_table<S: StateStore>(store: &S) {
    let (low, high) = (Address::ZERO, Address::from_bytes([0xff; 20]));
    let (first, last) = (ObjectId::ZERO, ObjectId::from_bytes([0xff; 32]));
    let keys = [
        StateKey::Account(high),
        StateKey::Contract(low),
        StateKey::Code(Hash::from_bytes([0xff; 32])),
        StateKey::Object(last),
        StateKey::Field(first, "".into()),
        StateKey::Field(first, "a".into()),
        StateKey::Field(first, "ab".into()),
        StateKey::Field(last, "\u{10ffff}".repeat(32).into()),
        StateKey::Owned { owner: low, contract: high, object: last },
        StateKey::Owned { owner: high, contract: low, object: first },
        StateKey::Created { contract: low, object: first },
    ];
    commit(store, keys.iter().map(|key| put(key.clone(), &key.to_bytes())).collect()).unwrap();
    let state = store.snapshot().unwrap().state;
    assert_eq!(state.first(Bound::Unbounded).unwrap(), None);
    for (at, key) in keys.iter().enumerate() {
        let found = |bound| state.first(bound).unwrap().map(|(key, _)| key);
        assert_eq!(found(Bound::Included(key)).as_ref(), Some(key));
        let next = keys.get(at + 1).filter(|next| next.table() == key.table());
        assert_eq!(found(Bound::Excluded(key)).as_ref(), next, "after {key:?}");
    }
}

/// A store and a plain map, after the same blocks, answer every read the same.
pub(crate) fn agrees_with_a_map<S: StateStore>(store: &S, blocks: &[Writes], probes: &[StateKey]) {
    let mut model = BTreeMap::new();
    for writes in blocks {
        commit(store, writes.clone()).unwrap();
        for (key, value) in writes {
            match value {
                Some(value) => drop(model.insert(key.clone(), value.clone())),
                None => drop(model.remove(key)),
            }
        }
    }
    let state = store.snapshot().unwrap().state;
    for key in probes.iter().chain(blocks.iter().flatten().map(|(key, _)| key)) {
        assert_eq!(state.get(key).unwrap(), StateView::get(&model, key).unwrap(), "{key:?}");
        for bound in [Bound::Included(key), Bound::Excluded(key)] {
            assert_eq!(state.first(bound).unwrap(), StateView::first(&model, bound).unwrap(), "{bound:?}");
        }
    }
}
