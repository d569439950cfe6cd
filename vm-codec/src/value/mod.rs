//! Values of every type that crosses the border.

mod any;
mod convert;
mod float;
mod integer;
mod map;
mod show;

use govm_core::{Address, Hash, ObjectId};
use ruint::aliases::U256;

pub use any::AnyValue;
pub use convert::WrongType;
pub use float::{F32, F64};
pub use map::{DuplicateKey, Map};
pub use show::Shown;

pub(crate) use integer::Integer;

/// A value of any type that a contract can use.
///
/// A value does not carry its type, except inside [`Value::Any`]: encoding, decoding and text take a [`Type`]
/// beside it. Equal values of one type have equal bytes, and the order of values is the order of map keys.
///
/// `Display` prints a short form for people, with struct fields by position; [`Value::show`] knows the type and
/// prints names:
///
/// ```
/// use govm_codec::Value;
/// let value = Value::List(vec![Value::Struct(vec![Value::Int64(-1), Value::from("two")])]);
/// assert_eq!(value.to_string(), r#"[{-1, "two"}]"#);
/// ```
///
/// [`Type`]: crate::Type
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// `bool`
    Bool(bool),
    /// `uint8`
    Uint8(u8),
    /// `uint16`
    Uint16(u16),
    /// `uint32`
    Uint32(u32),
    /// `uint64` and `uint`
    Uint64(u64),
    /// `uint128`
    Uint128(u128),
    /// `uint256`
    Uint256(U256),
    /// `int8`
    Int8(i8),
    /// `int16`
    Int16(i16),
    /// `int32`
    Int32(i32),
    /// `int64` and `int`
    Int64(i64),
    /// `float32`
    Float32(F32),
    /// `float64`
    Float64(F64),
    /// `string`
    String(String),
    /// `bytes`, `[N]uint8` and the bytes of a custom type
    Bytes(Vec<u8>),
    /// `Address`
    Address(Address),
    /// `ObjectID`
    ObjectId(ObjectId),
    /// `Hash`
    Hash(Hash),
    /// `*T`
    Option(Option<Box<Value>>),
    /// `[]T` and `[N]T`
    List(Vec<Value>),
    /// `map[K]V`
    Map(Map),
    /// A struct's fields in declared order
    Struct(Vec<Value>),
    /// `any`; nothing is Go's `nil`
    Any(Option<Box<AnyValue>>),
}

impl Value {
    /// The option that holds a value.
    #[must_use]
    pub fn some(value: Self) -> Self {
        Self::Option(Some(Box::new(value)))
    }

    /// The option that holds nothing.
    pub const NONE: Self = Self::Option(None);

    /// The `any` that holds nothing.
    pub const NIL: Self = Self::Any(None);

    /// What kind of value this is, for messages: `uint64`, `string`, `list` and so on.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Bool(_) => "bool",
            Self::Uint8(_) => "uint8",
            Self::Uint16(_) => "uint16",
            Self::Uint32(_) => "uint32",
            Self::Uint64(_) => "uint64",
            Self::Uint128(_) => "uint128",
            Self::Uint256(_) => "uint256",
            Self::Int8(_) => "int8",
            Self::Int16(_) => "int16",
            Self::Int32(_) => "int32",
            Self::Int64(_) => "int64",
            Self::Float32(_) => "float32",
            Self::Float64(_) => "float64",
            Self::String(_) => "string",
            Self::Bytes(_) => "bytes",
            Self::Address(_) => "Address",
            Self::ObjectId(_) => "ObjectID",
            Self::Hash(_) => "Hash",
            Self::Option(_) => "option",
            Self::List(_) => "list",
            Self::Map(_) => "map",
            Self::Struct(_) => "struct",
            Self::Any(_) => "any",
        }
    }
}
