//! Packages of Go's standard library in contracts: what of `docs/stdlib.md` is true.
//!
//! Each package that contracts may import has a probe in `vm-sdk-go/tests/stdlib`, a file with one function that uses it. Here
//! the probe is built as a contract and called in the VM, twice in each of two engines, and its module is compared with that
//! of a contract that does nothing. The list of the packages, `vm-sdk-go/internal/shim/stdlib.json`, is what the checker
//! allows; a Go test compares the results in it with those of the same functions natively.
//!
//! `make stdlib` checks every package, which takes some minutes; `GOVM_UPDATE=1 make stdlib` measures them anew. What runs
//! always is a sample.

mod common;

use std::fmt::Write;
use std::fs;

use common::{GAS_LIMIT, SENDER, build_in_process, code_cache, deployed, repository};
use govm_codec::decode_results;
use govm_core::{BlockInfo, Call};
use serde_json::{Value, json};

const LIST: &str = "vm-sdk-go/internal/shim/stdlib.json";

/// By how much a module may be larger or smaller than the list says, in bytes for each hundred: other releases of Go have
/// libraries of other sizes.
const TOLERANCE_PERCENT: u64 = 15;

/// What that is for packages that add next to nothing.
const TOLERANCE_BYTES: u64 = 8_192;

fn list() -> Value {
    serde_json::from_str(&fs::read_to_string(repository(LIST)).unwrap()).unwrap()
}

fn text<'a>(entry: &'a Value, key: &str) -> &'a str {
    entry[key].as_str().unwrap_or_default()
}

/// The module of a package's probe.
fn probe(package: &str) -> Vec<u8> {
    build_in_process(&repository(&format!("vm-sdk-go/tests/stdlib/{}.go", package.replace('/', "_"))))
}

/// The size of a contract like a probe that uses no package.
fn bare_bytes() -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bare.go");
    fs::write(&path, "package bare\n\n// Bare returns nothing.\nfunc Bare() string { return \"\" }\n").unwrap();
    build_in_process(&path).len() as u64
}

/// What the only function of a contract returns, in two engines and in two calls of each, and the same gas each time.
fn result(wasm: &[u8]) -> String {
    let mut seen = Vec::new();
    for _ in 0..2 {
        let (engine, contract) = deployed(wasm, &code_cache(), BlockInfo { time_ns: 1_000, ..BlockInfo::default() });
        let function = &contract.abi.functions[0];
        for _ in 0..2 {
            let mut block = engine.begin_block(BlockInfo { time_ns: 2_000, ..BlockInfo::default() }).unwrap();
            let call = Call {
                sender: SENDER,
                contract: contract.address,
                function: function.name.clone(),
                args: Vec::new(),
                value: 0,
                gas_limit: GAS_LIMIT,
            };
            let receipt = block.call(&call).unwrap().receipt;
            assert_eq!(receipt.error(), None, "{}", function.name);
            let results = decode_results(&contract.abi, function, &receipt.output).unwrap();
            seen.push((results, receipt.gas_used));
        }
    }
    seen.dedup();
    assert_eq!(seen.len(), 1, "results or gas differ: {seen:?}");
    let (results, _) = seen.remove(0);
    match results.as_slice() {
        [govm_codec::Value::String(text)] => text.to_string(),
        other => panic!("a probe returns text, not {other:?}"),
    }
}

fn measured(package: &str, bare_bytes: u64) -> (String, u64) {
    let wasm = probe(package);
    (result(&wasm), (wasm.len() as u64).saturating_sub(bare_bytes))
}

fn check(entry: &Value, bare_bytes: u64) {
    let package = text(entry, "package");
    let (result, added) = measured(package, bare_bytes);
    assert_eq!(result, text(entry, "result"), "package {package}");
    let listed = entry["added_bytes"].as_u64().unwrap();
    let tolerance = (listed * TOLERANCE_PERCENT / 100).max(TOLERANCE_BYTES);
    assert!(added.abs_diff(listed) <= tolerance, "package {package} adds {added} bytes, and {listed} are listed");
}

#[test]
fn a_sample_of_the_packages_does_what_the_list_says() {
    let (list, bare) = (list(), bare_bytes());
    for package in ["encoding/hex", "fmt", "sync"] {
        let entries = list["packages"].as_array().unwrap();
        check(entries.iter().find(|entry| text(entry, "package") == package).unwrap(), bare);
    }
}

