//! What holds for any bytes: a decoder returns, and what it accepts is the one encoding of what it returns. The tests
//! run these on mutated messages with a fixed number of cases, the targets in `fuzz/` for as long as one likes.

use govm_codec::{
    Abi, Codec, Limits, Type, TypeDefs, decode, decode_any, decode_any_list, decode_event, encode, encode_any,
    encode_any_list, encode_event,
};

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
    if let Ok(abi) = Abi::from_json(bytes) {
        let canonical = abi.to_json();
        let again = Abi::from_json(canonical.as_bytes()).expect("a written document can be read");
        assert_eq!((again.to_json(), again), (canonical, abi));
    }
}

pub(crate) fn spelling(bytes: &[u8]) {
    if let Ok(ty) = String::from_utf8_lossy(bytes).parse::<Type>() {
        assert_eq!(ty.to_string().parse(), Ok(ty));
    }
}
