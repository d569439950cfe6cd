//! Contracts that mean harm. Each ends with its expected error; after each the state is byte for byte what it was, and a good
//! call works and costs what it did before.

#[path = "hostile/contracts.rs"]
mod contracts;
#[path = "hostile/deployments.rs"]
mod deployments;
mod support;

use std::sync::Arc;

use contracts::CONTRACTS;
use govm_core::{Address, Call, ErrorCode, Receipt};
use govm_runtime::{
    Engine, EngineConfig, HOST_FUNCTIONS, HostFunction, ParamKind, Returns, check_module, contract_wasi_functions,
};
use govm_state::MemoryStore;
use support::{GAS, call, contract, deploy, engine, failure, run};

/// Every import that a contract may have, under its own name.
fn imports() -> String {
    let wasi = contract_wasi_functions().map(|(name, params)| {
        let params: String = params.chars().map(|letter| if letter == 'l' { "i64 " } else { "i32 " }).collect();
        let result = if name == "proc_exit" { "" } else { "(result i32)" };
        format!(r#"(import "wasi_snapshot_preview1" "{name}" (func $wasi_{name} (param {params}) {result}))"#)
    });
    std::iter::once(support::imports()).chain(wasi).collect()
}

/// An engine with a good contract in it, which keeps a field.
struct World {
    engine: Engine<MemoryStore>,
    good: Address,
    good_gas: u64,
}

impl World {
    fn new() -> Self {
        let fields = r#"(data (i32.const 200) "k") (data (i32.const 300) "\01\02\03")
            (func $f0 (result i32)
                (call $output (i32.const 300) (i32.const 3))
                (call $field_set (i32.const 0) (i32.const 200) (i32.const 1) (i32.const 300) (i32.const 3)))"#;
        let engine = engine();
        let [good] = deploy(&engine, [&contract(&["good"], &imports(), fields)]);
        let good_gas = run(&engine, &call(good, "good")).receipt.gas_used;
        Self { engine, good, good_gas }
    }

    fn deploy(&self, fields: &str) -> Address {
        let [address] = deploy(&self.engine, [&contract(&["run"], &imports(), fields)]);
        address
    }

    /// Commits a call that must fail, and looks at what it left behind.
    fn fails(&self, what: &str, hostile: &Call) -> Arc<Receipt> {
        let before = support::state(&self.engine);
        let receipt = run(&self.engine, hostile).receipt;
        assert!(receipt.gas_used <= hostile.gas_limit, "{what}");
        failure(&receipt);
        assert!(support::state(&self.engine) == before, "{what} changed the state");
        self.serves_good_calls(what);
        receipt
    }

    fn serves_good_calls(&self, what: &str) {
        let good = run(&self.engine, &call(self.good, "good")).receipt;
        assert_eq!((good.output.as_slice(), good.gas_used), ([1, 2, 3].as_slice(), self.good_gas), "after {what}");
    }
}

#[test]
fn every_hostile_contract_gets_its_error_and_harms_nothing() {
    let world = World::new();
    for (what, fields, code) in CONTRACTS {
        // Each writes first, so that what is not undone shows.
        let address = world.deploy(&format!(
            r#"(data (i32.const 60000) "spoiled") {fields}
            (func $f0 (result i32)
                (drop (call $field_set (i32.const 50000) (i32.const 60000) (i32.const 7) (i32.const 60000) (i32.const 7)))
                (call $inner))"#
        ));
        // What ends by its gas needs no more of it to show that.
        let gas_limit = if *code == ErrorCode::OutOfGas { GAS / 20 } else { GAS };
        let hostile = Call { gas_limit, ..call(address, "run") };
        let receipt = world.fails(what, &hostile);
        assert_eq!(failure(&receipt).0, *code, "{what}");
        let again = world.fails(what, &hostile);
        assert_eq!(again, receipt, "{what}: twice the same");
    }
}

#[test]
fn a_huge_message_is_cut_to_its_bound() {
    let world = World::new();
    // A mebibyte of bytes that are not UTF-8, each three bytes as a replacement character.
    let address = world.deploy(
        "(func $f0 (result i32)
            (drop (memory.grow (i32.const 20)))
            (memory.fill (i32.const 0) (i32.const 0xff) (i32.const 1048576))
            (call $output (i32.const 0) (i32.const 1048576)) (i32.const 1))",
    );
    let receipt = world.fails("a huge message", &call(address, "run"));
    let (code, message) = failure(&receipt);
    assert_eq!((code, message.len()), (ErrorCode::Reverted, 4096 / 3 * 3), "whole characters");
}

