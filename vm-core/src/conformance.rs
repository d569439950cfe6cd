//! What every store must do, as tests for whoever writes one (feature `conformance`).
//!
//! A test of the store calls [`run`] with what makes an empty one, and [`agrees_with_a_map`] with random blocks; see the tests
//! of `govm-state`.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use crate::{
    Address, BlockDraft, BlockHeader, ContractError, EMPTY_ROOT, ErrorCode, Event, EventPosition, Hash, HostFault,
    ObjectId, Prepared, Protocol, Receipt, StateArchive, StateKey, StateView, Status, Table, Write, receipts_hash,
};

/// Runs every test, each on an empty store of its own. A store need remember no more than the last ten blocks.
///
/// # Panics
/// If the store does not do what it must; the message says what was expected.
pub fn run<S: StateArchive>(mut empty_store: impl FnMut() -> S) {
    an_empty_store_has_nothing(&empty_store());
    a_block_is_read_back(&empty_store());
    a_write_replaces_and_a_deletion_removes(&empty_store());
    a_snapshot_does_not_see_later_blocks(&empty_store());
    a_stale_block_changes_nothing(&empty_store());
    what_is_prepared_serves_one_head_only(&empty_store());
    scans_stay_inside_their_table(&empty_store());
    events_are_found_by_contract_and_name(&empty_store());
    states_that_were_are_read_and_proven(&empty_store());
}

/// Commits blocks of writes, and compares every answer of the store with that of a plain map: for random blocks.
///
/// # Panics
/// If an answer differs.
pub fn agrees_with_a_map<S: StateArchive>(store: &S, blocks: &[Vec<Write>], probes: &[StateKey]) {
    let mut states = vec![BTreeMap::new()];
    for writes in blocks {
        let header = commit(store, writes.clone()).unwrap();
        let mut state: BTreeMap<StateKey, Vec<u8>> = states.last().unwrap().clone();
        for (key, value) in writes {
            match value {
                Some(value) => drop(state.insert(key.clone(), value.clone())),
                None => drop(state.remove(key)),
            }
        }
        states.push(state);
        assert_eq!(header.height, states.len() as u64 - 1);
    }
    let keys = || probes.iter().chain(blocks.iter().flatten().map(|(key, _)| key));
    for (height, model) in (0u64..).zip(&states) {
        let then = store.snapshot_at(height).unwrap();
        assert_eq!(then.height(), height);
        for key in keys() {
            assert_eq!(then.state.get(key).unwrap(), StateView::get(model, key).unwrap(), "{key:?} at {height}");
            for bound in [Bound::Included(key), Bound::Excluded(key)] {
                let found = then.state.first(bound).unwrap();
                assert_eq!(found, StateView::first(model, bound).unwrap(), "{bound:?} at {height}");
            }
        }
        let root = then.head.map_or(EMPTY_ROOT, |head| head.state_root);
        for key in keys().filter(|key| crate::tree_path(key).is_some()).take(3) {
            let proof = store.prove(key, height).unwrap();
            assert_eq!(proof.verify(&root), Ok(()));
            assert_eq!(proof.value, model.get(key).cloned(), "{key:?} at {height}");
        }
    }
    let (now, model) = (store.snapshot().unwrap().state, states.last().unwrap());
    for key in keys() {
        assert_eq!(now.get(key).unwrap(), model.get(key).cloned(), "{key:?}");
        assert_eq!(now.first(Bound::Excluded(key)).unwrap(), StateView::first(model, Bound::Excluded(key)).unwrap());
    }
}

/// Every entry of a table from a key on, read through [`first`](StateView::first) alone.
///
/// # Panics
/// If the state cannot be read.
pub fn entries_from(state: &impl StateView, from: StateKey) -> Vec<(StateKey, Vec<u8>)> {
    let mut entries = Vec::new();
    let mut bound = Bound::Included(from);
    while let Some((key, value)) = state.first(bound.as_ref()).unwrap() {
        bound = Bound::Excluded(key.clone());
        entries.push((key, value));
    }
    entries
}

