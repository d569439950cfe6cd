//! Arguments and results as the caller's own Rust types.
//!
//! Any type that derives the borsh traits can stand for the arguments or results of a function: a tuple, or a
//! struct with one field for each. Its bytes are checked against the ABI, and translated for a contract that uses
//! another codec. Borsh bytes do not tell signed from unsigned numbers, nor a struct from its fields; a caller who
//! wants that checked too uses [`args!`](crate::args) and `TryFrom<Value>`.

use std::any::type_name;

use borsh::{BorshDeserialize, BorshSerialize};

use super::{Abi, Function, Param};
use crate::place::Step;
use crate::wire::{Codec, DecodeError, Decoder, EncodeError, Encoder, Limits};

/// A Rust type that does not fit a function.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TypedError {
    /// The bytes of the arguments are not those of the function's parameters.
    #[error("{function} does not take {found}: {source}")]
    Arguments {
        /// The function with its types.
        function: String,
        /// The Rust type.
        found: &'static str,
        /// Where the bytes stop to fit.
        source: DecodeError,
    },
    /// The results do not fit the Rust type.
    #[error("the results of {function} are not {expected}: {source}")]
    Results {
        /// The function with its types.
        function: String,
        /// The Rust type.
        expected: &'static str,
        /// What the type's own decoder says.
        source: std::io::Error,
    },
    /// The result bytes are not what the ABI says.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The message exceeds a limit.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The type's own encoder failed.
    #[error("{0} cannot be encoded: {1}")]
    Serialize(&'static str, #[source] std::io::Error),
}

/// Encodes a Rust value as the arguments of a call: a tuple or struct of all of them.
///
/// ```
/// # let json = br#"{"abi_version":1,"name":"bank","codec":"scale","functions":[{"name":"Pay",
/// #   "params":[{"name":"note","type":"string"},{"name":"amount","type":"uint16"}],
/// #   "results":[{"name":"","type":"uint64"}]}]}"#;
/// # let abi = govm_codec::Abi::from_json(json)?;
/// let (_, pay) = abi.function("Pay").unwrap(); // Pay(note string, amount uint16) uint64, in SCALE
/// assert_eq!(govm_codec::args_from(&abi, pay, &("hi", 5u16))?, [8, b'h', b'i', 5, 0]);
/// assert_eq!(govm_codec::results_into::<u64>(&abi, pay, &[7, 0, 0, 0, 0, 0, 0, 0])?, 7);
/// let error = govm_codec::args_from(&abi, pay, &("hi", true)).unwrap_err();
/// assert!(error.to_string().starts_with("Pay(note string, amount uint16) uint64 does not take (&str, bool)"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// The bytes of the value are not those of the function's parameters.
pub fn args_from<T: BorshSerialize>(abi: &Abi, function: &Function, args: &T) -> Result<Vec<u8>, TypedError> {
    let bytes = borsh::to_vec(args).map_err(|error| TypedError::Serialize(type_name::<T>(), error))?;
    translate(abi, &function.params, &bytes, Codec::Borsh, abi.codec, Step::Argument).map_err(|error| match error {
        TypedError::Decode(source) => {
            TypedError::Arguments { function: function.to_string(), found: type_name::<T>(), source }
        }
        other => other,
    })
}

/// Decodes the results of a call as a Rust value: the type of a single result, a tuple or struct of several.
///
/// # Errors
/// The bytes are not results of this function, or do not fit the Rust type.
pub fn results_into<T: BorshDeserialize>(abi: &Abi, function: &Function, bytes: &[u8]) -> Result<T, TypedError> {
    let bytes = translate(abi, &function.results, bytes, abi.codec, Codec::Borsh, Step::Result)?;
    T::try_from_slice(&bytes).map_err(|source| TypedError::Results {
        function: function.to_string(),
        expected: type_name::<T>(),
        source,
    })
}

/// Checks a message of one codec and writes it in another.
fn translate(
    abi: &Abi,
    params: &[Param],
    bytes: &[u8],
    from: Codec,
    to: Codec,
    step: fn(usize, String) -> Step,
) -> Result<Vec<u8>, TypedError> {
    let mut decoder = Decoder::new(bytes, from, Limits::default()).map_err(DecodeError::from)?;
    let mut encoder = Encoder::new(to);
    for (index, param) in params.iter().enumerate() {
        let place = |name: &String| step(index, name.clone());
        let value = decoder.value(&param.ty, &abi.types).map_err(|error| error.within(place(&param.name)))?;
        encoder.value(&value, &param.ty, &abi.types).map_err(|error| error.within(place(&param.name)))?;
    }
    decoder.end().map_err(DecodeError::from)?;
    Ok(encoder.finish(Limits::default()).map_err(EncodeError::from)?)
}
