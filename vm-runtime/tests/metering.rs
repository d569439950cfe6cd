//! Gas to the last unit, and every bound that ends a call.

mod support;

use govm_core::{Call, ErrorCode};
use govm_runtime::gas::{
    CALL_BASE_GAS, DEPLOY_BASE_GAS, DEPLOY_GAS_PER_BYTE, DEPLOY_GAS_PER_FUNCTION, GROW_GAS_PER_PAGE,
};
use support::{ALICE, GAS, abi, call, contract, deploy, engine, failure, info, module_with, run, run_once};

/// What the test contracts' dispatch costs around one function: get, const, eq and if (1 each), call (8) and return (1).
const DISPATCH_GAS: u64 = 13;

#[test]
fn each_operator_that_runs_is_charged_once() {
    // A constant: 1. The function around it costs nothing more.
    assert_eq!(run_once("", "(func $f0 (result i32) (i32.const 0))").gas_used, CALL_BASE_GAS + DISPATCH_GAS + 1);

    // 7 rounds of (get 1, const 1, add 1, tee 1, const 1, lt 1, br_if 1) in a loop, then the result's constant.
    let looped = "(func $f0 (result i32) (local i32)
        (loop (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 7)))) (i32.const 0))";
    assert_eq!(run_once("", looped).gas_used, CALL_BASE_GAS + DISPATCH_GAS + 7 * 7 + 1);

    // Only the branch that is taken is paid: const 1 + if 1 + then-constant 1, not the else branch's division.
    let branch = "(func $f0 (result i32) (if (result i32) (i32.const 1)
        (then (i32.const 0)) (else (i32.div_u (i32.const 8) (i32.const 2)))))";
    assert_eq!(run_once("", branch).gas_used, CALL_BASE_GAS + DISPATCH_GAS + 3);
}

#[test]
fn bulk_operations_and_growth_are_charged_by_length_before_they_happen() {
    // const 3 + fill 64 + 800 bytes / 2, then const 1.
    let fill = "(func $f0 (result i32) (memory.fill (i32.const 0) (i32.const 7) (i32.const 800)) (i32.const 0))";
    assert_eq!(run_once("", fill).gas_used, CALL_BASE_GAS + DISPATCH_GAS + 3 + 64 + 400 + 1);

    // const 1 + grow 64 + 3 pages + drop 1, then const 1.
    let grow = "(func $f0 (result i32) (drop (memory.grow (i32.const 3))) (i32.const 0))";
    assert_eq!(run_once("", grow).gas_used, CALL_BASE_GAS + DISPATCH_GAS + 1 + 64 + 3 * GROW_GAS_PER_PAGE + 1 + 1);

    // 4 GiB cost more than the limit: out of gas, and not out of bounds.
    for operation in ["memory.fill", "memory.copy"] {
        let huge =
            format!("(func $f0 (result i32) ({operation} (i32.const 0) (i32.const 0) (i32.const -1)) (i32.const 0))");
        let engine = engine();
        let [address] = deploy(&engine, [&contract(&["run"], "", &huge)]);
        let limited = Call { gas_limit: 1_000_000_000, ..call(address, "run") };
        let receipt = run(&engine, &limited).receipt;
        assert_eq!(failure(&receipt), (ErrorCode::OutOfGas, "the gas limit is used up"));
        assert_eq!(receipt.gas_used, 1_000_000_000);
    }
}

#[test]
fn the_limit_is_exact() {
    let engine = engine();
    let [address] = deploy(&engine, [&contract(&["run"], "", "(func $f0 (result i32) (i32.const 0))")]);
    let need = CALL_BASE_GAS + DISPATCH_GAS + 1;
    for (gas_limit, enough) in [(need, true), (need - 1, false), (CALL_BASE_GAS, false), (1, false), (0, false)] {
        let receipt = run(&engine, &Call { gas_limit, ..call(address, "run") }).receipt;
        assert_eq!(receipt.is_ok(), enough, "{gas_limit}");
        assert_eq!(receipt.gas_used, gas_limit, "{gas_limit}");
    }
}

/// A contract whose `run` returns at once, with memory that the module has and that its initialisation adds, in pages.
fn with_memory(declared_pages: u32, grown_pages: u32) -> Vec<u8> {
    let body = format!(
        r#"(memory (export "memory") {declared_pages})
        (func (export "_initialize") (drop (memory.grow (i32.const {grown_pages}))))
        (func (export "govm_call") (param i32 i32) (result i32) (i32.const 0))"#
    );
    module_with(&body, &abi(&["run"]))
}

#[test]
fn a_call_pays_for_the_memory_that_its_module_starts_with() {
    // 1 page is free, each other one 6,000, and 30,000 more from the 65th on.
    let cases = [(0, 1, 0), (1, 0, 0), (2, 0, 6_000), (1, 3, 18_000), (64, 0, 378_000), (40, 27, 396_000 + 3 * 30_000)];
    for (declared_pages, grown_pages, start_gas) in cases {
        let engine = engine();
        let [address] = deploy(&engine, [&with_memory(declared_pages, grown_pages)]);
        let need = CALL_BASE_GAS + start_gas + 1;
        // The same again: the instance is one that was put back.
        for _ in 0..2 {
            let receipt = run(&engine, &Call { gas_limit: need, ..call(address, "run") }).receipt;
            assert!(receipt.is_ok() && receipt.gas_used == need, "{declared_pages} and {grown_pages}: {receipt:?}");
            let receipt = run(&engine, &Call { gas_limit: need - 1, ..call(address, "run") }).receipt;
            assert_eq!((failure(&receipt).0, receipt.gas_used), (ErrorCode::OutOfGas, need - 1));
        }
    }
}

