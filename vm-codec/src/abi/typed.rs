//! Arguments and results as the caller's own Rust types.
//!
//! Any type that derives the borsh traits can stand for the arguments or results of a function: a tuple, or a
//! struct with one field for each. So can any type that derives the traits of parity-scale-codec, in [`Scale`]. Which
//! of the two it is has nothing to do with the codec of the contract: the bytes are checked against the ABI and
//! translated. Neither format tells signed from unsigned numbers, nor a struct from its fields; a caller who wants
//! that checked too uses [`args!`](crate::args) and `TryFrom<Value>`.

use std::any::type_name;
use std::error::Error;

use borsh::{BorshDeserialize, BorshSerialize};
use govm_core::{ContractError, Receipt, Status};
use parity_scale_codec::{Decode, DecodeLimit, Encode};

use super::{Abi, Function, Param};
use crate::limits::MAX_DEPTH;
use crate::place::Step;
use crate::wire::{Codec, DecodeError, Decoder, EncodeError, Encoder, Limits};

/// How many vectors, boxes and maps of a Rust type may be nested in each other. The bytes fit the ABI, which nests no
/// deeper than [`MAX_DEPTH`]; a Rust type may have a box or two at each level, or be no type of the ABI's at all.
const SCALE_DEPTH: u32 = 4 * MAX_DEPTH as u32;

/// What a type's own encoder or decoder says.
type OwnError = Box<dyn Error + Send + Sync>;

/// A Rust type that does not fit a function, or a call without results.
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
    /// The results are not of the Rust type.
    #[error("expected {expected}, found the results of {function}: {source}")]
    Results {
        /// The Rust type.
        expected: &'static str,
        /// The function with its types.
        function: String,
        /// What the type's own decoder says.
        source: OwnError,
    },
    /// The call failed, so it has no results.
    #[error("expected {expected}, found a call that failed: {source}")]
    Failed {
        /// The Rust type.
        expected: &'static str,
        /// How the call ended.
        source: ContractError,
    },
    /// The result bytes are not what the ABI says.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The message exceeds a limit.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The type's own encoder failed.
    #[error("{0} cannot be encoded: {1}")]
    Serialize(&'static str, #[source] OwnError),
}

/// A value whose type has the traits of parity-scale-codec, as arguments or results.
///
/// ```
/// # let json = br#"{"abi_version":1,"name":"bank","codec":"borsh","functions":[{"name":"Pay",
/// #   "params":[{"name":"note","type":"string"},{"name":"amount","type":"uint16"}]}]}"#;
/// # let abi = govm_codec::Abi::from_json(json)?;
/// use govm_codec::{Scale, args_from};
/// #[derive(parity_scale_codec::Encode)]
/// struct Pay { note: String, amount: u16 }
///
/// let (_, pay) = abi.function("Pay").unwrap(); // Pay(note string, amount uint16), in Borsh
/// let args = args_from(&abi, pay, &Scale(Pay { note: "hi".into(), amount: 5 }))?;
/// assert_eq!(args, [2, 0, 0, 0, b'h', b'i', 5, 0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scale<T>(pub T);

/// A Rust type whose values can be arguments: one with [`BorshSerialize`], or [`Scale`] of one with [`Encode`].
pub trait TypedArgs {
    /// The format that the type encodes itself in.
    const CODEC: Codec;

    /// The name of the type, for messages.
    fn rust_type() -> &'static str;

    /// The value's own encoding.
    ///
    /// # Errors
    /// The value cannot be encoded; the borsh crate says so of NaN.
    fn to_message(&self) -> Result<Vec<u8>, OwnError>;
}

impl<T: BorshSerialize> TypedArgs for T {
    const CODEC: Codec = Codec::Borsh;

    fn rust_type() -> &'static str {
        type_name::<T>()
    }

    fn to_message(&self) -> Result<Vec<u8>, OwnError> {
        Ok(borsh::to_vec(self)?)
    }
}

impl<T: Encode> TypedArgs for Scale<T> {
    const CODEC: Codec = Codec::Scale;

    fn rust_type() -> &'static str {
        type_name::<T>()
    }

    fn to_message(&self) -> Result<Vec<u8>, OwnError> {
        Ok(self.0.encode())
    }
}

/// A Rust type that results can become: one with [`BorshDeserialize`], or [`Scale`] of one with [`Decode`].
pub trait TypedResults: Sized {
    /// The format that the type decodes itself from.
    const CODEC: Codec;

    /// The name of the type, for messages.
    fn rust_type() -> &'static str;

    /// The value with this encoding of its own.
    ///
    /// # Errors
    /// The bytes are no value of the type.
    fn from_message(bytes: &[u8]) -> Result<Self, OwnError>;
}

impl<T: BorshDeserialize> TypedResults for T {
    const CODEC: Codec = Codec::Borsh;

    fn rust_type() -> &'static str {
        type_name::<T>()
    }

    fn from_message(bytes: &[u8]) -> Result<Self, OwnError> {
        let mut reader = StackGuard::new(bytes);
        let value = T::deserialize_reader(&mut reader)?;
        if reader.left.is_empty() { Ok(value) } else { Err(format!("bytes left over: {}", reader.left.len()).into()) }
    }
}

impl<T: Decode> TypedResults for Scale<T> {
    const CODEC: Codec = Codec::Scale;

