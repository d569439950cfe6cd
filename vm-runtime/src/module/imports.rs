//! Which imports a module may have: the host functions and the WASI functions that Go's runtime needs, with their types.

use wasmparser::{FuncType, ValType};

use super::ModuleError;
use crate::host::{HOST_FUNCTIONS, HOST_MODULE, HostFunction};
use crate::wasi::{WASI_FUNCTIONS, WASI_MODULE, WasiFunction};

/// Whether an imported function is one that contracts get.
pub(super) fn check(module: &str, name: &str, found: &FuncType) -> Result<(), ModuleError> {
    let expected = match module {
        HOST_MODULE => HOST_FUNCTIONS.iter().find(|function| function.name == name).map(HostFunction::wasm_type),
        WASI_MODULE => WASI_FUNCTIONS.iter().find(|function| function.name == name).map(WasiFunction::wasm_type),
        _ => None,
    };
    let Some(expected) = expected else { return Err(unknown(module, name)) };
    agree(module, name, found, &expected)
}

fn agree(module: &str, name: &str, found: &FuncType, expected: &FuncType) -> Result<(), ModuleError> {
    if expected == found {
        return Ok(());
    }
    Err(ModuleError::ImportType {
        module: module.to_owned(),
        name: name.to_owned(),
        found: text(found),
        expected: text(expected),
    })
}

/// Whether an imported function is one that programs get.
#[cfg(feature = "programs")]
pub(super) fn check_program(module: &str, name: &str, found: &FuncType) -> Result<(), ModuleError> {
    let expected = if module == WASI_MODULE { crate::program::program_function_type(name) } else { None };
    let Some(expected) = expected else {
        return Err(ModuleError::NotForPrograms { module: module.to_owned(), name: name.to_owned() });
    };
    agree(module, name, found, &expected)
}

/// The error for an import that no contract gets.
pub(super) fn unknown(module: &str, name: &str) -> ModuleError {
    let hint = match (module, name.split('_').next()) {
        (WASI_MODULE, Some("path" | "fd")) => ": contracts have no files",
        (WASI_MODULE, Some("sock")) => ": contracts have no network",
        (WASI_MODULE, _) => ": it is not in the deterministic subset of WASI",
        ("env" | "gojs" | "wasi_unstable" | "wasix_32v1", _) => ": build for WASI preview 1 (GOOS=wasip1)",
        _ => "",
    };
    ModuleError::UnknownImport { module: module.to_owned(), name: name.to_owned(), hint }
}

fn text(ty: &FuncType) -> String {
    let list = |types: &[ValType]| types.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    format!("({}) -> ({})", list(ty.params()), list(ty.results()))
}
