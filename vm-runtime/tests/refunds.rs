//! What is given back for state that a call frees: only at the end of the call, only for what there is less of than before
//! it, and never more than a fifth of what the call used.

mod support;

use std::sync::Arc;

use govm_core::{Address, Call, ErrorCode, Receipt};
use govm_runtime::Engine;
use govm_runtime::gas::{MOST_REFUNDED_PARTS, REFUND_GAS_PER_BYTE, REFUND_GAS_PER_ENTRY, SCHEDULE_VERSION};
use govm_state::MemoryStore;
use support::{BOB, call, contract, deploy, engine, failure, imports, run};

/// What an id and a name of one byte take as the key of a field, and an id and a record as an object.
const FIELD_KEY_BYTES: u64 = 33;
const OBJECT_BYTES: u64 = 32 + 44;

/// Fields of the default object, whose id is the zeros at 0. Names are at 200; created objects' records at 300.
const HELPERS: &str = r#"(data (i32.const 200) "xy")
    (func $set (param $name i32) (param $bytes i32)
        (call $must (call $field_set (i32.const 0) (local.get $name) (i32.const 1) (i32.const 1000) (local.get $bytes))))
    (func $unset (param $name i32) (call $must (call $field_delete (i32.const 0) (local.get $name) (i32.const 1))))
    (func $must (param i32) (if (local.get 0) (then (unreachable))))
    (func $spend (memory.fill (i32.const 4000) (i32.const 0) (i32.const 60000)) (memory.fill (i32.const 4000) (i32.const 0) (i32.const 60000)))"#;

/// A contract on an engine of its own.
struct World {
    engine: Engine<MemoryStore>,
    contract: Address,
}

impl World {
    /// Functions by name and body, after which each returns 0.
    fn new(functions: &[(&str, &str)]) -> Self {
        let names: Vec<&str> = functions.iter().map(|(name, _)| *name).collect();
        let body = |(at, (_, body)): (usize, &(&str, &str))| format!("(func $f{at} (result i32) {body} (i32.const 0))");
        let bodies: String = functions.iter().enumerate().map(body).collect();
        let engine = engine();
        let [contract] = deploy(&engine, [&contract(&names, &imports(), &format!("{HELPERS} {bodies}"))]);
        Self { engine, contract }
    }

    fn run(&self, function: &str) -> Arc<Receipt> {
        let receipt = run(&self.engine, &call(self.contract, function)).receipt;
        assert_eq!(receipt.schedule_version, SCHEDULE_VERSION);
        receipt
    }

    /// What a call that succeeds gets back, and what it used before that.
    fn refund(&self, function: &str) -> (u64, u64) {
        let receipt = self.run(function);
        assert!(receipt.is_ok(), "{function}: {receipt:?}");
        (receipt.gas_refunded, receipt.gas_used + receipt.gas_refunded)
    }
}

#[test]
fn deleted_state_is_refunded_by_entries_and_bytes() {
    let world = World::new(&[
        ("set", "(call $set (i32.const 200) (i32.const 100))"),
        ("unset", "(call $unset (i32.const 200)) (call $spend)"),
    ]);
    assert_eq!(world.refund("set").0, 0);
    let (refunded, used) = world.refund("unset");
    assert_eq!(refunded, REFUND_GAS_PER_ENTRY + REFUND_GAS_PER_BYTE * (FIELD_KEY_BYTES + 100));
    assert!(refunded < used / MOST_REFUNDED_PARTS, "not cut");
}

#[test]
fn an_object_is_refunded_with_its_fields() {
    let world = World::new(&[
        (
            "make",
            "(call $must (call $object_create (i32.const 300)))
             (call $must (call $field_set (i32.const 300) (i32.const 200) (i32.const 1) (i32.const 1000) (i32.const 7)))",
        ),
        (
            "remove",
            "(call $must (call $object_next (i32.const 0) (i32.const 300)))
             (call $must (call $object_delete (i32.const 300))) (call $spend) (call $spend)",
        ),
    ]);
    assert_eq!(world.refund("make").0, 0);
    // Whichever of the two objects of the contract comes first is deleted; the default object has no field.
    let both = [0, 1].map(|_| world.refund("remove").0);
    let default = REFUND_GAS_PER_ENTRY + REFUND_GAS_PER_BYTE * OBJECT_BYTES;
    let made = default + REFUND_GAS_PER_ENTRY + REFUND_GAS_PER_BYTE * (FIELD_KEY_BYTES + 7);
    assert_eq!(both.iter().sum::<u64>(), default + made);
}

#[test]
fn what_a_call_makes_and_deletes_earns_nothing() {
    let world = World::new(&[
        (
            "object",
            "(call $must (call $object_create (i32.const 300)))
             (call $must (call $field_set (i32.const 300) (i32.const 200) (i32.const 1) (i32.const 1000) (i32.const 1000)))
             (call $must (call $object_delete (i32.const 300)))",
        ),
        ("field", "(call $set (i32.const 200) (i32.const 5000)) (call $unset (i32.const 200))"),
    ]);
    assert_eq!(world.refund("object").0, 0);
    assert_eq!(world.refund("field").0, 0);
}

