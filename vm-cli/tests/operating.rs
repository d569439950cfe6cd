//! Looking at what was, proving it, and handling whole states: the commands of `docs/operating.md`.

mod common;

use std::fs;

use common::{ALICE, BOB, NOBODY, World, keys, repository, small_contract, string, text};
use serde_json::{Value, json};

/// A state of three blocks: ALICE gets 5, BOB 7, ALICE 5 more.
fn funded() -> World {
    let world = World::new();
    for (who, amount) in [(ALICE, "5"), (BOB, "7"), (ALICE, "5")] {
        world.good(&["fund", who, amount]);
    }
    world
}

fn root(world: &World, at: &str) -> String {
    string(&world.json(&["root", "--at", at])["state_root"])
}

#[test]
fn an_answer_says_which_height_it_read() {
    let world = funded();
    let balance = |args: &[&str]| {
        let account = world.json(&[&["account", ALICE], args].concat());
        (string(&account["balance"]), account["read_at"].clone())
    };
    assert_eq!(balance(&[]), ("10".to_owned(), json!(3)));
    assert_eq!(balance(&["--at", "2"]), ("5".to_owned(), json!(2)));
    assert_eq!(balance(&["--at", "0"]), ("0".to_owned(), json!(0)));
    assert!(world.good(&["account", ALICE, "--at", "2"]).starts_with("5  block 2, "));

    let contract = world.deploy(&small_contract());
    let object = string(&world.json(&["contract", &contract])["default_object"]);
    world.good(&["fund", BOB, "1"]);
    for (args, key) in [(["contract", contract.as_str()], "read_at"), (["object", object.as_str()], "read_at")] {
        assert_eq!(world.json(&args)[key], 5);
        assert_eq!(world.json(&[&args[..], &["--at", "4"]].concat())[key], 4);
        assert!(world.good(&[&args[..], &["--at", "4"]].concat()).contains("block 4"));
        assert_eq!(world.bad(2, &[&args[..], &["--at", "3"]].concat()).0, "invalid_input");
    }
    let queried = world.json(&["query", &contract, "Run", "--at", "4"]);
    assert_eq!((&queried["height"], &queried["status"]), (&json!(4), &json!("ok")));
    assert_eq!(world.json(&["query", &contract, "Run"])["height"], 5);

    let expected = "there is no state of height 6: heights from 0 to 5 can be read";
    for args in [
        vec!["account", ALICE],
        vec!["object", &object],
        vec!["contract", &contract],
        vec!["query", &contract, "Run"],
        vec!["root"],
        vec!["prove", &object],
    ] {
        let refused = world.bad(2, &[&args[..], &["--at", "6"]].concat());
        assert_eq!(refused, ("invalid_input".to_owned(), expected.to_owned()), "{args:?}");
    }
}

#[test]
fn history_is_as_long_as_it_is_told_to_be() {
    let world = funded();
    world.good(&["fund", ALICE, "1", "--history", "1"]);
    assert_eq!(world.json(&["account", ALICE, "--at", "3"])["balance"], "10");
    let (code, message) = world.bad(2, &["account", ALICE, "--at", "2"]);
    assert_eq!(code, "invalid_input");
    assert_eq!(message, "there is no state of height 2: heights from 3 to 4 can be read");
    // Blocks stay.
    assert_eq!(world.json(&["blocks"]).as_array().unwrap().len(), 4);
}

#[test]
fn blocks_are_listed_and_shown() {
    let world = funded();
    let blocks = world.json(&["blocks"]);
    let heights = |blocks: &Value| -> Vec<u64> {
        blocks.as_array().unwrap().iter().map(|block| block["height"].as_u64().unwrap()).collect()
    };
    assert_eq!(heights(&blocks), [3, 2, 1]);
    assert_eq!(heights(&world.json(&["blocks", "--limit", "2"])), [3, 2]);
    assert_eq!(heights(&world.json(&["blocks", "--from", "2", "--limit", "5"])), [2, 1]);
    assert_eq!(heights(&world.json(&["blocks", "--from", "99"])), [3, 2, 1]);
    let expected = [
        "calls",
        "hash",
        "height",
        "instrumentation_version",
        "parent",
        "receipts_hash",
        "schedule_version",
        "state_root",
        "time_ns",
    ];
    assert_eq!(keys(&blocks[0]), expected);
    assert_eq!(blocks[0]["parent"], blocks[1]["hash"]);
    assert_eq!(blocks[0]["state_root"], root(&world, "3"));

    let contract = world.deploy(&small_contract());
    world.good(&["call", &contract, "Run"]);
    let shown = world.json(&["block", "5"]);
    assert_eq!(shown["receipts_kept"], true);
    assert_eq!(shown["receipts"][0]["status"], "ok");
    assert_eq!(world.json(&["block", &string(&shown["hash"])]), shown);
    assert!(world.good(&["block", "5"]).contains("call 0  ok"));
    for (name, expected) in [
        ("6", "there is no block 6: there are 1 to 5".to_owned()),
        ("0", "there is no block 0: there are 1 to 5".to_owned()),
        (&format!("0x{}", "1".repeat(64)), format!("there is no block 0x{}: there are 1 to 5", "1".repeat(64))),
    ] {
        assert_eq!(world.bad(2, &["block", name]), ("invalid_input".to_owned(), expected));
    }
    assert!(world.bad(2, &["block", "last"]).1.contains("a block is named by its height or its hash"));
    assert!(world.bad(2, &["block", "0x12"]).1.contains("hash has 2 characters"));
}

