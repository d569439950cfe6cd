//! `govm cache` looks after compiled code: what it does costs or saves time, and changes no result.

mod common;

use common::{World, small_contract, text};
use serde_json::json;

#[test]
fn compiled_code_can_be_counted_deleted_and_made_ready() {
    let world = World::new();
    assert_eq!(world.json(&["cache", "stats"])["entries"], json!(0), "before there is anything");
    let wasm = world.write("small.wasm", small_contract());
    let address = world.json(&["deploy", text(&wasm)])["address"].as_str().unwrap().to_owned();
    let called = world.json(&["query", &address, "Run"]);

    let stats = world.json(&["cache", "stats"]);
    assert_eq!(stats["entries"], json!(1));
    assert!(stats["bytes"].as_u64().unwrap() > 0);
    assert_eq!(world.json(&["cache", "clear"]), stats);
    assert_eq!(world.json(&["cache", "stats"])["entries"], json!(0));
    assert_eq!(world.json(&["query", &address, "Run"])["gas_used"], called["gas_used"]);

    world.json(&["cache", "clear"]);
    assert_eq!(world.json(&["cache", "warm"]), json!({ "contracts": 1 }));
    assert_eq!(world.json(&["cache", "stats"])["entries"], json!(1));
    assert_eq!(world.json(&["query", &address, "Run"])["gas_used"], called["gas_used"]);
}

#[test]
fn people_are_told_in_a_line() {
    let world = World::new();
    assert_eq!(world.good(&["cache", "stats"]), "0 modules kept  0 bytes\n");
    assert_eq!(world.good(&["cache", "clear"]), "0 modules deleted  0 bytes\n");
    let ran = world.run(&["cache", "warm"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "without a state: {}", ran.stderr);
}
