//! Messages made of self-describing values: object fields, the data of events, arguments of nested calls.
//!
//! These are Borsh, whatever codec a contract has chosen, since they are read without its ABI.

use super::{Codec, DecodeError, Decoder, EncodeError, Encoder, Limits};
use crate::place::Step;
use crate::value::AnyValue;

/// Encodes what an `any` holds; nothing is Go's `nil`.
///
/// # Errors
/// The value does not fit its type, or the bytes would exceed a limit.
pub fn encode_any(any: Option<&AnyValue>) -> Result<Vec<u8>, EncodeError> {
    let mut encoder = Encoder::new(Codec::Borsh);
    encoder.nested(|encoder| encoder.any(any))?;
    Ok(encoder.finish(Limits::default())?)
}

/// Decodes what an `any` holds, for example the field of an object.
///
/// # Errors
/// The bytes are not the one encoding of a self-describing value.
pub fn decode_any(bytes: &[u8]) -> Result<Option<AnyValue>, DecodeError> {
    let mut decoder = Decoder::new(bytes, Codec::Borsh, Limits::default())?;
    let any = decoder.nested(Decoder::any)?;
    decoder.end()?;
    Ok(any)
}

/// Encodes the arguments of a nested call.
///
/// # Errors
/// As [`encode_any`].
pub fn encode_any_list(items: &[Option<AnyValue>]) -> Result<Vec<u8>, EncodeError> {
    let mut encoder = Encoder::new(Codec::Borsh);
    encoder.length(items.len())?;
    for (index, any) in items.iter().enumerate() {
        let written = encoder.nested(|encoder| encoder.any(any.as_ref()));
        written.map_err(|error| error.within(Step::Argument(index, String::new())))?;
    }
    Ok(encoder.finish(Limits::default())?)
}

/// Decodes the arguments of a nested call. [`coerce_args`](crate::coerce_args) fits them to the called function.
///
/// # Errors
/// As [`decode_any`].
pub fn decode_any_list(bytes: &[u8]) -> Result<Vec<Option<AnyValue>>, DecodeError> {
    let mut decoder = Decoder::new(bytes, Codec::Borsh, Limits::default())?;
    let count = decoder.count()?;
    let mut items = decoder.reserve(count, LEAST_ANY_BYTES)?;
    for index in 0..count {
        let any = decoder.nested(Decoder::any);
        items.push(any.map_err(|error| error.within(Step::Argument(index, String::new())))?);
    }
    decoder.end()?;
    Ok(items)
}

/// Encodes the data of an event: keys and values in the order in which they were given.
///
/// # Errors
/// As [`encode_any`].
pub fn encode_event(data: &[(String, Option<AnyValue>)]) -> Result<Vec<u8>, EncodeError> {
    let mut encoder = Encoder::new(Codec::Borsh);
    encoder.length(data.len())?;
    for (key, any) in data {
        encoder.bytes(key.as_bytes())?;
        let written = encoder.nested(|encoder| encoder.any(any.as_ref()));
        written.map_err(|error| error.within(Step::Key(format!("{key:?}"))))?;
    }
    Ok(encoder.finish(Limits::default())?)
}

/// Decodes the data of an event. Keys may come in any order, and more than once, as the contract gave them.
///
/// # Errors
/// As [`decode_any`].
pub fn decode_event(bytes: &[u8]) -> Result<Vec<(String, Option<AnyValue>)>, DecodeError> {
    let mut decoder = Decoder::new(bytes, Codec::Borsh, Limits::default())?;
    let count = decoder.count()?;
    let mut data = decoder.reserve(count, LEAST_KEY_BYTES + LEAST_ANY_BYTES)?;
    for index in 0..count {
        let key = decoder.reader.text(Codec::Borsh);
        let key = key.map_err(|kind| DecodeError::from(kind).within(Step::Entry(index)))?.to_owned();
        let any = decoder.nested(Decoder::any).map_err(|error| error.within(Step::Key(format!("{key:?}"))))?;
        data.push((key, any));
    }
    decoder.end()?;
    Ok(data)
}

/// The shortest `any` is nil, one byte.
const LEAST_ANY_BYTES: u64 = 1;

/// The shortest key is the empty text, of which only the length is there.
const LEAST_KEY_BYTES: u64 = 4;
