//! The interpreter.

use std::panic::{AssertUnwindSafe, catch_unwind};

use govm_runtime::internals::{GAS, GROW_FAILED, STACK, STACK_BYTES};
use wasmi::{CompilationMode, Config, Engine, Error, Instance, Linker, Module, Store, TrapCode, Val};

use crate::case::{Call, Case, Number, Outcome, Report, Seen, Trap, Type, mix, trapped};
use crate::oracle::SPENT;

/// More than any call can use before its accounted stack ends.
const MAX_DEPTH: usize = 1 << 20;
const MAX_STACK_BYTES: usize = 1 << 28;

/// What the interpreter says; nothing if it cannot translate the module.
pub(crate) fn run(case: &Case) -> Option<Report> {
    Some(match Running::start(case, &case.wasm)? {
        Err(trap) => Report { refused: Some(trap), ..Report::default() },
        Ok(mut running) => Report { refused: None, calls: case.calls.iter().map(|call| running.call(call)).collect() },
    })
}

/// Makes the first calls of a case on a module that counts what it spends; the gas seen is what each call spent.
/// Nothing if the interpreter cannot translate it.
pub(crate) fn run_plain(case: &Case, wasm: &[u8], calls: usize) -> Option<Vec<Seen>> {
    let mut running = Running::start(case, wasm)?.expect("an instance was made of the instrumented module");
    let run = |call: &Call| {
        running.set(SPENT, Val::I64(0));
        let outcome =
            running.outcome(call).unwrap_or_else(|trap| panic!("{}: {trap:?} without instrumentation", call.export));
        running.seen(outcome, running.get(SPENT).bits as i64, 0)
    };
    Some(case.calls.iter().take(calls).map(run).collect())
}

/// The translated module; nothing if the interpreter's translator panics. wasmi 2.0.0 has assertions about its own bookkeeping that
/// fail for a few random modules: "a register operand already exists on the stack" in `func/stack/operands.rs`, and
/// an unreachable place in `func/mod.rs` for a store whose address and value are both in registers. Such modules are counted by whoever asks, and the compilers are compared all the same.
fn translated(engine: &Engine, wasm: &[u8]) -> Option<Module> {
    let module = catch_unwind(AssertUnwindSafe(|| Module::new(engine, wasm))).ok()?;
    Some(module.expect("a valid module"))
}

struct Running<'a> {
    store: Store<()>,
    instance: Instance,
    globals: &'a [String],
}

impl<'a> Running<'a> {
    /// An instance; the trap that came instead of one; nothing if the module cannot be translated.
    fn start(case: &'a Case, wasm: &[u8]) -> Option<Result<Self, Trap>> {
        let mut config = Config::default();
        config.set_max_stack_height(MAX_STACK_BYTES).set_max_recursion_depth(MAX_DEPTH);
        // Otherwise a function is translated at its first call, where a panic cannot unwind.
        config.compilation_mode(CompilationMode::Eager);
        let engine = Engine::new(&config);
        let module = translated(&engine, wasm)?;
        let mut store = Store::new(&engine, ());
        let mut linker = Linker::new(&engine);
        linker.func_wrap("host", "mix", |a: i32, b: i64| mix(a, b)).expect("a host function");
        linker.func_wrap("host", "nothing", || {}).expect("a host function");
        Some(match linker.instantiate_and_start(&mut store, &module) {
            Ok(instance) => Ok(Self { store, instance, globals: &case.globals }),
            Err(error) => Err(kind(&error)),
        })
    }

    fn call(&mut self, call: &Call) -> Seen {
        self.set(GAS, Val::I64(call.gas));
        self.set(STACK, Val::I32(STACK_BYTES));
        self.set(GROW_FAILED, Val::I32(0));
        let result = self.outcome(call);
        let (gas, stack) = (self.get(GAS).bits as i64, self.get(STACK).bits as i32);
        let outcome = result.unwrap_or_else(|trap| trapped(gas, stack, trap));
        self.seen(outcome, gas, self.get(GROW_FAILED).bits as i32)
    }

    /// The values that a call returns, or how it traps.
    fn outcome(&mut self, call: &Call) -> Result<Outcome, Trap> {
        let function = self.instance.get_func(&self.store, &call.export).expect("an exported function");
        let args: Vec<Val> = call.args.iter().map(value).collect();
        let mut results = vec![Val::I32(0); call.results];
        function.call(&mut self.store, &args, &mut results).map_err(|error| kind(&error))?;
        Ok(Outcome::Returned(results.iter().map(number).collect()))
    }

    fn seen(&self, outcome: Outcome, gas: i64, grow_failed: i32) -> Seen {
        let globals = self.globals.iter().map(|name| self.get(name)).collect();
        Seen { outcome, gas, grow_failed, memory: self.memory(), globals }
    }

    fn get(&self, name: &str) -> Number {
        number(&self.instance.get_global(&self.store, name).expect("an exported global").get(&self.store))
    }

    fn set(&mut self, name: &str, value: Val) {
        let global = self.instance.get_global(&self.store, name).expect("an exported global");
        global.set(&mut self.store, value).expect("a global that can change");
    }

    fn memory(&self) -> Option<blake3::Hash> {
        let memory = self.instance.exports(&self.store).find_map(wasmi::Export::into_memory)?;
        Some(blake3::hash(memory.data(&self.store)))
    }
}

fn value(number: &Number) -> Val {
    match number.ty {
        Type::I32 => Val::I32(number.bits as i32),
        Type::I64 => Val::I64(number.bits as i64),
        Type::F32 => Val::F32(wasmi::F32::from_bits(number.bits as u32)),
        Type::F64 => Val::F64(wasmi::F64::from_bits(number.bits)),
    }
}

fn number(value: &Val) -> Number {
    match value {
        Val::I32(number) => Number { ty: Type::I32, bits: u64::from(*number as u32) },
        Val::I64(number) => Number { ty: Type::I64, bits: *number as u64 },
        Val::F32(number) => Number { ty: Type::F32, bits: u64::from(number.to_bits()) },
        Val::F64(number) => Number { ty: Type::F64, bits: number.to_bits() },
        other => panic!("a module that passed the check has no {other:?}"),
    }
}

fn kind(error: &Error) -> Trap {
    match error.as_trap_code() {
        Some(TrapCode::UnreachableCodeReached) => Trap::Unreachable,
        Some(TrapCode::MemoryOutOfBounds) => Trap::MemoryBounds,
        Some(TrapCode::TableOutOfBounds) => Trap::TableBounds,
        Some(TrapCode::IndirectCallToNull) => Trap::NullCall,
        Some(TrapCode::BadSignature) => Trap::Signature,
        Some(TrapCode::IntegerDivisionByZero) => Trap::Division,
        Some(TrapCode::IntegerOverflow) => Trap::Overflow,
        Some(TrapCode::BadConversionToInteger) => Trap::Conversion,
        // An element segment that does not fit the table has no code of its own.
        None if error.to_string().starts_with("out of bounds table access") => Trap::TableBounds,
        other => panic!("a failure of the interpreter: {other:?}: {error}"),
    }
}
