//! `vectors.json`: values with their bytes, and bytes that must be refused. The Go tests read the same file.
//!
//! What is listed here is the source; the file is written by `GOVM_UPDATE=1 cargo test -p govm-codec --test vectors`
//! and a test fails when it is stale. A new type or rule gets a line in one of the tables.

use std::path::Path;

use govm_codec::{
    Abi, AnyValue, Codec, Limits, MAX_DEPTH, Type, TypeDef, TypeDefs, Value, decode, decode_any, decode_any_list,
    decode_event, encode, encode_any, encode_any_list, encode_event,
};
use serde_json::{Value as Json, json};

/// The definitions that the cases share.
const TYPES: &str = r#"[
    {"name":"Amount","kind":"named","type":"uint128"},
    {"name":"Blob","kind":"custom"},
    {"name":"Chain","kind":"named","type":"[]Chain"},
    {"name":"Color","kind":"enum","base":"uint8","values":[{"name":"Red","value":"0"},{"name":"Green","value":"1"}]},
    {"name":"Empty","kind":"struct","fields":[]},
    {"name":"Key","kind":"struct","fields":[{"name":"A","type":"int8"},{"name":"B","type":"string"}]},
    {"name":"Level","kind":"enum","base":"int64","values":[{"name":"Low","value":"-5"},{"name":"High","value":"9000000000"}]},
    {"name":"Line","kind":"struct","fields":[{"name":"From","type":"Point"},{"name":"To","type":"Point"}]},
    {"name":"Node","kind":"struct","fields":[{"name":"Value","type":"uint8"},{"name":"Next","type":"*Node"}]},
    {"name":"Ping","kind":"struct","fields":[{"name":"Pongs","type":"[]Pong"}]},
    {"name":"Point","kind":"struct","fields":[{"name":"X","type":"int64"},{"name":"Y","type":"int64"}]},
    {"name":"Pong","kind":"struct","fields":[{"name":"Ping","type":"*Ping"}]},
    {"name":"Tagged","kind":"struct","fields":[{"name":"Point","type":"Point"},{"name":"Tags","type":"map[string]any"}]}
]"#;

