//! Embeds the Go sources that a contract is built with, and those that a new one begins with: writes tables of their names and
//! contents for `src/source.rs` and `src/project.rs`.

#![allow(clippy::print_stdout, reason = "a build script speaks to cargo through its output")]

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// What of the Go module a build needs. The other folders serve tests.
const ROOTS: [&str; 6] = ["go.mod", "cmd", "core", "coretest", "internal", "wire"];

/// The sample contracts that new ones can begin with, a folder each. `contracts` is a link to those of the repository.
const SAMPLES: [&str; 3] = ["contracts/counter", "contracts/nft", "contracts/token"];

fn main() -> io::Result<()> {
    let folder = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    write_table("sources.rs", &folder, &ROOTS, &folder, false)?;
    write_table("samples.rs", &folder, &SAMPLES, &folder.join("contracts"), true)
}

/// Writes a table of the files of some roots: their names below `base`, and their contents.
fn write_table(table: &str, folder: &Path, roots: &[&str], base: &Path, tests: bool) -> io::Result<()> {
    let mut files = Vec::new();
    for root in roots {
        // For a folder, cargo looks at everything in it: a new or removed file counts too.
        println!("cargo::rerun-if-changed={root}");
        collect(&folder.join(root), tests, &mut files)?;
    }
    files.sort();

    let mut rows = String::from("&[\n");
    for file in &files {
        let name = file.strip_prefix(base).expect("found below it").to_str().expect("our own names are UTF-8");
        let name = name.replace('\\', "/");
        let path = file.strip_prefix(folder).expect("found below it").to_str().expect("our own names are UTF-8");
        // Not the whole path: where builds of two checkouts share a folder, this table may be of the other.
        let path = format!("concat!(env!(\"CARGO_MANIFEST_DIR\"), {:?})", format!("/{path}"));
        writeln!(rows, "    ({name:?}, include_bytes!({path})),").expect("writing to memory does not fail");
    }
    rows.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join(table), rows)
}

/// Adds a file, or the Go files, and the data that they embed, below a folder, without the data of tests and perhaps without tests.
fn collect(path: &Path, tests: bool, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if path.is_dir() {
        if name != "testdata" {
            for entry in fs::read_dir(path)? {
                collect(&entry?.path(), tests, files)?;
            }
        }
    } else if name == "go.mod"
        || name == "stdlib.json"
        || (name.ends_with(".go") && (tests || !name.ends_with("_test.go")))
    {
        files.push(path.to_owned());
    }
    Ok(())
}
