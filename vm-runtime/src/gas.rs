//! The gas schedule: what each kind of work costs, as data.
//!
//! 1 gas is about the time of one simple WebAssembly operator in compiled code. The prices are part of the protocol:
//! [`SCHEDULE_VERSION`] changes with any of them, and compiled code is cached under it.

use wasmparser::Operator;

/// The version of every price in this crate.
pub const SCHEDULE_VERSION: u32 = 1;

/// The price of a class of WebAssembly operators, in gas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpClass {
    /// Structure that no machine code comes of: `block`, `loop`, `else`, `end`, `nop`.
    Structure,
    /// Constants, locals, globals, integer and float arithmetic, comparisons, conversions, branches.
    Simple,
    /// Loads and stores.
    Memory,
    /// Division, remainder and square root.
    Division,
    /// Direct calls, with the callee's prologue.
    Call,
    /// Indirect calls and branch tables. Their price does not depend on the table's size: Go emits large branch tables
    /// everywhere, and a jump through one costs the same whatever its size.
    Indirect,
    /// `memory.size` and `memory.grow`, before what [`GROW_GAS_PER_PAGE`] adds.
    MemorySize,
    /// `memory.copy` and `memory.fill`, before what [`BULK_BYTES_PER_GAS`] adds.
    Bulk,
}

impl OpClass {
    /// The price of one operator of the class, in gas.
    #[must_use]
    pub const fn gas(self) -> u64 {
        match self {
            Self::Structure => 0,
            Self::Simple => 1,
            Self::Memory => 2,
            Self::Division => 8,
            Self::Call => 4,
            Self::Indirect => 6,
            Self::MemorySize => 50,
            Self::Bulk => 20,
        }
    }

    /// The class of an operator.
    #[must_use]
    pub fn of(operator: &Operator<'_>) -> Self {
        use Operator as O;
        match operator {
            O::Nop | O::Block { .. } | O::Loop { .. } | O::Else | O::End => Self::Structure,
            O::I32Load { .. }
            | O::I64Load { .. }
            | O::F32Load { .. }
            | O::F64Load { .. }
            | O::I32Load8S { .. }
            | O::I32Load8U { .. }
            | O::I32Load16S { .. }
            | O::I32Load16U { .. }
            | O::I64Load8S { .. }
            | O::I64Load8U { .. }
            | O::I64Load16S { .. }
            | O::I64Load16U { .. }
            | O::I64Load32S { .. }
            | O::I64Load32U { .. }
            | O::I32Store { .. }
            | O::I64Store { .. }
            | O::F32Store { .. }
            | O::F64Store { .. }
            | O::I32Store8 { .. }
            | O::I32Store16 { .. }
            | O::I64Store8 { .. }
            | O::I64Store16 { .. }
            | O::I64Store32 { .. } => Self::Memory,
            O::I32DivS
            | O::I32DivU
            | O::I32RemS
            | O::I32RemU
            | O::I64DivS
            | O::I64DivU
            | O::I64RemS
            | O::I64RemU
            | O::F32Div
            | O::F64Div
            | O::F32Sqrt
            | O::F64Sqrt => Self::Division,
            O::Call { .. } => Self::Call,
            O::CallIndirect { .. } | O::BrTable { .. } => Self::Indirect,
            O::MemorySize { .. } | O::MemoryGrow { .. } => Self::MemorySize,
            O::MemoryCopy { .. } | O::MemoryFill { .. } => Self::Bulk,
            _ => Self::Simple,
        }
    }
}

/// What each page (64 KiB) that `memory.grow` asks for costs, in gas, granted or not: the kernel clears it at first touch.
pub const GROW_GAS_PER_PAGE: u64 = 5_000;

/// How many bytes a bulk operation or a host function moves for 1 gas.
pub const BULK_BYTES_PER_GAS: u64 = 8;

/// What a call costs before its first operator, in gas: the instance and the receipt.
pub const CALL_BASE_GAS: u64 = 10_000;

/// What a deployment costs before its bytes, in gas.
pub const DEPLOY_BASE_GAS: u64 = 100_000;

/// What each byte of a deployed module costs, in gas: it is checked, compiled and stored.
pub const DEPLOY_GAS_PER_BYTE: u64 = 20;

/// The gas of moving a number of bytes between guest and host.
#[must_use]
pub const fn bytes_gas(bytes: u64) -> u64 {
    bytes / BULK_BYTES_PER_GAS
}
