//! The surroundings that a contract sees: a clock that only sleeping moves, a seeded random stream, nothing else.

mod support;

use govm_core::{Call, ErrorCode};
use govm_runtime::gas::{CALL_BASE_GAS, WASI_BASE_GAS};
use support::{BOB, TIME_NS, call, contract, deploy, engine, failure, run, run_once};

const IMPORTS: &str = r#"(import "govm" "output" (func $output (param i32 i32)))
    (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
    (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "args_sizes_get" (func $args (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_fdstat_get" (func $stat (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))"#;

fn words(output: &[u8]) -> Vec<u64> {
    output.chunks_exact(8).map(|word| u64::from_le_bytes(word.try_into().unwrap())).collect()
}

#[test]
fn the_clock_stands_at_the_blocks_time_until_the_contract_sleeps() {
    // Two readings of the wall clock, a sleep of 5 s on the monotonic clock (subscription at 100), two more readings.
    let fields = "(func $f0 (result i32)
        (drop (call $clock (i32.const 0) (i64.const 1) (i32.const 0)))
        (drop (call $clock (i32.const 1) (i64.const 1) (i32.const 8)))
        (i64.store (i32.const 100) (i64.const 77))
        (i32.store (i32.const 116) (i32.const 1))
        (i64.store (i32.const 124) (i64.const 5000000000))
        (drop (call $poll (i32.const 100) (i32.const 200) (i32.const 1) (i32.const 300)))
        (drop (call $clock (i32.const 0) (i64.const 1) (i32.const 16)))
        (drop (call $clock (i32.const 1) (i64.const 1) (i32.const 24)))
        (i64.store (i32.const 32) (i64.load (i32.const 200)))
        (i64.store (i32.const 40) (i64.load32_u (i32.const 300)))
        (call $output (i32.const 0) (i32.const 48)) (i32.const 0))";
    let engine = engine();
    let [address] = deploy(&engine, [&contract(&["run"], IMPORTS, fields)]);
    let output = run(&engine, &call(address, "run")).receipt.output.clone();
    let start_ns = u64::try_from(TIME_NS).unwrap();
    // The clock's subscription is at offset 16: id at 16, timeout at 24.
    assert_eq!(words(&output), [start_ns, 1, start_ns + 5_000_000_000, 5_000_000_001, 77, 1]);
}

#[test]
fn random_bytes_are_a_stream_of_the_calls_own() {
    let fields = "(func $f0 (result i32)
        (drop (call $random (i32.const 0) (i32.const 8))) (drop (call $random (i32.const 8) (i32.const 8)))
        (call $output (i32.const 0) (i32.const 16)) (i32.const 0))";
    let engine = engine();
    let [address] = deploy(&engine, [&contract(&["run"], IMPORTS, fields)]);
    let draw = |sender| {
        let mut block = engine.begin_block(support::info()).unwrap();
        words(&block.call(&Call { sender, ..call(address, "run") }).unwrap().receipt.output)
    };
    let first = draw(support::ALICE);
    assert_ne!(first[0], first[1]);
    assert_eq!(first, draw(support::ALICE), "the same call in the same block draws the same");
    assert_ne!(first, draw(BOB), "another sender draws others");
}

#[test]
fn standard_input_is_at_its_end_and_nothing_else_can_be_read() {
    let fields = "(func $f0 (result i32)
            (i32.store (i32.const 200) (i32.const 77)) (i32.store (i32.const 104) (i32.const 6))
            (drop (call $read (i32.const 0) (i32.const 100) (i32.const 1) (i32.const 200)))
            (call $output (i32.const 200) (i32.const 4)) (i32.const 0))
        (func $f1 (result i32) (call $read (i32.const 1) (i32.const 100) (i32.const 1) (i32.const 200)))
        (func $f2 (result i32) (call $read (i32.const 3) (i32.const 100) (i32.const 1) (i32.const 200)))
        (func $f3 (result i32) (call $read (i32.const 0) (i32.const 100) (i32.const 1) (i32.const -1)))";
    let engine = engine();
    let [address] = deploy(&engine, [&contract(&["input", "output", "file", "outside"], IMPORTS, fields)]);
    assert_eq!(run(&engine, &call(address, "input")).receipt.output, [0; 4]);
    for function in ["output", "file"] {
        assert_eq!(failure(&run(&engine, &call(address, function)).receipt).0, ErrorCode::Reverted, "EBADF is 8");
    }
    assert_eq!(failure(&run(&engine, &call(address, "outside")).receipt).0, ErrorCode::Trap);
}

#[test]
fn standard_output_goes_to_the_trace_and_is_cut() {
    let fields = r#"(data (i32.const 0) "hello\n")
        (func $f0 (result i32)
            (i32.store (i32.const 100) (i32.const 0)) (i32.store (i32.const 104) (i32.const 6))
            (call $write (i32.const 2) (i32.const 100) (i32.const 1) (i32.const 200)))
        (func $f1 (result i32) (local i32)
            (i32.store (i32.const 104) (i32.const 60000))
            (loop
                (drop (call $write (i32.const 1) (i32.const 100) (i32.const 1) (i32.const 200)))
                (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 3))))
            (i32.const 0))
        (func $f2 (result i32) (call $write (i32.const 3) (i32.const 100) (i32.const 1) (i32.const 200)))"#;
    let engine = engine();
    let [address] = deploy(&engine, [&contract(&["hello", "flood", "file"], IMPORTS, fields)]);
    let hello = run(&engine, &call(address, "hello"));
    assert_eq!((hello.trace.as_slice(), hello.receipt.output.as_slice()), (b"hello\n".as_slice(), [].as_slice()));
    assert_eq!(run(&engine, &call(address, "flood")).trace.len(), 64 * 1024);
    assert_eq!(failure(&run(&engine, &call(address, "file")).receipt).0, ErrorCode::Reverted, "EBADF is 8");
}

#[test]
fn an_exit_is_a_failure_with_its_code_and_pays_what_it_used() {
    let receipt = run_once(IMPORTS, "(func $f0 (result i32) (call $exit (i32.const 3)) (i32.const 0))");
    assert_eq!(failure(&receipt), (ErrorCode::Exited, "the contract's runtime ended with exit code 3"));
    // Get, const, eq and if (1 each), call (8), const 1, call (8), and the function.
    assert_eq!(receipt.gas_used, CALL_BASE_GAS + 21 + WASI_BASE_GAS);
    let success = run_once(IMPORTS, "(func $f0 (result i32) (call $exit (i32.const 0)) (i32.const 0))");
    assert_eq!(failure(&success).0, ErrorCode::Exited, "an exit is no return, whatever its code");
}
