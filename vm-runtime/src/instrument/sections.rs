//! The sections of a module that are rewritten.

use std::convert::Infallible;

use wasm_encoder::reencode::{Error, Reencode, RoundtripReencoder};
use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ElementSection, ExportKind, ExportSection, FunctionSection, GlobalSection,
    GlobalType, MemorySection, MemoryType, Module, RawSection, SectionId, TypeSection, ValType,
};
use wasmparser::{Payload, TypeRef};

use super::data::joined;
use super::shims::{export_shim, import_shim};
use super::{InstrumentError, Layout, STACK_BYTES, names};

/// The sections that are rewritten, and what function bodies need to know of them.
#[derive(Default)]
pub(super) struct Sections {
    types: TypeSection,
    /// The parameters and results of each type.
    signatures: Vec<(Vec<ValType>, Vec<ValType>)>,
    /// How many types the module had. Its type `t` with the counters is type `t + own_types`.
    own_types: u32,
    /// The type of each imported function.
    imports: Vec<u32>,
    /// The type of each function that has a body.
    functions: Vec<u32>,
    memory: MemorySection,
    globals: GlobalSection,
    exports: ExportSection,
    elements: ElementSection,
    /// Whether functions may refer to data segments by their number.
    counted_data: bool,
    /// The data, if it is not to be copied as it is.
    data: Option<DataSection>,
    /// The exported functions that have a body, in the order of their shims.
    exported: Vec<u32>,
}

