//! Where things are: the data directory, the folder of caches, Go. The only place that reads the environment.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use govm_core::{Address, Snapshot, StateArchive, StateStore, StateView};
use govm_runtime::{ContractInfo, Engine, EngineConfig};
use govm_sdk_go::{Builder, GoToolchain, TinyGo};
use govm_state::{LmdbStore, OpenOptions};

use crate::args::{At, Compile, Compiler, Data};
use crate::failure::Failure;

/// The engine over the store of a data directory.
pub(crate) type StoredEngine = Engine<LmdbStore>;

/// A state, whichever height it is of.
pub(crate) type AnyState = Box<dyn StateView + Send>;

/// The engine over the state of a data directory, for reading.
pub(crate) fn read(data_dir: &Path) -> Result<StoredEngine, Failure> {
    Ok(Engine::new(read_store(data_dir)?, &config(data_dir)))
}

/// The state of a data directory, for reading.
pub(crate) fn read_store(data_dir: &Path) -> Result<LmdbStore, Failure> {
    let state = state_dir(data_dir);
    if data_dir.is_file() {
        return Err(unusable(data_dir, &io::ErrorKind::NotADirectory.into()));
    }
    if matches!(state.try_exists(), Ok(false)) {
        let message = format!(
            "there is no contract yet in {}: deploy one with `govm deploy PATH`, or name the directory with --data-dir",
            data_dir.display()
        );
        return Err(Failure::usage(message));
    }
    Ok(LmdbStore::open(state, &OpenOptions::read_only())?)
}

/// The state that a command reads.
pub(crate) fn snapshot(store: &LmdbStore, at: At) -> Result<Snapshot<AnyState>, Failure> {
    Ok(match at.at {
        None => {
            let Snapshot { head, state } = store.snapshot()?;
            Snapshot { head, state: Box::new(state) }
        }
        Some(height) => {
            let Snapshot { head, state } = store.snapshot_at(height)?;
            Snapshot { head, state: Box::new(state) }
        }
    })
}

/// The contract at an address, in the state that a command reads.
pub(crate) fn contract(engine: &StoredEngine, address: &Address, at: At) -> Result<ContractInfo, Failure> {
    let found = match at.at {
        None => engine.contract(address)?,
        Some(height) => engine.contract_at(address, height)?,
    };
    found.ok_or_else(|| {
        Failure::usage(format!("there is no contract at {address}; `govm contracts` lists those that there are"))
    })
}

/// How long a command that writes waits for another one to finish: a call takes milliseconds, a deployment seconds.
const WAIT: Duration = Duration::from_secs(5);

/// The engine over the state of a data directory, for writing; made if it is not there.
pub(crate) fn write(data: &Data) -> Result<StoredEngine, Failure> {
    write_with(data, &config(&data.dir))
}

/// The same with another configuration.
pub(crate) fn write_with(data: &Data, config: &EngineConfig) -> Result<StoredEngine, Failure> {
    std::fs::create_dir_all(&data.dir).map_err(|error| unusable(&data.dir, &error))?;
    Ok(Engine::new(LmdbStore::open(state_dir(&data.dir), &write_options(data))?, config))
}

/// How a state is opened for writing.
pub(crate) fn write_options(data: &Data) -> OpenOptions {
    let options = OpenOptions::read_write().wait(WAIT);
    match data.history {
        Some(blocks) => options.history(blocks),
        None => options,
    }
}

fn unusable(data_dir: &Path, error: &io::Error) -> Failure {
    let hint = if data_dir.is_file() {
        "it is a file; name a directory with --data-dir"
    } else {
        "name another directory with --data-dir"
    };
    Failure::host(format!("cannot use the data directory {}: {error}; {hint}", data_dir.display()))
}

/// Where the state is in a data directory.
pub(crate) fn state_dir(data_dir: &Path) -> PathBuf {
    data_dir.join("state")
}

/// The engine's configuration: compiled code is kept beside the state.
pub(crate) fn config(data_dir: &Path) -> EngineConfig {
    EngineConfig { cache_dir: Some(code_dir(data_dir)), ..EngineConfig::default() }
}

/// Where compiled code is kept.
pub(crate) fn code_dir(data_dir: &Path) -> PathBuf {
    data_dir.join("cache")
}

/// What builds contracts: the Go that is named, or on the PATH, or where `make setup` puts it.
pub(crate) fn builder(go: Option<&Path>) -> Result<Builder, Failure> {
    Ok(Builder::new(self::go(go)?, cache_dir().join("build")))
}

/// What builds contracts with the compiler that is named.
pub(crate) fn compiler(compile: &Compile) -> Result<Builder, Failure> {
    let builder = builder(compile.go.path.as_deref())?;
    match compile.compiler {
        Compiler::Go => Ok(builder),
        Compiler::TinyGo => {
            let tinygo = TinyGo::find(compile.tinygo.as_deref(), std::env::var_os("PATH").as_deref());
            Ok(builder
                .tinygo(tinygo.map_err(|error| Failure::host(format!("{error} (--tinygo PATH or GOVM_TINYGO)")))?))
        }
    }
}

/// Where the compiled code of tested contracts is kept.
pub(crate) fn test_code_dir() -> PathBuf {
    cache_dir().join("test-code")
}

/// The Go that [`builder`] builds with.
pub(crate) fn go(go: Option<&Path>) -> Result<GoToolchain, Failure> {
    let installed = cache_dir().join("toolchain").join("go").join("bin");
    Ok(GoToolchain::find(go, std::env::var_os("PATH").as_deref(), &[installed])?)
}

/// Where programs are looked for.
pub(crate) fn path() -> std::ffi::OsString {
    std::env::var_os("PATH").unwrap_or_default()
}

/// The user's folder for what can be made again, as the XDG base directory specification says.
fn cache_dir() -> PathBuf {
    let set = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")));
    base.unwrap_or_else(std::env::temp_dir).join("govm")
}
