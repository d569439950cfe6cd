//! What goes wrong with the input, the contract or Go: each mistake gets an error that names the cause and the right exit
//! code, and changes nothing.

mod common;

use std::fs;

use common::{
    ALICE, NOBODY, Ran, World, keys, mischief, module, module_with_abi, results, small_contract, string, text,
};
use serde_json::{Value, json};

#[test]
fn wrong_usage() {
    let world = World::new();
    let table: &[(&[&str], &str)] = &[
        (&["--nope"], "unexpected argument '--nope' found"),
        (&["frobnicate"], "unrecognized subcommand 'frobnicate'"),
        (&["call"], "the following required arguments were not provided:\n  <CONTRACT>\n  <FUNCTION>"),
        (&["call", NOBODY], "the following required arguments were not provided:\n  <FUNCTION>"),
        (&["deploy"], "the following required arguments were not provided:\n  <PATH>"),
        (&["contracts", "all"], "unexpected argument 'all' found"),
        (&["call", NOBODY, "Run", "--gas-limit", "18446744073709551616"], "number too large"),
        (&["call", NOBODY, "Run", "--value", "much"], "invalid value 'much' for '--value <AMOUNT>'"),
        (&["fund", ALICE, "18446744073709551616"], "number too large"),
        (&["objects"], "say whose objects: --owner, --contract or both"),
        (&["objects", "--owner", ALICE, "--limit", "0"], "0 is not in 1..=10000"),
        // Addresses and ids.
        (
            &["call", "nope", "Run"],
            "for '<CONTRACT>': address \"nope\" does not start with 0x (expected 0x and 40 hex digits)",
        ),
        (&["call", "0x12", "Run"], "for '<CONTRACT>': address has 2 characters after 0x, expected 40 hex digits"),
        (
            &["call", NOBODY, "Run", "--from", "alice"],
            "for '--from <ADDRESS>': address \"alice\" does not start with 0x",
        ),
        (&["contract", "0xzz00000000000000000000000000000000000000"], "a character that is no hex digit"),
        (&["object", NOBODY], "for '<ID>': object id has 40 characters after 0x, expected 64 hex digits"),
    ];
    for &(args, expected) in table {
        let (code, message) = world.bad(2, args);
        assert_eq!(code, "invalid_input", "{args:?}");
        assert!(message.contains(expected), "{args:?}: {message}");
    }
    assert!(!world.data_dir().exists(), "something ran");
}

