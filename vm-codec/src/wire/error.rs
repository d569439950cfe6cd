//! Why bytes are refused, and why a value cannot be written.

use crate::limits::{MAX_DEPTH, MAX_DESCRIPTOR_BYTES, MAX_EMPTY_VALUES};
use crate::place::Located;
use crate::types::TypeError;

/// Bytes that are not the one encoding of a value, with the place inside the value.
pub type DecodeError = Located<DecodeErrorKind>;

/// Why bytes are not the one encoding of a value of the expected type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The bytes end too early.
    #[error("bytes needed: {needed_bytes}, left: {left_bytes}")]
    Truncated {
        /// How many bytes the value takes at least.
        needed_bytes: usize,
        /// How many there are.
        left_bytes: usize,
    },
    /// The value is complete, but the bytes go on.
    #[error("the value is complete, extra bytes: {extra_bytes}")]
    Trailing {
        /// How many bytes are left over.
        extra_bytes: usize,
    },
    /// The message is longer than the caller's [`Limits`](crate::Limits) allow.
    #[error("the message has {len_bytes} bytes, at most {limit_bytes} are allowed")]
    TooLong {
        /// The length of the message.
        len_bytes: usize,
        /// The most that is allowed.
        limit_bytes: usize,
    },
    /// Values are nested deeper than [`MAX_DEPTH`].
    #[error("values are nested deeper than {MAX_DEPTH} levels")]
    Depth,
    /// More than [`MAX_EMPTY_VALUES`] values that take no bytes.
    #[error("more than {MAX_EMPTY_VALUES} values that take no bytes")]
    Empty,
    /// More structs, arrays and values without bytes than the message has bytes, and [`MAX_EMPTY_VALUES`] beyond these.
    #[error(
        "more than {MAX_EMPTY_VALUES} structs, arrays and values without bytes beyond one for each byte of the message"
    )]
    Bare,
    /// A bool that is neither 0 nor 1.
    #[error("a bool is 0 or 1, not {0}")]
    Bool(u8),
    /// The tag of an option that is neither 0 nor 1.
    #[error("the tag of an option is 0 or 1, not {0}")]
    Option(u8),
    /// A string that is not UTF-8.
    #[error("the string is not valid UTF-8")]
    Utf8,
    /// A NaN with other bits than the canonical one.
    #[error("the NaN is not the canonical one")]
    Nan,
    /// The keys of a map do not ascend, or one comes twice.
    #[error("the keys of the map do not ascend strictly")]
    KeyOrder,
    /// A compact integer that has a shorter form.
    #[error("the length is not in its shortest form")]
    Compact,
    /// A length of more than 32 bits.
    #[error("the length has more than 32 bits")]
    Length,
    /// The type itself is wrong: it was not checked, or the descriptor of an `any` makes no sense.
    #[error(transparent)]
    Type(#[from] TypeError),
    /// A descriptor with a tag that does not exist, or not at this place.
    #[error("no type has the tag {0:#04x} here")]
    Tag(u8),
    /// A descriptor refers to an enclosing type that is not there.
    #[error("the descriptor refers to enclosing type {0}, which is not there")]
    BackReference(u8),
    /// A descriptor spells out again the type that it is inside of, instead of referring to it.
    #[error("the descriptor repeats type {0} inside itself")]
    Repeated(String),
    /// A descriptor gives one name to two types.
    #[error("the descriptor defines {0} in two ways")]
    Conflict(String),
    /// A descriptor longer than [`MAX_DESCRIPTOR_BYTES`].
    #[error("the descriptor is longer than {MAX_DESCRIPTOR_BYTES} bytes")]
    DescriptorLength,
}

/// A value that does not fit its type, with the place inside the value.
pub type EncodeError = Located<EncodeErrorKind>;

/// Why a value cannot be encoded as a type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeErrorKind {
    /// The value is of another type.
    #[error("expected {expected}, found {found}")]
    Mismatch {
        /// The type.
        expected: String,
        /// The kind of the value.
        found: String,
    },
    /// An array or a struct has another number of parts.
    #[error("{ty} has {expected} parts, found {found}")]
    Parts {
        /// The type.
        ty: String,
        /// How many parts it has.
        expected: usize,
        /// How many the value has.
        found: usize,
    },
    /// A call has another number of arguments or results.
    #[error("expected {expected} values, found {found}")]
    Count {
        /// How many the function has.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// Values are nested deeper than [`MAX_DEPTH`].
    #[error("values are nested deeper than {MAX_DEPTH} levels")]
    Depth,
    /// More than [`MAX_EMPTY_VALUES`] values that take no bytes.
    #[error("more than {MAX_EMPTY_VALUES} values that take no bytes")]
    Empty,
    /// More structs, arrays and values without bytes than the message has bytes, and [`MAX_EMPTY_VALUES`] beyond these.
    #[error(
        "more than {MAX_EMPTY_VALUES} structs, arrays and values without bytes beyond one for each byte of the message"
    )]
    Bare,
    /// A list or a text whose length has more than 32 bits.
    #[error("the length has more than 32 bits")]
    Length,
    /// The message is longer than the caller's [`Limits`](crate::Limits) allow.
    #[error("the message has more than {limit_bytes} bytes")]
    TooLong {
        /// The most that is allowed.
        limit_bytes: usize,
    },
    /// The type itself is wrong.
    #[error(transparent)]
    Type(#[from] TypeError),
    /// The descriptor of an `any` is longer than [`MAX_DESCRIPTOR_BYTES`].
    #[error("the type descriptor is longer than {MAX_DESCRIPTOR_BYTES} bytes")]
    DescriptorLength,
}
