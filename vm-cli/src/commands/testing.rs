//! `govm test`: runs `go test` with an engine for `coretest`, and reports what functions cost.

mod gas;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use govm_runtime::{cache_stats, clear_cache};

use crate::args::{Mode, Test};
use crate::failure::Failure;
use crate::output::{DIM, Output};
use crate::places;
use gas::Costs;

/// The most that compiled code of tested contracts may take between two runs, in bytes: some hundred contracts.
const MAX_CODE_BYTES: u64 = 1 << 30;

pub(crate) fn run(args: &Test, output: &Output) -> Result<(), Failure> {
    if !args.path.is_dir() {
        return Err(Failure::usage(format!(
            "there is no folder {}: name the one with the packages to test",
            args.path.display()
        )));
    }
    let go = places::go(args.go.path.as_deref())?;
    // The tests run in another folder than this command.
    let go_path = std::path::absolute(go.path()).map_err(Failure::usage)?;
    let wants_gas = args.gas || args.gas_snapshot.is_some();
    if wants_gas && args.mode == Mode::Native {
        return Err(Failure::usage("plain Go uses no gas: leave --mode native out"));
    }
    let before = match &args.gas_snapshot {
        Some(file) if args.check => Some(read_snapshot(file)?),
        _ => None,
    };
    trim_code()?;
    let run = tempfile::tempdir().map_err(|error| Failure::host(format!("cannot create a folder: {error}")))?;
    let mut command = Command::new(&go_path);
    // A result that Go remembers would say nothing about cost.
    command.args(["test", "-count=1"]).args(&args.go_args).arg("./...").current_dir(&args.path);
    command.env("PATH", path_with(&go_path)?);
    command.env("GOVM_TEST", args.mode.name()).env("GOVM_TEST_DIR", run.path());
    command.env("GOVM_TEST_ENGINE", this_program()?).env("GOVM_GO", &go_path);
    if output.is_json() {
        command.stdout(Stdio::from(std::io::stderr()));
    }
    let status = command.status().map_err(|error| {
        Failure::usage(format!("cannot run {} in {}: {error}", go_path.display(), args.path.display()))
    })?;
    if !status.success() {
        return Err(Failure::tests("tests_failed", "go test failed"));
    }
    let costs = Costs::read(run.path())?;
    if args.gas {
        output.result(&costs.to_json(), costs.table());
    }
    match (&args.gas_snapshot, before) {
        (Some(file), Some(before)) => check(&costs, &before, file, go.version(), output),
        (Some(file), None) => {
            let written = std::fs::write(file, costs.to_snapshot(go.version()));
            written.map_err(|error| Failure::host(format!("cannot write {}: {error}", file.display())))
        }
        (None, _) => Ok(()),
    }
}

/// The version of Go and the costs of a snapshot.
fn read_snapshot(file: &Path) -> Result<(String, Costs), Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        Failure::usage(format!("cannot read {}: {error}; write it without --check", file.display()))
    })?;
    Costs::from_snapshot(&text).ok_or_else(|| Failure::usage(format!("{} is no gas snapshot", file.display())))
}

/// Fails if anything costs another amount than a snapshot says.
fn check(
    costs: &Costs,
    (made_with, before): &(String, Costs),
    file: &Path,
    go_version: &str,
    output: &Output,
) -> Result<(), Failure> {
    if made_with != go_version {
        // Another compiler makes another module: its gas is as exact, and another number.
        output.remark(format!(
            "{DIM}gas not compared:{DIM:#} {} was made with Go {made_with}, this is Go {go_version}",
            file.display()
        ));
        return Ok(());
    }
    let changes = costs.changes(before);
    if changes.is_empty() {
        return Ok(());
    }
    let message = format!("gas is not what {} says\n{}", file.display(), changes.join("\n"));
    Err(Failure::tests("gas_changed", message))
}

/// The PATH with the folder of a Go command in front: tests ask it where packages are.
fn path_with(go: &Path) -> Result<std::ffi::OsString, Failure> {
    let path = places::path();
    let folders = go.parent().map(Path::to_owned).into_iter().chain(std::env::split_paths(&path));
    std::env::join_paths(folders).map_err(Failure::host)
}

fn this_program() -> Result<PathBuf, Failure> {
    std::env::current_exe().map_err(|error| Failure::host(format!("cannot find this program: {error}")))
}

/// Forgets compiled code if it has become too much.
fn trim_code() -> Result<(), Failure> {
    let folder = places::test_code_dir();
    let trim = || match cache_stats(&folder)?.bytes {
        0..=MAX_CODE_BYTES => Ok(()),
        _ => clear_cache(&folder).map(drop),
    };
    trim().map_err(|error: std::io::Error| Failure::host(format!("cannot look after {}: {error}", folder.display())))
}