/// Every entry of a state: to see that nothing changed.
///
/// # Panics
/// If the state cannot be read.
pub fn entries(state: &impl StateView) -> BTreeMap<StateKey, Vec<u8>> {
    let lowest = |table| (0..100).find_map(|length| StateKey::from_bytes(table, &vec![0; length]));
    Table::ALL.into_iter().filter_map(lowest).flat_map(|from| entries_from(state, from)).collect()
}

/// Commits writes as the next block of a store.
fn commit<S: StateArchive>(store: &S, writes: Vec<Write>) -> Result<BlockHeader, HostFault> {
    commit_with(store, Vec::new(), writes)
}

fn commit_with<S: StateArchive>(
    store: &S,
    receipts: Vec<Receipt>,
    writes: Vec<Write>,
) -> Result<BlockHeader, HostFault> {
    let draft = BlockDraft::on(store.snapshot()?.head.as_ref());
    let time_ns = 1_000 * i64::try_from(draft.height).unwrap();
    let protocol = Protocol { schedule_version: 2, instrumentation_version: 3 };
    store.append(BlockDraft {
        time_ns,
        proposer_data: b"proposer".to_vec(),
        protocol,
        receipts: shared(receipts),
        writes,
        ..draft
    })
}

fn shared(receipts: Vec<Receipt>) -> Vec<Arc<Receipt>> {
    receipts.into_iter().map(Arc::new).collect()
}

fn account(byte: u8) -> StateKey {
    StateKey::Account(Address::from_bytes([byte; 20]))
}

fn put(key: StateKey, value: &[u8]) -> Write {
    (key, Some(value.to_vec()))
}

fn event(contract: u8, name: &str) -> Event {
    Event { contract: Address::from_bytes([contract; 20]), name: name.to_owned(), data: vec![contract; 4] }
}

fn receipt(byte: u8, events: Vec<Event>) -> Receipt {
    let writes = Hash::from_bytes([byte; 32]);
    let (status, gas_used) = (Status::Ok, u64::from(byte));
    Receipt { status, output: vec![byte; 3], gas_used, gas_refunded: 1, schedule_version: 2, events, writes }
}

fn an_empty_store_has_nothing<S: StateArchive>(store: &S) {
    let snapshot = store.snapshot().unwrap();
    assert_eq!((snapshot.height(), snapshot.head), (0, None));
    assert_eq!(snapshot.state.get(&account(1)).unwrap(), None);
    assert_eq!(snapshot.state.first(Bound::Included(&account(0))).unwrap(), None);
    for height in [0, 1, u64::MAX] {
        assert_eq!(store.header(height).unwrap(), None);
        assert_eq!(store.receipts(height).unwrap(), []);
    }
    assert_eq!(store.height_of(&Hash::ZERO).unwrap(), None);
    assert_eq!(store.events(&Address::ZERO, None, None, 10).unwrap(), []);
    assert_eq!(store.oldest_state().unwrap(), 0);
    assert_eq!(store.snapshot_at(0).unwrap().state.get(&account(1)).unwrap(), None);
    assert_eq!(store.prove(&account(1), 0).unwrap().verify(&EMPTY_ROOT), Ok(()));
    assert!(matches!(store.snapshot_at(1).err(), Some(HostFault::NotKept { height: 1, oldest: 0, newest: 0 })));
}

fn a_block_is_read_back<S: StateArchive>(store: &S) {
    let failed = Status::Failed(ContractError::new(ErrorCode::Reverted, "no"));
    let receipts = vec![receipt(1, vec![event(1, "moved")]), Receipt { status: failed, ..receipt(2, Vec::new()) }];
    let header = commit_with(store, receipts.clone(), vec![put(account(1), b"one"), put(account(2), b"")]).unwrap();
    assert_eq!((header.height, header.parent, header.receipts), (1, Hash::ZERO, receipts_hash(&receipts)));
    assert_ne!(header.state_root, EMPTY_ROOT);

    let snapshot = store.snapshot().unwrap();
    assert_eq!(snapshot.head.as_ref(), Some(&header));
    assert_eq!(snapshot.state.get(&account(1)).unwrap(), Some(b"one".to_vec()));
    assert_eq!(snapshot.state.get(&account(2)).unwrap(), Some(Vec::new()), "an empty value is a value");
    assert_eq!(store.height_of(&header.hash()).unwrap(), Some(1));
    assert_eq!(store.header(1).unwrap(), Some(header));
    assert_eq!(store.receipts(1).unwrap(), receipts);
    assert_eq!(store.header(2).unwrap(), None);
    assert_eq!(store.receipts(2).unwrap(), []);
}