#[test]
fn events_are_listed_by_contract_and_name() {
    let world = World::new();
    common::seed();
    let contract = string(&world.json(&["deploy", text(&repository("contracts/counter/counter.go"))])["address"]);
    for _ in 0..3 {
        world.good(&["call", &contract, "Initialize"]);
    }
    let all = world.json(&["events", &contract]);
    let all = all.as_array().unwrap();
    assert_eq!(all.iter().map(|event| string(&event["position"])).collect::<Vec<_>>(), ["2:0:0", "3:0:0", "4:0:0"]);
    assert_eq!(keys(&all[0]), ["contract", "data", "index", "name", "position"]);
    assert!(all[0]["data"].is_object(), "{}", all[0]);
    assert_eq!(all[0]["name"], "Created");
    let listed = |args: &[&str]| world.json(&[&["events", &contract], args].concat()).as_array().unwrap().len();
    assert_eq!(listed(&["--name", "Created"]), 3);
    assert_eq!(listed(&["--name", "Nope"]), 0);
    assert_eq!(listed(&["--after", "2:0:0"]), 2);
    assert_eq!(listed(&["--after", "2:0:0", "--limit", "1"]), 1);
    assert!(world.good(&["events", &contract]).starts_with("2:0:0  Created counter=0x"));
    assert_eq!(world.good(&["events", NOBODY]), "no events\n");
    for place in ["2", "2:0", "2:0:0:0", "a:b:c", "-1:0:0", ""] {
        let after = format!("--after={place}");
        assert!(world.bad(2, &["events", &contract, &after]).1.contains("HEIGHT:CALL:EVENT"), "{place}");
    }
}

#[test]
fn what_is_there_and_what_is_not_is_proven() {
    let world = World::new();
    let contract = world.deploy(common::seed());
    let called = world.json(&["call", &contract, "Initialize"]);
    let object = string(&called["result"][0]);
    world.good(&["call", &contract, "Increment", &object]);
    let field = world.json(&["object", &object])["fields"].clone();
    let (name, value) = field.as_object().unwrap().iter().next().unwrap();
    let now = root(&world, "3");
    assert_eq!(world.json(&["root"]), json!({ "state_root": now, "height": 3 }));

    // From standard output or in a file, the proof is the same, and it needs no state to be checked.
    let proved = world.json(&["prove", &object, name, "-o", "proof.json"]);
    assert_eq!((&proved["state_root"], &proved["value"], &proved["height"]), (&json!(now), value, &json!(3)));
    let file = world.path("proof.json");
    assert_eq!(world.good(&["prove", &object, name]), fs::read_to_string(&file).unwrap());
    let stranger = World::new();
    let verified = stranger.json(&["verify-proof", text(&file), "--root", &now]);
    assert_eq!(keys(&verified), ["field", "object", "present", "state_root", "status", "value"]);
    assert_eq!(
        (&verified["status"], &verified["value"], &verified["object"]),
        (&json!("holds"), value, &json!(object))
    );
    let said = stranger.good(&["verify-proof", text(&file), "--root", &now]);
    let expected = format!("holds  field {name:?} of object {object} = {}  ", string(&value["value"]));
    assert!(said.starts_with(&expected), "{said}");

    // An older state has another root, and its proof another value.
    let before = root(&world, "2");
    let old = world.json(&["prove", &object, name, "-o", "old.json", "--at", "2"]);
    assert_eq!(old["state_root"], before);
    assert_ne!(&old["value"], value);
    stranger.good(&["verify-proof", text(&world.path("old.json")), "--root", &before]);
    assert_eq!(stranger.bad(1, &["verify-proof", text(&file), "--root", &before]).0, "invalid_proof");

    // Absence, objects and accounts.
    let nowhere = format!("0x{}", "1".repeat(64));
    let cases: [(&[&str], String); 5] = [
        (&[&object, "nope"], format!("there is no field \"nope\" of object {object}")),
        (&[&nowhere], format!("there is no object {nowhere}")),
        (&[&nowhere, "count"], format!("there is no field \"count\" of object {nowhere}")),
        (&[&object], format!("object {object} = contract {contract}, ")),
        (&["--account", NOBODY], format!("there is no account {NOBODY}")),
    ];
    for (args, expected) in cases {
        world.good(&[&["prove"], args, &["-o", "other.json"]].concat());
        let said = stranger.good(&["verify-proof", text(&world.path("other.json")), "--root", &now]);
        assert!(said.starts_with(&format!("holds  {expected}")), "{said}");
    }
    let long = "n".repeat(129);
    assert!(world.bad(2, &["prove", &object, &long]).1.contains("no field has a name of more than 128 bytes"));
    assert_eq!(world.bad(2, &["prove"]).0, "invalid_input");
    assert_eq!(world.bad(2, &["prove", &object, "--account", ALICE]).0, "invalid_input");
    assert_eq!(world.bad(3, &["prove", &object, "-o", "no/such/folder.json"]).0, "host_fault");
}