/// A call of an imported function with these arguments, its result dropped.
fn calling(name: &str, args: &[String], has_result: bool) -> String {
    let drop = if has_result { "(drop" } else { "(block" };
    format!("{drop} (call ${name} {})) ", args.concat())
}

fn host_args(function: &HostFunction, bad: usize, number: &str) -> Vec<String> {
    function
        .params
        .iter()
        .enumerate()
        .map(|(at, param)| match param.kind {
            _ if at == bad && param.kind == ParamKind::Amount => format!("(i64.const {number})"),
            _ if at == bad => format!("(i32.const {number})"),
            ParamKind::Amount => "(i64.const 0)".to_owned(),
            ParamKind::Len => "(i32.const 3)".to_owned(),
            _ => "(i32.const 1000)".to_owned(),
        })
        .collect()
}

/// Numbers around the ends of a memory of one page, of signs, and of everything.
const NUMBERS: [&str; 7] = ["0", "65535", "65536", "65537", "2147483647", "-2147483648", "-1"];

#[test]
fn no_argument_of_a_host_function_or_of_wasi_harms_the_host() {
    let world = World::new();
    let mut bodies = Vec::new();
    for function in HOST_FUNCTIONS {
        for bad in 0..function.params.len() {
            for number in NUMBERS {
                let args = host_args(function, bad, number);
                bodies.push(calling(function.name, &args, function.returns != Returns::Nothing));
            }
        }
    }
    for (name, params) in contract_wasi_functions() {
        for bad in 0..params.len() {
            for number in NUMBERS {
                let arg = |(at, letter): (usize, char)| {
                    let number = if at == bad { number } else { "1" };
                    if letter == 'l' { format!("(i64.const {number})") } else { format!("(i32.const {number})") }
                };
                let args: Vec<String> = params.chars().enumerate().map(arg).collect();
                bodies.push(calling(&format!("wasi_{name}"), &args, name != "proc_exit"));
            }
        }
    }
    assert!(bodies.len() > 600, "{}", bodies.len());
    // Many functions in each module; the last byte of the arguments says which one runs.
    for chunk in bodies.chunks(120) {
        let cases: String = chunk
            .iter()
            .enumerate()
            .map(|(at, body)| format!("(if (i32.eq (i32.load8_u (i32.const 64)) (i32.const {at})) (then {body}))"))
            .collect();
        let address = world
            .deploy(&format!("(func $f0 (result i32) (call $input (i32.const 0)) {cases} (call $output (i32.const 0) (i32.const 0)) (i32.const 1))"));
        for (at, body) in chunk.iter().enumerate() {
            let hostile = Call { args: vec![u8::try_from(at).unwrap()], ..call(address, "run") };
            let receipt = world.engine.query(&hostile, 0).unwrap().executed.receipt;
            let fair = [
                ErrorCode::Reverted,
                ErrorCode::Trap,
                ErrorCode::Exited,
                ErrorCode::OutOfGas,
                ErrorCode::InvalidArgument,
                ErrorCode::LimitExceeded,
            ];
            assert!(fair.contains(&failure(&receipt).0), "{body}: {receipt:?}");
        }
        world.fails("the last of them", &Call { args: vec![0], ..call(address, "run") });
    }
}

#[test]
fn what_a_call_leaves_in_memory_globals_and_tables_is_never_seen_by_the_next() {
    // `poison` sets everything that can be set, and returns, fails or traps as its argument says; `read` shows it.
    let fields = r#"(global $mark (mut i64) (i64.const 0)) (table 1 funcref)
        (data (i32.const 500) "fresh")
        (func $f0 (result i32)
            (call $input (i32.const 0))
            (global.set $mark (i64.const -1))
            (drop (memory.grow (i32.const 3)))
            (memory.fill (i32.const 100) (i32.const 0xee) (i32.const 200000))
            (drop (call $wasi_random_get (i32.const 100) (i32.const 100)))
            (drop (call $wasi_fd_close (i32.const 1)))
            (if (i32.eq (i32.load8_u (i32.const 64)) (i32.const 2)) (then (unreachable)))
            (if (i32.eq (i32.load8_u (i32.const 64)) (i32.const 3)) (then (loop (br 0))))
            (i32.load8_u (i32.const 64)))
        (func $f1 (result i32)
            (i64.store (i32.const 600) (global.get $mark))
            (i32.store (i32.const 608) (memory.size))
            (i32.store (i32.const 612) (i32.load (i32.const 700)))
            (call $output (i32.const 500) (i32.const 120))
            (i32.const 0))"#;
    let engine = engine();
    let [address] = deploy(&engine, [&contract(&["poison", "read"], &imports(), fields)]);
    let read = || run(&engine, &call(address, "read")).receipt;
    let fresh = read();
    assert_eq!((&fresh.output[..5], &fresh.output[108..112]), (b"fresh".as_slice(), [1, 0, 0, 0].as_slice()));
    for end in 0..4 {
        let poison = Call { args: vec![end], gas_limit: 10_000_000, ..call(address, "poison") };
        assert_eq!(run(&engine, &poison).receipt.is_ok(), end == 0, "{end}");
        assert_eq!(read(), fresh, "after poison {end}");
    }
}

