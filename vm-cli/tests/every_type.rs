//! A contract with every type as parameter, result and object field, in both formats, called with JSON from the command
//! line, gives back what it got.

mod common;

use common::{World, build, results, seed, string};
use govm_codec::{Abi, Type};
use serde_json::{Value, json};

/// Function, parameter, and the values that it is called with, one in each round: a list that ends early goes on with its
/// last.
const PARAMETERS: &[(&str, &str, &[&str])] = &[
    ("Numbers", "flag", &["true", "false"]),
    ("Numbers", "u8", &["0", "255", "7"]),
    ("Numbers", "u16", &["0", "65535", "258"]),
    ("Numbers", "u32", &["0", "4294967295", "16909060"]),
    ("Numbers", "u64", &[r#""0""#, r#""18446744073709551615""#, r#""72623859790382856""#]),
    ("Numbers", "u", &[r#""0""#, r#""18446744073709551615""#, r#""9007199254740993""#]),
    ("Numbers", "i8", &["0", "127", "-128"]),
    ("Numbers", "i16", &["0", "32767", "-32768"]),
    ("Numbers", "i32", &["0", "2147483647", "-2147483648"]),
    ("Numbers", "i64", &[r#""0""#, r#""9223372036854775807""#, r#""-9223372036854775808""#]),
    ("Numbers", "i", &[r#""0""#, r#""9223372036854775807""#, r#""-9223372036854775808""#]),
    ("Numbers", "u128", &[r#""0""#, r#""340282366920938463463374607431768211455""#, r#""18446744073709551616""#]),
    (
        "Numbers",
        "u256",
        &[
            r#""0""#,
            r#""115792089237316195423570985008687907853269984665640564039457584007913129639935""#,
            r#""340282366920938463463374607431768211456""#,
        ],
    ),
    ("Numbers", "f32", &["0.1", r#""NaN""#, "-3.4028235e38"]),
    ("Numbers", "f64", &["-0.0", r#""-Infinity""#, "5e-324"]),
    ("Texts", "text", &[r#""""#, r#""héllo \"語\"\n""#, r#""12""#]),
    ("Texts", "data", &[r#""0x""#, r#""0x00ff""#]),
    ("Texts", "four", &[r#""0x00000000""#, r#""0x01020304""#]),
    ("Texts", "address", &[r#""0x0102030405060708090a0b0c0d0e0f1011121314""#]),
    ("Texts", "object", &[r#""0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f""#]),
    ("Texts", "hash", &[r#""0xfffefdfcfbfaf9f8f7f6f5f4f3f2f1f0efeeedecebeae9e8e7e6e5e4e3e2e1e0""#]),
    ("Made", "array", &[r#"["",""]"#, r#"["x","yz"]"#]),
    ("Made", "slice", &["[]", "[1,2,65535]"]),
    ("Made", "slices", &["[]", r#"[["a"],[],["b","c"]]"#]),
    ("Made", "option", &["null", r#""7""#]),
    ("Made", "twice", &["null", r#"{"some":null}"#, r#"{"some":true}"#]),
    ("Made", "byText", &["{}", r#"{"":0,"a":1,"aa":2,"b":3,"é":4}"#]),
    ("Made", "byNumber", &["{}", r#"{"-300":[true],"-1":[],"0":[false,true],"256":[]}"#]),
    (
        "Made",
        "byID",
        &[
            "{}",
            r#"{"0x0102030405060708090a0b0c0d0e0f1011121314":"0x0000000000000000000000000000000000000000000000000000000000000001"}"#,
        ],
    ),
    (
        "Made",
        "byPoint",
        &["[]", r#"[[{"X":"-1","Y":"5"},"Red"],[{"X":"0","Y":"-9"},200],[{"X":"0","Y":"1"},"Green"]]"#],
    ),
    ("Made", "byArray", &["[]", r#"[[[-1,5],"a"],[[0,-5],"b"],[[0,5],"c"]]"#]),
    ("Own", "color", &[r#""Red""#, r#""Green""#, "9"]),
    ("Own", "level", &[r#""Low""#, r#""High""#, r#""-6""#]),
    ("Own", "count", &[r#""0""#, r#""18446744073709551615""#]),
    ("Own", "label", &[r#""""#, r#""a label""#]),
    ("Own", "blob", &[r#""0x""#, r#""0xc0ffee""#]),
    ("Own", "scores", &["{}", r#"{"":"1","one":"18446744073709551615"}"#]),
    ("Own", "forest", &["[]", "[[],[[],[[]]]]"]),
    ("Own", "point", &[r#"{"X":"0","Y":"0"}"#, r#"{"X":"-9223372036854775808","Y":"9223372036854775807"}"#]),
    (
        "Own",
        "circle",
        &[
            r#"{"Point":{"X":"0","Y":"1"},"Tag":null,"Radius":0}"#,
            r#"{"Point":{"X":"1","Y":"2"},"Tag":{"Label":"t"},"Radius":3}"#,
        ],
    ),
    (
        "Own",
        "tree",
        &[
            r#"{"Value":0,"Children":[],"Next":null,"Index":{}}"#,
            r#"{"Value":1,"Children":[{"Value":2,"Children":[],"Next":null,"Index":{}}],"Next":{"Value":3,"Children":[],"Next":null,"Index":{}},"Index":{"k":{"Value":4,"Children":[],"Next":null,"Index":{}}}}"#,
        ],
    ),
    ("Own", "secret", &[r#""0x""#, r#""0x0001c0ffee""#]),
    ("Own", "points", &["[]", r#"[null,{"X":"1","Y":"2"}]"#]),
    (
        "Any",
        "value",
        &[
            "null",
            r#"{"type":"uint64","value":"3"}"#,
            r#"{"type":"Point","value":{"X":"1","Y":"2"}}"#,
            r#"{"type":"uint256","value":"1"}"#,
            r#"{"type":"Secret","value":"0xc0ffee"}"#,
            r#"{"type":"Tree","value":{"Value":1,"Children":[],"Next":null,"Index":{}}}"#,
            r#"{"type":"map[string]uint8","value":{"a":1}}"#,
        ],
    ),
    (
        "Any",
        "values",
        &[
            "[]",
            r#"[null,{"type":"bool","value":true},{"type":"[]uint16","value":[1]},{"type":"float32","value":0.5}]"#,
        ],
    ),
    ("Any", "byName", &["{}", r#"{"a":null,"b":{"type":"Label","value":"x"},"c":{"type":"*uint64","value":"1"}}"#]),
];

const FUNCTIONS: [&str; 5] = ["Any", "Made", "Numbers", "Own", "Texts"];

/// A value as a word of the command line: a JSON string without its quotes where the type takes plain text, all else as it is.
/// What an `any` holds is always JSON.
fn word(value: &Value, ty: &str) -> String {
    match value {
        Value::String(text) if ty != "any" => text.clone(),
        other => other.to_string(),
    }
}

/// The parameters of a function with their values in a round.
fn round(function: &str, round: usize) -> Vec<(&'static str, Value)> {
    let rows = PARAMETERS.iter().filter(|(of, ..)| *of == function);
    rows.map(|(_, name, values)| {
        let text = values.get(round).unwrap_or_else(|| values.last().unwrap());
        (*name, serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}")))
    })
    .collect()
}

/// An enum inside an `any` is the number, since its names are the contract's: everything else is what was given.
fn every_value_comes_back(world: &World, wasm: &[u8], codec: &str) {
    let contract = world.deploy(wasm);
    let abi = abi_of(wasm);
    assert_eq!(abi.codec.name(), codec);
    assert_eq!(abi.functions.iter().map(|function| function.name.as_str()).collect::<Vec<_>>(), FUNCTIONS);
    let object = string(&world.json(&["contract", &contract])["default_object"]);
    for name in FUNCTIONS {
        let (_, function) = abi.function(name).unwrap();
        let rounds = PARAMETERS.iter().filter(|(of, ..)| *of == name).map(|(.., values)| values.len()).max().unwrap();
        for number in 0..rounds {
            let given = round(name, number);
            let params = function.params.iter().map(|param| param.name.as_str());
            assert!(params.eq(given.iter().map(|(name, _)| *name)), "{function}");
            let types = function.params.iter().map(|param| param.ty.to_string());
            let words: Vec<String> = given.iter().zip(types).map(|((_, value), ty)| word(value, &ty)).collect();
            // After `--`, so that no value is taken for a flag.
            let mut line = vec!["call", &contract, name, "--"];
            line.extend(words.iter().map(String::as_str));
            let called = world.json(&line);
            let expected: Vec<&Value> = given.iter().map(|(_, value)| value).collect();
            assert_eq!(results(&called).iter().collect::<Vec<_>>(), expected, "{codec}: {function}");
            check_fields(&world.json(&["object", &object])["fields"], &given, &abi, name);
        }
    }
}

/// The fields that the call set hold the values with their types.
fn check_fields(fields: &Value, given: &[(&str, Value)], abi: &Abi, function: &str) {
    let (_, function) = abi.function(function).unwrap();
    for ((name, value), param) in given.iter().zip(&function.params) {
        let expected = match &param.ty {
            Type::Any => value.clone(),
            ty => json!({ "type": ty.to_string(), "value": without_enums(value, ty) }),
        };
        assert_eq!(fields[*name], expected, "field {name} of {function}");
    }
}

/// A stored value names its type but not the constants of enums.
fn without_enums(value: &Value, ty: &Type) -> Value {
    match (ty.to_string().as_str(), value) {
        ("Color", Value::String(name)) => json!(if name == "Red" { 1 } else { 7 }),
        ("Level", Value::String(name)) if name == "Low" => json!("-5"),
        ("Level", Value::String(name)) if name == "High" => json!("9000000000"),
        ("map[Point]Color", Value::Array(pairs)) => {
            let plain = |pair: &Value| json!([pair[0], without_enums(&pair[1], &Type::named("Color"))]);
            pairs.iter().map(plain).collect()
        }
        _ => value.clone(),
    }
}

/// The ABI that a module carries in its last section.
fn abi_of(wasm: &[u8]) -> Abi {
    let start = wasm.windows(12).rposition(|window| window == b"{\"abi_versio").expect("the module has an ABI");
    Abi::from_json(&wasm[start..]).unwrap()
}

fn source(codec: &str) -> String {
    let source = include_str!("testdata/everytype.go");
    format!("//govm:codec {codec}\n\n{source}")
}

#[test]
fn every_type_comes_back_in_both_formats() {
    seed();
    for codec in ["borsh", "scale"] {
        let world = World::new();
        let path = world.write("everytype.go", source(codec));
        every_value_comes_back(&world, &build(&path), codec);
    }
}

#[test]
fn what_is_no_value_of_its_type_is_refused_with_the_place() {
    seed();
    let world = World::new();
    let wasm = build(&world.write("everytype.go", source("scale")));
    let contract = world.deploy(&wasm);
    let mut words: Vec<(&str, String)> =
        round("Own", 1).into_iter().map(|(name, value)| (name, word(&value, ""))).collect();
    let mut refused = |name: &str, wrong: &str, message: &str| {
        let at = words.iter().position(|(param, _)| *param == name).unwrap();
        let right = std::mem::replace(&mut words[at].1, wrong.to_owned());
        let line = ["call", &contract, "Own", "--"].into_iter().chain(words.iter().map(|(_, word)| word.as_str()));
        let (code, found) = world.bad(2, &line.collect::<Vec<_>>());
        assert_eq!(code, "invalid_input");
        assert_eq!(found.lines().next().unwrap(), message);
        words[at].1 = right;
    };
    refused("color", "Blue", r#"argument 1 (color): Color has no constant "Blue"; it has Red, Green"#);
    refused("scores", r#"{"a":-1}"#, "argument 6 (scores)[a]: -1 does not fit Count");
    refused(
        "circle",
        r#"{"Point":{"X":1,"Y":true},"Tag":null,"Radius":0}"#,
        "argument 9 (circle).Point.Y: expected int64, found true",
    );
    refused(
        "tree",
        r#"{"Value":1,"Children":[{"Value":70000,"Children":[],"Next":null,"Index":{}}],"Next":null,"Index":{}}"#,
        "argument 10 (tree).Children[0].Value: 70000 does not fit uint16",
    );
    // What only the contract can tell is its error.
    let mut line = vec!["--json", "call", &contract, "Own", "--"];
    let words: Vec<String> =
        words.iter().map(|(name, word)| if *name == "secret" { "0x0100".into() } else { word.clone() }).collect();
    line.extend(words.iter().map(String::as_str));
    let ran = world.run(&line);
    assert_eq!(
        (ran.code, ran.error()),
        (1, ("invalid_argument".to_owned(), "arguments: secret: invalid argument".to_owned()))
    );
}

#[test]
fn what_is_logged_is_declared() {
    seed();
    let world = World::new();
    let wasm = build(&world.write("everytype.go", source("borsh")));
    let abi = abi_of(&wasm);
    let declared = abi.event("Kept").unwrap();
    let fields: Vec<String> = declared.fields.iter().map(|field| format!("{} {}", field.name, field.ty)).collect();
    assert_eq!((abi.events.len(), fields), (1, vec!["value any".into(), "values []any".into(), "count int".into()]));
    let contract = world.deploy(&wasm);
    let called = world.json(&["call", &contract, "Any", "--", "1", "[]", r#"{"a":null}"#]);
    let typed = |ty: &str, value: Value| json!({ "type": ty, "value": value });
    let data = json!({ "value": typed("int", json!("1")), "values": typed("[]any", json!([])), "count": typed("int", json!("1")) });
    assert_eq!(called["events"], json!([{ "index": 0, "contract": contract, "name": "Kept", "data": data }]));
}
