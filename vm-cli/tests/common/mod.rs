//! The govm command as a process of its own, with a data directory of its own, and the contracts of these tests.

#![allow(dead_code, reason = "each test binary uses its part of this module")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use govm_core::{Address, BlockInfo};
use govm_runtime::{ContractInfo, Engine, EngineConfig};
use govm_sdk_go::{Builder, GoToolchain};
use govm_state::MemoryStore;
use serde_json::Value;
use tempfile::TempDir;

pub(crate) const ALICE: &str = "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1";
pub(crate) const BOB: &str = "0xb0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0";
/// An address that nothing is at.
pub(crate) const NOBODY: &str = "0x0000000000000000000000000000000000000009";

/// A file or folder of the repository.
pub(crate) fn repository(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}

/// The contract that fails in every way.
pub(crate) fn mischief_source() -> PathBuf {
    testdata("mischief.go")
}

/// The counter of the project's founding description, byte for byte.
pub(crate) fn seed_source() -> PathBuf {
    repository("vm-sdk-go/tests/testdata/counter.go")
}

/// The user's cache folder of these tests: later runs find Go's build cache filled.
pub(crate) fn cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("govm-test-cache")
}

/// The Go of this machine: what `GOVM_GO` names, else that of the PATH, which `make` extends.
pub(crate) fn go() -> &'static GoToolchain {
    static GO: OnceLock<GoToolchain> = OnceLock::new();
    GO.get_or_init(|| {
        let explicit = std::env::var_os("GOVM_GO").map(PathBuf::from);
        GoToolchain::find(explicit.as_deref(), std::env::var_os("PATH").as_deref(), &[]).expect("these tests need Go")
    })
}

/// Builds with the library, in the folder that the command uses, so that Go compiles its own library once.
pub(crate) fn build_in_process(source: &Path) -> Vec<u8> {
    Builder::new(go().clone(), cache().join("govm/build")).build(source).unwrap().wasm
}

/// Go source that these tests have.
pub(crate) fn testdata(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/testdata").join(name)
}

/// An engine whose compiled code all tests and runs share.
pub(crate) fn code_cache() -> EngineConfig {
    let cache_dir = Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("govm-test-code"));
    EngineConfig { cache_dir, ..EngineConfig::default() }
}

/// Who deploys and calls in the tests of the library.
pub(crate) const SENDER: Address = Address::from_bytes([0xa1; 20]);
pub(crate) const GAS_LIMIT: u64 = 1_000_000_000;
/// What the deployment of any module of the tests may use.
pub(crate) const DEPLOY_GAS_LIMIT: u64 = 100_000_000_000;

/// A module, deployed in an engine of its own.
pub(crate) fn deployed(wasm: &[u8], config: &EngineConfig, info: BlockInfo) -> (Engine<MemoryStore>, ContractInfo) {
    let engine = Engine::new(MemoryStore::new(), config);
    let mut block = engine.begin_block(info).unwrap();
    let receipt = block.deploy(SENDER, wasm, DEPLOY_GAS_LIMIT).unwrap().receipt;
    block.commit().unwrap();
    let address = Address::from_slice(&receipt.output).expect("a deployment answers with the address");
    let contract = engine.contract(&address).unwrap().unwrap();
    (engine, contract)
}

/// The module of the mischief contract, built once per test binary.
pub(crate) fn mischief() -> &'static [u8] {
    static WASM: OnceLock<Vec<u8>> = OnceLock::new();
    WASM.get_or_init(|| build(&mischief_source()))
}

/// The module of the project's first counter, built once per test binary.
pub(crate) fn seed() -> &'static [u8] {
    static WASM: OnceLock<Vec<u8>> = OnceLock::new();
    WASM.get_or_init(|| build(&seed_source()))
}

/// The module of the market contract, built once per test binary.
pub(crate) fn market() -> &'static [u8] {
    static WASM: OnceLock<Vec<u8>> = OnceLock::new();
    WASM.get_or_init(|| build(&testdata("market.go")))
}

/// Builds with the command. Tests that build more ask for one of the modules above first: with an empty cache, builds at the
/// same time would each compile Go's library.
pub(crate) fn build(source: &Path) -> Vec<u8> {
    let world = World::new();
    let wasm = world.path("built.wasm");
    world.good(&["build", text(source), "-o", text(&wasm)]);
    fs::read(wasm).unwrap()
}

/// A module in the WebAssembly text format, without an ABI.
pub(crate) fn module(fields: &str) -> Vec<u8> {
    wat::parse_str(format!("(module {fields})")).unwrap()
}

