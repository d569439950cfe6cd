//! How long the worst modules that pass the check take to compile, for each megabyte of wasm: what the limits on modules
//! are for. `cargo bench -p govm-runtime --bench compile` prints a table.

#![allow(missing_docs, clippy::print_stdout, reason = "a benchmark prints its table")]

#[path = "support/bombs.rs"]
mod bombs;

use std::time::Instant;

use govm_runtime::internals::instrument;
use wasmer::sys::{Cranelift, CraneliftOptLevel, EngineBuilder, Singlepass};
use wasmer::{Engine, Module};

fn main() {
    println!(
        "{:<24} {:>9} {:>12} {:>12} {:>12} {:>12}",
        "function", "wasm", "check + add", "Cranelift", "singlepass", "code"
    );
    for (name, fields) in bombs::bombs() {
        let wasm = wat::parse_str(format!("(module (memory 1) {fields})")).unwrap_or_else(|e| panic!("{name}: {e}"));
        let start = Instant::now();
        let instrumented = instrument(&wasm, 1).unwrap_or_else(|error| panic!("{name}: {error}"));
        let instrumenting = start.elapsed();
        let mut cranelift = Cranelift::new();
        cranelift.opt_level(CraneliftOptLevel::Speed);
        let (cranelift, code_bytes) = compile(EngineBuilder::new(cranelift).engine().into(), &instrumented);
        let (singlepass, _) = compile(EngineBuilder::new(Singlepass::new()).engine().into(), &instrumented);
        println!(
            "{name:<24} {:>9} {instrumenting:>12.2?} {cranelift:>12.2?} {singlepass:>12.2?} {code_bytes:>12}",
            wasm.len()
        );
    }
}

fn compile(engine: Engine, wasm: &[u8]) -> (std::time::Duration, usize) {
    let start = Instant::now();
    let module = Module::new(&engine, wasm).expect("an instrumented module compiles");
    (start.elapsed(), module.serialize().expect("code").len())
}