impl Sections {
    /// Takes a section that is rewritten; false for one that is copied as it is.
    pub(super) fn take(&mut self, payload: &Payload<'_>, max_pages: u32) -> Result<bool, InstrumentError> {
        let plain = &mut RoundtripReencoder;
        match payload {
            Payload::TypeSection(section) => {
                for ty in section.clone().into_iter_err_on_gc_types() {
                    let ty = plain.func_type(ty.map_err(InstrumentError::new)?).map_err(InstrumentError::new)?;
                    self.add_type(ty.params().to_vec(), ty.results().to_vec());
                }
                self.add_metered_types();
            }
            Payload::ImportSection(section) => {
                for import in section.clone().into_imports() {
                    if let TypeRef::Func(ty) = import.map_err(InstrumentError::new)?.ty {
                        self.imports.push(ty);
                    }
                }
                return Ok(false);
            }
            Payload::FunctionSection(section) => {
                self.functions = section.clone().into_iter().collect::<Result<_, _>>().map_err(InstrumentError::new)?;
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
                for export in section.clone() {
                    let export = export.map_err(InstrumentError::new)?;
                    let index = match export.kind {
                        wasmparser::ExternalKind::Func => self.exported_function(export.index),
                        _ => export.index,
                    };
                    let kind = plain.export_kind(export.kind).map_err(InstrumentError::new)?;
                    self.exports.export(export.name, kind, index);
                }
            }
            Payload::ElementSection(section) => {
                let mut elements = ElementSection::new();
                MeteredFunctions(self)
                    .parse_element_section(&mut elements, section.clone())
                    .map_err(InstrumentError::new)?;
                self.elements = elements;
            }
            Payload::DataCountSection { .. } => {
                self.counted_data = true;
                return Ok(false);
            }
            Payload::DataSection(section) if !self.counted_data => {
                self.data = joined(section)?;
                return Ok(self.data.is_some());
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Adds the globals and their exports.
    pub(super) fn finish(&mut self) -> Layout {
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

    pub(super) fn add_type(&mut self, params: Vec<ValType>, results: Vec<ValType>) -> u32 {
        self.types.ty().function(params.iter().copied(), results.iter().copied());
        self.signatures.push((params, results));
        self.types.len() - 1
    }

    pub(super) fn add_metered_types(&mut self) {
        self.own_types = self.types.len();
        for (mut params, mut results) in self.signatures.clone() {
            params.extend([ValType::I64, ValType::I32]);
            results.push(ValType::I64);
            self.add_type(params, results);
        }
    }

    /// The signature that the function whose body has this index had.
    pub(super) fn signature(&self, body: usize) -> Option<&(Vec<ValType>, Vec<ValType>)> {
        self.signatures.get(*self.functions.get(body)? as usize)
    }

    pub(super) fn params(&self, ty: u32) -> u32 {
        self.signatures.get(ty as usize).map_or(0, |(params, _)| params.len() as u32)
    }

    /// The index of the type without parameters and with these results, added if it is not there yet.
    pub(super) fn results_type(&mut self, results: &[ValType]) -> u32 {
        let found = self.signatures.iter().position(|(params, r)| params.is_empty() && r == results);
        match found.and_then(|index| u32::try_from(index).ok()) {
            Some(index) => index,
            None => self.add_type(Vec::new(), results.to_vec()),
        }
    }

    /// The type of the module with the counters.
    pub(super) fn metered_type(&self, ty: u32) -> u32 {
        ty + self.own_types
    }

    /// The index of the first shim: that of import 0, then those of the other imports, then those of the exports.
    pub(super) fn first_shim(&self) -> u32 {
        (self.imports.len() + self.functions.len()) as u32
    }

    /// The function that takes the counters where the module knew this one.
    pub(super) fn metered_function(&self, function: u32) -> u32 {
        if (function as usize) < self.imports.len() { self.first_shim() + function } else { function }
    }

    /// The function that is exported where this one was.
    pub(super) fn exported_function(&mut self, function: u32) -> u32 {
        if (function as usize) < self.imports.len() {
            return function;
        }
        let known = self.exported.iter().position(|other| *other == function);
        let place = known.unwrap_or_else(|| {
            self.exported.push(function);
            self.exported.len() - 1
        });
        self.first_shim() + (self.imports.len() + place) as u32
    }

    /// The type that the function with this index had, be it imported or not.
    pub(super) fn type_of(&self, function: u32) -> u32 {
        self.imports.iter().chain(&self.functions).nth(function as usize).copied().unwrap_or_default()
    }

    pub(super) fn shims(&self, code: &mut CodeSection, layout: Layout) {
        for (import, ty) in self.imports.iter().enumerate() {
            code.function(&import_shim(import as u32, self.params(*ty), layout));
        }
        for function in &self.exported {
            code.function(&export_shim(*function, self.params(self.type_of(*function)), layout));
        }
    }

    pub(super) fn function_section(&self) -> FunctionSection {
        let mut section = FunctionSection::new();
        for ty in self.functions.iter().chain(&self.imports) {
            section.function(self.metered_type(*ty));
        }
        for function in &self.exported {
            section.function(self.type_of(*function));
        }
        section
    }

    /// The whole module, its sections in the order that the specification wants.
    pub(super) fn assemble(&self, raw: &[RawSection<'_>], code: &CodeSection) -> Vec<u8> {
        let mut module = Module::new();
        let copy = |module: &mut Module, id: SectionId| {
            if let Some(section) = raw.iter().find(|section| section.id == id as u8) {
                module.section(section);
            }
        };
        module.section(&self.types);
        copy(&mut module, SectionId::Import);
        module.section(&self.function_section());
        copy(&mut module, SectionId::Table);
        module.section(&self.memory);
        module.section(&self.globals);
        module.section(&self.exports);
        module.section(&self.elements);
        copy(&mut module, SectionId::DataCount);
        module.section(code);
        match &self.data {
            Some(data) => _ = module.section(data),
            None => copy(&mut module, SectionId::Data),
        }
        module.finish()
    }
}

/// Re-encodes references to functions as references to what takes the counters.
struct MeteredFunctions<'a>(&'a Sections);

impl Reencode for MeteredFunctions<'_> {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, Error> {
        Ok(self.0.metered_function(function))
    }
}
