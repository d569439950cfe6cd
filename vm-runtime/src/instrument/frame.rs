//! How much stack a function takes.

use wasmparser::Operator;

use crate::gas::OpClass;

/// What a frame takes beyond its values, in bytes: return address, saved registers, alignment, outgoing arguments.
const BASE_BYTES: u32 = 128;

/// What one local or operand takes in a frame at most, in bytes; vectors are not allowed in modules.
const SLOT_BYTES: u32 = 8;

/// What one operator that computes takes beside its operand, in bytes. An optimising compiler computes a value that does
/// not change in a loop once, before the loop, and one that is computed twice only once; it keeps it in the frame
/// meanwhile, whatever the function's locals are.
const COMPUTED_BYTES: u32 = 4;

/// The same of an operator that may make a float: compilers keep those in slots of 16 bytes.
const COMPUTED_FLOAT_BYTES: u32 = 12;

/// A leaf function's frame that is not accounted for, in bytes: there is one at most, at the end of the stack.
pub(super) const FREE_LEAF_BYTES: i32 = 16 << 10;

/// An upper estimate of the frame of a function with so many locals and so many operands at its highest point, in bytes.
pub(super) fn frame_bytes(operators: &[Operator<'_>], locals: u32, height: u32) -> i32 {
    let computed = operators.iter().filter(|operator| computes(operator)).fold(0_u32, |bytes, operator| {
        bytes.saturating_add(if may_be_float(operator) { COMPUTED_FLOAT_BYTES } else { COMPUTED_BYTES })
    });
    let slots = locals.saturating_add(height).saturating_mul(SLOT_BYTES);
    i32::try_from(slots.saturating_add(computed).saturating_add(BASE_BYTES)).unwrap_or(i32::MAX)
}

/// Whether an operator makes a value that a compiler may keep. Constants and locals are not made.
fn computes(operator: &Operator<'_>) -> bool {
    use Operator as O;
    match OpClass::of(operator) {
        OpClass::Memory | OpClass::Division | OpClass::Float | OpClass::FloatDivision | OpClass::Truncation => true,
        OpClass::Simple => !matches!(
            operator,
            O::I32Const { .. }
                | O::I64Const { .. }
                | O::F32Const { .. }
                | O::F64Const { .. }
                | O::LocalGet { .. }
                | O::LocalSet { .. }
                | O::LocalTee { .. }
                | O::GlobalSet { .. }
                | O::Drop
                | O::If { .. }
                | O::Br { .. }
                | O::BrIf { .. }
                | O::Return
                | O::Unreachable
        ),
        _ => false,
    }
}

/// Whether what an operator makes may be a float.
fn may_be_float(operator: &Operator<'_>) -> bool {
    use Operator as O;
    matches!(
        operator,
        O::F32Load { .. }
            | O::F32Abs
            | O::F32Neg
            | O::F32Ceil
            | O::F32Floor
            | O::F32Trunc
            | O::F32Nearest
            | O::F32Sqrt
            | O::F32Add
            | O::F32Sub
            | O::F32Mul
            | O::F32Div
            | O::F32Min
            | O::F32Max
            | O::F32Copysign
            | O::F32ConvertI32S
            | O::F32ConvertI32U
            | O::F32ConvertI64S
            | O::F32ConvertI64U
            | O::F64Load { .. }
            | O::F64Abs
            | O::F64Neg
            | O::F64Ceil
            | O::F64Floor
            | O::F64Trunc
            | O::F64Nearest
            | O::F64Sqrt
            | O::F64Add
            | O::F64Sub
            | O::F64Mul
            | O::F64Div
            | O::F64Min
            | O::F64Max
            | O::F64Copysign
            | O::F64ConvertI32S
            | O::F64ConvertI32U
            | O::F64ConvertI64S
            | O::F64ConvertI64U
            | O::F32ReinterpretI32
            | O::F64ReinterpretI64
            | O::F32DemoteF64
            | O::F64PromoteF32
            | O::Select
            | O::GlobalGet { .. }
    )
}
