//! The story of a contract as a user of the command lives it: build, deploy, call, look.

mod common;

use std::collections::BTreeSet;
use std::fs;

use common::{ALICE, BOB, World, keys, repository, results, seed, seed_source, string, text};
use serde_json::{Value, json};

fn is_hex(value: &Value, bytes: usize) -> bool {
    let digits = string(value).strip_prefix("0x").map(str::to_owned).unwrap_or_default();
    digits.len() == 2 * bytes && digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
}

fn gas(document: &Value) -> u64 {
    document["gas_used"].as_u64().expect("gas is a number")
}

#[test]
fn the_seed_counter_counts_in_separate_processes() {
    let world = World::new();
    let wasm = world.path("counter.wasm");
    let expected = seed();
    let built = world.json(&["build", text(&seed_source()), "-o", text(&wasm)]);
    assert!(fs::read(&wasm).unwrap() == expected, "two builds of the same source differ");
    assert_eq!(keys(&built), ["code_hash", "functions", "go_version", "name", "path", "size_bytes", "warnings"]);
    assert_eq!(built["warnings"], json!([]));
    assert_eq!(built["functions"], json!(["Increment(id ObjectID) uint64", "Initialize() ObjectID"]));
    assert_eq!(built["size_bytes"], fs::metadata(&wasm).unwrap().len());

    let deployed = world.json(&["deploy", text(&wasm), "--from", ALICE]);
    assert_eq!(keys(&deployed), ["address", "code_hash", "gas_used", "height", "schedule_version"]);
    assert!(is_hex(&deployed["address"], 20) && is_hex(&deployed["code_hash"], 32), "{deployed}");
    assert_eq!((&deployed["code_hash"], &deployed["height"]), (&built["code_hash"], &json!(1)));
    assert!(gas(&deployed) > 0);
    let contract = string(&deployed["address"]);

    let initialized = world.json(&["call", &contract, "Initialize"]);
    assert_eq!(results(&initialized).len(), 1);
    assert!(is_hex(&results(&initialized)[0], 32), "{initialized}");
    assert_eq!((&initialized["height"], &initialized["events"]), (&json!(2), &json!([])));
    let id = string(&results(&initialized)[0]);

    let called = [1, 2, 3].map(|_| world.json(&["call", &contract, "Increment", &id]));
    for (place, called) in called.iter().enumerate() {
        assert_eq!(results(called), &[json!((place + 1).to_string())]);
        assert_eq!(called["height"], place + 3);
    }
    assert_eq!((gas(&called[0]), gas(&called[1])), (gas(&called[1]), gas(&called[2])), "the same call costs the same");

    let object = world.json(&["object", &id]);
    let count = json!({ "type": "uint64", "value": "3" });
    let expected = json!({
        "id": id, "contract": contract, "owner": contract, "fields": { "count": count }, "read_at": 5,
    });
    assert_eq!(object, expected);
}

#[test]
fn source_is_deployed_in_one_step() {
    let world = World::new();
    world.write("counter.wasm", seed());
    let built = world.json(&["deploy", "counter.wasm"]);
    let deployed = world.json(&["deploy", text(&seed_source())]);
    assert_eq!((&deployed["code_hash"], &deployed["height"]), (&built["code_hash"], &json!(2)));
    assert_ne!(deployed["address"], built["address"]);
    let listed: BTreeSet<String> =
        world.json(&["contracts"]).as_array().unwrap().iter().map(|contract| string(&contract["address"])).collect();
    assert_eq!(listed, BTreeSet::from([string(&built["address"]), string(&deployed["address"])]));
}

#[test]
fn a_query_writes_nothing() {
    let world = World::new();
    let contract = world.deploy(seed());
    let id = string(&results(&world.json(&["call", &contract, "Initialize"]))[0]);
    let (object, state) = (world.json(&["object", &id]), world.state());

    for _ in 0..2 {
        let queried = world.json(&["query", &contract, "Increment", &id]);
        assert_eq!((results(&queried), &queried["height"]), (&vec![json!("1")], &json!(2)));
    }
    assert_eq!(world.json(&["object", &id]), object);
    assert!(world.state() == state, "a query changed the data");

    let called = world.json(&["call", &contract, "Increment", &id]);
    assert_eq!((results(&called), &called["height"]), (&vec![json!("1")], &json!(3)));
    assert!(world.state() != state, "a call changed nothing");
}

