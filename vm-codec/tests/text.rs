//! Words and JSON that are no value, or an unusual one: what the errors say, and what is read.
#![allow(clippy::needless_pass_by_value, reason = "literals read best without a borrow")]

use govm_codec::{
    Abi, F64, Map, Type, TypeDef, TypeDefs, TypeKind, Value, args, args_from_json, args_from_words, results_to_json,
};
use serde_json::{Value as Json, json};

fn defs() -> TypeDefs {
    let ty = |text: &str| text.parse::<Type>().unwrap();
    TypeDefs::new(vec![
        TypeDef::structure("Point", &[("X", Type::Uint8), ("Y", Type::Uint8)]),
        TypeDef::structure("Path", &[("Points", ty("[]Point")), ("Tags", ty("map[string]int16"))]),
        TypeDef::enumeration("Color", Type::Uint8, &[("Red", 0), ("Green", 1), ("Lime", 1)]),
        TypeDef::enumeration("Big", Type::Int64, &[("Min", i128::from(i64::MIN))]),
        TypeDef::new("Paint", TypeKind::Named(ty("Color"))),
        TypeDef::new("Blob", TypeKind::Custom),
    ])
    .unwrap()
}

fn word(word: &str, ty: &str) -> Result<Value, String> {
    Value::parse_word(word, &ty.parse().unwrap(), &defs()).map_err(|error| error.to_string())
}

fn read(json: Json, ty: &str) -> Result<Value, String> {
    Value::from_json(&json, &ty.parse().unwrap(), &defs()).map_err(|error| error.to_string())
}

#[track_caller]
fn refuse(result: Result<Value, String>, message: &str) {
    assert_eq!(result.unwrap_err(), message);
}

#[test]
fn plain_words() {
    assert_eq!(word("true", "bool"), Ok(true.into()));
    assert_eq!(word("-5", "int"), Ok((-5i64).into()));
    assert_eq!(word("", "string"), Ok("".into()));
    assert_eq!(word("\"q\"", "string"), Ok("\"q\"".into()), "a string is the word as it is");
    assert_eq!(word("1e3", "float64"), Ok(1000.0.into()));
    assert_eq!(word("0x0102", "[2]uint8"), Ok([1u8, 2].into()));
    assert_eq!(word("0xff", "Blob"), Ok([255u8].into()));
    assert_eq!(word("Lime", "Color"), Ok(1u8.into()));
    assert_eq!(word("Green", "Paint"), Ok(1u8.into()));
    assert_eq!(word("77", "Paint"), Ok(77u8.into()));
    assert_eq!(word("Min", "Big"), Ok(i64::MIN.into()));
    assert_eq!(word("null", "*string"), Ok(Value::NONE));
    assert_eq!(word("nul", "*string"), Ok(Some("nul").into()));
    assert_eq!(word("Red", "*Color"), Ok(Some(0u8).into()));
    assert_eq!(word("{\"some\":null}", "**int8"), Ok(Value::some(Value::NONE)));
}

