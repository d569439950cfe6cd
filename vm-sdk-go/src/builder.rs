//! The build: temporary module, generator, compiler, ABI section.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use wasm_encoder::{CustomSection, Section};

use crate::size::SizeReport;
use crate::source::{self, CONTRACT_FOLDER, Source};
use crate::{BuildError, Diagnostic, GoToolchain, Severity, TinyGo};

/// The name of the custom section that carries a contract's ABI, as JSON.
pub const ABI_SECTION: &str = "govm.abi";

/// What the generator writes, by its names in the module.
const ABI_FILE: &str = "abi.json";
const WASM_FILE: &str = "contract.wasm";
const CLIENT_FILE: &str = "client.go";
const NAMED_FILE: &str = "named.wasm";
const LINKS_FILE: &str = "links.txt";
const PROBLEMS_FILE: &str = "problems.json";

/// The folders of a build.
const MODULE_FOLDER: &str = "module";
const TEMPORARY_FOLDER: &str = "tmp";

/// How `go run` reports that there is no client for an ABI.
const ABI_STATUS: &str = "exit status 1";

/// How a client is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientOptions {
    /// The name of the Go package; if empty, the contract's with `client` behind it.
    pub package: String,
    /// What is put before the names of types, for a file of a package that has others; it may be empty.
    pub prefix: String,
}

/// Builds contracts with one Go and one cache.
#[derive(Debug, Clone)]
pub struct Builder {
    go: GoToolchain,
    cache: PathBuf,
    strict: bool,
    tinygo: Option<TinyGo>,
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
        Self { go, cache: cache.into(), strict: false, tinygo: None }
    }

    /// Whether to refuse contracts with `go`, `select`, channels or `recover`, which the VM makes deterministic.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// Compiles contracts with TinyGo, after they were checked with Go. This does not change what [`size`](Self::size) tells.
    #[must_use]
    pub fn tinygo(mut self, tinygo: TinyGo) -> Self {
        self.tinygo = Some(tinygo);
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
            let warnings = run.generate(&["-abi", ABI_FILE, "-wasm", WASM_FILE], self.tinygo.as_ref())?;
            let abi = run.read(ABI_FILE)?;
            let mut wasm = run.read(WASM_FILE)?;
            CustomSection { name: ABI_SECTION.into(), data: (&abi).into() }.append_to(&mut wasm);
            let abi = String::from_utf8(abi)
                .map_err(|error| failure("go run ./cmd/govm-shim", &format!("the ABI is not text: {error}")))?;
            Ok(BuiltContract { wasm, abi, warnings })
        })
    }

    /// Builds the contract, and tells what its module is made of and what needs it.
    ///
    /// # Errors
    /// See [`BuildError`].
    pub fn size(&self, source: &Path) -> Result<SizeReport, BuildError> {
        self.run(source, |run| {
            let files = ["-abi", ABI_FILE, "-wasm", WASM_FILE, "-named", NAMED_FILE, "-links", LINKS_FILE];
            run.generate(&files, None)?;
            let section = CustomSection { name: ABI_SECTION.into(), data: run.read(ABI_FILE)?.into() };
            let mut module = run.read(WASM_FILE)?;
            section.append_to(&mut module);
            let links = String::from_utf8_lossy(&run.read(LINKS_FILE)?).into_owned();
            SizeReport::new(&module, &run.read(NAMED_FILE)?, &links)
                .map_err(|error| failure("go build", &format!("the module is not understood: {error}")))
        })
    }

    /// Writes a Go client of contracts with an ABI, a JSON document: the source of a package, or of a file of one.
    ///
    /// # Errors
    /// [`BuildError::NoClient`] if there is none for the ABI; else see [`BuildError`].
    pub fn client(&self, abi: &str, options: &ClientOptions) -> Result<String, BuildError> {
        self.within(|work| {
            let module = work.folder.join(MODULE_FOLDER);
            source::write_sdk(&module)?;
            let file = module.join(ABI_FILE);
            fs::write(&file, abi).map_err(BuildError::io("write", file))?;
            let mut command = work.go_run("./cmd/govm-bindgen");
            command.args(["-abi", ABI_FILE, "-out", CLIENT_FILE]);
            command.args(["-package", &options.package, "-prefix", &options.prefix]);
            let output = command.output().map_err(BuildError::io("run", self.go.path()))?;
            let printed = String::from_utf8_lossy(&output.stderr);
            if !output.status.success() {
                return Err(match printed.trim_end().strip_suffix(ABI_STATUS) {
                    Some(reason) => BuildError::NoClient { reason: reason.trim_end().to_owned() },
                    None => failure("go run ./cmd/govm-bindgen", &printed),
                });
            }
            let client = module.join(CLIENT_FILE);
            fs::read_to_string(&client).map_err(BuildError::io("read", client))
        })
    }

    /// Checks the contract as [`build`](Self::build) does, without compiling it, and returns what is likely a mistake.
    ///
    /// # Errors
    /// See [`BuildError`].
    pub fn check(&self, source: &Path) -> Result<Vec<Diagnostic>, BuildError> {
        self.run(source, |run| run.generate(&[], self.tinygo.as_ref()))
    }

    /// Does something in a temporary module with the SDK and the contract.
    fn run<T>(&self, source: &Path, work: impl FnOnce(&Run<'_>) -> Result<T, BuildError>) -> Result<T, BuildError> {
        let source = Source::at(source)?;
        self.within(|place| {
            let run = Run { place, source: &source };
            run.prepare()?;
            work(&run)
        })
    }

    /// Does something in a temporary folder.
    fn within<T>(&self, work: impl FnOnce(&Place<'_>) -> Result<T, BuildError>) -> Result<T, BuildError> {
        let cache = std::path::absolute(&self.cache).map_err(BuildError::io("find", &self.cache))?;
        fs::create_dir_all(&cache).map_err(BuildError::io("create", &cache))?;
        let folder = tempfile::Builder::new().prefix("build-").tempdir_in(&cache);
        let folder = folder.map_err(BuildError::io("create a folder in", &cache))?;
        // It cannot be the module's folder: Go takes no module that is right in the folder for temporary files.
        let temporary = folder.path().join(TEMPORARY_FOLDER);
        fs::create_dir(&temporary).map_err(BuildError::io("create", temporary))?;
        work(&Place { builder: self, cache: &cache, folder: folder.path() })
    }
}

/// A temporary folder, with a folder for Go's own temporary files, which go away with it.
struct Place<'a> {
    builder: &'a Builder,
    cache: &'a Path,
    folder: &'a Path,
}

