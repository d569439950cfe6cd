//! A restored instance cannot be told from a fresh one: output, gas, events, writes, trace, and every byte of memory and
//! globals are the same, in both ways, after calls of every kind.

#[cfg(target_os = "linux")]
mod by_pages;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use govm_core::{
    Actor, Address, CallEffects, CallPosition, ContractError, Hash, Ledger, StateKey, StateView, code_hash,
};
use proptest::prelude::*;

use super::{Snapshot, Way};
use crate::compile::{Compiled, Compiler, Tier};
use crate::desk::Desk;
use crate::host::{CallState, Frame};
use crate::instance::{Instance, Ran};
use crate::module::check;
use crate::runtime::{EngineConfig, Runtime};
use crate::session::Session;
use crate::wasi::{Seed, Wasi};

const MAX_PAGES: u32 = 64;

/// One call: the function's index, its argument bytes, its gas limit.
type Request = (u32, Vec<u8>, u64);

/// Everything that a call does and leaves behind.
#[derive(Debug, PartialEq)]
struct Seen {
    result: Result<Vec<u8>, ContractError>,
    gas_used: u64,
    effects: CallEffects,
    trace: Vec<u8>,
    /// The hash of memory and globals when the call ended.
    end: Hash,
}

/// The code of both compilers is restored: which one makes that of a module is left to its hash.
fn compiled(wasm: &[u8]) -> Compiled {
    let (checked, hash) = (check(wasm, 16 << 20, MAX_PAGES).unwrap(), code_hash(wasm));
    let tier = if hash.as_bytes()[0].is_multiple_of(2) { Tier::Singlepass } else { Tier::Cranelift };
    Compiler::new(tier, MAX_PAGES).compile(hash, wasm, checked).unwrap()
}

fn first(compiled: &Compiled, way: Way) -> (Instance, Arc<Snapshot>) {
    let (instance, snapshot) = Instance::first(compiled, way).unwrap().unwrap();
    (instance, Arc::new(snapshot))
}

fn state(instance: &Instance) -> Hash {
    let (memory, globals) = instance.state();
    let mut hasher = blake3::Hasher::new();
    hasher.update(&memory);
    for global in globals {
        hasher.update(&global.to_le_bytes());
    }
    Hash::from_bytes(hasher.finalize().into())
}

fn session() -> Session {
    let state: Box<dyn StateView + Send> = Box::new(BTreeMap::<StateKey, Vec<u8>>::new());
    Session::new(Desk::new(Arc::new(Runtime::new(&EngineConfig::default()))), Ledger::new(state), 7, 1_700_000_000)
}

fn run(instance: &mut Instance, (function, args, gas_limit): &Request) -> Seen {
    let actor = Actor { contract: Address::from_bytes([1; 20]), sender: Address::from_bytes([2; 20]) };
    let mut session = session();
    session.ledger.begin_call(CallPosition { height: 7, index: 0 });
    let before = session.ledger.checkpoint();
    let call = CallState::new(Frame { actor, value: 0, read_only: false }, session, args);
    let Ran { mut session, outcome, trace, .. } = instance
        .run(*function, call, Wasi::new(1_700_000_000, Seed::Code(Hash::from_bytes([9; 32]))), *gas_limit)
        .unwrap();
    let effects = session.ledger.finish_call(before);
    Seen { result: outcome.result, gas_used: outcome.gas_used, effects, trace, end: state(instance) }
}

/// Runs all calls in fresh instances, in one instance that is restored by copies, in one that is restored by pages, and in
/// one that was made from the snapshot, and compares. Returns what was seen.
fn assert_equal(wasm: &[u8], requests: &[Request]) -> Vec<Seen> {
    let compiled = compiled(wasm);
    let expected: Vec<Seen> = requests.iter().map(|request| run(&mut first(&compiled, Way::Copy).0, request)).collect();
    for way in [Way::Copy, Way::best()] {
        let (mut one, snapshot) = first(&compiled, way);
        let (start, memory_bytes) = (state(&one), one.state().0.len());
        let mut other = Instance::of(&compiled, way, &snapshot).unwrap();
        assert_eq!(state(&other), start, "{way:?}: made from the snapshot");
        // Twice, so that what was learnt in the first round is used in the second.
        for (request, expected) in requests.iter().zip(&expected).chain(requests.iter().zip(&expected)) {
            for instance in [&mut one, &mut other] {
                assert_eq!(run(instance, request), *expected, "{way:?} {request:?}");
                if !instance.restore(&snapshot).unwrap() {
                    assert!(way == Way::Copy && instance.state().0.len() > memory_bytes, "only what grew is given up");
                    *instance = Instance::of(&compiled, way, &snapshot).unwrap();
                }
                assert_eq!(state(instance), start, "{way:?} after {request:?}");
            }
        }
    }
    expected
}

