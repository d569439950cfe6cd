//! Contracts in an engine: what host functions, calls, memory and deployments take.

#[path = "../../tests/support/imports.rs"]
mod imports;

use std::sync::Arc;
use std::time::{Duration, Instant};

use govm_core::{Address, BlockInfo, Call, Receipt};
use govm_runtime::{Engine, EngineConfig, contract_wasi_functions};
use govm_state::{LmdbStore, OpenOptions};
use serde_json::Value;

use crate::bombs::{Size, bombs};
use crate::{Row, Table, Wanted};

const ALICE: Address = Address::from_bytes([0xa1; 20]);
const GAS: u64 = 1 << 50;
const ROUNDS: usize = 5;

/// An engine over a store on disk with one contract, whose functions each repeat something in a loop.
pub(crate) struct World {
    engine: Engine<LmdbStore>,
    contract: Address,
    _directory: tempfile::TempDir,
}

impl World {
    /// A contract with a function for each body. The first 64 bytes of memory are the call's header: sender, contract at
    /// 20; then come the number of rounds and what [`constants`] lays out. From 4,096 on is room. The contract's default
    /// object has the fields `a` of 256 KiB and `b` of 8 bytes.
    pub(crate) fn new(bodies: &[&str]) -> Self {
        let directory = tempfile::tempdir().expect("a temporary folder");
        let store = LmdbStore::open(directory.path(), &OpenOptions::read_write()).expect("a store");
        let mut world = Self { engine: engine(store), contract: Address::ZERO, _directory: directory };
        let callee = world.deploy(&contract(&["run"], "", &["(func $f0)"], "", 1));
        let setup = "(drop (call $field_set (global.get $zero_id) (global.get $large) (i32.const 1) (i32.const 8192) (i32.const 262143)))
             (drop (call $field_set (global.get $zero_id) (global.get $small) (i32.const 1) (i32.const 8192) (i32.const 8)))";
        let functions: Vec<String> = bodies
            .iter()
            .chain([&setup])
            .enumerate()
            .map(|(at, body)| {
                format!(
                    "(func $f{at} (local $n i32) (call $input (i32.const 0)) (local.set $n (i32.load (i32.const 64)))
                        (if (local.get $n) (then
                        (loop $again {body} (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))))"
                )
            })
            .collect();
        let names: Vec<String> = (0..functions.len()).map(function_name).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let functions: Vec<&str> = functions.iter().map(String::as_str).collect();
        world.contract = world.deploy(&contract(&names, &imports(), &functions, &constants(&callee), 40));
        let mut block = world.engine.begin_block(BlockInfo::default()).expect("a block");
        block.credit(&world.contract, 1 << 60).expect("credit");
        assert!(block.call(&world.request(bodies.len(), 1)).expect("no fault").receipt.is_ok());
        block.commit().expect("committed");
        world
    }

    /// A contract with these functions, `$f0` and so on, as they are, and so many pages of memory.
    pub(crate) fn of(functions: &[String], pages: u32) -> Self {
        let directory = tempfile::tempdir().expect("a temporary folder");
        let store = LmdbStore::open(directory.path(), &OpenOptions::read_write()).expect("a store");
        let mut world = Self { engine: engine(store), contract: Address::ZERO, _directory: directory };
        let names: Vec<String> = (0..functions.len()).map(function_name).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let functions: Vec<&str> = functions.iter().map(String::as_str).collect();
        world.contract = world.deploy(&contract(&names, &imports(), &functions, "", pages));
        world
    }

    /// A call with these bytes as arguments.
    pub(crate) fn bare_request(&self, function: &str, args: &[u8]) -> Call {
        request(self.contract, function, args)
    }

    pub(crate) fn query(&self, call: &Call) -> Arc<Receipt> {
        self.engine.query(call, 0).expect("no fault").executed.receipt
    }

