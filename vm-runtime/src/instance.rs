//! One instance of a contract's module: made, initialised or restored, and called.

use std::sync::Arc;

use govm_core::{ContractError, ErrorCode, HostFault};
use wasmer::sys::NativeEngineExt;
use wasmer::{
    AsStoreMut, Exports, FunctionEnv, Imports, InstantiationError, Memory, Module, RuntimeError, Store, TypedFunction,
};
use wasmer_types::ExportIndex;

use crate::compile::Compiled;
use crate::gas::MAX_INITIALIZE_GAS;
use crate::host::{CallState, Ending, Guest, HOST_MODULE, Host, host_imports};
use crate::instrument::{STACK_BYTES, names};
use crate::module::{DISPATCH_EXPORT, INITIALIZE_EXPORT, MEMORY_EXPORT};
use crate::outcome::{Counters, OUT_OF_MEMORY, Outcome, trap_error};
use crate::restore::{Body, Counter, Globals, Plan, Snapshot, Way};
use crate::session::Session;
use crate::tree::{self, StackFrame};
use crate::wasi::{Seed, WASI_MODULE, Wasi, wasi_imports};

/// The message of a module whose data or elements do not fit where they are to go.
pub(crate) const OUTSIDE_SEGMENT: &str = "a segment lies outside the memory or the table";

/// An instance. Between calls its state is that of its module's snapshot.
pub(crate) struct Instance {
    store: Store,
    env: FunctionEnv<Host>,
    guest: Guest,
    dispatch: TypedFunction<(i32, i32), i32>,
    body: Body,
}

/// What came of a call, with what it ran on.
pub(crate) struct Ran {
    pub(crate) session: Session,
    pub(crate) outcome: Outcome,
    pub(crate) trace: Vec<u8>,
    /// The calls that led to a panic, if the call is watched.
    pub(crate) stack: Vec<StackFrame>,
}

impl Instance {
    /// Makes the first instance of a module, initialises it, and takes the snapshot that every later one starts from. What
    /// happens depends on the code alone: the clock stands at 0 and the random stream is seeded with the code's hash.
    ///
    /// The inner error is the contract's: its initialisation failed.
    pub(crate) fn first(compiled: &Compiled, way: Way) -> Result<Result<(Self, Snapshot), ContractError>, HostFault> {
        let (mut this, exports) = match Self::make(compiled, way, None)? {
            Ok(made) => made,
            Err(error) => return Ok(Err(error)),
        };
        let initialize: TypedFunction<(), ()> = export_function(&exports, &this.store, INITIALIZE_EXPORT)?;
        this.set_gas(MAX_INITIALIZE_GAS);
        let result = initialize.call(&mut this.store);
        this.healthy()?;
        if let Err(trap) = result {
            let error = this.trapped(trap)?;
            return Ok(Err(ContractError::new(ErrorCode::InitializationFailed, error.to_string())));
        }
        let initialize_gas = MAX_INITIALIZE_GAS - this.gas_left();
        let snapshot = this.body.snapshot(&mut this.store, initialize_gas)?;
        Ok(Ok((this, snapshot)))
    }

    /// Makes an instance that stands at its module's snapshot.
    pub(crate) fn of(compiled: &Compiled, way: Way, snapshot: &Arc<Snapshot>) -> Result<Self, HostFault> {
        let made = Self::make(compiled, way, Some(Arc::clone(snapshot)))?;
        // The first instance could be made of the same module.
        made.map(|(instance, _)| instance).map_err(HostFault::engine)
    }

