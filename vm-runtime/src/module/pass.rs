//! The way through a module: everything is validated, counted and compared with its limit.

use wasmparser::{
    Export, ExternalKind, FuncType, FuncValidatorAllocations, FunctionBody, Parser, Payload, TypeRef, ValType,
    ValidPayload, Validator,
};

use super::{DISPATCH_EXPORT, FEATURES, INITIALIZE_EXPORT, MEMORY_EXPORT, ModuleError, START_EXPORT, imports, limits};
use crate::instrument::names;

/// Whether ways can part or meet at an operator.
fn starts_block(operator: &wasmparser::Operator<'_>) -> bool {
    use wasmparser::Operator as O;
    matches!(operator, O::Block { .. } | O::Loop { .. } | O::If { .. } | O::Else | O::BrIf { .. } | O::BrTable { .. })
}

/// Says whether a function may be imported: module, name, type.
pub(super) type ImportRule = fn(&str, &str, &FuncType) -> Result<(), ModuleError>;

/// What is gathered on the way through a module.
pub(super) struct Pass {
    allowed: ImportRule,
    /// The most pages of 64 KiB that a memory may start with.
    max_pages: u32,
    types: Vec<FuncType>,
    /// The type of each function, imported ones first.
    functions: Vec<u32>,
    exports: Vec<(String, ExternalKind, u32)>,
    /// The largest operand stack height of each function with a body, in order.
    pub(super) heights: Vec<u32>,
    /// See [`Checked`](super::Checked).
    pub(super) optimisable: bool,
    allocations: FuncValidatorAllocations,
}

impl Pass {
    /// The way through a module whose imports obey a rule.
    pub(super) fn through(wasm: &[u8], allowed: ImportRule, max_pages: u32) -> Result<Self, ModuleError> {
        let mut pass = Self {
            allowed,
            max_pages,
            types: Vec::new(),
            functions: Vec::new(),
            exports: Vec::new(),
            heights: Vec::new(),
            optimisable: true,
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
        let body_bytes = body.range().end.saturating_sub(body.range().start);
        limits::BODY_BYTES.check(body_bytes)?;
        let mut reader = body.get_binary_reader();
        validator.read_locals(&mut reader)?;
        limits::LOCALS.check(validator.len_locals())?;
        reader.set_features(FEATURES);
        let mut operators = wasmparser::OperatorsReader::new(reader);
        let (mut height, mut blocks, mut nesting) = (0, 1, 0);
        while !operators.eof() {
            let (operator, offset) = operators.read_with_offset()?;
            if let wasmparser::Operator::BrTable { targets } = &operator {
                limits::BRANCH_TARGETS.check(targets.len())?;
            }
            validator.op(offset, &operator)?;
            nesting = nesting.max(validator.control_stack_height());
            limits::NESTING.check(nesting)?;
            height = height.max(validator.operand_stack_height());
            blocks += u64::from(starts_block(&operator));
        }
        limits::OPERANDS.check(height)?;
        let locals_in_blocks = blocks * u64::from(validator.len_locals());
        limits::LOCALS_IN_BLOCKS.check(locals_in_blocks)?;
        self.optimisable &= limits::optimised::BODY_BYTES.allows(body_bytes)
            && limits::optimised::NESTING.allows(nesting)
            && limits::optimised::LOCALS_IN_BLOCKS.allows(locals_in_blocks);
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
    pub(super) fn contract_exports(&self) -> Result<(), ModuleError> {
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
    pub(super) fn program_exports(&self) -> Result<(), ModuleError> {
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