#[test]
fn the_counter_of_the_repository_knows_its_owner() {
    let world = World::new();
    seed();
    let built = |name: &str| {
        let wasm = world.path(name);
        world.good(&["build", text(&repository("contracts/counter")), "-o", text(&wasm)]);
        fs::read(wasm).unwrap()
    };
    let wasm = built("first.wasm");
    assert!(wasm == built("second.wasm"), "two builds of the same source differ");
    let contract = world.deploy(&wasm);

    let created = world.json(&["call", &contract, "Initialize", "--from", ALICE]);
    let id = string(&results(&created)[0]);
    let event = |name: &str, data: Value| json!([{ "index": 0, "contract": contract, "name": name, "data": data }]);
    let typed = |ty: &str, value: &str| json!({ "type": ty, "value": value });
    let data = json!({ "counter": typed("ObjectID", &id), "owner": typed("Address", ALICE) });
    assert_eq!(created["events"], event("Created", data));

    let added = world.json(&["call", &contract, "Add", &id, "5", "--from", ALICE]);
    let data = json!({ "counter": typed("ObjectID", &id), "from": typed("uint64", "0"), "to": typed("uint64", "5") });
    assert_eq!((results(&added), &added["events"]), (&vec![json!("5")], &event("Changed", data)));
    let shown = world.good(&["query", &contract, "Increment", &id, "--from", ALICE]);
    assert!(shown.starts_with("6  block 3, "), "{shown}");
    assert!(shown.contains(&format!("\n  event Changed counter={id} from=5 to=6\n")), "{shown}");

    let state = world.state();
    let refused = world.run(&["--json", "call", &contract, "Increment", &id, "--from", BOB]);
    assert_eq!((refused.code, refused.error().0.as_str()), (1, "unauthorized"));
    let document: Value = serde_json::from_str(&refused.stdout).unwrap();
    let expected = ["error", "events", "gas_refunded", "gas_used", "height", "result", "schedule_version", "status"];
    assert_eq!(keys(&document), expected);
    assert_eq!(
        (&document["status"], &document["result"], &document["events"], &document["height"]),
        (&json!("failed"), &json!([]), &json!([]), &json!(3))
    );
    assert_eq!(document["error"]["code"], "unauthorized");
    assert!(world.state() == state, "a refused call changed the data");

    world.good(&["call", &contract, "TransferOwnership", &id, BOB, "--from", ALICE]);
    assert_eq!(results(&world.json(&["call", &contract, "Increment", &id, "--from", BOB])), &[json!("6")]);
    assert_eq!(world.json(&["object", &id])["owner"], BOB);
}

#[test]
fn contracts_objects_and_accounts_are_shown() {
    let world = World::new();
    world.write("counter.wasm", seed());
    let deployed = world.json(&["deploy", "counter.wasm", "--from", ALICE]);
    let (contract, hash) = (string(&deployed["address"]), string(&deployed["code_hash"]));
    let listed = world.json(&["contracts"]);
    let default_object = string(&listed[0]["default_object"]);
    let functions = ["Increment(id ObjectID) uint64", "Initialize() ObjectID"];
    let mut expected = json!({
        "address": contract, "name": "counter", "code_hash": hash, "deployer": ALICE, "height": 1,
        "default_object": default_object, "functions": functions,
    });
    assert_eq!(listed, json!([expected]));

    let shown = world.json(&["contract", &contract]);
    expected["balance"] = json!("0");
    expected["read_at"] = json!(1);
    expected["docs"] = shown["docs"].clone();
    assert_eq!(shown, expected);
    let shown = world.good(&["contract", &contract]);
    for fact in [&contract, &hash, &default_object, ALICE, functions[0], functions[1]] {
        assert!(shown.contains(fact), "{fact} is missing:\n{shown}");
    }
    assert_eq!(world.good(&["contracts"]), format!("{contract}  counter  block 1\n"));

    let owned = json!({ "id": default_object, "contract": contract, "owner": contract, "fields": {}, "read_at": 1 });
    assert_eq!(world.json(&["object", &default_object]), owned);
    let account = json!({ "address": ALICE, "balance": "0", "nonce": 0, "deployments": 1, "read_at": 1 });
    assert_eq!(world.json(&["account", ALICE]), account);
}

#[test]
fn accounts_are_funded() {
    let world = World::new();
    let funded = |amount: &str| world.json(&["fund", ALICE, amount]);
    assert_eq!(funded("40"), json!({ "address": ALICE, "balance": "40", "height": 1 }));
    assert_eq!(
        funded("18446744073709551575"),
        json!({ "address": ALICE, "balance": u64::MAX.to_string(), "height": 2 })
    );
    let account = |address| world.json(&["account", address])["balance"].clone();
    assert_eq!((account(ALICE), account(BOB)), (json!(u64::MAX.to_string()), json!("0")));

    let (code, message) = world.bad(2, &["fund", ALICE, "1"]);
    assert_eq!(code, "invalid_input");
    assert_eq!(message, format!("the balance of {ALICE} would not fit 64 bits"));
    assert_eq!(account(ALICE), json!(u64::MAX.to_string()));
    assert_eq!(world.good(&["contracts"]), "no contracts yet: deploy one with `govm deploy PATH`\n");
}

#[test]
fn a_folder_without_settings_gets_its_own_data_directory() {
    let world = World::new();
    let ran = world.command(&["fund", ALICE, "7"]).env_remove("GOVM_DATA_DIR").output().unwrap();
    assert!(ran.status.success());
    assert!(world.path(".govm/state").is_dir() && !world.data_dir().exists());
    assert_eq!(world.json(&["--data-dir", ".govm", "account", ALICE])["balance"], "7");
}

#[test]
fn the_demo_tells_each_step() {
    let world = World::new();
    seed();
    let told = world.good(&["demo"]);
    let steps: Vec<&str> =
        told.lines().map_while(|line| line.split("  ").next().filter(|step| !step.is_empty())).collect();
    assert_eq!(
        steps,
        ["source", "built", "deployed", "Initialize", "Increment", "Increment", "Increment", "read back"],
        "{told}"
    );
    assert!(told.contains("count = 3"), "{told}");
    assert!(!world.data_dir().exists(), "the demo has a data directory of its own");

    let told = world.json(&["demo"]);
    assert_eq!(keys(&told), ["code_hash", "contract", "count", "height", "object"]);
    assert_eq!((&told["count"], &told["height"]), (&json!("3"), &json!(5)));
}
