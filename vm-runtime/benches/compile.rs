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
    table("as large as the check allows", bombs::Size::Checked);
    table("as large as is compiled for speed", bombs::Size::Optimised);
}

fn table(title: &str, size: bombs::Size) {
    println!(
        "\n{title:<36} {:>9} {:>12} {:>12} {:>12} {:>12} {:>12}",
        "wasm", "check + add", "Cranelift", "for 1 MiB", "singlepass", "code"
    );
    for (name, fields) in bombs::bombs(size) {
        let wasm = wat::parse_str(format!("(module (memory 1) {fields})")).unwrap_or_else(|e| panic!("{name}: {e}"));
        let start = Instant::now();
        let instrumented = instrument(&wasm, 1).unwrap_or_else(|error| panic!("{name}: {error}"));
        let instrumenting = start.elapsed();
        let mut cranelift = Cranelift::new();
        cranelift.opt_level(CraneliftOptLevel::Speed);
        let (cranelift, code_bytes) = compile(EngineBuilder::new(cranelift).engine().into(), &instrumented);
        let (singlepass, _) = compile(EngineBuilder::new(Singlepass::new()).engine().into(), &instrumented);
        let for_a_mebibyte = cranelift.mul_f64(f64::from(1 << 20) / wasm.len() as f64);
        println!(
            "{name:<36} {:>9} {instrumenting:>12.2?} {cranelift:>12.2?} {for_a_mebibyte:>12.2?} {singlepass:>12.2?} {code_bytes:>12}",
            wasm.len()
        );
    }
}

fn compile(engine: Engine, wasm: &[u8]) -> (std::time::Duration, usize) {
    let start = Instant::now();
    let module = Module::new(&engine, wasm).expect("an instrumented module compiles");
    (start.elapsed(), module.serialize().expect("code").len())
}
