//! The compilers.

use govm_runtime::internals::{GAS, GROW_FAILED, NATIVE_STACK_BYTES, STACK, STACK_BYTES};
use wasmer::sys::{Cranelift, CraneliftOptLevel, EngineBuilder, Singlepass};
use wasmer::{Engine, Function, Imports, Instance, InstantiationError, Module, RuntimeError, Store, Value};
use wasmer_types::TrapCode;

use crate::case::{Call, Case, Number, Outcome, Report, Seen, Trap, Type, mix, trapped};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compiler {
    Cranelift,
    Singlepass,
}

impl Compiler {
    /// An engine of its own for each module: an engine keeps the code of all its modules for as long as it lives.
    fn engine(self) -> Engine {
        wasmer_vm::set_stack_size(NATIVE_STACK_BYTES);
        match self {
            Self::Cranelift => {
                let mut config = Cranelift::new();
                config.opt_level(CraneliftOptLevel::Speed);
                EngineBuilder::new(config).engine().into()
            }
            Self::Singlepass => {
                let config = Singlepass::new();
                EngineBuilder::new(config).engine().into()
            }
        }
    }
}

pub(crate) fn run(compiler: Compiler, case: &Case) -> Report {
    let engine = compiler.engine();
    let module = Module::new(&engine, &case.wasm).expect("an instrumented module compiles");
    let mut store = Store::new(engine);
    let mut imports = Imports::new();
    imports.define("host", "mix", Function::new_typed(&mut store, mix));
    imports.define("host", "nothing", Function::new_typed(&mut store, || {}));
    let instance = match Instance::new(&mut store, &module, &imports) {
        Ok(instance) => instance,
        Err(InstantiationError::Start(trap)) => return Report { refused: Some(kind(&trap)), ..Report::default() },
        Err(error) => panic!("{compiler:?}: {error}"),
    };
    let mut running = Running { store, instance, globals: &case.globals };
    Report { refused: None, calls: case.calls.iter().map(|call| running.call(call)).collect() }
}

struct Running<'a> {
    store: Store,
    instance: Instance,
    globals: &'a [String],
}

impl Running<'_> {
    fn call(&mut self, call: &Call) -> Seen {
        self.set(GAS, Value::I64(call.gas));
        self.set(STACK, Value::I32(STACK_BYTES));
        self.set(GROW_FAILED, Value::I32(0));
        let function = self.instance.exports.get_function(&call.export).expect("an exported function");
        let args: Vec<Value> = call.args.iter().map(value).collect();
        let result = function.call(&mut self.store, &args);
        let (gas, stack) = (self.get(GAS).unwrap_i64(), self.get(STACK).unwrap_i32());
        let outcome = match result {
            Ok(values) => Outcome::Returned(values.iter().map(number).collect()),
            Err(trap) => trapped(gas, stack, kind(&trap)),
        };
        let grow_failed = self.get(GROW_FAILED).unwrap_i32();
        let globals = self.globals.iter().map(|name| number(&self.get(name))).collect();
        Seen { outcome, gas, grow_failed, memory: self.memory(), globals }
    }

    fn get(&mut self, name: &str) -> Value {
        self.instance.exports.get_global(name).expect("an exported global").get(&mut self.store)
    }

    fn set(&mut self, name: &str, value: Value) {
        let global = self.instance.exports.get_global(name).expect("an exported global");
        global.set(&mut self.store, value).expect("a global that can change");
    }

    fn memory(&self) -> Option<blake3::Hash> {
        let (_, memory) = self.instance.exports.iter().memories().next()?;
        let bytes = memory.view(&self.store).copy_to_vec().expect("the memory");
        Some(blake3::hash(&bytes))
    }
}

fn value(number: &Number) -> Value {
    match number.ty {
        Type::I32 => Value::I32(number.bits as i32),
        Type::I64 => Value::I64(number.bits as i64),
        Type::F32 => Value::F32(f32::from_bits(number.bits as u32)),
        Type::F64 => Value::F64(f64::from_bits(number.bits)),
    }
}

fn number(value: &Value) -> Number {
    match value {
        Value::I32(number) => Number { ty: Type::I32, bits: u64::from(*number as u32) },
        Value::I64(number) => Number { ty: Type::I64, bits: *number as u64 },
        Value::F32(number) => Number { ty: Type::F32, bits: u64::from(number.to_bits()) },
        Value::F64(number) => Number { ty: Type::F64, bits: number.to_bits() },
        other => panic!("a module that passed the check has no {other:?}"),
    }
}

fn kind(trap: &RuntimeError) -> Trap {
    match trap.clone().to_trap() {
        Some(TrapCode::UnreachableCodeReached) => Trap::Unreachable,
        Some(TrapCode::HeapAccessOutOfBounds) => Trap::MemoryBounds,
        Some(TrapCode::TableAccessOutOfBounds) => Trap::TableBounds,
        Some(TrapCode::IndirectCallToNull) => Trap::NullCall,
        Some(TrapCode::BadSignature) => Trap::Signature,
        Some(TrapCode::IntegerDivisionByZero) => Trap::Division,
        Some(TrapCode::IntegerOverflow) => Trap::Overflow,
        Some(TrapCode::BadConversionToInteger) => Trap::Conversion,
        other => panic!("a failure of the engine: {other:?}: {trap}"),
    }
}
