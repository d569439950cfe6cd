//! One function's body.
//!
//! ```text
//! gas_local = global gas
//! stack -= frame; trap if below zero          (only if the function calls others)
//! block                                       (what was the function's own label)
//!   … each basic block: gas_local -= price; trap if below zero …
//!   … calls: global gas = gas_local; call; gas_local = global gas …
//! end
//! stack += frame
//! global gas = gas_local
//! ```

use wasm_encoder::reencode::{Error, Reencode, RoundtripReencoder};
use wasm_encoder::{BlockType, Function, InstructionSink, ValType};
use wasmparser::{FunctionBody, Operator};

use super::Sections;
use crate::gas::{BULK_BYTES_PER_GAS, GROW_GAS_PER_PAGE, OpClass};

/// The indexes of the added globals.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    pub(crate) gas: u32,
    pub(crate) stack: u32,
    pub(crate) grow_failed: u32,
}

/// What a frame takes beyond its values, in bytes: return address, saved registers, alignment, outgoing arguments.
const FRAME_BASE_BYTES: u32 = 128;

/// What one local or operand takes in a frame at most, in bytes; vectors are not allowed in modules.
const SLOT_BYTES: u32 = 8;

type Reencoded<T> = Result<T, Error>;

/// The instrumented form of a body.
pub(crate) fn instrument_body(
    body: &FunctionBody<'_>,
    index: usize,
    height: u32,
    sections: &mut Sections,
    layout: Layout,
) -> Reencoded<Function> {
    let operators = body.get_operators_reader()?.into_iter().collect::<Result<Vec<_>, _>>()?;
    let (params, results) = sections.signature(index).cloned().unwrap_or_default();
    let mut locals = Vec::new();
    let mut slots = params.len() as u32;
    for local in body.get_locals_reader()? {
        let (count, ty) = local?;
        slots = slots.saturating_add(count);
        locals.push((count, RoundtripReencoder.val_type(ty)?));
    }
    let block_type = match results.as_slice() {
        [] => BlockType::Empty,
        [one] => BlockType::Result(*one),
        many => BlockType::FunctionType(sections.results_type(many)),
    };
    let (gas_local, scratch) = (slots, slots + 1);
    locals.extend([(1, ValType::I64), (1, ValType::I32)]);
    let calls = operators.iter().any(|op| matches!(op, Operator::Call { .. } | Operator::CallIndirect { .. }));
    let frame = calls.then(|| frame_bytes(slots.saturating_add(2), height));

    let mut emitter =
        Emitter { function: Function::new(locals), at: Indexes { globals: layout, gas_local, scratch }, depth: 0 };
    emitter.enter(frame, block_type);
    emitter.operators(&operators)?;
    emitter.leave(frame);
    Ok(emitter.function)
}

/// An upper estimate of a native frame, in bytes.
fn frame_bytes(slots: u32, height: u32) -> i32 {
    let bytes = slots.saturating_add(height).saturating_mul(SLOT_BYTES).saturating_add(FRAME_BASE_BYTES);
    i32::try_from(bytes).unwrap_or(i32::MAX)
}

/// Whether a new basic block starts after an operator.
fn ends_block(operator: &Operator<'_>) -> bool {
    use Operator as O;
    matches!(
        operator,
        O::Loop { .. }
            | O::If { .. }
            | O::Else
            | O::End
            | O::Br { .. }
            | O::BrIf { .. }
            | O::BrTable { .. }
            | O::Return
            | O::Unreachable
    )
}

