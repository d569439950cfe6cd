//! Values as JSON and as words of a command line.
//!
//! | type | JSON |
//! | --- | --- |
//! | `bool` | `true` |
//! | integers of at most 32 bits | number |
//! | wider integers | string of decimal digits |
//! | floats | number; `"NaN"`, `"Infinity"`, `"-Infinity"` |
//! | `string` | string |
//! | `bytes`, `[N]uint8`, custom types | string of `0x` and hex digits |
//! | `Address`, `ObjectID`, `Hash` | string of `0x` and hex digits |
//! | `*T` | `null`, or the value; `{"some": …}` around a value that may itself be `null` |
//! | `[]T`, `[N]T` | array |
//! | `map[K]V` | object when keys are bools, integers, text, ids or `[N]uint8`; otherwise array of `[key, value]` |
//! | struct | object of all fields |
//! | enum | name of the constant; the number if no constant has it |
//! | `any` | `null`, or `{"type": …, "value": …}` |
//!
//! On the way in, integers of every width may be numbers or strings, a map may be an object or an array, and an
//! `any` may be a plain bool, string or number, which gets the type that Go gives to such a constant: `bool`,
//! `string`, `int`, `float64`.

mod from_json;
mod serde;
mod to_json;
mod word;

pub use self::serde::ValueSeed;

use crate::place::Located;
use crate::types::{ParseTypeError, Type, TypeDefs, TypeError, TypeKind};
use crate::value::DuplicateKey;

/// Text or JSON that is no value of a type, with the place inside the value.
pub type TextError = Located<TextErrorKind>;

/// Why text or JSON is no value of a type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TextErrorKind {
    /// Something else is there.
    #[error("expected {expected}, found {found}")]
    Expected {
        /// What is expected, with the type.
        expected: String,
        /// What is there, cut to a printable length.
        found: String,
    },
    /// The number does not fit the integer type.
    #[error("{number} does not fit {ty}")]
    Range {
        /// The number.
        number: String,
        /// The type.
        ty: String,
    },
    /// The word should be JSON and is not.
    #[error("{ty} is written as JSON: {message}")]
    Json {
        /// The type.
        ty: String,
        /// What the JSON parser says, with line and column.
        message: String,
    },
    /// An array has another number of elements.
    #[error("{ty} has {expected} elements, found {found}")]
    Elements {
        /// The type.
        ty: String,
        /// How many it has.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// A field of a struct is missing.
    #[error("the field {0} is missing")]
    MissingField(String),
    /// A struct has no field of this name.
    #[error("{ty} has no field {field:?}; it has {known}")]
    UnknownField {
        /// The struct.
        ty: String,
        /// The name.
        field: String,
        /// The names that it has.
        known: String,
    },
    /// An enum has no constant of this name.
    #[error("{ty} has no constant {text:?}; it has {known}")]
    UnknownConstant {
        /// The enum.
        ty: String,
        /// The text.
        text: String,
        /// The names that it has.
        known: String,
    },
    /// The text is no identifier.
    #[error(transparent)]
    Id(#[from] govm_core::ParseIdError),
    /// A map has a key twice.
    #[error(transparent)]
    DuplicateKey(#[from] DuplicateKey),
    /// The type of an `any` cannot be read.
    #[error(transparent)]
    Spelling(#[from] ParseTypeError),
    /// A type is not defined.
    #[error(transparent)]
    Type(#[from] TypeError),
    /// A call has another number of arguments.
    #[error("{function} takes {expected} argument{}, found {found}", if *expected == 1 { "" } else { "s" })]
    Arguments {
        /// The function with its types.
        function: String,
        /// How many it takes.
        expected: usize,
        /// How many there are.
        found: usize,
    },
}

/// How many characters of a wrong text an error repeats.
const SHOWN_CHARS: usize = 60;

fn expected(expected: &(impl ToString + ?Sized), found: &str) -> TextErrorKind {
    let mut shown: String = found.chars().take(SHOWN_CHARS).collect();
    if shown.len() < found.len() {
        shown.push('…');
    }
    TextErrorKind::Expected { expected: expected.to_string(), found: shown }
}

/// Whether `null` is a JSON form of some value of the type, so that an option of it needs `{"some": …}`.
fn nullable(ty: &Type, defs: &TypeDefs) -> bool {
    matches!(defs.underlying(ty), Ok(Type::Option(_) | Type::Any))
}

/// Whether the JSON form of the type is a text or can be put into one, so that it can be the key of an object.
fn textual(ty: &Type, defs: &TypeDefs) -> bool {
    match defs.underlying(ty) {
        Ok(Type::Array(_, elem)) => elem.is_byte(),
        Ok(Type::Bool | Type::String | Type::Address | Type::ObjectId | Type::Hash) => true,
        Ok(ty) => ty.int_kind().is_some(),
        Err(_) => false,
    }
}

/// The kind of a named type that is not a name for another.
fn kind_of<'a>(ty: &Type, defs: &'a TypeDefs) -> Option<&'a TypeKind> {
    match ty {
        Type::Named(name) => defs.get(name).map(|def| &def.kind),
        _ => None,
    }
}
