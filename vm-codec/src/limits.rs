//! Every size that hostile input could drive up has its cap here.

/// How many values may be nested in each other: each option, slice, array, map, struct and `any` is one level.
///
/// The same number bounds the nesting of type spellings and of type descriptors.
pub const MAX_DEPTH: usize = 64;

/// The longest message that is read or written unless the caller sets another bound, in bytes.
pub const MAX_MESSAGE_BYTES: usize = 1 << 20;

/// How many values that take no bytes at all (elements of `[]Empty`, where `Empty` has no fields) one message may
/// hold; and how many more structs and arrays, with what takes no bytes in them, than it has bytes. Everything else is bounded by
/// the bytes of the message; these would be free to repeat.
pub const MAX_EMPTY_VALUES: usize = 4096;

/// The longest type descriptor of an `any`, in bytes: every stored `any` carries its own.
pub const MAX_DESCRIPTOR_BYTES: usize = 4096;

/// The longest name of a type, field, function, parameter or event, in bytes: descriptors give a name one length byte.
pub const MAX_NAME_BYTES: usize = 255;

/// How many fields a struct may have: descriptors give their count one byte.
pub const MAX_FIELDS: usize = 255;

/// The largest ABI document that is read, in bytes.
pub const MAX_ABI_BYTES: usize = 1 << 20;
