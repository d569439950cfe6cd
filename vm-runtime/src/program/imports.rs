//! What a program can import: WASI preview 1, each function metered, some of them virtual, some refused.

use std::mem::{offset_of, size_of};

use govm_core::ErrorCode;
use wasmer::{Function, FunctionEnv, FunctionEnvMut, FunctionType, Memory32, RuntimeError, Store, Value};
use wasmer_wasix_types::types::__wasi_ciovec_t;
use wasmer_wasix_types::wasi::Errno;
use wasmparser::{FuncType, ValType};

use crate::gas::hosts::HostPrice;
use crate::gas::{PROGRAM_CALL_GAS, PROGRAM_PATH_GAS};
use crate::host::{Cx, Host, Stop, Unwind};
use crate::wasi::number;

type Ciovec = __wasi_ciovec_t<Memory32>;

/// Most pieces of one vectored read or write.
const MAX_IOVECS: u32 = 1024;

/// Most descriptors that may be open at a time.
const MAX_DESCRIPTORS: u32 = 16_384;

/// What happens at a call of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// It works on descriptors.
    Plain,
    /// It reads or writes the pieces of a list, whose address and count are these arguments.
    Pieces(usize, usize),
    /// It fills a buffer, whose length is this argument.
    Buffer(usize),
    /// It walks along a path.
    Path,
    /// It opens a descriptor and writes its number to the address that this argument is.
    Open(usize),
    /// It ends the program.
    Exit,
    /// The one that contracts have, unless the program runs in real time.
    Virtual,
    /// It is not there for programs in a sandbox: `notsup`.
    Refused,
}

/// The functions of WASI preview 1: name, parameters, what happens. A parameter is i for an i32 and l for an i64, or the address
/// of bytes (b), of words of 4 bytes (w), or of records of 8-byte words (d), an i32 too. All but `proc_exit` return an error
/// number, an i32.
const FUNCTIONS: &[(&str, &str, Kind)] = &[
    ("args_get", "wb", Kind::Plain),
    ("args_sizes_get", "ww", Kind::Plain),
    ("clock_res_get", "id", Kind::Virtual),
    ("clock_time_get", "ild", Kind::Virtual),
    ("environ_get", "wb", Kind::Plain),
    ("environ_sizes_get", "ww", Kind::Plain),
    ("fd_advise", "illi", Kind::Plain),
    ("fd_allocate", "ill", Kind::Plain),
    ("fd_close", "i", Kind::Plain),
    ("fd_datasync", "i", Kind::Plain),
    ("fd_fdstat_get", "id", Kind::Plain),
    ("fd_fdstat_set_flags", "ii", Kind::Plain),
    ("fd_fdstat_set_rights", "ill", Kind::Plain),
    ("fd_filestat_get", "id", Kind::Plain),
    ("fd_filestat_set_size", "il", Kind::Plain),
    ("fd_filestat_set_times", "illi", Kind::Plain),
    ("fd_pread", "iwilw", Kind::Pieces(1, 2)),
    ("fd_prestat_dir_name", "ibi", Kind::Plain),
    ("fd_prestat_get", "iw", Kind::Plain),
    ("fd_pwrite", "iwilw", Kind::Pieces(1, 2)),
    ("fd_read", "iwiw", Kind::Pieces(1, 2)),
    ("fd_readdir", "ibilw", Kind::Buffer(2)),
    ("fd_renumber", "ii", Kind::Plain),
    ("fd_seek", "ilid", Kind::Plain),
    ("fd_sync", "i", Kind::Plain),
    ("fd_tell", "id", Kind::Plain),
    ("fd_write", "iwiw", Kind::Pieces(1, 2)),
    ("path_create_directory", "ibi", Kind::Path),
    ("path_filestat_get", "iibid", Kind::Path),
    ("path_filestat_set_times", "iibilli", Kind::Path),
    ("path_link", "iibiibi", Kind::Path),
    ("path_open", "iibiilliw", Kind::Open(8)),
    ("path_readlink", "ibibiw", Kind::Path),
    ("path_remove_directory", "ibi", Kind::Path),
    ("path_rename", "ibiibi", Kind::Path),
    ("path_symlink", "biibi", Kind::Path),
    ("path_unlink_file", "ibi", Kind::Path),
    ("poll_oneoff", "ddiw", Kind::Virtual),
    ("proc_exit", "i", Kind::Exit),
    ("proc_raise", "i", Kind::Refused),
    ("random_get", "bi", Kind::Virtual),
    ("sched_yield", "", Kind::Virtual),
    ("sock_accept", "iiw", Kind::Refused),
    ("sock_recv", "iwiiww", Kind::Refused),
    ("sock_send", "iwiiw", Kind::Refused),
    ("sock_shutdown", "ii", Kind::Refused),
];

/// What a program may import from WASI preview 1: each function's name, and its parameters as letters, `l` for i64 and any other
/// for i32. All but `proc_exit` return an error number, an i32.
pub fn program_functions() -> impl Iterator<Item = (&'static str, &'static str)> {
    FUNCTIONS.iter().map(|(name, params, _)| (*name, *params))
}

/// The type of a function that programs may import.
pub(crate) fn program_function_type(name: &str) -> Option<FuncType> {
    let (_, params) = program_functions().find(|(known, _)| *known == name)?;
    let params = params.chars().map(|letter| if letter == 'l' { ValType::I64 } else { ValType::I32 });
    Some(FuncType::new(params, (name != "proc_exit").then_some(ValType::I32)))
}