#[test]
fn no_command_at_all() {
    let world = World::new();
    let ran = world.run(&[]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.contains("Usage: govm [OPTIONS] <COMMAND>"), "{}", ran.stderr);
    let ran = world.run(&["--json"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    let (code, message) = ran.error();
    assert_eq!(code, "invalid_input");
    assert!(message.starts_with("'govm' requires a subcommand"), "{message}");
}

#[test]
fn what_is_no_contract() {
    let world = World::new();
    mischief();
    world.write("text.wasm", "hello");
    world.write("nothing.wasm", "");
    world.write("cut.wasm", &small_contract()[..40]);
    world.write("plain.wasm", module(""));
    world.write("file.wasm", module_with_abi(r#"(import "wasi_snapshot_preview1" "path_open" (func (param i32)))"#));
    world.write("env.wasm", module_with_abi(r#"(import "env" "magic" (func))"#));
    fs::create_dir(world.path("empty")).unwrap();
    let not_wasm = "not a WebAssembly module (it does not start with \\0asm); build one with `govm build`";
    let source = "a contract is a .go file or a folder of them";
    let table = [
        ("text.wasm", "invalid_module", not_wasm.to_owned()),
        ("nothing.wasm", "invalid_module", not_wasm.to_owned()),
        ("cut.wasm", "invalid_module", "not valid WebAssembly, or of a proposal that is not allowed: ".to_owned()),
        (
            "plain.wasm",
            "invalid_module",
            "the module has no section govm.abi; contracts are built with `govm build`".to_owned(),
        ),
        ("env.wasm", "invalid_module", "the import env.magic is not available to contracts".to_owned()),
        (
            "file.wasm",
            "invalid_module",
            "the import wasi_snapshot_preview1.path_open is not available to contracts".to_owned(),
        ),
        ("absent.wasm", "invalid_input", "cannot read absent.wasm: ".to_owned()),
        ("absent.go", "build_failed", format!("there is no file or folder absent.go: {source}")),
        ("empty", "build_failed", format!("there are no Go files in empty: {source}")),
    ];
    for (path, expected_code, expected) in table {
        let (code, message) = world.bad(2, &["deploy", path]);
        assert_eq!(code, expected_code, "{path}");
        assert!(message.starts_with(&expected), "{path}: {message}");
    }
    assert!(!world.data_dir().exists(), "a data directory was made for nothing");
}

#[test]
fn go_that_is_no_contract() {
    let world = World::new();
    mischief();
    world.write("types.go", "package types\n\nfunc Run() string {\n\treturn 1\n}\n");
    world.write("syntax.go", "package syntax\n\nfunc Run( {\n}\n");
    world.write("os.go", "package reader\n\nimport \"os\"\n\nfunc Run() string { return os.Args[0] }\n");
    world.write("shy.go", "package shy\n\nfunc run() {}\n");
    world.write("folder/good.go", "package folder\n\nfunc Run() {}\n");
    world.write("folder/bad.go", "package folder\n\nfunc Stop() { missing() }\n");
    let table = [
        ("types.go", "types.go:4:9: cannot use 1 (untyped int constant) as string value in return statement"),
        ("syntax.go", "syntax.go:3:11: syntax error: unexpected {, expected )"),
        ("os.go", "os.go:3:8: package os cannot be imported by a contract: a contract has no files"),
        ("shy.go", "shy.go:1:9: package shy has no exported function"),
        ("folder", "folder/bad.go:3:15: undefined: missing"),
    ];
    for (path, expected) in table {
        for args in [&["deploy", path][..], &["build", path, "-o", "out.wasm"]] {
            let (code, message) = world.bad(2, args);
            assert_eq!(code, "build_failed", "{args:?}");
            assert!(message.starts_with(expected), "{args:?}: {message}");
        }
    }
    assert!(!world.data_dir().exists() && !world.path("out.wasm").exists(), "something was written");
}

#[test]
fn calls_that_do_not_fit_their_function() {
    let world = World::new();
    let contract = world.deploy(mischief());
    let signature = "Typed(small uint8, yes bool, list []uint64, to Address) uint64";
    let typed = |small, yes, list, to| vec!["Typed", small, yes, list, to];
    let table = [
        (vec!["Nothing"], "the contract has no function \"Nothing\"; it has\n  Allocate() uint64\n  "),
        (vec!["good"], "the contract has no function \"good\"; it has\n  "),
        (vec!["Typed"], "takes 4 arguments, found 0"),
        (vec!["Typed", "1", "true", "[]"], "takes 4 arguments, found 3"),
        ([typed("1", "true", "[]", ALICE), vec!["5"]].concat(), "takes 4 arguments, found 5"),
        (vec!["Good", "1"], "Good() uint64 takes 0 arguments, found 1"),
        (vec!["Index"], "takes 1 argument, found 0"),
        (typed("256", "true", "[]", ALICE), "argument 1 (small): 256 does not fit uint8"),
        (typed("-1", "true", "[]", ALICE), "argument 1 (small): -1 does not fit uint8"),
        (typed("one", "true", "[]", ALICE), "argument 1 (small): expected uint8, found \"one\""),
        (typed("1.5", "true", "[]", ALICE), "argument 1 (small): expected uint8, found \"1.5\""),
        (typed("", "true", "[]", ALICE), "argument 1 (small): expected uint8, found \"\""),
        (typed("1", "maybe", "[]", ALICE), "argument 2 (yes): expected true or false, found \"maybe\""),
        (typed("1", "true", "[1,", ALICE), "argument 3 (list): []uint64 is written as JSON: "),
        (typed("1", "true", "[18446744073709551616]", ALICE), "argument 3 (list)[0]: expected uint64, found "),
        (
            typed("1", "true", "[1,\"18446744073709551616\"]", ALICE),
            "argument 3 (list)[1]: 18446744073709551616 does not fit uint64",
        ),
        (typed("1", "true", "[]", "0x1"), "argument 4 (to): address has 1 characters after 0x, expected 40 hex digits"),
        (vec!["Good", "--value", "5"], "the function Good takes no value: leave --value out"),
    ];
    let state = world.state();
    for (words, expected) in &table {
        for command in ["call", "query"] {
            let (code, message) = world.bad(2, &[&[command, &contract], words.as_slice()].concat());
            assert_eq!(code, "invalid_input", "{words:?}");
            assert!(message.contains(expected), "{words:?}: {message}");
            if words.len() > 1 && words[0] == "Typed" {
                assert_eq!(message.matches(signature).count(), 1, "the signature is shown once: {message}");
            }
        }
    }
    assert!(world.state() == state, "something was written");
    let largest = format!("[{}]", u64::MAX - 255);
    let called = world.json(&["call", &contract, "Typed", "255", "false", &largest, ALICE]);
    assert_eq!((results(&called), &called["height"]), (&vec![json!(u64::MAX.to_string())], &json!(2)));
}

#[test]
fn what_is_not_there() {
    let world = World::new();
    let object = "0x1111111111111111111111111111111111111111111111111111111111111111";
    let table: [(&[&str], String); 5] = [
        (
            &["call", NOBODY, "Run"],
            format!("there is no contract at {NOBODY}; `govm contracts` lists those that there are"),
        ),
        (
            &["query", NOBODY, "Run"],
            format!("there is no contract at {NOBODY}; `govm contracts` lists those that there are"),
        ),
        (
            &["contract", NOBODY],
            format!("there is no contract at {NOBODY}; `govm contracts` lists those that there are"),
        ),
        (&["object", object], format!("there is no object {object}")),
        (
            &["objects", "--owner", ALICE, "--after", object],
            format!(
                "there is no object {object} to go on after; start from the first, or name its contract with --contract"
            ),
        ),
    ];
    let nothing =
        format!("there is no contract yet in {}: deploy one with `govm deploy PATH`", text(&world.data_dir()));
    for (args, _) in &table {
        assert!(world.bad(2, args).1.starts_with(&nothing), "{args:?}");
    }
    assert!(!world.data_dir().exists(), "reading made a data directory");

    world.deploy(&small_contract());
    let state = world.state();
    for (args, expected) in table {
        assert_eq!(world.bad(2, args), ("invalid_input".to_owned(), expected));
    }
    assert!(world.state() == state, "something was written");
}

/// Calls of the mischief contract that fail: the words, the error's code and message.
const FAILING: &[(&[&str], &str, &str)] = &[
    (&["Fail"], "reverted", "no luck today"),
    (&["Refuse"], "insufficient_funds", "too poor: insufficient funds"),
    (&["Panic"], "panic", "at the disco"),
    (&["Nil"], "panic", "runtime error: invalid memory address or nil pointer dereference"),
    (&["Index", "3"], "panic", "runtime error: index out of range [3] with length 3"),
    (&["Loop"], "out_of_gas", "the gas limit is used up"),
    (&["Loop", "--gas-limit", "2000000"], "out_of_gas", "the gas limit is used up"),
    (&["Recurse"], "stack_overflow", "calls are nested too deep"),
    (&["Allocate"], "out_of_memory", "the memory limit is reached"),
    (&["Deadlock"], "trap", "unreachable code"),
    (
        &["Good", "--gas-limit", "20000"],
        "out_of_gas",
        "the gas limit is used up by the 52 pages of memory that the contract starts with: 306000",
    ),
    (&["Good", "--gas-limit", "0"], "out_of_gas", "the gas limit is used up"),
];

#[test]
fn contracts_that_fail_leave_the_state_as_it_was() {
    let world = World::new();
    let contract = world.deploy(mischief());
    let id = string(&world.json(&["contract", &contract])["default_object"]);
    world.good(&["call", &contract, "Good"]);
    let mut count = 1;
    for &(words, expected_code, expected) in FAILING {
        let (state, object) = (world.state(), world.json(&["object", &id]));
        assert_eq!(object["fields"]["count"]["value"], count.to_string());
        for command in ["call", "query"] {
            let args = [&[command, contract.as_str()], words].concat();
            let plain = world.run(&args);
            assert_eq!((plain.code, plain.stdout.as_str()), (1, ""), "{}", plain.command);
            let first = format!("error[{expected_code}]: {expected}");
            assert_eq!(plain.stderr.lines().next(), Some(first.as_str()), "{}", plain.command);
            let hinted = plain.stderr.contains("allow more with --gas-limit");
            assert_eq!(hinted, expected_code == "out_of_gas", "{}: {}", plain.command, plain.stderr);

            let ran = world.run(&[&["--json"], args.as_slice()].concat());
            assert_eq!(
                (ran.code, ran.error()),
                (1, (expected_code.to_owned(), expected.to_owned())),
                "{}",
                ran.command
            );
            let document: Value = serde_json::from_str(&ran.stdout).unwrap();
            let listed =
                ["error", "events", "gas_refunded", "gas_used", "height", "result", "schedule_version", "status"];
            assert_eq!(keys(&document), listed);
            assert_eq!(document["error"], json!({ "code": expected_code, "message": expected }), "{}", ran.command);
            assert_eq!((&document["status"], &document["height"]), (&json!("failed"), &json!(count + 1)));
            assert_eq!((&document["result"], &document["events"]), (&json!([]), &json!([])), "{}", ran.command);
        }
        assert!(world.state() == state, "{words:?} changed the data");
        assert_eq!(world.json(&["object", &id]), object, "after {words:?}");

        count += 1;
        let called = world.json(&["call", &contract, "Good"]);
        assert_eq!(results(&called), &[json!(count.to_string())], "after {words:?}");
        assert_eq!(called["height"], count + 1, "after {words:?}");
    }
}

#[test]
fn a_deployment_without_enough_gas() {
    let world = World::new();
    world.deploy(&small_contract());
    let state = world.state();
    let ran = world.run(&["deploy", "deployed.wasm", "--gas-limit", "1000"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    assert!(ran.stderr.starts_with("error[out_of_gas]: the gas limit is used up\n"), "{}", ran.stderr);
    assert!(ran.stderr.contains("--gas-limit"), "{}", ran.stderr);
    let ran = world.run(&["--json", "deploy", "deployed.wasm", "--gas-limit", "1000"]);
    assert_eq!((ran.code, ran.error().0.as_str()), (1, "out_of_gas"));
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(keys(&document), ["error", "gas_used", "schedule_version", "status"]);
    assert!(world.state() == state, "a refused deployment changed the data");
}

#[cfg(unix)]
#[test]
fn a_machine_without_go() {
    let world = World::new();
    world.write("run.go", "package run\n\nfunc Run() {}\n");
    let bare = |args: &[&str]| {
        let mut command = world.command(args);
        command.env_remove("GOVM_GO").env("PATH", world.path("nothing")).env("XDG_CACHE_HOME", world.path("cache"));
        Ran::new(args, &command.output().unwrap())
    };
    let ran = bare(&["--json", "build", "run.go"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (3, ""));
    let (code, message) = ran.error();
    assert_eq!(code, "host_fault");
    assert!(message.contains("1.24") && message.contains("--go PATH"), "{message}");
    // What is built already needs no Go.
    world.write("deployed.wasm", small_contract());
    assert_eq!(bare(&["deploy", "deployed.wasm"]).code, 0);
}
