//! What a call leaves in its receipt: events, and the digest of its writes. And the digests of blocks.

mod common;

use common::{ALICE, BOB, BY_ALICE, CONTRACT, OTHER_CONTRACT, State, ledger};
use govm_core::limits::{MAX_EVENT_BYTES_PER_CALL, MAX_EVENT_DATA_BYTES, MAX_EVENT_NAME_BYTES, MAX_EVENTS_PER_CALL};
use govm_core::{
    Actor, Address, BlockHeader, CallPosition, ContractError, ErrorCode, Event, Hash, Ledger, Protocol, Receipt,
    Status, receipts_hash,
};
use sha2::{Digest, Sha256};

/// The documented digest, written a second time.
fn digest(domain: &str, parts: &[&[u8]]) -> Hash {
    let mut bytes = vec![u8::try_from(domain.len()).unwrap()];
    bytes.extend(domain.as_bytes());
    for part in parts {
        bytes.extend(u32::try_from(part.len()).unwrap().to_le_bytes());
        bytes.extend(*part);
    }
    Hash::from_bytes(Sha256::digest(bytes).into())
}

fn no_writes() -> Hash {
    digest("govm/writes/v1", &[])
}

#[test]
fn events_are_kept_in_order_with_the_contract_that_reports() {
    let mut ledger = ledger(State::new());
    let start = ledger.checkpoint();
    let other = Actor { contract: OTHER_CONTRACT, sender: CONTRACT };
    ledger.emit(BY_ALICE, "first", vec![1]).unwrap();
    let nested = ledger.checkpoint();
    ledger.emit(other, "undone", vec![2]).unwrap();
    ledger.rollback(nested);
    ledger.emit(other, "second", Vec::new()).unwrap();
    let event = |contract, name: &str, data| Event { contract, name: name.to_owned(), data };
    let expected = [event(CONTRACT, "first", vec![1]), event(OTHER_CONTRACT, "second", vec![])];
    assert_eq!(ledger.finish_call(start).events, expected);
    assert_eq!(ledger.finish_call(start).events, [], "taken once");
}

#[test]
fn events_of_one_call_are_not_those_of_the_next() {
    let mut ledger = ledger(State::new());
    ledger.emit(BY_ALICE, "before", Vec::new()).unwrap();
    ledger.begin_call(CallPosition { height: 1, index: 1 });
    let start = ledger.checkpoint();
    assert_eq!(ledger.finish_call(start).events, []);
}

#[test]
fn events_are_bounded_to_the_byte_and_the_piece() {
    let mut ledger = ledger(State::new());
    let (name, data) = ("n".repeat(MAX_EVENT_NAME_BYTES), vec![0; MAX_EVENT_DATA_BYTES]);
    let limit = |text: &str| ContractError::new(ErrorCode::LimitExceeded, text);
    assert_eq!(
        ledger.emit(BY_ALICE, &format!("{name}n"), Vec::new()),
        Err(limit("event name of 65 bytes, at most 64 are allowed"))
    );
    assert_eq!(
        ledger.emit(BY_ALICE, "name", vec![0; MAX_EVENT_DATA_BYTES + 1]),
        Err(limit("event data of 16385 bytes, at most 16384 are allowed"))
    );
    ledger.emit(BY_ALICE, &name, data).unwrap();
    for _ in 1..MAX_EVENTS_PER_CALL {
        ledger.emit(BY_ALICE, "", Vec::new()).unwrap();
    }
    let start = ledger.checkpoint();
    assert_eq!(ledger.emit(BY_ALICE, "", Vec::new()), Err(limit("a call may report at most 1024 events")));
    assert_eq!(ledger.finish_call(start).events.len(), MAX_EVENTS_PER_CALL);
}

#[test]
fn events_are_bounded_in_their_sum() {
    // Each takes the largest data and a name of 4 bytes; the last one that fits leaves 12 bytes.
    let mut ledger = ledger(State::new());
    let whole = MAX_EVENT_BYTES_PER_CALL / (MAX_EVENT_DATA_BYTES + 4);
    for _ in 0..whole {
        ledger.emit(BY_ALICE, "name", vec![0; MAX_EVENT_DATA_BYTES]).unwrap();
    }
    let left = MAX_EVENT_BYTES_PER_CALL - whole * (MAX_EVENT_DATA_BYTES + 4);
    let nested = ledger.checkpoint();
    let over = format!("events of a call of {} bytes, at most 1048576 are allowed", MAX_EVENT_BYTES_PER_CALL + 1);
    let refused = Err(ContractError::new(ErrorCode::LimitExceeded, over));
    assert_eq!(ledger.emit(BY_ALICE, "", vec![0; left + 1]), refused);
    ledger.emit(BY_ALICE, "1", vec![0; left - 1]).unwrap();
    assert_eq!(ledger.emit(BY_ALICE, "1", Vec::new()), refused);

    // What a failed call reported does not count, nor does the call before.
    ledger.rollback(nested);
    ledger.emit(BY_ALICE, "", vec![0; left]).unwrap();
    ledger.begin_call(CallPosition { height: 1, index: 1 });
    ledger.emit(BY_ALICE, "name", vec![0; MAX_EVENT_DATA_BYTES]).unwrap();
}

#[test]
fn the_digest_of_writes_is_the_documented_one() {
    let mut ledger = ledger(State::new());
    ledger.credit(&BOB, 3).unwrap();
    let start = ledger.checkpoint();
    assert_eq!(ledger.finish_call(start).writes, no_writes());
    ledger.transfer(&BOB, &ALICE, 1).unwrap();
    let account = |balance: u64| [balance.to_le_bytes(), [0; 8], [0; 8]].concat();
    let (alice, bob) = (account(1), account(2));
    // Alice's address is the lower one.
    let expected = digest(
        "govm/writes/v1",
        &[b"accounts", ALICE.as_bytes(), &[1], &alice, b"accounts", BOB.as_bytes(), &[1], &bob],
    );
    assert_eq!(ledger.finish_call(start).writes, expected);
}

