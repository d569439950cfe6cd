//! The object model from end to end: a Go contract that lists, deletes, pays and calls with value, and the commands that
//! show what it left behind.

mod common;

use common::{ALICE, BOB, World, keys, market, results, string};
use serde_json::{Value, json};

/// A market in a world of its own.
struct Market {
    world: World,
    contract: String,
}

impl Market {
    fn new() -> Self {
        let world = World::new();
        let contract = world.deploy(market());
        Self { world, contract }
    }

    fn call(&self, from: &str, words: &[&str]) -> Value {
        self.world.json(&[&["call", &self.contract, "--from", from], words].concat())
    }

    fn make(&self, from: &str, fields: &str) -> String {
        string(&results(&self.call(from, &["Make", fields]))[0])
    }

    fn query(&self, words: &[&str]) -> Value {
        results(&self.world.json(&[&["query", &self.contract], words].concat()))[0].clone()
    }

    fn refused(&self, from: &str, words: &[&str]) -> (String, String) {
        let ran = self.world.run(&[&["--json", "call", &self.contract, "--from", from], words].concat());
        assert_eq!(ran.code, 1, "{}: {}", ran.command, ran.stderr);
        ran.error()
    }

    /// The ids that `govm objects` lists in pages of two.
    fn listed(&self, of: &[&str]) -> Vec<String> {
        let (mut ids, mut after): (Vec<String>, Option<String>) = (Vec::new(), None);
        loop {
            let mut args = [&["objects", "--limit", "2"], of].concat();
            args.extend(after.iter().flat_map(|after| ["--after", after.as_str()]));
            let page = self.world.json(&args);
            assert_eq!(keys(&page), ["next", "objects", "read_at"]);
            let objects = page["objects"].as_array().unwrap();
            assert!(objects.len() <= 2);
            ids.extend(objects.iter().map(|object| string(&object["id"])));
            match &page["next"] {
                Value::Null => return ids,
                next => assert_eq!(Some(next.as_str().unwrap()), ids.last().map(String::as_str)),
            }
            after = ids.last().cloned();
        }
    }
}

fn sorted<const N: usize>(ids: [&String; N]) -> Vec<String> {
    let mut ids: Vec<String> = ids.into_iter().cloned().collect();
    ids.sort();
    ids
}

#[test]
fn objects_are_listed_by_owner_and_by_contract_to_contracts_and_to_people() {
    let market = Market::new();
    let [a, b, c] = ["[]", "[\"n\"]", "[]"].map(|fields| market.make(ALICE, fields));
    let bobs = market.make(BOB, "[]");
    let contract = market.contract.as_str();
    let default_object = string(&market.world.json(&["contract", contract])["default_object"]);

    let all = sorted([&a, &b, &c, &bobs, &default_object]);
    let alices = sorted([&a, &b, &c]);
    assert_eq!(market.query(&["All"]), json!(all));
    assert_eq!(market.query(&["Owned", ALICE]), json!(alices));
    assert_eq!(market.listed(&["--contract", contract]), all);
    assert_eq!(market.listed(&["--owner", ALICE]), alices);
    assert_eq!(market.listed(&["--owner", ALICE, "--contract", contract]), alices);
    assert_eq!(market.listed(&["--owner", BOB]), std::slice::from_ref(&bobs));
    assert_eq!(market.listed(&["--owner", ALICE, "--contract", BOB]), [""; 0]);

    let page = market.world.json(&["objects", "--owner", BOB]);
    let object = json!({ "id": bobs, "contract": contract, "owner": BOB, "field_count": 0 });
    assert_eq!(page, json!({ "objects": [object], "next": null, "read_at": 5 }));
    let shown = market.world.good(&["objects", "--owner", ALICE, "--limit", "2"]);
    let count = |id: &String| u32::from(*id == b);
    let line = |id: &String| format!("{id}\n  contract {contract}  owner {ALICE}  fields {}\n", count(id));
    assert_eq!(shown, format!("{}{}block 5, more with --after {}\n", line(&alices[0]), line(&alices[1]), alices[1]));
    assert_eq!(market.world.good(&["objects", "--owner", contract, "--contract", BOB]), "no objects  block 5\n");

    // Another owner, another list; a deleted object is in none.
    market.call(ALICE, &["Give", &a, BOB]);
    market.call(ALICE, &["Drop", &b]);
    assert_eq!(market.query(&["Owned", ALICE]), json!([c]));
    assert_eq!(market.query(&["Owned", BOB]), json!(sorted([&a, &bobs])));
    assert_eq!(market.listed(&["--contract", contract]), sorted([&a, &c, &bobs, &default_object]));
}