#[test]
fn every_changed_byte_of_a_proof_or_root_fails() {
    use govm_core::{Hash, StateProof};
    let world = World::new();
    for n in 1..=9 {
        world.good(&["fund", &format!("0x{}", n.to_string().repeat(40)), "1"]);
    }
    let account = format!("0x{}", "3".repeat(40));
    world.good(&["prove", "--account", &account, "-o", "proof.json"]);
    let good = fs::read(world.path("proof.json")).unwrap();
    let trusted = root(&world, "9");

    // The command's own rule, in this process: a process for each byte would take minutes.
    let holds = |bytes: &[u8], root: &Hash| {
        serde_json::from_slice::<StateProof>(bytes).is_ok_and(|proof| {
            serde_json::to_string(&proof).unwrap().into_bytes() == bytes.strip_suffix(b"\n").unwrap_or_default()
                && proof.verify(root).is_ok()
        })
    };
    let trusted_hash: Hash = trusted.parse().unwrap();
    assert!(holds(&good, &trusted_hash));
    for at in 0..good.len() {
        for change in 1..=255 {
            let mut changed = good.clone();
            changed[at] ^= change;
            assert!(!holds(&changed, &trusted_hash), "byte {at} ^ {change}");
        }
    }
    for bit in 0..256 {
        let mut root = *trusted_hash.as_bytes();
        root[bit / 8] ^= 1 << (bit % 8);
        assert!(!holds(&good, &Hash::from_bytes(root)), "bit {bit} of the root");
    }

    // And the command itself, at a few places of each kind.
    let refused = |bytes: &[u8], root: &str| {
        world.write("changed.json", bytes);
        assert_eq!(world.bad(1, &["verify-proof", "changed.json", "--root", root]).0, "invalid_proof");
    };
    for at in (0..good.len()).step_by(good.len() / 12).chain([good.len() - 1]) {
        let mut changed = good.clone();
        changed[at] ^= 1;
        refused(&changed, &trusted);
    }
    refused(&[&good[..], b"\n"].concat(), &trusted);
    refused(good.trim_ascii_end(), &trusted);
    refused(b"", &trusted);
    let upper = String::from_utf8(good.clone()).unwrap().replace("0xa", "0xA").replace("0xf", "0xF");
    if upper.as_bytes() != good {
        refused(upper.as_bytes(), &trusted);
    }
    refused(&good, &root(&world, "8"));
    world.good(&["verify-proof", "proof.json", "--root", &trusted]);
    assert_eq!(world.bad(2, &["verify-proof", "absent.json", "--root", &trusted]).0, "invalid_input");
    assert_eq!(world.bad(2, &["verify-proof", "proof.json", "--root", "0x12"]).0, "invalid_input");
    assert_eq!(world.bad(2, &["verify-proof", "proof.json"]).0, "invalid_input");
}