fn a_write_replaces_and_a_deletion_removes<S: StateArchive>(store: &S) {
    commit(store, vec![put(account(1), b"old"), put(account(2), b"kept"), put(account(3), b"gone")]).unwrap();
    commit(store, vec![put(account(1), b"newer"), (account(3), None), (account(4), None)]).unwrap();
    let state = store.snapshot().unwrap().state;
    let expected = [(account(1), b"newer".to_vec()), (account(2), b"kept".to_vec())];
    assert_eq!(entries_from(&state, account(0)), expected);
    assert_eq!(state.get(&account(3)).unwrap(), None);
}

fn a_snapshot_does_not_see_later_blocks<S: StateArchive>(store: &S) {
    commit(store, vec![put(account(1), b"before")]).unwrap();
    let before = store.snapshot().unwrap();
    commit(store, vec![put(account(1), b"after"), put(account(2), b"new")]).unwrap();

    assert_eq!(before.height(), 1);
    assert_eq!(entries_from(&before.state, account(0)), [(account(1), b"before".to_vec())]);
    let after = store.snapshot().unwrap();
    assert_eq!(after.height(), 2);
    assert_eq!(entries_from(&after.state, account(0)).len(), 2);

    // A view is its own: it goes to another thread.
    let seen = std::thread::spawn(move || before.state.get(&account(1)).unwrap()).join().unwrap();
    assert_eq!(seen, Some(b"before".to_vec()));
}

fn a_stale_block_changes_nothing<S: StateArchive>(store: &S) {
    let first = commit(store, vec![put(account(1), b"one")]).unwrap();
    let second = commit(store, vec![put(account(1), b"two")]).unwrap();
    let good = BlockDraft::on(Some(&second));
    let wrong = [
        (BlockDraft { height: 2, parent: first.hash(), ..good.clone() }, 1),
        (BlockDraft { height: 4, ..good.clone() }, 3),
        (BlockDraft { parent: first.hash(), ..good.clone() }, 2),
        (BlockDraft { parent: Hash::ZERO, height: 1, ..good.clone() }, 0),
        (BlockDraft { height: 0, ..good.clone() }, 0),
    ];
    for (draft, built_on_height) in wrong {
        let writes = vec![put(account(1), b"stale"), put(account(9), b"stale")];
        match store.append(BlockDraft { receipts: shared(vec![receipt(9, Vec::new())]), writes, ..draft }) {
            Err(HostFault::StaleBlock { built_on, newest }) => assert_eq!((built_on, newest), (built_on_height, 2)),
            other => panic!("expected a stale block, got {other:?}"),
        }
        let snapshot = store.snapshot().unwrap();
        assert_eq!(snapshot.head.as_ref(), Some(&second));
        assert_eq!(entries_from(&snapshot.state, account(0)), [(account(1), b"two".to_vec())]);
        assert_eq!(store.receipts(2).unwrap(), []);
        assert_eq!(store.header(3).unwrap(), None);
    }
    store.append(good).unwrap();
}

