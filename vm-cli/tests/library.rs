//! The crates below the command, used together by a program: Go source to a module to many calls in one process.

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::OnceLock;

use govm_codec::{Value, args_from_words, decode_results, encode_args};
use govm_core::{Address, BlockInfo, Call, ErrorCode, Hash, Ledger, ObjectId, Receipt, StateStore};
use govm_runtime::{ContractInfo, Engine, EngineConfig, Reuse, check_module};
use govm_state::MemoryStore;

use common::{DEPLOY_GAS_LIMIT, GAS_LIMIT, SENDER};

/// The mischief contract, deployed in an engine of its own.
struct World {
    engine: Engine<MemoryStore>,
    contract: ContractInfo,
}

impl World {
    fn new() -> Self {
        Self::with(Reuse::Auto)
    }

    fn with(reuse: Reuse) -> Self {
        static WASM: OnceLock<Vec<u8>> = OnceLock::new();
        let wasm = WASM.get_or_init(|| common::build_in_process(&common::mischief_source()));
        let config = EngineConfig { reuse, ..common::code_cache() };
        let (engine, contract) = common::deployed(wasm, &config, BlockInfo::default());
        Self { engine, contract }
    }

    fn request(&self, function: &str, words: &[&str], gas_limit: u64) -> Call {
        let abi = &self.contract.abi;
        let (_, declared) = abi.function(function).unwrap();
        let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
        let args = encode_args(abi, declared, &args_from_words(abi, declared, &words).unwrap()).unwrap();
        let contract = self.contract.address;
        Call { sender: SENDER, contract, function: function.to_owned(), args, value: 0, gas_limit }
    }

    /// Calls in a block of its own and commits it, whatever the call led to.
    fn call(&self, call: &Call) -> Arc<Receipt> {
        let mut block = self.engine.begin_block(BlockInfo::default()).unwrap();
        let receipt = block.call(call).unwrap().receipt;
        block.commit().unwrap();
        receipt
    }

    /// The only result of a call that succeeded.
    fn result(&self, function: &str, receipt: &Receipt) -> Value {
        assert!(receipt.is_ok(), "{:?}", receipt.error());
        let (_, function) = self.contract.abi.function(function).unwrap();
        decode_results(&self.contract.abi, function, &receipt.output).unwrap().remove(0)
    }

    /// The fields of the contract's default object.
    fn fields(&self) -> Vec<(Box<str>, Vec<u8>)> {
        let id: ObjectId = self.contract.contract.default_object;
        Ledger::new(self.engine.store().snapshot().unwrap().state).fields(&id, None, 10).unwrap()
    }
}

/// The digest of a call that wrote nothing.
fn writes_of_nothing() -> Hash {
    let mut ledger = Ledger::new(BTreeMap::new());
    let before = ledger.checkpoint();
    ledger.finish_call(before).writes
}

/// Good calls before those that are compared. Go keeps the numbers below 256 ready and allocates others when they become an
/// `any`, so from the call on that reads 256 each does the very same work.
const WARM_UP: u64 = 257;

/// Calls with the counts from 1 on: after the warm-up each of a thousand uses the same gas.
fn assert_same_gas(good: &mut impl FnMut(u64) -> u64) {
    for count in 1..WARM_UP {
        good(count);
    }
    let warm = good(WARM_UP);
    for count in WARM_UP + 1..=WARM_UP + 1_000 {
        assert_eq!(good(count), warm, "call {count}");
    }
}

#[test]
fn a_thousand_calls_cost_the_same_and_count_up() {
    let world = World::new();
    let call = world.request("Good", &[], GAS_LIMIT);
    let mut good = |count| {
        let receipt = world.call(&call);
        assert_eq!(world.result("Good", &receipt), Value::Uint64(count));
        receipt.gas_used
    };
    assert_same_gas(&mut good);
    // The deployment, and a block for each call.
    assert_eq!(world.engine.store().snapshot().unwrap().height(), 1 + WARM_UP + 1_000);
}

#[test]
fn a_thousand_calls_in_one_block_cost_the_same_and_count_up() {
    let world = World::new();
    let call = world.request("Good", &[], GAS_LIMIT);
    let mut block = world.engine.begin_block(BlockInfo::default()).unwrap();
    let mut good = |count| {
        let receipt = block.call(&call).unwrap().receipt;
        assert_eq!(world.result("Good", &receipt), Value::Uint64(count));
        receipt.gas_used
    };
    assert_same_gas(&mut good);
    assert_eq!(block.commit().unwrap().height, 2);
}

#[test]
fn a_thousand_queries_give_the_same_receipt() {
    let world = World::new();
    world.call(&world.request("Good", &[], GAS_LIMIT));
    let call = world.request("Good", &[], GAS_LIMIT);
    let expected = world.engine.query(&call, 0).unwrap();
    assert_eq!(world.result("Good", &expected.executed.receipt), Value::Uint64(2));
    for _ in 0..1_000 {
        assert_eq!(world.engine.query(&call, 0).unwrap(), expected);
    }
}

