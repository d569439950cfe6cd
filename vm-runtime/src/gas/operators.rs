//! The classes of WebAssembly operators and their prices.

use wasmparser::Operator;

/// A class of operators and its price, as data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OperatorPrice {
    /// The class.
    pub class: OpClass,
    /// Its name.
    pub name: &'static str,
    /// What one operator costs, in gas.
    pub gas: u64,
    /// Which operators are in it.
    pub docs: &'static str,
}

macro_rules! classes {
    ($($(#[doc = $doc:literal])+ $class:ident = $gas:literal;)*) => {
        /// The price of a class of WebAssembly operators, in gas.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum OpClass {
            $($(#[doc = $doc])+ $class,)*
        }

        impl OpClass {
            /// Every class with its price.
            pub const ALL: &[OperatorPrice] = &[$(OperatorPrice {
                class: Self::$class, name: stringify!($class), gas: $gas, docs: concat!($($doc, "\n"),+)
            }),*];

            /// The price of one operator of the class, in gas.
            #[must_use]
            pub const fn gas(self) -> u64 {
                match self {
                    $(Self::$class => $gas,)*
                }
            }
        }
    };
}

classes! {
    /// Structure that no machine code comes of: `block`, `loop`, `else`, `end`, `nop`.
    Structure = 0;
    /// Constants, locals, globals, integer arithmetic, comparisons, branches, signs of floats.
    Simple = 1;
    /// Loads and stores.
    Memory = 3;
    /// Division and remainder of integers.
    Division = 32;
    /// Arithmetic, rounding, minimum and maximum of floats, and conversions to and between them; results that are no
    /// numbers are made canonical.
    Float = 8;
    /// Division and square root of floats.
    FloatDivision = 24;
    /// Conversions of floats to integers, with the look at whether the number fits.
    Truncation = 32;
    /// Direct calls, with the callee's prologue.
    Call = 8;
    /// Indirect calls, with the callee's prologue.
    CallIndirect = 16;
    /// Branch tables, whatever their size: Go emits large ones everywhere, and a jump through one costs the same.
    BranchTable = 8;
    /// `memory.size` and `memory.grow`, before the pages.
    MemorySize = 64;
    /// `memory.copy` and `memory.fill`, before the bytes.
    Bulk = 64;
}

impl OpClass {
    /// The class of an operator.
    #[must_use]
    pub fn of(operator: &Operator<'_>) -> Self {
        use Operator as O;
        match operator {
            O::Nop | O::Block { .. } | O::Loop { .. } | O::Else | O::End => Self::Structure,
            O::I32DivS | O::I32DivU | O::I32RemS | O::I32RemU | O::I64DivS | O::I64DivU | O::I64RemS | O::I64RemU => {
                Self::Division
            }
            O::F32Div | O::F64Div | O::F32Sqrt | O::F64Sqrt => Self::FloatDivision,
            O::Call { .. } => Self::Call,
            O::CallIndirect { .. } => Self::CallIndirect,
            O::BrTable { .. } => Self::BranchTable,
            O::MemorySize { .. } | O::MemoryGrow { .. } => Self::MemorySize,
            O::MemoryCopy { .. } | O::MemoryFill { .. } => Self::Bulk,
            _ if is_memory(operator) => Self::Memory,
            _ if is_truncation(operator) => Self::Truncation,
            _ if is_float(operator) => Self::Float,
            _ => Self::Simple,
        }
    }
}

fn is_memory(operator: &Operator<'_>) -> bool {
    use Operator as O;
    matches!(
        operator,
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
            | O::I64Store32 { .. }
    )
}

fn is_truncation(operator: &Operator<'_>) -> bool {
    use Operator as O;
    matches!(
        operator,
        O::I32TruncF32S
            | O::I32TruncF32U
            | O::I32TruncF64S
            | O::I32TruncF64U
            | O::I64TruncF32S
            | O::I64TruncF32U
            | O::I64TruncF64S
            | O::I64TruncF64U
            | O::I32TruncSatF32S
            | O::I32TruncSatF32U
            | O::I32TruncSatF64S
            | O::I32TruncSatF64U
            | O::I64TruncSatF32S
            | O::I64TruncSatF32U
            | O::I64TruncSatF64S
            | O::I64TruncSatF64U
    )
}

fn is_float(operator: &Operator<'_>) -> bool {
    use Operator as O;
    matches!(
        operator,
        O::F32Ceil
            | O::F32Floor
            | O::F32Trunc
            | O::F32Nearest
            | O::F32Add
            | O::F32Sub
            | O::F32Mul
            | O::F32Min
            | O::F32Max
            | O::F64Ceil
            | O::F64Floor
            | O::F64Trunc
            | O::F64Nearest
            | O::F64Add
            | O::F64Sub
            | O::F64Mul
            | O::F64Min
            | O::F64Max
            | O::F32ConvertI32S
            | O::F32ConvertI32U
            | O::F32ConvertI64S
            | O::F32ConvertI64U
            | O::F64ConvertI32S
            | O::F64ConvertI32U
            | O::F64ConvertI64S
            | O::F64ConvertI64U
            | O::F32DemoteF64
            | O::F64PromoteF32
            | O::I32ReinterpretF32
            | O::I64ReinterpretF64
            | O::F32ReinterpretI32
            | O::F64ReinterpretI64
    )
}