/// The price of the basic block that starts with the first of these operators, in gas.
fn block_gas(operators: &[Operator<'_>]) -> i64 {
    let last = operators.iter().position(ends_block).map_or(operators.len(), |at| at + 1);
    let gas: u64 = operators[..last].iter().map(|operator| OpClass::of(operator).gas()).sum();
    i64::try_from(gas).unwrap_or(i64::MAX)
}

/// Where the counters are, seen from one function.
#[derive(Clone, Copy)]
struct Indexes {
    globals: Layout,
    /// The i64 local that holds the gas.
    gas_local: u32,
    /// An i32 local for lengths.
    scratch: u32,
}

struct Emitter {
    function: Function,
    at: Indexes,
    /// How many labels are open inside the wrapping block.
    depth: u32,
}

impl Emitter {
    fn out(&mut self) -> InstructionSink<'_> {
        self.function.instructions()
    }

    fn enter(&mut self, frame: Option<i32>, block_type: BlockType) {
        let at = self.at;
        self.load_gas();
        if let Some(frame) = frame {
            self.out().global_get(at.globals.stack).i32_const(frame).i32_sub().local_tee(at.scratch);
            self.out().global_set(at.globals.stack);
            self.out().local_get(at.scratch).i32_const(0).i32_lt_s().if_(BlockType::Empty).unreachable().end();
        }
        self.out().block(block_type);
    }

    fn leave(&mut self, frame: Option<i32>) {
        let at = self.at;
        if let Some(frame) = frame {
            self.out().global_get(at.globals.stack).i32_const(frame).i32_add().global_set(at.globals.stack);
        }
        self.store_gas();
        self.out().end();
    }

    fn operators(&mut self, operators: &[Operator<'_>]) -> Reencoded<()> {
        let mut starts = true;
        for (at, operator) in operators.iter().enumerate() {
            if starts {
                self.charge(block_gas(&operators[at..]));
            }
            starts = ends_block(operator);
            self.operator(operator)?;
        }
        Ok(())
    }

    fn operator(&mut self, operator: &Operator<'_>) -> Reencoded<()> {
        let at = self.at;
        match operator {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => {
                self.depth += 1;
                self.copy(operator)
            }
            // The last `end` closes the wrapping block, whose label is outside the count.
            Operator::End => {
                self.depth = self.depth.saturating_sub(1);
                self.copy(operator)
            }
            Operator::Return => {
                let depth = self.depth;
                self.out().br(depth);
                Ok(())
            }
            Operator::Call { .. } | Operator::CallIndirect { .. } => {
                self.store_gas();
                self.copy(operator)?;
                self.load_gas();
                Ok(())
            }
            Operator::MemoryCopy { .. } | Operator::MemoryFill { .. } => {
                self.charge_length(|out| {
                    out.i64_const(i64::from(BULK_BYTES_PER_GAS.trailing_zeros())).i64_shr_u();
                });
                self.copy(operator)
            }
            Operator::MemoryGrow { .. } => {
                self.charge_length(|out| {
                    out.i64_const(GROW_GAS_PER_PAGE as i64).i64_mul();
                });
                self.copy(operator)?;
                self.out().local_tee(at.scratch).i32_const(-1).i32_eq().if_(BlockType::Empty);
                self.out().i32_const(1).global_set(at.globals.grow_failed).end().local_get(at.scratch);
                Ok(())
            }
            _ => self.copy(operator),
        }
    }

    fn copy(&mut self, operator: &Operator<'_>) -> Reencoded<()> {
        self.function.instruction(&RoundtripReencoder.instruction(operator.clone())?);
        Ok(())
    }

    /// Charges a constant.
    fn charge(&mut self, gas: i64) {
        let at = self.at;
        if gas > 0 {
            self.out().local_get(at.gas_local).i64_const(gas).i64_sub();
            self.stop_below_zero();
        }
    }

    /// Charges for the length on top of the operand stack, which stays; `price` turns it (as an i64) into gas.
    fn charge_length(&mut self, price: impl FnOnce(&mut InstructionSink<'_>)) {
        let at = self.at;
        self.out().local_set(at.scratch).local_get(at.gas_local).local_get(at.scratch).i64_extend_i32_u();
        price(&mut self.out());
        self.out().i64_sub();
        self.stop_below_zero();
        self.out().local_get(at.scratch);
    }

    /// Takes the new counter from the operand stack; ends the call if it is below zero.
    fn stop_below_zero(&mut self) {
        let at = self.at;
        self.out().local_tee(at.gas_local).i64_const(0).i64_lt_s().if_(BlockType::Empty);
        self.store_gas();
        self.out().unreachable().end();
    }

    fn load_gas(&mut self) {
        let at = self.at;
        self.out().global_get(at.globals.gas).local_set(at.gas_local);
    }

    fn store_gas(&mut self) {
        let at = self.at;
        self.out().local_get(at.gas_local).global_set(at.globals.gas);
    }
}
