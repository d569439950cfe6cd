//! Nonces: what an embedder needs to let a signed transaction in once.

mod support;

use govm_core::{Account, ErrorCode, Failure, Ledger, StateStore, contract_address};
use govm_runtime::Engine;
use govm_state::MemoryStore;
use support::{ALICE, BOB, DEPLOY_GAS, call, contract, deploy, engine, info};

fn account(engine: &Engine<MemoryStore>) -> Account {
    Ledger::new(engine.store().snapshot().unwrap().state).account(&ALICE).unwrap()
}

#[track_caller]
fn assert_refused(result: Result<(), Failure>, text: &str) {
    match result {
        Err(Failure::Contract(error)) => {
            assert_eq!((error.code, error.message.as_str()), (ErrorCode::InvalidArgument, text));
        }
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[test]
fn a_nonce_is_taken_once_whatever_becomes_of_the_call() {
    let engine = engine();
    let fields = "(func $f0 (result i32) (i32.const 0)) (func $f1 (result i32) (i32.const 1))";
    let [address] = deploy(&engine, [&contract(&["work", "fail"], "", fields)]);

    let mut block = engine.begin_block(info()).unwrap();
    block.use_nonce(&ALICE, 0).unwrap();
    assert!(block.call(&call(address, "work")).unwrap().receipt.is_ok());
    block.use_nonce(&ALICE, 1).unwrap();
    assert!(!block.call(&call(address, "fail")).unwrap().receipt.is_ok());
    assert_eq!(block.account(&ALICE).unwrap().nonce, 2, "the block sees what it has not committed yet");
    assert_refused(block.use_nonce(&ALICE, 1), &format!("the next nonce of {ALICE} is 2, not 1"));
    assert_refused(block.use_nonce(&ALICE, 3), &format!("the next nonce of {ALICE} is 2, not 3"));
    block.use_nonce(&BOB, 0).unwrap();
    block.commit().unwrap();
    assert_eq!(account(&engine), Account { balance: 0, nonce: 2, deployments: 1 });

    let mut dropped = engine.begin_block(info()).unwrap();
    dropped.use_nonce(&ALICE, 2).unwrap();
    drop(dropped);
    let mut block = engine.begin_block(info()).unwrap();
    assert_refused(block.use_nonce(&ALICE, 0), &format!("the next nonce of {ALICE} is 2, not 0"));
    block.use_nonce(&ALICE, 2).unwrap();
}

#[test]
fn deployments_are_counted_apart_from_nonces() {
    let engine = engine();
    let wasm = contract(&["work"], "", "(func $f0 (result i32) (i32.const 0))");
    let mut block = engine.begin_block(info()).unwrap();
    for deployed_before in 0..2 {
        block.use_nonce(&ALICE, 2 * deployed_before).unwrap();
        let receipt = block.deploy(ALICE, &wasm, DEPLOY_GAS).unwrap().receipt;
        assert_eq!(receipt.output, contract_address(&ALICE, deployed_before).as_bytes());
        // A deployment that fails takes its nonce and no address.
        block.use_nonce(&ALICE, 2 * deployed_before + 1).unwrap();
        assert!(!block.deploy(ALICE, b"no module", DEPLOY_GAS).unwrap().receipt.is_ok());
    }
    assert_eq!(block.account(&ALICE).unwrap(), Account { balance: 0, nonce: 4, deployments: 2 });
}
