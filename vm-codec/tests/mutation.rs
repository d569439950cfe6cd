//! Hostile bytes by the hundred thousand: every decoder returns, allocates no more than it may, and what it accepts
//! is the one encoding of the value it returns.
//!
//! `GOVM_FUZZ_CASES` sets the number of cases of each test (the default keeps a run short). What every decoder has to
//! stand, with a build that is optimised: `GOVM_FUZZ_CASES=1000000 cargo test --release -p govm-codec --test mutation`.

mod support;

use govm_codec::{
    Abi, AnyValue, Codec, Limits, Type, TypeDef, TypeDefs, Value, coerce, decode, decode_any, encode, encode_any,
    encode_any_list, encode_event,
};
use support::{Rng, bounded, hostile, measured, properties, random_any, random_case, random_defs, random_value};

fn cases() -> u64 {
    std::env::var("GOVM_FUZZ_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(20_000)
}

#[test]
fn decoding_by_type() {
    let limits = Limits::default();
    for seed in 0..cases() {
        let mut rng = Rng::new(seed);
        let (defs, ty) = random_case(&mut rng);
        let value = random_value(&mut rng, &ty, &defs, 4);
        for codec in [Codec::Borsh, Codec::Scale] {
            let valid = encode(&value, &ty, &defs, codec, limits).unwrap();
            let bytes = hostile(&mut rng, valid);
            properties::message(&bytes, &ty, &defs, codec);
        }
    }
}

#[test]
fn decoding_self_describing_values() {
    for seed in 0..cases() {
        let mut rng = Rng::new(seed);
        let defs = random_defs(&mut rng);
        let any = random_any(&mut rng, &defs, 4);
        properties::any(&hostile(&mut rng, encode_any(any.as_ref()).unwrap()));
        let event = [(rng.text(), any.clone()), (rng.text(), None)];
        properties::event(&hostile(&mut rng, encode_event(&event).unwrap()));
        properties::any_list(&hostile(&mut rng, encode_any_list(&[any.clone(), None, any]).unwrap()));
    }
}

#[test]
fn reading_abi_documents_and_type_spellings() {
    let valid = include_bytes!("data/every_type.abi.json");
    Abi::from_json(valid).unwrap();
    for seed in 0..cases() {
        let mut rng = Rng::new(seed);
        let bytes = hostile(&mut rng, valid.to_vec());
        properties::abi(&bytes);
        let (_, ty) = random_case(&mut rng);
        properties::spelling(&hostile(&mut rng, ty.to_string().into_bytes()));
    }
}

#[test]
fn reading_json_and_words() {
    for seed in 0..cases() {
        let mut rng = Rng::new(seed);
        let (defs, ty) = random_case(&mut rng);
        let value = random_value(&mut rng, &ty, &defs, 3);
        let bytes = hostile(&mut rng, value.to_json(&ty, &defs).unwrap().to_string().into_bytes());
        properties::text(&bytes, &ty, &defs);
    }
}

#[test]
fn the_bodies_of_the_fuzz_targets_on_noise() {
    for seed in 0..cases() {
        let mut rng = Rng::new(seed);
        let len = rng.below(96);
        let noise: Vec<u8> = (0..len).map(|_| rng.next() as u8).collect();
        properties::every_decoder(&noise);
        properties::abi_and_spelling(&noise);
    }
}

#[test]
fn nested_lists_that_all_claim_the_rest_of_the_message() {
    // Every level says that it has as many elements as there are bytes left: honest only for the innermost.
    for codec in [Codec::Borsh, Codec::Scale] {
        let ty: Type = format!("{}bool", "[]".repeat(60)).parse().unwrap();
        let mut bytes = vec![0u8; 1 << 16];
        let prefix = 4;
        for level in 0..60 {
            let left = (bytes.len() - prefix * (level + 1)) as u32;
            let count = if codec == Codec::Borsh { left } else { left << 2 | 0b10 };
            bytes[prefix * level..prefix * (level + 1)].copy_from_slice(&count.to_le_bytes());
        }
        let result = bounded(&bytes, || decode(&bytes, &ty, TypeDefs::EMPTY, codec, Limits::default()));
        assert!(result.is_err());
    }
}

#[test]
fn types_whose_values_take_no_bytes_but_grow_without_end() {
    let mut defs = vec![TypeDef::structure("T0", &[])];
    for level in 1..60 {
        let part = Type::named(&format!("T{}", level - 1));
        defs.push(TypeDef::structure(&format!("T{level}"), &[("A", part.clone()), ("B", part)]));
    }
    let defs = TypeDefs::new(defs).unwrap();
    let result = bounded(&[], || decode(&[], &Type::named("T59"), &defs, Codec::Borsh, Limits::default()));
    assert_eq!(result.unwrap_err().kind(), &govm_codec::DecodeErrorKind::Empty);
    let array: Type = "[4294967295][4294967295]T0".parse().unwrap();
    let result = bounded(&[], || decode(&[], &array, &defs, Codec::Scale, Limits::default()));
    assert_eq!(result.unwrap_err().kind(), &govm_codec::DecodeErrorKind::Empty);
}

/// An `any` with a list of a hundred thousand elements, of this type, that are a zero byte each.
fn list_of_zeros(element: &Type, defs: &TypeDefs) -> Vec<u8> {
    let empty = AnyValue::new(Type::Slice(Box::new(element.clone())), defs, Value::List(Vec::new())).unwrap();
    let mut bytes = encode_any(Some(&empty)).unwrap();
    bytes.truncate(bytes.len() - 4);
    bytes.extend_from_slice(&100_000_u32.to_le_bytes());
    bytes.resize(bytes.len() + 100_000, 0);
    bytes
}

#[test]
fn a_byte_does_not_stand_for_hundreds_of_values() {
    // Fields without bytes beside one that has some.
    let none: Type = "[0]uint8".parse().unwrap();
    let names: Vec<String> = (0..255).map(|number| format!("F{number}")).collect();
    let mut fields: Vec<(&str, Type)> = names.iter().map(|name| (name.as_str(), none.clone())).collect();
    fields[0].1 = Type::Uint8;
    let wide = TypeDefs::new(vec![TypeDef::structure("S", &fields)]).unwrap();
    // Arrays and structs of one part in each other.
    let arrays: Type = format!("{}bool", "[1]".repeat(60)).parse().unwrap();
    let chain = |level: usize| match level {
        0 => TypeDef::structure("C0", &[("A", Type::Bool)]),
        _ => TypeDef::structure(&format!("C{level}"), &[("A", Type::named(&format!("C{}", level - 1)))]),
    };
    let chain = TypeDefs::new((0..40).map(chain).collect()).unwrap();
    for (element, defs) in [(Type::named("S"), &wide), (arrays, TypeDefs::EMPTY), (Type::named("C39"), &chain)] {
        let bytes = list_of_zeros(&element, defs);
        let error = bounded(&bytes, || decode_any(&bytes)).unwrap_err();
        assert_eq!(error.kind(), &govm_codec::DecodeErrorKind::Bare, "{element}");
    }
    // One struct a byte is what honest messages have.
    let flag = TypeDefs::new(vec![TypeDef::structure("S", &[("A", Type::Bool)])]).unwrap();
    let bytes = list_of_zeros(&Type::named("S"), &flag);
    let flags = bounded(&bytes, || decode_any(&bytes)).unwrap();
    assert_eq!(encode_any(flags.as_ref()).unwrap(), bytes);
}

#[test]
fn what_cannot_be_decoded_is_not_encoded() {
    let pair = TypeDefs::new(vec![
        TypeDef::structure("In", &[("A", Type::Bool)]),
        TypeDef::structure("Out", &[("A", Type::named("In"))]),
    ])
    .unwrap();
    let ty = Type::Slice(Box::new(Type::named("Out")));
    let list = |count| Value::List(vec![Value::Struct(vec![Value::Struct(vec![Value::Bool(true)])]); count]);
    let encoded = |count| encode(&list(count), &ty, &pair, Codec::Borsh, Limits::default());
    // Two structs a byte, and four bytes of the count: 2 n is n + 4 + 4096 at most.
    let most = encoded(4100).unwrap();
    assert_eq!(decode(&most, &ty, &pair, Codec::Borsh, Limits::default()).unwrap(), list(4100));
    assert_eq!(encoded(4101).unwrap_err().kind(), &govm_codec::EncodeErrorKind::Bare);
}

#[test]
fn values_that_become_any_do_not_copy_their_types_without_end() {
    let names: Vec<String> = (0..255).map(|number| format!("Field{number}")).collect();
    let fields: Vec<(&str, Type)> = names.iter().map(|name| (name.as_str(), Type::Bool)).collect();
    let defs = TypeDefs::new(vec![TypeDef::structure("S", &fields)]).unwrap();
    let nothing: Type = "[]*S".parse().unwrap();
    let list = |count| AnyValue::new(nothing.clone(), &defs, Value::List(vec![Value::NONE; count])).unwrap();
    let anys: Type = "[]any".parse().unwrap();
    assert!(coerce(Some(list(10)), &anys, TypeDefs::EMPTY).is_ok());
    let (fitted, peak) = measured(|| coerce(Some(list(100_000)), &anys, TypeDefs::EMPTY));
    assert_eq!(fitted.unwrap_err().kind(), &govm_codec::CoerceErrorKind::TooLong);
    assert!(peak < 64 << 20, "{peak} bytes");
}

#[test]
fn a_call_is_decoded_without_an_allocation_beyond_its_values() {
    let abi = Abi::from_json(
        br#"{"abi_version":1,"name":"t","codec":"borsh","functions":[{"name":"F","params":[
        {"name":"a","type":"Address"},{"name":"b","type":"uint64"},{"name":"c","type":"string"}]}]}"#,
    )
    .unwrap();
    let (_, function) = abi.function("F").unwrap();
    let args = govm_codec::args![govm_core::Address::ZERO, 5u64, "twenty bytes of text"];
    let bytes = govm_codec::encode_args(&abi, function, &args).unwrap();
    let (decoded, peak) = measured(|| govm_codec::decode_args(&abi, function, &bytes).unwrap());
    assert_eq!(peak, 3 * size_of::<Value>() + 20, "the list of three values and the text");
    assert_eq!(decoded, args);
}
