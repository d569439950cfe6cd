//! What a block has at hand between its calls, code and instances, shows in no result and is given back at its end.

mod support;

use std::sync::Arc;

use govm_core::{Address, BlockInfo, Receipt};
use govm_runtime::{Engine, EngineConfig, Tier};
use govm_state::MemoryStore;
use support::{call, contract, deploy, run};

/// How many contracts there are: more than a block has at hand.
const CONTRACTS: usize = 20;

/// Adds a number to a place in memory that every call must find zero.
fn adding(number: usize) -> String {
    format!(
        "(func $f0 (result i32)
            (i32.store (i32.const 64) (i32.add (i32.load (i32.const 64)) (i32.const {number})))
            (i32.sub (i32.load (i32.const 64)) (i32.const {number})))"
    )
}

fn world(config: &EngineConfig) -> (Engine<MemoryStore>, [Address; CONTRACTS]) {
    let engine = Engine::new(MemoryStore::new(), config);
    let modules: [_; CONTRACTS] = std::array::from_fn(|number| contract(&["run"], "", &adding(number)));
    let addresses = deploy(&engine, modules.each_ref().map(Vec::as_slice));
    (engine, addresses)
}

/// The receipts of calls in one block, which is committed.
fn in_one_block(engine: &Engine<MemoryStore>, contracts: &[Address]) -> Vec<Arc<Receipt>> {
    let mut block = engine.begin_block(BlockInfo::default()).unwrap();
    let receipts = contracts.iter().map(|contract| block.call(&call(*contract, "run")).unwrap().receipt).collect();
    block.commit().unwrap();
    receipts
}

#[test]
fn contracts_in_turn_keep_one_instance_each_and_start_from_their_snapshots() {
    let (engine, contracts) = world(&EngineConfig::default());
    let twice = [contracts, contracts].concat();
    let receipts = in_one_block(&engine, &twice);
    assert!(receipts.iter().all(|receipt| receipt.is_ok()), "{receipts:?}");
    let gas: Vec<u64> = receipts.iter().map(|receipt| receipt.gas_used).collect();
    assert_eq!(gas[..CONTRACTS], gas[CONTRACTS..]);
    assert_eq!(engine.idle_instances().instances, CONTRACTS);
    let alone: Vec<u64> =
        contracts.iter().map(|contract| run(&engine, &call(*contract, "run")).receipt.gas_used).collect();
    assert_eq!(alone, gas[..CONTRACTS]);
}

#[test]
fn code_that_was_displaced_leaves_no_instance() {
    let config = EngineConfig { max_loaded: 1, ..EngineConfig::default() };
    let (engine, contracts) = world(&config);
    let [a, b, ..] = contracts;
    let receipts = in_one_block(&engine, &[a, b, a, a, b]);
    assert!(receipts.iter().all(|receipt| receipt.is_ok()), "{receipts:?}");
    assert_eq!(engine.idle_instances().instances, 1, "of the code that was used last");
    assert_eq!((engine.tier(&a).unwrap(), engine.tier(&b).unwrap()), (None, Some(Tier::Singlepass)));
}

#[test]
fn better_code_takes_over_in_the_middle_of_a_block() {
    let (engine, [_, address, ..]) = world(&EngineConfig::default());
    let mut block = engine.begin_block(BlockInfo::default()).unwrap();
    let mut next = || block.call(&call(address, "run")).unwrap().receipt;
    let first = next();
    assert!(first.is_ok(), "{first:?}");
    for _ in 0..32 {
        assert_eq!(next().gas_used, first.gas_used);
    }
    engine.settle();
    assert_eq!(engine.tier(&address).unwrap(), Some(Tier::Cranelift));
    assert_eq!(next().gas_used, first.gas_used, "by the better code");
    drop(block);
    assert_eq!(engine.idle_instances().instances, CONTRACTS, "none of the code that was replaced");
}
