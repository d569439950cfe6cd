//! What can be wrong with a module.

use govm_codec::AbiError;
use wasmparser::BinaryReaderError;

/// Why bytes are no contract that can be deployed. The texts name what was found and what to do; they are for the person
/// who builds the module, and no part of a receipt.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModuleError {
    /// The module is larger than the engine takes.
    #[error("the module has {found} bytes, at most {allowed} are allowed")]
    TooLarge {
        /// The module's size, in bytes.
        found: usize,
        /// The largest size that is allowed, in bytes.
        allowed: usize,
    },
    /// The bytes do not start like WebAssembly.
    #[error("not a WebAssembly module (it does not start with \\0asm); build one with `govm build`")]
    NotWasm,
    /// The module is damaged, or uses a WebAssembly proposal that is not allowed.
    #[error("not valid WebAssembly, or of a proposal that is not allowed: {0}")]
    Invalid(#[source] BinaryReaderError),
    /// Something occurs more often or is larger than allowed.
    #[error("too many or too large: {what}: found {found}, at most {allowed} are allowed")]
    Limit {
        /// What was counted.
        what: &'static str,
        /// How many were found.
        found: u64,
        /// How many are allowed.
        allowed: u64,
    },
    /// An import that no contract gets.
    #[error("the import {module}.{name} is not available to contracts{hint}")]
    UnknownImport {
        /// The import's module.
        module: String,
        /// The import's name.
        name: String,
        /// What to do about it, if something is known.
        hint: &'static str,
    },
    /// An import that no program gets.
    #[error("the import {module}.{name} is not available to programs: it is not in WASI preview 1")]
    NotForPrograms {
        /// The import's module.
        module: String,
        /// The import's name.
        name: String,
    },
    /// An import that exists, with another type.
    #[error("the import {module}.{name} has type {found}, expected {expected}")]
    ImportType {
        /// The import's module.
        module: String,
        /// The import's name.
        name: String,
        /// The type that the module wants.
        found: String,
        /// The type that the host has.
        expected: String,
    },
    /// An export that the engine needs is missing or has another type.
    #[error("the export {name} is missing or not {expected}{hint}")]
    MissingExport {
        /// The export's name.
        name: &'static str,
        /// What it must be.
        expected: &'static str,
        /// What to do about it, if something is known.
        hint: &'static str,
    },
    /// An export with a name that the engine uses itself.
    #[error("the export {0:?} uses the reserved prefix govm.")]
    ReservedExport(String),
    /// The module has a start section, which would run before anything is metered.
    #[error("the module has a start section; export _initialize instead")]
    StartSection,
    /// There is no ABI in the module.
    #[error("the module has no section govm.abi; contracts are built with `govm build`")]
    NoAbi,
    /// There is more than one ABI in the module.
    #[error("the module has more than one section govm.abi")]
    SeveralAbis,
    /// The ABI is no ABI.
    #[error("the section govm.abi: {0}")]
    Abi(#[source] AbiError),
}

impl From<BinaryReaderError> for ModuleError {
    fn from(error: BinaryReaderError) -> Self {
        Self::Invalid(error)
    }
}