#[test]
fn a_state_moves_to_another_directory() {
    let world = funded();
    let exported = world.json(&["state", "export", "state.govm"]);
    assert_eq!(keys(&exported), ["entries", "height", "path", "size_bytes", "state_root"]);
    assert_eq!(exported["state_root"], root(&world, "3"));
    let bytes = fs::read(world.path("state.govm")).unwrap();
    assert_eq!(exported["size_bytes"], bytes.len());

    let other = World::new();
    let file = text(&world.path("state.govm")).to_owned();
    let imported = other.json(&["state", "import", &file]);
    assert_eq!(imported, json!({ "height": 3, "state_root": exported["state_root"] }));
    other.good(&["state", "export", "again.govm"]);
    assert!(fs::read(other.path("again.govm")).unwrap() == bytes, "a second export differs");
    assert!(other.good(&["state", "check"]).starts_with("clean  block 3, "));
    let shown = other.json(&["block", "3"]);
    assert_eq!(shown["height"], 3);
    assert_eq!(other.bad(2, &["block", "2"]).1, "there is no block 2: there are 3 to 3");
    assert_eq!(other.json(&["blocks"]).as_array().unwrap().len(), 1);
    assert_eq!(other.json(&["fund", BOB, "1"])["height"], 4);

    // Not over a state, not from something else, and nothing is left of the attempt.
    let (code, message) = other.bad(2, &["state", "import", &file]);
    assert_eq!(code, "invalid_input");
    assert!(message.contains("there is a state store at"), "{message}");
    let third = World::new();
    third.write("text", "hello");
    third.write("cut", &bytes[..bytes.len() / 2]);
    let mut changed = bytes.clone();
    let last = changed.len() - 1;
    changed[last] ^= 1;
    third.write("changed", changed);
    for (file, expected) in [
        ("text", "this is no export of a state"),
        ("cut", "the export ends too early"),
        ("changed", "the export is damaged: its checksum"),
    ] {
        let (code, message) = third.bad(2, &["state", "import", file]);
        assert_eq!(code, "invalid_export");
        assert!(message.starts_with(expected), "{message}");
    }
    assert_eq!(third.bad(2, &["state", "import", "absent"]).0, "invalid_input");
    assert!(!third.data_dir().exists(), "something was left");
    assert_eq!(world.bad(3, &["state", "export", "no/such/folder"]).0, "host_fault");
}

#[test]
fn a_state_is_compacted_and_measured() {
    let world = World::new();
    for command in [&["state", "check"][..], &["state", "compact"], &["state", "stats"], &["state", "export", "x"]] {
        assert!(world.bad(2, command).1.starts_with("there is no contract yet"), "{command:?}");
    }
    assert!(!world.data_dir().exists(), "something was made");

    for amount in ["1", "2", "3"] {
        world.good(&["fund", ALICE, amount]);
    }
    let before = world.json(&["state", "stats"]);
    assert_eq!(
        (&before["height"], &before["oldest_block"], &before["oldest_state"]),
        (&json!(3), &json!(1), &json!(0))
    );
    assert_eq!(before["databases"].as_array().unwrap().len(), 16);
    assert!(world.good(&["state", "stats"]).contains("blocks        1 to 3\n"));
    let compacted = world.json(&["state", "compact"]);
    assert_eq!(compacted["before_bytes"], before["file_bytes"]);
    assert!(compacted["after_bytes"].as_u64() < compacted["before_bytes"].as_u64(), "{compacted}");
    let checked = world.json(&["state", "check"]);
    assert_eq!((&checked["clean"], &checked["found"], &checked["differences"]), (&json!(true), &json!(0), &json!([])));
    assert_eq!(world.json(&["account", ALICE])["balance"], "6");
}

#[test]
fn damage_is_told_difference_by_difference() {
    let world = funded();
    let data = world.data_dir().join("state/data.mdb");
    let mut bytes = fs::read(&data).unwrap();
    // In the file an account's value stands behind its address.
    let address = [0xa1; 20];
    let found: Vec<_> = (0..bytes.len() - 20).filter(|at| bytes[*at..at + 20] == address).collect();
    for at in found {
        bytes[at + 20] ^= 1;
    }
    fs::write(&data, bytes).unwrap();

    let ran = world.run(&["--json", "state", "check"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert_eq!(ran.error().0, "damaged_state");
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(keys(&report), ["clean", "differences", "entries", "found", "height"]);
    assert_eq!(report["clean"], false);
    let entry = format!("the entry {} of accounts does not match its checksum", "a1".repeat(20));
    assert!(report["differences"].as_array().unwrap().contains(&json!(entry)), "{report}");

    let plain = world.run(&["state", "check"]);
    assert_eq!(plain.code, 3);
    assert!(plain.stdout.lines().any(|line| line == entry), "{}", plain.stdout);
    assert!(plain.stderr.starts_with("error[damaged_state]: the state is damaged: "), "{}", plain.stderr);
    // Other commands say where to look, and other entries are read.
    let ran = world.run(&["account", ALICE]);
    assert_eq!(ran.code, 3);
    assert!(ran.stderr.contains("`govm state check` tells what is damaged"), "{}", ran.stderr);
    assert_eq!(world.json(&["account", BOB])["balance"], "7");
}
