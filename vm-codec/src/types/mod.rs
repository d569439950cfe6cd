//! Types: their spelling, their definitions, and the check that a set of definitions makes sense.

mod check;
mod def;
mod parse;
mod spelling;

pub use def::{EnumValue, Field, TypeDef, TypeDefs, TypeKind};
pub use parse::{ParseTypeError, ParseTypeErrorKind};

pub(crate) use check::is_identifier;
pub(crate) use spelling::Scalar;

/// A type as a contract's ABI spells it.
///
/// `Display` prints the spelling and `FromStr` reads it:
///
/// ```
/// use govm_codec::Type;
/// let ty: Type = "map[string][]*Point".parse()?;
/// assert_eq!(ty.to_string(), "map[string][]*Point");
/// assert_eq!("[]uint8".parse(), Ok(Type::Bytes), "Go's []byte and []uint8 are one type");
/// assert_eq!(
///     "map[float64]bool]".parse::<Type>().unwrap_err().to_string(),
///     "type \"map[float64]bool]\": nothing more is expected at position 16"
/// );
/// # Ok::<(), govm_codec::ParseTypeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Type {
    /// `bool`
    Bool,
    /// `uint8`
    Uint8,
    /// `uint16`
    Uint16,
    /// `uint32`
    Uint32,
    /// `uint64`
    Uint64,
    /// `uint128`, in Go `core.U128`
    Uint128,
    /// `uint256`, in Go `core.U256`
    Uint256,
    /// `int8`
    Int8,
    /// `int16`
    Int16,
    /// `int32`
    Int32,
    /// `int64`
    Int64,
    /// `float32`
    Float32,
    /// `float64`
    Float64,
    /// `int`: 64 bits on the wire
    Int,
    /// `uint`: 64 bits on the wire
    Uint,
    /// `string`: UTF-8
    String,
    /// `bytes`, in Go `[]byte`
    Bytes,
    /// `Address`: 20 bytes
    Address,
    /// `ObjectID`: 32 bytes
    ObjectId,
    /// `Hash`: 32 bytes
    Hash,
    /// `any`: a value that carries its own type
    Any,
    /// `*T`: a pointer, which is a value or nothing
    Option(Box<Type>),
    /// `[]T`. `[]uint8` is [`Type::Bytes`]
    Slice(Box<Type>),
    /// `[N]T`
    Array(u32, Box<Type>),
    /// `map[K]V`: key and value
    Map(Box<(Type, Type)>),
    /// A type of the contract, by its bare name; what it is stands in the [`TypeDefs`]
    Named(Box<str>),
}

impl Type {
    /// `*elem`
    #[must_use]
    pub fn option(elem: Self) -> Self {
        Self::Option(Box::new(elem))
    }

    /// `[]elem`; [`Type::Bytes`] when the element is `uint8`, since Go has one type for both spellings.
    #[must_use]
    pub fn slice(elem: Self) -> Self {
        if elem == Self::Uint8 { Self::Bytes } else { Self::Slice(Box::new(elem)) }
    }

    /// `[len]elem`
    #[must_use]
    pub fn array(len: u32, elem: Self) -> Self {
        Self::Array(len, Box::new(elem))
    }

    /// `map[key]value`
    #[must_use]
    pub fn map(key: Self, value: Self) -> Self {
        Self::Map(Box::new((key, value)))
    }

    /// The type of the contract with this name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self::Named(name.into())
    }

    /// Whether this is `uint8`: slices and arrays of it are held as plain bytes.
    pub(crate) fn is_byte(&self) -> bool {
        *self == Self::Uint8
    }
}

/// A set of types that makes no sense, or a name that the set does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TypeError {
    /// A name that no definition has.
    #[error("type {0} is not defined")]
    Undefined(String),
    /// Two definitions have the name.
    #[error("type {0} is defined twice")]
    DefinedTwice(String),
    /// The name is not a Go identifier, is longer than [`MAX_NAME_BYTES`](crate::MAX_NAME_BYTES), or is the name
    /// of a built-in type.
    #[error("{0:?} cannot be the name of a {1}")]
    Name(String, &'static str),
    /// A type that contains itself other than through a pointer, slice or map would have infinite size.
    #[error("type {0} contains itself")]
    Infinite(String),
    /// The values of the type would be nested deeper than [`MAX_DEPTH`](crate::MAX_DEPTH).
    #[error("type {0} is nested deeper than {max} levels", max = crate::MAX_DEPTH)]
    Depth(String),
    /// A type that has no order, or no fixed form, is the key of a map.
    #[error("{0} cannot be the key of a map")]
    MapKey(String),
    /// `[]uint8` that was built by hand instead of as `bytes`.
    #[error("[]uint8 is spelled bytes")]
    ByteSlice,
    /// An `any` holds a value with a type of its own, never directly another `any`.
    #[error("an any cannot hold an any directly")]
    AnyInAny,
    /// Two fields of a struct, or two constants of an enum, have one name.
    #[error("{type_name} has {member} twice")]
    MemberTwice {
        /// The struct or enum.
        type_name: String,
        /// The name that comes twice.
        member: String,
    },
    /// A struct with more than [`MAX_FIELDS`](crate::MAX_FIELDS) fields.
    #[error("{0} has more than {max} fields", max = crate::MAX_FIELDS)]
    Fields(String),
    /// The base of an enum is no integer type of at most 64 bits.
    #[error("the base of enum {type_name} is {base}, which is no integer type of at most 64 bits")]
    EnumBase {
        /// The enum.
        type_name: String,
        /// Its base.
        base: String,
    },
    /// A constant does not fit the base of its enum.
    #[error("{type_name}.{constant} = {value} does not fit {base}")]
    EnumRange {
        /// The enum.
        type_name: String,
        /// The constant.
        constant: String,
        /// Its value.
        value: i128,
        /// The base of the enum.
        base: String,
    },
}
