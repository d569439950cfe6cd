//! Between Rust's own types and values.

use govm_core::{Address, Hash, ObjectId};
use ruint::aliases::U256;

use super::{AnyValue, F32, F64, Map, Value};

/// A value that is not of the Rust type it was to become.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, found {found}")]
pub struct WrongType {
    /// The Rust type.
    pub expected: &'static str,
    /// The kind of the value.
    pub found: &'static str,
}

macro_rules! convert {
    ($($variant:ident: $rust:ty,)*) => {
        $(
            impl From<$rust> for Value {
                fn from(value: $rust) -> Self {
                    Self::$variant(value)
                }
            }

            impl TryFrom<Value> for $rust {
                type Error = WrongType;

                fn try_from(value: Value) -> Result<Self, WrongType> {
                    match value {
                        Value::$variant(value) => Ok(value),
                        other => Err(WrongType { expected: stringify!($rust), found: other.kind() }),
                    }
                }
            }
        )*
    };
}

convert! {
    Bool: bool,
    Uint8: u8,
    Uint16: u16,
    Uint32: u32,
    Uint64: u64,
    Uint128: u128,
    Uint256: U256,
    Int8: i8,
    Int16: i16,
    Int32: i32,
    Int64: i64,
    Float32: F32,
    Float64: F64,
    String: String,
    Bytes: Vec<u8>,
    Address: Address,
    ObjectId: ObjectId,
    Hash: Hash,
    List: Vec<Value>,
    Map: Map,
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

impl<const N: usize> From<[u8; N]> for Value {
    fn from(bytes: [u8; N]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

impl From<f32> for Value {
    fn from(number: f32) -> Self {
        Self::Float32(F32::new(number))
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Float64(F64::new(number))
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(option: Option<T>) -> Self {
        Self::Option(option.map(|value| Box::new(value.into())))
    }
}

impl From<AnyValue> for Value {
    fn from(any: AnyValue) -> Self {
        Self::Any(Some(Box::new(any)))
    }
}

/// The arguments of a call as a `Vec<Value>`, from anything that is `Into<Value>`.
///
/// ```
/// use govm_codec::{Value, args};
/// assert_eq!(args![5u64, "text", true], [Value::Uint64(5), Value::from("text"), Value::Bool(true)]);
/// assert_eq!(u64::try_from(args![5u8].remove(0)).unwrap_err().to_string(), "expected u64, found uint8");
/// assert!(args![].is_empty());
/// ```
#[macro_export]
macro_rules! args {
    () => { ::std::vec::Vec::<$crate::Value>::new() };
    ($($arg:expr),+ $(,)?) => { ::std::vec![$($crate::Value::from($arg)),+] };
}
