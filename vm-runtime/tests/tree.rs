//! A call that is watched: the tree shows what it did, and it ends as it would without being watched, logged or traced.

mod support;

use std::fmt::{Debug, Write};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

use govm_core::{Actor, Address, Call, ErrorCode, ObjectId, StateKey, default_object_id};
use govm_runtime::gas::CALL_BASE_GAS;
use govm_runtime::{CallTree, Engine, Given, HOST_FUNCTIONS, StepEnd};
use govm_state::MemoryStore;
use support::{ALICE, call, contract, deploy, engine, imports, info, run};

/// A contract that writes, calls another, and goes on after a refusal; and the other one, which writes and fails or not.
fn world() -> (Engine<MemoryStore>, Address, Address) {
    let engine = engine();
    let inner = contract(
        &["bad", "good"],
        &imports(),
        r#"(data (i32.const 200) "k")
        (func $set (drop (call $field_set (i32.const 0) (i32.const 200) (i32.const 1) (i32.const 300) (i32.const 2))))
        (func $f0 (result i32) (call $set) (i32.const 1))
        (func $f1 (result i32) (call $set) (i32.const 0))"#,
    );
    // The callee's address is the argument, at 864.
    let calling = |name: u32, length: u32| {
        format!(
            "(drop (call $call (i32.const 864) (i32.const {name}) (i32.const {length}) (i32.const 0) (i32.const 4)
                (i64.const 0) (i64.const 0) (i32.const 3000) (i32.const 0)))"
        )
    };
    let outer = contract(
        &["run"],
        &imports(),
        &format!(
            r#"(data (i32.const 200) "missing") (data (i32.const 210) "good") (data (i32.const 220) "bad")
            (func $f0 (result i32)
                (call $input (i32.const 800))
                (drop (call $field_get (i32.const 0) (i32.const 200) (i32.const 7) (i32.const 400) (i32.const 9)))
                {} {} (drop (call $gas_left)) (i32.const 0))"#,
            calling(210, 4),
            calling(220, 3)
        ),
    );
    let [inner, outer] = deploy(&engine, [&inner, &outer]);
    (engine, outer, inner)
}

fn request(outer: Address, inner: Address) -> Call {
    Call { args: inner.as_bytes().to_vec(), ..call(outer, "run") }
}

#[test]
fn the_tree_has_every_call_and_every_host_function_in_order() {
    let (engine, outer, inner) = world();
    let (queried, tree) = engine.query_traced(&request(outer, inner), support::TIME_NS).unwrap();
    assert_eq!((tree.actor, tree.function.as_str()), (Actor { contract: outer, sender: ALICE }, "run"));
    assert_eq!((tree.gas_used, &tree.result), (queried.executed.receipt.gas_used, &Ok(Vec::new())));
    let names: Vec<&str> = tree.steps.iter().map(|step| step.name).collect();
    assert_eq!(names, ["input", "field_get", "call", "call", "gas_left"]);

    let [_, get, good, bad, left] = &tree.steps[..] else { panic!("five steps") };
    assert_eq!(get.ended, StepEnd::Refused(ErrorCode::FieldNotFound));
    assert_eq!(get.given, [Given::Object(ObjectId::ZERO), Given::Text("missing".to_owned())]);
    assert_eq!(left.ended, StepEnd::Returned(left.gas_after));
    for (step, name) in [(good, "good"), (bad, "bad")] {
        assert_eq!(step.given, [Given::Address(inner), Given::Text(name.to_owned())]);
        let nested = step.call.as_ref().unwrap();
        assert_eq!((nested.actor, nested.function.as_str()), (Actor { contract: inner, sender: outer }, name));
        assert_eq!(nested.steps.iter().map(|step| step.name).collect::<Vec<_>>(), ["field_set"]);
    }
    assert_eq!(good.ended, StepEnd::Returned(0));
    assert_eq!(bad.ended, StepEnd::Refused(ErrorCode::Reverted));
    let key = StateKey::Field(default_object_id(&inner), "k".into());
    let written: Vec<_> = good.call.as_ref().unwrap().writes.iter().map(|(key, _)| key).collect();
    assert!(written.contains(&&key), "{written:?}");
    assert_eq!(bad.call.as_ref().unwrap().writes, [], "it was undone");
    assert_eq!(tree.writes, good.call.as_ref().unwrap().writes, "the caller wrote nothing itself");
}

/// What each step took is its price and what it called; what the start and the steps do not explain is the contract's own code.
fn check_gas(tree: &CallTree) {
    assert!(tree.start_gas >= CALL_BASE_GAS);
    let mut left = tree.gas_limit - tree.start_gas;
    for step in &tree.steps {
        assert!(step.gas_before <= left, "{}: gas never grows", step.name);
        let base = HOST_FUNCTIONS.iter().find(|function| function.name == step.name).unwrap().base_gas;
        let nested = step.call.as_ref().map_or(0, |nested| nested.gas_used);
        assert!(step.gas_before - step.gas_after >= base + nested, "{}", step.name);
        left = step.gas_after;
        step.call.as_deref().into_iter().for_each(check_gas);
    }
}

