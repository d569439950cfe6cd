//! How TinyGo is found and run. There is a stand-in for it: a script that writes down its command line, its folder and its
//! environment, and answers as it is told.

#![cfg(unix)]

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use common::{BUILDER, cache, data, go};
use govm_sdk_go::{Builder, TinyGo, ToolchainError};
use tempfile::TempDir;

/// A module without anything in it.
const MODULE: &[u8] = b"\0asm\x01\0\0\0";

/// A folder with a stand-in for TinyGo.
struct StandIn {
    folder: TempDir,
}

impl StandIn {
    /// One that tells a version in TinyGo's own words, and runs a script to build. The module for it is the file `module`.
    fn new(version: &str, build: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path().to_str().unwrap();
        let script = format!(
            "#!/bin/sh\nif [ \"$1\" = version ]; then\n  echo \"tinygo version {version} linux/amd64 (using go version go1.27.0 \
             and LLVM version 22.1.0)\"\n  exit\nfi\nprintf '%s\\n' \"$@\" > {here}/arguments\npwd > {here}/folder\n\
             export -p > {here}/environment\n{build}\n"
        );
        let command = folder.path().join("tinygo");
        fs::write(&command, script).unwrap();
        fs::set_permissions(&command, fs::Permissions::from_mode(0o755)).unwrap();
        fs::write(folder.path().join("module"), MODULE).unwrap();
        Self { folder }
    }

    /// One that builds.
    fn good() -> Self {
        Self::new("0.43.0", "/bin/cp \"${0%/*}/module\" contract.wasm")
    }

    fn find(&self) -> Result<TinyGo, ToolchainError> {
        TinyGo::find(None, Some(self.folder.path().as_os_str()))
    }

    /// What it wrote down, with names for the folders that differ from run to run.
    fn recorded(&self, name: &str) -> String {
        let text = fs::read_to_string(self.folder.path().join(name)).unwrap();
        let text = text.replace(self.folder.path().to_str().unwrap(), "TINYGO");
        let text = text.replace(cache("go").to_str().unwrap(), "CACHE");
        text.replace(go().path().parent().unwrap().to_str().unwrap(), "GO")
    }
}

/// A builder with the filled cache of the other tests.
fn builder(tinygo: TinyGo) -> Builder {
    BUILDER.clone().tinygo(tinygo)
}

#[test]
fn the_command_line_is_the_recorded_one() {
    let stand_in = StandIn::good();
    let built = builder(stand_in.find().unwrap()).build(&data("counter.go")).unwrap();
    assert_eq!(built.wasm[..MODULE.len()], *MODULE);
    assert!(built.wasm.ends_with(built.abi.as_bytes()), "the ABI is behind what TinyGo made");
    let abi: serde_json::Value = serde_json::from_str(&built.abi).unwrap();
    assert_eq!(abi["go_version"], "tinygo0.43.0");

    let arguments: Vec<_> =
        "build -target=wasip1 -buildmode=c-shared -scheduler=asyncify -panic=print -opt=z -no-debug \
                             -trimpath -o contract.wasm ./shim"
            .split(' ')
            .collect();
    assert_eq!(stand_in.recorded("arguments").lines().collect::<Vec<_>>(), arguments);

    let folder = stand_in.recorded("folder");
    assert!(folder.starts_with("CACHE/build-") && folder.ends_with("/module\n"), "{folder}");
}

/// Neither settings nor variables of the user's reach TinyGo; those that it and its Go need do.
#[test]
fn the_environment_is_the_recorded_one() {
    let stand_in = StandIn::good();
    builder(stand_in.find().unwrap()).build(&data("counter.go")).unwrap();
    let recorded = stand_in.recorded("environment");
    // The shell adds PWD and what it inherits of it, and Go what tells its programs from which process they come.
    let own = ["PWD", "OLDPWD", "SHLVL", "_"];
    let mut found: Vec<_> = recorded
        .lines()
        .map(|line| line.strip_prefix("export ").or_else(|| line.strip_prefix("declare -x ")).unwrap())
        .map(|line| line.replace(['\'', '"'], ""))
        .filter(|line| !own.contains(&line.split('=').next().unwrap()))
        .collect();
    found.sort();
    let expected = [
        "CGO_ENABLED=0",
        "GO111MODULE=on",
        "GOCACHE=CACHE/go-build",
        "GOENV=off",
        "GOFLAGS=",
        "GOMODCACHE=CACHE/go-mod",
        "GOPROXY=off",
        "GOSUMDB=off",
        "GOTOOLCHAIN=local",
        "GOWASM=",
        "GOWORK=off",
        "HOME=CACHE/tinygo",
        "PATH=TINYGO:GO",
        "TMPDIR=",
        "XDG_CACHE_HOME=CACHE/tinygo",
    ];
    let found: Vec<_> =
        found.iter().map(|it| if it.starts_with("TMPDIR=CACHE/build-") { "TMPDIR=" } else { it }).collect();
    assert_eq!(found, expected);
}

