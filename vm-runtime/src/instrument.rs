//! Adds gas and stack accounting to a module: a pure function from wasm to wasm.
//!
//! The module counts for itself, so that every compiler and interpreter agrees to the last unit. Three globals are added
//! and exported under the names in [`names`]:
//!
//! - `gas` (i64): what is left. Each basic block subtracts its whole price before its first operator; below zero the
//!   block does not run. Inside a function the counter is in a local, written back around calls.
//! - `stack` (i32): the bytes of stack that are left. Each function that calls others subtracts an upper estimate of its
//!   frame on entry and adds it back on exit.
//! - `grow_failed` (i32): set to 1 when `memory.grow` was refused, to tell exhausted memory from other failures.
//!
//! The memory gets the maximum that the engine grants, so that growth fails in the same place everywhere. Custom sections
//! are dropped. The input must have passed [`check`](crate::module::check).

mod body;

use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{
    CodeSection, ConstExpr, ExportKind, ExportSection, GlobalSection, GlobalType, MemorySection, MemoryType, Module,
    RawSection, SectionId, TypeSection, ValType,
};
use wasmparser::{FunctionBody, Parser, Payload};

use body::{Layout, instrument_body};

/// The names of the exported globals. No module may export a name with this prefix itself.
pub(crate) mod names {
    /// What every name here starts with.
    pub(crate) const PREFIX: &str = "govm.";
    /// Gas that is left, i64.
    pub(crate) const GAS: &str = "govm.gas";
    /// Bytes of stack that are left, i32.
    pub(crate) const STACK: &str = "govm.stack";
    /// 1 after a refused growth, i32.
    pub(crate) const GROW_FAILED: &str = "govm.grow_failed";
}

/// The version of the transformation; compiled code is cached under it.
pub(crate) const INSTRUMENTATION_VERSION: u32 = 1;

/// The accounted stack of one call, in bytes. The native stack is [four times](crate::compile::NATIVE_STACK_BYTES) as
/// large, so that a native overflow cannot come first.
pub(crate) const STACK_BYTES: i32 = 4 << 20;

/// A module that cannot be instrumented: it was not checked, or the transformation has a bug.
#[derive(Debug, thiserror::Error)]
#[error("instrumentation: {0}")]
pub(crate) struct InstrumentError(String);

impl InstrumentError {
    fn new(cause: impl std::fmt::Display) -> Self {
        Self(cause.to_string())
    }
}

/// Instruments a checked module. `heights` has the largest operand stack height of each of its functions, in order.
pub(crate) fn instrument(wasm: &[u8], heights: &[u32], max_pages: u32) -> Result<Vec<u8>, InstrumentError> {
    let mut sections = Sections::default();
    let mut bodies: Vec<FunctionBody<'_>> = Vec::with_capacity(heights.len());
    let mut raw = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload.map_err(InstrumentError::new)?;
        match &payload {
            Payload::CodeSectionEntry(body) => bodies.push(body.clone()),
            Payload::CodeSectionStart { .. } | Payload::CustomSection(_) => {}
            _ => {
                let copied = sections.take(&payload, max_pages)?;
                if let (false, Some((id, range))) = (copied, payload.as_section()) {
                    raw.push(RawSection { id, data: &wasm[range.start as usize..range.end as usize] });
                }
            }
        }
    }
    let layout = sections.finish();
    if bodies.len() != heights.len() {
        return Err(InstrumentError::new("functions and heights differ in number"));
    }
    let mut code = CodeSection::new();
    for (index, (body, &height)) in bodies.iter().zip(heights).enumerate() {
        code.function(&instrument_body(body, index, height, &mut sections, layout).map_err(InstrumentError::new)?);
    }
    Ok(sections.assemble(&raw, &code))
}

/// The sections that are rewritten, and what function bodies need to know of them.
#[derive(Default)]
pub(crate) struct Sections {
    types: TypeSection,
    /// The parameters and results of each type.
    signatures: Vec<(Vec<ValType>, Vec<ValType>)>,
    /// The type of each function that has a body.
    functions: Vec<u32>,
    memory: MemorySection,
    globals: GlobalSection,
    exports: ExportSection,
}

