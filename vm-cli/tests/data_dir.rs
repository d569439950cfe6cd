//! Data directories that cannot be used, and those that several processes use.

mod common;

use std::fs;
use std::process::Stdio;

use common::{ALICE, NOBODY, Ran, World, results, small_contract, text};
use govm_state::{LmdbStore, OpenOptions};
use serde_json::Value;

#[test]
fn a_data_directory_that_is_a_file() {
    let world = World::new();
    world.write("deployed.wasm", small_contract());
    let file = world.write("file", "precious");
    let commands: [&[&str]; 5] = [
        &["deploy", "deployed.wasm"],
        &["fund", ALICE, "1"],
        &["contracts"],
        &["call", NOBODY, "Run"],
        &["query", NOBODY, "Run"],
    ];
    for args in commands {
        let (code, message) = world.bad(3, &[&["--data-dir", text(&file)], args].concat());
        assert_eq!(code, "host_fault", "{args:?}");
        assert!(
            message.starts_with(&format!("cannot use the data directory {}: ", text(&file))),
            "{args:?}: {message}"
        );
        assert!(message.ends_with("it is a file; name a directory with --data-dir"), "{args:?}: {message}");
    }
    assert_eq!(fs::read(file).unwrap(), b"precious");
}

/// A folder that not even root can write to.
#[cfg(target_os = "linux")]
#[test]
fn a_data_directory_that_cannot_be_written() {
    let world = World::new();
    world.write("deployed.wasm", small_contract());
    for args in [&["deploy", "deployed.wasm"][..], &["fund", ALICE, "1"]] {
        for folder in ["/proc/govm", "/proc"] {
            let (code, message) = world.bad(3, &[&["--data-dir", folder], args].concat());
            assert_eq!(code, "host_fault", "{args:?}");
            assert!(message.contains(folder), "{args:?}: {message}");
            let ran = world.run(&[&["--data-dir", folder], args].concat());
            assert!(ran.stderr.contains("--data-dir"), "{args:?}: {}", ran.stderr);
        }
    }
}

#[test]
fn a_data_directory_that_holds_something_else() {
    let world = World::new();
    let file = world.write("data/state/letters.txt", "dear diary");
    for args in [&["fund", ALICE, "1"][..], &["contracts"]] {
        let (code, message) = world.bad(3, args);
        assert_eq!(code, "host_fault", "{args:?}");
        assert!(message.contains("is not a state store"), "{args:?}: {message}");
    }
    assert_eq!(fs::read(file).unwrap(), b"dear diary");
}

#[test]
fn a_data_directory_in_use_by_another_process() {
    let world = World::new();
    let contract = world.deploy(&small_contract());
    let state = world.state();
    let store = LmdbStore::open(world.data_dir().join("state"), &OpenOptions::read_write()).unwrap();

    // Readers share.
    assert_eq!(world.json(&["contracts"])[0]["address"], contract);
    assert_eq!(results(&world.json(&["query", &contract, "Run"])), &[] as &[Value]);

    // A writer gives up after a while and says why.
    let ran = world.run(&["--json", "call", &contract, "Run"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (3, ""));
    let (code, message) = ran.error();
    assert_eq!(code, "host_fault");
    assert!(message.contains("is in use by another writer"), "{message}");
    assert!(message.contains("(waited 5s)"), "{message}");
    assert!(world.state() == state, "the refused writer changed the data");

    // A writer that is waiting gets its turn.
    let mut waiting = world.command(&["--json", "call", &contract, "Run"]);
    let waiting = waiting.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(store);
    let ran = Ran::new(&["call"], &waiting.wait_with_output().unwrap());
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let called: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(called["height"], 2);
}

#[test]
fn many_writers_take_turns() {
    let world = World::new();
    // They begin together on nothing: one creates the store, the others wait for it.
    let spawn = |_| {
        let mut command = world.command(&["fund", ALICE, "1"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    for running in [(); 8].map(spawn) {
        let ran = Ran::new(&["fund"], &running.wait_with_output().unwrap());
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    }
    assert_eq!(world.json(&["account", ALICE])["balance"], "8");
}
