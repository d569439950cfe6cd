//! A host function as data.

use govm_core::ErrorCode;
use wasmparser::{FuncType, ValType};

/// What a parameter of a host function is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParamKind {
    /// The address of bytes that the host reads; i32.
    Ptr,
    /// The address of bytes that the host writes; i32.
    Dst,
    /// A number of bytes; i32.
    Len,
    /// A small number; i32.
    Number,
    /// An amount or a quantity of gas; i64.
    Amount,
}

/// A parameter of a host function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Param {
    /// The parameter's name.
    pub name: &'static str,
    /// What it is.
    pub kind: ParamKind,
}

/// What a host function returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Returns {
    /// Nothing.
    Nothing,
    /// 0 or the number of an error; i32.
    Code,
    /// A length of at least 0, or minus the number of an error; i64.
    Length,
    /// An amount; i64.
    Amount,
    /// 1 if it holds, 0 if not; i32.
    Flag,
}

/// A host function, as data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostFunction {
    /// The name in the import module.
    pub name: &'static str,
    /// What it is about: `call`, `objects` or `crypto`.
    pub family: &'static str,
    /// The parameters, in order.
    pub params: &'static [Param],
    /// What it returns.
    pub returns: Returns,
    /// What each call costs, in gas.
    pub base_gas: u64,
    /// What each byte of its variable-length data costs on top of moving it, in gas.
    pub per_byte_gas: u64,
    /// Whether it changes the state, and so is refused (`read_only`) in a view function.
    pub writes: bool,
    /// The errors that it may return.
    pub errors: &'static [ErrorCode],
    /// What it does.
    pub docs: &'static str,
}

impl HostFunction {
    /// Its WebAssembly type.
    pub(crate) fn wasm_type(&self) -> FuncType {
        let params = self.params.iter().map(|param| match param.kind {
            ParamKind::Amount => ValType::I64,
            _ => ValType::I32,
        });
        let results = match self.returns {
            Returns::Nothing => None,
            Returns::Code | Returns::Flag => Some(ValType::I32),
            Returns::Length | Returns::Amount => Some(ValType::I64),
        };
        FuncType::new(params, results)
    }
}
