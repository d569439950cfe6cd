//! What is said about contracts that are wrong: Go's own words, with the user's file, line and column.

mod common;

use std::fs;
use std::path::Path;

use common::{build, data};
use govm_sdk_go::{BuildError, Builder, GoToolchain};

/// Builds a single file of this text and returns the diagnostics, with FILE for its path.
fn diagnose(name: &str, text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    match build(&path) {
        Err(error @ BuildError::Contract { .. }) => error.to_string().replace(path.to_str().unwrap(), "FILE"),
        other => panic!("expected diagnostics, got {other:?}"),
    }
}

#[test]
fn a_syntax_error() {
    assert_eq!(
        diagnose("broken.go", "package broken\n\nfunc Run( {\n}\n"),
        "FILE:3:11: syntax error: unexpected {, expected )"
    );
}

#[test]
fn errors_of_types_all_at_once() {
    let text = "package wrong\n\nfunc Run(n uint64) string {\n\tvar unused int\n\treturn n\n}\n";
    let expected = "FILE:4:6: declared and not used: unused\n\
        FILE:5:9: cannot use n (variable of type uint64) as string value in return statement";
    assert_eq!(diagnose("wrong.go", text), expected);
}

#[test]
fn a_file_of_a_folder_is_named_with_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("good.go"), "package two\n\nfunc Run() {}\n").unwrap();
    fs::write(folder.path().join("bad.go"), "package two\n\nfunc Stop() { missing() }\n").unwrap();
    let error = build(folder.path()).unwrap_err();
    let expected = format!("{}:3:15: undefined: missing", folder.path().join("bad.go").display());
    assert_eq!(error.to_string(), expected);
}

#[test]
fn an_import_that_is_not_allowed() {
    let text = "package reader\n\nimport \"os\"\n\nfunc Run() string { return os.Args[0] }\n";
    let expected = "FILE:3:8: package os cannot be imported by a contract: ";
    let found = diagnose("reader.go", text);
    assert!(found.starts_with(expected), "{found}");
}

#[test]
fn no_exported_function() {
    let found = diagnose("shy.go", "package shy\n\nfunc run() {}\n");
    assert!(found.starts_with("FILE:1:9: package shy has no exported function"), "{found}");
}

#[test]
fn errors_that_only_the_compiler_finds() {
    let text = "package large\n\nvar table [1 << 50]byte\n\nfunc Run() uint64 { return uint64(table[5]) }\n";
    let expected = "FILE:3:5: type [1125899906842624]byte larger than address space";
    assert_eq!(diagnose("large.go", text), expected);
    // The back end names the file by its package, and a column that depends on its version.
    let found = diagnose("large.go", &text.replace("1 << 50", "1 << 33"));
    assert!(found.starts_with("FILE:5:"), "{found}");
    assert!(found.ends_with("contract.table: symbol too large (8589934592 bytes > 2000000000 bytes)"), "{found}");
}

#[cfg(unix)]
#[test]
fn a_toolchain_that_fails_is_not_the_contracts_fault_and_leaves_nothing() {
    let cache = tempfile::tempdir().unwrap();
    let go = GoToolchain::find(Some(&data("go-failing/go")), None, &[]).unwrap();
    assert_eq!(go.version(), "1.24");
    let error = Builder::new(go, cache.path()).build(&data("counter.go")).unwrap_err();
    assert!(matches!(error, BuildError::Toolchain { .. }));
    assert_eq!(
        error.to_string(),
        "`go run ./cmd/govm-shim` failed: the Go toolchain may be damaged or its cache full\ngo: no space left on device"
    );
    assert_eq!(fs::read_dir(cache.path()).unwrap().count(), 0);
}

#[test]
fn what_is_no_source() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("contract.txt"), "package text\n").unwrap();
    fs::create_dir(path("empty")).unwrap();
    fs::create_dir(path("tests")).unwrap();
    fs::write(path("tests/only_test.go"), "package tests\n").unwrap();
    let text = |name: &str| {
        let path = path(name);
        build(&path).unwrap_err().to_string().replace(path.to_str().unwrap(), "PATH")
    };
    let advice = "a contract is a .go file or a folder of them";
    assert_eq!(text("absent.go"), format!("there is no file or folder PATH: {advice}"));
    assert_eq!(text("contract.txt"), format!("PATH is not a Go file: {advice}"));
    for folder in ["empty", "tests"] {
        assert_eq!(text(folder), format!("there are no Go files in PATH: {advice} (tests do not count)"));
    }
    // Who names the module's folder learns which one is meant.
    for name in ["module/vendor/x/x.go", "module/.hidden/x.go", "module/token/token.go", "module/shop/shop.go"] {
        let file = path(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, "package x\n").unwrap();
    }
    let found = format!(
        "there are no Go files in PATH: {advice} (tests do not count); there are some in PATH/shop, PATH/token"
    );
    assert_eq!(text("module"), found);
    for name in ["module/a/a.go", "module/b/b.go"] {
        let file = path(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, "package x\n").unwrap();
    }
    assert!(
        text("module").ends_with("; there are some in PATH/a, PATH/b, PATH/shop and other folders"),
        "{}",
        text("module")
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_cache_that_cannot_be_written() {
    let error = Builder::new(common::go(), "/proc/cache").build(&data("counter.go")).unwrap_err();
    assert_eq!(error.to_string(), "cannot create /proc/cache: No such file or directory (os error 2)");
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn a_path_without_a_folder_is_shown_as_it_is() {
    let path = Path::new("no such contract.go");
    assert_eq!(
        build(path).unwrap_err().to_string(),
        "there is no file or folder no such contract.go: a contract is a .go file or a folder of them"
    );
}
