//! Arguments and results of a function as messages, words and JSON.

use serde_json::Value as Json;

use super::coerce::{CoerceError, coerce_args};
use super::{Abi, Function, Param};
use crate::place::Step;
use crate::text::{TextError, TextErrorKind};
use crate::value::Value;
use crate::wire::{DecodeError, Decoder, EncodeError, EncodeErrorKind, Encoder, Limits, decode_any_list};

/// Encodes the arguments of a call in the contract's codec.
///
/// # Errors
/// Their number or a type is not the function's.
pub fn encode_args(abi: &Abi, function: &Function, args: &[Value]) -> Result<Vec<u8>, EncodeError> {
    encode_all(abi, &function.params, args, Step::Argument)
}

/// Decodes the arguments of a call.
///
/// # Errors
/// The bytes are not the one encoding of arguments of these types.
pub fn decode_args(abi: &Abi, function: &Function, bytes: &[u8]) -> Result<Vec<Value>, DecodeError> {
    decode_all(abi, &function.params, bytes, Step::Argument)
}

/// Encodes the results of a call in the contract's codec.
///
/// # Errors
/// Their number or a type is not the function's.
pub fn encode_results(abi: &Abi, function: &Function, results: &[Value]) -> Result<Vec<u8>, EncodeError> {
    encode_all(abi, &function.results, results, Step::Result)
}

/// Decodes the results of a call.
///
/// # Errors
/// The bytes are not the one encoding of results of these types.
pub fn decode_results(abi: &Abi, function: &Function, bytes: &[u8]) -> Result<Vec<Value>, DecodeError> {
    decode_all(abi, &function.results, bytes, Step::Result)
}

/// How a parameter's or result's number and name become a step of a place.
type StepOf = fn(usize, String) -> Step;

fn encode_all(abi: &Abi, params: &[Param], values: &[Value], step: StepOf) -> Result<Vec<u8>, EncodeError> {
    if params.len() != values.len() {
        return Err(EncodeErrorKind::Count { expected: params.len(), found: values.len() }.into());
    }
    let mut encoder = Encoder::new(abi.codec);
    for (index, (param, value)) in params.iter().zip(values).enumerate() {
        let written = encoder.value(value, &param.ty, &abi.types);
        written.map_err(|error| error.within(step(index, param.name.clone())))?;
    }
    Ok(encoder.finish(Limits::default())?)
}

fn decode_all(abi: &Abi, params: &[Param], bytes: &[u8], step: StepOf) -> Result<Vec<Value>, DecodeError> {
    let mut decoder = Decoder::new(bytes, abi.codec, Limits::default())?;
    let mut values = Vec::with_capacity(params.len());
    for (index, param) in params.iter().enumerate() {
        let read = decoder.push(&param.ty, &abi.types, &mut values);
        read.map_err(|error| error.within(step(index, param.name.clone())))?;
    }
    decoder.end()?;
    Ok(values)
}

/// The arguments of a nested call, a list of self-describing values, cannot become those of the called function.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DynamicArgsError {
    /// The bytes are not a list of self-describing values.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A value is of another type than the parameter, or their number differs.
    #[error(transparent)]
    Coerce(#[from] CoerceError),
    /// The arguments exceed a limit.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

/// Turns the arguments of a nested call, encoded with [`encode_any_list`](crate::encode_any_list), into those that
/// the called function takes, in its contract's codec.
///
/// # Errors
/// See [`DynamicArgsError`]. The text is made of types, names and numbers only and is the same everywhere.
pub fn encode_dynamic_args(abi: &Abi, function: &Function, list: &[u8]) -> Result<Vec<u8>, DynamicArgsError> {
    let args = coerce_args(abi, function, decode_any_list(list)?)?;
    Ok(encode_args(abi, function, &args)?)
}

/// Reads arguments from the words of a command line, one each, by the types of the function.
///
/// # Errors
/// Their number is not the function's, or a word is no value of the type.
pub fn args_from_words<W: AsRef<str>>(abi: &Abi, function: &Function, words: &[W]) -> Result<Vec<Value>, TextError> {
    args_with(function, words, |word, param| Value::parse_word(word.as_ref(), &param.ty, &abi.types))
}

/// Reads arguments from JSON values by the types of the function.
///
/// # Errors
/// Their number is not the function's, or a value is not of the type.
pub fn args_from_json(abi: &Abi, function: &Function, args: &[Json]) -> Result<Vec<Value>, TextError> {
    args_with(function, args, |json, param| Value::from_json(json, &param.ty, &abi.types))
}

fn args_with<T>(
    function: &Function,
    args: &[T],
    read: impl Fn(&T, &Param) -> Result<Value, TextError>,
) -> Result<Vec<Value>, TextError> {
    if args.len() != function.params.len() {
        let (function, expected) = (function.to_string(), function.params.len());
        return Err(TextErrorKind::Arguments { function, expected, found: args.len() }.into());
    }
    let numbered = args.iter().zip(&function.params).enumerate();
    let read_one = |(index, (arg, param)): (usize, (&T, &Param))| {
        read(arg, param).map_err(|error| error.within(Step::Argument(index, param.name.clone())))
    };
    numbered.map(read_one).collect()
}

/// The results of a call as JSON, by the types of the function.
///
/// # Errors
/// The values are not results of this function.
pub fn results_to_json(abi: &Abi, function: &Function, results: &[Value]) -> Result<Vec<Json>, EncodeError> {
    let params = &function.results;
    if params.len() != results.len() {
        return Err(EncodeErrorKind::Count { expected: params.len(), found: results.len() }.into());
    }
    let numbered = results.iter().zip(params).enumerate();
    let write_one = |(index, (value, param)): (usize, (&Value, &Param))| {
        let json = value.to_json(&param.ty, &abi.types);
        json.map_err(|error| error.within(Step::Result(index, param.name.clone())))
    };
    numbered.map(write_one).collect()
}
