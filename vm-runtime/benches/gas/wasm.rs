//! Instrumented modules without imports, run by Cranelift: what operators take.

use std::time::{Duration, Instant};

use govm_runtime::internals::{GAS, NATIVE_STACK_BYTES, instrument};
use wasmer::sys::{Cranelift, CraneliftOptLevel, EngineBuilder};
use wasmer::{Engine, Instance, Module, Store, TypedFunction, Value, imports};

use crate::Row;

const MAX_PAGES: u32 = 1_024;
const ROUNDS: usize = 7;
/// How long a round takes at least.
const ROUND: Duration = Duration::from_millis(8);

/// Runs the function `run` of a module, which takes a number of iterations, each of which does the thing `per_iteration`
/// times. The fastest round counts: what else the machine does slows rounds down, and nothing speeds one up.
pub(crate) fn measure(name: &str, fields: &str, per_iteration: u64) -> Row {
    let wasm = wat::parse_str(format!("(module {fields})")).unwrap_or_else(|error| panic!("{name}: {error}\n{fields}"));
    let instrumented = instrument(&wasm, MAX_PAGES).unwrap_or_else(|error| panic!("{name}: {error}"));
    wasmer_vm::set_stack_size(NATIVE_STACK_BYTES);
    let mut config = Cranelift::new();
    config.opt_level(CraneliftOptLevel::Speed);
    let engine: Engine = EngineBuilder::new(config).engine().into();
    let module = Module::new(&engine, instrumented).expect("an instrumented module compiles");
    let mut store = Store::new(engine);
    let instance = Instance::new(&mut store, &module, &imports! {}).expect("an instance");
    let run: TypedFunction<i32, ()> = instance.exports.get_typed_function(&store, "run").expect("a function");
    let gas = instance.exports.get_global(GAS).expect("a counter").clone();

    let mut once = |iterations: i32| {
        gas.set(&mut store, Value::I64(i64::MAX)).expect("a mutable counter");
        let start = Instant::now();
        run.call(&mut store, iterations).unwrap_or_else(|trap| panic!("{name}: {}", trap.message()));
        (start.elapsed(), i64::MAX.abs_diff(gas.get(&mut store).unwrap_i64()))
    };
    let mut iterations = 1;
    while once(iterations).0 < ROUND {
        iterations *= 2;
    }
    let best = (0..ROUNDS).map(|_| once(iterations)).min().expect("rounds");
    Row { name: name.to_owned(), times: iterations as u64 * per_iteration, time: best.0, gas: best.1 }
}

/// A module whose function `run` repeats `unit` so often in a loop that the loop itself counts for little. Memory starts
/// with numbers that the compiler cannot know: 1 at 16 (i64), 3 at 24 (i32), and 0 at 32, which is in `$zero` too.
pub(crate) fn repeated(extra: &str, locals: &str, before: &str, unit: &str, after: &str) -> (String, u64) {
    const UNITS: usize = 200;
    let fields = format!(
        r#"(memory 600) (data (i32.const 16) "\01\00\00\00\00\00\00\00\03") {extra} (func (export "run") (param $n i32) (local $zero i32) {locals}
           (local.set $zero (i32.load (i32.const 32))) {before}
           (loop $again {} (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))) {after})"#,
        unit.repeat(UNITS)
    );
    (fields, UNITS as u64)
}