#[test]
#[ignore = "builds and runs some ninety contracts: `make stdlib`"]
fn every_package_does_what_the_list_says() {
    let (mut list, bare) = (list(), bare_bytes());
    let update = std::env::var_os("GOVM_UPDATE").is_some();
    for entry in list["packages"].as_array_mut().unwrap() {
        if update {
            let (result, added) = measured(text(entry, "package"), bare);
            entry["result"] = json!(result);
            entry["added_bytes"] = json!(added);
        } else {
            check(entry, bare);
        }
    }
    if update {
        list["go_version"] = json!(format!("go{}", common::go().version()));
        fs::write(repository(LIST), written(&list)).unwrap();
    }
}

/// The list as it is written: a line for each package.
fn written(list: &Value) -> String {
    let rows = |key: &str| {
        let rows = list[key].as_array().unwrap().iter().map(|row| format!("    {row}"));
        rows.collect::<Vec<_>>().join(",\n")
    };
    format!(
        "{{\n  \"go_version\": {},\n  \"packages\": [\n{}\n  ],\n  \"refused\": [\n{}\n  ]\n}}\n",
        list["go_version"],
        rows("packages"),
        rows("refused")
    )
}

#[test]
fn the_list_is_sorted_and_written_as_it_is_generated() {
    let list = list();
    assert_eq!(fs::read_to_string(repository(LIST)).unwrap(), written(&list));
    for (key, name) in [("packages", "package"), ("refused", "path")] {
        let names: Vec<_> = list[key].as_array().unwrap().iter().map(|entry| text(entry, name)).collect();
        assert!(names.is_sorted(), "{names:?}");
    }
    assert!(list["packages"].as_array().unwrap().len() >= 40);
}

const PAGE: &str = "# The standard library in contracts

<!-- Generated from vm-sdk-go/internal/shim/stdlib.json by `make generate`. -->

A contract imports `github.com/govm-net/vm/core`, its package `core/crypto`, the packages of its own module and of that module's
`vendor` folder, and these packages of Go's standard library. Each has a test: a function that uses it is built as a contract
and called twice in each of two engines, and must give the same result for the same gas, which must be what the function gives
natively. `make stdlib` runs all of them. The functions are in [tests/stdlib](../vm-sdk-go/tests/stdlib), the measured list is
[stdlib.json](../vm-sdk-go/internal/shim/stdlib.json), and it is also what the checker allows.

";

const COLUMNS: &str = "
The bytes are what the module of that function has more than a contract that does nothing: with what the package itself imports,
and without what it shares with Go's runtime. Two packages that share their imports add less than the sum.

| package | works | deterministic | bytes added | |
| --- | --- | --- | ---: | --- |
";

const REFUSED: &str = "
## Refused

These are not for contracts. What is on neither list is refused too, for its behaviour in the VM is not tested; to use it all the
same, say so above the import: `//govm:allow import` and the reason. What it cannot do there, it cannot do then either: a module
that imports a function that the VM does not have is refused when it is deployed.

| package | why |
| --- | --- |
";

#[test]
fn the_page_of_the_standard_library_says_what_the_list_says() {
    let list = list();
    let mut page = PAGE.to_owned();
    let _ = writeln!(page, "Measured with {}.", text(&list, "go_version"));
    page.push_str(COLUMNS);
    for entry in list["packages"].as_array().unwrap() {
        let bytes = grouped(entry["added_bytes"].as_u64().unwrap());
        let _ = writeln!(page, "| `{}` | yes | yes | {bytes} | {} |", text(entry, "package"), text(entry, "note"));
    }
    page.push_str(REFUSED);
    for entry in list["refused"].as_array().unwrap() {
        let path = text(entry, "path");
        let path = if path.ends_with('/') { format!("{path}...") } else { path.to_owned() };
        let _ = writeln!(page, "| `{path}` | {} |", text(entry, "why"));
    }
    let file = repository("docs/stdlib.md");
    if std::env::var_os("GOVM_UPDATE").is_some() {
        fs::write(file, page).unwrap();
        return;
    }
    let found = fs::read_to_string(file).unwrap_or_default();
    assert!(found == page, "docs/stdlib.md is not what its list says: run `make generate` and look at the difference");
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(|group| String::from_utf8_lossy(group));
    groups.collect::<Vec<_>>().join(",")
}
