//! Hostile bytes by the hundred thousand: every decoder returns, allocates no more than it may, and what it accepts
//! is the one encoding of the value it returns.
//!
//! `GOVM_FUZZ_CASES` sets the number of cases of each test (the default keeps a run short). What every decoder has to
//! stand, with a build that is optimised: `GOVM_FUZZ_CASES=1000000 cargo test --release -p govm-codec --test mutation`.

mod support;

use govm_codec::{
    Abi, Codec, Limits, Type, TypeDef, TypeDefs, Value, decode, encode, encode_any, encode_any_list, encode_event,
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
