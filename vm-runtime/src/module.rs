//! The check that a module passes before any compiler sees it: structure, imports, exports and ABI.

mod imports;
mod limits;

use govm_codec::{Abi, AbiError};
use wasmparser::{
    BinaryReaderError, Export, ExternalKind, FuncType, FuncValidatorAllocations, FunctionBody, Parser, Payload,
    TypeRef, ValType, ValidPayload, Validator, WasmFeatures,
};

use crate::instrument::names;
use crate::runtime::EngineConfig;

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

/// What the check found out about a module.
#[derive(Debug)]
pub(crate) struct Checked {
    /// The contract's ABI.
    pub(crate) abi: Abi,
    /// The largest operand stack height of each function with a body, in order.
    pub(crate) heights: Vec<u32>,
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
    Ok(Checked { abi, heights: pass.heights })
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

/// Whether ways can part or meet at an operator.
fn starts_block(operator: &wasmparser::Operator<'_>) -> bool {
    use wasmparser::Operator as O;
    matches!(operator, O::Block { .. } | O::Loop { .. } | O::If { .. } | O::Else | O::BrIf { .. } | O::BrTable { .. })
}

/// Says whether a function may be imported: module, name, type.
type ImportRule = fn(&str, &str, &FuncType) -> Result<(), ModuleError>;

/// What is gathered on the way through a module.
struct Pass {
    allowed: ImportRule,
    /// The most pages of 64 KiB that a memory may start with.
    max_pages: u32,
    types: Vec<FuncType>,
    /// The type of each function, imported ones first.
    functions: Vec<u32>,
    exports: Vec<(String, ExternalKind, u32)>,
    heights: Vec<u32>,
    allocations: FuncValidatorAllocations,
}

impl Pass {
    /// The way through a module whose imports obey a rule.
    fn through(wasm: &[u8], allowed: ImportRule, max_pages: u32) -> Result<Self, ModuleError> {
        let mut pass = Self {
            allowed,
            max_pages,
            types: Vec::new(),
            functions: Vec::new(),
            exports: Vec::new(),
            heights: Vec::new(),
            allocations: FuncValidatorAllocations::default(),
        };
        let mut validator = Validator::new_with_features(FEATURES);
        for payload in Parser::new(0).parse_all(wasm) {
            let payload = payload?;
            pass.section(&payload)?;
            if let ValidPayload::Func(function, body) = validator.payload(&payload)? {
                let mut function = function.into_validator(std::mem::take(&mut pass.allocations));
                let height = pass.body(&mut function, &body)?;
                pass.heights.push(height);
                pass.allocations = function.into_allocations();
            }
        }
        Ok(pass)
    }

    /// Counts and looks at a section, before the validator sees it.
    fn section(&mut self, payload: &Payload<'_>) -> Result<(), ModuleError> {
        limits::check_section(payload)?;
        match payload {
            Payload::TypeSection(section) => {
                for ty in section.clone().into_iter_err_on_gc_types() {
                    let ty = ty?;
                    limits::PARAMS.check(ty.params().len())?;
                    limits::RESULTS.check(ty.results().len())?;
                    self.types.push(ty);
                }
            }
            Payload::ImportSection(section) => {
                for import in section.clone().into_imports() {
                    let import = import?;
                    let TypeRef::Func(ty) = import.ty else {
                        return Err(imports::unknown(import.module, import.name));
                    };
                    if let Some(found) = self.types.get(ty as usize) {
                        (self.allowed)(import.module, import.name, found)?;
                    }
                    self.functions.push(ty);
                }
            }
            Payload::FunctionSection(section) => {
                for ty in section.clone() {
                    self.functions.push(ty?);
                }
            }
            Payload::ExportSection(section) => {
                for export in section.clone() {
                    let Export { name, kind, index } = export?;
                    if name.starts_with(names::PREFIX) {
                        return Err(ModuleError::ReservedExport(name.to_owned()));
                    }
                    self.exports.push((name.to_owned(), kind, index));
                }
            }
            Payload::MemorySection(section) => {
                for memory in section.clone() {
                    limits::check_memory(memory?.initial, self.max_pages)?;
                }
            }
            Payload::StartSection { .. } => return Err(ModuleError::StartSection),
            _ => {}
        }
        Ok(())
    }