impl Sections {
    /// Takes a section that is rewritten; false for one that is copied as it is.
    fn take(&mut self, payload: &Payload<'_>, max_pages: u32) -> Result<bool, InstrumentError> {
        let plain = &mut RoundtripReencoder;
        match payload {
            Payload::TypeSection(section) => {
                for ty in section.clone().into_iter_err_on_gc_types() {
                    let ty = plain.func_type(ty.map_err(InstrumentError::new)?).map_err(InstrumentError::new)?;
                    self.add_type(ty.params().to_vec(), ty.results().to_vec());
                }
            }
            Payload::FunctionSection(section) => {
                self.functions = section.clone().into_iter().collect::<Result<_, _>>().map_err(InstrumentError::new)?;
                return Ok(false);
            }
            Payload::MemorySection(section) => {
                for memory in section.clone() {
                    let memory = memory.map_err(InstrumentError::new)?;
                    let maximum = memory.maximum.map_or(u64::from(max_pages), |own| own.min(u64::from(max_pages)));
                    let (minimum, maximum) = (memory.initial, Some(maximum));
                    self.memory.memory(MemoryType {
                        minimum,
                        maximum,
                        memory64: false,
                        shared: false,
                        page_size_log2: None,
                    });
                }
            }
            Payload::GlobalSection(section) => {
                plain.parse_global_section(&mut self.globals, section.clone()).map_err(InstrumentError::new)?;
            }
            Payload::ExportSection(section) => {
                plain.parse_export_section(&mut self.exports, section.clone()).map_err(InstrumentError::new)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Adds the globals and their exports.
    fn finish(&mut self) -> Layout {
        let mut add = |name: &str, val_type, init: ConstExpr| {
            let index = self.globals.len();
            self.globals.global(GlobalType { val_type, mutable: true, shared: false }, &init);
            self.exports.export(name, ExportKind::Global, index);
            index
        };
        Layout {
            gas: add(names::GAS, ValType::I64, ConstExpr::i64_const(0)),
            stack: add(names::STACK, ValType::I32, ConstExpr::i32_const(STACK_BYTES)),
            grow_failed: add(names::GROW_FAILED, ValType::I32, ConstExpr::i32_const(0)),
        }
    }

    fn add_type(&mut self, params: Vec<ValType>, results: Vec<ValType>) -> u32 {
        self.types.ty().function(params.iter().copied(), results.iter().copied());
        self.signatures.push((params, results));
        self.types.len() - 1
    }

    /// The signature of the function whose body has this index.
    pub(crate) fn signature(&self, body: usize) -> Option<&(Vec<ValType>, Vec<ValType>)> {
        self.signatures.get(*self.functions.get(body)? as usize)
    }

    /// The index of the type without parameters and with these results, added if it is not there yet.
    pub(crate) fn results_type(&mut self, results: &[ValType]) -> u32 {
        let found = self.signatures.iter().position(|(params, r)| params.is_empty() && r == results);
        match found.and_then(|index| u32::try_from(index).ok()) {
            Some(index) => index,
            None => self.add_type(Vec::new(), results.to_vec()),
        }
    }

    /// The whole module, its sections in the order that the specification wants.
    fn assemble(&self, raw: &[RawSection<'_>], code: &CodeSection) -> Vec<u8> {
        let mut module = Module::new();
        let copy = |module: &mut Module, id: SectionId| {
            if let Some(section) = raw.iter().find(|section| section.id == id as u8) {
                module.section(section);
            }
        };
        module.section(&self.types);
        copy(&mut module, SectionId::Import);
        copy(&mut module, SectionId::Function);
        copy(&mut module, SectionId::Table);
        module.section(&self.memory);
        module.section(&self.globals);
        module.section(&self.exports);
        copy(&mut module, SectionId::Element);
        copy(&mut module, SectionId::DataCount);
        module.section(code);
        copy(&mut module, SectionId::Data);
        module.finish()
    }
}