/// Calls that fail: function, arguments, gas limit, how they end.
const FAILING: &[(&str, &[&str], u64, ErrorCode)] = &[
    ("Fail", &[], GAS_LIMIT, ErrorCode::Reverted),
    ("Refuse", &[], GAS_LIMIT, ErrorCode::InsufficientFunds),
    ("Panic", &[], GAS_LIMIT, ErrorCode::Panic),
    ("Nil", &[], GAS_LIMIT, ErrorCode::Panic),
    ("Index", &["3"], GAS_LIMIT, ErrorCode::Panic),
    ("Loop", &[], 50_000_000, ErrorCode::OutOfGas),
    ("Recurse", &[], GAS_LIMIT, ErrorCode::StackOverflow),
    ("Allocate", &[], GAS_LIMIT, ErrorCode::OutOfMemory),
    ("Deadlock", &[], GAS_LIMIT, ErrorCode::Trap),
    ("Good", &[], 20_000, ErrorCode::OutOfGas),
    ("Good", &[], 0, ErrorCode::OutOfGas),
];

#[test]
fn after_every_failing_call_the_state_is_what_it_was_and_a_good_call_works() {
    let world = World::new();
    let good = world.request("Good", &[], GAS_LIMIT);
    world.call(&good);
    let gas_used = world.call(&good).gas_used;
    for (place, &(function, words, gas_limit, code)) in FAILING.iter().enumerate() {
        let before = world.fields();
        let call = world.request(function, words, gas_limit);
        let failed = world.call(&call);
        assert_eq!(failed.error().map(|error| error.code), Some(code), "{function}: {:?}", failed.error());
        assert!(failed.events.is_empty() && failed.writes == writes_of_nothing(), "{function}: {failed:?}");
        assert!(failed.gas_used <= gas_limit, "{function}");
        assert_eq!(world.fields(), before, "{function}");

        let worked = world.call(&good);
        assert_eq!(world.result("Good", &worked), Value::Uint64(place as u64 + 3), "after {function}");
        assert_eq!(worked.gas_used, gas_used, "after {function}");
        assert_eq!(world.call(&call).gas_used, failed.gas_used, "{function} again");
    }
}

#[test]
fn failing_calls_between_good_ones_of_a_block_leave_nothing() {
    let world = World::new();
    let mut block = world.engine.begin_block(BlockInfo::default()).unwrap();
    let mut good = 0;
    for &(function, words, gas_limit, code) in FAILING {
        let receipt = block.call(&world.request("Good", &[], GAS_LIMIT)).unwrap().receipt;
        good += 1;
        assert_eq!(world.result("Good", &receipt), Value::Uint64(good));
        let failed = block.call(&world.request(function, words, gas_limit)).unwrap().receipt;
        assert_eq!(failed.error().map(|error| error.code), Some(code), "{function}");
    }
    block.commit().unwrap();
    let receipt = world.call(&world.request("Good", &[], GAS_LIMIT));
    assert_eq!(world.result("Good", &receipt), Value::Uint64(good + 1));
}

#[test]
fn restored_instances_give_the_receipts_of_fresh_ones() {
    let run = |reuse| {
        let world = World::with(reuse);
        let calls = FAILING.iter().flat_map(|&(function, words, gas_limit, _)| {
            [("Good", [].as_slice(), GAS_LIMIT), (function, words, gas_limit), (function, words, gas_limit)]
        });
        let mut block = world.engine.begin_block(BlockInfo::default()).unwrap();
        let executed: Vec<_> = calls
            .map(|(function, words, gas_limit)| block.call(&world.request(function, words, gas_limit)).unwrap())
            .collect();
        (executed, block.commit().unwrap())
    };
    let fresh = run(Reuse::Never);
    assert_eq!(run(Reuse::FullCopy), fresh);
    assert_eq!(run(Reuse::Auto), fresh);
}

#[test]
fn a_go_module_cut_or_changed_at_sampled_bytes_harms_nobody() {
    let wasm = common::mischief();
    let world = World::new();
    let good = world.request("Good", &[], GAS_LIMIT);
    world.call(&good);
    let gas_used = world.call(&good).gas_used;
    let config = EngineConfig::default();
    // A prime step meets every section; the two megabytes are checked some hundred times, and compiled three times.
    let step = wasm.len() / 61;
    let mut compiled = 0;
    for at in (7..wasm.len()).step_by(step) {
        // The ABI is the last section: without all of it there is no contract.
        assert!(check_module(&wasm[..at], &config).is_err(), "cut at {at}");
        let mut changed = wasm.to_vec();
        changed[at] ^= 0x55;
        if check_module(&changed, &config).is_err() || compiled == 3 {
            continue;
        }
        compiled += 1;
        let mut block = world.engine.begin_block(BlockInfo::default()).unwrap();
        let deployed = block.deploy(SENDER, &changed, DEPLOY_GAS_LIMIT).unwrap().receipt;
        assert!(deployed.gas_used <= DEPLOY_GAS_LIMIT);
        if let (true, Some(contract)) = (deployed.is_ok(), Address::from_slice(&deployed.output)) {
            let call = Call { contract, gas_limit: 10_000_000, ..good.clone() };
            assert!(block.call(&call).unwrap().receipt.gas_used <= call.gas_limit, "changed at {at}");
        }
    }
    assert_eq!(compiled, 3, "changes that still give a module");
    let after = world.call(&good);
    assert_eq!((world.result("Good", &after), after.gas_used), (Value::Uint64(3), gas_used));
}