    /// What some calls of a block that is dropped take together, with their gas.
    pub(crate) fn in_a_block<'a>(&self, calls: impl Iterator<Item = &'a Call>) -> (Duration, u64) {
        let mut block = self.engine.begin_block(BlockInfo::default()).expect("a block");
        let start = Instant::now();
        let mut gas = 0;
        for call in calls {
            let receipt = block.call(call).expect("no fault").receipt;
            assert!(receipt.is_ok(), "{receipt:?}");
            gas += receipt.gas_used;
        }
        (start.elapsed(), gas)
    }

    fn deploy(&self, wasm: &[u8]) -> Address {
        let mut block = self.engine.begin_block(BlockInfo::default()).expect("a block");
        let receipt = block.deploy(ALICE, wasm, GAS).expect("no fault").receipt;
        block.commit().expect("committed");
        assert!(receipt.is_ok(), "{receipt:?}");
        Address::from_slice(&receipt.output).expect("an address")
    }

    fn request(&self, function: usize, times: u32) -> Call {
        request(self.contract, &function_name(function), &times.to_le_bytes())
    }

    /// What the rounds of a function take in a query, without the call around them.
    pub(crate) fn queried(&self, name: &str, function: usize, times: u32) -> Row {
        self.rounds(name, function, times, |call| {
            let start = Instant::now();
            let receipt = self.engine.query(call, 0).expect("no fault").executed.receipt;
            (start.elapsed(), receipt)
        })
    }

    /// What the rounds of a function take in a block that is committed, without the call and the block around them.
    pub(crate) fn committed(&self, name: &str, function: usize, times: u32) -> Row {
        self.rounds(name, function, times, |call| {
            let start = Instant::now();
            let mut block = self.engine.begin_block(BlockInfo::default()).expect("a block");
            let receipt = block.call(call).expect("no fault").receipt;
            block.commit().expect("committed");
            (start.elapsed(), receipt)
        })
    }

    fn rounds(&self, name: &str, function: usize, times: u32, run: impl Fn(&Call) -> (Duration, Arc<Receipt>)) -> Row {
        let best = |times: u32| {
            let call = self.request(function, times);
            let (time, receipt) = (0..ROUNDS).map(|_| run(&call)).min_by_key(|(time, _)| *time).expect("rounds");
            assert!(receipt.is_ok(), "{name}: {receipt:?}");
            (time, receipt.gas_used)
        };
        let (nothing, all) = (best(0), best(times));
        let time = all.0.saturating_sub(nothing.0);
        Row { name: name.to_owned(), times: u64::from(times), time, gas: all.1 - nothing.1 }
    }
}

fn engine(store: LmdbStore) -> Engine<LmdbStore> {
    Engine::new(store, &EngineConfig::default())
}

pub(crate) fn function_name(at: usize) -> String {
    format!("f{at:03}")
}

fn request(contract: Address, function: &str, args: &[u8]) -> Call {
    Call { sender: ALICE, contract, function: function.to_owned(), args: args.to_vec(), value: 0, gas_limit: GAS }
}

