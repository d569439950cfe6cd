//! `govm vet`, and the same checks in `govm build`: what is shown about contracts that are wrong or suspicious.

mod common;

use common::{World, build_in_process, seed_source};
use serde_json::json;

const SUSPICIOUS: &str = "package shop

import \"github.com/govm-net/vm/core\"

var sold uint64

type Shop struct{}

func (Shop) Sell(ctx core.Context, id core.ObjectID) uint64 {
\tsold++
\t//govm:allow ignored-error a shop without a shelf sells all the same
\tctx.DeleteObject(id)
\treturn sold
}
";

const SHOWN: &str = "warning[global]: package variable sold is changed by a call
  --> shop.go:10:2
   |
10 |     sold++
   |     ^^^^
   = every call starts from the package as it was initialised, so the change is lost when the call ends; keep what must last in \
a field of an object
   = help: if it is meant to be so, say why on the line above: //govm:allow global the reason

";

#[test]
fn warnings_are_shown_with_the_source_and_do_not_fail() {
    let world = World::new();
    build_in_process(&seed_source());
    world.write("shop.go", SUSPICIOUS);
    let vetted = world.run(&["vet", "shop.go"]);
    assert_eq!((vetted.code, vetted.stdout.as_str()), (0, "checked shop.go  1 warning\n"));
    assert_eq!(vetted.stderr, SHOWN);
    let built = world.run(&["build", "shop.go"]);
    assert_eq!((built.code, built.stderr.as_str()), (0, SHOWN));

    let warning = json!({
        "severity": "warning", "check": "global", "text": "package variable sold is changed by a call",
        "why": "every call starts from the package as it was initialised, so the change is lost when the call ends; keep what \
            must last in a field of an object",
        "help": "if it is meant to be so, say why on the line above: //govm:allow global the reason",
        "place": { "file": "shop.go", "line": 10, "column": 2, "end_column": 6 },
    });
    assert_eq!(world.json(&["vet", "shop.go"]), json!({ "diagnostics": [warning] }));
    assert_eq!(world.json(&["build", "shop.go"])["warnings"], json!([warning]));

    let denied = world.run(&["--json", "vet", "--deny-warnings", "shop.go"]);
    let (code, message) = denied.error();
    assert_eq!((denied.code, code.as_str()), (2, "build_failed"));
    assert!(
        message.starts_with("shop.go:10:2: warning: package variable sold is changed by a call: every call"),
        "{message}"
    );
}

#[test]
fn errors_are_shown_with_the_source_and_fail() {
    let world = World::new();
    build_in_process(&seed_source());
    world.write("far/away.go", "package away\n\nimport \"net/http\"\n\nfunc Do(url string) { http.Get(url) }\n");
    let ran = world.run(&["vet", "far/away.go"]);
    let expected = "error[import]: package net/http cannot be imported by a contract
 --> far/away.go:3:8
  |
3 | import \"net/http\"
  |        ^^^^^^^^^^
  = a contract has no network; pass what it needs as arguments

error[build_failed]: 1 error
";
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (2, "", expected));
}

#[test]
fn the_strict_profile_is_a_flag() {
    let world = World::new();
    build_in_process(&seed_source());
    world.write("waiting.go", "package waiting\n\nfunc Do() {\n\tgo func() {}()\n}\n");
    assert_eq!(world.good(&["vet", "waiting.go"]), "checked waiting.go  nothing to say\n");
    for command in ["vet", "build"] {
        let (code, message) = world.bad(2, &[command, "--strict", "waiting.go"]);
        assert_eq!(code, "build_failed");
        assert!(message.starts_with("waiting.go:4:2: a go statement is not allowed in a strict contract"), "{message}");
    }
}

#[test]
fn a_contract_may_be_a_part_of_a_module() {
    let world = World::new();
    build_in_process(&seed_source());
    world.write("go.mod", "module example.com/shop\n\ngo 1.24\n\nrequire example.org/sum v1.0.0\n");
    world.write("vendor/modules.txt", "# example.org/sum v1.0.0\n## explicit; go 1.24\nexample.org/sum\n");
    world.write("vendor/example.org/sum/sum.go", "package sum\n\nfunc Of(a, b uint64) uint64 { return a + b }\n");
    world.write(
        "internal/tax/tax.go",
        "package tax\n\nimport \"example.org/sum\"\n\nfunc With(n uint64) uint64 { return sum.Of(n, n/10) }\n",
    );
    world.write("till/till.go", "package till\n\nimport \"example.com/shop/internal/tax\"\n\nfunc Price(n uint64) uint64 { return tax.With(n) }\n");
    let address = world.json(&["deploy", "till"])["address"].as_str().unwrap().to_owned();
    assert_eq!(world.json(&["query", &address, "Price", "100"])["result"], json!(["110"]));

    world.write("internal/tax/more.go", "package tax\n\nimport \"os\"\n\nfunc Away() { os.Exit(1) }\n");
    let (_, message) = world.bad(2, &["vet", "till"]);
    let expected = "internal/tax/more.go:3:8: package os cannot be imported by a contract: ";
    assert!(message.starts_with(expected), "{message}");
    assert!(message.ends_with("; the contract needs it through example.com/shop/internal/tax"), "{message}");
}