#[test]
fn gas_falls_from_step_to_step() {
    let (engine, outer, inner) = world();
    check_gas(&engine.query_traced(&request(outer, inner), support::TIME_NS).unwrap().1);
}

#[test]
fn a_watched_call_ends_as_an_unwatched_one() {
    let (engine, outer, inner) = world();
    let request = request(outer, inner);
    let plain = engine.query(&request, support::TIME_NS).unwrap();
    assert_eq!(engine.query_traced(&request, support::TIME_NS).unwrap().0, plain);
    let mut block = engine.begin_block(info()).unwrap();
    let (watched, tree) = block.call_traced(&request).unwrap();
    assert_eq!(watched, plain.executed);
    assert_eq!(block.call(&request).unwrap().receipt.gas_used, watched.receipt.gas_used);
    block.commit().unwrap();
    assert_eq!(tree.steps.len(), 5);
}

#[test]
fn a_call_that_never_began_is_a_tree_too() {
    let (engine, outer, _) = world();
    let (queried, tree) = engine.query_traced(&Call { gas_limit: 1, ..call(outer, "run") }, 0).unwrap();
    assert_eq!(tree.result.as_ref().unwrap_err().code, ErrorCode::OutOfGas);
    assert_eq!((tree.gas_used, tree.steps.len()), (queried.executed.receipt.gas_used, 0));
    let (_, tree) = engine.query_traced(&call(outer, "nothing"), 0).unwrap();
    assert_eq!(tree.result.unwrap_err().code, ErrorCode::FunctionNotFound);
}

/// Formats everything that it is told, as loggers do, and counts it.
struct Everything(AtomicU64);

impl tracing::Subscriber for Everything {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, span: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        span.record(&mut Shown(String::new()));
        tracing::span::Id::from_u64(self.0.fetch_add(1, Ordering::Relaxed) + 1)
    }
    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut Shown(String::new()));
        self.0.fetch_add(1, Ordering::Relaxed);
    }
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

struct Shown(String);

impl tracing::field::Visit for Shown {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn Debug) {
        write!(self.0, "{field}={value:?} ").unwrap();
    }
}

/// Calls that end in every way, in a block; what is printed is what the test below compares.
#[test]
#[ignore = "run by the test below, in processes of its own"]
#[allow(clippy::print_stdout, reason = "what it prints is what is compared")]
fn print_receipts() {
    if std::env::var_os("GOVM_TEST_LOG").is_some() {
        tracing::subscriber::set_global_default(Everything(AtomicU64::new(0))).unwrap();
        tracing::trace!("everything is listened to");
    }
    let (engine, outer, inner) = world();
    println!("receipt {:?}", run(&engine, &request(outer, inner)).receipt);
    let bodies = [
        "(unreachable)",
        "(loop (br 0)) (i32.const 0)",
        "(i32.load (i32.const -1))",
        "(call $f0)",
        "(i32.div_u (i32.const 1) (i32.const 0))",
        "(call_indirect (result i32) (i32.const 0))",
        "(loop (br_if 0 (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) (unreachable)",
    ];
    for body in bodies {
        let fields = format!("(table 1 funcref) (func $f0 (result i32) {body})");
        let [address] = deploy(&engine, [&contract(&["run"], "", &fields)]);
        println!("receipt {:?}", run(&engine, &call(address, "run")).receipt);
    }
    let mut block = engine.begin_block(info()).unwrap();
    println!("receipt {:?}", block.deploy(ALICE, b"no module", support::DEPLOY_GAS).unwrap().receipt);
    println!("receipt {}", block.commit().unwrap().hash());
}

#[test]
fn backtraces_and_logging_change_no_receipt() {
    let receipts = |environment: &[(&str, &str)]| {
        let this = std::env::current_exe().unwrap();
        let mut command = Command::new(this);
        command.args(["--exact", "print_receipts", "--ignored", "--nocapture"]);
        command.env_remove("RUST_BACKTRACE").env_remove("RUST_LOG").envs(environment.iter().copied());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().filter(|line| line.starts_with("receipt ")).map(str::to_owned).collect::<Vec<_>>()
    };
    let plain = receipts(&[]);
    assert_eq!(plain.len(), 10);
    let noisy =
        [("RUST_BACKTRACE", "full"), ("RUST_LIB_BACKTRACE", "1"), ("RUST_LOG", "trace"), ("GOVM_TEST_LOG", "1")];
    assert_eq!(receipts(&noisy), plain);
}
