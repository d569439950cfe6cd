//! Objects and their fields.

mod common;

use common::{ALICE, BOB, BY_ALICE, BY_BOB, CONTRACT, OTHER_CONTRACT, State, apply, ledger, refused};
use govm_core::limits::{MAX_FIELD_BYTES_PER_CALL, MAX_FIELD_NAME_BYTES, MAX_FIELD_VALUE_BYTES, MAX_FIELDS_PER_OBJECT};
use govm_core::{Actor, CallPosition, ErrorCode, Object, ObjectId, StateKey, default_object_id, object_id};

#[test]
fn ids_are_derived_from_contract_position_and_count() {
    let mut ledger = ledger(State::new());
    for (height, index) in [(1, 0), (1, 1), (2, 0)] {
        let position = CallPosition { height, index };
        ledger.begin_call(position);
        for created_before in 0..3 {
            let created = ledger.create_object(BY_ALICE).unwrap();
            assert_eq!(created.id, object_id(&CONTRACT, position, created_before));
            assert_eq!(ledger.object(&created.id).unwrap(), Some(created.object));
        }
    }
}

#[test]
fn an_id_is_not_used_again_after_a_rollback() {
    let mut ledger = ledger(State::new());
    let before = ledger.checkpoint();
    let undone = ledger.create_object(BY_ALICE).unwrap().id;
    ledger.rollback(before);
    assert_eq!(ledger.object(&undone).unwrap(), None);
    assert_ne!(ledger.create_object(BY_ALICE).unwrap().id, undone);
}

#[test]
fn the_zero_id_is_the_default_object_of_who_asks() {
    let mut ledger = ledger(State::new());
    let contract = ledger.deploy(&ALICE, b"code").unwrap();
    let actor = Actor { contract, sender: ALICE };
    ledger.set_field(actor, &ObjectId::ZERO, "name", vec![1]).unwrap();
    ledger.delete_object(actor, &ObjectId::ZERO).unwrap();
    let id = default_object_id(&contract);
    let gone = (ErrorCode::ObjectNotFound, format!("there is no object {id}"));
    assert_eq!(refused(ledger.open_object(actor, &ObjectId::ZERO)), gone);

    // A contract that was never deployed has none.
    let id = default_object_id(&CONTRACT);
    let none = (ErrorCode::ObjectNotFound, format!("there is no object {id}"));
    assert_eq!(refused(ledger.open_object(BY_ALICE, &ObjectId::ZERO)), none);
}

#[test]
fn an_owner_is_found_by_the_lowest_id_of_this_contract() {
    let mut ledger = ledger(State::new());
    let foreign = Actor { contract: OTHER_CONTRACT, sender: ALICE };
    let foreign_id = ledger.create_object(foreign).unwrap().id;
    ledger.set_owner(foreign, &foreign_id, ALICE).unwrap();
    let none = (ErrorCode::ObjectNotFound, format!("{ALICE} owns no object of this contract"));
    assert_eq!(refused(ledger.find_object(BY_ALICE, &ALICE)), none);

    let mut ids: Vec<_> = (0..5).map(|_| ledger.create_object(BY_ALICE).unwrap().id).collect();
    for id in &ids {
        ledger.set_owner(BY_ALICE, id, ALICE).unwrap();
    }
    ids.sort_unstable();
    for id in ids {
        let found = ledger.find_object(BY_BOB, &ALICE).unwrap();
        assert_eq!((found.id, found.object.owner), (id, ALICE), "whoever calls the contract");
        ledger.set_owner(BY_ALICE, &id, BOB).unwrap();
    }
    assert_eq!(refused(ledger.find_object(BY_ALICE, &ALICE)), none);
    assert_eq!(ledger.find_object(foreign, &ALICE).unwrap().id, foreign_id);
}