/// A module with an ABI: of a function `Run` that takes and gives nothing.
pub(crate) fn module_with_abi(fields: &str) -> Vec<u8> {
    let abi =
        r#"{"abi_version":1,"name":"small","codec":"borsh","functions":[{"name":"Run","params":[],"results":[]}]}"#;
    module(&format!(r#"{fields} (@custom "govm.abi" "{}")"#, abi.replace('"', "\\\"")))
}

/// The smallest contract: its function `Run` does nothing.
pub(crate) fn small_contract() -> Vec<u8> {
    module_with_abi(
        r#"(memory (export "memory") 1) (func (export "_initialize"))
           (func (export "govm_call") (param i32 i32) (result i32) (i32.const 0))"#,
    )
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().expect("paths of these tests are UTF-8")
}

/// A temporary folder with a data directory in it, and govm run there.
pub(crate) struct World {
    folder: TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A path inside the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file into the folder.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn data_dir(&self) -> PathBuf {
        self.path("data")
    }

    /// The command, not run yet: in the folder, and with nothing of the user's settings.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_govm"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("GOVM_") {
                command.env_remove(name);
            }
        }
        command.env("GOVM_GO", go().path()).env("XDG_CACHE_HOME", cache()).env("GOVM_DATA_DIR", self.data_dir());
        command.current_dir(self.folder.path()).args(args);
        command
    }

    /// Runs the command.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        Ran::new(args, &self.command(args).output().unwrap())
    }

    /// Runs a command that must succeed, and returns what it printed.
    pub(crate) fn good(&self, args: &[&str]) -> String {
        let ran = self.run(args);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{}", ran.command);
        ran.stdout
    }

    /// Runs a command with `--json` that must succeed, and returns the document that it printed.
    pub(crate) fn json(&self, args: &[&str]) -> Value {
        let printed = self.good(&[&["--json"], args].concat());
        assert_eq!(printed.lines().count(), 1, "one document on one line: {printed}");
        serde_json::from_str(&printed).unwrap()
    }

    /// Runs a command that must fail with this exit code before anything is executed, once as it is and once with `--json`,
    /// and returns the code and the message of the error. Both runs must say the same, on standard error alone.
    pub(crate) fn bad(&self, exit: i32, args: &[&str]) -> (String, String) {
        let plain = self.run(args);
        assert_eq!(plain.code, exit, "{}: {}", plain.command, plain.stderr);
        assert_eq!(plain.stdout, "", "{}", plain.command);
        let json = self.run(&[&["--json"], args].concat());
        assert_eq!((json.code, json.stdout.as_str()), (exit, ""), "{}: {}", json.command, json.stderr);
        let (code, message) = json.error();
        assert!(plain.stderr.starts_with("error"), "{}: {}", plain.command, plain.stderr);
        let first = message.lines().next().expect("a message says something");
        for shown in json.diagnostics().unwrap_or_else(|| vec![first.to_owned()]) {
            // Only the first line: usage that is shown below it names the flags that were given, `--json` among them.
            assert!(plain.stderr.contains(&shown), "{}\n{}\n{message}", plain.command, plain.stderr);
        }
        (code, message)
    }

    /// Deploys a module, which stays in `deployed.wasm`, and returns the contract's address.
    pub(crate) fn deploy(&self, wasm: &[u8]) -> String {
        self.write("deployed.wasm", wasm);
        string(&self.json(&["deploy", "deployed.wasm"])["address"])
    }

    /// Every file of the state with its content; LMDB's table of readers is no part of it.
    pub(crate) fn state(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(self.data_dir().join("state")).unwrap() {
            let path = entry.unwrap().path();
            if path.file_name().unwrap() != "lock.mdb" {
                files.insert(path.clone(), fs::read(path).unwrap());
            }
        }
        files
    }
}

/// What a run of the command led to.
pub(crate) struct Ran {
    pub(crate) command: String,
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn new(args: &[&str], output: &Output) -> Self {
        let utf8 = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self {
            command: format!("govm {}", args.join(" ")),
            code: output.status.code().expect("govm is not ended by a signal"),
            stdout: utf8(&output.stdout),
            stderr: utf8(&output.stderr),
        }
    }

    /// The code and message of the error on standard error, which must be one JSON line of exactly the documented shape.
    pub(crate) fn error(&self) -> (String, String) {
        assert_eq!(self.stderr.lines().count(), 1, "{}: {}", self.command, self.stderr);
        let document: Value = serde_json::from_str(&self.stderr).unwrap();
        assert_eq!(keys(&document), ["error"], "{}", self.command);
        let known =
            if self.diagnostics().is_some() { &["code", "diagnostics", "message"][..] } else { &["code", "message"] };
        assert_eq!(keys(&document["error"]), known, "{}", self.command);
        (string(&document["error"]["code"]), string(&document["error"]["message"]))
    }
}

impl Ran {
    /// The first lines of what is wrong with a contract, from an error in JSON on standard error that says it.
    pub(crate) fn diagnostics(&self) -> Option<Vec<String>> {
        let document: Value = serde_json::from_str(&self.stderr).ok()?;
        let diagnostics = document["error"]["diagnostics"].as_array()?;
        let first_line = |it: &Value| string(&it["text"]).lines().next().unwrap_or_default().to_owned();
        Some(diagnostics.iter().map(first_line).collect())
    }
}

/// The keys of a JSON object, in the order of the alphabet.
pub(crate) fn keys(object: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = object.as_object().expect("a JSON object").keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

/// The text of a JSON string.
pub(crate) fn string(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no string")).to_owned()
}

/// What `govm call --json` prints: its status and results.
pub(crate) fn results(called: &Value) -> &Vec<Value> {
    assert_eq!(keys(called), ["events", "gas_refunded", "gas_used", "height", "result", "schedule_version", "status"]);
    assert_eq!(called["status"], "ok");
    called["result"].as_array().expect("results are a list")
}