/// What unwinds a program that exits, with its code.
#[derive(Debug, thiserror::Error)]
#[error("the program exits with {0}")]
pub(super) struct Exit(pub(super) u32);

/// Whether each address is a multiple of what it points to, as WASI wants it. wasmer-wasix makes references of these addresses
/// and relies on that.
fn are_aligned(params: &str, args: &[Value]) -> bool {
    params.chars().enumerate().all(|(at, letter)| match letter {
        'w' => word(args, at).is_multiple_of(4),
        'd' => word(args, at).is_multiple_of(8),
        _ => true,
    })
}

fn kind(name: &str) -> Option<Kind> {
    FUNCTIONS.iter().find(|(known, ..)| *known == name).map(|(_, _, kind)| *kind)
}

/// Which implementation serves a function: wasmer-wasix's, or the one that contracts have.
pub(super) fn is_virtual(name: &str) -> bool {
    kind(name) == Some(Kind::Virtual)
}

/// A function of wasmer-wasix behind the meter.
pub(super) fn metered(
    store: &mut Store,
    env: &FunctionEnv<Host>,
    name: &str,
    ty: FunctionType,
    inner: Function,
) -> Function {
    let found = FUNCTIONS.iter().find(|(known, ..)| *known == name);
    let (params, kind) = found.map_or(("", Kind::Refused), |(_, params, kind)| (*params, *kind));
    Function::new_with_env(store, env, ty, move |mut env: FunctionEnvMut<'_, Host>, args: &[Value]| {
        if let Some(errno) = before(&mut env, kind, args).map_err(unwind)? {
            return Ok(vec![Value::I32(errno as i32)]);
        }
        if kind == Kind::Exit {
            return Err(RuntimeError::user(Box::new(Exit(word(args, 0)))));
        }
        if !are_aligned(params, args) {
            return Ok(vec![Value::I32(Errno::Fault as i32)]);
        }
        let results = inner.call(&mut env, args)?.into_vec();
        after(&mut env, kind, args, &results).map_err(unwind)?;
        Ok(results)
    })
}

fn unwind(unwind: Unwind) -> RuntimeError {
    RuntimeError::user(Box::new(unwind))
}

fn word(args: &[Value], at: usize) -> u32 {
    match args.get(at) {
        Some(Value::I32(word)) => *word as u32,
        _ => 0,
    }
}

/// Takes the price of a call before it does anything; an error number if it is not to happen at all.
fn before(env: &mut FunctionEnvMut<'_, Host>, kind: Kind, args: &[Value]) -> Result<Option<Errno>, Unwind> {
    let base_gas = if matches!(kind, Kind::Path | Kind::Open(_)) { PROGRAM_PATH_GAS } else { PROGRAM_CALL_GAS };
    let mut cx = Cx::enter(env, HostPrice { base_gas, per_byte_gas: 0 })?;
    let charged = match kind {
        Kind::Refused => return Ok(Some(Errno::Notsup)),
        Kind::Pieces(_, count) if word(args, count) > MAX_IOVECS => return Ok(Some(Errno::Inval)),
        Kind::Pieces(list, count) => charge_pieces(&mut cx, word(args, list), word(args, count)),
        Kind::Buffer(len) => cx.charge_bytes(word(args, len) as usize),
        _ => Ok(()),
    };
    charged.map(|()| None).map_err(|stop| cx.end(stop))
}

fn charge_pieces(cx: &mut Cx<'_>, list: u32, count: u32) -> Result<(), Stop> {
    let bytes = count * size_of::<Ciovec>() as u32;
    let list = cx.read(list, bytes, ("list of buffers", usize::MAX))?;
    let total: u64 = list
        .chunks_exact(size_of::<Ciovec>())
        .map(|piece| number(piece, offset_of!(Ciovec, buf_len), size_of::<u32>()))
        .sum();
    cx.charge_bytes(usize::try_from(total).unwrap_or(usize::MAX))
}

/// Ends a program that opens more and more.
fn after(env: &mut FunctionEnvMut<'_, Host>, kind: Kind, args: &[Value], results: &[Value]) -> Result<(), Unwind> {
    let (Kind::Open(fd), Some(Value::I32(0))) = (kind, results.first()) else { return Ok(()) };
    let mut cx = Cx::enter(env, HostPrice { base_gas: 0, per_byte_gas: 0 })?;
    let opened = cx.read_array(word(args, fd)).map(u32::from_le_bytes).and_then(|opened| {
        if opened < MAX_DESCRIPTORS {
            return Ok(());
        }
        Err(Stop::end(ErrorCode::LimitExceeded, format!("more than {MAX_DESCRIPTORS} descriptors are open")))
    });
    opened.map_err(|stop| cx.end(stop))
}

#[cfg(test)]
mod tests {
    use super::{FUNCTIONS, Kind, program_function_type};
    use crate::wasi::{WASI_FUNCTIONS, WasiFunction};

    #[test]
    fn programs_have_every_function_of_preview_1_once_and_in_order() {
        assert_eq!(FUNCTIONS.len(), 46);
        assert!(FUNCTIONS.is_sorted_by(|(a, ..), (b, ..)| a < b));
    }

    #[test]
    fn what_is_virtual_is_what_contracts_have() {
        for (name, _, kind) in FUNCTIONS {
            if *kind == Kind::Virtual {
                let ours = WASI_FUNCTIONS.iter().find(|function| function.name == *name);
                assert_eq!(ours.map(WasiFunction::wasm_type), program_function_type(name), "{name}");
            }
        }
    }
}