#[test]
fn fields_are_written_replaced_counted_and_deleted() {
    let mut ledger = ledger(State::new());
    let id = ledger.create_object(BY_ALICE).unwrap().id;
    let missing = |name| (ErrorCode::FieldNotFound, format!("object {id} has no field {name:?}"));
    assert_eq!(refused(ledger.field(BY_ALICE, &id, "a")), missing("a"));
    assert_eq!(refused(ledger.delete_field(BY_ALICE, &id, "a")), missing("a"));

    for (name, value, fields) in [("a", 1, 1), ("b", 2, 2), ("a", 3, 2), ("\u{e9}", 4, 3)] {
        ledger.set_field(BY_ALICE, &id, name, vec![value]).unwrap();
        assert_eq!(ledger.field(BY_ALICE, &id, name).unwrap(), [value]);
        assert_eq!(ledger.object(&id).unwrap().unwrap().fields, fields);
        assert_eq!(ledger.fields_to_delete(BY_ALICE, &id).unwrap(), fields);
    }
    ledger.delete_field(BY_ALICE, &id, "a").unwrap();
    assert_eq!(ledger.object(&id).unwrap().unwrap().fields, 2);
    assert_eq!(refused(ledger.field(BY_ALICE, &id, "a")), missing("a"));

    // An empty value is a value.
    ledger.set_field(BY_ALICE, &id, "b", Vec::new()).unwrap();
    assert_eq!(ledger.field(BY_ALICE, &id, "b").unwrap(), []);
}

#[test]
fn fields_are_listed_in_pages_in_the_order_of_their_names() {
    let mut ledger = ledger(State::new());
    let ids = [ledger.create_object(BY_ALICE).unwrap().id, ledger.create_object(BY_ALICE).unwrap().id];
    for id in &ids {
        for name in ["b", "ab", "a", "aa", "\u{10ffff}"] {
            ledger.set_field(BY_ALICE, id, name, name.into()).unwrap();
        }
    }
    for id in &ids {
        let page = |after, limit| -> Vec<String> {
            let page = ledger.fields(id, after, limit).unwrap();
            assert!(page.iter().all(|(name, value)| name.as_bytes() == value));
            page.into_iter().map(|(name, _)| name.into()).collect()
        };
        assert_eq!(page(None, 10), ["a", "aa", "ab", "b", "\u{10ffff}"]);
        assert_eq!(page(None, 2), ["a", "aa"]);
        assert_eq!(page(Some("aa"), 2), ["ab", "b"]);
        assert_eq!(page(Some("aaa"), 1), ["ab"], "after a name that is none");
        assert_eq!(page(Some("\u{10ffff}"), 1), [""; 0]);
        assert_eq!(page(None, 0), [""; 0]);
    }
}

#[test]
fn sizes_are_bounded_to_the_byte() {
    let mut ledger = ledger(State::new());
    let id = ledger.create_object(BY_ALICE).unwrap().id;
    let (name, value) = ("n".repeat(MAX_FIELD_NAME_BYTES), vec![7; MAX_FIELD_VALUE_BYTES]);
    ledger.set_field(BY_ALICE, &id, &name, value.clone()).unwrap();
    assert_eq!(ledger.field(BY_ALICE, &id, &name).unwrap(), value);

    let state = apply(State::new(), ledger.into_writes());
    let mut ledger = common::ledger(state);
    let cases = [
        (String::new(), vec![], ErrorCode::InvalidArgument, "a field's name is empty"),
        (
            "n".repeat(MAX_FIELD_NAME_BYTES + 1),
            vec![],
            ErrorCode::LimitExceeded,
            "field name of 129 bytes, at most 128 are allowed",
        ),
        (
            name,
            vec![7; MAX_FIELD_VALUE_BYTES + 1],
            ErrorCode::LimitExceeded,
            "field value of 262145 bytes, at most 262144 are allowed",
        ),
    ];
    for (name, value, code, text) in cases {
        assert_eq!(refused(ledger.set_field(BY_ALICE, &id, &name, value)), (code, text.to_owned()));
    }
    assert_eq!(ledger.into_writes(), []);
}

#[test]
fn the_fields_that_a_call_writes_are_bounded_in_their_sum() {
    let mut ledger = ledger(State::new());
    let id = ledger.create_object(BY_ALICE).unwrap().id;
    let value = vec![7; MAX_FIELD_VALUE_BYTES];
    let whole = MAX_FIELD_BYTES_PER_CALL / (MAX_FIELD_VALUE_BYTES + 1);
    let left = MAX_FIELD_BYTES_PER_CALL - whole * (MAX_FIELD_VALUE_BYTES + 1);
    for at in 0..whole {
        // Written again or not: both are to be undone.
        ledger.set_field(BY_ALICE, &id, if at % 2 == 0 { "a" } else { "b" }, value.clone()).unwrap();
    }
    let nested = ledger.checkpoint();
    let over =
        format!("fields written by a call of {} bytes, at most 16777216 are allowed", MAX_FIELD_BYTES_PER_CALL + 1);
    for name in ["a", "c"] {
        let refusal = refused(ledger.set_field(BY_ALICE, &id, name, vec![7; left]));
        assert_eq!(refusal, (ErrorCode::LimitExceeded, over.clone()));
        assert_eq!(ledger.object(&id).unwrap().unwrap().fields, 2, "a refusal changes nothing");
    }
    ledger.set_field(BY_ALICE, &id, "c", vec![7; left - 1]).unwrap();

    // What is undone does not count, nor does the call before.
    ledger.rollback(nested);
    ledger.set_field(BY_ALICE, &id, "d", vec![7; left - 1]).unwrap();
    ledger.begin_call(CallPosition { height: 1, index: 1 });
    ledger.set_field(BY_ALICE, &id, "a", value).unwrap();
}

