//! Identifiers: fixed-size byte strings with one text form, `0x` and lower-case hex.

use std::fmt;
use std::str::FromStr;

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A text that is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseIdError {
    /// The `0x` in front is missing.
    #[error("{kind} {text:?} does not start with 0x (expected 0x and {digits} hex digits)")]
    Prefix {
        /// What was expected, for example `address`.
        kind: &'static str,
        /// The text, cut to a printable length.
        text: String,
        /// How many hex digits were expected.
        digits: usize,
    },
    /// The number of hex digits is wrong.
    #[error("{kind} has {found} characters after 0x, expected {digits} hex digits")]
    Length {
        /// What was expected, for example `address`.
        kind: &'static str,
        /// How many characters follow `0x`.
        found: usize,
        /// How many hex digits were expected.
        digits: usize,
    },
    /// A character is no hex digit.
    #[error("{kind} has a character that is no hex digit at position {position}")]
    Digit {
        /// What was expected, for example `address`.
        kind: &'static str,
        /// The character's index in the text, `0x` counted.
        position: usize,
    },
}

fn parse<const N: usize>(kind: &'static str, text: &str) -> Result<[u8; N], ParseIdError> {
    let digits = 2 * N;
    let Some(tail) = text.strip_prefix("0x") else {
        let text = text.chars().take(80).collect();
        return Err(ParseIdError::Prefix { kind, text, digits });
    };
    if let Some(at) = tail.bytes().position(|byte| !byte.is_ascii_hexdigit()) {
        return Err(ParseIdError::Digit { kind, position: at + 2 });
    }
    let mut bytes = [0; N];
    hex::decode_to_slice(tail, &mut bytes).map_err(|_| ParseIdError::Length { kind, found: tail.len(), digits })?;
    Ok(bytes)
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $len:literal, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
        #[cfg_attr(feature = "parity-scale-codec", derive(parity_scale_codec::Encode, parity_scale_codec::Decode))]
        pub struct $name([u8; $len]);

        impl $name {
            /// The length of the identifier, in bytes.
            pub const LEN_BYTES: usize = $len;
            /// The identifier of all zero bytes.
            pub const ZERO: Self = Self([0; $len]);

            /// The identifier with these bytes.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }

            /// The identifier with these bytes, if there are exactly enough of them.
            #[must_use]
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self)
            }

            /// The bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }

            /// Whether every byte is zero.
            #[must_use]
            pub fn is_zero(&self) -> bool {
                *self == Self::ZERO
            }
        }

        impl AsRef<[u8]> for $name {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("0x")?;
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                parse($kind, text).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

identifier! {
    /// The 20 bytes that name an account or a contract.
    ///
    /// ```
    /// use govm_core::Address;
    /// let address: Address = "0x000102030405060708090a0b0c0d0e0f10111213".parse()?;
    /// assert_eq!(address.as_bytes()[19], 0x13);
    /// assert_eq!(address.to_string(), "0x000102030405060708090a0b0c0d0e0f10111213");
    /// # Ok::<(), govm_core::ParseIdError>(())
    /// ```
    Address, 20, "address"
}

identifier! {
    /// The 32 bytes that name a state object.
    ObjectId, 32, "object id"
}

identifier! {
    /// A SHA-256 digest: of code, of a block, of a call's writes.
    Hash, 32, "hash"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_bytes_are_two_forms_of_one_value() {
        let hash = Hash::from_bytes([0xa5; 32]);
        assert_eq!(hash.to_string(), format!("0x{}", "a5".repeat(32)));
        assert_eq!(hash.to_string().parse(), Ok(hash));
        assert_eq!(format!("{:?}", Address::ZERO), format!("Address(0x{})", "00".repeat(20)));
        assert_eq!(format!("0x{}", "A5".repeat(32)).parse(), Ok(hash), "upper case is read too");
    }

    #[test]
    fn a_wrong_text_says_what_is_wrong_with_it() {
        let parse = |text: &str| text.parse::<Address>().unwrap_err().to_string();
        assert_eq!(parse("12"), "address \"12\" does not start with 0x (expected 0x and 40 hex digits)");
        assert_eq!(parse("0x12"), "address has 2 characters after 0x, expected 40 hex digits");
        assert_eq!(parse("0x1g"), "address has a character that is no hex digit at position 3");
        assert_eq!(parse("0x\u{e9}\u{e9}"), "address has a character that is no hex digit at position 2");
    }

    #[test]
    fn serde_uses_the_text_form() {
        let id = ObjectId::from_bytes([1; 32]);
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, format!("\"0x{}\"", "01".repeat(32)));
        assert_eq!(serde_json::from_str::<ObjectId>(&json).unwrap(), id);
        assert!(serde_json::from_str::<ObjectId>("\"0x01\"").is_err());
    }

    #[test]
    fn a_slice_of_another_length_is_no_identifier() {
        assert_eq!(Address::from_slice(&[0; 20]), Some(Address::ZERO));
        assert_eq!(Address::from_slice(&[0; 19]), None);
        assert_eq!(Address::from_slice(&[0; 32]), None);
    }
}
