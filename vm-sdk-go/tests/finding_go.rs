//! Where Go is looked for, and what is said when there is none.

#![cfg(unix)]

mod common;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use common::{data, go};
use govm_sdk_go::{GoToolchain, ToolchainError};

const OLD: &str = "go-old";
const MUTE: &str = "go-mute";

fn list(folders: &[&Path]) -> OsString {
    std::env::join_paths(folders).unwrap()
}

fn folder_of(go: &GoToolchain) -> PathBuf {
    go.path().parent().unwrap().to_owned()
}

#[test]
fn an_explicit_place_is_the_only_one() {
    let real = go();
    assert_eq!(GoToolchain::find(Some(real.path()), None, &[]).unwrap(), real);

    // A good one elsewhere does not help.
    let path = list(&[&folder_of(&real)]);
    let absent = data("absent/go");
    let error = GoToolchain::find(Some(&absent), Some(&path), &[]).unwrap_err();
    let expected = format!(
        "{} is not a usable go command (No such file or directory (os error 2)): \
         install Go 1.24 or newer, or say where the go command is",
        absent.display()
    );
    assert_eq!(error.to_string(), expected);
}

#[test]
fn an_explicit_folder_is_where_go_is_installed() {
    let real = std::fs::canonicalize(go().path()).unwrap();
    let installed = real.parent().unwrap().parent().unwrap();
    assert_eq!(GoToolchain::find(Some(installed), None, &[]).unwrap().path(), real);
}

#[test]
fn a_go_that_is_too_old_is_named_with_its_version() {
    let old = data(OLD).join("go");
    let expected = format!(
        "{} is Go 1.23.12, and contracts need Go 1.24 or newer: install a newer one, or say where it is",
        old.display()
    );
    assert_eq!(GoToolchain::find(Some(&old), None, &[]).unwrap_err().to_string(), expected);
    let path = list(&[Path::new("/nowhere"), &data(OLD), &data(MUTE)]);
    assert_eq!(GoToolchain::find(None, Some(&path), &[]).unwrap_err().to_string(), expected);
}

#[test]
fn what_tells_no_version_is_no_go() {
    let mute = data(MUTE).join("go");
    let expected = format!(
        "{} is not a usable go command (it does not tell a Go version): \
         install Go 1.24 or newer, or say where the go command is",
        mute.display()
    );
    assert_eq!(GoToolchain::find(Some(&mute), None, &[]).unwrap_err().to_string(), expected);
}

#[test]
fn the_first_that_is_new_enough_is_taken() {
    let real = go();
    let good = folder_of(&real);
    let path = list(&[&data(OLD), &data(MUTE), &good]);
    assert_eq!(GoToolchain::find(None, Some(&path), &[]).unwrap(), real);
    let fallbacks = [data(MUTE), good];
    assert_eq!(GoToolchain::find(None, Some(&list(&[&data(OLD)])), &fallbacks).unwrap(), real);
    assert_eq!(GoToolchain::find(None, None, &fallbacks).unwrap(), real);
}

#[test]
fn nothing_found_says_what_to_do() {
    // Relative folders of the PATH do not count: they would mean whatever the current directory holds.
    let relative = list(&[Path::new("tests/testdata/go-old"), Path::new("")]);
    let error = GoToolchain::find(None, Some(&relative), &[data("absent")]).unwrap_err();
    assert!(matches!(error, ToolchainError::NotFound));
    assert_eq!(
        error.to_string(),
        "Go was not found, and contracts are compiled with it: install Go 1.24 or newer so that `go` is on the PATH, \
         or say where the go command is"
    );
}