/// A module with these functions of type `() -> i32`, chosen by the dispatch function; fields come before.
fn module(fields: &str, functions: &[String]) -> Vec<u8> {
    let mut text = format!(
        r#"(module
        (import "govm" "input" (func $input (param i32)))
        (import "govm" "output" (func $output (param i32 i32)))
        (import "govm" "emit" (func $emit (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (global $a (mut i32) (i32.const 7)) (global $b (mut i64) (i64.const -1)) (global $c (mut f64) (f64.const 0.5))
        (func $recurse (param i32) (result i32)
            (if (result i32) (local.get 0) (then (call $recurse (i32.sub (local.get 0) (i32.const 1)))) (else (i32.const 1))))
        {fields}
        (func (export "govm_call") (param i32 i32) (result i32)"#
    );
    for (index, _) in functions.iter().enumerate() {
        write!(text, "(if (i32.eq (local.get 0) (i32.const {index})) (then (return (call $f{index}))))").unwrap();
    }
    text.push_str("(i32.const 14))");
    for (index, body) in functions.iter().enumerate() {
        write!(text, "(func $f{index} (result i32) {body} (i32.const 0))").unwrap();
    }
    text.push_str(
        r#"(@custom "govm.abi" "{\"abi_version\":1,\"name\":\"test\",\"codec\":\"borsh\",\"functions\":[]}"))"#,
    );
    wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

const MEMORY: &str = r#"(memory (export "memory") 3) (data (i32.const 4090) "across a border")
    (func (export "_initialize") (i32.store (i32.const 70000) (i32.const 77)) (global.set $b (i64.const 5))
        (drop (memory.grow (i32.const 2))) (i32.store (i32.const 327676) (i32.const 1)))"#;

fn requests(count: usize) -> Vec<Request> {
    (0..count as u32).map(|index| (index, vec![index as u8; 10_000], 200_000_000)).collect()
}

#[test]
fn hostile_calls_leave_nothing_behind() {
    let grown = "(drop (memory.grow (i32.const 3))) (i32.store (i32.const 400000) (i32.const 9))";
    let functions = [
        // The first and the last byte, and a word across a border of pages.
        "(i32.store8 (i32.const 0) (i32.const 1)) (i32.store8 (i32.const 327679) (i32.const 2))
         (i64.store (i32.const 8188) (i64.const -1))",
        "(global.set $a (i32.const 1)) (global.set $b (i64.const 2)) (global.set $c (f64.const nan))",
        "(memory.fill (i32.const 0) (i32.const 255) (i32.const 327680))",
        "(memory.copy (i32.const 100000) (i32.const 4000) (i32.const 9000))",
        // Written by the host, into pages that the guest itself never touches.
        "(call $input (i32.const 200000)) (drop (call $random (i32.const 250000) (i32.const 20000)))",
        "(drop (call $emit (i32.const 4090) (i32.const 6) (i32.const 0) (i32.const 100)))
         (call $output (i32.const 4090) (i32.const 15))",
        // Growth: what was grown must be zero the next time, whoever grows.
        grown,
        "(drop (memory.grow (i32.const 3))) (call $output (i32.const 400000) (i32.const 4))",
        "(drop (memory.grow (i32.const 1000)))",
        &format!("{grown} unreachable"),
        // Traps of every kind, each after a write.
        "(i32.store (i32.const 50000) (i32.const 1)) (i32.store (i32.const 327680) (i32.const 1))",
        "(i32.store (i32.const 60000) (i32.const 1)) (drop (i32.div_u (i32.const 1) (i32.const 0)))",
        "(i32.store (i32.const 65536) (i32.const 1)) (drop (call $recurse (i32.const 1000000)))",
        "(loop (i32.store (global.get $a) (i32.const 1)) (global.set $a (i32.add (global.get $a) (i32.const 999)))
               (br_if 0 (i32.lt_u (global.get $a) (i32.const 300000)))) unreachable",
        "(loop (global.set $b (i64.const 1)) (br 0))",
        "(i32.store (i32.const 0) (i32.const 3)) (call $exit (i32.const 3))",
        "(call $input (i32.const 327000))",
        "(call $input (i32.const -1))",
        // Nothing at all.
        "",
    ];
    let functions = functions.map(ToOwned::to_owned);
    let seen = assert_equal(&module(MEMORY, &functions), &requests(functions.len()));
    let ok = seen.iter().map(|seen| if seen.result.is_ok() { 'o' } else { 'x' }).collect::<String>();
    assert_eq!(ok, "oooooooooxxxxxxxxxo");
    assert_eq!(seen[7].result, Ok(vec![0; 4]), "what another call wrote into grown memory is gone");
}

#[test]
fn a_memory_without_pages_can_be_restored() {
    let fields = r#"(memory (export "memory") 0) (func (export "_initialize"))"#;
    let grow = "(drop (memory.grow (i32.const 1))) (i32.store (i32.const 8) (i32.const 1))".to_owned();
    assert_equal(&module(fields, &[grow, "(global.set $a (i32.const 1))".to_owned()]), &requests(2));
}

#[test]
fn calls_that_write_everywhere_are_restored_too() {
    // More pages and ranges than are ever learnt: every other page of 64, one of them at the very end.
    let fields = r#"(memory (export "memory") 64) (func (export "_initialize"))"#;
    let sparse = "(local $at i32) (loop (i32.store8 (local.get $at) (i32.const 1))
        (br_if 0 (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8192))) (i32.const 4194304))))
        (i32.store8 (i32.const 4194303) (i32.const 1))";
    let one = "(i32.store8 (i32.const 12288) (i32.const 1))";
    assert_equal(&module(fields, &[sparse.to_owned(), one.to_owned()]), &requests(2));
}

