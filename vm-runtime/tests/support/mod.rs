//! What the tests of the engine share: contracts in the WebAssembly text format, and an engine in memory.

#![allow(dead_code, unused_imports, missing_docs, reason = "each test file uses its part")]

mod imports;

use std::collections::BTreeMap;
use std::sync::Arc;

use govm_core::{Address, BlockInfo, Call, ContractError, ErrorCode, Receipt, StateKey, StateStore, conformance};
use govm_runtime::{Engine, EngineConfig, Executed};
use govm_state::MemoryStore;

pub(crate) use imports::imports;

pub(crate) const ALICE: Address = Address::from_bytes([0xa1; 20]);
pub(crate) const BOB: Address = Address::from_bytes([0xb0; 20]);
pub(crate) const GAS: u64 = 1_000_000_000;
/// What the deployment of any module of the tests may use.
pub(crate) const DEPLOY_GAS: u64 = 100_000_000_000;
pub(crate) const TIME_NS: i64 = 1_700_000_000_000_000_000;

/// The ABI of a contract with functions that take and give nothing; `name!` is payable, `name?` is a view.
pub(crate) fn abi(functions: &[&str]) -> String {
    let function = |name: &&str| {
        let (view, payable) = (name.ends_with('?'), name.ends_with('!'));
        let name = name.trim_end_matches(['?', '!']);
        format!(r#"{{"name":"{name}","docs":"","view":{view},"payable":{payable},"params":[],"results":[]}}"#)
    };
    let functions = sorted(functions).iter().map(function).collect::<Vec<_>>().join(",");
    format!(
        r#"{{"abi_version":1,"name":"test","docs":"","codec":"borsh","sdk_version":"0.1.0","go_version":"go1.26","functions":[{functions}],"types":[],"events":[]}}"#
    )
}

/// The functions as an ABI lists them: by name.
fn sorted<'a>(functions: &[&'a str]) -> Vec<&'a str> {
    let mut sorted = functions.to_vec();
    sorted.sort_by_key(|name| name.trim_end_matches(['?', '!']));
    sorted
}

/// A module with these fields and this ABI.
pub(crate) fn module_with(fields: &str, abi: &str) -> Vec<u8> {
    let abi = abi.replace('\\', "\\\\").replace('"', "\\\"");
    let text = format!("(module {fields} (@custom \"govm.abi\" \"{abi}\"))");
    wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// A contract whose functions are the wasm functions `$f0`, `$f1`, … of type `() -> i32` (an error code), called by a
/// dispatch function; imports are declared in `fields` before anything else.
pub(crate) fn contract(functions: &[&str], imports: &str, fields: &str) -> Vec<u8> {
    let sorted = sorted(functions);
    let place = |name: &str| sorted.iter().position(|other| *other == name).unwrap();
    let calls: String = functions
        .iter()
        .enumerate()
        .map(|(at, name)| (at, place(name)))
        .map(|(at, index)| format!("(if (i32.eq (local.get 0) (i32.const {index})) (then (return (call $f{at}))))"))
        .collect();
    let fields = format!(
        r#"{imports} (memory (export "memory") 1) (func (export "_initialize")) {fields}
           (func (export "govm_call") (param i32 i32) (result i32) {calls} (i32.const 14))"#
    );
    module_with(&fields, &abi(functions))
}

/// Everything that is stored.
pub(crate) fn state(engine: &Engine<MemoryStore>) -> BTreeMap<StateKey, Vec<u8>> {
    conformance::entries(&engine.store().snapshot().unwrap().state)
}

pub(crate) fn engine() -> Engine<MemoryStore> {
    Engine::new(MemoryStore::new(), &EngineConfig::default())
}

pub(crate) fn info() -> BlockInfo {
    BlockInfo { time_ns: TIME_NS, proposer_data: Vec::new() }
}

/// Deploys modules in a block of their own.
pub(crate) fn deploy<const N: usize>(engine: &Engine<MemoryStore>, modules: [&[u8]; N]) -> [Address; N] {
    let mut block = engine.begin_block(info()).unwrap();
    let addresses = modules.map(|wasm| {
        let receipt = block.deploy(ALICE, wasm, DEPLOY_GAS).unwrap().receipt;
        assert!(receipt.is_ok(), "{receipt:?}");
        Address::from_slice(&receipt.output).unwrap()
    });
    block.commit().unwrap();
    addresses
}

pub(crate) fn call(contract: Address, function: &str) -> Call {
    Call { sender: ALICE, contract, function: function.to_owned(), args: Vec::new(), value: 0, gas_limit: GAS }
}

/// Executes one call in a block of its own.
pub(crate) fn run(engine: &Engine<MemoryStore>, call: &Call) -> Executed {
    let mut block = engine.begin_block(info()).unwrap();
    let executed = block.call(call).unwrap();
    block.commit().unwrap();
    executed
}

/// Deploys a contract with one function and calls it.
pub(crate) fn run_once(imports: &str, fields: &str) -> Arc<Receipt> {
    let engine = engine();
    let [address] = deploy(&engine, [&contract(&["run"], imports, fields)]);
    run(&engine, &call(address, "run")).receipt
}

pub(crate) fn failure(receipt: &Receipt) -> (ErrorCode, &str) {
    let ContractError { code, message } = receipt.error().expect("the call failed");
    assert!(receipt.output.is_empty() && receipt.events.is_empty(), "a failed call leaves nothing: {receipt:?}");
    (*code, message)
}
