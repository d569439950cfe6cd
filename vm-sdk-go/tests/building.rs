//! What a build makes of good contracts.

mod common;

use std::fs;
use std::path::Path;

use common::{build, cache, data, go};
use govm_sdk_go::{ABI_SECTION, Builder};
use wasmparser::{Parser, Payload};

/// The exports, the modules that are imported from, and the contents of the sections with the ABI's name.
fn describe(wasm: &[u8]) -> (Vec<String>, Vec<String>, Vec<Vec<u8>>) {
    let (mut exports, mut modules, mut abis) = (Vec::new(), Vec::new(), Vec::new());
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.unwrap() {
            Payload::ExportSection(section) => exports.extend(section.into_iter().map(|e| e.unwrap().name.to_owned())),
            Payload::ImportSection(section) => {
                let imports = section.into_imports().map(|import| import.unwrap().module.to_owned());
                modules.extend(imports);
            }
            Payload::CustomSection(section) if section.name() == ABI_SECTION => abis.push(section.data().to_vec()),
            _ => {}
        }
    }
    exports.sort();
    modules.sort();
    modules.dedup();
    (exports, modules, abis)
}

#[test]
fn the_counter_becomes_a_module_that_describes_itself() {
    let contract = build(&data("counter.go")).unwrap();
    let (exports, modules, abis) = describe(&contract.wasm);
    assert_eq!(exports, ["_initialize", "govm_call", "memory"]);
    assert_eq!(modules, ["govm", "wasi_snapshot_preview1"]);
    assert_eq!(abis, [contract.abi.as_bytes()]);

    let abi: serde_json::Value = serde_json::from_str(&contract.abi).unwrap();
    assert_eq!((&abi["abi_version"], &abi["name"]), (&1.into(), &"counter".into()));
    assert_eq!(abi["go_version"], format!("go{}", go().version()));
    let functions: Vec<_> = abi["functions"].as_array().unwrap().iter().map(|function| &function["name"]).collect();
    assert_eq!(functions, ["Increment", "Initialize"]);
    assert_eq!(abi["functions"][0]["params"], serde_json::json!([{"name": "id", "type": "ObjectID"}]));
    assert_eq!(abi["functions"][0]["results"], serde_json::json!([{"name": "", "type": "uint64"}]));
}

/// Two files, a test, a file for another system, and what is no Go.
fn write_folder(path: &Path) {
    fs::create_dir_all(path).unwrap();
    let files = [
        (
            "a.go",
            "// Package split is in two files.\npackage split\n\nfunc Twice(n uint64) uint64 { return 2 * half(n) * factor }\n",
        ),
        ("b.go", "package split\n\nfunc half(n uint64) uint64 { return n / 2 }\n\nconst factor = 2\n"),
        ("a_test.go", "package split\n\nthis is not even Go\n"),
        ("a_windows.go", "package split\n\nimport \"os\"\n\nconst factor = 3\n\nvar _ = os.Args\n"),
        ("_draft.go", "package draft\n"),
        ("go.mod", "module example.com/split\n\nrequire example.com/absent v1.0.0\n"),
        ("README.md", "A contract.\n"),
    ];
    for (name, text) in files {
        fs::write(path.join(name), text).unwrap();
    }
    fs::create_dir_all(path.join("sub.go")).unwrap();
}

#[test]
fn a_folder_is_built_of_what_go_would_take() {
    let folder = tempfile::tempdir().unwrap();
    write_folder(folder.path());
    let before = fs::read_dir(folder.path()).unwrap().count();
    let contract = build(folder.path()).unwrap();
    let abi: serde_json::Value = serde_json::from_str(&contract.abi).unwrap();
    assert_eq!((&abi["name"], &abi["docs"]), (&"split".into(), &"Package split is in two files.".into()));
    assert_eq!(abi["functions"].as_array().unwrap().len(), 1);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), before, "nothing is written beside the source");
}

#[test]
fn the_same_source_gives_the_same_bytes_in_any_folder() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let nested = two.path().join("a folder/with another name");
    fs::create_dir_all(&nested).unwrap();
    let (first, second) = (one.path().join("counter.go"), nested.join("renamed_linux.go"));
    fs::copy(data("counter.go"), &first).unwrap();
    fs::copy(data("counter.go"), &second).unwrap();
    assert!(build(&first).unwrap() == build(&second).unwrap(), "a file");

    let (first, second) = (one.path().join("folder"), nested.join("other"));
    write_folder(&first);
    write_folder(&second);
    assert!(build(&first).unwrap() == build(&second).unwrap(), "a folder");
}

#[test]
#[ignore = "compiles the standard library once more: half a minute"]
fn the_same_source_gives_the_same_bytes_with_another_cache() {
    let (folder, source) = (tempfile::tempdir_in(cache("")).unwrap(), data("counter.go"));
    let another = Builder::new(go(), folder.path()).build(&source).unwrap();
    assert!(build(&source).unwrap() == another);
}