#[test]
fn a_full_object_takes_no_new_field_but_replaces_old_ones() {
    let id = ObjectId::from_bytes([1; 32]);
    let object = |fields| Object { contract: CONTRACT, owner: ALICE, fields };
    let state = State::from([
        (StateKey::Object(id), borsh::to_vec(&object(MAX_FIELDS_PER_OBJECT)).unwrap()),
        (StateKey::Field(id, "old".into()), vec![1]),
    ]);
    let mut ledger = ledger(state);
    let expected = (ErrorCode::LimitExceeded, format!("object {id} has 1048576 fields, more are not allowed"));
    assert_eq!(refused(ledger.set_field(BY_ALICE, &id, "new", vec![2])), expected);
    ledger.set_field(BY_ALICE, &id, "old", vec![2]).unwrap();
    ledger.delete_field(BY_ALICE, &id, "old").unwrap();
    ledger.set_field(BY_ALICE, &id, "new", vec![2]).unwrap();
    assert_eq!(ledger.object(&id).unwrap(), Some(object(MAX_FIELDS_PER_OBJECT)));
}

#[test]
fn a_deletion_leaves_nothing() {
    // One object is in the state below, with fields that are replaced, deleted and added before the object goes.
    let mut first = ledger(State::new());
    let old = first.create_object(BY_ALICE).unwrap().id;
    for at in 0..40 {
        first.set_field(BY_ALICE, &old, &format!("field {at:02}"), vec![at]).unwrap();
    }
    first.set_owner(BY_ALICE, &old, ALICE).unwrap();
    let state = apply(State::new(), first.into_writes());
    assert_eq!(state.len(), 43);

    let mut second = ledger(state.clone());
    second.begin_call(CallPosition { height: 2, index: 0 });
    second.set_field(BY_ALICE, &old, "field 03", vec![99]).unwrap();
    second.delete_field(BY_ALICE, &old, "field 00").unwrap();
    second.delete_field(BY_ALICE, &old, "field 17").unwrap();
    second.set_field(BY_ALICE, &old, "field 17b", vec![1]).unwrap();
    assert_eq!(second.fields_to_delete(BY_ALICE, &old).unwrap(), 39);
    second.delete_object(BY_ALICE, &old).unwrap();

    // The other never leaves the overlay.
    let new = second.create_object(BY_ALICE).unwrap().id;
    second.set_field(BY_ALICE, &new, "name", vec![1]).unwrap();
    second.delete_object(BY_ALICE, &new).unwrap();

    for id in [old, new] {
        let gone = (ErrorCode::ObjectNotFound, format!("there is no object {id}"));
        assert_eq!(refused(second.field(BY_ALICE, &id, "field 01")), gone);
        assert_eq!(second.fields(&id, None, 100).unwrap(), []);
    }
    assert_eq!(refused(second.find_object(BY_ALICE, &ALICE)).0, ErrorCode::ObjectNotFound);
    assert_eq!(apply(state, second.into_writes()), State::new(), "no field or index entry is left over");
}

#[test]
fn a_new_owner_leaves_one_entry_in_the_index() {
    let mut ledger = ledger(State::new());
    let id = ledger.create_object(BY_ALICE).unwrap().id;
    ledger.set_owner(BY_ALICE, &id, ALICE).unwrap();
    ledger.set_owner(BY_ALICE, &id, ALICE).unwrap();
    ledger.set_owner(BY_ALICE, &id, BOB).unwrap();
    let state = apply(State::new(), ledger.into_writes());
    let object = Object { contract: CONTRACT, owner: BOB, fields: 0 };
    let expected = State::from([
        (StateKey::Object(id), borsh::to_vec(&object).unwrap()),
        (StateKey::Owned { owner: BOB, contract: CONTRACT, object: id }, Vec::new()),
        (StateKey::Created { contract: CONTRACT, object: id }, Vec::new()),
    ]);
    assert_eq!(state, expected);
}
