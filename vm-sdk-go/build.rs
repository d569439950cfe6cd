//! Embeds the Go sources that a contract is built with: writes a table of their names and contents for `src/sources.rs`.

#![allow(clippy::print_stdout, reason = "a build script speaks to cargo through its output")]

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// What of the Go module a build needs. The other folders serve tests.
const ROOTS: [&str; 5] = ["go.mod", "cmd", "core", "internal", "wire"];

fn main() -> io::Result<()> {
    let folder = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let mut files = Vec::new();
    for root in ROOTS {
        // For a folder, cargo looks at everything in it: a new or removed file counts too.
        println!("cargo::rerun-if-changed={root}");
        collect(&folder.join(root), &mut files)?;
    }
    files.sort();

    let mut table = String::from("&[\n");
    for file in &files {
        let name = file.strip_prefix(&folder).expect("found below it").to_str().expect("our own names are UTF-8");
        let name = name.replace('\\', "/");
        let path = file.to_str().expect("cargo cannot build in a folder whose name is not UTF-8");
        writeln!(table, "    ({name:?}, include_bytes!({path:?})),").expect("writing to memory does not fail");
    }
    table.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("sources.rs"), table)
}

/// Adds a file, or the Go files below a folder without tests and their data.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if path.is_dir() {
        if name != "testdata" {
            for entry in fs::read_dir(path)? {
                collect(&entry?.path(), files)?;
            }
        }
    } else if name == "go.mod" || (name.ends_with(".go") && !name.ends_with("_test.go")) {
        files.push(path.to_owned());
    }
    Ok(())
}
