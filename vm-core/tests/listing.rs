//! Lists of objects, page by page, for tools and for contracts.

mod common;

use common::{ALICE, BOB, BY_ALICE, CONTRACT, OTHER_CONTRACT, State, ledger, refused};
use govm_core::{Actor, Address, ErrorCode, Failure, HostFault, Ledger, ObjectId, ObjectsOf, StateKey};

/// Three objects of each of two contracts that Alice owns, each contract's in ascending order.
fn objects(ledger: &mut Ledger<State>) -> [Vec<ObjectId>; 2] {
    [CONTRACT, OTHER_CONTRACT].map(|contract| {
        let actor = Actor { contract, sender: ALICE };
        let mut ids: Vec<_> = (0..3).map(|_| ledger.create_object(actor).unwrap().id).collect();
        ids.iter().for_each(|id| ledger.set_owner(actor, id, ALICE).unwrap());
        ids.sort_unstable();
        ids
    })
}

fn page(ledger: &Ledger<State>, of: ObjectsOf, after: Option<&ObjectId>, limit: usize) -> Vec<ObjectId> {
    ledger.objects(of, after, limit).unwrap().into_iter().map(|info| info.id).collect()
}

#[test]
fn each_listing_has_its_order_and_its_pages() {
    let mut ledger = ledger(State::new());
    let [ours, theirs] = objects(&mut ledger);
    let both = [ours.clone(), theirs.clone()].concat();
    let table = [
        (ObjectsOf::Owner(ALICE), &both),
        (ObjectsOf::Contract(CONTRACT), &ours),
        (ObjectsOf::OwnerAndContract(ALICE, OTHER_CONTRACT), &theirs),
        (ObjectsOf::Owner(BOB), &Vec::new()),
        (ObjectsOf::Contract(BOB), &Vec::new()),
        (ObjectsOf::OwnerAndContract(CONTRACT, CONTRACT), &Vec::new()),
    ];
    for (of, expected) in table {
        assert_eq!(&page(&ledger, of, None, usize::MAX), expected, "{of:?}");
        assert_eq!(page(&ledger, of, None, 0), []);
        for at in 0..expected.len() {
            assert_eq!(
                page(&ledger, of, Some(&expected[at]), 2),
                expected[at + 1..].iter().copied().take(2).collect::<Vec<_>>()
            );
        }
    }
}

#[test]
fn a_page_follows_an_object_that_has_gone_elsewhere() {
    let mut ledger = ledger(State::new());
    let [ours, theirs] = objects(&mut ledger);
    let [first, second, third] = ours[..] else { panic!("three objects") };
    ledger.set_owner(BY_ALICE, &first, BOB).unwrap();
    for of in [ObjectsOf::Owner(ALICE), ObjectsOf::OwnerAndContract(ALICE, CONTRACT), ObjectsOf::Contract(CONTRACT)] {
        assert_eq!(page(&ledger, of, Some(&first), 1), [second], "{of:?}");
    }
    ledger.delete_object(BY_ALICE, &second).unwrap();
    for of in [ObjectsOf::OwnerAndContract(ALICE, CONTRACT), ObjectsOf::Contract(CONTRACT)] {
        assert_eq!(page(&ledger, of, Some(&second), 1), [third], "{of:?}");
    }
    // Without the object nobody knows between which contracts to go on.
    let gone = (ErrorCode::ObjectNotFound, format!("there is no object {second} to go on after"));
    assert_eq!(refused(ledger.objects(ObjectsOf::Owner(ALICE), Some(&second), 1)), gone);
    assert_eq!(page(&ledger, ObjectsOf::Owner(ALICE), None, 9), [vec![third], theirs].concat());
}

#[test]
fn contracts_step_through_their_own() {
    let mut ledger = ledger(State::new());
    let [ours, _] = objects(&mut ledger);
    for owner in [None, Some(&ALICE)] {
        let next = |after| ledger.next_object(BY_ALICE, owner, after).map(|info| info.id);
        assert_eq!(next(&ObjectId::ZERO).unwrap(), ours[0]);
        assert_eq!(next(&ours[0]).unwrap(), ours[1]);
    }
    let after = &ours[2];
    let texts = [
        (None, *after, format!("this contract has no object after {after}")),
        (Some(&ALICE), *after, format!("{ALICE} owns no object of this contract after {after}")),
        (Some(&BOB), ObjectId::ZERO, format!("{BOB} owns no object of this contract")),
    ];
    for (owner, after, text) in texts {
        assert_eq!(refused(ledger.next_object(BY_ALICE, owner, &after)), (ErrorCode::ObjectNotFound, text));
    }
    let nobody = Actor { contract: Address::ZERO, sender: ALICE };
    let none = (ErrorCode::ObjectNotFound, "this contract has no object".to_owned());
    assert_eq!(refused(ledger.next_object(nobody, None, &ObjectId::ZERO)), none);
}

#[test]
fn an_index_entry_without_its_object_is_damage() {
    let object = ObjectId::from_bytes([7; 32]);
    let ledger = ledger(State::from([(StateKey::Created { contract: CONTRACT, object }, Vec::new())]));
    let found = ledger.objects(ObjectsOf::Contract(CONTRACT), None, 1);
    assert!(matches!(found, Err(Failure::Host(HostFault::Corrupt { .. }))), "{found:?}");
}
