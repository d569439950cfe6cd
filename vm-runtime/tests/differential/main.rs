//! Instrumented modules do the same on every engine: Cranelift, singlepass and the interpreter wasmi agree on how each call
//! ends, on its results, on the gas that is left, and on memory and globals afterwards. And what they agree on is what the
//! module did before it was instrumented, and the sum of the prices of all operators that ran.
//!
//! Random modules come from wasm-smith, structured programs from the generator that the property tests use. A fixed
//! number of each runs with the other tests. More, for as long as you like:
//!
//! ```text
//! GOVM_CASES=100000 cargo test -p govm-runtime --test differential -- --nocapture
//! ```
//!
//! `GOVM_FIRST_CASE` (0 if not given) is the first seed; a failure names its seed.

#![allow(missing_docs, clippy::print_stdout, reason = "a test, which says how much it tried")]

mod case;
mod interpreter;
mod native;
mod oracle;
#[path = "../support/programs.rs"]
mod programs;

use std::sync::atomic::{AtomicU64, Ordering};

use case::{Case, Number, Outcome, Report, Seen, Type, random_case};
use native::Compiler;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// How many cases run without `GOVM_CASES`: some seconds' worth.
const DEFAULT_CASES: u64 = 200;

/// How many modules, instrumented or not, the interpreter could not translate; see `interpreter`.
static UNTRANSLATED: AtomicU64 = AtomicU64::new(0);

fn number_from(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().map_or(default, |text| text.parse().expect("a number of cases"))
}

/// The seeds to try.
fn seeds() -> std::ops::Range<u64> {
    let first = number_from("GOVM_FIRST_CASE", 0);
    first..first + number_from("GOVM_CASES", DEFAULT_CASES)
}

/// Runs a case on every engine, and returns what all of them say.
fn agreed(name: &str, case: &Case) -> Report {
    let expected = native::run(Compiler::Cranelift, case);
    same(name, case, "singlepass", &native::run(Compiler::Singlepass, case), &expected);
    match interpreter::run(case) {
        Some(found) => same(name, case, "wasmi", &found, &expected),
        None => _ = UNTRANSLATED.fetch_add(1, Ordering::Relaxed),
    }
    // Without instrumentation, the bits of a NaN are the machine's.
    if !case.floats {
        second_opinion(name, case, &expected);
    }
    expected
}

/// Compares what an engine says with what Cranelift says; keeps the module if that is not the same.
fn same(name: &str, case: &Case, engine: &str, found: &Report, expected: &Report) {
    if found != expected {
        let kept = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("divergence.wasm");
        std::fs::write(&kept, &case.plain).expect("the module is kept");
        panic!("{name}: {engine} and Cranelift disagree on {}\n{found:#?}\n{expected:#?}", kept.display());
    }
}

/// Compares the calls up to the first one that did not return with what the module does without instrumentation.
fn second_opinion(name: &str, case: &Case, report: &Report) {
    let returned = report.calls.iter().take_while(|seen| seen.kind() == "returned").count();
    if report.refused.is_some() || returned == 0 {
        return;
    }
    let Some(plain) = interpreter::run_plain(case, &oracle::count_each_operator(&case.plain), returned) else {
        UNTRANSLATED.fetch_add(1, Ordering::Relaxed);
        return;
    };
    for ((seen, call), plain) in report.calls.iter().zip(&case.calls).zip(&plain) {
        let used = call.gas - seen.gas;
        assert_eq!(used, plain.gas, "{name}: the gas of {}", call.export);
        let expected = Seen { gas: seen.gas, grow_failed: seen.grow_failed, ..plain.clone() };
        assert!(*seen == expected, "{name}: {} is not what it was\n{seen:#?}\n{expected:#?}", call.export);
    }
    assert_eq!(plain.len(), returned, "{name}");
}

#[test]
fn random_modules_do_the_same_on_every_engine() {
    let (mut modules, mut calls, mut kinds) = (0, 0, std::collections::BTreeMap::new());
    for seed in seeds() {
        let case = random_case(seed).unwrap_or_else(|| panic!("seed {seed} gave no module that passes the check"));
        modules += 1;
        for call in agreed(&format!("seed {seed}"), &case).calls {
            calls += 1;
            *kinds.entry(call.kind()).or_insert(0) += 1;
        }
    }
    for kind in ["returned", "out of gas", "stack overflow", "trapped"] {
        assert!(kinds.contains_key(kind), "no call ended like this: {kind}");
    }
    let untranslated = UNTRANSLATED.load(Ordering::Relaxed);
    println!(
        "{modules} random modules, {calls} calls, 0 divergences: {kinds:?}; {untranslated} not translated by wasmi"
    );
    assert!(untranslated <= modules / 200, "the interpreter has an opinion on nearly all of them");
}

/// Seeds 1040 and 11768 found them: singlepass passed the payload of a NaN on through `f32.demote_f64`, where Cranelift made
/// it canonical, and made the result of a negation canonical, sign and all, where Cranelift did so before.
#[test]
fn a_nan_that_is_converted_is_canonical_on_every_engine() {
    let text = r#"(module (memory (export "memory") 1) (global i32 (i32.const 0))
        (func (export "demote") (result i32) (i32.reinterpret_f32 (f32.demote_f64 (f64.const -nan:0xfc00000000000))))
        (func (export "promote") (result i64) (i64.reinterpret_f64 (f64.promote_f32 (f32.const -nan:0x7fffff))))
        (func (export "sign") (result i64)
            (i64.reinterpret_f64 (f64.neg (f64.sub (f64.const inf) (f64.const inf))))))"#;
    let case = Case::new(&wat::parse_str(text).expect("text of a module"), 0, true).expect("a module");
    let returned = |ty, bits| Outcome::Returned(vec![Number { ty, bits }]);
    let expected = [
        returned(Type::I32, 0x7fc0_0000),
        returned(Type::I64, 0x7ff8_0000_0000_0000),
        returned(Type::I64, 0xfff8_0000_0000_0000),
    ];
    let calls = agreed("a NaN", &case).calls;
    for ((call, seen), expected) in case.calls.iter().zip(calls).zip(expected) {
        assert!(seen.outcome == expected || call.gas < 5, "{}: {:?}", call.export, seen.outcome);
    }
}

#[test]
fn structured_programs_do_the_same_on_every_engine() {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let strategy = programs::programs();
    let mut returned = 0;
    for number in seeds() {
        let program = strategy.new_tree(&mut runner).expect("a program").current();
        let text = format!(
            r#"(module (memory (export "memory") 1) (global i32 (i32.const 0)) {} (func (export "run") (result i32) {} {}))"#,
            programs::TRIPLE,
            programs::text(&program),
            programs::CHECKSUM
        );
        let wasm = wat::parse_str(&text).expect("text of a program");
        let report = agreed(&text, &Case::new(&wasm, number, false).expect("a module"));
        returned += report.calls.iter().filter(|call| call.kind() == "returned").count();
    }
    assert!(returned > 0);
}