#[test]
fn what_cannot_pay_for_its_memory_is_told_so() {
    let engine = engine();
    let [address] = deploy(&engine, [&with_memory(40, 2)]);
    let limited = Call { gas_limit: CALL_BASE_GAS + 245_999, ..call(address, "run") };
    let receipt = run(&engine, &limited).receipt;
    let message = "the gas limit is used up by the 42 pages of memory that the contract starts with: 246000";
    assert_eq!(failure(&receipt), (ErrorCode::OutOfGas, message));
    assert_eq!(receipt.gas_used, limited.gas_limit);
}

#[test]
fn a_deployment_costs_by_its_size_and_its_initialisation() {
    let engine = engine();
    let initialise = r#"(func (export "_initialize") (drop (i32.const 1)))"#;
    let plain =
        r#"(memory (export "memory") 1) (func (export "govm_call") (param i32 i32) (result i32) (i32.const 0))"#;
    let wasm = module_with(&format!("{plain} {initialise}"), &abi(&[]));
    let receipt = engine.begin_block(info()).unwrap().deploy(ALICE, &wasm, GAS).unwrap().receipt;
    let functions = 2 * DEPLOY_GAS_PER_FUNCTION;
    assert_eq!(receipt.gas_used, DEPLOY_BASE_GAS + wasm.len() as u64 * DEPLOY_GAS_PER_BYTE + functions + 2);
}

#[test]
fn every_way_to_go_on_for_ever_ends() {
    let table = [
        ("(func $f0 (result i32) (loop (br 0)) (i32.const 0))", ErrorCode::OutOfGas, "the gas limit is used up"),
        ("(func $f0 (result i32) (call $f0))", ErrorCode::StackOverflow, "calls are nested too deep"),
        (
            "(func $g (call $h)) (func $h (call $g)) (func $f0 (result i32) (call $g) (i32.const 0))",
            ErrorCode::StackOverflow,
            "calls are nested too deep",
        ),
        (
            "(func $f0 (result i32) (loop (br_if 0 (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) (unreachable))",
            ErrorCode::OutOfMemory,
            "the memory limit is reached",
        ),
    ];
    for (fields, code, message) in table {
        let receipt = run_once("", fields);
        assert_eq!(failure(&receipt), (code, message), "{fields}");
        assert_eq!(receipt.gas_used, GAS, "{fields}");
    }
}

#[test]
fn frames_of_any_size_overflow_the_accounted_stack_before_the_native_one() {
    for locals in [0, 50, 1_000, 4_000] {
        // The locals are summed after the call, so that the compiler has to keep them across it.
        let sets: String = (0..locals).map(|i| format!("(local.set {i} (i64.extend_i32_u (memory.size)))")).collect();
        let sums: String = (0..locals).map(|i| format!("(local.get {i}) i64.add ")).collect();
        let fields = format!(
            "(func $g (result i64) (local {}) {sets} (call $g) {sums}) (func $f0 (result i32) (drop (call $g)) (i32.const 0))",
            "i64 ".repeat(locals)
        );
        assert_eq!(failure(&run_once("", &fields)).0, ErrorCode::StackOverflow, "{locals} locals");
    }
}

#[test]
fn traps_have_names_of_their_own() {
    let table = [
        ("(unreachable)", "unreachable code"),
        ("(i32.load (i32.const 65536))", "memory access out of bounds"),
        ("(i32.load (i32.const -1))", "memory access out of bounds"),
        ("(i32.div_s (i32.const 1) (i32.const 0))", "integer division by zero"),
        ("(i32.div_s (i32.const 0x80000000) (i32.const -1))", "integer overflow"),
        ("(i32.trunc_f64_s (f64.const nan))", "conversion of a float that is no integer"),
        ("(call_indirect (result i32) (i32.const 0))", "indirect call of nothing"),
        ("(call_indirect (result i32) (i32.const 9))", "table access out of bounds"),
        ("(call_indirect (result i32) (i32.const 1))", "indirect call of another type"),
    ];
    let engine = engine();
    let table_fields = "(table 2 funcref) (func $other) (elem (i32.const 1) $other)";
    for (body, message) in table {
        let wasm = contract(
            &["run", "good"],
            "",
            &format!("{table_fields} (func $f0 (result i32) {body}) (func $f1 (result i32) (i32.const 0))"),
        );
        let [address] = deploy(&engine, [&wasm]);
        assert_eq!(failure(&run(&engine, &call(address, "run")).receipt), (ErrorCode::Trap, message), "{body}");
        assert!(run(&engine, &call(address, "good")).receipt.is_ok(), "the engine goes on after {message}");
    }
}

#[test]
fn a_call_never_sees_what_another_left_in_globals_or_memory() {
    let fields = "(global $g (mut i32) (i32.const 0))
        (func $f0 (result i32)
            (global.set $g (i32.add (global.get $g) (i32.const 1)))
            (i32.store (i32.const 8) (i32.add (i32.load (i32.const 8)) (i32.const 1)))
            (i32.add (i32.ne (global.get $g) (i32.const 1)) (i32.ne (i32.load (i32.const 8)) (i32.const 1))))";
    let engine = engine();
    let [address] = deploy(&engine, [&contract(&["run"], "", fields)]);
    for _ in 0..3 {
        assert!(run(&engine, &call(address, "run")).receipt.is_ok());
    }
}
