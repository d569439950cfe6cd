//! A contract may be called while it is running only if its ABI says so, and then it is a call like any other.

mod support;

use govm_core::{Address, ErrorCode};
use govm_runtime::Engine;
use govm_state::MemoryStore;
use support::{abi, call, deploy, engine, failure, imports, module_with, run};

/// Functions: `again` calls itself for ever, `bad` writes and fails, `fail` calls `bad` and goes on, `good` writes, `see` calls `good`
/// and then reads what it wrote, `view?` calls `good`. Each gives a callee's error back as its own.
fn world(reentrant: bool) -> (Engine<MemoryStore>, Address) {
    let call_self = |name_at: u32, length: u32| {
        format!(
            "(call $input (i32.const 0)) (global.set $mine (i32.add (global.get $mine) (i32.const 1)))
             (local.set 2 (call $call (i32.const 20) (i32.const {name_at}) (i32.const {length}) (i32.const 1000) (i32.const 4)
                (i64.const 0) (i64.const 0) (i32.const 2000) (i32.const 100)))
             (if (i32.ne (global.get $mine) (i32.const 1)) (then (unreachable)))"
        )
    };
    let set = "(call $field_set (i32.const 1000) (i32.const 220) (i32.const 1) (i32.const 300) (i32.const 3))";
    let get = "(drop (call $field_get (i32.const 1000) (i32.const 220) (i32.const 1) (i32.const 400) (i32.const 3)))";
    let code = "(i32.wrap_i64 (i64.sub (i64.const 0) (local.get 2)))";
    let bodies = [
        format!("{} {code}", call_self(200, 5)),
        format!("(drop {set}) (i32.const 1)"),
        format!("{} (i32.wrap_i64 (call $field_get (i32.const 1000) (i32.const 220) (i32.const 1) (i32.const 400) (i32.const 3)))
                 (i32.const -1) (i32.mul)", call_self(210, 3)),
        set.to_owned(),
        format!("{} {get} (call $output (i32.const 400) (i32.const 3)) {code}", call_self(205, 4)),
        format!("{} {code}", call_self(205, 4)),
    ];
    let dispatch: String = bodies
        .iter()
        .enumerate()
        .map(|(at, body)| format!("(if (i32.eq (local.get 0) (i32.const {at})) (then {body} (return)))"))
        .collect();
    let fields = format!(
        r#"{} (memory (export "memory") 1) (global $mine (mut i32) (i32.const 0))
        (data (i32.const 200) "again") (data (i32.const 205) "good") (data (i32.const 210) "bad") (data (i32.const 220) "k")
        (data (i32.const 300) "abc") (func (export "_initialize"))
        (func (export "govm_call") (param i32 i32) (result i32) (local i64) {} (i32.const 14))"#,
        imports(),
        dispatch
    );
    let abi = abi(&["again", "bad", "fail", "good", "see", "view?"]);
    let abi = if reentrant { abi.replace(r#""codec":"borsh""#, r#""codec":"borsh","reentrant":true"#) } else { abi };
    let engine = engine();
    let [address] = deploy(&engine, [&module_with(&fields, &abi)]);
    (engine, address)
}

#[test]
fn a_contract_that_does_not_say_so_is_not_entered_again() {
    let (engine, address) = world(false);
    for function in ["again", "see", "view"] {
        assert_eq!(failure(&run(&engine, &call(address, function)).receipt).0, ErrorCode::Reentrant, "{function}");
    }
}

#[test]
fn a_contract_that_enters_itself_for_ever_ends_at_the_depth() {
    let (engine, address) = world(true);
    let before = support::state(&engine);
    assert_eq!(failure(&run(&engine, &call(address, "again")).receipt).0, ErrorCode::LimitExceeded);
    assert!(support::state(&engine) == before);
    assert!(run(&engine, &call(address, "good")).receipt.is_ok(), "the engine goes on");
}

#[test]
fn what_the_inner_call_writes_is_seen_and_its_globals_are_its_own() {
    let (engine, address) = world(true);
    let receipt = run(&engine, &call(address, "see")).receipt;
    assert!(receipt.is_ok(), "{receipt:?}");
    assert_eq!(receipt.output, b"abc");
}

#[test]
fn an_inner_call_that_fails_leaves_nothing() {
    let (engine, address) = world(true);
    // The field that the inner call wrote before it failed is not there.
    assert_eq!(failure(&run(&engine, &call(address, "fail")).receipt).0, ErrorCode::FieldNotFound);
}

#[test]
fn a_view_cannot_write_by_entering_itself() {
    let (engine, address) = world(true);
    assert_eq!(failure(&run(&engine, &call(address, "view")).receipt).0, ErrorCode::ReadOnly);
}
