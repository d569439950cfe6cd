//! The ownership rules, for every combination of who runs, who owns and what is tried.

mod common;

use common::{ALICE, BOB, CONTRACT, OTHER_CONTRACT, State, apply, ledger, refused};
use govm_core::{Actor, Address, ErrorCode, Failure, Ledger, ObjectId};

/// What a contract can try on an object.
type Attempt = fn(&mut Ledger<State>, Actor, &ObjectId) -> Result<(), Failure>;

const READS: [(&str, Attempt); 3] = [
    ("open", |ledger, actor, id| ledger.open_object(actor, id).map(drop)),
    ("field", |ledger, actor, id| ledger.field(actor, id, "name").map(drop)),
    ("list", |ledger, actor, id| ledger.next_field(actor, id, "").map(drop)),
];

const CHANGES: [(&str, Attempt); 6] = [
    ("set a field", |ledger, actor, id| ledger.set_field(actor, id, "name", vec![9])),
    ("add a field", |ledger, actor, id| ledger.set_field(actor, id, "more", vec![9])),
    ("delete a field", |ledger, actor, id| ledger.delete_field(actor, id, "name")),
    ("set the owner", |ledger, actor, id| ledger.set_owner(actor, id, OTHER_CONTRACT)),
    ("count what a deletion deletes", |ledger, actor, id| ledger.fields_to_delete(actor, id).map(drop)),
    ("delete", |ledger, actor, id| ledger.delete_object(actor, id)),
];

const THIRD: Address = Address::from_bytes([0x33; 20]);

/// A state with an object of [`CONTRACT`] that `owner` owns, with one field.
fn state_with_object(owner: Address) -> (State, ObjectId) {
    let mut ledger = ledger(State::new());
    let actor = Actor { contract: CONTRACT, sender: ALICE };
    let id = ledger.create_object(actor).unwrap().id;
    ledger.set_field(actor, &id, "name", vec![1]).unwrap();
    ledger.set_owner(actor, &id, owner).unwrap();
    (apply(State::new(), ledger.into_writes()), id)
}

/// The rules, written out: who runs, called by whom; who owns; whether it may read; whether it may change.
const CASES: [(Address, Address, Address, bool, bool); 10] = [
    // The creating contract: the owner is its caller, itself, or somebody else.
    (CONTRACT, ALICE, ALICE, true, true),
    (CONTRACT, ALICE, CONTRACT, true, true),
    (CONTRACT, ALICE, THIRD, true, false),
    // The creating contract, called by itself.
    (CONTRACT, CONTRACT, CONTRACT, true, true),
    (CONTRACT, CONTRACT, ALICE, true, false),
    // Another contract: its caller, itself or somebody else owns the object.
    (OTHER_CONTRACT, ALICE, ALICE, false, false),
    (OTHER_CONTRACT, ALICE, OTHER_CONTRACT, false, false),
    (OTHER_CONTRACT, ALICE, THIRD, false, false),
    // Another contract, called by the creator: what the creator may, it may not.
    (OTHER_CONTRACT, CONTRACT, CONTRACT, false, false),
    (OTHER_CONTRACT, CONTRACT, ALICE, false, false),
];

#[test]
fn every_combination_is_allowed_or_refused_as_the_rules_say() {
    for (contract, sender, owner, may_read, may_change) in CASES {
        let reads = READS.map(|(name, attempt)| (name, attempt, may_read, false));
        let changes = CHANGES.map(|(name, attempt)| (name, attempt, may_change, true));
        for (name, attempt, allowed, changes) in reads.into_iter().chain(changes) {
            let (state, id) = state_with_object(owner);
            let mut ledger = ledger(state);
            let result = attempt(&mut ledger, Actor { contract, sender }, &id);
            let case = format!("{name}: {contract} called by {sender}, owner {owner}");
            if allowed {
                assert!(result.is_ok(), "{case}: {result:?}");
                let writes_something = changes && !name.starts_with("count");
                assert_eq!(!ledger.into_writes().is_empty(), writes_something, "{case}");
            } else {
                let text = if contract == CONTRACT {
                    format!("object {id} is owned by {owner}, not by the caller {sender}")
                } else {
                    format!("object {id} was created by contract {CONTRACT}, not by {contract}")
                };
                assert_eq!(refused(result), (ErrorCode::Unauthorized, text), "{case}");
                assert_eq!(ledger.into_writes(), [], "{case}: a refusal changes nothing");
            }
        }
    }
}

#[test]
fn a_new_object_is_owned_by_its_contract_so_whoever_calls_it() {
    let mut ledger = ledger(State::new());
    let created = ledger.create_object(Actor { contract: CONTRACT, sender: ALICE }).unwrap();
    assert_eq!((created.object.contract, created.object.owner), (CONTRACT, CONTRACT));
    ledger.set_field(Actor { contract: CONTRACT, sender: BOB }, &created.id, "name", vec![1]).unwrap();
}

#[test]
fn giving_an_object_away_ends_the_right_to_take_it_back() {
    let (state, id) = state_with_object(ALICE);
    let mut ledger = ledger(state);
    let by_alice = Actor { contract: CONTRACT, sender: ALICE };
    ledger.set_owner(by_alice, &id, BOB).unwrap();
    assert_eq!(refused(ledger.set_owner(by_alice, &id, ALICE)).0, ErrorCode::Unauthorized);
    ledger.set_owner(Actor { contract: CONTRACT, sender: BOB }, &id, ALICE).unwrap();
}

#[test]
fn an_object_that_is_not_there_is_not_found_whoever_asks() {
    let id = ObjectId::from_bytes([7; 32]);
    for contract in [CONTRACT, OTHER_CONTRACT] {
        for (name, attempt) in READS.into_iter().chain(CHANGES) {
            let mut ledger = ledger(State::new());
            let result = attempt(&mut ledger, Actor { contract, sender: ALICE }, &id);
            assert_eq!(refused(result), (ErrorCode::ObjectNotFound, format!("there is no object {id}")), "{name}");
            assert_eq!(ledger.into_writes(), []);
        }
    }
}
