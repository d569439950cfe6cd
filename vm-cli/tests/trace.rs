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

/// A contract that panics behind calls that the compiler leaves alone, ones that it puts into their callers, and a function of
/// the contract that runs deferred.
const SHOP: &str = r#"package shop

import "github.com/govm-net/vm/core"

type Shop struct{ prices []uint64 }

func (s *Shop) Buy(ctx core.Context, n uint64) uint64 {
	return 2 * s.price(n)
}

func (s *Shop) price(n uint64) uint64 {
	return pick(s.prices, n)
}

//go:noinline
func pick(prices []uint64, n uint64) uint64 {
	return at(prices, n)
}

func at(prices []uint64, n uint64) uint64 { return prices[n] }

func (s *Shop) Refuse() {
	core.Require(len(s.prices) > 0, "nothing to sell")
}

func (s *Shop) Again(ctx core.Context) {
	defer func() {
		panic("again")
	}()
	grown(30)
}

// grown needs more stack than there is at first.
func grown(n int) int {
	if n == 0 {
		var none map[string]int
		none["a"] = 1
	}
	var room [64]int
	room[n%64] = grown(n-1) + 1
	return room[(n+1)%64]
}
"#;

#[test]
fn a_panic_shows_the_functions_that_led_to_it() {
    let world = World::new();
    world.write("shop.go", SHOP);
    let shop = world.deploy(&build(&world.path("shop.go")));
    let stack = |function: &str, args: &[&str]| {
        let plain = world.run(&[&["--json", "query", &shop, function], args].concat());
        let traced = world.run(&[&["--json", "query", &shop, function, "--trace"], args].concat());
        let outcome = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        let (plain, mut traced) = (outcome(&plain.stdout), outcome(&traced.stdout));
        let tree = traced.as_object_mut().unwrap().remove("trace").unwrap();
        assert_eq!(plain, traced, "whether anybody watches changes nothing");
        let frame = |it: &serde_json::Value| {
            format!("{}:{} {}", it["file"].as_str().unwrap(), it["line"], it["function"].as_str().unwrap())
        };
        tree["stack"].as_array().unwrap().iter().map(frame).collect::<Vec<_>>()
    };
    let buy = [
        "contract/contract.go:20 contract.at",
        "contract/contract.go:17 contract.pick",
        "contract/contract.go:12 contract.(*Shop).price",
        "contract/contract.go:8 contract.(*Shop).Buy",
    ];
    assert_eq!(stack("Buy", &["3"]), buy);
    assert_eq!(
        stack("Refuse", &[]),
        ["core/record.go:137 core.Require", "contract/contract.go:23 contract.(*Shop).Refuse"]
    );
    // Between the two panics are functions of Go's runtime.
    let again: Vec<_> = stack("Again", &[]).into_iter().filter(|frame| !frame.contains(" runtime.")).collect();
    let grown = "contract/contract.go:40 contract.grown";
    assert_eq!(
        again[..2],
        ["contract/contract.go:28 contract.(*Shop).Again.func1", "contract/contract.go:37 contract.grown"]
    );
    assert_eq!(again[2..again.len() - 1], vec![grown; 30]);
    assert_eq!(again.last().unwrap(), "contract/contract.go:30 contract.(*Shop).Again");

    let ran = world.run(&["query", &shop, "Buy", "3", "--trace"]);
    let shown = buy.map(|frame| format!("at {frame}\n"));
    let tail = format!("|- {}|- {}|- {}`- {}", shown[0], shown[1], shown[2], shown[3]);
    assert!(ran.stdout.ends_with(&tail), "{}", ran.stdout);
    assert_eq!(ran.stderr, "error[panic]: runtime error: index out of range [3] with length 0\n");
    let ran = world.run(&["query", &shop, "Buy", "3"]);
    assert_eq!(
        ran.stderr,
        "error[panic]: runtime error: index out of range [3] with length 0\n  --trace shows where\n"
    );
}
