//! One instance of a contract's module: made, initialised, and called once.

use govm_core::{ContractError, ErrorCode, HostFault};
use wasmer::{AsStoreMut, Exports, FunctionEnv, Global, Imports, RuntimeError, Store, TypedFunction, Value};

use crate::compile::Compiled;
use crate::host::{CallState, Ending, Guest, HOST_MODULE, Host, host_imports};
use crate::instrument::{STACK_BYTES, names};
use crate::module::{DISPATCH_EXPORT, INITIALIZE_EXPORT, MEMORY_EXPORT};
use crate::outcome::{Counters, OUT_OF_MEMORY, Outcome, trap_error};
use crate::session::Session;
use crate::wasi::{WASI_MODULE, Wasi, wasi_imports};

/// Most gas that a module may use to initialise. Go's runtime needs about 1 million.
pub(crate) const INITIALIZE_GAS: u64 = 100_000_000;

/// An instance that is initialised and waits for its call.
pub(crate) struct Instance {
    store: Store,
    env: FunctionEnv<Host>,
    guest: Guest,
    dispatch: TypedFunction<(i32, i32), i32>,
    /// What the initialisation used.
    pub(crate) initialize_gas: u64,
}

/// What came of a call, with what it ran on.
pub(crate) struct Ran {
    pub(crate) session: Session,
    pub(crate) outcome: Outcome,
    pub(crate) trace: Vec<u8>,
}

impl Instance {
    /// Makes an instance and initialises it. What happens depends on the code alone: the clock stands at 0 and the random
    /// stream is seeded with the code's hash, so that a snapshot of the result can serve every call.
    ///
    /// The inner error is the contract's: its initialisation failed.
    pub(crate) fn start(compiled: &Compiled) -> Result<Result<Self, ContractError>, HostFault> {
        let mut store = Store::new(compiled.engine.clone());
        let wasi = Wasi::new(0, *compiled.code_hash.as_bytes());
        let env = FunctionEnv::new(&mut store, Host { guest: None, wasi, call: None, ending: None });
        let imports = imports(&mut store, &env);
        let instance = wasmer::Instance::new(&mut store, &compiled.module, &imports).map_err(HostFault::engine)?;
        let guest = guest(&instance.exports)?;
        env.as_mut(&mut store).guest = Some(guest.clone());
        let initialize: TypedFunction<(), ()> = export_function(&instance.exports, &store, INITIALIZE_EXPORT)?;
        let dispatch = export_function(&instance.exports, &store, DISPATCH_EXPORT)?;
        let mut this = Self { store, env, guest, dispatch, initialize_gas: 0 };

        this.set_gas(INITIALIZE_GAS)?;
        let result = initialize.call(&mut this.store);
        if let Err(trap) = result {
            let error = this.trapped(trap)?;
            return Ok(Err(ContractError::new(ErrorCode::InitializationFailed, error.to_string())));
        }
        this.initialize_gas = INITIALIZE_GAS - this.gas_left();
        this.env.as_mut(&mut this.store).wasi.take_trace();
        Ok(Ok(this))
    }

    /// Runs one function of the contract with at most `gas_limit`.
    pub(crate) fn run(mut self, function: u32, call: CallState, wasi: Wasi, gas_limit: u64) -> Result<Ran, HostFault> {
        let input_bytes = i32::try_from(call.input.len()).map_err(HostFault::engine)?;
        self.set_gas(gas_limit)?;
        let host = self.env.as_mut(&mut self.store);
        host.wasi = wasi;
        host.call = Some(call);

        let returned = self.dispatch.call(&mut self.store, function as i32, input_bytes);
        let outcome = match returned {
            Ok(code) => self.returned(code, gas_limit),
            Err(trap) => {
                let error = self.trapped(trap)?;
                self.failed(error, gas_limit)
            }
        };
        let host = self.env.as_mut(&mut self.store);
        let trace = host.wasi.take_trace();
        let session = host.call.take().and_then(|call| call.session);
        let session = session.ok_or_else(|| HostFault::engine("a call lost its session"))?;
        Ok(Ran { session, outcome, trace })
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
        let grow_failed = self.guest.grow_failed.get(&mut self.store) == Value::I32(1);
        let ending = self.env.as_mut(&mut self.store).ending.take();
        match ending {
            Some(Ending::Host(fault)) => Err(fault),
            Some(Ending::Contract(error)) if error.code == ErrorCode::Exited && grow_failed => {
                Ok(ContractError::new(ErrorCode::OutOfMemory, OUT_OF_MEMORY))
            }
            Some(Ending::Contract(error)) => Ok(error),
            None => {
                let gas = self.guest.gas(&mut self.store);
                let stack = match self.guest.stack.get(&mut self.store) {
                    Value::I32(stack) => stack,
                    _ => 0,
                };
                trap_error(trap, Counters { gas, stack, grow_failed })
            }
        }
    }

    fn gas_left(&mut self) -> u64 {
        self.guest.gas_left(&mut self.store)
    }

    fn set_gas(&mut self, gas: u64) -> Result<(), HostFault> {
        let gas = i64::try_from(gas).unwrap_or(i64::MAX);
        self.guest.set_gas(&mut self.store, gas)?;
        self.guest.stack.set(&mut self.store, Value::I32(STACK_BYTES)).map_err(HostFault::engine)
    }
}

fn imports(store: &mut Store, env: &FunctionEnv<Host>) -> Imports {
    let mut imports = Imports::new();
    imports.register_namespace(HOST_MODULE, host_imports(&mut store.as_store_mut(), env));
    imports.register_namespace(WASI_MODULE, wasi_imports(&mut store.as_store_mut(), env));
    imports
}

fn guest(exports: &Exports) -> Result<Guest, HostFault> {
    let global =
        |name: &str| -> Result<Global, HostFault> { exports.get_global(name).cloned().map_err(HostFault::engine) };
    Ok(Guest {
        memory: exports.get_memory(MEMORY_EXPORT).map_err(HostFault::engine)?.clone(),
        gas: global(names::GAS)?,
        stack: global(names::STACK)?,
        grow_failed: global(names::GROW_FAILED)?,
    })
}

fn export_function<A, R>(exports: &Exports, store: &Store, name: &str) -> Result<TypedFunction<A, R>, HostFault>
where
    A: wasmer::WasmTypeList,
    R: wasmer::WasmTypeList,
{
    exports.get_typed_function(store, name).map_err(HostFault::engine)
}
