//! One function's body.
//!
//! ```text
//! (func (param …) (param gas i64) (param stack i32) (result …) (result i64)
//!   block $no_stack
//!     block $no_gas
//!       stack -= frame; branch to $no_stack if below zero      (only if the function calls others, or is large)
//!       block (result …)                                        (what was the function's own label)
//!         … gas -= price …                                      see `charges`
//!         … branch to $no_gas if gas is below zero …
//!         … gas = call(arguments, gas, stack) …
//!       end
//!       return gas
//!     end
//!     global gas = -1; trap
//!   end
//!   global stack = -1; trap)
//! ```

use wasm_encoder::reencode::{Error, Reencode, RoundtripReencoder};
use wasm_encoder::{BlockType, Function, InstructionSink, ValType};
use wasmparser::{FunctionBody, Operator};

use super::Layout;
use super::charges::{Charge, charges};
use super::frame::{FREE_LEAF_BYTES, frame_bytes};
use super::sections::Sections;
use crate::gas::{BULK_BYTES_PER_GAS, GROW_GAS_PER_PAGE};

/// The bits of the NaN that every operation gives.
const CANONICAL_NAN_32: u32 = 0x7fc0_0000;
const CANONICAL_NAN_64: u64 = 0x7ff8_0000_0000_0000;

type Reencoded<T> = Result<T, Error>;

/// The instrumented form of the body with this index.
pub(super) fn instrument_body(
    body: &FunctionBody<'_>,
    index: usize,
    height: u32,
    sections: &mut Sections,
    layout: Layout,
) -> Reencoded<Function> {
    let operators = body.get_operators_reader()?.into_iter().collect::<Result<Vec<_>, _>>()?;
    let (params, results) = sections.signature(index).cloned().unwrap_or_default();
    let params = params.len() as u32;
    let mut locals = Vec::new();
    let mut slots = params;
    for local in body.get_locals_reader()? {
        let (count, ty) = local?;
        slots = slots.saturating_add(count);
        locals.push((count, RoundtripReencoder.val_type(ty)?));
    }
    locals.push((1, ValType::I32));
    if operators.iter().any(|operator| may_make_nan(operator).is_some()) {
        locals.extend([(1, ValType::F32), (1, ValType::F64)]);
    }
    let block_type = match results.as_slice() {
        [] => BlockType::Empty,
        [one] => BlockType::Result(*one),
        many => BlockType::FunctionType(sections.results_type(many)),
    };
    let at = Places { layout, params, gas: params, stack: params + 1, scratch: slots.saturating_add(2) };
    let calls = operators.iter().any(|op| matches!(op, Operator::Call { .. } | Operator::CallIndirect { .. }));
    let frame = frame_bytes(&operators, slots.saturating_add(5), height);

    let mut emitter = Emitter { function: Function::new(locals), sections, at, depth: 0 };
    emitter.enter((calls || frame > FREE_LEAF_BYTES).then_some(frame), block_type);
    emitter.operators(&operators, &charges(&operators))?;
    emitter.leave();
    Ok(emitter.function)
}

/// The type of the NaN that an operator may make. Which bits it has is the processor's choice, and compilers that make them
/// canonical do so at different points, which shows when a sign is changed in between. Operators that only move bits keep them.
fn may_make_nan(operator: &Operator<'_>) -> Option<ValType> {
    use Operator as O;
    match operator {
        O::F32Add
        | O::F32Sub
        | O::F32Mul
        | O::F32Div
        | O::F32Sqrt
        | O::F32Min
        | O::F32Max
        | O::F32Ceil
        | O::F32Floor
        | O::F32Trunc
        | O::F32Nearest
        | O::F32DemoteF64 => Some(ValType::F32),
        O::F64Add
        | O::F64Sub
        | O::F64Mul
        | O::F64Div
        | O::F64Sqrt
        | O::F64Min
        | O::F64Max
        | O::F64Ceil
        | O::F64Floor
        | O::F64Trunc
        | O::F64Nearest
        | O::F64PromoteF32 => Some(ValType::F64),
        _ => None,
    }
}

/// Where the counters are, seen from one function.
#[derive(Clone, Copy)]
struct Places {
    layout: Layout,
    /// How many parameters the function had; its own locals come after the two that were added.
    params: u32,
    /// The i64 parameter that holds the gas.
    gas: u32,
    /// The i32 parameter that holds the bytes of stack.
    stack: u32,
    /// An i32 local for lengths and indexes; after it, in functions that compute with floats, an f32 and an f64.
    scratch: u32,
}

struct Emitter<'a> {
    function: Function,
    sections: &'a mut Sections,
    at: Places,
    /// How many labels are open inside the function's own.
    depth: u32,
}

