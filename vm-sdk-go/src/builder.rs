//! The build: temporary module, generator, compiler, ABI section.

use std::fs;
use std::path::{Path, PathBuf};

use wasm_encoder::{CustomSection, Section};

use crate::source::{self, CONTRACT_FOLDER, Source};
use crate::{BuildError, Diagnostic, GoToolchain, Severity};

/// The name of the custom section that carries a contract's ABI, as JSON.
pub const ABI_SECTION: &str = "govm.abi";

/// What the generator writes, by its names in the module.
const ABI_FILE: &str = "abi.json";
const WASM_FILE: &str = "contract.wasm";
const PROBLEMS_FILE: &str = "problems.json";

/// Builds contracts with one Go and one cache.
#[derive(Debug, Clone)]
pub struct Builder {
    go: GoToolchain,
    cache: PathBuf,
    strict: bool,
}

/// A contract that was built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltContract {
    /// The module, with its ABI in the custom section [`ABI_SECTION`].
    pub wasm: Vec<u8>,
    /// The ABI, a JSON document.
    pub abi: String,
    /// What is likely a mistake.
    pub warnings: Vec<Diagnostic>,
}

impl Builder {
    /// A builder that keeps Go's caches and its temporary modules in a folder, which is created when it is needed.
    ///
    /// The first build fills the cache with the standard library and the generator: tens of seconds and about 100 MB.
    pub fn new(go: GoToolchain, cache: impl Into<PathBuf>) -> Self {
        Self { go, cache: cache.into(), strict: false }
    }

    /// Whether to refuse contracts with `go`, `select`, channels or `recover`, which the VM makes deterministic.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// Builds the contract of a `.go` file, or of the Go files of a folder but its tests.
    ///
    /// A folder in a Go module may import the module's other packages, and those in its `vendor` folder.
    ///
    /// # Errors
    /// See [`BuildError`].
    pub fn build(&self, source: &Path) -> Result<BuiltContract, BuildError> {
        self.run(source, |run| {
            let warnings = run.generate(&["-abi", ABI_FILE, "-wasm", WASM_FILE])?;
            let abi = run.read(ABI_FILE)?;
            let mut wasm = run.read(WASM_FILE)?;
            CustomSection { name: ABI_SECTION.into(), data: (&abi).into() }.append_to(&mut wasm);
            let abi = String::from_utf8(abi).map_err(|error| failure(&format!("the ABI is not text: {error}")))?;
            Ok(BuiltContract { wasm, abi, warnings })
        })
    }

    /// Checks the contract as [`build`](Self::build) does, without compiling it, and returns what is likely a mistake.
    ///
    /// # Errors
    /// See [`BuildError`].
    pub fn check(&self, source: &Path) -> Result<Vec<Diagnostic>, BuildError> {
        self.run(source, |run| run.generate(&[]))
    }

    /// Does something in a temporary module with the SDK and the contract.
    fn run<T>(&self, source: &Path, work: impl FnOnce(&Run<'_>) -> Result<T, BuildError>) -> Result<T, BuildError> {
        let source = Source::at(source)?;
        let cache = std::path::absolute(&self.cache).map_err(BuildError::io("find", &self.cache))?;
        fs::create_dir_all(&cache).map_err(BuildError::io("create", &cache))?;
        let folder = tempfile::Builder::new().prefix("build-").tempdir_in(&cache);
        let folder = folder.map_err(BuildError::io("create a folder in", &cache))?;
        let run = Run { builder: self, cache: &cache, work: folder.path(), source: &source };
        run.prepare()?;
        work(&run)
    }
}

/// One build in a temporary folder of its own.
struct Run<'a> {
    builder: &'a Builder,
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

    /// Runs the generator, which checks the contract and writes what the arguments ask for. Returns its warnings.
    fn generate(&self, arguments: &[&str]) -> Result<Vec<Diagnostic>, BuildError> {
        let go = &self.builder.go;
        let mut command = go.command(self.cache);
        command.current_dir(self.module()).env("TMPDIR", self.temporary());
        command.args(["run", "-trimpath", "-buildvcs=false", "./cmd/govm-shim"]);
        command.args(["-contract", CONTRACT_FOLDER, "-problems", PROBLEMS_FILE]).args(arguments);
        command.arg("-go").arg(go.path());
        command.arg("-display").arg(self.source.shown_folder());
        if let Some(name) = self.source.shown_file() {
            command.arg("-file").arg(name);
        }
        if let Some((module, folder)) = self.source.module()? {
            command.arg("-module").arg(module).arg("-source").arg(folder);
        }
        if self.builder.strict {
            command.arg("-strict");
        }
        let output = command.output().map_err(BuildError::io("run", go.path()))?;
        let printed = String::from_utf8_lossy(&output.stderr);
        // Without the file, the generator did not come as far as the contract.
        let Ok(problems) = self.read(PROBLEMS_FILE) else { return Err(failure(&printed)) };
        let problems: Vec<Diagnostic> = serde_json::from_slice(&problems)
            .map_err(|error| failure(&format!("{PROBLEMS_FILE} is not understood: {error}\n{printed}")))?;
        if problems.iter().any(|problem| problem.severity == Severity::Error) {
            return Err(BuildError::Contract { diagnostics: problems });
        }
        if output.status.success() { Ok(problems) } else { Err(failure(&printed)) }
    }

    fn read(&self, name: &str) -> Result<Vec<u8>, BuildError> {
        let path = self.module().join(name);
        fs::read(&path).map_err(BuildError::io("read", path))
    }
}

fn failure(printed: &str) -> BuildError {
    BuildError::Toolchain { command: "go run ./cmd/govm-shim".to_owned(), output: printed.trim_end().to_owned() }
}