/// Imports of every function that a contract can import.
fn imports() -> String {
    let mut imports = imports::imports();
    for (name, params) in contract_wasi_functions() {
        let params: String = params.chars().map(|letter| if letter == 'l' { "i64 " } else { "i32 " }).collect();
        let result = if name == "proc_exit" { "" } else { "(result i32)" };
        imports += &format!(r#"(import "wasi_snapshot_preview1" "{name}" (func ${name} (param {params}) {result}))"#);
    }
    imports
}

/// Globals with the addresses of what functions take, and the data there.
fn constants(callee: &Address) -> String {
    let vectors: Value = serde_json::from_str(include_str!("../../tests/crypto_vectors.json")).expect("vectors");
    let vector = |kind: &str, name: &str, picked: &dyn Fn(&Value) -> bool| {
        let found = vectors[kind].as_array().and_then(|list| list.iter().find(|vector| picked(vector)));
        hex::decode(found.expect("a vector")[name].as_str().expect("hex")).expect("hex")
    };
    let empty = |vector: &Value| vector["valid"] == true && vector["message"] == "";
    let full = |vector: &Value| vector["valid"] == true && vector["key"].as_str().is_some_and(|key| key.len() == 130);
    let key = vector("secp256k1_verify", "key", &full);
    let short_key = [&[2 + (key[64] & 1)], &key[1..33]].concat();
    let word = |number: u32| number.to_le_bytes();
    let pieces: Vec<u8> = (0..1024).flat_map(|_| [word(4096), word(1)].concat()).collect();
    let places: [(&str, u32, Vec<u8>); 13] = [
        ("zero_id", 256, vec![0; 32]),
        ("small", 300, b"b".to_vec()),
        ("large", 310, b"a".to_vec()),
        ("callee", 320, callee.as_bytes().to_vec()),
        ("run", 350, b"run".to_vec()),
        ("ed_key", 512, vector("ed25519", "key", &empty)),
        ("ed_signature", 576, vector("ed25519", "signature", &empty)),
        ("ec_key", 700, key),
        ("ec_short_key", 800, short_key),
        ("ec_hash", 900, vector("secp256k1_verify", "hash", &full)),
        ("ec_signature", 1_000, vector("secp256k1_verify", "signature", &full)),
        ("piece", 1_100, [word(4096), word(1 << 20)].concat()),
        ("pieces", 2 << 20, pieces),
    ];
    places
        .iter()
        .map(|(name, at, bytes)| {
            let bytes: String = bytes.iter().map(|byte| format!("\\{byte:02x}")).collect();
            format!("(global ${name} i32 (i32.const {at})) (data (i32.const {at}) \"{bytes}\")")
        })
        .collect()
}

/// A contract whose functions are the wasm functions `$f0`, `$f1`, … without parameters and results.
fn contract(names: &[&str], imports: &str, functions: &[&str], fields: &str, pages: u32) -> Vec<u8> {
    let calls: String = (0..names.len())
        .map(|at| format!("(if (i32.eq (local.get 0) (i32.const {at})) (then (call $f{at}) (return (i32.const 0))))"))
        .collect();
    let listed: Vec<String> = names
        .iter()
        .map(|name| format!(r#"{{"name":"{name}","docs":"","view":false,"payable":true,"params":[],"results":[]}}"#))
        .collect();
    let abi = format!(
        r#"{{"abi_version":1,"name":"bench","docs":"","codec":"borsh","sdk_version":"0.1.0","go_version":"go1.26","functions":[{}],"types":[],"events":[]}}"#,
        listed.join(",")
    );
    let text = format!(
        r#"(module {imports} (memory (export "memory") {pages}) (func (export "_initialize")) {fields} {}
            (func (export "govm_call") (param i32 i32) (result i32) {calls} (i32.const 14))
            (@custom "govm.abi" "{}"))"#,
        functions.join(" "),
        abi.replace('"', "\\\"")
    );
    wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Calls whose cost is that of the call itself, or of the memory that they touch.
fn calls(wanted: &Wanted) -> Vec<Row> {
    // Name, pages of memory, arguments in bytes, body.
    let touch = |from: &str, to: &str| {
        format!(
            "(func $f0 (local $at i32) (local.set $at (i32.const {from}))
                (loop $next (i32.store8 (local.get $at) (i32.const 1))
                    (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 4096))) (i32.const {to})))))"
        )
    };
    let grown = |pages: u32| {
        let body = touch("65536", &(65_536 * (pages + 1)).to_string());
        body.replacen("(local.set", &format!("(drop (memory.grow (i32.const {pages}))) (local.set"), 1)
    };
    let output = |bytes: u32| format!("(func $f0 (call $output (i32.const 0) (i32.const {bytes})))");
    let cases = [
        ("a call of nothing", 1, 0, "(func $f0)".to_owned()),
        ("a call with 1 MiB of arguments", 17, 1 << 20, "(func $f0 (call $input (i32.const 0)))".to_owned()),
        ("a call that reads no 1 MiB of arguments", 17, 1 << 20, "(func $f0)".to_owned()),
        ("a call with an output of 1 MiB", 17, 0, output(1 << 20)),
        ("memory.grow by 10 pages, untouched", 1, 0, "(func $f0 (drop (memory.grow (i32.const 10))))".to_owned()),
        ("memory.grow by 1 page, each touched", 1, 0, grown(1)),
        ("memory.grow by 10 pages, each touched", 1, 0, grown(10)),
        ("memory.grow by 1,000 pages, each touched", 1, 0, grown(1_000)),
    ];
    cases
        .into_iter()
        .filter(|(name, ..)| wanted.has(name))
        .map(|(name, pages, args, body)| {
            let world = World::of(&[body], pages);
            let call = world.bare_request(&function_name(0), &vec![0; args]);
            let once = || {
                let start = Instant::now();
                let receipt = world.query(&call);
                assert!(receipt.is_ok(), "{name}: {receipt:?}");
                (start.elapsed(), receipt.gas_used)
            };
            let (time, gas) = (0..ROUNDS * 4).map(|_| once()).min().expect("rounds");
            Row { name: name.to_owned(), times: 1, time, gas }
        })
        .collect()
}

/// Deployments of the worst modules that pass the check.
fn deployments(wanted: &Wanted) -> Vec<Row> {
    let row = |(name, fields): (&str, String)| {
        let directory = tempfile::tempdir().expect("a temporary folder");
        let store = LmdbStore::open(directory.path(), &OpenOptions::read_write()).expect("a store");
        let engine = engine(store);
        let wasm = contract(&["f000"], "", &["(func $f0)"], &fields, 1);
        let start = Instant::now();
        let mut block = engine.begin_block(BlockInfo::default()).expect("a block");
        let receipt = block.deploy(ALICE, &wasm, GAS).expect("no fault").receipt;
        block.commit().expect("committed");
        let time = start.elapsed();
        assert!(receipt.is_ok(), "{name}: {receipt:?}");
        Row { name: format!("deployment: {name}"), times: 1, time, gas: receipt.gas_used }
    };
    bombs(Size::Checked).into_iter().filter(|(name, _)| wanted.has(&format!("deployment: {name}"))).map(row).collect()
}

pub(crate) fn tables(wanted: &Wanted) -> Vec<Table> {
    vec![
        Table { title: "calls and memory", rows: calls(wanted) },
        Table { title: "deployments", rows: deployments(wanted) },
    ]
}
