//! Typed values, the ABI of contracts, and the two canonical wire formats of the govm contract VM.
//!
//! A contract's interface is an [`Abi`], read from the JSON document that its module carries. It says which
//! [`Type`] each argument and result has; its [`TypeDefs`] define the contract's own types. A [`Value`] of such a
//! type crosses the border between Rust, Go, storage, JSON and the command line and is the same value at the end:
//!
//! | from, to | by the ABI | by a type |
//! | --- | --- | --- |
//! | bytes ([`Codec::Borsh`], [`Codec::Scale`]) | [`encode_args`], [`decode_args`], [`encode_results`], [`decode_results`] | [`encode`], [`decode`] |
//! | self-describing bytes: object fields, events, nested calls | [`encode_dynamic_args`], [`coerce_args`] | [`encode_any`], [`decode_any`], [`decode_event`], [`decode_any_list`] |
//! | JSON | [`args_from_json`], [`results_to_json`] | [`Value::from_json`], [`Value::to_json`] |
//! | formats of serde | | [`ValueSeed`], [`Value::show`] |
//! | words of a command line | [`args_from_words`] | [`Value::parse_word`] |
//! | Rust types | [`args_from`], [`results_into`], [`DecodeReceipt`] | [`args!`], `From`, `TryFrom` |
//! | text for people | | [`Value::show`] |
//!
//! Encodings are canonical: equal values have equal bytes, and bytes that are not the one encoding of a value are
//! refused. Bytes may come from anybody; whatever they hold, decoding returns an error at worst, with memory in
//! proportion to their length. Errors name the place inside a nested value.
//!
//! ```
//! use govm_codec::{Abi, args, args_from_words, decode_results, encode_args, results_to_json};
//!
//! let abi = Abi::from_json(br#"{"abi_version":1,"name":"shop","codec":"borsh","functions":[{
//!     "name":"Price",
//!     "params":[{"name":"item","type":"string"},{"name":"pieces","type":"uint8"}],
//!     "results":[{"name":"","type":"uint64"}]}]}"#)?;
//! let (_, price) = abi.function("Price").unwrap();
//!
//! let bytes = encode_args(&abi, price, &args!["tea", 2u8])?;
//! assert_eq!(bytes, b"\x03\0\0\0tea\x02");
//! assert_eq!(args_from_words(&abi, price, &["tea", "2"])?, args!["tea", 2u8]);
//! let error = args_from_words(&abi, price, &["tea", "300"]).unwrap_err();
//! assert_eq!(error.to_string(), "argument 2 (pieces): 300 does not fit uint8");
//!
//! let results = decode_results(&abi, price, &[7, 0, 0, 0, 0, 0, 0, 0])?;
//! assert_eq!(results_to_json(&abi, price, &results)?, ["7"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod abi;
mod limits;
mod place;
mod text;
mod types;
mod value;
mod wire;

pub use abi::{
    ABI_VERSION, Abi, AbiError, CoerceError, CoerceErrorKind, DecodeReceipt, DynamicArgsError, Event, Function,
    Incompatibility, Param, Scale, TypedArgs, TypedError, TypedResults, args_from, args_from_json, args_from_words,
    coerce, coerce_args, decode_args, decode_results, encode_args, encode_dynamic_args, encode_results, results_into,
    results_to_json,
};
pub use limits::{
    MAX_ABI_BYTES, MAX_DEPTH, MAX_DESCRIPTOR_BYTES, MAX_EMPTY_VALUES, MAX_FIELDS, MAX_MESSAGE_BYTES, MAX_NAME_BYTES,
};
pub use place::{Located, Step};
pub use text::{TextError, TextErrorKind, ValueSeed};
pub use types::{EnumValue, Field, ParseTypeError, ParseTypeErrorKind, Type, TypeDef, TypeDefs, TypeError, TypeKind};
pub use value::{AnyValue, DuplicateKey, F32, F64, Map, Shown, Value, WrongType};
pub use wire::{
    Codec, DecodeError, DecodeErrorKind, EncodeError, EncodeErrorKind, Limits, decode, decode_any, decode_any_list,
    decode_event, encode, encode_any, encode_any_list, encode_event,
};

/// Runs the example of the readme.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
