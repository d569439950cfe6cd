//! A second opinion on what a call costs and computes: the module as it was, with nothing added but a global to which every
//! operator adds its own price just before it runs. Slow and plain, and right by looking at it.

use std::convert::Infallible;

use govm_runtime::gas::{BULK_BYTES_PER_GAS, GROW_GAS_PER_PAGE, OpClass};
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{
    CodeSection, ConstExpr, ExportKind, ExportSection, GlobalSection, GlobalType, InstructionSink, ValType,
};
use wasmparser::{ExportSectionReader, FunctionBody, GlobalSectionReader, Operator, Parser};

/// The exported global with what was spent.
pub(crate) const SPENT: &str = "spent";

/// A module, which has at least one global and one export, with the global.
pub(crate) fn count_each_operator(wasm: &[u8]) -> Vec<u8> {
    let mut module = wasm_encoder::Module::new();
    Counter::default().parse_core_module(&mut module, Parser::new(0), wasm).expect("a module");
    module.finish()
}

#[derive(Default)]
struct Counter {
    /// The i64 global that counts.
    spent: u32,
    /// An i32 global for lengths.
    length: u32,
}

impl Counter {
    /// Adds a number that `gas` puts onto the operand stack.
    fn spend(&self, out: &mut InstructionSink<'_>, gas: impl FnOnce(&mut InstructionSink<'_>)) {
        out.global_get(self.spent);
        gas(out);
        out.i64_add().global_set(self.spent);
    }
}

impl Reencode for Counter {
    type Error = Infallible;

    fn parse_global_section(
        &mut self,
        globals: &mut GlobalSection,
        section: GlobalSectionReader<'_>,
    ) -> Result<(), Error> {
        utils::parse_global_section(self, globals, section)?;
        self.spent = globals.len();
        globals.global(GlobalType { val_type: ValType::I64, mutable: true, shared: false }, &ConstExpr::i64_const(0));
        self.length = globals.len();
        globals.global(GlobalType { val_type: ValType::I32, mutable: true, shared: false }, &ConstExpr::i32_const(0));
        Ok(())
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: ExportSectionReader<'_>,
    ) -> Result<(), Error> {
        utils::parse_export_section(self, exports, section)?;
        exports.export(SPENT, ExportKind::Global, self.spent);
        Ok(())
    }

    fn parse_function_body(&mut self, code: &mut CodeSection, body: FunctionBody<'_>) -> Result<(), Error> {
        let mut function = self.new_function_with_parsed_locals(&body)?;
        for operator in body.get_operators_reader()? {
            let operator = operator?;
            let mut out = function.instructions();
            let price = OpClass::of(&operator).gas() as i64;
            if price > 0 {
                self.spend(&mut out, |out| _ = out.i64_const(price));
            }
            let per_length = match operator {
                Operator::MemoryCopy { .. } | Operator::MemoryFill { .. } => Some((BULK_BYTES_PER_GAS as i64, 1)),
                Operator::MemoryGrow { .. } => Some((1, GROW_GAS_PER_PAGE as i64)),
                _ => None,
            };
            if let Some((divisor, factor)) = per_length {
                out.global_set(self.length);
                self.spend(&mut out, |out| {
                    out.global_get(self.length).i64_extend_i32_u();
                    out.i64_const(divisor).i64_div_u().i64_const(factor).i64_mul();
                });
                out.global_get(self.length);
            }
            function.instruction(&self.instruction(operator)?);
        }
        code.function(&function);
        Ok(())
    }
}
