//! `govm batch` and `govm bench block`: files of calls, executed block by block.

mod common;

use std::fs;

use common::{NOBODY, World, small_contract, text};
use serde_json::{Value, json};

/// The calls that a load was written as.
fn lines(world: &World, file: &str) -> Vec<Value> {
    let text = fs::read_to_string(world.path(file)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A load in a world of its own.
fn load(kind: &str, args: &[&str]) -> World {
    let world = World::new();
    let file = world.path("calls.jsonl");
    let made = world.json(&[&["bench", "block", "--make", kind, "-o", text(&file)], args].concat());
    assert_eq!(made["contract"], lines(&world, "calls.jsonl")[0]["contract"]);
    world
}

/// What the batch came to, without what depends on the machine.
fn batch(world: &World, args: &[&str]) -> Value {
    let mut summary = world.json(&[&["batch", text(&world.path("calls.jsonl"))], args].concat());
    for key in ["calls_per_second", "gas_per_second", "elapsed_ms", "executing_ms", "waiting_for_commits_ms"] {
        assert!(summary.as_object_mut().unwrap().remove(key).unwrap().is_u64(), "{key}");
    }
    summary
}

#[test]
fn counters_are_counted_whatever_the_blocks_and_threads_are() {
    let mut roots = Vec::new();
    for args in
        [["--threads", "1"].as_slice(), &["--threads", "3", "--block-size", "60"], &["--sync", "--block-size", "7"]]
    {
        let world = load("counters", &["--calls", "200", "--among", "20"]);
        let calls = lines(&world, "calls.jsonl");
        assert_eq!(calls.len(), 200);
        let before = world.json(&["root"])["height"].as_u64().unwrap();
        let summary = batch(&world, args);
        assert_eq!((&summary["calls"], &summary["failed"], &summary["failures"]), (&json!(200), &json!(0), &json!({})));
        let blocks = summary["blocks"].as_u64().unwrap();
        assert_eq!(summary["height"], before + blocks);
        assert_eq!(summary["state_root"], world.json(&["root"])["state_root"]);
        let counter = calls[7]["args"][0].as_str().unwrap();
        let count = world.json(&["query", calls[7]["contract"].as_str().unwrap(), "Get", counter]);
        assert_eq!(count["result"], json!(["10"]));
        roots.push((summary["state_root"].clone(), summary["gas_used"].clone(), blocks));
    }
    // The ids of counters depend on where they were made, which is the same in these worlds.
    assert_eq!(roots.iter().map(|(.., blocks)| *blocks).collect::<Vec<_>>(), [1, 4, 29]);
    assert!(roots.iter().all(|(root, gas, _)| (root, gas) == (&roots[0].0, &roots[0].1)), "{roots:?}");
}

#[test]
fn transfers_move_coins_and_make_none() {
    let world = load("transfers", &["--calls", "300", "--among", "40", "--zipf", "1.1"]);
    let calls = lines(&world, "calls.jsonl");
    let contract = calls[0]["contract"].as_str().unwrap().to_owned();
    let summary = batch(&world, &["--block-size", "100", "--threads", "4"]);
    assert_eq!((&summary["blocks"], &summary["failed"]), (&json!(3), &json!(0)));
    let mut accounts: Vec<&str> =
        calls.iter().flat_map(|call| [&call["from"], &call["args"][0]]).filter_map(Value::as_str).collect();
    accounts.sort_unstable();
    accounts.dedup();
    let balance = |account: &str| -> u64 {
        let balance = world.json(&["query", &contract, "Balance", account]);
        balance["result"][0].as_str().unwrap().parse().unwrap()
    };
    let sum: u64 = accounts.iter().map(|account| balance(account)).sum();
    assert_eq!(sum, (accounts.len() as u64) << 40);
}

#[test]
fn failed_calls_are_counted_and_the_batch_goes_on() {
    let world = load("hot", &["--calls", "20"]);
    let mut calls = lines(&world, "calls.jsonl");
    assert!(calls.iter().all(|call| call["args"] == calls[0]["args"]), "one counter");
    calls[3]["from"] = json!(NOBODY);
    calls[5]["gas_limit"] = json!(30_000);
    calls[9]["from"] = json!(NOBODY);
    let text: String = calls.iter().map(|call| format!("{call}\n\n")).collect();
    fs::write(world.path("calls.jsonl"), text).unwrap();
    let summary = batch(&world, &[]);
    assert_eq!(summary["failures"], json!({ "out_of_gas": 1, "unauthorized": 2 }));
    assert_eq!((&summary["calls"], &summary["failed"], &summary["blocks"]), (&json!(20), &json!(3), &json!(1)));
    let told = world.good(&["batch", common::text(&world.path("calls.jsonl"))]);
    assert!(told.contains("executed 20 calls in 1 blocks"), "{told}");
    assert!(told.contains("failed     1 out_of_gas, 2 unauthorized"), "{told}");
}

#[test]
fn a_wrong_line_is_named_and_nothing_is_executed() {
    let world = World::new();
    let contract = world.deploy(&small_contract());
    let good = json!({ "contract": contract, "function": "Run" });
    let table = [
        (json!([1]).to_string(), "this is no JSON object: "),
        ("{".to_owned(), "this is no JSON object: "),
        (
            json!({ "function": "Run" }).to_string(),
            "there is no \"contract\": say which one is called, as 0x and 40 hex digits",
        ),
        (
            json!({ "contract": "0x12", "function": "Run" }).to_string(),
            "\"contract\": address has 2 characters after 0x",
        ),
        (
            json!({ "contract": 5, "function": "Run" }).to_string(),
            "\"contract\" is not an address, 0x and 40 hex digits",
        ),
        (json!({ "contract": contract }).to_string(), "there is no \"function\": say which one is called"),
        (
            json!({ "contract": contract, "function": "Walk" }).to_string(),
            "the contract has no function \"Walk\"; it has Run()",
        ),
        (
            json!({ "contract": NOBODY, "function": "Run" }).to_string(),
            "there is no contract at 0x0000000000000000000000000000000000000009; `govm contracts` lists those that there are",
        ),
        (json!({ "contract": contract, "function": "Run", "args": 5 }).to_string(), "\"args\" is not a list"),
        (json!({ "contract": contract, "function": "Run", "args": [5] }).to_string(), "; the function is Run()"),
        (
            json!({ "contract": contract, "function": "Run", "gas": 5 }).to_string(),
            "unknown key \"gas\": the keys are contract, function, args, from, value, gas_limit",
        ),
        (
            json!({ "contract": contract, "function": "Run", "value": -1 }).to_string(),
            "\"value\" is not a number from 0 to 2^64 - 1",
        ),
    ];
    for (line, expected) in table {
        let file = world.write("calls.jsonl", format!("{good}\n\n{line}\n{good}\n"));
        let (code, message) = world.bad(2, &["batch", text(&file)]);
        assert_eq!(code, "invalid_input", "{line}");
        assert!(message.starts_with(&format!("{} line 3: ", file.display())), "{message}");
        assert!(message.contains(expected), "{line}: {message}");
    }
    let empty = world.write("calls.jsonl", "\n\n");
    assert!(world.bad(2, &["batch", text(&empty)]).1.starts_with("there is no call in "));
    assert!(world.bad(2, &["batch", "nowhere.jsonl"]).1.ends_with("; name a file of calls"));
    assert_eq!(world.json(&["root"])["height"], 1, "nothing was executed");
    let (_, message) = world.bad(2, &["batch", text(&empty), "--sync", "--threads", "2"]);
    assert!(message.contains("cannot be used with"), "{message}");
}