/// What one statement of a random function does, with addresses over a memory of five pages and what it may grow.
fn statement() -> impl Strategy<Value = String> {
    let at = || 0..400_000_u32;
    prop_oneof![
        8 => (at(), any::<i64>()).prop_map(|(at, value)| format!("(i64.store (i32.const {at}) (i64.const {value}))")),
        2 => (at(), any::<u8>(), 0..70_000_u32).prop_map(|(at, value, len)| {
            format!("(memory.fill (i32.const {at}) (i32.const {value}) (i32.const {len}))")
        }),
        2 => (at(), at(), 0..20_000_u32)
            .prop_map(|(to, from, len)| format!("(memory.copy (i32.const {to}) (i32.const {from}) (i32.const {len}))")),
        2 => (0..3_u32).prop_map(|pages| format!("(drop (memory.grow (i32.const {pages})))")),
        2 => any::<i32>().prop_map(|value| format!("(global.set $a (i32.const {value}))")),
        2 => any::<i64>().prop_map(|value| format!("(global.set $b (i64.const {value}))")),
        1 => any::<f64>().prop_map(|value| format!("(global.set $c (f64.const {value:?}))")),
        2 => at().prop_map(|at| format!("(call $input (i32.const {at}))")),
        1 => (at(), 0..9_000_u32)
            .prop_map(|(at, len)| format!("(drop (call $random (i32.const {at}) (i32.const {len})))")),
        1 => (at(), 0..9_000_u32)
            .prop_map(|(at, len)| format!("(drop (call $emit (i32.const 4090) (i32.const 5) (i32.const {at}) (i32.const {len})))")),
        1 => at().prop_map(|at| format!("(drop (call $recurse (i32.const {at})))")),
        1 => Just("(loop (i64.store (i32.wrap_i64 (global.get $b)) (i64.const 1))
            (global.set $b (i64.add (global.get $b) (i64.const 5000))) (br_if 0 (i64.lt_u (global.get $b) (i64.const 300000))))".to_owned()),
    ]
}

fn body() -> impl Strategy<Value = String> {
    let ending = prop_oneof![
        6 => Just(""),
        1 => Just("unreachable"),
        1 => Just("(call $exit (i32.const 1))"),
        1 => Just("(return (i32.const 1))"),
    ];
    (prop::collection::vec(statement(), 0..8), ending).prop_map(|(statements, ending)| statements.concat() + ending)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn random_modules_are_restored(
        functions in prop::collection::vec(body(), 1..5),
        order in prop::collection::vec((any::<prop::sample::Index>(), 3_000..200_000_u64), 1..8),
        initialize in prop::collection::vec((0..190_000_u32, any::<i64>()), 0..9),
    ) {
        let stores: String = initialize.iter()
            .map(|(at, value)| format!("(i64.store (i32.const {at}) (i64.const {value}))")).collect();
        let fields = format!(
            r#"(memory (export "memory") 3) (data (i32.const 4090) "across a border")
               (func (export "_initialize") {stores} (drop (memory.grow (i32.const 2))))"#
        );
        let requests: Vec<Request> = order.iter()
            .map(|(index, gas)| (index.index(functions.len()) as u32, vec![3; 5000], *gas)).collect();
        assert_equal(&module(&fields, &functions), &requests);
    }
}

/// The sample contract, built from Go.
#[test]
fn a_go_contract_is_restored() {
    let requests: Vec<Request> = (0..7).map(|function| (function, vec![0; 32], 100_000_000)).collect();
    assert_equal(
        crate::go::counter(),
        &[requests.clone(), vec![(0, vec![], 60_000), (2, vec![0; 40], 20_000_000)]].concat(),
    );
}
