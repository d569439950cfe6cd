//! The table of scalar types, and how a type is printed.

use std::fmt;

use super::Type;

/// What there is to know about a type without parts.
pub(crate) struct Scalar {
    /// The type.
    pub(crate) ty: Type,
    /// Its spelling.
    pub(crate) name: &'static str,
    /// Its tag in the descriptor of an `any`.
    pub(crate) tag: u8,
    /// The fewest bytes a value takes in either wire format.
    pub(crate) least_bytes: u64,
}

const fn scalar(ty: Type, name: &'static str, tag: u8, least_bytes: u64) -> Scalar {
    Scalar { ty, name, tag, least_bytes }
}

/// Every scalar type. Length prefixes count one byte, the shortest that SCALE has; so does the nil of an `any`.
pub(crate) static SCALARS: [Scalar; 21] = [
    scalar(Type::Bool, "bool", 0x01, 1),
    scalar(Type::Uint8, "uint8", 0x02, 1),
    scalar(Type::Uint16, "uint16", 0x03, 2),
    scalar(Type::Uint32, "uint32", 0x04, 4),
    scalar(Type::Uint64, "uint64", 0x05, 8),
    scalar(Type::Uint128, "uint128", 0x06, 16),
    scalar(Type::Uint256, "uint256", 0x07, 32),
    scalar(Type::Int8, "int8", 0x08, 1),
    scalar(Type::Int16, "int16", 0x09, 2),
    scalar(Type::Int32, "int32", 0x0a, 4),
    scalar(Type::Int64, "int64", 0x0b, 8),
    scalar(Type::Float32, "float32", 0x0c, 4),
    scalar(Type::Float64, "float64", 0x0d, 8),
    scalar(Type::Int, "int", 0x0e, 8),
    scalar(Type::Uint, "uint", 0x0f, 8),
    scalar(Type::String, "string", 0x10, 1),
    scalar(Type::Bytes, "bytes", 0x11, 1),
    scalar(Type::Address, "Address", 0x12, 20),
    scalar(Type::ObjectId, "ObjectID", 0x13, 32),
    scalar(Type::Hash, "Hash", 0x14, 32),
    scalar(Type::Any, "any", 0x27, 1),
];

impl Scalar {
    /// The entry of a type; nothing for a type with parts or a name.
    pub(crate) fn of(ty: &Type) -> Option<&'static Self> {
        SCALARS.iter().find(|scalar| scalar.ty == *ty)
    }

    /// The type with this spelling.
    pub(crate) fn by_name(name: &str) -> Option<Type> {
        SCALARS.iter().find(|scalar| scalar.name == name).map(|scalar| scalar.ty.clone())
    }

    /// The type with this descriptor tag.
    pub(crate) fn by_tag(tag: u8) -> Option<Type> {
        SCALARS.iter().find(|scalar| scalar.tag == tag).map(|scalar| scalar.ty.clone())
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Option(elem) => write!(f, "*{elem}"),
            Self::Slice(elem) => write!(f, "[]{elem}"),
            Self::Array(len, elem) => write!(f, "[{len}]{elem}"),
            Self::Map(pair) => write!(f, "map[{}]{}", pair.0, pair.1),
            Self::Named(name) => f.write_str(name),
            scalar => f.write_str(Scalar::of(scalar).map_or("?", |scalar| scalar.name)),
        }
    }
}

/// The width and sign of an integer type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct IntKind {
    /// The width in bits.
    pub(crate) bits: u16,
    /// Whether it has negative values.
    pub(crate) signed: bool,
}

impl Type {
    /// The width and sign, if this is a built-in integer type.
    pub(crate) fn int_kind(&self) -> Option<IntKind> {
        let (bits, signed) = match self {
            Self::Uint8 => (8, false),
            Self::Uint16 => (16, false),
            Self::Uint32 => (32, false),
            Self::Uint64 | Self::Uint => (64, false),
            Self::Uint128 => (128, false),
            Self::Uint256 => (256, false),
            Self::Int8 => (8, true),
            Self::Int16 => (16, true),
            Self::Int32 => (32, true),
            Self::Int64 | Self::Int => (64, true),
            _ => return None,
        };
        Some(IntKind { bits, signed })
    }
}