fn what_is_prepared_serves_one_head_only<S: StateArchive>(store: &S) {
    let head = commit(store, vec![put(account(1), b"one")]).unwrap();
    let writes = vec![put(account(2), b"two")];
    let draft = BlockDraft { writes: writes.clone(), ..BlockDraft::on(Some(&head)) };

    // Preparing changes nothing, and gives the same root each time.
    let Prepared { state_root, update } = store.prepare(&writes).unwrap();
    assert_eq!(store.snapshot().unwrap().head.as_ref(), Some(&head));
    let late = store.prepare(&writes).unwrap();
    assert_eq!(late.state_root, state_root);

    // A root that was not prepared is refused.
    let refused = store.prepare(&writes).unwrap();
    assert!(store.commit(&draft.clone().seal(Hash::ZERO), refused.update).is_err());
    assert_eq!(store.snapshot().unwrap().head.as_ref(), Some(&head));

    let block = draft.seal(state_root);
    store.commit(&block, update).unwrap();
    assert_eq!(store.snapshot().unwrap().head.as_ref(), Some(&block.header));

    // What was prepared on the head before is refused on this one.
    let next = BlockDraft { writes, ..BlockDraft::on(Some(&block.header)) }.seal(late.state_root);
    assert!(matches!(store.commit(&next, late.update), Err(HostFault::StaleBlock { .. })));
    assert_eq!(store.snapshot().unwrap().height(), 2);
}

fn scans_stay_inside_their_table<S: StateArchive>(store: &S) {
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

fn events_are_found_by_contract_and_name<S: StateArchive>(store: &S) {
    let first = vec![receipt(1, vec![event(1, "a"), event(2, "a"), event(1, "ab")]), receipt(2, Vec::new())];
    commit_with(store, first, Vec::new()).unwrap();
    commit_with(store, vec![receipt(3, Vec::new()), receipt(4, vec![event(1, "b"), event(1, "a")])], Vec::new())
        .unwrap();

    let at = |height, call, event| EventPosition { height, call, event };
    let contract = Address::from_bytes([1; 20]);
    let found = |name, after, limit| {
        let page = store.events(&contract, name, after, limit).unwrap();
        page.into_iter().map(|(position, event)| (position, event.name)).collect::<Vec<_>>()
    };
    let named = |position, name: &str| (position, name.to_owned());
    let all = [named(at(1, 0, 0), "a"), named(at(1, 0, 2), "ab"), named(at(2, 1, 0), "b"), named(at(2, 1, 1), "a")];
    assert_eq!(found(None, None, 10), all);
    assert_eq!(found(None, None, 2), all[..2]);
    assert_eq!(found(None, Some(at(1, 0, 2)), 10), all[2..]);
    assert_eq!(found(Some("a"), None, 10), [all[0].clone(), all[3].clone()]);
    assert_eq!(found(Some("a"), Some(at(1, 0, 0)), 10), [all[3].clone()]);
    assert_eq!(found(Some("ab"), None, 10), [all[1].clone()]);
    assert_eq!(found(Some(""), None, 10), []);
    assert_eq!(found(Some(&"n".repeat(300)), None, 10), []);
    assert_eq!(store.events(&Address::from_bytes([2; 20]), None, None, 10).unwrap(), [(at(1, 0, 1), event(2, "a"))]);
    assert_eq!(store.events(&Address::from_bytes([3; 20]), None, None, 10).unwrap(), []);
}

fn states_that_were_are_read_and_proven<S: StateArchive>(store: &S) {
    let blocks = [
        vec![put(account(1), b"one"), put(account(2), b"two")],
        vec![put(account(1), b"changed"), (account(2), None), put(account(3), b"three")],
        vec![],
        vec![(account(1), None), put(account(2), b"again")],
    ];
    let probes: Vec<_> = (0..=4).map(account).collect();
    agrees_with_a_map(store, &blocks, &probes);
    let newest = blocks.len() as u64;
    assert!(matches!(store.snapshot_at(newest + 1).err(), Some(HostFault::NotKept { .. })));
    assert!(matches!(store.prove(&account(1), newest + 1), Err(HostFault::NotKept { .. })));

    // The same entries have the same root, whatever was there before.
    let root = |height| store.header(height).unwrap().unwrap().state_root;
    assert_eq!(root(2), root(3));
    let header = commit(store, vec![put(account(1), b"one"), put(account(2), b"two"), (account(3), None)]).unwrap();
    assert_eq!(header.state_root, root(1));

    // A proof of one state is none of another.
    let proof = store.prove(&account(1), 1).unwrap();
    assert_eq!(proof.verify(&root(1)), Ok(()));
    assert!(proof.verify(&root(2)).is_err());
}
