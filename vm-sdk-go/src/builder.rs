//! The build: temporary module, generator, compiler, ABI section.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use wasm_encoder::{CustomSection, Section};

use crate::source::{self, CONTRACT_FOLDER, Source};
use crate::{BuildError, GoToolchain};

/// The name of the custom section that carries a contract's ABI, as JSON.
pub const ABI_SECTION: &str = "govm.abi";

/// The name of the SDK's Go module, which the contract is compiled in.
const MODULE_PATH: &str = "github.com/govm-net/vm";

/// What the generator writes, by its names in the module.
const SHIM_FOLDER: &str = "shim";
const ABI_FILE: &str = "abi.json";
const WASM_FILE: &str = "contract.wasm";

/// How `go run` reports that the generator ended with the status for a contract that is wrong.
const CONTRACT_STATUS: &str = "exit status 1";

/// Builds contracts with one Go and one cache.
#[derive(Debug, Clone)]
pub struct Builder {
    go: GoToolchain,
    cache: PathBuf,
}

/// A contract that was built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltContract {
    /// The module, with its ABI in the custom section [`ABI_SECTION`].
    pub wasm: Vec<u8>,
    /// The ABI, a JSON document.
    pub abi: String,
}

impl Builder {
    /// A builder that keeps Go's caches and its temporary modules in a folder, which is created when it is needed.
    ///
    /// The first build fills the cache with the standard library and the generator: tens of seconds and about 100 MB.
    pub fn new(go: GoToolchain, cache: impl Into<PathBuf>) -> Self {
        Self { go, cache: cache.into() }
    }

    /// Builds the contract of a `.go` file, or of the Go files of a folder but its tests.
    ///
    /// # Errors
    /// See [`BuildError`].
    pub fn build(&self, source: &Path) -> Result<BuiltContract, BuildError> {
        let source = Source::at(source)?;
        let cache = std::path::absolute(&self.cache).map_err(BuildError::io("find", &self.cache))?;
        fs::create_dir_all(&cache).map_err(BuildError::io("create", &cache))?;
        let work = tempfile::Builder::new().prefix("build-").tempdir_in(&cache);
        let work = work.map_err(BuildError::io("create a folder in", &cache))?;
        let run = Run { go: &self.go, cache: &cache, work: work.path(), source: &source };
        run.prepare()?;
        run.generate()?;
        run.compile()?;
        let abi = run.read(ABI_FILE)?;
        let mut wasm = run.read(WASM_FILE)?;
        CustomSection { name: ABI_SECTION.into(), data: (&abi).into() }.append_to(&mut wasm);
        let abi = String::from_utf8(abi).map_err(|error| BuildError::Toolchain {
            command: "go run ./cmd/govm-shim".to_owned(),
            output: format!("the ABI is not text: {error}"),
        })?;
        Ok(BuiltContract { wasm, abi })
    }
}

/// One build in a temporary folder of its own.
struct Run<'a> {
    go: &'a GoToolchain,
    cache: &'a Path,
    work: &'a Path,
    source: &'a Source,
}

impl Run<'_> {
    /// The module that is built.
    fn module(&self) -> PathBuf {
        self.work.join("module")
    }

    /// Where Go keeps its own temporary files, so that they go away with the module. It cannot be the module's folder: Go
    /// takes no module that is right in the folder for temporary files.
    fn temporary(&self) -> PathBuf {
        self.work.join("tmp")
    }

    /// Lays out the module.
    fn prepare(&self) -> Result<(), BuildError> {
        source::write_sdk(&self.module())?;
        self.source.copy(&self.module())?;
        fs::create_dir(self.temporary()).map_err(BuildError::io("create", self.temporary()))
    }

    /// Checks the contract; writes its dispatch code and its ABI.
    fn generate(&self) -> Result<(), BuildError> {
        let mut command = self.command();
        command.args(["run", "-trimpath", "-buildvcs=false", "./cmd/govm-shim"]);
        command.args(["-contract", CONTRACT_FOLDER, "-out", SHIM_FOLDER, "-abi", ABI_FILE]);
        command.arg("-go").arg(self.go.path());
        command.arg("-display").arg(self.source.shown_folder());
        if let Some(name) = self.source.shown_file() {
            command.arg("-file").arg(name);
        }
        let output = self.output(command)?;
        if output.status.success() {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&output.stderr);
        Err(match text.trim_end().strip_suffix(CONTRACT_STATUS) {
            Some(diagnostics) => BuildError::Contract { diagnostics: diagnostics.trim_end().to_owned() },
            None => failure("go run ./cmd/govm-shim", &text),
        })
    }

    /// Compiles the contract with its dispatch code.
    fn compile(&self) -> Result<(), BuildError> {
        let mut command = self.command();
        command.env("GOOS", "wasip1").env("GOARCH", "wasm");
        command.args(["build", "-buildmode=c-shared", "-trimpath", "-buildvcs=false", "-ldflags=-s -w"]);
        command.args(["-o", WASM_FILE]).arg(format!("./{SHIM_FOLDER}"));
        let output = self.output(command)?;
        if output.status.success() {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&output.stderr);
        Err(match self.contract_diagnostics(&text) {
            Some(diagnostics) => BuildError::Contract { diagnostics },
            None => failure("go build", &text),
        })
    }

    /// What the compiler says about the contract's files, with the user's names for them: it finds a few things that the
    /// generator's type check does not look at, for example an array that no memory can hold.
    fn contract_diagnostics(&self, output: &str) -> Option<String> {
        let mut lines = Vec::new();
        let mut found = false;
        for line in output.lines().filter(|line| !line.starts_with("# ")) {
            // Some messages name the file by its path in the module, some by that of its package.
            let place = line.strip_prefix(MODULE_PATH).and_then(|rest| rest.strip_prefix('/')).unwrap_or(line);
            let place = place.strip_prefix(CONTRACT_FOLDER).and_then(|rest| rest.strip_prefix(['/', '\\']));
            match place.and_then(|place| place.split_once(':')) {
                Some((name, rest)) => {
                    found = true;
                    lines.push(format!("{}:{rest}", self.source.shown(name).display()));
                }
                None => lines.push(line.to_owned()),
            }
        }
        found.then(|| lines.join("\n"))
    }

    fn command(&self) -> Command {
        let mut command = self.go.command(self.cache);
        command.current_dir(self.module()).env("TMPDIR", self.temporary());
        command
    }

    fn output(&self, mut command: Command) -> Result<Output, BuildError> {
        command.output().map_err(BuildError::io("run", self.go.path()))
    }

    fn read(&self, name: &str) -> Result<Vec<u8>, BuildError> {
        let path = self.module().join(name);
        fs::read(&path).map_err(BuildError::io("read", path))
    }
}

fn failure(command: &str, output: &str) -> BuildError {
    BuildError::Toolchain { command: command.to_owned(), output: output.trim_end().to_owned() }
}
