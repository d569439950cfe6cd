//! Balances, transfers and deployments.

mod common;

use common::{ALICE, BOB, State, apply, ledger, refused};
use govm_core::{
    Account, Actor, Contract, ErrorCode, Failure, HostFault, ObjectId, StateKey, code_hash, contract_address,
    default_object_id,
};

/// A state in which Alice has `alice` and Bob has `bob`.
fn balances(alice: u64, bob: u64) -> State {
    let mut ledger = ledger(State::new());
    ledger.credit(&ALICE, alice).unwrap();
    ledger.credit(&BOB, bob).unwrap();
    apply(State::new(), ledger.into_writes())
}

#[test]
fn an_account_that_was_never_used_holds_nothing() {
    assert_eq!(ledger(State::new()).account(&ALICE).unwrap(), Account { balance: 0, nonce: 0, deployments: 0 });
}

#[test]
fn transfers_move_what_there_is() {
    let cases = [(100, 0, 30, 70, 30), (100, 5, 100, 0, 105), (1, u64::MAX - 1, 1, 0, u64::MAX)];
    for (alice, bob, amount, alice_after, bob_after) in cases {
        let mut ledger = ledger(balances(alice, bob));
        ledger.transfer(&ALICE, &BOB, amount).unwrap();
        assert_eq!(ledger.account(&ALICE).unwrap().balance, alice_after);
        assert_eq!(ledger.account(&BOB).unwrap().balance, bob_after);
    }
}

#[test]
fn transfers_of_nothing_or_to_oneself_write_nothing() {
    for (to, amount) in [(BOB, 0), (ALICE, 0), (ALICE, 100)] {
        let mut ledger = ledger(balances(100, 0));
        ledger.transfer(&ALICE, &to, amount).unwrap();
        assert_eq!(ledger.into_writes(), []);
    }
}

#[test]
fn transfers_that_cannot_be_are_refused_and_change_nothing() {
    let funds = |has, needs| (ErrorCode::InsufficientFunds, format!("{ALICE} has {has}, needs {needs}"));
    let overflow = (ErrorCode::LimitExceeded, format!("the balance of {BOB} would not fit 64 bits"));
    let cases = [
        (0, 0, BOB, 1, funds(0, 1)),
        (99, 0, BOB, 100, funds(99, 100)),
        (99, u64::MAX, BOB, 100, funds(99, 100)),
        (99, 0, ALICE, 100, funds(99, 100)),
        (0, 0, BOB, u64::MAX, funds(0, u64::MAX)),
        (2, u64::MAX - 1, BOB, 2, overflow),
    ];
    for (alice, bob, to, amount, expected) in cases {
        let mut ledger = ledger(balances(alice, bob));
        assert_eq!(refused(ledger.transfer(&ALICE, &to, amount)), expected);
        assert_eq!(ledger.into_writes(), []);
    }
}

#[test]
fn a_credit_over_64_bits_is_refused_and_changes_nothing() {
    let mut ledger = ledger(balances(1, 0));
    ledger.credit(&BOB, u64::MAX).unwrap();
    let before = ledger.account(&ALICE).unwrap();
    let expected = (ErrorCode::LimitExceeded, format!("the balance of {ALICE} would not fit 64 bits"));
    assert_eq!(refused(ledger.credit(&ALICE, u64::MAX)), expected);
    assert_eq!(ledger.account(&ALICE).unwrap(), before);
}

#[test]
fn a_deployment_makes_a_contract_with_its_default_object() {
    let mut ledger = ledger(balances(7, 0));
    let wasm = b"\0asm module";
    let address = ledger.deploy(&ALICE, wasm).unwrap();
    assert_eq!(address, contract_address(&ALICE, 0));
    assert_eq!(ledger.account(&ALICE).unwrap(), Account { balance: 7, nonce: 0, deployments: 1 });

    let default_object = default_object_id(&address);
    let expected = Contract { code: code_hash(wasm), deployer: ALICE, default_object, height: 1 };
    assert_eq!(ledger.contract(&address).unwrap(), Some(expected));
    assert_eq!(ledger.code(&expected.code).unwrap(), wasm);

    // The contract knows its default object by the zero id.
    let actor = Actor { contract: address, sender: BOB };
    let opened = ledger.open_object(actor, &ObjectId::ZERO).unwrap();
    assert_eq!((opened.id, opened.object.owner, opened.object.fields), (default_object, address, 0));
    ledger.set_field(actor, &ObjectId::ZERO, "total", vec![1]).unwrap();
    assert_eq!(ledger.field(actor, &default_object, "total").unwrap(), [1]);
}

#[test]
fn a_nonce_is_taken_once_and_in_order() {
    let mut ledger = ledger(State::new());
    let next =
        |expected, found| (ErrorCode::InvalidArgument, format!("the next nonce of {ALICE} is {expected}, not {found}"));
    assert_eq!(refused(ledger.use_nonce(&ALICE, 1)), next(0, 1));
    ledger.use_nonce(&ALICE, 0).unwrap();
    assert_eq!(refused(ledger.use_nonce(&ALICE, 0)), next(1, 0), "a replay");
    ledger.use_nonce(&ALICE, 1).unwrap();
    ledger.use_nonce(&BOB, 0).unwrap();

    // Deployments and payments have nothing to do with it.
    ledger.credit(&ALICE, 5).unwrap();
    ledger.transfer(&ALICE, &BOB, 2).unwrap();
    ledger.deploy(&ALICE, b"code").unwrap();
    assert_eq!(ledger.account(&ALICE).unwrap(), Account { balance: 3, nonce: 2, deployments: 1 });
    assert_eq!(ledger.account(&BOB).unwrap(), Account { balance: 2, nonce: 1, deployments: 0 });
}

#[test]
fn the_last_nonce_is_never_used_up() {
    let account = Account { nonce: u64::MAX, ..Account::default() };
    let mut ledger = ledger(State::from([(StateKey::Account(ALICE), borsh::to_vec(&account).unwrap())]));
    let expected = (ErrorCode::LimitExceeded, format!("{ALICE} has used its last nonce"));
    assert_eq!(refused(ledger.use_nonce(&ALICE, u64::MAX)), expected);
    assert_eq!(ledger.into_writes(), []);
}

#[test]
fn the_same_code_is_stored_once_and_each_deployment_is_a_contract() {
    let mut ledger = ledger(State::new());
    let addresses = [&ALICE, &ALICE, &BOB].map(|deployer| ledger.deploy(deployer, b"code").unwrap());
    assert_eq!(addresses, [contract_address(&ALICE, 0), contract_address(&ALICE, 1), contract_address(&BOB, 0)]);
    let state = apply(State::new(), ledger.into_writes());
    assert_eq!(state.keys().filter(|key| matches!(key, StateKey::Code(_))).count(), 1);
    assert_eq!(state.keys().filter(|key| matches!(key, StateKey::Contract(_))).count(), 3);
}

#[test]
fn damaged_records_are_faults_and_never_default_values() {
    let state = State::from([(StateKey::Account(ALICE), vec![1, 2, 3])]);
    let mut ledger = ledger(state);
    assert!(matches!(ledger.account(&ALICE), Err(HostFault::Corrupt { .. })));
    assert!(matches!(ledger.transfer(&ALICE, &BOB, 0), Err(Failure::Host(HostFault::Corrupt { .. }))));
    let missing = code_hash(b"gone");
    let fault = ledger.code(&missing).unwrap_err();
    assert_eq!(fault.to_string(), format!("damaged state: code {missing} is missing"));
    assert_eq!(ledger.into_writes(), []);
}
