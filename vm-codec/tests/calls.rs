//! Calls: encoding by the ABI, and nested calls that fit their arguments.

use govm_codec::{
    Abi, AnyValue, Type, TypeDef, TypeDefs, Value, args, coerce, decode_args, decode_results, encode_any_list,
    encode_args, encode_dynamic_args, encode_results,
};
use govm_core::Address;

fn abi(codec: &str) -> Abi {
    let json = r#"{"abi_version":1,"name":"t","codec":"CODEC","functions":[{"name":"Send",
        "params":[{"name":"to","type":"Address"},{"name":"amount","type":"uint16"},{"name":"notes","type":"[]string"}],
        "results":[{"name":"left","type":"int64"},{"name":"","type":"bool"}]}],
        "types":[{"name":"Point","kind":"struct","fields":[{"name":"X","type":"int8"},{"name":"Y","type":"*uint8"}]}]}"#;
    Abi::from_json(json.replace("CODEC", codec).as_bytes()).unwrap()
}

fn send_args() -> Vec<Value> {
    args![Address::from_bytes([1; 20]), 0x0203u16, Value::List(args!["a", "bc"])]
}

const BORSH: &str = "010101010101010101010101010101010101010103020200000001000000610200000062 63";
const SCALE: &str = "0101010101010101010101010101010101010101030208046108 6263";

fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text.replace(' ', "")).unwrap()
}

#[test]
fn arguments_and_results_in_both_codecs() {
    for (codec, expected) in [("borsh", BORSH), ("scale", SCALE)] {
        let abi = abi(codec);
        let (_, send) = abi.function("Send").unwrap();
        assert_eq!(encode_args(&abi, send, &send_args()).unwrap(), bytes(expected));
        assert_eq!(decode_args(&abi, send, &bytes(expected)).unwrap(), send_args());
        let results = encode_results(&abi, send, &args![-1i64, true]).unwrap();
        assert_eq!(results, bytes("ffffffffffffffff01"));
        assert_eq!(decode_results(&abi, send, &results).unwrap(), args![-1i64, true]);
    }
}

#[test]
fn what_does_not_fit_the_function_is_refused_with_the_place() {
    let abi = abi("borsh");
    let (_, send) = abi.function("Send").unwrap();
    let encode = |args: &[Value]| encode_args(&abi, send, args).unwrap_err().to_string();
    assert_eq!(encode(&args![true]), "expected 3 values, found 1");
    let wrong = args![Address::ZERO, 5u64, Value::List(vec![])];
    assert_eq!(encode(&wrong), "argument 2 (amount): expected uint16, found uint64");
    let wrong = args![Address::ZERO, 5u16, Value::List(args!["a", 1u8])];
    assert_eq!(encode(&wrong), "argument 3 (notes)[1]: expected string, found uint8");
    let decode = |bytes: &[u8]| decode_args(&abi, send, bytes).unwrap_err().to_string();
    assert_eq!(decode(&[]), "argument 1 (to): bytes needed: 20, left: 0");
    assert_eq!(
        decode(&bytes(&BORSH.replace("62 63", "62 ff"))),
        "argument 3 (notes)[1]: the string is not valid UTF-8"
    );
    assert_eq!(decode(&bytes(&(BORSH.to_owned() + "00"))), "the value is complete, extra bytes: 1");
    let error = decode_results(&abi, send, &bytes("000000000000000002")).unwrap_err();
    assert_eq!(error.to_string(), "result 2: a bool is 0 or 1, not 2");
}

fn any(ty: &str, value: Value) -> Option<AnyValue> {
    Some(AnyValue::new(ty.parse().unwrap(), TypeDefs::EMPTY, value).unwrap())
}

