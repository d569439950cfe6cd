//! `--trace` shows what a call did, and changes nothing of it.

mod common;

use common::{World, build, keys, repository, seed};
use serde_json::json;

#[test]
fn a_call_shows_its_host_functions_with_their_gas_and_its_writes() {
    let world = World::new();
    let counter = world.deploy(seed());
    let id = world.json(&["call", &counter, "Initialize"])["result"][0].as_str().unwrap().to_owned();

    let plain = world.json(&["query", &counter, "Increment", &id]);
    let traced = world.json(&["query", &counter, "Increment", &id, "--trace"]);
    assert_eq!(traced["gas_used"], plain["gas_used"]);
    assert!(plain.get("trace").is_none());
    let tree = &traced["trace"];
    assert_eq!((&tree["function"], &tree["contract"]), (&json!("Increment"), &json!(counter)));
    assert_eq!(tree["gas_used"], plain["gas_used"]);
    let steps: Vec<&str> =
        tree["steps"].as_array().unwrap().iter().map(|step| step["name"].as_str().unwrap()).collect();
    assert_eq!((steps.first(), steps.last()), (Some(&"input"), Some(&"output")));
    let set = tree["steps"].as_array().unwrap().iter().find(|step| step["name"] == "field_set").unwrap();
    assert_eq!(keys(set), ["gas_after", "gas_before", "given", "name", "returned"]);
    assert!(set["gas_before"].as_u64().unwrap() - set["gas_after"].as_u64().unwrap() >= 50_000);
    assert_eq!(set["given"], json!([id, "count"]));
    let written: Vec<&str> =
        tree["writes"].as_array().unwrap().iter().map(|write| write["key"].as_str().unwrap()).collect();
    assert_eq!(written, [format!("{id} \"count\"")]);

    let shown = world.good(&["call", &counter, "Increment", &id, "--trace"]);
    let lines: Vec<&str> = shown.lines().collect();
    assert!(lines[0].starts_with(&format!("Increment of {counter} -> ")), "{shown}");
    assert!(lines.iter().any(|line| line.starts_with(&format!("|- field_set({id}, \"count\")  5"))), "{shown}");
    assert!(lines.iter().any(|line| *line == format!("`- wrote fields {id} \"count\" = 1")), "{shown}");
    assert!(lines.last().unwrap().starts_with("1  block "), "the result comes after the tree: {shown}");
}

#[test]
fn a_failed_call_shows_how_far_it_got() {
    let world = World::new();
    let counter = world.deploy(seed());
    let ran = world.run(&["query", &counter, "Increment", &format!("0x{}", "77".repeat(32)), "--trace"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stdout.contains("object_open(0x7777") && ran.stdout.contains(" -> object_not_found  "),
        "{}",
        ran.stdout
    );
}

#[test]
fn nested_calls_are_branches() {
    let world = World::new();
    let counter = world.deploy(seed());
    let relay = world.deploy(&build(&repository("vm-runtime/benches/testdata/relay.go")));
    let shown = world.good(&["call", &relay, "Setup", &counter, "--trace"]);
    assert!(shown.contains(&format!("|- call({counter}, \"Initialize\")")), "{shown}");
    assert!(shown.contains(&format!("|  `- Initialize of {counter} -> 32 bytes  ")), "{shown}");
    assert!(shown.contains("|     |- object_create()"), "{shown}");
}
