//! Whole WASI programs in a sandbox: any command module of WASI preview 1, isolated and metered.
//!
//! The functions are those of wasmer-wasix over a file system in memory, behind the same meter that contracts have. Clock,
//! sleep and random are virtual unless the program runs in real time. There is no network, no thread and no other process.

mod bounded;
mod files;
mod imports;
mod streams;

use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use govm_core::{ContractError, ErrorCode, Hash, HostFault, code_hash};
use wasmer::sys::NativeEngineExt;
use wasmer::{FunctionEnv, Imports, Instance, InstantiationError, Module, RuntimeError, Store};
use wasmer_wasix::runtime::task_manager::tokio::TokioTaskManager;
use wasmer_wasix::{PluggableRuntime, WasiEnvBuilder, WasiError, WasiFunctionEnv, WasiVersion};

pub use files::ProgramFiles;
pub(crate) use imports::program_function_type;
pub use imports::program_functions;

use crate::compile::{Compiler, Tier};
use crate::host::{Ending, Guest, Host};
use crate::instance::{OUTSIDE_SEGMENT, guest};
use crate::instrument::STACK_BYTES;
use crate::module::{MEMORY_EXPORT, ModuleError, START_EXPORT, check_program};
use crate::outcome::{Counters, trap_error};
use crate::restore::{Body, Plan, Way};
use crate::wasi::{Seed, WASI_MODULE, Wasi, wasi_imports};
use bounded::{Bounded, Budget};
use imports::Exit;
use streams::Stream;

/// The bounds of programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SandboxConfig {
    /// Most memory of a program, in pages of 64 KiB.
    pub max_memory_pages: u32,
    /// Largest module, in bytes.
    pub max_module_bytes: usize,
    /// What all files may grow by, those that it starts with counted, in bytes. Removing a file gives nothing back.
    pub max_file_bytes: u64,
}

impl Default for SandboxConfig {
    /// 1 GiB of memory, modules of 128 MiB, 1 GiB of files.
    fn default() -> Self {
        Self { max_memory_pages: 16_384, max_module_bytes: 128 << 20, max_file_bytes: 1 << 30 }
    }
}

/// Compiles and runs WASI programs.
///
/// ```
/// use govm_runtime::{Ended, ProgramInput, Sandbox, SandboxConfig};
///
/// let wasm = wat::parse_str(r#"(module
///     (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
///     (memory (export "memory") 1)
///     (func (export "_start") (call $exit (i32.const 7))))"#)?;
/// let program = Sandbox::new(&SandboxConfig::default()).load(&wasm)?;
/// let finished = program.run(ProgramInput::new("seven", 1_000_000))?;
/// assert_eq!(finished.ended, Ended::Exit(7));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Sandbox {
    compiler: Compiler,
    config: SandboxConfig,
}

/// A program that is ready to run, any number of times.
pub struct Program {
    module: Module,
    engine: wasmer::Engine,
    code: Hash,
    max_file_bytes: u64,
}

/// Why a module is no program that can run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProgramError {
    /// The module was refused.
    #[error(transparent)]
    Module(#[from] ModuleError),
    /// The host failed.
    #[error(transparent)]
    Host(#[from] HostFault),
}

/// The time that a program sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProgramClock {
    /// A clock that starts at a moment, in nanoseconds since the Unix epoch, and moves only when the program sleeps; and a
    /// random stream that depends on the module alone. Two runs with the same input do the very same.
    Virtual {
        /// Where the clock starts.
        start_ns: u64,
    },
    /// The machine's clock and random numbers.
    Real,
}

/// What a program is given.
#[non_exhaustive]
pub struct ProgramInput {
    /// The arguments, the program's name first.
    pub args: Vec<String>,
    /// The environment: names and values.
    pub env: Vec<(String, String)>,
    /// The files; the program works on them in memory.
    pub files: ProgramFiles,
    /// The most gas that it may use.
    pub gas_limit: u64,
    /// Its time and random numbers.
    pub clock: ProgramClock,
    /// Standard input.
    pub stdin: Box<dyn Read + Send + Sync>,
    /// Standard output.
    pub stdout: Box<dyn Write + Send + Sync>,
    /// Standard error.
    pub stderr: Box<dyn Write + Send + Sync>,
}