impl Emitter<'_> {
    fn out(&mut self) -> InstructionSink<'_> {
        self.function.instructions()
    }

    fn enter(&mut self, frame: Option<i32>, block_type: BlockType) {
        let stack = self.at.stack;
        self.out().block(BlockType::Empty).block(BlockType::Empty);
        if let Some(frame) = frame {
            self.out().local_get(stack).i32_const(frame).i32_sub().local_tee(stack);
            self.out().i32_const(0).i32_lt_s().br_if(1);
        }
        self.out().block(block_type);
    }

    fn leave(&mut self) {
        let Places { layout, gas, .. } = self.at;
        self.out().local_get(gas).return_().end();
        self.out().i64_const(-1).global_set(layout.gas).unreachable().end();
        self.out().i32_const(-1).global_set(layout.stack).unreachable().end();
    }

    fn operators(&mut self, operators: &[Operator<'_>], charges: &[Charge]) -> Reencoded<()> {
        let mut charges = charges.iter().peekable();
        for (at, operator) in operators.iter().enumerate() {
            if let Some(charge) = charges.next_if(|charge| charge.before == at) {
                self.charge(*charge);
            }
            self.operator(operator)?;
        }
        Ok(())
    }

    fn operator(&mut self, operator: &Operator<'_>) -> Reencoded<()> {
        let Places { layout, scratch, .. } = self.at;
        match operator {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => {
                self.depth += 1;
                self.copy(operator)
            }
            // The last `end` closes the block that took the place of the function's own label.
            Operator::End => {
                self.depth = self.depth.saturating_sub(1);
                self.copy(operator)
            }
            Operator::Return => {
                let depth = self.depth;
                self.out().br(depth);
                Ok(())
            }
            Operator::LocalGet { local_index } => {
                let local = self.local(*local_index);
                self.out().local_get(local);
                Ok(())
            }
            Operator::LocalSet { local_index } => {
                let local = self.local(*local_index);
                self.out().local_set(local);
                Ok(())
            }
            Operator::LocalTee { local_index } => {
                let local = self.local(*local_index);
                self.out().local_tee(local);
                Ok(())
            }
            Operator::Call { function_index } => {
                let callee = self.sections.metered_function(*function_index);
                self.call(|out| out.call(callee));
                Ok(())
            }
            Operator::CallIndirect { type_index, table_index } => {
                let ty = self.sections.metered_type(*type_index);
                self.out().local_set(scratch);
                self.call(|out| out.local_get(scratch).call_indirect(*table_index, ty));
                Ok(())
            }
            Operator::MemoryCopy { .. } | Operator::MemoryFill { .. } => {
                self.charge_length(|out| out.i64_const(i64::from(BULK_BYTES_PER_GAS.trailing_zeros())).i64_shr_u());
                self.copy(operator)
            }
            Operator::MemoryGrow { .. } => {
                self.charge_length(|out| out.i64_const(GROW_GAS_PER_PAGE as i64).i64_mul());
                self.copy(operator)?;
                self.out().local_tee(scratch).i32_const(-1).i32_eq().if_(BlockType::Empty);
                self.out().i32_const(1).global_set(layout.grow_failed).end().local_get(scratch);
                Ok(())
            }
            _ if may_make_nan(operator) == Some(ValType::F32) => {
                self.copy(operator)?;
                let float = scratch + 1;
                self.out().local_tee(float).f32_const(f32::from_bits(CANONICAL_NAN_32).into());
                self.out().local_get(float).local_get(float).f32_eq().select();
                Ok(())
            }
            _ if may_make_nan(operator) == Some(ValType::F64) => {
                self.copy(operator)?;
                let float = scratch + 2;
                self.out().local_tee(float).f64_const(f64::from_bits(CANONICAL_NAN_64).into());
                self.out().local_get(float).local_get(float).f64_eq().select();
                Ok(())
            }
            _ => self.copy(operator),
        }
    }

    fn copy(&mut self, operator: &Operator<'_>) -> Reencoded<()> {
        self.function.instruction(&RoundtripReencoder.instruction(operator.clone())?);
        Ok(())
    }

    /// The index of a local of the original body.
    fn local(&self, local: u32) -> u32 {
        if local < self.at.params { local } else { local + 2 }
    }

    /// A call, its own operands on the operand stack.
    fn call(&mut self, call: impl for<'s, 'o> Fn(&'s mut InstructionSink<'o>) -> &'s mut InstructionSink<'o>) {
        let Places { gas, stack, .. } = self.at;
        self.out().local_get(gas).local_get(stack);
        call(&mut self.out());
        self.out().local_set(gas);
    }

    fn charge(&mut self, Charge { gas: price, checked, .. }: Charge) {
        let gas = self.at.gas;
        if price > 0 {
            self.out().local_get(gas).i64_const(i64::try_from(price).unwrap_or(i64::MAX)).i64_sub();
            self.out().local_set(gas);
        }
        if checked {
            self.check();
        }
    }

    /// Charges for the length on top of the operand stack, which stays; `price` turns it (as an i64) into gas.
    fn charge_length(
        &mut self,
        price: impl for<'s, 'o> Fn(&'s mut InstructionSink<'o>) -> &'s mut InstructionSink<'o>,
    ) {
        let Places { gas, scratch, .. } = self.at;
        self.out().local_set(scratch).local_get(gas).local_get(scratch).i64_extend_i32_u();
        price(&mut self.out());
        self.out().i64_sub().local_set(gas);
        self.check();
        self.out().local_get(scratch);
    }

    /// Ends the call if the counter is below zero.
    fn check(&mut self) {
        let (gas, depth) = (self.at.gas, self.depth);
        self.out().local_get(gas).i64_const(0).i64_lt_s().br_if(depth + 1);
    }
}
