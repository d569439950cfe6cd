//! What metering costs: six Go kernels, instrumented against uninstrumented, on Cranelift, in one run.
//!
//! `cargo bench -p govm-runtime --bench metering` builds `benches/kernels` with the Go on the PATH and prints a table. Both
//! forms of a kernel run alternately in the same process, and the fastest run of each counts: what else the machine does
//! slows single runs down, and nothing speeds one up.

#![allow(missing_docs, clippy::print_stdout, reason = "a benchmark prints its table")]

use std::error::Error;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use govm_runtime::internals::{GAS, NATIVE_STACK_BYTES, instrument};
use wasmer::sys::{Cranelift, CraneliftOptLevel, EngineBuilder};
use wasmer::{
    Engine, ExternType, Function, FunctionEnv, FunctionEnvMut, Imports, Instance, Memory, Module, Store, TypedFunction,
    Value,
};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// The exports of `benches/kernels/main.go`.
const KERNELS: [&str; 6] = ["sieve", "fib", "hash", "sorting", "maps", "bigint"];

const MAX_PAGES: u32 = 4_096;
const ROUNDS: usize = 60;

fn main() -> Outcome<()> {
    wasmer_vm::set_stack_size(NATIVE_STACK_BYTES);
    let plain = build_kernels()?;
    let metered = instrument(&plain, MAX_PAGES).map_err(|error| error.to_string())?;
    let mut plain = Running::start(&plain, true)?;
    let mut metered = Running::start(&metered, false)?;

    println!("{:<10} {:>11} {:>11} {:>8} {:>14} {:>8}", "kernel", "plain", "metered", "ratio", "gas", "gas/ns");
    let mut logarithms = 0.0;
    for kernel in KERNELS {
        let (mut fastest_plain, mut fastest_metered, mut gas) = (Duration::MAX, Duration::MAX, 0);
        for _ in 0..ROUNDS {
            let (expected, time, _) = plain.run(kernel)?;
            fastest_plain = fastest_plain.min(time);
            let (found, time, used) = metered.run(kernel)?;
            fastest_metered = fastest_metered.min(time);
            gas = used;
            assert_eq!(found, expected, "{kernel} computes the same");
        }
        let ratio = fastest_metered.as_secs_f64() / fastest_plain.as_secs_f64();
        logarithms += ratio.ln();
        let per_ns = gas as f64 / fastest_metered.as_nanos() as f64;
        println!("{kernel:<10} {fastest_plain:>11.3?} {fastest_metered:>11.3?} {ratio:>8.3} {gas:>14} {per_ns:>8.2}");
    }
    println!("geometric mean of the ratios: {:.3}", (logarithms / KERNELS.len() as f64).exp());
    println!("wasm: {} bytes, instrumented {:.2} times", plain.wasm_bytes, ratio(metered.wasm_bytes, plain.wasm_bytes));
    println!("code: {} bytes, instrumented {:.2} times", plain.code_bytes, ratio(metered.code_bytes, plain.code_bytes));
    println!("compiled in {:.2?}, instrumented in {:.2?}", plain.compile_time, metered.compile_time);
    Ok(())
}

fn ratio(a: usize, b: usize) -> f64 {
    a as f64 / b as f64
}

fn build_kernels() -> Outcome<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/kernels");
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("kernels.wasm");
    let built = Command::new("go")
        .args(["build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o"])
        .arg(&out)
        .arg(".")
        .current_dir(folder)
        .envs([("GOOS", "wasip1"), ("GOARCH", "wasm"), ("GOWORK", "off")])
        .status()?;
    if !built.success() {
        return Err("go build failed".into());
    }
    Ok(std::fs::read(out)?)
}

/// One form of the kernels, initialised.
struct Running {
    store: Store,
    instance: Instance,
    wasm_bytes: usize,
    code_bytes: usize,
    compile_time: Duration,
}