#[test]
fn closing_descriptors_changes_nothing() {
    let fields = r#"(data (i32.const 0) "\64\00\00\00\05\00\00\00") (data (i32.const 100) "hello")
        (func $f0 (result i32) (local i32)
            (loop
                (drop (call $wasi_fd_close (local.get 0)))
                (drop (call $wasi_fd_fdstat_set_flags (local.get 0) (i32.const -1)))
                (br_if 0 (i32.lt_s (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 8))))
            (call $wasi_fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 200)))"#;
    let engine = engine();
    let [address] = deploy(&engine, [&contract(&["run"], &imports(), fields)]);
    let executed = run(&engine, &call(address, "run"));
    assert!(executed.receipt.is_ok());
    assert_eq!(executed.trace, b"hello");
    // Renumbering is not in the subset at all.
    let renumber = r#"(import "wasi_snapshot_preview1" "fd_renumber" (func (param i32 i32) (result i32)))"#;
    let module = contract(&["run"], renumber, "(func $f0 (result i32) (i32.const 0))");
    let error = check_module(&module, &EngineConfig::default()).unwrap_err().to_string();
    assert!(error.starts_with("the import wasi_snapshot_preview1.fd_renumber is not available"), "{error}");
}

#[test]
fn calls_across_contracts_end_at_their_depth_and_never_come_back_in() {
    // Each contract calls the one whose address its arguments start with, and hands the rest of them on; at the end it
    // gives the callee's answer back as its code.
    let hop = r#"(data (i32.const 40000) "run")
        (func $f0 (result i32) (local i64)
            (call $input (i32.const 0))
            (local.set 0 (call $call (i32.const 64) (i32.const 40000) (i32.const 3) (i32.const 41000) (i32.const 4)
                (i64.const 0) (i64.const 0) (i32.const 42000) (i32.const 100)))
            (if (i64.lt_s (local.get 0) (i64.const 0))
                (then (return (i32.wrap_i64 (i64.sub (i64.const 0) (local.get 0))))))
            (i32.const 0))"#;
    let world = World::new();
    let me = world.deploy(hop);
    let itself = Call { args: me.as_bytes().to_vec(), ..call(me, "run") };
    assert_eq!(failure(&world.fails("a call of itself", &itself)).0, ErrorCode::Reentrant);

    // A chain: contract n calls contract n + 1, whose address is in its code.
    let mut next = world.good;
    let mut chain = Vec::new();
    for _ in 0..16 {
        let bytes: String = next.as_bytes().iter().map(|byte| format!("\\{byte:02x}")).collect();
        let name = if next == world.good { "good" } else { "run" };
        let length = name.len();
        let fields = format!(
            r#"(data (i32.const 100) "{bytes}") (data (i32.const 200) "{name}")
            (func $f0 (result i32) (local i64)
                (local.set 0 (call $call (i32.const 100) (i32.const 200) (i32.const {length}) (i32.const 300) (i32.const 4)
                    (i64.const 0) (i64.const 0) (i32.const 400) (i32.const 100)))
                (if (i64.lt_s (local.get 0) (i64.const 0))
                    (then (return (i32.wrap_i64 (i64.sub (i64.const 0) (local.get 0))))))
                (i32.const 0))"#
        );
        next = world.deploy(&fields);
        chain.push(next);
    }
    assert!(run(&world.engine, &call(chain[14], "run")).receipt.is_ok(), "15 contracts and the good one are 16 deep");
    let deep = world.fails("a chain of 17", &call(chain[15], "run"));
    assert_eq!(failure(&deep).0, ErrorCode::LimitExceeded);
}
