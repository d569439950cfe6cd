//! Every module that cannot be deployed, and what its author is told.

mod support;

use govm_core::{Address, ErrorCode};
use govm_runtime::{EngineConfig, check_module};
use support::{ALICE, GAS, abi, contract, engine, info, module_with};

const GOOD: &str = r#"(memory (export "memory") 1) (func (export "_initialize"))
    (func (export "govm_call") (param i32 i32) (result i32) (i32.const 0))"#;

fn reject(wasm: &[u8]) -> String {
    check_module(wasm, &EngineConfig::default()).expect_err("the module is refused").to_string()
}

fn with(fields: &str) -> Vec<u8> {
    module_with(&format!("{fields} {GOOD}"), &abi(&["run"]))
}

#[test]
fn a_sound_module_passes() {
    let abi = check_module(&with(""), &EngineConfig::default()).unwrap();
    assert_eq!(abi.functions.len(), 1);
}

#[test]
fn what_is_no_contract_is_refused_with_the_reason() {
    let good = with("");
    let table: [(&str, Vec<u8>, &str); 15] = [
        ("empty", Vec::new(), "not a WebAssembly module (it does not start with \\0asm); build one with `govm build`"),
        (
            "text",
            b"package main".to_vec(),
            "not a WebAssembly module (it does not start with \\0asm); build one with `govm build`",
        ),
        (
            "no abi",
            wat::parse_str(format!("(module {GOOD})")).unwrap(),
            "the module has no section govm.abi; contracts are built with `govm build`",
        ),
        (
            "two abis",
            wat::parse_str(format!("(module {GOOD} (@custom \"govm.abi\" \"{{}}\") (@custom \"govm.abi\" \"{{}}\"))"))
                .unwrap(),
            "the module has more than one section govm.abi",
        ),
        (
            "unknown module",
            with(r#"(import "env" "print" (func))"#),
            "the import env.print is not available to contracts: build for WASI preview 1 (GOOS=wasip1)",
        ),
        (
            "unknown host function",
            with(r#"(import "govm" "mint" (func))"#),
            "the import govm.mint is not available to contracts",
        ),
        (
            "files",
            with(
                r#"(import "wasi_snapshot_preview1" "path_open" (func (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))"#,
            ),
            "the import wasi_snapshot_preview1.path_open is not available to contracts: contracts have no files",
        ),
        (
            "sockets",
            with(r#"(import "wasi_snapshot_preview1" "sock_send" (func))"#),
            "the import wasi_snapshot_preview1.sock_send is not available to contracts: contracts have no network",
        ),
        (
            "wrong type",
            with(r#"(import "govm" "gas_left" (func (result i32)))"#),
            "the import govm.gas_left has type () -> (i32), expected () -> (i64)",
        ),
        (
            "imported memory",
            with(r#"(import "govm" "memory" (memory 1))"#),
            "the import govm.memory is not available to contracts",
        ),
        ("start section", with("(func $s) (start $s)"), "the module has a start section; export _initialize instead"),
        (
            "reserved export",
            with(r#"(func (export "govm.gas"))"#),
            "the export \"govm.gas\" uses the reserved prefix govm.",
        ),
        (
            "no memory",
            module_with(r#"(func (export "_initialize"))"#, &abi(&[])),
            "the export memory is missing or not a memory",
        ),
        (
            "command",
            module_with(r#"(memory (export "memory") 1) (func (export "_start"))"#, &abi(&[])),
            "the export _initialize is missing or not a function without parameters and results; the module is a command, build it as a reactor (-buildmode=c-shared)",
        ),
        (
            "no dispatch",
            module_with(r#"(memory (export "memory") 1) (func (export "_initialize"))"#, &abi(&[])),
            "the export govm_call is missing or not a function (i32, i32) -> i32; contracts are built with `govm build`",
        ),
    ];
    for (name, wasm, expected) in table {
        assert_eq!(reject(&wasm), expected, "{name}");
    }
    let small = EngineConfig { max_module_bytes: 100, ..EngineConfig::default() };
    let error = check_module(&good, &small).unwrap_err().to_string();
    assert_eq!(error, format!("the module has {} bytes, at most 100 are allowed", good.len()));
}

#[test]
fn proposals_that_engines_may_disagree_on_are_refused() {
    let table = [
        ("simd", "(func (drop (v128.const i32x4 0 0 0 0)))"),
        ("threads", "(memory $m 1 1 shared)"),
        ("second memory", "(memory 1)"),
        ("tail call", "(func $f (return_call $f))"),
        ("exceptions", "(tag)"),
        ("garbage collection", "(type (struct))"),
        ("table growth", "(table 1 funcref) (func (drop (table.grow 0 (ref.null func) (i32.const 1))))"),
    ];
    for (name, fields) in table {
        let error = reject(&with(fields));
        let refused = error.starts_with("not valid WebAssembly, or of a proposal that is not allowed: ")
            || error.starts_with("too many or too large: ");
        assert!(refused, "{name}: {error}");
    }
}

#[test]
fn counts_are_bounded() {
    let many = |piece: &str, count: usize| with(&piece.repeat(count));
    let table = [
        (
            many("(global i32 (i32.const 0))", 1_025),
            "too many or too large: globals: found 1025, at most 1024 are allowed",
        ),
        (
            with(&format!("(func (param {}))", "i32 ".repeat(129))),
            "too many or too large: parameters of a function: found 129, at most 128 are allowed",
        ),
        (
            with(&format!("(func (local {}))", "i64 ".repeat(4_097))),
            "too many or too large: locals of a function: found 4097, at most 4096 are allowed",
        ),
        (
            with("(table 131073 funcref)"),
            "too many or too large: entries of the table: found 131073, at most 131072 are allowed",
        ),
    ];
    for (wasm, expected) in table {
        assert_eq!(reject(&wasm), expected);
    }
}

#[test]
fn a_module_cut_or_changed_anywhere_never_harms_the_host() {
    let engine = engine();
    let good = contract(&["run"], "", "(func $f0 (result i32) (i32.const 0))");
    let abi_end = good.windows(2).rposition(|pair| pair == b"]}").unwrap() + 2;
    for length in 0..abi_end {
        assert!(check_module(&good[..length], &EngineConfig::default()).is_err(), "cut at {length}");
    }
    let mut block = engine.begin_block(info()).unwrap();
    for at in 0..good.len() {
        let mut changed = good.clone();
        changed[at] ^= 0x55;
        // Some changes still give a module; whatever it is, deploying it ends in a receipt.
        let receipt = block.deploy(ALICE, &changed, GAS).unwrap().receipt;
        assert!(receipt.gas_used <= GAS);
    }
    assert!(block.deploy(ALICE, &good, GAS).unwrap().receipt.is_ok());
}

#[test]
fn a_deployment_that_fails_is_a_receipt_without_engine_text() {
    let engine = engine();
    let mut block = engine.begin_block(info()).unwrap();
    let table: [(Vec<u8>, u64, ErrorCode, &str); 3] = [
        (b"nonsense".to_vec(), GAS, ErrorCode::InvalidModule, "the module did not pass the check"),
        (with(""), 99_999, ErrorCode::OutOfGas, "the gas limit is used up"),
        (
            module_with(&GOOD.replace("\"_initialize\")", "\"_initialize\") unreachable"), &abi(&[])),
            GAS,
            ErrorCode::InitializationFailed,
            "trap: unreachable code",
        ),
    ];
    for (wasm, gas_limit, code, message) in table {
        let receipt = block.deploy(ALICE, &wasm, gas_limit).unwrap().receipt;
        assert_eq!(support::failure(&receipt), (code, message));
    }
    assert_eq!(block.commit().unwrap().height, 1);
    assert!(engine.contract(&Address::ZERO).unwrap().is_none());
}
