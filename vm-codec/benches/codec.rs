//! What a call of `(Address, uint64, string of 20)` costs to decode and to encode: by the ABI, with derived borsh
//! code, and with serde_json; and an object field, which describes itself.
#![allow(missing_docs, reason = "the macros of criterion make public items")]

use std::hint::black_box;

use borsh::{BorshDeserialize, BorshSerialize};
use criterion::{Criterion, criterion_group, criterion_main};
use govm_codec::{
    Abi, AnyValue, Type, TypeDef, TypeDefs, Value, args, decode_any, decode_args, encode_any, encode_args,
};
use govm_core::Address;
use serde::{Deserialize, Serialize};

#[derive(BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
struct Transfer {
    to: Address,
    amount: u64,
    note: String,
}

const NOTE: &str = "twenty bytes of text";

fn abi(codec: &str) -> Abi {
    let json = r#"{"abi_version":1,"name":"bench","codec":"CODEC","functions":[{"name":"Transfer","params":[
        {"name":"to","type":"Address"},{"name":"amount","type":"uint64"},{"name":"note","type":"string"}]}]}"#;
    Abi::from_json(json.replace("CODEC", codec).as_bytes()).expect("a valid document")
}

/// The three ways for one call: decode it, then encode what was decoded.
fn call(c: &mut Criterion) {
    let mut group = c.benchmark_group("call, decode and encode");
    for codec in ["borsh", "scale"] {
        let abi = abi(codec);
        let (_, function) = abi.function("Transfer").expect("the function is there");
        let values = args![Address::from_bytes([7; 20]), 1234u64, NOTE];
        let bytes = encode_args(&abi, function, &values).expect("the arguments fit");
        group.bench_function(format!("by ABI, {codec}"), |b| {
            b.iter(|| {
                let values = decode_args(&abi, function, black_box(&bytes)).expect("valid bytes");
                encode_args(&abi, function, &values).expect("valid values")
            });
        });
    }
    let typed = Transfer { to: Address::from_bytes([7; 20]), amount: 1234, note: NOTE.to_owned() };
    let bytes = borsh::to_vec(&typed).expect("encodes");
    group.bench_function("derived borsh", |b| {
        b.iter(|| {
            let typed = Transfer::try_from_slice(black_box(&bytes)).expect("valid bytes");
            borsh::to_vec(&typed).expect("encodes")
        });
    });
    let json = serde_json::to_vec(&typed).expect("encodes");
    group.bench_function("serde_json", |b| {
        b.iter(|| {
            let typed: Transfer = serde_json::from_slice(black_box(&json)).expect("valid JSON");
            serde_json::to_vec(&typed).expect("encodes")
        });
    });
    group.finish();
}

fn field(c: &mut Criterion) {
    let mut group = c.benchmark_group("object field, decode and encode");
    let count = AnyValue::new(Type::Uint64, TypeDefs::EMPTY, 7u64.into()).expect("a valid type");
    let point = TypeDef::structure("Point", &[("X", Type::Int64), ("Y", Type::Int64)]);
    let defs = TypeDefs::new(vec![point]).expect("a valid type");
    let point = Value::Struct(args![1i64, 2i64]);
    let point = AnyValue::new(Type::named("Point"), &defs, point).expect("a valid type");
    for (name, any) in [("uint64", count), ("struct of two", point)] {
        let bytes = encode_any(Some(&any)).expect("a valid value");
        group.bench_function(name, |b| {
            b.iter(|| encode_any(decode_any(black_box(&bytes)).expect("valid bytes").as_ref()).expect("a valid value"));
        });
    }
    group.finish();
}

criterion_group!(benches, call, field);
criterion_main!(benches);
