//! Every module that cannot be deployed, and what its author is told.

mod support;

use govm_core::{Address, ErrorCode};
use govm_runtime::{EngineConfig, check_module};
use support::{ALICE, DEPLOY_GAS, GAS, abi, contract, engine, info, module_with};

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
fn everything_that_can_be_too_many_is_named_with_what_was_found_and_what_is_allowed() {
    let many = |piece: &str, count: usize| with(&piece.repeat(count));
    let body = |operators: &str| with(&format!("(func {operators})"));
    let blocks = "block end ".repeat(128);
    let exports: String = (0..254).map(|number| format!("(export \"e{number}\" (memory 0))")).collect();
    let table = [
        (many("(type (func (param i64)))", 4_095), "types", 4_097, 4_096),
        (with(&format!("(func (param {}))", "i32 ".repeat(129))), "parameters of a function", 129, 128),
        (with(&format!("(func (result {}) unreachable)", "i32 ".repeat(17))), "results of a function", 17, 16),
        (many("(import \"govm\" \"gas_left\" (func (result i64)))", 257), "imports", 257, 256),
        (many("(func)", 65_535), "functions", 65_537, 65_536),
        (many("(table 1 funcref)", 2), "tables", 2, 1),
        (with("(table 131073 funcref)"), "entries of the table", 131_073, 131_072),
        (with("(memory 1)"), "memories", 2, 1),
        (many("(global i32 (i32.const 0))", 1_025), "globals", 1_025, 1_024),
        (with(&exports), "exports", 257, 256),
        (
            with(&format!("(table 1 funcref) {}", "(elem (i32.const 0) func)".repeat(4_097))),
            "element segments",
            4_097,
            4_096,
        ),
        (many("(data (i32.const 0) \"\")", 131_073), "data segments", 131_073, 131_072),
        (with(&format!("(func (local {}))", "i64 ".repeat(4_097))), "locals of a function", 4_097, 4_096),
        (body(&"nop ".repeat(512 << 10)), "bytes of a function body", (512 << 10) + 2, 512 << 10),
        (body(&("block ".repeat(4_096) + &"end ".repeat(4_096))), "nested blocks", 4_097, 4_096),
        (body(&format!("i32.const 0 br_table {} 0", "0 ".repeat(8_193))), "targets of a branch table", 8_193, 8_192),
        (
            body(&("i32.const 0 ".repeat(4_097) + &"drop ".repeat(4_097))),
            "operands on a function's stack",
            4_097,
            4_096,
        ),
        (
            body(&format!("(local {}) {blocks}", "i64 ".repeat(1_024))),
            "locals of a function times its blocks",
            1_024 * 129,
            1 << 17,
        ),
    ];
    for (wasm, what, found, allowed) in table {
        assert_eq!(
            reject(&wasm),
            format!("too many or too large: {what}: found {found}, at most {allowed} are allowed")
        );
    }
}

#[test]
fn a_memory_that_starts_larger_than_the_engine_allows_is_refused() {
    let wasm = module_with(&GOOD.replace("\"memory\") 1)", "\"memory\") 1025)"), &abi(&["run"]));
    let expected = "too many or too large: pages of memory at the start: found 1025, at most 1024 are allowed";
    assert_eq!(reject(&wasm), expected);
    let roomy = EngineConfig { max_memory_pages: 1_025, ..EngineConfig::default() };
    assert!(check_module(&wasm, &roomy).is_ok());
    // It used to pass the check and to fail in the compiler, as a fault of the host that aborts the block.
    let engine = engine();
    let mut block = engine.begin_block(info()).unwrap();
    let receipt = block.deploy(ALICE, &wasm, DEPLOY_GAS).unwrap().receipt;
    assert_eq!(support::failure(&receipt).0, ErrorCode::InvalidModule);
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
        let receipt = block.deploy(ALICE, &changed, DEPLOY_GAS).unwrap().receipt;
        assert!(receipt.gas_used <= DEPLOY_GAS);
    }
    assert!(block.deploy(ALICE, &good, DEPLOY_GAS).unwrap().receipt.is_ok());
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
