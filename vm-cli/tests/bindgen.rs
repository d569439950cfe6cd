//! `govm bindgen go`: a contract that calls another one through a client that was written from the other's ABI.

mod common;

use common::{ALICE, World, build_in_process, seed_source};
use serde_json::json;

const SHOP: &str = "// Package shop keeps prices.
package shop

import \"github.com/govm-net/vm/core\"

// Item is a thing with a price.
type Item struct {
\tName  string
\tPrice core.U256
\tTags  map[string]uint32
}

// Shop is the contract.
type Shop struct{}

// Add raises an item's price.
func (Shop) Add(ctx core.Context, item Item, more core.U256) ([]Item, uint64, error) {
\tif item.Name == \"\" {
\t\treturn nil, 0, core.Wrap(core.ErrInvalidArgument, \"the item has no name\")
\t}
\tsum, _ := item.Price.Add(more)
\treturn []Item{item, {Name: item.Name + \"+\", Price: sum, Tags: item.Tags}}, ctx.Value(), nil
}

// Keep takes what is paid.
//
//govm:payable
func (Shop) Keep(ctx core.Context, buyer core.Address) (core.Address, uint64) { return buyer, ctx.Value() }
";

const MARKET: &str = "package market

import \"github.com/govm-net/vm/core\"

type Market struct{}

func (Market) Raise(ctx core.Context, shop core.Address, name string, price uint64) (string, core.U256, uint32, error) {
\tclient := ShopClient{Context: ctx, Address: shop}
\titem := ShopItem{Name: name, Price: core.U256From(price), Tags: map[string]uint32{\"a\": 1, \"b\": 7}}
\titems, _, err := client.Add(item, core.U256From(5))
\tif err != nil {
\t\treturn \"\", core.U256{}, 0, err
\t}
\treturn items[1].Name, items[1].Price, items[1].Tags[\"b\"], nil
}

//govm:payable
func (Market) Pay(ctx core.Context, shop core.Address) (core.Address, uint64, error) {
\treturn ShopClient{Context: ctx, Address: shop}.WithValue(ctx.Value()).Keep(ctx.Sender())
}
";

#[test]
fn a_contract_calls_another_through_its_client() {
    let world = World::new();
    build_in_process(&seed_source());
    world.write("shop.go", SHOP);
    world.good(&["build", "shop.go"]);
    world.write("market/market.go", MARKET);
    world.good(&[
        "bindgen",
        "go",
        "shop.wasm",
        "--package",
        "market",
        "--prefix",
        "Shop",
        "-o",
        "market/shop_client.go",
    ]);
    world.good(&["vet", "--deny-warnings", "market"]);

    let address = |path| world.json(&["deploy", path])["address"].as_str().unwrap().to_owned();
    let (shop, market) = (address("shop.wasm"), address("market"));
    let raised = world.json(&["call", &market, "Raise", &shop, "chair", "40"]);
    assert_eq!(raised["result"], json!(["chair+", "45", 7]));
    let failed = world.run(&["call", &market, "Raise", &shop, "", "40"]);
    assert_eq!(failed.code, 1);
    assert!(failed.stderr.contains("the item has no name"), "{}", failed.stderr);

    world.good(&["fund", ALICE, "30"]);
    let paid = world.json(&["call", "--from", ALICE, "--value", "30", &market, "Pay", &shop]);
    assert_eq!(paid["result"], json!([ALICE, "30"]));
    assert_eq!(world.json(&["account", &shop])["balance"], json!("30"));
}

#[test]
fn a_client_is_a_package_of_its_own_if_nothing_is_said() {
    let world = World::new();
    build_in_process(&seed_source());
    world.write("shop.go", SHOP);
    world.good(&["build", "shop.go"]);
    let client = world.good(&["bindgen", "go", "shop.wasm"]);
    assert!(
        client.contains("\npackage shopclient\n") && client.contains("\nfunc (c Client) Keep(buyer core.Address)"),
        "{client}"
    );
    world.write("abi.json", "{}");
    let (code, message) = world.bad(2, &["bindgen", "go", "abi.json"]);
    assert_eq!(code, "invalid_input");
    assert!(message.starts_with("abi.json holds no ABI: "), "{message}");
    let (_, message) = world.bad(2, &["bindgen", "go", "shop.wasm", "--package", "my shop"]);
    assert_eq!(message, "\"my shop\" cannot be the package: it is no name in Go");
    let (_, message) = world.bad(2, &["bindgen", "go", "none.wasm"]);
    assert!(message.starts_with("cannot read none.wasm: "), "{message}");
}