impl ProgramInput {
    /// A program of this name, with nothing but `/tmp`, a virtual clock at the epoch, and empty streams.
    #[must_use]
    pub fn new(name: impl Into<String>, gas_limit: u64) -> Self {
        Self {
            args: vec![name.into()],
            env: Vec::new(),
            files: ProgramFiles::new(),
            gas_limit,
            clock: ProgramClock::Virtual { start_ns: 0 },
            stdin: Box::new(io::empty()),
            stdout: Box::new(io::sink()),
            stderr: Box::new(io::sink()),
        }
    }
}

/// How a program came to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ended {
    /// By itself, with its exit code.
    Exit(u32),
    /// By a trap, a bound or its gas.
    Failed(ContractError),
}

/// What a program did.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finished {
    /// How it ended.
    pub ended: Ended,
    /// The gas that it used; all of it if it did not end by itself.
    pub gas_used: u64,
}

impl Sandbox {
    /// A sandbox with these bounds.
    #[must_use]
    pub fn new(config: &SandboxConfig) -> Self {
        Self { compiler: Compiler::new(Tier::Cranelift, config.max_memory_pages), config: config.clone() }
    }

    /// Checks, instruments and compiles a command module.
    ///
    /// # Errors
    /// The module is none that runs here, or the host failed.
    pub fn load(&self, wasm: &[u8]) -> Result<Program, ProgramError> {
        let heights = check_program(wasm, self.config.max_module_bytes, self.config.max_memory_pages)?;
        let (engine, module) = self.compiler.machine_code(wasm, &heights)?;
        Ok(Program { module, engine, code: code_hash(wasm), max_file_bytes: self.config.max_file_bytes })
    }
}

impl Program {
    /// Runs the program to its end.
    ///
    /// # Errors
    /// A failure of the host, or an input that no program can be given: an argument with a zero byte, more files than the
    /// bound.
    pub fn run(&self, input: ProgramInput) -> Result<Finished, HostFault> {
        // What wasmer-wasix needs a runtime for does not happen here: one worker is enough.
        let tasks = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().map_err(HostFault::engine)?;
        let _entered = tasks.enter();
        let gas_limit = input.gas_limit;
        let run = catch_unwind(AssertUnwindSafe(|| match Running::start(self, input, &tasks)? {
            Ok(running) => running.finish(),
            Err(error) => Ok(Finished { ended: Ended::Failed(error), gas_used: gas_limit }),
        }));
        tasks.shutdown_background();
        run.unwrap_or_else(|_| Err(HostFault::engine("the implementation of WASI panicked")))
    }
}

/// A program with its store.
struct Running {
    store: Store,
    env: FunctionEnv<Host>,
    guest: Guest,
    instance: Instance,
    gas_limit: u64,
    /// Where the guest's counters are.
    _body: Body,
}

impl Running {
    /// A program that is about to start. The inner error is the program's own.
    fn start(
        program: &Program,
        input: ProgramInput,
        tasks: &tokio::runtime::Runtime,
    ) -> Result<Result<Self, ContractError>, HostFault> {
        let gas_limit = input.gas_limit.min(i64::MAX as u64);
        let clock = input.clock;
        // The same way to the counters that contracts have; a program is never restored.
        let plan = Plan::new(Way::Copy, None);
        let mut engine = program.engine.clone();
        engine.set_tunables(plan.clone());
        let mut store = Store::new(engine);
        let start_ns = match clock {
            ProgramClock::Virtual { start_ns } => start_ns,
            ProgramClock::Real => 0,
        };
        let wasi = Wasi::new(i64::try_from(start_ns).unwrap_or(i64::MAX), Seed::Code(program.code));
        let env = FunctionEnv::new(&mut store, Host { guest: None, wasi, call: None, ending: None });
        let mut wasix = wasix_env(program, input, tasks, &mut store)?;
        let imports = link(program, &mut store, &env, &wasix, clock)?;
        let instance = match Instance::new(&mut store, &program.module, &imports) {
            Ok(instance) => instance,
            Err(InstantiationError::Start(_)) => return Ok(Err(ContractError::new(ErrorCode::Trap, OUTSIDE_SEGMENT))),
            Err(error) => return Err(HostFault::engine(error)),
        };
        wasix.initialize(&mut store, instance.clone()).map_err(HostFault::engine)?;
        let memory = instance.exports.get_memory(MEMORY_EXPORT).map_err(HostFault::engine)?.clone();
        let body = plan.finish(&mut store, &memory)?;
        let guest = guest(&program.module, memory, &body.globals)?;
        env.as_mut(&mut store).guest = Some(guest.clone());
        guest.set_gas(&mut store, gas_limit as i64);
        guest.stack.set_i32(&mut store, STACK_BYTES);
        Ok(Ok(Self { store, env, guest, instance, gas_limit, _body: body }))
    }