#[test]
fn a_nested_call_fits_integers_and_nothing_else() {
    let abi = abi("scale");
    let (_, send) = abi.function("Send").unwrap();
    let to = any("Address", Address::from_bytes([1; 20]).into());
    let notes = any("[]string", Value::List(args!["a", "bc"]));
    let send_with = |amount: Option<AnyValue>| {
        let list = encode_any_list(&[to.clone(), amount, notes.clone()]).unwrap();
        encode_dynamic_args(&abi, send, &list).map_err(|error| error.to_string())
    };
    assert_eq!(send_with(any("uint16", 0x0203u16.into())), Ok(bytes(SCALE)));
    assert_eq!(send_with(any("int", 0x0203i64.into())), Ok(bytes(SCALE)));
    assert_eq!(send_with(any("int", 65536i64.into())).unwrap_err(), "argument 2 (amount): 65536 does not fit uint16");
    assert_eq!(send_with(any("int8", (-1i8).into())).unwrap_err(), "argument 2 (amount): -1 does not fit uint16");
    assert_eq!(send_with(any("string", "5".into())).unwrap_err(), "argument 2 (amount): expected uint16, found string");
    assert_eq!(
        send_with(any("float64", 5.0.into())).unwrap_err(),
        "argument 2 (amount): expected uint16, found float64"
    );
    assert_eq!(send_with(None).unwrap_err(), "argument 2 (amount): expected uint16, found nil");
    let one = encode_any_list(&[None]).unwrap();
    assert_eq!(
        encode_dynamic_args(&abi, send, &one).unwrap_err().to_string(),
        "Send(to Address, amount uint16, notes []string) (left int64, bool) takes 3 arguments, found 1"
    );
    assert!(encode_dynamic_args(&abi, send, &[1]).unwrap_err().to_string().starts_with("bytes needed: 4"));
}

#[test]
fn types_fit_by_what_they_are_made_of() {
    let abi = abi("borsh");
    let fit = |from: Option<AnyValue>, to: &str| {
        coerce(from, &to.parse().unwrap(), &abi.types).map_err(|error| error.to_string())
    };
    let theirs = TypeDefs::new(vec![
        TypeDef::structure("Pixel", &[("X", Type::Int), ("Y", "*uint64".parse().unwrap())]),
        TypeDef::structure("Other", &[("X", Type::Int), ("Z", "*uint64".parse().unwrap())]),
        TypeDef::enumeration("Color", Type::Uint8, &[("Red", 0)]),
    ])
    .unwrap();
    let their = |ty: &str, value: Value| Some(AnyValue::new(ty.parse().unwrap(), &theirs, value).unwrap());
    let pixel = |x: i64, y: u64| Value::Struct(args![x, Some(y)]);
    assert_eq!(fit(their("Pixel", pixel(-1, 2)), "Point"), Ok(Value::Struct(args![-1i8, Some(2u8)])));
    assert_eq!(fit(their("Pixel", pixel(1, 999)), "Point").unwrap_err(), "Y: 999 does not fit uint8");
    assert_eq!(fit(their("Other", pixel(1, 2)), "Point").unwrap_err(), "expected Point, found Other");
    assert_eq!(fit(their("Color", 0u8.into()), "uint64"), Ok(0u64.into()));
    assert_eq!(
        fit(any("[]int", Value::List(args![1i64, 300i64])), "[]uint8").unwrap_err(),
        "expected bytes, found []int"
    );
    assert_eq!(
        fit(any("[]int", Value::List(args![1i64, 300i64])), "[]int8").unwrap_err(),
        "[1]: 300 does not fit int8"
    );
    assert_eq!(fit(any("bytes", vec![1u8].into()), "string").unwrap_err(), "expected string, found bytes");
    assert_eq!(fit(any("[2]uint8", [1u8, 2].into()), "[2]uint8"), Ok([1u8, 2].into()));
    assert_eq!(fit(any("[2]uint8", [1u8, 2].into()), "[3]uint8").unwrap_err(), "expected [3]uint8, found [2]uint8");
    assert_eq!(fit(None, "*uint8"), Ok(Value::NONE));
    assert_eq!(fit(None, "any"), Ok(Value::NIL));
    let kept = any("uint8", 1u8.into());
    assert_eq!(fit(kept.clone(), "any"), Ok(kept.unwrap().into()));
    let mixed = Value::List(vec![any("uint8", 1u8.into()).unwrap().into(), any("int", 2i64.into()).unwrap().into()]);
    assert_eq!(fit(any("[]any", mixed), "[]uint32"), Ok(Value::List(args![1u32, 2u32])));
    let wrapped = fit(any("[]uint8", vec![1u8].into()), "any").unwrap();
    assert_eq!(wrapped.to_string(), "0x01");
}