#[test]
fn fields_are_listed_in_order_and_deleted() {
    let market = Market::new();
    let id = market.make(ALICE, r#"["b", "é", "ab", "a", "c"]"#);
    assert_eq!(market.query(&["Fields", &id]), json!(["a", "ab", "b", "c", "é"]));
    market.call(ALICE, &["Forget", &id, "b"]);
    market.call(ALICE, &["Forget", &id, "é"]);
    assert_eq!(market.query(&["Fields", &id]), json!(["a", "ab", "c"]));
    assert_eq!(keys(&market.world.json(&["object", &id])["fields"]), ["a", "ab", "c"]);
    let (code, message) = market.refused(ALICE, &["Forget", &id, "b"]);
    assert_eq!((code.as_str(), message), ("field_not_found", format!("delete b: object {id} has no field \"b\"")));
    let (code, message) = market.refused(BOB, &["Forget", &id, "a"]);
    let expected = format!("delete a: object {id} is owned by {ALICE}, not by the caller {BOB}");
    assert_eq!((code.as_str(), message), ("unauthorized", expected));
}

#[test]
fn value_moves_with_calls_and_is_back_when_they_fail() {
    let market = Market::new();
    // The same code: a contract is its address, not its code.
    let other = market.world.deploy(common::market());
    let (world, contract) = (&market.world, market.contract.as_str());
    let balance = |address: &str| string(&world.json(&["account", address])["balance"]);
    world.good(&["fund", ALICE, "100"]);

    let deposited = market.call(ALICE, &["Deposit", "--value", "60"]);
    assert_eq!(results(&deposited), &[json!("60")]);
    assert_eq!(results(&market.call(ALICE, &["Pay", BOB, "10"])), &[json!("50")]);
    assert_eq!([ALICE, contract, BOB].map(balance), ["40", "50", "10"]);
    let (code, message) = market.refused(ALICE, &["Pay", BOB, "51"]);
    assert_eq!((code.as_str(), message), ("insufficient_funds", format!("transfer: {contract} has 50, needs 51")));

    // A nested call with value: the events say which contract reported them.
    let forwarded = market.call(ALICE, &["Forward", &other, "20", "0"]);
    assert_eq!(results(&forwarded), &[json!("20"), json!("")]);
    let data = json!({
        "by": { "type": "Address", "value": contract }, "amount": { "type": "uint64", "value": "20" },
    });
    assert_eq!(forwarded["events"], json!([{ "index": 0, "contract": other, "name": "Deposited", "data": data }]));
    let shown = world.good(&["query", contract, "Forward", &other, "20", "0"]);
    assert!(shown.contains(&format!("\n  event Deposited amount=20 by={contract}  of {other}\n")), "{shown}");

    // It fails for gas, for money, and for a contract that is not there: each time the value is back.
    let failed = |to: &str, amount: &str, gas: &str| {
        let called = market.call(ALICE, &["Forward", to, amount, gas]);
        assert_eq!(called["events"], json!([]));
        assert_eq!([contract, other.as_str()].map(balance), ["30", "20"]);
        assert_eq!(results(&called)[0], "30");
        string(&results(&called)[1])
    };
    assert_eq!(failed(&other, "5", "20000"), "out_of_gas: the gas limit is used up");
    assert_eq!(failed(&other, "31", "0"), format!("insufficient_funds: {contract} has 30, needs 31"));
    assert_eq!(failed(BOB, "5", "0"), format!("contract_not_found: there is no contract at {BOB}"));
    assert_eq!(failed(contract, "5", "0"), format!("reentrant: {contract} is running already"));
}