#[test]
fn what_only_moves_earns_nothing() {
    let world = World::new(&[
        ("set", "(call $set (i32.const 200) (i32.const 100))"),
        // The same bytes under another name, and a few fewer of them.
        ("move", "(call $unset (i32.const 200)) (call $set (i32.const 201) (i32.const 97))"),
        ("again", "(call $unset (i32.const 201)) (call $set (i32.const 201) (i32.const 97))"),
        // A value that becomes shorter is no deletion.
        ("shorten", "(call $set (i32.const 201) (i32.const 1))"),
    ]);
    assert_eq!(world.refund("set").0, 0);
    assert_eq!(world.refund("move").0, 3 * REFUND_GAS_PER_BYTE);
    assert_eq!(world.refund("again").0, 0);
    assert_eq!(world.refund("shorten").0, 0);
}

#[test]
fn at_most_a_fifth_is_given_back() {
    let fields = 64;
    let each = |what: &str| -> String {
        (0..fields).map(|at| format!("(i32.store8 (i32.const 200) (i32.const {})) {what}", at + 32)).collect()
    };
    let world = World::new(&[
        ("set", &each("(call $set (i32.const 200) (i32.const 20000))")),
        ("unset", &each("(call $unset (i32.const 200))")),
    ]);
    assert_eq!(world.refund("set").0, 0);
    let (refunded, used) = world.refund("unset");
    assert!(fields * REFUND_GAS_PER_ENTRY + fields * 20_000 * REFUND_GAS_PER_BYTE > used / 5);
    assert_eq!(refunded, used / 5);
}

#[test]
fn a_failed_call_gets_nothing_and_a_failed_part_of_one_neither() {
    let callee = contract(
        &["set", "unset", "fail"],
        &imports(),
        &format!(
            "{HELPERS}
             (func $f0 (result i32) (call $set (i32.const 200) (i32.const 900)) (i32.const 0))
             (func $f1 (result i32) (call $unset (i32.const 200)) (i32.const 0))
             (func $f2 (result i32) (call $unset (i32.const 200)) (i32.const 1))"
        ),
    );
    let engine = engine();
    let [callee] = deploy(&engine, [&callee]);
    // The address of the callee comes as argument, at 864.
    let nested = |name: &str| {
        format!(
            "(call $input (i32.const 800)) (call $spend) (call $spend)
             (i32.wrap_i64 (i64.shr_s (call $call (i32.const 864) (i32.const {}) (i32.const {}) (i32.const 0) (i32.const 4)
                 (i64.const 0) (i64.const 0) (i32.const 3000) (i32.const 0)) (i64.const 63)))",
            if name == "fail" { 210 } else { 220 },
            name.len()
        )
    };
    let caller = contract(
        &["bad", "good"],
        &imports(),
        &format!(
            r#"{HELPERS} (data (i32.const 210) "fail") (data (i32.const 220) "unset")
            (func $f0 (result i32) (drop {}) (i32.const 0)) (func $f1 (result i32) {})"#,
            nested("fail"),
            nested("unset")
        ),
    );
    let [caller] = deploy(&engine, [&caller]);
    let by = |function: &str| Call { args: callee.as_bytes().to_vec(), ..call(caller, function) };
    assert!(run(&engine, &call(callee, "set")).receipt.is_ok());

    let failed = run(&engine, &call(callee, "fail")).receipt;
    assert_eq!((failure(&failed).0, failed.gas_refunded), (ErrorCode::Reverted, 0));
    let caught = run(&engine, &by("bad")).receipt;
    assert!(caught.is_ok());
    assert_eq!(caught.gas_refunded, 0, "the nested call's deletion was undone");
    let freed = run(&engine, &by("good")).receipt;
    assert!(freed.is_ok());
    assert_eq!(freed.gas_refunded, REFUND_GAS_PER_ENTRY + REFUND_GAS_PER_BYTE * (FIELD_KEY_BYTES + 900));
}

#[test]
fn gas_never_grows_inside_a_call_and_the_limit_must_cover_what_is_refunded() {
    let world = World::new(&[
        ("set", "(call $set (i32.const 200) (i32.const 100))"),
        (
            "unset",
            "(i64.store (i32.const 3000) (call $gas_left)) (call $unset (i32.const 200))
             (i64.store (i32.const 3008) (call $gas_left)) (call $spend) (call $output (i32.const 3000) (i32.const 16))",
        ),
    ]);
    assert!(world.run("set").is_ok());
    let query = |gas_limit| {
        let unset = Call { sender: BOB, gas_limit, ..call(world.contract, "unset") };
        world.engine.query(&unset, 0).unwrap().executed.receipt
    };
    let receipt = query(support::GAS);
    let left = |at: usize| u64::from_le_bytes(receipt.output[at..at + 8].try_into().unwrap());
    assert!(left(8) < left(0), "a deletion costs, whatever it earns");
    assert!(receipt.gas_refunded > 0);
    // The call needs what it uses before the refund, to the last unit.
    let need = receipt.gas_used + receipt.gas_refunded;
    assert_eq!(query(need).gas_used, receipt.gas_used);
    let short = query(need - 1);
    assert_eq!((failure(&short).0, short.gas_used, short.gas_refunded), (ErrorCode::OutOfGas, need - 1, 0));
}
