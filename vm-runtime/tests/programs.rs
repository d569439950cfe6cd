//! Whole WASI programs in the sandbox: what they get, what they do not, and how they end.

use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

use govm_core::ErrorCode;
use govm_runtime::{
    Ended, Finished, ProgramClock, ProgramFiles, ProgramInput, Sandbox, SandboxConfig, program_functions,
};

const GAS: u64 = 100_000_000;

/// A program of two pages that has every import under its name. `$say` writes bytes to standard output.
fn program(fields: &str) -> Vec<u8> {
    let imports: String = program_functions()
        .map(|(name, params)| {
            let params: String = params.chars().map(|kind| if kind == 'l' { "i64 " } else { "i32 " }).collect();
            let result = if name == "proc_exit" { "" } else { "(result i32)" };
            format!(r#"(import "wasi_snapshot_preview1" "{name}" (func ${name} (param {params}) {result}))"#)
        })
        .collect();
    let text = format!(
        r#"(module {imports} (memory (export "memory") 2)
            (func $say (param i32 i32)
                (i32.store (i32.const 60000) (local.get 0)) (i32.store (i32.const 60004) (local.get 1))
                (drop (call $fd_write (i32.const 1) (i32.const 60000) (i32.const 1) (i32.const 60008))))
            {fields})"#
    );
    wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// What a program wrote.
#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs a program, with its standard output.
fn run_with(wasm: &[u8], config: &SandboxConfig, change: impl FnOnce(&mut ProgramInput)) -> (Finished, Vec<u8>) {
    let sink = Sink::default();
    let mut input = ProgramInput::new("program", GAS);
    input.stdout = Box::new(sink.clone());
    change(&mut input);
    let finished = Sandbox::new(config).load(wasm).unwrap().run(input).unwrap();
    let output = sink.0.lock().unwrap().clone();
    (finished, output)
}

fn run(fields: &str) -> (Finished, Vec<u8>) {
    run_with(&program(fields), &SandboxConfig::default(), |_| {})
}

/// A `_start` that exits with what an expression gives.
fn exits(expression: &str) -> String {
    format!(r#"(func (export "_start") (call $proc_exit {expression}))"#)
}

fn failed(finished: &Finished) -> ErrorCode {
    match &finished.ended {
        Ended::Failed(error) => error.code,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_program_ends_with_its_own_exit_code() {
    assert_eq!(run(r#"(func (export "_start"))"#).0.ended, Ended::Exit(0));
    for code in [0, 1, 42, 255, 256, u32::MAX] {
        let (finished, _) = run(&exits(&format!("(i32.const {code})")));
        assert_eq!(finished.ended, Ended::Exit(code));
        assert!(finished.gas_used < 1_000, "{}", finished.gas_used);
    }
}

#[test]
fn what_does_not_end_by_itself_is_ended() {
    let table = [
        ("(loop (br 0))", ErrorCode::OutOfGas),
        ("(unreachable)", ErrorCode::Trap),
        ("(call $deeper)", ErrorCode::StackOverflow),
        ("(drop (i32.load (i32.const -1)))", ErrorCode::Trap),
        ("(drop (i32.div_s (i32.const 1) (i32.const 0)))", ErrorCode::Trap),
        ("(memory.fill (i32.const 0) (i32.const 0) (i32.const -1))", ErrorCode::OutOfGas),
        ("(loop (drop (call $sched_yield)) (br 0))", ErrorCode::OutOfGas),
        ("(loop (drop (call $fd_close (i32.const 99))) (br 0))", ErrorCode::OutOfGas),
    ];
    for (body, code) in table {
        let (finished, _) = run(&format!(r#"(func $deeper (call $deeper)) (func (export "_start") {body})"#));
        assert_eq!((failed(&finished), finished.gas_used), (code, GAS), "{body}");
    }
}

#[test]
fn arguments_environment_and_streams_are_those_that_are_given() {
    // The strings of both lists, and what comes in, go out.
    let fields = r#"(func (export "_start")
        (drop (call $args_get (i32.const 0) (i32.const 100)))
        (call $say (i32.const 100) (i32.const 16))
        (drop (call $environ_get (i32.const 0) (i32.const 200)))
        (call $say (i32.const 200) (i32.const 4))
        (i32.store (i32.const 0) (i32.const 300)) (i32.store (i32.const 4) (i32.const 50))
        (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
        (call $say (i32.const 300) (i32.load (i32.const 8))))"#;
    let (finished, output) = run_with(&program(fields), &SandboxConfig::default(), |input| {
        input.args.push("--listen".to_owned());
        input.env.push(("A".to_owned(), "b".to_owned()));
        input.stdin = Box::new(&b"from outside"[..]);
    });
    assert_eq!(finished.ended, Ended::Exit(0));
    assert_eq!(output, b"program\0--listenA=b\0from outside");
}

/// Opens `/tmp/f` for reading and writing, made if it is not there; its descriptor is in local 0, error numbers are exits.
const OPEN: &str = r#"(data (i32.const 1000) "tmp/f")
    (func $open (result i32)
        (local $errno i32)
        (local.set $errno (call $path_open (i32.const 3) (i32.const 0) (i32.const 1000) (i32.const 5) (i32.const 1)
            (i64.const -1) (i64.const -1) (i32.const 0) (i32.const 1008)))
        (if (local.get $errno) (then (call $proc_exit (local.get $errno))))
        (i32.load (i32.const 1008)))"#;

#[test]
fn files_are_copies() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("sub")).unwrap();
    std::fs::write(folder.path().join("f"), "original").unwrap();
    std::fs::write(folder.path().join("sub/g"), "deeper").unwrap();
    let fields = format!(
        r#"{OPEN} (func (export "_start") (local i32)
            (local.set 0 (call $open))
            (i32.store (i32.const 0) (i32.const 300)) (i32.store (i32.const 4) (i32.const 50))
            (drop (call $fd_read (local.get 0) (i32.const 0) (i32.const 1) (i32.const 8)))
            (call $say (i32.const 300) (i32.load (i32.const 8)))
            (drop (call $fd_pwrite (local.get 0) (i32.const 0) (i32.const 1) (i64.const 0) (i32.const 8)))
            (drop (call $path_unlink_file (i32.const 3) (i32.const 1000) (i32.const 5)))
            (call $proc_exit (call $path_unlink_file (i32.const 3) (i32.const 1000) (i32.const 5))))"#
    );
    let (finished, output) = run_with(&program(&fields), &SandboxConfig::default(), |input| {
        input.files.copy_in(folder.path(), Path::new("/tmp"), 1_000).unwrap();
    });
    assert_eq!(output, b"original");
    assert_eq!(finished.ended, Ended::Exit(44), "noent: it is gone inside");
    assert_eq!(std::fs::read(folder.path().join("f")).unwrap(), b"original", "and here it is not");
    let mut files = ProgramFiles::new();
    assert!(files.copy_in(folder.path(), Path::new("/x"), 13).is_err(), "14 bytes are more than 13");
}

#[test]
fn files_cannot_outgrow_their_budget() {
    let config = SandboxConfig { max_file_bytes: 1 << 20, ..SandboxConfig::default() };
    // Each gives an error number that is not 0 without taking memory for what it asks.
    let table = [
        (
            "a gap of a tebibyte",
            "(call $fd_pwrite (local.get 0) (i32.const 0) (i32.const 1) (i64.const 0x10000000000) (i32.const 8))",
        ),
        (
            "a seek and a write",
            "(i32.or (call $fd_seek (local.get 0) (i64.const 0x10000000000) (i32.const 0) (i32.const 16))
                (call $fd_write (local.get 0) (i32.const 0) (i32.const 1) (i32.const 8)))",
        ),
        ("a size", "(call $fd_filestat_set_size (local.get 0) (i64.const 0x1000000000000000))"),
        ("a reservation", "(call $fd_allocate (local.get 0) (i64.const 0) (i64.const 0x1000000000000000))"),
    ];
    for (name, call) in table {
        let fields = format!(
            r#"{OPEN} (func (export "_start") (local i32)
                (local.set 0 (call $open))
                (i32.store (i32.const 4) (i32.const 10))
                (call $proc_exit {call}))"#
        );
        let (finished, _) = run_with(&program(&fields), &config, |_| {});
        assert!(matches!(finished.ended, Ended::Exit(1..)), "{name}: {finished:?}");
    }
    // Writing on and on, 60,000 bytes at a time, fails before the seventeenth MiB.
    let fields = format!(
        r#"{OPEN} (func (export "_start") (local i32 i32)
            (local.set 0 (call $open))
            (i32.store (i32.const 4) (i32.const 60000))
            (loop
                (local.set 1 (i32.add (local.get 1) (i32.const 1)))
                (br_if 0 (i32.eqz (call $fd_write (local.get 0) (i32.const 0) (i32.const 1) (i32.const 8)))))
            (call $proc_exit (local.get 1)))"#
    );
    let (finished, _) = run_with(&program(&fields), &config, |_| {});
    assert_eq!(finished.ended, Ended::Exit(18), "17 writes fit a mebibyte");
}

#[test]
fn a_program_that_only_opens_is_ended() {
    let fields = format!(r#"{OPEN} (func (export "_start") (loop (drop (call $open)) (br 0)))"#);
    let (finished, _) = run_with(&program(&fields), &SandboxConfig::default(), |input| input.gas_limit = 1 << 40);
    assert_eq!(failed(&finished), ErrorCode::LimitExceeded);
}

#[test]
fn two_runs_are_the_same_and_the_clock_moves_by_sleeping_alone() {
    // Random bytes, both clocks, a sleep of 5 s, both clocks again, and the times of a file.
    let fields = format!(
        r#"{OPEN} (func (export "_start")
            (drop (call $random_get (i32.const 0) (i32.const 16)))
            (drop (call $clock_time_get (i32.const 0) (i64.const 1) (i32.const 16)))
            (i32.store (i32.const 116) (i32.const 1))
            (i64.store (i32.const 124) (i64.const 5000000000))
            (drop (call $poll_oneoff (i32.const 100) (i32.const 200) (i32.const 1) (i32.const 300)))
            (drop (call $clock_time_get (i32.const 0) (i64.const 1) (i32.const 24)))
            (drop (call $fd_filestat_get (call $open) (i32.const 400)))
            (call $say (i32.const 0) (i32.const 32))
            (call $say (i32.const 400) (i32.const 64)))"#
    );
    let wasm = program(&fields);
    let at =
        |start_ns| run_with(&wasm, &SandboxConfig::default(), |input| input.clock = ProgramClock::Virtual { start_ns });
    let (finished, output) = at(1_000);
    assert_eq!(at(1_000), (finished, output.clone()));
    let number = |offset: usize| u64::from_le_bytes(output[offset..offset + 8].try_into().unwrap());
    assert_eq!((number(16), number(24)), (1_000, 5_000_001_000));
    assert_eq!([72, 80, 88].map(number), [1_000; 3], "accessed, modified, changed");
    let (_, other) = at(2_000);
    assert_eq!(other[..16], output[..16], "random bytes depend on the module alone");
}

#[test]
fn a_program_in_real_time_has_the_machines_clock_and_random_numbers() {
    let fields = r#"(func (export "_start")
        (drop (call $random_get (i32.const 0) (i32.const 16)))
        (drop (call $clock_time_get (i32.const 0) (i64.const 1) (i32.const 16)))
        (call $say (i32.const 0) (i32.const 24)))"#;
    let wasm = program(fields);
    let run = || run_with(&wasm, &SandboxConfig::default(), |input| input.clock = ProgramClock::Real).1;
    let (first, second) = (run(), run());
    assert_ne!(first[..16], second[..16]);
    assert!(u64::from_le_bytes(first[16..].try_into().unwrap()) > 1_700_000_000_000_000_000);
}

#[test]
fn there_is_no_network_and_no_signal() {
    for call in [
        "(call $sock_accept (i32.const 3) (i32.const 0) (i32.const 0))",
        "(call $sock_recv (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))",
        "(call $sock_send (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))",
        "(call $sock_shutdown (i32.const 3) (i32.const 0))",
        "(call $proc_raise (i32.const 9))",
    ] {
        assert_eq!(run(&exits(call)).0.ended, Ended::Exit(58), "notsup: {call}");
    }
}

#[test]
fn pointers_and_numbers_of_all_kinds_harm_nobody() {
    let numbers = ["0", "1", "3", "4", "65536", "131071", "131072", "2147483647", "-1"];
    for (name, params) in program_functions() {
        for number in numbers {
            let args: String = params
                .chars()
                .map(|kind| if kind == 'l' { format!("(i64.const {number})") } else { format!("(i32.const {number})") })
                .collect();
            let drop = if name == "proc_exit" { "" } else { "drop" };
            let body = format!(r#"(func (export "_start") (call ${name} {args}) {drop})"#);
            let (finished, _) = run(&body);
            let fair = match &finished.ended {
                Ended::Exit(_) => true,
                Ended::Failed(error) => {
                    matches!(error.code, ErrorCode::Trap | ErrorCode::OutOfGas | ErrorCode::LimitExceeded)
                }
                _ => false,
            };
            assert!(fair, "{name} {number}: {finished:?}");
        }
    }
}

#[test]
fn what_is_no_program_is_refused_with_the_reason() {
    let table: [(&str, Vec<u8>, &str); 7] = [
        ("empty", Vec::new(), "not a WebAssembly module"),
        ("no start", program(""), "the export _start is missing or not a function without parameters and results"),
        (
            "library",
            program(r#"(func (export "_initialize"))"#),
            "the export _start is missing or not a function without parameters and results; the module is a library, build it as a program",
        ),
        (
            "host function",
            wat::parse_str(r#"(module (import "govm" "gas_left" (func (result i64))) (memory (export "memory") 1) (func (export "_start")))"#).unwrap(),
            "the import govm.gas_left is not available to programs: it is not in WASI preview 1",
        ),
        (
            "unknown function",
            wat::parse_str(r#"(module (import "wasi_snapshot_preview1" "proc_fork" (func)) (memory (export "memory") 1) (func (export "_start")))"#).unwrap(),
            "the import wasi_snapshot_preview1.proc_fork is not available to programs: it is not in WASI preview 1",
        ),
        (
            "wrong type",
            wat::parse_str(r#"(module (import "wasi_snapshot_preview1" "fd_close" (func (param i64))) (memory (export "memory") 1) (func (export "_start")))"#).unwrap(),
            "the import wasi_snapshot_preview1.fd_close has type (i64) -> (), expected (i32) -> (i32)",
        ),
        (
            "start section",
            program(r#"(func $s) (start $s) (func (export "_start"))"#),
            "the module has a start section",
        ),
    ];
    for (name, wasm, expected) in table {
        let error = Sandbox::new(&SandboxConfig::default()).load(&wasm).err().expect(name).to_string();
        assert!(error.starts_with(expected), "{name}: {error}");
    }
    let small = SandboxConfig { max_module_bytes: 100, ..SandboxConfig::default() };
    assert!(Sandbox::new(&small).load(&program(&exits("(i32.const 0)"))).is_err());
}