    fn finish(mut self) -> Result<Finished, HostFault> {
        let start = self.instance.exports.get_function(START_EXPORT).map_err(HostFault::engine)?;
        let ended = match start.call(&mut self.store, &[]) {
            Ok(_) => Ended::Exit(0),
            Err(trap) => self.stopped(trap)?,
        };
        let gas_used = match ended {
            Ended::Exit(_) => self.gas_limit - self.guest.gas_left(&self.store).min(self.gas_limit),
            Ended::Failed(_) => self.gas_limit,
        };
        Ok(Finished { ended, gas_used })
    }

    /// Why the program was unwound.
    fn stopped(&mut self, trap: RuntimeError) -> Result<Ended, HostFault> {
        match self.env.as_mut(&mut self.store).ending.take() {
            Some(Ending::Host(fault)) => return Err(fault),
            Some(Ending::Contract(error)) => return Ok(Ended::Failed(error)),
            None => {}
        }
        let trap = match trap.downcast::<Exit>() {
            Ok(Exit(code)) => return Ok(Ended::Exit(code)),
            Err(trap) => trap,
        };
        let trap = match trap.downcast::<WasiError>() {
            Ok(error) => return Err(HostFault::engine(error)),
            Err(trap) => trap,
        };
        let (gas, stack) = (self.guest.gas.i64(&self.store), self.guest.stack.i32(&self.store));
        let grow_failed = self.guest.grow_failed.i32(&self.store) == 1;
        trap_error(trap, Counters { gas, stack, grow_failed }).map(Ended::Failed)
    }
}

/// The environment of wasmer-wasix: arguments, streams and files.
fn wasix_env(
    program: &Program,
    input: ProgramInput,
    tasks: &tokio::runtime::Runtime,
    store: &mut Store,
) -> Result<WasiFunctionEnv, HostFault> {
    let time_ns = match input.clock {
        ProgramClock::Virtual { start_ns } => Some(start_ns),
        ProgramClock::Real => None,
    };
    let files = Bounded::new(Budget::new(program.max_file_bytes), time_ns);
    tasks.block_on(input.files.place(&files)).map_err(HostFault::engine)?;
    let mut runtime = PluggableRuntime::new(Arc::new(TokioTaskManager::new(tasks.handle().clone())));
    runtime.set_engine(program.engine.clone());
    let mut args = input.args.into_iter();
    let mut builder = WasiEnvBuilder::new(args.next().unwrap_or_default())
        .args(args)
        .envs(input.env)
        .runtime(Arc::new(runtime))
        .fs(Arc::new(files) as Arc<dyn virtual_fs::FileSystem + Send + Sync>)
        .current_dir(Path::new("/"))
        .stdin(Box::new(Stream::In(input.stdin)))
        .stdout(Box::new(Stream::Out(input.stdout)))
        .stderr(Box::new(Stream::Out(input.stderr)));
    builder.capabilities_mut().threading.max_threads = Some(1);
    // Not `map_dir`, which cuts the slash off: wasmer-wasix looks for this very name when it starts from its own root.
    let whole = builder.preopen_build(|folder| folder.directory("/").read(true).write(true).create(true));
    let builder = whole.map_err(HostFault::engine)?;
    let env = builder.build().map_err(HostFault::engine)?;
    Ok(WasiFunctionEnv::new(store, env))
}

/// The imports of a program: each behind the meter.
fn link(
    program: &Program,
    store: &mut Store,
    env: &FunctionEnv<Host>,
    wasix: &WasiFunctionEnv,
    clock: ProgramClock,
) -> Result<Imports, HostFault> {
    let served = wasmer_wasix::generate_import_object_from_env(store, &wasix.env, WasiVersion::Snapshot1);
    let ours = wasi_imports(&mut wasmer::AsStoreMut::as_store_mut(store), env);
    let mut imports = Imports::new();
    for import in program.module.imports().functions() {
        let name = import.name();
        let function = if clock != ProgramClock::Real && imports::is_virtual(name) {
            ours.get_function(name).map_err(HostFault::engine)?.clone()
        } else {
            let Some(wasmer::Extern::Function(inner)) = served.get_export(WASI_MODULE, name) else {
                return Err(HostFault::engine(format!("wasmer-wasix has no function {name}")));
            };
            let ty = inner.ty(store);
            imports::metered(store, env, name, ty, inner)
        };
        imports.define(WASI_MODULE, name, function);
    }
    Ok(imports)
}