    fn rust_type() -> &'static str {
        type_name::<T>()
    }

    fn from_message(mut bytes: &[u8]) -> Result<Self, OwnError> {
        Ok(Self(T::decode_all_with_depth_limit(SCALE_DEPTH, &mut bytes)?))
    }
}

/// How far the stack may grow while a type decodes itself from Borsh, in bytes: for the [`MAX_DEPTH`] levels that an
/// ABI allows, 4 KiB each.
const BORSH_STACK_BYTES: usize = MAX_DEPTH * 4 * 1024;

/// Bytes that are no longer given once the reader's stack has grown too far. Derived borsh code bounds no depth: a
/// recursive type could otherwise be led to the end of the stack, by a contract whose ABI says that its result is
/// plain bytes.
struct StackGuard<'a> {
    left: &'a [u8],
    /// About where the stack was when reading began.
    base: usize,
}

impl<'a> StackGuard<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { left: bytes, base: stack_position() }
    }
}

impl borsh::io::Read for StackGuard<'_> {
    fn read(&mut self, into: &mut [u8]) -> borsh::io::Result<usize> {
        if stack_position().abs_diff(self.base) > BORSH_STACK_BYTES {
            return Err(borsh::io::Error::other("the value is nested too deep"));
        }
        self.left.read(into)
    }
}

/// The address of something on the stack, to compare with another.
#[inline(never)]
fn stack_position() -> usize {
    let here = 0u8;
    std::ptr::from_ref(std::hint::black_box(&here)).addr()
}

/// Encodes a Rust value as the arguments of a call: a tuple or struct of all of them.
///
/// ```
/// # let json = br#"{"abi_version":1,"name":"bank","codec":"scale","functions":[{"name":"Pay",
/// #   "params":[{"name":"note","type":"string"},{"name":"amount","type":"uint16"}]}]}"#;
/// # let abi = govm_codec::Abi::from_json(json)?;
/// let (_, pay) = abi.function("Pay").unwrap(); // Pay(note string, amount uint16), in SCALE
/// assert_eq!(govm_codec::args_from(&abi, pay, &("hi", 5u16))?, [8, b'h', b'i', 5, 0]);
/// let error = govm_codec::args_from(&abi, pay, &("hi", true)).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "Pay(note string, amount uint16) does not take (&str, bool): argument 2 (amount): bytes needed: 2, left: 1"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// The bytes of the value are not those of the function's parameters.
pub fn args_from<T: TypedArgs>(abi: &Abi, function: &Function, args: &T) -> Result<Vec<u8>, TypedError> {
    let bytes = args.to_message().map_err(|error| TypedError::Serialize(T::rust_type(), error))?;
    translate(abi, &function.params, &bytes, T::CODEC, abi.codec, Step::Argument).map_err(|error| match error {
        TypedError::Decode(source) => {
            TypedError::Arguments { function: function.to_string(), found: T::rust_type(), source }
        }
        other => other,
    })
}

/// Decodes the results of a call as a Rust value: the type of a single result, a tuple or struct of several. For those
/// of a receipt, [`DecodeReceipt`] is shorter.
///
/// # Errors
/// The bytes are not results of this function, or do not fit the Rust type.
pub fn results_into<T: TypedResults>(abi: &Abi, function: &Function, bytes: &[u8]) -> Result<T, TypedError> {
    let bytes = translate(abi, &function.results, bytes, abi.codec, T::CODEC, Step::Result)?;
    T::from_message(&bytes).map_err(|source| TypedError::Results {
        expected: T::rust_type(),
        function: function.to_string(),
        source,
    })
}

/// The results that a receipt holds, as a Rust value.
///
/// ```
/// # let json = br#"{"abi_version":1,"name":"bank","codec":"scale","functions":[{"name":"Left",
/// #   "results":[{"name":"","type":"uint64"},{"name":"","type":"string"}]}]}"#;
/// # let abi = govm_codec::Abi::from_json(json)?;
/// # let receipt = |status, output| govm_core::Receipt {
/// #     status, output, gas_used: 0, gas_refunded: 0, schedule_version: 1, events: vec![], writes: govm_core::Hash::ZERO };
/// # let receipt = receipt(govm_core::Status::Ok, vec![7, 0, 0, 0, 0, 0, 0, 0, 4, b'x']);
/// use govm_codec::DecodeReceipt;
/// let (_, left) = abi.function("Left").unwrap(); // Left() (uint64, string)
/// assert_eq!(receipt.decode::<(u64, String)>(&abi, left)?, (7, "x".to_owned()));
/// let error = receipt.decode::<u64>(&abi, left).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "expected u64, found the results of Left() (uint64, string): bytes left over: 5"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait DecodeReceipt {
    /// Decodes the results of a call of this function.
    ///
    /// # Errors
    /// The call failed, its output is not results of this function, or they do not fit the Rust type.
    fn decode<T: TypedResults>(&self, abi: &Abi, function: &Function) -> Result<T, TypedError>;
}

impl DecodeReceipt for Receipt {
    fn decode<T: TypedResults>(&self, abi: &Abi, function: &Function) -> Result<T, TypedError> {
        match &self.status {
            Status::Ok => results_into(abi, function, &self.output),
            Status::Failed(error) => Err(TypedError::Failed { expected: T::rust_type(), source: error.clone() }),
        }
    }
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
