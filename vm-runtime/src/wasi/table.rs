//! The WASI functions that contracts get: the list, their types, and the dispatch.

use wasmer::{Exports, Function, FunctionEnv, FunctionEnvMut, StoreMut};
use wasmer_wasix_types::wasi::Errno;
use wasmparser::{FuncType, ValType};

use super::{functions, poll};
use crate::gas::WASI_BASE_GAS;
use crate::gas::hosts::HostPrice;
use crate::host::{Cx, Host, Stop, Unwind};

/// The import module of WASI preview 1.
pub(crate) const WASI_MODULE: &str = "wasi_snapshot_preview1";

/// What each WASI function costs; data that is moved costs extra by its length.
const PRICE: HostPrice = HostPrice { base_gas: WASI_BASE_GAS, per_byte_gas: 0 };

/// What a contract may import from WASI preview 1: each function's name, and its parameters as letters, `i` for i32 and `l`
/// for i64. All but `proc_exit` return an error number, an i32.
pub fn contract_wasi_functions() -> impl Iterator<Item = (&'static str, String)> {
    let letters = |function: &WasiFunction| {
        function.params.iter().map(|ty| if *ty == ValType::I64 { 'l' } else { 'i' }).collect()
    };
    WASI_FUNCTIONS.iter().map(move |function| (function.name, letters(function)))
}

/// A WASI function, as data.
pub(crate) struct WasiFunction {
    pub(crate) name: &'static str,
    params: &'static [ValType],
    results: &'static [ValType],
}

impl WasiFunction {
    pub(crate) fn wasm_type(&self) -> FuncType {
        FuncType::new(self.params.iter().copied(), self.results.iter().copied())
    }
}

macro_rules! wasi_functions {
    ($(fn $name:ident($($param:ident: $ty:ident),*) $(-> $result:ident)? = $module:ident;)*) => {
        /// Every WASI function that a contract may import.
        pub(crate) const WASI_FUNCTIONS: &[WasiFunction] = &[$(WasiFunction {
            name: stringify!($name),
            params: &[$(wasi_functions!(@wasm $ty)),*],
            results: &[$(wasi_functions!(@wasm $result))?],
        }),*];

        /// The functions for an instance.
        pub(crate) fn wasi_imports(store: &mut StoreMut<'_>, env: &FunctionEnv<Host>) -> Exports {
            let mut exports = Exports::new();
            $(
                let function = Function::new_typed_with_env(
                    store,
                    env,
                    |mut env: FunctionEnvMut<'_, Host>, $($param: $ty),*| {
                        let mut cx = Cx::enter(&mut env, PRICE)?;
                        let result: Result<Errno, Stop> = $module::$name(&mut cx, $($param),*);
                        wasi_functions!(@answer cx, result $(, $result)?)
                    },
                );
                exports.insert(stringify!($name), function);
            )*
            exports
        }
    };
    (@wasm u32) => { ValType::I32 };
    (@wasm u64) => { ValType::I64 };
    (@wasm errno) => { ValType::I32 };
    (@answer $cx:ident, $result:ident, errno) => { errno(&mut $cx, $result) };
    (@answer $cx:ident, $result:ident) => { errno(&mut $cx, $result).map(|_| ()) };
}

wasi_functions! {
    fn args_get(argv: u32, buf: u32) -> errno = functions;
    fn args_sizes_get(count: u32, size: u32) -> errno = functions;
    fn clock_res_get(clock: u32, dst: u32) -> errno = functions;
    fn clock_time_get(clock: u32, precision: u64, dst: u32) -> errno = functions;
    fn environ_get(environ: u32, buf: u32) -> errno = functions;
    fn environ_sizes_get(count: u32, size: u32) -> errno = functions;
    fn fd_close(fd: u32) -> errno = functions;
    fn fd_fdstat_get(fd: u32, dst: u32) -> errno = functions;
    fn fd_fdstat_set_flags(fd: u32, flags: u32) -> errno = functions;
    fn fd_prestat_get(fd: u32, dst: u32) -> errno = functions;
    fn fd_prestat_dir_name(fd: u32, path: u32, path_len: u32) -> errno = functions;
    fn fd_read(fd: u32, iovs: u32, count: u32, read: u32) -> errno = functions;
    fn fd_write(fd: u32, iovs: u32, count: u32, written: u32) -> errno = functions;
    fn poll_oneoff(subscriptions: u32, events: u32, count: u32, filled: u32) -> errno = poll;
    fn proc_exit(code: u32) = functions;
    fn random_get(buf: u32, len: u32) -> errno = functions;
    fn sched_yield() -> errno = functions;
}

/// The error number as the guest gets it. A refusal (a length over its bound) is an invalid argument in WASI's words.
fn errno(cx: &mut Cx<'_>, result: Result<Errno, Stop>) -> Result<i32, Unwind> {
    match result {
        Ok(errno) => Ok(errno as i32),
        Err(Stop::Refused(_)) => Ok(Errno::Inval as i32),
        Err(stop) => Err(cx.end(stop)),
    }
}
