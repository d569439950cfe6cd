//! What a contract says about itself.

mod call;
mod coerce;
mod compat;
mod document;
mod shape;
mod typed;

use std::fmt;

pub use call::{
    DynamicArgsError, args_from_json, args_from_words, decode_args, decode_results, encode_args, encode_dynamic_args,
    encode_results, results_to_json,
};
pub use coerce::{CoerceError, CoerceErrorKind, coerce, coerce_args};
pub use compat::Incompatibility;
pub use document::AbiError;
pub use typed::{DecodeReceipt, Scale, TypedArgs, TypedError, TypedResults, args_from, results_into};

use crate::types::{Field, Type, TypeDefs};
use crate::wire::Codec;

/// The version of the ABI document that this crate reads and writes.
pub const ABI_VERSION: u32 = 1;

/// The interface of a contract: the document in the custom section `govm.abi` of its module.
///
/// ```
/// use govm_codec::Abi;
/// let json = br#"{"abi_version":1,"name":"counter","codec":"borsh","functions":[
///     {"name":"Increment","params":[{"name":"id","type":"ObjectID"}],"results":[{"name":"","type":"uint64"}]}]}"#;
/// let abi = Abi::from_json(json)?;
/// let (index, increment) = abi.function("Increment").unwrap();
/// assert_eq!(index, 0);
/// assert_eq!(increment.to_string(), "Increment(id ObjectID) uint64");
/// # Ok::<(), govm_codec::AbiError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Abi {
    /// The name of the Go package.
    pub name: String,
    /// The Go doc comment of the contract; may be empty.
    pub docs: String,
    /// The wire format of arguments and results.
    pub codec: Codec,
    /// Whether it may be called while it is running already (`//govm:reentrant`).
    pub reentrant: bool,
    /// The version of the SDK that built the contract; may be empty.
    pub sdk_version: String,
    /// The version of Go that built the contract; may be empty.
    pub go_version: String,
    /// The functions sorted by name. The index of a function is the number under which the guest knows it.
    pub functions: Vec<Function>,
    /// The contract's own types.
    pub types: TypeDefs,
    /// The declared events sorted by name.
    pub events: Vec<Event>,
}

impl Abi {
    /// The function with this name and its index.
    #[must_use]
    pub fn function(&self, name: &str) -> Option<(u32, &Function)> {
        let index = self.functions.binary_search_by(|function| function.name.as_str().cmp(name)).ok()?;
        Some((u32::try_from(index).ok()?, &self.functions[index]))
    }

    /// The declared event with this name.
    #[must_use]
    pub fn event(&self, name: &str) -> Option<&Event> {
        let index = self.events.binary_search_by(|event| event.name.as_str().cmp(name)).ok()?;
        Some(&self.events[index])
    }
}

/// A function of a contract. `Display` prints it as Go would: `Increment(id ObjectID) uint64`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Function {
    /// The name.
    pub name: String,
    /// The Go doc comment without directives; may be empty.
    pub docs: String,
    /// Whether it only reads (`//govm:view`).
    pub view: bool,
    /// Whether a call may carry value (`//govm:payable`).
    pub payable: bool,
    /// The parameters, without a leading `core.Context`.
    pub params: Vec<Param>,
    /// The results, without a last `error`. Names may be empty.
    pub results: Vec<Param>,
}

/// A parameter or a result of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Param {
    /// The name; may be empty.
    pub name: String,
    /// The type.
    pub ty: Type,
}

/// An event that a contract declares.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// The name.
    pub name: String,
    /// What it carries.
    pub fields: Vec<Field>,
}

impl fmt::Display for Param {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.is_empty() { self.ty.fmt(f) } else { write!(f, "{} {}", self.name, self.ty) }
    }
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.name, listed(&self.params))?;
        match self.results.as_slice() {
            [] => Ok(()),
            [only] if only.name.is_empty() => write!(f, " {only}"),
            results => write!(f, " ({})", listed(results)),
        }
    }
}

fn listed(params: &[Param]) -> String {
    params.iter().map(Param::to_string).collect::<Vec<_>>().join(", ")
}