impl Place<'_> {
    /// A run of one of the SDK's commands in the module.
    fn go_run(&self, package: &str) -> Command {
        let mut command = self.builder.go.command(self.cache);
        command.current_dir(self.folder.join(MODULE_FOLDER)).env("TMPDIR", self.folder.join(TEMPORARY_FOLDER));
        command.args(["run", "-trimpath", "-buildvcs=false", package]);
        command
    }
}

/// One build in a temporary folder of its own.
struct Run<'a> {
    place: &'a Place<'a>,
    source: &'a Source,
}

impl Run<'_> {
    /// The module that is built.
    fn module(&self) -> PathBuf {
        self.place.folder.join(MODULE_FOLDER)
    }

    /// Lays out the module.
    fn prepare(&self) -> Result<(), BuildError> {
        source::write_sdk(&self.module())?;
        self.source.copy(&self.module())
    }

    /// Runs the generator, which checks the contract and writes what the arguments ask for. Returns its warnings.
    fn generate(&self, arguments: &[&str], tinygo: Option<&TinyGo>) -> Result<Vec<Diagnostic>, BuildError> {
        const COMMAND: &str = "./cmd/govm-shim";
        let Builder { go, strict, .. } = self.place.builder;
        let failure = |printed: &str| failure(&format!("go run {COMMAND}"), printed);
        let mut command = self.place.go_run(COMMAND);
        command.args(["-contract", CONTRACT_FOLDER, "-problems", PROBLEMS_FILE]).args(arguments);
        command.arg("-go").arg(go.path());
        command.arg("-display").arg(self.source.shown_folder());
        if let Some(name) = self.source.shown_file() {
            command.arg("-file").arg(name);
        }
        if let Some((module, folder)) = self.source.module()? {
            command.arg("-module").arg(module).arg("-source").arg(folder);
        }
        if *strict {
            command.arg("-strict");
        }
        if let Some(tinygo) = tinygo {
            command.arg("-tinygo").arg(tinygo.path()).arg("-tinygo-version").arg(tinygo.version());
            command.arg("-tinygo-cache").arg(self.place.cache.join("tinygo"));
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

fn failure(command: &str, printed: &str) -> BuildError {
    BuildError::Toolchain { command: command.to_owned(), output: printed.trim_end().to_owned() }
}
