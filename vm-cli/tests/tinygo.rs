//! `--compiler tinygo`, with a stand-in for TinyGo: a script that has Go compile what it is asked for. How TinyGo itself is
//! run, to the last argument, is tested where the driver is, in govm-sdk-go.

#![cfg(unix)]

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use common::{World, build_in_process, seed_source, text};

/// Finds Go, as TinyGo does, along the PATH that it is given.
const STAND_IN: &str = r#"#!/bin/sh
if [ "$1" = version ]; then
  echo "tinygo version VERSION linux/amd64 (using go version go1.27.0 and LLVM version 22.1.0)"
  exit
fi
GOOS=wasip1 GOARCH=wasm exec go build -buildmode=c-shared -trimpath -buildvcs=false -ldflags='-s -w' -o contract.wasm ./shim
"#;

/// Puts a stand-in of a version into the folder, and returns its path.
fn stand_in(world: &World, version: &str) -> String {
    let path = world.write("bin/tinygo", STAND_IN.replace("VERSION", version));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    text(&path).to_owned()
}

#[test]
fn a_contract_is_built_and_deployed_with_tinygo() {
    let world = World::new();
    build_in_process(&seed_source()); // Go's library is compiled now, or was
    world.write("counter.go", fs::read(seed_source()).unwrap());
    let tinygo = stand_in(&world, "0.43.0");
    let built = world.json(&["build", "counter.go", "--compiler", "tinygo", "--tinygo", &tinygo]);
    assert_eq!(built["go_version"], "tinygo0.43.0");
    let said =
        world.good(&["build", "counter.go", "--compiler", "tinygo", "--tinygo", text(&world.path("bin/tinygo"))]);
    assert!(said.lines().next().unwrap().ends_with(" bytes, tinygo0.43.0"), "{said}");

    let output =
        world.command(&["--json", "deploy", "counter.go", "--compiler", "tinygo"]).env("GOVM_TINYGO", &tinygo).output();
    let deployed: serde_json::Value = serde_json::from_slice(&output.unwrap().stdout).unwrap();
    assert_eq!(deployed["code_hash"], built["code_hash"]);
}

#[test]
fn a_tinygo_that_does_not_do_is_told_with_the_way_out() {
    let world = World::new();
    world.write("counter.go", fs::read(seed_source()).unwrap());
    let tinygo = stand_in(&world, "0.39.0");
    for command in ["build", "deploy"] {
        let (code, message) = world.bad(3, &[command, "counter.go", "--compiler", "tinygo", "--tinygo", &tinygo]);
        let expected = format!(
            "{tinygo} is TinyGo 0.39.0, and contracts need TinyGo 0.43 or newer: older ones cannot recover from a panic in \
             WebAssembly; install a newer one, say where it is, or compile with Go (--tinygo PATH or GOVM_TINYGO)"
        );
        assert_eq!((code.as_str(), message.as_str()), ("host_fault", expected.as_str()));
    }
    let ran = world
        .command(&["build", "counter.go", "--compiler", "tinygo"])
        .env("PATH", world.path("empty"))
        .output()
        .unwrap();
    assert_eq!(ran.status.code(), Some(3));
    let said = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(
        said,
        "error[host_fault]: TinyGo was not found: install TinyGo 0.43 or newer (tinygo.org) so that `tinygo` is on the PATH, \
         say where the tinygo command is, or compile with Go (--tinygo PATH or GOVM_TINYGO)\n"
    );
}