/// Type and JSON of each accepted value.
const VALUES: &[(&str, &str)] = &[
    ("bool", "false"),
    ("bool", "true"),
    ("uint8", "0"),
    ("uint8", "255"),
    ("uint16", "4660"),
    ("uint32", "305419896"),
    ("uint64", r#""18446744073709551615""#),
    ("uint", r#""72623859790382856""#),
    ("uint128", r#""340282366920938463463374607431768211455""#),
    ("uint128", r#""18446744073709551616""#),
    ("uint256", r#""115792089237316195423570985008687907853269984665640564039457584007913129639935""#),
    ("uint256", r#""1""#),
    ("int8", "-128"),
    ("int16", "-2"),
    ("int32", "2147483647"),
    ("int64", r#""-9223372036854775808""#),
    ("int", r#""-1""#),
    ("float32", "0.1"),
    ("float32", r#""NaN""#),
    ("float64", "-1.5"),
    ("float64", "-0.0"),
    ("float64", r#""NaN""#),
    ("float64", r#""-Infinity""#),
    ("string", r#""""#),
    ("string", r#""héllo 語""#),
    ("bytes", r#""0x""#),
    ("bytes", r#""0x00ff""#),
    ("Address", r#""0x000102030405060708090a0b0c0d0e0f10111213""#),
    ("ObjectID", r#""0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f""#),
    ("Hash", r#""0xfffefdfcfbfaf9f8f7f6f5f4f3f2f1f0efeeedecebeae9e8e7e6e5e4e3e2e1e0""#),
    ("*uint16", "null"),
    ("*uint16", "7"),
    ("**uint16", r#"{"some":null}"#),
    ("**uint16", r#"{"some":7}"#),
    ("[]uint16", "[]"),
    ("[]uint16", "[1,2,3]"),
    ("[][]string", r#"[["a"],[],["b","c"]]"#),
    ("[0]string", "[]"),
    ("[2]string", r#"["x","yz"]"#),
    ("[4]uint8", r#""0x01020304""#),
    ("map[string]uint8", "{}"),
    ("map[string]uint8", r#"{"a":1,"aa":2,"b":3,"é":4}"#),
    ("map[int16]string", r#"{"-300":"m","-1":"n","0":"z","256":"p"}"#),
    ("map[uint64]bool", r#"{"1":true,"256":false}"#),
    ("map[bool]bool", r#"{"false":true,"true":false}"#),
    ("map[Key]uint8", r#"[[{"A":-1,"B":"z"},1],[{"A":0,"B":""},2],[{"A":0,"B":"a"},3]]"#),
    ("map[[2]int8]uint8", "[[[-1,5],1],[[0,-5],2],[[0,5],3]]"),
    ("map[Color]string", r#"{"Red":"r","Green":"g","9":"other"}"#),
    ("map[[2]uint8]Empty", r#"{"0x0001":{},"0x0100":{}}"#),
    ("Point", r#"{"X":"-1","Y":"258"}"#),
    ("Line", r#"{"From":{"X":"1","Y":"2"},"To":{"X":"3","Y":"4"}}"#),
    ("Empty", "{}"),
    ("[]Empty", "[{},{}]"),
    ("Color", r#""Green""#),
    ("Color", "200"),
    ("Level", r#""High""#),
    ("Level", r#""7""#),
    ("Amount", r#""1000""#),
    ("Blob", r#""0xc0ffee""#),
    ("Node", r#"{"Value":1,"Next":{"Value":2,"Next":null}}"#),
    ("Ping", r#"{"Pongs":[{"Ping":null},{"Ping":{"Pongs":[]}}]}"#),
    ("Chain", "[[],[[]]]"),
    ("any", "null"),
    ("any", r#"{"type":"uint64","value":"3"}"#),
    ("any", r#"{"type":"Point","value":{"X":"1","Y":"2"}}"#),
    ("any", r#"{"type":"[]any","value":[null,{"type":"string","value":"s"},{"type":"[]any","value":[]}]}"#),
    ("any", r#"{"type":"map[string]*int","value":{"k":"5","n":null}}"#),
    ("*any", r#"{"some":null}"#),
    ("Tagged", r#"{"Point":{"X":"0","Y":"0"},"Tags":{"a":null,"b":{"type":"Color","value":1}}}"#),
];

/// Type, codec (`any`, `event` and `list` are self-describing messages) and bytes that must be refused, with a name.
const REFUSED: &[(&str, &str, &str, &str)] = &[
    ("bool above 1", "bool", "borsh", "02"),
    ("bool above 1", "bool", "scale", "ff"),
    ("option tag above 1", "*bool", "borsh", "0201"),
    ("option tag above 1", "*bool", "scale", "02"),
    ("trailing byte", "uint8", "borsh", "0000"),
    ("trailing byte", "string", "scale", "046100"),
    ("no bytes", "uint64", "borsh", ""),
    ("one byte short", "uint64", "borsh", "00000000000000"),
    ("string cut", "string", "borsh", "0500000061626364"),
    ("string of bad UTF-8", "string", "borsh", "02000000c328"),
    ("string of an overlong form", "string", "borsh", "02000000c080"),
    ("string with a surrogate", "string", "scale", "0ceda080"),
    ("float32 NaN with a payload", "float32", "borsh", "0100c07f"),
    ("float32 NaN with a sign", "float32", "scale", "0000c0ff"),
    ("float64 NaN with a payload", "float64", "borsh", "010000000000f87f"),
    ("float64 signalling NaN", "float64", "borsh", "010000000000f07f"),
    ("map keys that descend", "map[uint8]uint8", "borsh", "0200000002000100"),
    ("map key twice", "map[uint8]uint8", "borsh", "0200000001000100"),
    ("map key twice", "map[string]bool", "scale", "080461000461 01"),
    ("map keys in byte order, not number order", "map[uint16]bool", "borsh", "02000000000100010001"),
    ("map keys in unsigned order", "map[int8]bool", "borsh", "020000000000ff00"),
    ("map struct keys out of field order", "map[Key]uint8", "scale", "080104620000047a00"),
    ("compact length not shortest, 0 in two bytes", "bytes", "scale", "0100"),
    ("compact length not shortest, 63 in two bytes", "bytes", "scale", "fd00"),
    ("compact length not shortest, 0 in four bytes", "bytes", "scale", "02000000"),
    ("compact length not shortest, 0 in five bytes", "bytes", "scale", "0300000000"),
    ("compact length of more than 32 bits", "bytes", "scale", "070000000001"),
    ("compact length cut", "bytes", "scale", "01"),
    ("length bomb, bytes", "bytes", "borsh", "ffffffff"),
    ("length bomb, slice", "[]uint64", "borsh", "ffffffff0000000000000000"),
    ("length bomb, slice", "[]uint64", "scale", "03ffffffff0000000000000000"),
    ("length bomb, slices of slices", "[][][]uint8", "borsh", "0100000001000000ffffffff"),
    ("length bomb, map", "map[uint8]uint8", "borsh", "ffffffff0000"),
    ("length bomb, elements without bytes", "[]Empty", "borsh", "ffffffff"),
    ("length bomb, elements without bytes", "[][4294967295]Empty", "scale", "04"),
    ("array longer than the message", "[4294967295]uint256", "borsh", "00"),
    ("custom type cut", "Blob", "borsh", "0400000000"),
    ("any with an unknown tag", "any", "borsh", "15"),
    ("any in an any", "", "any", "2700"),
    ("nil inside a descriptor", "", "any", "2000"),
    ("back reference to nothing", "", "any", "2800"),
    ("back reference too far out", "", "any", "240141010 158202801"),
    ("type that contains itself", "", "any", "2401410101582800"),
    ("type repeated inside itself", "", "any", "24014101015820240141010158280000"),
    ("one name for two types", "", "any", "24014302 0158 24014100 0159 25014102"),
    ("slice of uint8 that is not bytes", "", "any", "210200000000"),
    ("float as map key", "", "any", "230c0100000000"),
    ("slice as map key", "", "any", "2321 05 01 00000000"),
    ("empty type name", "", "any", "25000200"),
    ("built-in type name", "", "any", "250475696e740200"),
    ("type name that is no identifier", "", "any", "2503612062 0200"),
    ("type name of bad UTF-8", "", "any", "2501ff0200"),
    ("field name twice", "", "any", "2401410201580201580200 00"),
    ("descriptor cut", "", "any", "2401410201"),
    ("payload cut", "", "any", "05000000"),
    ("payload with a byte too many", "", "any", "020000"),
    ("payload not canonical", "", "any", "0102"),
    ("event cut", "", "event", "0100000001000000 61"),
    ("event key of bad UTF-8", "", "event", "0100000001000000ff00"),
    ("event count bomb", "", "event", "ffffffff0000000000"),
    ("event with a byte too many", "", "event", "0000000000"),
    ("argument list count bomb", "", "list", "ffffffff00"),
    ("argument list cut", "", "list", "0200000000"),
];

fn defs() -> TypeDefs {
    let json = format!(r#"{{"abi_version":1,"name":"vectors","codec":"borsh","functions":[],"types":{TYPES}}}"#);
    Abi::from_json(json.as_bytes()).unwrap().types
}

fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text.replace(' ', "")).unwrap()
}

/// Lists nested to a depth, of the type `Chain`, in each codec.
fn chain(levels: usize) -> [(Codec, String); 2] {
    let nest = |full: &str, empty: &str| full.repeat(levels - 1) + empty;
    [(Codec::Borsh, nest("01000000", "00000000")), (Codec::Scale, nest("04", "00"))]
}

/// An `any` that holds a chain of this depth.
fn any_chain(levels: usize) -> String {
    let [(_, borsh), _] = chain(levels);
    format!("2505{}212800{borsh}", hex::encode("Chain"))
}

fn accepted(defs: &TypeDefs) -> Vec<Json> {
    let case = |(spelling, text): &(&str, &str)| {
        let ty: Type = spelling.parse().unwrap();
        let json: Json = serde_json::from_str(text).unwrap();
        let value = Value::from_json(&json, &ty, defs).unwrap();
        assert_eq!(value.to_json(&ty, defs).unwrap(), json, "{spelling}: the table has the canonical JSON");
        let wire = |codec| {
            let bytes = encode(&value, &ty, defs, codec, Limits::default()).unwrap();
            assert_eq!(decode(&bytes, &ty, defs, codec, Limits::default()).unwrap(), value, "{spelling} {codec}");
            hex::encode(bytes)
        };
        let any = (ty != Type::Any).then(|| {
            let any = AnyValue::new(ty.clone(), defs, value.clone()).unwrap();
            let bytes = encode_any(Some(&any)).unwrap();
            assert_eq!(decode_any(&bytes).unwrap(), Some(any), "any of {spelling}");
            hex::encode(bytes)
        });
        json!({ "type": spelling, "value": json, "borsh": wire(Codec::Borsh), "scale": wire(Codec::Scale), "any": any })
    };
    VALUES.iter().map(case).collect()
}

fn refusal(spelling: &str, codec: &str, bytes: &[u8], defs: &TypeDefs) -> Result<(), String> {
    let by_type = |codec| {
        let ty: Type = spelling.parse().unwrap();
        decode(bytes, &ty, defs, codec, Limits::default()).map(drop)
    };
    let result = match codec {
        "borsh" => by_type(Codec::Borsh),
        "scale" => by_type(Codec::Scale),
        "any" => decode_any(bytes).map(drop),
        "event" => decode_event(bytes).map(drop),
        "list" => decode_any_list(bytes).map(drop),
        other => panic!("no codec {other}"),
    };
    result.map_err(|error| error.to_string())
}

fn refused(defs: &TypeDefs) -> Vec<Json> {
    let [(_, borsh), (_, scale)] = chain(MAX_DEPTH + 1);
    let deep_any = any_chain(MAX_DEPTH);
    let deep_descriptor = "20".repeat(MAX_DEPTH + 1) + "0100";
    let deep_lists = "212701000000".repeat(MAX_DEPTH) + "00";
    let computed = [
        ("nested deeper than 64", "Chain", "borsh", borsh.as_str()),
        ("nested deeper than 64", "Chain", "scale", scale.as_str()),
        ("nested deeper than 64 with the any around it", "", "any", deep_any.as_str()),
        ("descriptor nested deeper than 64", "", "any", deep_descriptor.as_str()),
        ("any in a list in an any, deeper than 64", "", "any", deep_lists.as_str()),
    ];
    let case = |(name, ty, codec, hex_text): &(&str, &str, &str, &str)| {
        let bytes = bytes(hex_text);
        let reason = refusal(ty, codec, &bytes, defs).expect_err(name);
        json!({ "name": name, "type": ty, "codec": codec, "bytes": hex::encode(bytes), "reason": reason })
    };
    REFUSED.iter().chain(&computed).map(case).collect()
}

/// Messages of self-describing values: pairs and list items as JSON, and their bytes.
fn messages(defs: &TypeDefs) -> (Json, Json) {
    let texts = [r#"{"type":"uint64","value":"3"}"#, "null", r#"{"type":"string","value":"x"}"#];
    let any = |text: &str| match Value::from_json(&serde_json::from_str(text).unwrap(), &Type::Any, defs).unwrap() {
        Value::Any(any) => any.map(|any| *any),
        other => panic!("{other} is no any"),
    };
    let values: Vec<Json> = texts.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
    let items: Vec<_> = texts.iter().map(|text| any(text)).collect();
    let keys = ["b", "", "é"];
    let data: Vec<_> = keys.iter().map(|key| (*key).to_owned()).zip(items.clone()).collect();
    let event = encode_event(&data).unwrap();
    assert_eq!(decode_event(&event).unwrap(), data);
    let list = encode_any_list(&items).unwrap();
    assert_eq!(decode_any_list(&list).unwrap(), items);
    (
        json!({ "keys": keys, "values": values, "bytes": hex::encode(event) }),
        json!({ "values": values, "bytes": hex::encode(list) }),
    )
}

/// One case to a line, so that a change shows as the lines it changes.
fn lines(cases: &[Json]) -> String {
    cases.iter().map(Json::to_string).collect::<Vec<_>>().join(",\n")
}

fn document() -> String {
    let defs = defs();
    let types: Vec<Json> = serde_json::from_str(TYPES).unwrap();
    let (event, list) = messages(&defs);
    format!(
        "{{\"types\":[\n{}\n],\n\"accepted\":[\n{}\n],\n\"refused\":[\n{}\n],\n\"event\":{event},\n\"list\":{list}}}\n",
        lines(&types),
        lines(&accepted(&defs)),
        lines(&refused(&defs)),
    )
}

#[test]
fn the_file_is_what_the_tables_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors.json");
    let document = document();
    if std::env::var_os("GOVM_UPDATE").is_some() {
        std::fs::write(&path, &document).unwrap();
    }
    let stored = std::fs::read_to_string(&path).unwrap();
    assert_eq!(stored, document, "stale: GOVM_UPDATE=1 cargo test -p govm-codec --test vectors");
}

#[test]
fn the_deepest_nesting_that_is_allowed_is_accepted() {
    let (defs, ty) = (defs(), Type::named("Chain"));
    for (codec, text) in chain(MAX_DEPTH) {
        let value = decode(&bytes(&text), &ty, &defs, codec, Limits::default()).unwrap();
        assert_eq!(encode(&value, &ty, &defs, codec, Limits::default()).unwrap(), bytes(&text));
    }
    // Inside an any, the any itself is one level.
    let any = decode_any(&bytes(&any_chain(MAX_DEPTH - 1))).unwrap();
    assert_eq!(encode_any(any.as_ref()).unwrap(), bytes(&any_chain(MAX_DEPTH - 1)));
}

#[test]
fn a_value_that_could_not_be_read_back_is_not_written() {
    let (defs, ty) = (defs(), Type::named("Chain"));
    let deep = (0..MAX_DEPTH).fold(Value::List(vec![]), |inner, _| Value::List(vec![inner]));
    let error =
        |value: &Value, ty: &Type, limits| encode(value, ty, &defs, Codec::Borsh, limits).unwrap_err().to_string();
    assert!(error(&deep, &ty, Limits::default()).ends_with("values are nested deeper than 64 levels"));
    let empties = Value::List(vec![Value::Struct(vec![]); 4097]);
    assert_eq!(
        error(&empties, &"[]Empty".parse().unwrap(), Limits::default()),
        "more than 4096 values that take no bytes"
    );
    let text = Value::from("12345");
    assert_eq!(error(&text, &Type::String, Limits { message_bytes: 8 }), "the message has more than 8 bytes");
    let fields = (0..255).map(|field| (format!("Field{field}"), Type::Bool)).collect::<Vec<_>>();
    let wide = fields.iter().map(|(name, ty)| (name.as_str(), ty.clone())).collect::<Vec<_>>();
    let parts = [("A", Type::named("Wide")), ("B", Type::named("Wide"))];
    let defs = TypeDefs::new(vec![TypeDef::structure("Wide", &wide), TypeDef::structure("Two", &parts)]).unwrap();
    let any = AnyValue::new(Type::named("Two"), &defs, Value::Struct(vec![])).unwrap();
    assert_eq!(encode_any(Some(&any)).unwrap_err().to_string(), "the type descriptor is longer than 4096 bytes");
}

#[test]
fn a_descriptor_that_is_too_long_by_its_last_name_is_refused() {
    // A struct `S` of 16 fields: 15 with names of 255 bytes and type bool, the last of a custom type with a long name.
    let descriptor = |last_name_bytes: usize| {
        let mut bytes = vec![0x24, 1, b'S', 16];
        for index in 0..15 {
            bytes.push(255);
            bytes.extend([b'a' + index; 255]);
            bytes.push(0x01);
        }
        bytes.extend([1, b'z', 0x26, u8::try_from(last_name_bytes).unwrap()]);
        bytes.extend(vec![b'C'; last_name_bytes]);
        bytes
    };
    // The payload: 15 bools and a custom value without bytes.
    let any = |last_name_bytes| [descriptor(last_name_bytes), vec![0; 15 + 4]].concat();
    let fits = 4096 - descriptor(0).len();
    assert!(decode_any(&any(fits)).unwrap().is_some());
    let error = decode_any(&any(fits + 1)).unwrap_err().to_string();
    assert_eq!(error, "the descriptor is longer than 4096 bytes");
}
