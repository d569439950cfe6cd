//! The accounted stack ends before the native one, with half of the native stack to spare: every recursion here, whatever its
//! frames are made of, is stopped by its own counter on a native stack of half the size that contracts get.

#![allow(missing_docs, reason = "a test")]

use govm_runtime::internals::{GAS, NATIVE_STACK_BYTES, STACK, instrument};
use wasmer::sys::{Cranelift, CraneliftOptLevel, EngineBuilder, Singlepass};
use wasmer::{Engine, Function, Imports, Instance, Module, Store, Value};

/// A recursion without end: the fields of a module with a memory, a table, the host function `$host` and an export "run".
fn recursions() -> Vec<(String, String)> {
    let mut all = Vec::new();
    for count in [0, 10, 100, 1_000, 4_000] {
        all.push((format!("{count} locals kept across the call"), locals(count)));
    }
    for count in [10, 1_000, 4_000] {
        all.push((format!("{count} operands kept across the call"), operands(count)));
    }
    for count in [10, 1_000, 5_000] {
        all.push((format!("{count} values computed before and after the call"), computed_twice(count)));
        all.push((format!("{count} values that do not change in a loop around the call"), computed_in_loop(count)));
        all.push((format!("{count} floats that do not change in a loop around the call"), floats_in_loop(count)));
    }
    for count in [16, 128] {
        all.push((format!("{count} parameters"), params(count)));
    }
    all.push(("16 results".to_owned(), results(16)));
    all.push(("an indirect call".to_owned(), INDIRECT.to_owned()));
    all.push(("a host call on every level".to_owned(), HOST.to_owned()));
    all.push(("locals that differ by the way taken".to_owned(), ways(40)));
    all
}

fn repeat(count: usize, piece: impl Fn(usize) -> String) -> String {
    (0..count).map(piece).collect()
}

fn locals(count: usize) -> String {
    let sets = repeat(count, |i| format!("(local.set {i} (i64.load offset={} (i32.const 0)))", i * 8));
    let sums = repeat(count, |i| format!("(local.get {i}) i64.add "));
    format!("(func $f (export \"run\") (result i64) (local {}) {sets} (call $f) {sums})", "i64 ".repeat(count))
}

fn operands(count: usize) -> String {
    let pushes = repeat(count, |i| format!("(i64.load offset={} (i32.const 0))", i * 8));
    format!("(func $f (export \"run\") (result i64) {pushes} (call $f) {})", "i64.add ".repeat(count))
}

/// The sum of values that no two of which have a part in common.
fn sum(count: usize) -> String {
    repeat(count, |i| format!("(i64.rotl (i64.xor (local.get $x) (i64.const {i})) (local.get $x)) i64.add "))
}

