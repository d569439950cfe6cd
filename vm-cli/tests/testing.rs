//! `govm test` on a module of its own: both ways, a contract that differs between them, and what functions cost.

mod common;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use common::{cache, go, repository};
use tempfile::TempDir;

/// A contract, in a module that finds the SDK in this repository.
struct Project {
    folder: TempDir,
}

const TALLY: &str = r#"package tally

import "github.com/govm-net/vm/core"

type Tally struct{}

func (Tally) Add(ctx core.Context, n uint64) (uint64, error) {
	obj, err := ctx.GetObject(core.ObjectID{})
	if err != nil {
		return 0, err
	}
	count, err := core.MapOf[core.Address, uint64](obj, "counts").GetOr(ctx.Sender(), 0)
	if err != nil {
		return 0, err
	}
	core.Require(n < 100, "too much at once")
	return count + n, core.MapOf[core.Address, uint64](obj, "counts").Set(ctx.Sender(), count+n)
}

func (Tally) Gas(ctx core.Context) uint64 { return ctx.GasLeft() }
"#;

const TALLY_TEST: &str = r#"package tally

import (
	"testing"

	"github.com/govm-net/vm/core"
	"github.com/govm-net/vm/coretest"
)

func TestAdd(t *testing.T) {
	env := coretest.New(t)
	tally, alice := env.Deploy(new(Tally)), env.Account("alice", 0)
	tally.Must(alice, "Add", 3)
	if got := coretest.Get[uint64](tally, alice, "Add", 4); got != 7 {
		t.Errorf("the count is %d", got)
	}
	if got := env.Field(tally.DefaultObject(), "counts/"+alice.String()); got != uint64(7) {
		t.Errorf("the field is %v", got)
	}
	refused := tally.Fails(core.ErrExecutionReverted, alice, "Add", 100)
	if refused.Err.Error() != "too much at once" {
		t.Errorf("the error is %v", refused.Err)
	}
}

func TestGas(t *testing.T) {
	env := coretest.New(t)
	tally, alice := env.Deploy(new(Tally)), env.Account("alice", 0)
	used := tally.CallWith(coretest.Options{Sender: alice, GasLimit: 1000}, "Add", 1)
	if env.Mode() == coretest.Native {
		used.Must()
		return
	}
	used.Fails(core.ErrOutOfGas)
}

func TestStates(t *testing.T) {
	env := coretest.New(t)
	tally, alice := env.Deploy(new(Tally)), env.Account("alice", 5)
	before := env.Snapshot()
	tally.Must(alice, "Add", 3)
	env.Revert(before)
	if got := coretest.Get[uint64](tally, alice, "Add", 1); got != 1 {
		t.Errorf("the count is %d after going back", got)
	}
	env.SetField(tally.DefaultObject(), "counts/"+alice.String(), uint64(90))
	if got := coretest.Get[uint64](tally, alice, "Add", 1); got != 91 {
		t.Errorf("the count is %d", got)
	}
	env.DeleteField(tally.DefaultObject(), "counts/"+alice.String())
	env.SetOwner(tally.DefaultObject(), alice)
	tally.Must(alice, "Add", 1)
	tally.Fails(core.ErrUnauthorized, env.Account("bob", 0), "Add", 1)
	if owner, there := env.Owner(tally.DefaultObject()); owner != alice || !there || env.Balance(alice) != 5 {
		t.Errorf("owner is %s, balance %d", env.Name(owner), env.Balance(alice))
	}
}
"#;

impl Project {
    fn new() -> Self {
        let project = Self { folder: tempfile::tempdir().unwrap() };
        let sdk = fs::canonicalize(repository("vm-sdk-go")).unwrap();
        let module = format!(
            "module example.org/tally\n\ngo 1.24\n\nrequire github.com/govm-net/vm v0.1.0\n\nreplace github.com/govm-net/vm => {}\n",
            sdk.display()
        );
        project.write("go.mod", &module);
        project.write("tally.go", TALLY);
        project.write("tally_test.go", TALLY_TEST);
        project
    }

