//! The two wire formats: values to bytes and back.

mod any;
mod decode;
mod descriptor;
mod encode;
mod error;
mod read;

pub use any::{decode_any, decode_any_list, decode_event, encode_any, encode_any_list, encode_event};
pub use decode::decode;
pub use encode::encode;
pub use error::{DecodeError, DecodeErrorKind, EncodeError, EncodeErrorKind};

pub(crate) use decode::Decoder;
pub(crate) use descriptor::len_bytes as descriptor_bytes;
pub(crate) use encode::Encoder;

use crate::limits::MAX_MESSAGE_BYTES;

/// The wire format of a contract.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Codec {
    /// Lengths and counts are four bytes, little-endian.
    #[default]
    Borsh,
    /// Lengths and counts are compact integers of SCALE; all else is as in Borsh.
    Scale,
}

impl Codec {
    /// The name in the ABI document.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Borsh => "borsh",
            Self::Scale => "scale",
        }
    }
}

impl std::fmt::Display for Codec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// How large a message may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes of the whole message.
    pub message_bytes: usize,
}

impl Default for Limits {
    /// [`MAX_MESSAGE_BYTES`]
    fn default() -> Self {
        Self { message_bytes: MAX_MESSAGE_BYTES }
    }
}