#[test]
fn a_deletion_is_a_write() {
    let mut ledger = ledger(State::new());
    let id = ledger.create_object(BY_ALICE).unwrap().id;
    ledger.set_field(BY_ALICE, &id, "name", vec![1]).unwrap();
    ledger.begin_call(CallPosition { height: 1, index: 1 });
    let start = ledger.checkpoint();
    ledger.delete_field(BY_ALICE, &id, "name").unwrap();
    let record = borsh::to_vec(&ledger.object(&id).unwrap().unwrap()).unwrap();
    let field_key = [id.as_bytes().as_slice(), b"name"].concat();
    let expected = digest("govm/writes/v1", &[b"objects", id.as_bytes(), &[1], &record, b"fields", &field_key, &[0]]);
    assert_eq!(ledger.finish_call(start).writes, expected);
}

/// The digest of what a call does to a state in which Alice has 100.
fn writes_of(call: impl FnOnce(&mut Ledger<State>)) -> Hash {
    let mut ledger = ledger(State::new());
    ledger.credit(&ALICE, 100).unwrap();
    ledger.begin_call(CallPosition { height: 1, index: 1 });
    let start = ledger.checkpoint();
    call(&mut ledger);
    ledger.finish_call(start).writes
}

#[test]
fn equal_net_writes_have_equal_digests_whatever_the_way() {
    let carol = Address::from_bytes([0xca; 20]);
    let direct = writes_of(|ledger| {
        ledger.transfer(&ALICE, &BOB, 10).unwrap();
        ledger.transfer(&ALICE, &carol, 5).unwrap();
    });
    let other_order = writes_of(|ledger| {
        ledger.transfer(&ALICE, &carol, 5).unwrap();
        ledger.transfer(&ALICE, &BOB, 10).unwrap();
    });
    let in_pieces = writes_of(|ledger| {
        ledger.transfer(&ALICE, &BOB, 30).unwrap();
        ledger.transfer(&BOB, &carol, 20).unwrap();
        ledger.transfer(&carol, &ALICE, 15).unwrap();
    });
    let with_a_failed_call_inside = writes_of(|ledger| {
        ledger.transfer(&ALICE, &BOB, 10).unwrap();
        let nested = ledger.checkpoint();
        ledger.transfer(&ALICE, &BOB, 50).unwrap();
        ledger.transfer(&ALICE, &OTHER_CONTRACT, 1).unwrap();
        ledger.rollback(nested);
        ledger.transfer(&ALICE, &carol, 5).unwrap();
    });
    assert_eq!([other_order, in_pieces, with_a_failed_call_inside], [direct; 3]);
    let more = writes_of(|ledger| {
        ledger.transfer(&ALICE, &BOB, 10).unwrap();
        ledger.transfer(&ALICE, &carol, 6).unwrap();
    });
    assert_ne!(more, direct);
}

#[test]
fn a_call_that_is_undone_writes_nothing() {
    let mut ledger = ledger(State::new());
    let start = ledger.checkpoint();
    ledger.credit(&ALICE, 100).unwrap();
    ledger.emit(BY_ALICE, "name", Vec::new()).unwrap();
    ledger.rollback(start);
    let effects = ledger.finish_call(start);
    assert_eq!((effects.writes, effects.events), (no_writes(), Vec::new()));
    assert_eq!(ledger.into_writes(), []);
}

#[test]
fn blocks_and_receipts_have_the_documented_digests() {
    let receipt = Receipt {
        status: Status::Failed(ContractError::new(ErrorCode::OutOfGas, "spent")),
        output: vec![1, 2],
        gas_used: 9,
        gas_refunded: 8,
        schedule_version: 7,
        events: Vec::new(),
        writes: no_writes(),
    };
    assert!(!receipt.is_ok());
    assert_eq!(receipt.error().unwrap().to_string(), "out_of_gas: spent");
    let mut bytes = vec![1, 3, 0, 0, 0, 5, 0, 0, 0];
    bytes.extend(b"spent");
    bytes.extend([2, 0, 0, 0, 1, 2, 9, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0]);
    bytes.extend(no_writes().as_bytes());
    assert_eq!(receipts_hash(std::slice::from_ref(&receipt)), digest("govm/receipts/v1", &[&bytes]));
    assert_eq!(receipts_hash(&[receipt.clone(), receipt]), digest("govm/receipts/v1", &[&bytes, &bytes]));
    assert_eq!(receipts_hash::<Receipt>(&[]), digest("govm/receipts/v1", &[]));

    let header = BlockHeader {
        height: 2,
        time_ns: -1,
        parent: Hash::from_bytes([3; 32]),
        proposer_data: vec![4],
        protocol: Protocol { schedule_version: 7, instrumentation_version: 8 },
        receipts: Hash::from_bytes([5; 32]),
        state_root: Hash::from_bytes([6; 32]),
    };
    let mut bytes = vec![2, 0, 0, 0, 0, 0, 0, 0];
    bytes.extend([0xff; 8]);
    bytes.extend([3; 32]);
    bytes.extend([1, 0, 0, 0, 4]);
    bytes.extend([7, 0, 0, 0, 8, 0, 0, 0]);
    bytes.extend([5; 32]);
    bytes.extend([6; 32]);
    assert_eq!(header.hash(), digest("govm/block/v1", &[&bytes]));
}