impl Running {
    /// Without instrumentation the compiler has to make NaNs canonical.
    fn start(wasm: &[u8], canonicalize_nans: bool) -> Outcome<Self> {
        let mut config = Cranelift::new();
        config.canonicalize_nans(canonicalize_nans);
        config.opt_level(CraneliftOptLevel::Speed);
        let engine: Engine = EngineBuilder::new(config).engine().into();
        let start = Instant::now();
        let module = Module::new(&engine, wasm)?;
        let compile_time = start.elapsed();
        let code_bytes = module.serialize()?.len();
        let mut store = Store::new(engine);
        let env = FunctionEnv::new(&mut store, None);
        let imports = imports(&mut store, &env, &module)?;
        let instance = Instance::new(&mut store, &module, &imports)?;
        *env.as_mut(&mut store) = Some(instance.exports.get_memory("memory")?.clone());
        let mut this = Self { store, instance, wasm_bytes: wasm.len(), code_bytes, compile_time };
        this.fill_gas()?;
        let initialize: TypedFunction<(), ()> = this.instance.exports.get_typed_function(&this.store, "_initialize")?;
        initialize.call(&mut this.store).map_err(|trap| trap.message())?;
        Ok(this)
    }

    /// Fills the counter, if there is one.
    fn fill_gas(&mut self) -> Outcome<()> {
        if let Ok(gas) = self.instance.exports.get_global(GAS) {
            gas.set(&mut self.store, Value::I64(i64::MAX))?;
        }
        Ok(())
    }

    /// The checksum, the time and the gas of one run.
    fn run(&mut self, kernel: &str) -> Outcome<(i64, Duration, i64)> {
        self.fill_gas()?;
        let function: TypedFunction<(), i64> = self.instance.exports.get_typed_function(&self.store, kernel)?;
        let start = Instant::now();
        let sum = function.call(&mut self.store).map_err(|trap| format!("{kernel}: {}", trap.message()))?;
        let time = start.elapsed();
        let left = self.instance.exports.get_global(GAS).ok().and_then(|gas| gas.get(&mut self.store).i64());
        Ok((sum, time, left.map_or(0, |left| i64::MAX - left)))
    }
}

type Host<'a> = FunctionEnvMut<'a, Option<Memory>>;

/// A WASI that is just enough for Go's runtime to start: no arguments, no files, a clock that stands still. Functions that
/// the kernels do not call answer "not supported".
fn imports(store: &mut Store, env: &FunctionEnv<Option<Memory>>, module: &Module) -> Outcome<Imports> {
    const BAD_DESCRIPTOR: i32 = 8;
    const NOT_SUPPORTED: i32 = 58;
    let mut imports = Imports::new();
    for import in module.imports() {
        let ExternType::Function(ty) = import.ty() else { return Err("an import is no function".into()) };
        let function = match import.name() {
            "args_sizes_get" | "environ_sizes_get" => Function::new_typed_with_env(store, env, sizes),
            "clock_time_get" => Function::new_typed_with_env(store, env, time),
            "fd_write" => Function::new_typed_with_env(store, env, fd_write),
            "random_get" | "args_get" | "environ_get" => Function::new_typed(store, |_: i32, _: i32| 0_i32),
            "fd_prestat_get" => Function::new_typed(store, |_: i32, _: i32| BAD_DESCRIPTOR),
            _ => Function::new(store, ty, |_| Ok(vec![Value::I32(NOT_SUPPORTED)])),
        };
        imports.define(import.module(), import.name(), function);
    }
    Ok(imports)
}

fn write(host: &Host<'_>, ptr: u32, bytes: &[u8]) -> i32 {
    let Some(memory) = host.data() else { return 1 };
    i32::from(memory.view(&host).write(u64::from(ptr), bytes).is_err())
}

/// Prints what Go's runtime has to say when it fails.
fn fd_write(host: Host<'_>, _fd: i32, iovecs: u32, count: u32, written: u32) -> i32 {
    let Some(memory) = host.data() else { return 1 };
    let view = memory.view(&host);
    let number = |at: u32| {
        let mut bytes = [0; 4];
        _ = view.read(u64::from(at), &mut bytes);
        u32::from_le_bytes(bytes)
    };
    let mut total = 0;
    for iovec in (0..count).map(|index| iovecs + index * 8) {
        let mut text = vec![0; number(iovec + 4) as usize];
        _ = view.read(u64::from(number(iovec)), &mut text);
        print!("{}", String::from_utf8_lossy(&text));
        total += number(iovec + 4);
    }
    write(&host, written, &total.to_le_bytes())
}

fn sizes(host: Host<'_>, count: u32, size: u32) -> i32 {
    write(&host, count, &[0; 4]) | write(&host, size, &[0; 4])
}

fn time(host: Host<'_>, _clock: i32, _precision: i64, dst: u32) -> i32 {
    write(&host, dst, &1_u64.to_le_bytes())
}