/// A file that only TinyGo takes is checked like any other.
#[test]
fn files_for_tinygo_are_part_of_the_contract() {
    let stand_in = StandIn::good();
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("a.go", "package two\n\nfunc Which() string { return which }\n");
    write("go.go", "//go:build !tinygo\n\npackage two\n\nconst which = \"go\"\n");
    write("tiny.go", "//go:build tinygo\n\npackage two\n\nimport \"os\"\n\nvar which = os.Args[0]\n");
    assert!(BUILDER.build(folder.path()).is_ok());
    let error = builder(stand_in.find().unwrap()).build(folder.path()).unwrap_err().to_string();
    let expected =
        format!("{}:5:8: package os cannot be imported by a contract: ", folder.path().join("tiny.go").display());
    assert!(error.starts_with(&expected), "{error}");
}

#[test]
fn what_tinygo_says_about_the_contract_is_shown_with_the_users_file() {
    let script =
        "echo '# github.com/govm-net/vm/contract' >&2\necho 'contract/contract.go:7:2: attempted to do it' >&2\nexit 1";
    let stand_in = StandIn::new("0.43.0", script);
    let source = data("counter.go");
    let error = builder(stand_in.find().unwrap()).build(&source).unwrap_err();
    assert_eq!(error.to_string(), format!("{}:7:2: attempted to do it", source.display()));
}

#[test]
fn what_else_tinygo_says_is_shown_as_it_is() {
    let script = "echo 'requires go version 1.23 through 1.27, got go1.28' >&2\nexit 1";
    let stand_in = StandIn::new("0.43.1-dev", script);
    let error = builder(stand_in.find().unwrap()).build(&data("counter.go")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "TinyGo 0.43.1-dev did not compile the contract (exit status 1), which Go finds nothing wrong with\n\
         requires go version 1.23 through 1.27, got go1.28"
    );
}

fn error(found: Result<TinyGo, ToolchainError>) -> String {
    found.unwrap_err().to_string()
}

#[test]
fn without_tinygo_the_message_says_what_to_do() {
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(
        error(TinyGo::find(None, Some(empty.path().as_os_str()))),
        "TinyGo was not found: install TinyGo 0.43 or newer (tinygo.org) so that `tinygo` is on the PATH, say where the \
         tinygo command is, or compile with Go"
    );
    let absent: PathBuf = empty.path().join("tinygo");
    assert_eq!(
        error(TinyGo::find(Some(&absent), None)),
        format!(
            "{} is not a usable tinygo command (No such file or directory (os error 2)): install TinyGo 0.43 or newer \
             (tinygo.org), say where the tinygo command is, or compile with Go",
            absent.display()
        )
    );
}

#[test]
fn one_that_is_too_old_is_named_with_its_version() {
    let old = StandIn::new("0.42.0", "");
    let expected = format!(
        "{} is TinyGo 0.42.0, and contracts need TinyGo 0.43 or newer: older ones cannot recover from a panic in \
         WebAssembly; install a newer one, say where it is, or compile with Go",
        old.folder.path().join("tinygo").display()
    );
    assert_eq!(error(old.find()), expected);
    // A newer one further along the path is taken.
    let good = StandIn::good();
    let path = std::env::join_paths([old.folder.path(), Path::new("/nowhere"), good.folder.path()]).unwrap();
    let found = TinyGo::find(None, Some(&path)).unwrap();
    assert_eq!((found.path(), found.version()), (&*good.folder.path().join("tinygo"), "0.43.0"));
}

#[test]
fn what_tells_no_version_is_no_tinygo() {
    // Go's own command, for one.
    let found = error(TinyGo::find(Some(go().path()), None));
    assert!(
        found.contains(" is not a usable tinygo command (it does not tell a TinyGo version): install TinyGo 0.43"),
        "{found}"
    );
}