#[test]
fn an_any_gets_the_type_that_go_gives_to_such_a_constant() {
    let shown = |text: &str| word(text, "any").unwrap().to_string();
    assert_eq!(shown("5"), "int(5)");
    assert_eq!(shown("5.5"), "float64(5.5)");
    assert_eq!(shown("true"), "true");
    assert_eq!(shown("hello world"), "\"hello world\"");
    assert_eq!(shown("\"5\""), "\"5\"");
    assert_eq!(shown("null"), "nil");
    assert_eq!(shown(r#"{"type":"Paint","value":"Green"}"#), "Paint(1)");
    assert_eq!(shown(r#"{"type":"Point","value":{"X":1,"Y":2}}"#), "Point{X: 1, Y: 2}");
    refuse(word("[1]", "any"), r#"expected {"type": …, "value": …}, found [1]"#);
    refuse(word(r#"{"type":"Line","value":1}"#, "any"), "type Line is not defined");
    refuse(word(r#"{"type":"uint8","value":256}"#, "any"), "(any): 256 does not fit uint8");
    refuse(word(r#"{"type":"any","value":1}"#, "any"), "an any cannot hold an any directly");
    refuse(word("9223372036854775808", "any"), "9223372036854775808 does not fit int");
}

#[test]
fn wrong_words_say_what_is_expected() {
    refuse(word("yes", "bool"), "expected true or false, found \"yes\"");
    refuse(word("1.0", "uint8"), "expected uint8, found \"1.0\"");
    refuse(word("+1", "uint8"), "expected uint8, found \"+1\"");
    refuse(word("-1", "uint64"), "-1 does not fit uint64");
    refuse(word("18446744073709551616", "uint64"), "18446744073709551616 does not fit uint64");
    refuse(word("inf", "float64"), "expected float64, found \"inf\"");
    refuse(word("1e400", "float64"), "expected float64, found \"1e400\"");
    refuse(word("1e39", "float32"), "expected float32, found \"1e39\"");
    refuse(word("0x0", "bytes"), "expected bytes as 0x and pairs of hex digits, found \"0x0\"");
    refuse(word("abcd", "bytes"), "expected bytes as 0x and pairs of hex digits, found \"abcd\"");
    refuse(word("0x01", "[2]uint8"), "[2]uint8 has 2 elements, found 1");
    refuse(word("Blue", "Color"), "Color has no constant \"Blue\"; it has Red, Green, Lime");
    refuse(word("256", "Color"), "256 does not fit Color");
    refuse(word("0x12", "Address"), "address has 2 characters after 0x, expected 40 hex digits");
    refuse(read(json!(["0x1g"]), "[]Hash"), "[0]: hash has a character that is no hex digit at position 3");
    refuse(word("[1,", "[]uint8"), "expected bytes as 0x and pairs of hex digits, found \"[1,\"");
    refuse(word("[1,", "[]int8"), "[]int8 is written as JSON: EOF while parsing a value at line 1 column 3");
    refuse(word("5", "[]int8"), "expected []int8, found 5");
}

#[test]
fn errors_point_at_the_place_inside_the_value() {
    let points = json!({"Points": [{"X": 1, "Y": 2}, {"X": 300, "Y": 0}], "Tags": {}});
    refuse(read(points, "Path"), "Points[1].X: 300 does not fit uint8");
    let tags = json!({"Points": [], "Tags": {"a": 1, "b": "x"}});
    refuse(read(tags, "Path"), "Tags[b]: expected int16, found \"x\"");
    refuse(read(json!({"X": 1}), "Point"), "the field Y is missing");
    refuse(read(json!({"X": 1, "Y": 2, "Z": 3}), "Point"), "Point has no field \"Z\"; it has X, Y");
    refuse(read(json!([1, 2]), "Point"), "expected Point, found [1,2]");
    refuse(read(json!({"1x": true}), "map[int8]bool"), "[key 0]: expected int8, found \"1x\"");
    refuse(read(json!([[1, true], [1, false]]), "map[int8]bool"), "the map has the key 1 twice");
    refuse(read(json!({"01": true, "1": false}), "map[int8]bool"), "the map has the key 1 twice");
    refuse(read(json!([[1]]), "map[int8]bool"), "[0]: expected [key, value], found [1]");
    let by_point = "map[Point]bool";
    refuse(
        read(json!({"a": true}), by_point),
        "[key 0]: expected an array of [key, value], since a key is Point, found an object",
    );
    refuse(read(json!([[{"X": 1, "Y": 999}, true]]), by_point), "[key 0].Y: 999 does not fit uint8");
    refuse(read(json!([[{"X": 1, "Y": 9}, 0]]), by_point), "[Point{X: 1, Y: 9}]: expected bool, found 0");
    refuse(read(json!(7), "string"), "expected string, found 7");
    refuse(read(json!("true"), "bool"), "expected bool, found \"true\"");
    refuse(read(json!(1.5), "int8"), "expected int8, found \"1.5\"");
}

#[test]
fn json_takes_more_than_it_writes() {
    assert_eq!(read(json!("7"), "uint8"), Ok(7u8.into()), "a small number as text");
    assert_eq!(read(json!(7), "uint64"), Ok(7u64.into()), "a wide number as number");
    assert_eq!(read(json!(2), "float64"), Ok(2.0.into()));
    assert_eq!(read(json!([["a", 1]]), "map[string]int8"), read(json!({"a": 1}), "map[string]int8"));
    assert_eq!(read(json!(1), "Color"), read(json!("Green"), "Color"));
    assert_eq!(read(json!("NaN"), "float64"), Ok(F64::new(f64::NAN).into()));
}

#[test]
fn the_short_form_names_what_the_type_names() {
    let value = read(json!({"Points": [{"X": 1, "Y": 2}], "Tags": {"a": -1}}), "Path").unwrap();
    assert_eq!(value.to_string(), "{[{1, 2}], {\"a\": -1}}");
    let shown = value.show(&Type::named("Path"), &defs()).to_string();
    assert_eq!(shown, "Path{Points: [Point{X: 1, Y: 2}], Tags: {\"a\": -1}}");
    assert_eq!(Value::from("\u{1b}[31m").to_string(), "\"\\u{1b}[31m\"", "no control characters reach a terminal");
    assert_eq!(Value::from(Some(5u8)).to_string(), "&5");
    assert_eq!(Value::NONE.to_string(), "nil");
}

#[test]
fn arguments_and_results_of_a_function() {
    let abi = Abi::from_json(
        br#"{"abi_version":1,"name":"t","codec":"borsh","functions":[{"name":"Move",
        "params":[{"name":"who","type":"string"},{"name":"points","type":"[]Point"}],
        "results":[{"name":"","type":"uint64"},{"name":"at","type":"*Point"}]}],
        "types":[{"name":"Point","kind":"struct","fields":[{"name":"X","type":"uint8"}]}]}"#,
    )
    .unwrap();
    let (_, function) = abi.function("Move").unwrap();
    let points = Value::List(vec![Value::Struct(args![7u8])]);
    assert_eq!(args_from_words(&abi, function, &["me", r#"[{"X":7}]"#]).unwrap(), args!["me", points.clone()]);
    assert_eq!(args_from_json(&abi, function, &[json!("me"), json!([{"X": 7}])]).unwrap(), args!["me", points]);
    let refuse = |words: &[&str]| args_from_words(&abi, function, words).unwrap_err().to_string();
    assert_eq!(refuse(&["me", r#"[{"X":1},{"X":300}]"#]), "argument 2 (points)[1].X: 300 does not fit uint8");
    let signature = "Move(who string, points []Point) (uint64, at *Point)";
    assert_eq!(refuse(&["me"]), format!("{signature} takes 2 arguments, found 1"));

    let results = args![5u64, Value::NONE];
    assert_eq!(results_to_json(&abi, function, &results).unwrap(), [json!("5"), Json::Null]);
    let error = results_to_json(&abi, function, &args![5u64, true]).unwrap_err();
    assert_eq!(error.to_string(), "result 2 (at): expected *Point, found bool");
    assert!(Map::new(vec![(1u8.into(), 1u8.into()), (1u8.into(), 2u8.into())]).is_err());
}
