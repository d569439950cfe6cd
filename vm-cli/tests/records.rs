//! Structs that are an object's fields, compiled: what reading and saving them asks of the host.

mod common;

use common::{World, build, string};
use serde_json::Value;

const SHOP: &str = r#"package shop

import "github.com/govm-net/vm/core"

type Item struct {
	Name  string
	Price uint64 `govm:"price"`
	Tags  []string
}

func Make(ctx core.Context) (core.ObjectID, error) {
	obj, err := core.Create(ctx, Item{"cup", 5, []string{"blue"}})
	if err != nil {
		return core.ObjectID{}, err
	}
	return obj.ID(), obj.SetOwner(ctx.Sender())
}

func Reprice(ctx core.Context, id core.ObjectID, price uint64) error {
	item, err := core.Load[Item](ctx, id)
	if err != nil {
		return err
	}
	item.Price = price
	return core.Save(ctx, id, item)
}

//govm:view
func Look(ctx core.Context, id core.ObjectID) (Item, error) {
	item, err := core.Load[Item](ctx, id)
	if err != nil {
		return item, err
	}
	return item, core.Save(ctx, id, item)
}
"#;

/// The host functions on objects that a call asked for, with the field.
fn steps(called: &Value) -> Vec<String> {
    let step = |it: &Value| {
        let field =
            it["given"].as_array().unwrap().get(1).map(|field| format!(" {}", string(field))).unwrap_or_default();
        format!("{}{field}", string(&it["name"]))
    };
    let steps = called["trace"]["steps"].as_array().unwrap();
    steps.iter().map(step).filter(|it| it.starts_with("object") || it.starts_with("field")).collect()
}

#[test]
fn saving_writes_the_fields_that_differ() {
    let world = World::new();
    world.write("shop.go", SHOP);
    let shop = world.deploy(&build(&world.path("shop.go")));
    let made = world.json(&["call", &shop, "Make", "--trace"]);
    let id = string(&made["result"][0]);
    let create = ["object_create", "field_set Name", "field_set price", "field_set Tags"];
    assert_eq!(steps(&made)[..4], create);

    let load = ["object_open", "field_get Name", "field_get price", "field_get Tags", "object_open"];
    let changed = world.json(&["query", &shop, "Reprice", &id, "6", "--trace"]);
    let save = ["field_get Name", "field_get price", "field_set price", "field_get Tags"];
    assert_eq!(steps(&changed), [&load[..], &save].concat());

    // Nothing differs: one is written all the same, so that who may not write learns it.
    let same = world.json(&["query", &shop, "Reprice", &id, "5", "--trace"]);
    let save = ["field_get Name", "field_get price", "field_get Tags", "field_set Name"];
    assert_eq!(steps(&same), [&load[..], &save].concat());
    for (args, code) in [
        (&["query", &shop, "Reprice", &id, "5", "--from", common::BOB][..], "unauthorized"),
        (&["query", &shop, "Look", &id], "read_only"),
    ] {
        let ran = world.run(&[&["--json"], args].concat());
        assert_eq!((ran.code, ran.error().0.as_str()), (1, code));
    }
}
