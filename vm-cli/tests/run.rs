//! `govm run`: programs in the sandbox, from the command line.

mod common;

use std::process::Command;

use common::{Ran, World};

/// A program without imports but these, in the text format.
fn program(fields: &str) -> Vec<u8> {
    common::module(&format!(
        r#"(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32))) (memory (export "memory") 1) {fields}"#
    ))
}

#[test]
fn the_exit_code_says_how_a_program_ended() {
    let world = World::new();
    world.write("exit.wasm", program(r#"(func (export "_start") (call $exit (i32.const 3)))"#));
    world.write("done.wasm", program(r#"(func (export "_start"))"#));
    world.write("loop.wasm", program(r#"(func (export "_start") (loop (br 0)))"#));
    world.write("trap.wasm", program(r#"(func (export "_start") unreachable)"#));
    world.write("contract.wasm", common::small_contract());
    world.write("text.wasm", "hello");
    let table: [(&[&str], i32, &str); 9] = [
        (&["exit.wasm"], 3, ""),
        (&["done.wasm"], 0, ""),
        (&["done.wasm", "--json", "-x", "--", "y"], 0, ""),
        (&["--gas-limit", "1000", "loop.wasm"], 124, "error[out_of_gas]: the gas limit is used up"),
        (&["trap.wasm"], 134, "error[trap]: unreachable code"),
        (&["contract.wasm"], 126, "error[invalid_module]: contract.wasm: the export _start is missing"),
        (&["text.wasm"], 126, "error[invalid_module]: text.wasm: not a WebAssembly module"),
        (&["absent.wasm"], 127, "error[invalid_input]: cannot read absent.wasm: "),
        (&["--dir", "absent::/data", "done.wasm"], 125, "error[host_fault]: cannot copy absent: "),
    ];
    for (args, code, stderr) in table {
        let ran = world.run(&[&["run"], args].concat());
        assert_eq!((ran.code, ran.stdout.as_str()), (code, ""), "{}: {}", ran.command, ran.stderr);
        assert!(ran.stderr.starts_with(stderr) && ran.stderr.is_empty() == stderr.is_empty(), "{}", ran.stderr);
    }
    let ran = world.run(&["run", "--show-gas", "exit.wasm"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (3, "gas used 209\n"));
    assert!(!world.data_dir().exists(), "a program needs no data directory");
}

#[test]
fn wrong_usage_is_told_before_anything_runs() {
    let world = World::new();
    world.write("done.wasm", program(r#"(func (export "_start"))"#));
    let table: [(&[&str], &str); 4] = [
        (&["run", "--dir", "here", "done.wasm"], "expected HOST::GUEST"),
        (&["run", "--dir", ".::data", "done.wasm"], "the program's path \"data\" does not start with /"),
        (&["run", "--env", "novalue", "done.wasm"], "expected NAME=VALUE"),
        (&["run"], "<MODULE.wasm>"),
    ];
    for (args, expected) in table {
        let (code, message) = world.bad(2, args);
        assert!(code == "invalid_input" && message.contains(expected), "{args:?}: {message}");
    }
}

/// Go, set up as the builds of these tests have it: with its build cache, and without the user's settings.
fn go(args: &[&str]) -> Command {
    let mut command = Command::new(common::go().path());
    command.args(args).env("GOOS", "wasip1").env("GOARCH", "wasm");
    command.env("GOCACHE", common::cache().join("go-build")).env("GOFLAGS", "-count=1").env("GOWORK", "off");
    command
}

const TOOL: &str = r#"package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"time"
)

func main() {
	text, err := os.ReadFile("in.txt")
	fmt.Println(string(text), err, os.Args[1:], os.Getenv("LEVEL"), len(os.Environ()))
	fmt.Println(os.WriteFile("/data/in.txt", []byte("changed"), 0o644), os.WriteFile("/tmp/x", nil, 0o644))
	_, err = os.ReadFile("/etc/passwd")
	fmt.Println(err)
	_, err = net.Dial("tcp", "127.0.0.1:80")
	fmt.Println(err != nil)
	fmt.Println(exec.Command("ls").Run() != nil)
	start := time.Now()
	time.Sleep(time.Hour)
	fmt.Println(start.UTC(), time.Since(start))
	os.Exit(7)
}
"#;

#[test]
fn a_go_program_sees_its_files_and_nothing_else() {
    let world = World::new();
    world.write("tool/go.mod", "module example.com/sandboxed\n\ngo 1.24\n");
    world.write("tool/main.go", TOOL);
    world.write("data/in.txt", "content");
    let built = go(&["build", "-o", "../tool.wasm", "."]).current_dir(world.path("tool")).output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let args = ["run", "--dir", "data::/data", "--env", "LEVEL=3", "tool.wasm", "--", "-v", "x"];
    let ran = world.run(&args);
    let expected = "content <nil> [-v x] 3 2\n<nil> <nil>\nopen /etc/passwd: No such file or directory\ntrue\ntrue\n\
                    1970-01-01 00:00:00 +0000 UTC 1h0m0s\n";
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (7, expected, ""));
    assert_eq!(std::fs::read_to_string(world.path("data/in.txt")).unwrap(), "content");
    assert_eq!(world.run(&args).stdout, ran.stdout, "again");
}

#[test]
fn tests_of_gos_own_library_pass_in_the_sandbox() {
    // A part of `make gostd`: strconv reads testdata.
    let exec = format!("{} run --here", env!("CARGO_BIN_EXE_govm"));
    let args = ["test", "-exec", &exec, "container/ring", "unicode/utf8", "strconv"];
    let ran = Ran::new(&args, &go(&args).output().unwrap());
    assert_eq!(ran.code, 0, "{}\n{}", ran.stdout, ran.stderr);
    assert_eq!(ran.stdout.lines().filter(|line| line.starts_with("ok ")).count(), 3, "{}", ran.stdout);
}
