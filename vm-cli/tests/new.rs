//! `govm new`: contracts to begin with build and pass at once, anywhere, without a network.

mod common;

use std::fs;
use std::process::Command;

use common::{World, build_in_process, go, seed_source};
use govm_sdk_go::Template;
use serde_json::json;

/// Runs `go test` in a folder as a user would, but that nothing can be downloaded.
fn go_test(world: &World, folder: &str) {
    let mut command = Command::new(go().path());
    command.args(["test", "./..."]).current_dir(world.path(folder));
    command.env("GOPROXY", "off").env("GOFLAGS", "").env("GOWORK", "off").env("GOTOOLCHAIN", "local");
    command.env("GOCACHE", common::cache().join("govm/build/go-build"));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{folder}: {}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn every_template_builds_and_passes_at_once() {
    let world = World::new();
    build_in_process(&seed_source());
    for template in Template::ALL {
        let (name, folder) = (template.name(), format!("my-{}", template.name()));
        let made = world.json(&["new", &folder, "--template", name]);
        let package = if template == Template::Empty { "myempty" } else { name };
        assert_eq!(made, json!({ "path": folder, "package": package, "template": name }));
        go_test(&world, &folder);
        let source = format!("{folder}/{package}");
        world.good(&["vet", "--deny-warnings", &source]);
        world.good(&["deploy", &source]);
    }
    let said = world.good(&["new", "shop"]);
    assert!(said.starts_with("wrote shop  template counter\n  test it    cd shop && make test\n"), "{said}");
    let makefile = fs::read_to_string(world.path("shop/Makefile")).unwrap();
    assert!(makefile.contains("\tgovm build counter\n"), "{makefile}");
}

#[test]
fn names_that_do_not_do() {
    let world = World::new();
    world.write("taken/file.txt", "something");
    fs::create_dir(world.path("empty")).unwrap();
    let name = "cannot be the name of a contract: it begins with a letter and goes on with letters, digits, - and _, and is no word of Go; for example";
    for (args, expected) in [
        (&["new", "taken"][..], "taken is there already: choose another name, or remove it".to_owned()),
        (&["new", "taken/file.txt"], format!("\"file.txt\" {name} file-txt")),
        (&["new", "2 shops"], format!("\"2 shops\" {name} shops")),
        (&["new", "func"], format!("\"func\" {name} my-func")),
        (&["new", "."], format!("\"\" {name} shop")),
    ] {
        let (code, message) = world.bad(2, args);
        assert_eq!((code.as_str(), message.as_str()), ("invalid_input", expected.as_str()), "{args:?}");
    }
    let (_, message) = world.bad(2, &["new", "shop", "--template", "bank"]);
    assert!(message.contains("[possible values: empty, counter, token, nft]"), "{message}");
    assert!(!world.path("shop").exists());
    world.good(&["new", "empty", "--template", "empty"]);
}