fn computed_twice(count: usize) -> String {
    let sum = sum(count);
    format!(
        "(func $f (param $x i64) (result i64) (i64.const 0) {sum}
            (call $f (i64.add (local.get $x) (i64.const 1))) i64.add {sum})
         (func (export \"run\") (result i64) (call $f (i64.load (i32.const 0))))"
    )
}

fn computed_in_loop(count: usize) -> String {
    format!(
        "(func $f (param $x i64) (result i64) (local $sum i64)
            (loop (local.set $sum (i64.add (local.get $sum) (call $f (i64.add (local.get $x) (i64.const 1)))))
                (local.get $sum) {} (local.set $sum) (br_if 0 (i64.eqz (local.get $sum))))
            (local.get $sum))
         (func (export \"run\") (result i64) (call $f (i64.load (i32.const 0))))",
        sum(count)
    )
}

fn floats_in_loop(count: usize) -> String {
    let sum = repeat(count, |i| format!("(f64.mul (local.get $x) (f64.const {i}.5)) f64.add "));
    format!(
        "(func $f (param $x f64) (result f64) (local $sum f64)
            (loop (local.set $sum (f64.add (local.get $sum) (call $f (f64.add (local.get $x) (f64.const 1)))))
                (local.get $sum) {sum} (local.set $sum) (br_if 0 (f64.eq (local.get $sum) (f64.const 3))))
            (local.get $sum))
         (func (export \"run\") (result i64) (i64.trunc_sat_f64_s (call $f (f64.load (i32.const 0)))))"
    )
}

fn params(count: usize) -> String {
    let types = "i64 ".repeat(count);
    let args = repeat(count, |i| format!("(i64.add (local.get {i}) (i64.const {i}))"));
    let sums = repeat(count, |i| format!("(local.get {i}) i64.add "));
    let zeros = "(i64.const 0)".repeat(count);
    format!(
        "(func $f (param {types}) (result i64) (call $f {args}) {sums})
         (func (export \"run\") (result i64) (call $f {zeros}))"
    )
}

fn results(count: usize) -> String {
    let types = "i64 ".repeat(count);
    let adds = "i64.add ".repeat(count - 1);
    let parts = repeat(count - 1, |i| format!("(i64.const {i})"));
    format!(
        "(func $f (result {types}) (call $f) {adds} {parts})
         (func (export \"run\") (result i64) (call $f) {adds})"
    )
}

const INDIRECT: &str = "(type $t (func (param i64 i64) (result i64)))
    (elem (i32.const 0) $f)
    (func $f (type $t) (i64.add (local.get 0)
        (call_indirect (type $t) (local.get 1) (i64.add (local.get 0) (i64.const 1)) (i32.const 0))))
    (func (export \"run\") (result i64) (call $f (i64.const 0) (i64.const 1)))";

const HOST: &str = "(func $f (param i64) (result i64)
        (i64.add (call $host (local.get 0)) (call $f (call $host (i64.add (local.get 0) (i64.const 1))))))
    (func (export \"run\") (result i64) (call $f (i64.const 0)))";

/// Blocks that are entered from a branch table and from above, each of which changes another local.
fn ways(count: usize) -> String {
    let opened = "(block ".repeat(count + 1);
    let targets = repeat(count, |i| format!("{i} "));
    let steps = repeat(count, |i| format!(") (local.set {} (i64.add (local.get {i}) (call $f (local.get 0))))", i + 1));
    format!(
        "(func $f (param i64) (result i64) (local {}) {opened}
            (br_table {targets} {count} (i32.wrap_i64 (i64.rem_u (local.get 0) (i64.const {count})))) {steps})
            (local.get {count}))
         (func (export \"run\") (result i64) (call $f (i64.const 1)))",
        "i64 ".repeat(count)
    )
}

fn engines() -> [(&'static str, Engine); 2] {
    let mut cranelift = Cranelift::new();
    cranelift.opt_level(CraneliftOptLevel::Speed);
    let singlepass = Singlepass::new();
    [
        ("Cranelift", EngineBuilder::new(cranelift).engine().into()),
        ("singlepass", EngineBuilder::new(singlepass).engine().into()),
    ]
}

/// Runs a recursion without end; the counters of gas and stack, and what the engine says.
fn run(engine: &Engine, wasm: &[u8]) -> (i64, i32, String) {
    let module = Module::new(engine, wasm).expect("the module compiles");
    let mut store = Store::new(engine.clone());
    let mut imports = Imports::new();
    imports.define("host", "host", Function::new_typed(&mut store, |number: i64| number.rotate_left(1)));
    let instance = Instance::new(&mut store, &module, &imports).expect("an instance");
    let global = |name: &str| instance.exports.get_global(name).expect("a counter").clone();
    global(GAS).set(&mut store, Value::I64(i64::MAX)).expect("a global that can change");
    let trap = instance.exports.get_function("run").expect("the export").call(&mut store, &[]).expect_err("no end");
    let (gas, stack) = (global(GAS).get(&mut store), global(STACK).get(&mut store));
    (gas.unwrap_i64(), stack.unwrap_i32(), trap.message())
}

#[test]
fn at_the_stack_limit_both_compilers_use_under_half_of_the_native_stack() {
    wasmer_vm::set_stack_size(NATIVE_STACK_BYTES / 2);
    let engines = engines();
    for (name, fields) in recursions() {
        let text = format!(
            "(module (import \"host\" \"host\" (func $host (param i64) (result i64)))
                (memory 1) (table 1 funcref) {fields})"
        );
        let wasm = wat::parse_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let wasm = instrument(&wasm, 1).unwrap_or_else(|error| panic!("{name}: {error}"));
        for (compiler, engine) in &engines {
            let (gas, stack, message) = run(engine, &wasm);
            assert!(gas > 0 && stack == -1, "{name}, {compiler}: gas {gas}, stack {stack}: {message}");
        }
    }
}
