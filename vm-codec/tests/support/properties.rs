//! What holds for any bytes: a decoder returns, takes no more memory than it may, and what it accepts is the one
//! encoding of what it returns. The tests run these on mutated messages with a fixed number of cases, the targets in
//! `fuzz/` for as long as one likes.

use govm_codec::{
    Abi, Codec, Limits, Type, TypeDefs, Value, decode, decode_any, decode_any_list, decode_event, encode, encode_any,
    encode_any_list, encode_event,
};

use super::{Rng, random_case};

/// Every decoder of messages and of text. The first eight bytes choose a type, the rest is the message.
pub(crate) fn every_decoder(input: &[u8]) {
    let Some((seed, bytes)) = input.split_first_chunk() else { return };
    let (defs, ty) = random_case(&mut Rng::new(u64::from_le_bytes(*seed)));
    for codec in [Codec::Borsh, Codec::Scale] {
        message(bytes, &ty, &defs, codec);
    }
    any(bytes);
    event(bytes);
    any_list(bytes);
    text(bytes, &ty, &defs);
}

/// The decoders of what describes a contract.
pub(crate) fn abi_and_spelling(input: &[u8]) {
    abi(input);
    spelling(input);
}

/// A word of a command line, which is JSON for most types.
pub(crate) fn text(bytes: &[u8], ty: &Type, defs: &TypeDefs) {
    let word = String::from_utf8_lossy(bytes);
    let Ok(value) = super::bounded(word.as_bytes(), || Value::parse_word(&word, ty, defs)) else { return };
    // It may be nested too deep, or have too many empty values, for a message; else it has a JSON form to be read again.
    if encode(&value, ty, defs, Codec::Borsh, Limits::default()).is_ok() {
        let json = value.to_json(ty, defs).expect("a value of the type has a JSON form");
        assert_eq!(Value::from_json(&json, ty, defs).as_ref(), Ok(&value), "{ty}: {json}");
    }
}

pub(crate) fn message(bytes: &[u8], ty: &Type, defs: &TypeDefs, codec: Codec) {
    if let Ok(value) = super::bounded(bytes, || decode(bytes, ty, defs, codec, Limits::default())) {
        let again = encode(&value, ty, defs, codec, Limits::default()).expect("a decoded value can be encoded");
        assert_eq!(again, bytes, "{ty} in {codec} has two encodings of {value}");
    }
}

pub(crate) fn any(bytes: &[u8]) {
    if let Ok(any) = super::bounded(bytes, || decode_any(bytes)) {
        assert_eq!(encode_any(any.as_ref()).expect("a decoded value can be encoded"), bytes);
        any.iter().for_each(|any| drop(any.to_json().expect("a decoded value has a JSON form")));
    }
}

pub(crate) fn event(bytes: &[u8]) {
    if let Ok(data) = super::bounded(bytes, || decode_event(bytes)) {
        assert_eq!(encode_event(&data).expect("decoded data can be encoded"), bytes);
    }
}

pub(crate) fn any_list(bytes: &[u8]) {
    if let Ok(list) = super::bounded(bytes, || decode_any_list(bytes)) {
        assert_eq!(encode_any_list(&list).expect("a decoded list can be encoded"), bytes);
    }
}

pub(crate) fn abi(bytes: &[u8]) {
    if let Ok(abi) = super::bounded(bytes, || Abi::from_json(bytes)) {
        let canonical = abi.to_json();
        let again = Abi::from_json(canonical.as_bytes()).expect("a written document can be read");
        assert_eq!((again.to_json(), again), (canonical, abi));
    }
}

pub(crate) fn spelling(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(ty) = super::bounded(text.as_bytes(), || text.parse::<Type>()) {
        assert_eq!(ty.to_string().parse(), Ok(ty));
    }
}