    /// Adds a file of these tests.
    fn copy(&self, name: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::copy(common::testdata("nested").join(name), path).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn test(&self, args: &[&str]) -> (bool, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_govm"));
        command.arg("test").arg(self.folder.path()).args(args);
        command.env("XDG_CACHE_HOME", cache()).env("GOVM_GO", go().path()).env("GOFLAGS", "").env("GOPROXY", "off");
        let Output { status, stdout, stderr } = command.output().unwrap();
        (status.success(), format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr)))
    }

    fn passes(&self, args: &[&str]) -> String {
        let (passed, text) = self.test(args);
        assert!(passed, "{args:?}: {text}");
        text
    }

    fn fails(&self, args: &[&str], wanted: &[&str]) {
        let (passed, text) = self.test(args);
        assert!(!passed, "{args:?} passed: {text}");
        for part in wanted {
            assert!(text.contains(part), "{part:?} is not in {text}");
        }
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn the_same_tests_pass_in_each_mode() {
    let project = Project::new();
    // Out of gas is the one thing that plain Go cannot be.
    project.passes(&["--mode", "native", "--", "-race=false"]);
    project.passes(&["--mode", "wasm"]);
    project.fails(&[], &["TestGas", "plain Go and the compiled contract differ", "wasm    out_of_gas"]);
    project.passes(&["--", "-run", "TestAdd|TestStates"]);
}

#[test]
fn what_differs_is_told() {
    let project = Project::new();
    let test = "package tally\n\nimport (\n\t\"testing\"\n\n\t\"github.com/govm-net/vm/coretest\"\n)\n\n\
        func TestDiffers(t *testing.T) {\n\tenv := coretest.New(t)\n\tenv.Deploy(new(Tally)).Must(env.Account(\"alice\", 0), \"Gas\")\n}\n";
    project.write("tally_test.go", test);
    project.fails(
        &[],
        &[
            "tally.Gas called by alice: plain Go and the compiled contract differ",
            "results",
            "native  0x8096980000000000",
        ],
    );
    project.write("tally_test.go", &test.replace("coretest.New(t)", "coretest.NewNative(t)"));
    project.passes(&[]);
    project.write("tally_test.go", &test.replace("Must(env.Account(\"alice\", 0), \"Gas\")", "Address()"));
    project.write(
        "tally.go",
        "package tally\n\nimport \"os\"\n\ntype Tally struct{}\n\nfunc (Tally) Run() { os.Exit(1) }\n",
    );
    project.passes(&["--mode", "native"]);
    project.fails(&[], &["package os cannot be imported by a contract"]);
}

#[test]
fn gas_is_reported_kept_and_checked() {
    let project = Project::new();
    let (snapshot, only) = (project.path("gas.txt"), ["--", "-run", "TestAdd"]);
    let with = |args: &[&'static str]| -> Vec<&str> {
        let file = ["--gas-snapshot", text(&snapshot)];
        file.iter().chain(args).chain(&only).copied().collect()
    };
    project.fails(&with(&["--check"]), &["cannot read", "write it without --check"]);
    let table = project.passes(&with(&["--gas"]));
    let row = table.lines().find(|line| line.starts_with("tally     Add")).expect("a row for Add");
    assert_eq!(row.split_whitespace().nth(2), Some("2"), "the call that failed does not count: {row}");
    project.passes(&with(&["--check"]));

    project.write(
        "tally.go",
        &TALLY.replace("core.Require(n < 100", "for range n {\n\t\tcount++\n\t\tcount--\n\t}\n\tcore.Require(n < 100"),
    );
    project.fails(&with(&["--check"]), &["error[gas_changed]", "tally.Add  min", " -> ", " %)"]);

    let kept = fs::read_to_string(&snapshot).unwrap();
    let version = kept.lines().next().unwrap().rsplit(' ').next().unwrap().to_owned();
    fs::write(&snapshot, kept.replacen(&version, "1.0", 1)).unwrap();
    let remark = project.passes(&with(&["--check"]));
    assert!(remark.contains(&format!("was made with Go 1.0, this is Go {version}")), "{remark}");
    fs::write(&snapshot, "nothing").unwrap();
    project.fails(&with(&["--check"]), &["is no gas snapshot"]);
    project.fails(&["--mode", "native", "--gas"], &["plain Go uses no gas"]);
}

/// Arguments of nested calls, what they are fitted to, and the words for what does not fit; and contracts that do at random
/// what a contract can do. What plain Go and the engine disagree on belongs there.
#[test]
fn plain_go_follows_the_rules_of_the_engine() {
    let project = Project::new();
    for name in
        ["callee/callee.go", "caller/caller.go", "caller/caller_test.go", "script/script.go", "script/script_test.go"]
    {
        project.copy(name);
    }
    project.passes(&["--", "-run", "TestAttempts|TestScripts"]);
}

/// Whatever a line holds, it gets an answer, and the engine goes on.
#[test]
fn the_engine_answers_every_line() {
    let lines = [
        ("", "refused"),
        ("[1, 2", "refused"),
        ("7", "refused"),
        (r#"{"op":"open","chain":1}"#, "refused"),
        (r#"{"op":"open","chain":1,"height":1,"time_ns":5}"#, "{}"),
        (r#"{"op":"dance","chain":1}"#, "refused"),
        (r#"{"op":"block","chain":2,"height":2,"time_ns":5}"#, "refused"),
        (r#"{"op":"block","chain":1,"height":-2,"time_ns":5}"#, "refused"),
        (r#"{"op":"revert","chain":1,"snapshot":18446744073709551615}"#, "refused"),
        (r#"{"op":"fund","chain":1,"account":"0x01","amount":1}"#, "refused"),
        (r#"{"op":"fund","chain":1,"account":"0x0000000000000000000000000000000000000001","amount":7}"#, "{}"),
        (
            r#"{"op":"deploy","chain":1,"path":"/nowhere","deployer":"0x0000000000000000000000000000000000000001","gas_limit":1}"#,
            "refused",
        ),
        (
            r#"{"op":"call","chain":1,"sender":"0x0000000000000000000000000000000000000001","contract":"0x0000000000000000000000000000000000000002","function":"F","args":"0x0g","value":0,"gas_limit":1}"#,
            "refused",
        ),
        (
            r#"{"op":"patch_owner","chain":1,"object":"0x0000000000000000000000000000000000000000000000000000000000000001","owner":"0x0000000000000000000000000000000000000001"}"#,
            "refused",
        ),
        (
            r#"{"op":"state","chain":1,"accounts":["0x0000000000000000000000000000000000000001"]}"#,
            r#"{"state":{"balances":{"0x0000000000000000000000000000000000000001":7},"objects":{}}}"#,
        ),
        (r#"{"op":"close","chain":1}"#, "{}"),
    ];
    let mut engine = Command::new(env!("CARGO_BIN_EXE_govm"));
    engine.arg("harness").env("XDG_CACHE_HOME", cache()).env("GOVM_GO", go().path());
    let mut engine = engine.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = engine.stdin.take().unwrap();
    lines.iter().for_each(|(line, _)| writeln!(input, "{line}").unwrap());
    drop(input);
    let output = engine.wait_with_output().unwrap();
    assert!(output.status.success());
    let answers = String::from_utf8(output.stdout).unwrap();
    assert_eq!(answers.lines().count(), lines.len());
    for ((line, wanted), answer) in lines.iter().zip(answers.lines()) {
        let fits = if *wanted == "refused" { answer.starts_with(r#"{"refused":"#) } else { answer == *wanted };
        assert!(fits, "{line}: {answer}");
    }
}

#[test]
fn a_panic_of_the_compiled_contract_is_told_with_its_place() {
    let project = Project::new();
    project.write(
        "boom.go",
        "package tally\n\nfunc (Tally) Boom(n uint64) uint64 {\n\treturn share(10, n)\n}\n\nfunc share(a, b uint64) uint64 { return a / b }\n",
    );
    let test = "package tally\n\nimport (\n\t\"testing\"\n\n\t\"github.com/govm-net/vm/coretest\"\n)\n\n\
        func TestBoom(t *testing.T) {\n\tenv := coretest.New(t)\n\tenv.Deploy(new(Tally)).Must(env.Account(\"alice\", 0), \"Boom\", 0)\n}\n";
    project.write("tally_test.go", test);
    let place = "\n        panic in Boom, compiled:\n        \tcontract/boom.go:7 contract.share\n        \tcontract/boom.go:4 contract.Tally.Boom\n";
    let failed = "tally.Boom called by alice: runtime error: integer divide by zero";
    project.fails(&["--mode", "wasm"], &[failed, place]);
    // Both ways, Go's own stack is above it.
    project.fails(&[], &[failed, "goroutine ", "boom.go:7", place]);
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let ran =
        Command::new(env!("CARGO_BIN_EXE_govm")).args(["test", "nothing"]).current_dir(folder.path()).output().unwrap();
    assert_eq!(ran.status.code(), Some(2));
    let said = "error[invalid_input]: there is no folder nothing: name the one with the packages to test\n";
    assert_eq!(String::from_utf8_lossy(&ran.stderr), said);
}
