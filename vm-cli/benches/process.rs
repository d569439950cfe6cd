//! What a person waits for: whole processes of the command on a deployed contract, code cache warm.
//!
//! Go is needed to build the contract; where it is found is said in the README.

#![allow(missing_docs, reason = "criterion's macros make functions without documentation")]

use std::path::Path;
use std::process::Command;

use criterion::{Criterion, criterion_group, criterion_main};
use serde_json::Value;

/// Runs the command and returns the JSON that it prints.
fn govm(data_dir: &Path, args: &[&str]) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_govm"));
    let output = command.arg("--json").arg("--data-dir").arg(data_dir).args(args).output().expect("govm runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("govm prints JSON")
}

fn processes(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo/counter.go");
    let deployed = govm(folder.path(), &["deploy", source.to_str().expect("a UTF-8 path")]);
    let contract = deployed["address"].as_str().expect("an address").to_owned();
    let initialized = govm(folder.path(), &["call", &contract, "Initialize"]);
    let counter = initialized["result"][0].as_str().expect("an object id").to_owned();

    let mut group = criterion.benchmark_group("process");
    group.sample_size(20);
    group.bench_function("govm call Increment", |bencher| {
        bencher.iter(|| govm(folder.path(), &["call", &contract, "Increment", &counter]));
    });
    group.bench_function("govm query Get", |bencher| {
        bencher.iter(|| govm(folder.path(), &["query", &contract, "Get", &counter]));
    });
    group.finish();
}

criterion_group!(benches, processes);
criterion_main!(benches);