    /// Validates a body; its largest operand stack height.
    fn body<T: wasmparser::WasmModuleResources>(
        &mut self,
        validator: &mut wasmparser::FuncValidator<T>,
        body: &FunctionBody<'_>,
    ) -> Result<u32, ModuleError> {
        limits::BODY_BYTES.check(body.range().end.saturating_sub(body.range().start))?;
        let mut reader = body.get_binary_reader();
        validator.read_locals(&mut reader)?;
        limits::LOCALS.check(validator.len_locals())?;
        reader.set_features(FEATURES);
        let mut operators = wasmparser::OperatorsReader::new(reader);
        let (mut height, mut blocks) = (0, 1);
        while !operators.eof() {
            let (operator, offset) = operators.read_with_offset()?;
            if let wasmparser::Operator::BrTable { targets } = &operator {
                limits::BRANCH_TARGETS.check(targets.len())?;
            }
            validator.op(offset, &operator)?;
            limits::NESTING.check(validator.control_stack_height())?;
            height = height.max(validator.operand_stack_height());
            blocks += u64::from(starts_block(&operator));
        }
        limits::OPERANDS.check(height)?;
        limits::LOCALS_IN_BLOCKS.check(blocks * u64::from(validator.len_locals()))?;
        operators.finish()?;
        Ok(height)
    }

    fn has(&self, name: &str, kind: ExternalKind) -> bool {
        self.exports.iter().any(|(n, k, _)| n == name && *k == kind)
    }

    /// The type of an exported function.
    fn function(&self, name: &str) -> Option<(&[ValType], &[ValType])> {
        let (_, _, index) = self.exports.iter().find(|(n, k, _)| n == name && *k == ExternalKind::Func)?;
        let ty = self.types.get(*self.functions.get(*index as usize)? as usize)?;
        Some((ty.params(), ty.results()))
    }

    fn memory_export(&self) -> Result<(), ModuleError> {
        if self.has(MEMORY_EXPORT, ExternalKind::Memory) {
            return Ok(());
        }
        Err(ModuleError::MissingExport { name: MEMORY_EXPORT, expected: "a memory", hint: "" })
    }

    /// Whether everything that the engine calls of a contract is there.
    fn contract_exports(&self) -> Result<(), ModuleError> {
        use ValType::I32;
        let missing = |name, expected, hint| Err(ModuleError::MissingExport { name, expected, hint });
        self.memory_export()?;
        if self.function(INITIALIZE_EXPORT) != Some((&[], &[])) {
            let command = self.has(START_EXPORT, ExternalKind::Func);
            let hint =
                if command { "; the module is a command, build it as a reactor (-buildmode=c-shared)" } else { "" };
            return missing(INITIALIZE_EXPORT, "a function without parameters and results", hint);
        }
        if self.function(DISPATCH_EXPORT) != Some((&[I32, I32], &[I32])) {
            return missing(DISPATCH_EXPORT, "a function (i32, i32) -> i32", "; contracts are built with `govm build`");
        }
        Ok(())
    }

    /// Whether everything that the engine calls of a program is there.
    #[cfg(feature = "programs")]
    fn program_exports(&self) -> Result<(), ModuleError> {
        self.memory_export()?;
        if self.function(START_EXPORT) == Some((&[], &[])) {
            return Ok(());
        }
        let reactor = self.has(INITIALIZE_EXPORT, ExternalKind::Func);
        let hint = if reactor { "; the module is a library, build it as a program" } else { "" };
        Err(ModuleError::MissingExport {
            name: START_EXPORT,
            expected: "a function without parameters and results",
            hint,
        })
    }
}
