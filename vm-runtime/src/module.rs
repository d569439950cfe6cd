//! The check that a module passes before any compiler sees it: structure, imports, exports and ABI.

mod error;
mod imports;
mod limits;
mod pass;

use govm_codec::Abi;
use wasmparser::{BinaryReaderError, Parser, Payload, Validator, WasmFeatures};

use crate::runtime::EngineConfig;

pub use error::ModuleError;
use pass::Pass;

/// The custom section that holds a contract's ABI.
pub const ABI_SECTION: &str = "govm.abi";

/// The exported function that runs a contract's functions: `(function index, input length in bytes) -> error code`.
pub(crate) const DISPATCH_EXPORT: &str = "govm_call";

/// The exported function that initialises a reactor module.
pub(crate) const INITIALIZE_EXPORT: &str = "_initialize";

/// The exported function that runs a command module, a whole program.
pub(crate) const START_EXPORT: &str = "_start";

/// The exported memory.
pub(crate) const MEMORY_EXPORT: &str = "memory";

/// The WebAssembly proposals that modules may use: what Go and LLVM emit by default and every engine does the same.
/// Floats are among them (their NaNs are made canonical); vectors, threads, exceptions, tail calls, 64-bit or several
/// memories and garbage-collected types are not.
const FEATURES: WasmFeatures = WasmFeatures::LIME1;

/// What the check found out about a module.
#[derive(Debug)]
pub(crate) struct Checked {
    /// The contract's ABI.
    pub(crate) abi: Abi,
    /// The largest operand stack height of each function with a body, in order.
    pub(crate) heights: Vec<u32>,
    /// Whether an optimising compiler has the code in a time that is in proportion to its size.
    pub(crate) optimisable: bool,
}

/// Reads a module's ABI without checking the rest.
///
/// # Errors
/// The bytes are not WebAssembly, or hold no single, well-formed ABI.
pub fn read_abi(wasm: &[u8]) -> Result<Abi, ModuleError> {
    if !wasm.starts_with(b"\0asm") {
        return Err(ModuleError::NotWasm);
    }
    let mut found = None;
    for payload in Parser::new(0).parse_all(wasm) {
        if let Payload::CustomSection(section) = payload?
            && section.name() == ABI_SECTION
            && found.replace(section.data()).is_some()
        {
            return Err(ModuleError::SeveralAbis);
        }
    }
    Abi::from_json(found.ok_or(ModuleError::NoAbi)?).map_err(ModuleError::Abi)
}

/// Checks that a module could be deployed by an engine with this configuration, and returns its ABI. Nothing of the
/// module runs, and nothing is compiled.
///
/// # Errors
/// What is wrong with the module.
pub fn check_module(wasm: &[u8], config: &EngineConfig) -> Result<Abi, ModuleError> {
    check(wasm, config.max_module_bytes, config.max_memory_pages).map(|checked| checked.abi)
}

/// Checks a module of at most `max_bytes` whose memory starts with at most `max_pages` pages of 64 KiB.
pub(crate) fn check(wasm: &[u8], max_bytes: usize, max_pages: u32) -> Result<Checked, ModuleError> {
    if wasm.len() > max_bytes {
        return Err(ModuleError::TooLarge { found: wasm.len(), allowed: max_bytes });
    }
    let abi = read_abi(wasm)?;
    let pass = Pass::through(wasm, imports::check, max_pages)?;
    pass.contract_exports()?;
    Ok(Checked { abi, heights: pass.heights, optimisable: pass.optimisable })
}

/// Checks a WASI program of at most `max_bytes` whose memory starts with at most `max_pages` pages of 64 KiB: a command module,
/// with the limits of contracts otherwise. What it finds is the largest operand stack height of each function with a body,
/// in order.
#[cfg(feature = "programs")]
pub(crate) fn check_program(wasm: &[u8], max_bytes: usize, max_pages: u32) -> Result<Vec<u32>, ModuleError> {
    if wasm.len() > max_bytes {
        return Err(ModuleError::TooLarge { found: wasm.len(), allowed: max_bytes });
    }
    if !wasm.starts_with(b"\0asm") {
        return Err(ModuleError::NotWasm);
    }
    let pass = Pass::through(wasm, imports::check_program, max_pages)?;
    pass.program_exports()?;
    Ok(pass.heights)
}

/// Validates any module, contract or not, and counts what is in it: the largest operand stack height of each function
/// with a body, in order.
pub(crate) fn operand_heights(wasm: &[u8], max_pages: u32) -> Result<Vec<u32>, ModuleError> {
    Ok(Pass::through(wasm, |_, _, _| Ok(()), max_pages)?.heights)
}

/// Validates a module that was made from a checked one.
pub(crate) fn validate(wasm: &[u8]) -> Result<(), BinaryReaderError> {
    Validator::new_with_features(FEATURES).validate_all(wasm).map(drop)
}
