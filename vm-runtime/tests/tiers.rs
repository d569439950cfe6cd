//! Two compilers, one after the other: nobody can tell from a result which of them made the code.

mod support;

use std::fs;

use govm_core::{Address, StateStore};
use govm_runtime::{Engine, EngineConfig, Tier, Tiers};
use govm_state::MemoryStore;
use support::{call, contract, deploy, run};

/// Counts up in memory that should be its own, and in a loop.
const WORK: &str = "(func $f0 (result i32) (local $i i32)
    (loop $l
        (i32.store (i32.const 64) (i32.add (i32.load (i32.const 64)) (i32.const 3)))
        (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1000))))
    (i32.sub (i32.load (i32.const 64)) (i32.const 3000)))";

fn world(config: EngineConfig) -> (Engine<MemoryStore>, Address) {
    let engine = Engine::new(MemoryStore::new(), &config);
    let [address] = deploy(&engine, [&contract(&["run"], "", WORK)]);
    (engine, address)
}

#[test]
fn a_contract_that_is_called_often_gets_better_code_and_gives_the_same_results() {
    let (engine, address) = world(EngineConfig::default());
    let first = run(&engine, &call(address, "run")).receipt;
    assert!(first.is_ok(), "{first:?}");
    assert_eq!(engine.tier(&address).unwrap(), Some(Tier::Singlepass));
    for _ in 0..32 {
        assert_eq!(run(&engine, &call(address, "run")).receipt, first);
    }
    engine.settle();
    assert_eq!(engine.tier(&address).unwrap(), Some(Tier::Cranelift));
    for _ in 0..3 {
        assert_eq!(run(&engine, &call(address, "run")).receipt, first, "by the better code");
    }
}

#[test]
fn instances_of_code_that_was_replaced_are_gone() {
    let (engine, address) = world(EngineConfig::default());
    assert_eq!(engine.idle_instances().instances, 1, "the one that was initialised");
    run(&engine, &call(address, "run"));
    assert!(engine.prepare(&address).unwrap());
    let idle = engine.idle_instances();
    assert_eq!(idle.instances, 1, "that of the better code");
    assert!(idle.bytes < 1 << 20, "{} bytes", idle.bytes);
}

#[test]
fn one_compiler_alone_makes_all_code() {
    for tier in [Tier::Singlepass, Tier::Cranelift] {
        let (engine, address) = world(EngineConfig { tiers: Tiers::Only(tier), ..EngineConfig::default() });
        for _ in 0..40 {
            assert!(run(&engine, &call(address, "run")).receipt.is_ok());
        }
        engine.settle();
        assert_eq!(engine.tier(&address).unwrap(), Some(tier));
    }
}

/// Register allocation takes longer than in proportion to a function's size: a module could keep Cranelift busy for minutes,
/// and all others waiting for their better code.
#[test]
fn a_module_that_would_take_cranelift_long_keeps_the_code_that_it_has() {
    let engine = Engine::new(MemoryStore::new(), &EngineConfig::default());
    let body = |bytes: usize| format!("{WORK} (func {})", "(drop (i32.const 7))".repeat(bytes / 3));
    let nested = |blocks: usize| format!("{WORK} (func {} {})", "block ".repeat(blocks), "end ".repeat(blocks));
    let meeting =
        |blocks: usize| format!("{WORK} (func (local {}) {})", "i32 ".repeat(64), "(block)".repeat(blocks - 1));
    let cases = [
        (body((128 << 10) - 100), Tier::Cranelift),
        (body((128 << 10) + 3), Tier::Singlepass),
        (nested(1_000), Tier::Cranelift),
        (nested(1_025), Tier::Singlepass),
        (meeting(512), Tier::Cranelift),
        (meeting(513), Tier::Singlepass),
    ];
    for (at, (fields, expected)) in cases.into_iter().enumerate() {
        let [address] = deploy(&engine, [&contract(&["run"], "", &fields)]);
        let first = run(&engine, &call(address, "run")).receipt;
        assert!(first.is_ok(), "{first:?}");
        for _ in 0..33 {
            assert_eq!(run(&engine, &call(address, "run")).receipt, first);
        }
        engine.settle();
        assert_eq!(engine.tier(&address).unwrap(), Some(expected), "case {at}");
        assert!(engine.prepare(&address).unwrap());
        assert_eq!(engine.tier(&address).unwrap(), Some(expected), "case {at}, prepared");
    }
}

#[test]
fn prepared_code_is_the_best_and_the_next_process_finds_it() {
    let folder = tempfile::tempdir().unwrap();
    let config = EngineConfig { cache_dir: Some(folder.path().to_owned()), ..EngineConfig::default() };
    let (engine, address) = world(config.clone());
    let expected = run(&engine, &call(address, "run")).receipt;
    assert!(engine.prepare(&address).unwrap());
    assert_eq!(engine.tier(&address).unwrap(), Some(Tier::Cranelift));
    assert_eq!(run(&engine, &call(address, "run")).receipt, expected);

    let next = Engine::new(engine.store().clone(), &config);
    assert_eq!(next.tier(&address).unwrap(), None, "nothing is in memory yet");
    assert_eq!(run(&next, &call(address, "run")).receipt, expected);
    assert_eq!(next.tier(&address).unwrap(), Some(Tier::Cranelift));
    let entries = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    assert_eq!(entries.filter(|path| path.extension().is_some_and(|extension| extension == "bin")).count(), 2);
    assert!(!next.prepare(&Address::from_bytes([9; 20])).unwrap(), "there is no such contract");
    assert!(next.store().snapshot().is_ok());
}