    /// The inner error is the contract's: it cannot be instantiated.
    fn make(
        compiled: &Compiled,
        way: Way,
        snapshot: Option<Arc<Snapshot>>,
    ) -> Result<Result<(Self, Exports), ContractError>, HostFault> {
        let plan = Plan::new(way, snapshot);
        let mut engine = compiled.engine.clone();
        engine.set_tunables(plan.clone());
        let mut store = Store::new(engine);
        let wasi = Wasi::new(0, Seed::Code(compiled.code_hash));
        let env = FunctionEnv::new(&mut store, Host { guest: None, wasi, call: None, ending: None });
        let imports = imports(&mut store, &env);
        let exports = match wasmer::Instance::new(&mut store, &compiled.module, &imports) {
            Ok(instance) => instance.exports,
            // There is no start section: what traps here are segments.
            Err(InstantiationError::Start(_)) => {
                return Ok(Err(ContractError::new(ErrorCode::InitializationFailed, OUTSIDE_SEGMENT)));
            }
            Err(error) => return Err(HostFault::engine(error)),
        };
        let memory = exports.get_memory(MEMORY_EXPORT).map_err(HostFault::engine)?.clone();
        let body = plan.finish(&mut store, &memory)?;
        let guest = guest(&compiled.module, memory, &body.globals)?;
        env.as_mut(&mut store).guest = Some(guest.clone());
        let dispatch = export_function(&exports, &store, DISPATCH_EXPORT)?;
        Ok(Ok((Self { store, env, guest, dispatch, body }, exports)))
    }

    /// How much memory the instance has, in pages (64 KiB): between calls that is what its module starts them with.
    pub(crate) fn memory_pages(&self) -> u32 {
        self.guest.memory.size(&self.store).0
    }

    /// Runs one function of the contract with at most `gas_limit`. Afterwards the instance must be
    /// [restored](Instance::restore) or dropped; after an error it must be dropped.
    pub(crate) fn run(&mut self, function: u32, call: CallState, wasi: Wasi, gas_limit: u64) -> Result<Ran, HostFault> {
        let input_bytes = i32::try_from(call.input.len()).map_err(HostFault::engine)?;
        self.set_gas(gas_limit);
        let host = self.env.as_mut(&mut self.store);
        host.wasi = wasi;
        host.call = Some(call);

        let returned = self.dispatch.call(&mut self.store, function as i32, input_bytes);
        self.healthy()?;
        let outcome = match returned {
            Ok(code) => self.returned(code, gas_limit),
            Err(trap) => {
                let error = self.trapped(trap)?;
                self.failed(error, gas_limit)
            }
        };
        let host = self.env.as_mut(&mut self.store);
        let trace = host.wasi.take_trace();
        let Some(CallState { session: Some(session), stack, .. }) = host.call.take() else {
            return Err(HostFault::engine("a call lost its session"));
        };
        let stack = if outcome.result.is_err() && !stack.is_empty() { self.panic_stack(&stack) } else { Vec::new() };
        Ok(Ran { session, outcome, trace, stack })
    }

    /// Puts the instance back to its module's snapshot, however its call ended; false if that is not possible, and then it
    /// must be dropped.
    ///
    /// # Errors
    /// The system refused; the instance must be dropped.
    pub(crate) fn restore(&mut self, snapshot: &Snapshot) -> Result<bool, HostFault> {
        self.body.restore(&mut self.store, snapshot)
    }

    /// The memory that only this instance holds when it is idle, in bytes.
    pub(crate) fn private_bytes(&self) -> usize {
        self.body.private_bytes(&self.store)
    }

    /// Whether the instance's memory did what it should: if it did not, what its code saw is no result.
    fn healthy(&self) -> Result<(), HostFault> {
        self.body.fault().map_or(Ok(()), Err)
    }

    /// The calls that led to a panic, from a stack that was kept.
    fn panic_stack(&self, stack: &[u8]) -> Vec<StackFrame> {
        let memory = self.guest.memory.view(&self.store).copy_to_vec();
        memory.map(|memory| tree::panic_stack(&memory, stack)).unwrap_or_default()
    }

    /// The outcome of a dispatch that came back with a code.
    fn returned(&mut self, code: i32, gas_limit: u64) -> Outcome {
        let gas_used = gas_limit - self.gas_left().min(gas_limit);
        let call = self.env.as_mut(&mut self.store).call.as_mut();
        let output = call.and_then(|call| call.output.take()).unwrap_or_default();
        if code == 0 {
            return Outcome { result: Ok(output), gas_used };
        }
        let reported = u32::try_from(code).ok().and_then(ErrorCode::from_number);
        let code = reported.filter(|code| code.info().guest_may_report).unwrap_or(ErrorCode::Reverted);
        Outcome::failed(code, String::from_utf8_lossy(&output), gas_used)
    }

    /// The outcome of a call that the host or a trap ended. A trap leaves the gas counter of the running function behind,
    /// so a trapped call pays its whole limit; an exit goes through the host, which knows what is left.
    fn failed(&mut self, error: ContractError, gas_limit: u64) -> Outcome {
        let gas_used = match error.code {
            ErrorCode::Exited => gas_limit - self.gas_left().min(gas_limit),
            _ => gas_limit,
        };
        Outcome { result: Err(error), gas_used }
    }

    /// Why the guest's code was unwound.
    fn trapped(&mut self, trap: RuntimeError) -> Result<ContractError, HostFault> {
        let grow_failed = self.guest.grow_failed.i32(&self.store) == 1;
        let ending = self.env.as_mut(&mut self.store).ending.take();
        match ending {
            Some(Ending::Host(fault)) => Err(fault),
            Some(Ending::Contract(error)) if error.code == ErrorCode::Exited && grow_failed => {
                Ok(ContractError::new(ErrorCode::OutOfMemory, OUT_OF_MEMORY))
            }
            Some(Ending::Contract(error)) => Ok(error),
            None => {
                let gas = self.guest.gas.i64(&self.store);
                let stack = self.guest.stack.i32(&self.store);
                trap_error(trap, Counters { gas, stack, grow_failed })
            }
        }
    }

    fn gas_left(&self) -> u64 {
        self.guest.gas_left(&self.store)
    }

    fn set_gas(&mut self, gas: u64) {
        self.guest.set_gas(&mut self.store, i64::try_from(gas).unwrap_or(i64::MAX));
        self.guest.stack.set_i32(&mut self.store, STACK_BYTES);
    }
}

#[cfg(test)]
impl Instance {
    /// The memory's bytes and the globals.
    pub(crate) fn state(&self) -> (Vec<u8>, Box<[u128]>) {
        self.body.state(&self.store, &self.guest.memory)
    }

    pub(crate) fn body(&mut self) -> &mut Body {
        &mut self.body
    }
}

fn imports(store: &mut Store, env: &FunctionEnv<Host>) -> Imports {
    let mut imports = Imports::new();
    imports.register_namespace(HOST_MODULE, host_imports(&mut store.as_store_mut(), env));
    imports.register_namespace(WASI_MODULE, wasi_imports(&mut store.as_store_mut(), env));
    imports
}

/// The guest of an instrumented module's instance.
pub(crate) fn guest(module: &Module, memory: Memory, globals: &Globals) -> Result<Guest, HostFault> {
    let counter = |name: &str| -> Result<Counter, HostFault> {
        let found = match module.info().exports.get(name) {
            Some(ExportIndex::Global(index)) => globals.counter(index.as_u32()),
            _ => None,
        };
        found.ok_or_else(|| HostFault::engine(format!("the instrumented module has no global {name}")))
    };
    let (gas, stack, grow_failed) = (counter(names::GAS)?, counter(names::STACK)?, counter(names::GROW_FAILED)?);
    Ok(Guest { memory, gas, stack, grow_failed, stack_pointer: globals.counter(0) })
}

fn export_function<A, R>(exports: &Exports, store: &Store, name: &str) -> Result<TypedFunction<A, R>, HostFault>
where
    A: wasmer::WasmTypeList,
    R: wasmer::WasmTypeList,
{
    exports.get_typed_function(store, name).map_err(HostFault::engine)
}
