//! The ABI document: what is read, what is refused, what is written, and what an upgrade breaks.

use govm_codec::{Abi, AbiError, Codec, TypeKind};
use serde_json::{Value as Json, json};

const EVERY_TYPE: &str = include_str!("data/every_type.abi.json");

fn minimal() -> Json {
    json!({"abi_version": 1, "name": "a", "codec": "borsh", "functions": []})
}

/// The minimal document with one key set.
fn with(key: &str, value: Json) -> Json {
    let mut document = minimal();
    document[key] = value;
    document
}

fn types(value: Json) -> Json {
    with("types", value)
}

fn function(value: Json) -> Json {
    with("functions", Json::Array(vec![value]))
}

fn read(document: &Json) -> Result<Abi, AbiError> {
    Abi::from_json(document.to_string().as_bytes())
}

#[test]
fn a_canonical_document_is_written_byte_for_byte() {
    let abi = Abi::from_json(EVERY_TYPE.as_bytes()).unwrap();
    assert_eq!(abi.to_json(), EVERY_TYPE);
    let scale = EVERY_TYPE.replace("\"borsh\"", "\"scale\"");
    let scale = Abi::from_json(scale.as_bytes()).unwrap();
    assert_eq!(scale.codec, Codec::Scale);
    assert_eq!(scale.to_json(), EVERY_TYPE.replace("\"borsh\"", "\"scale\""));
}

#[test]
fn what_may_be_left_out_is_empty() {
    let abi = read(&function(json!({"name": "F"}))).unwrap();
    let (index, function) = abi.function("F").unwrap();
    assert_eq!((index, function.to_string().as_str()), (0, "F()"));
    assert!(!function.view && !function.payable);
    assert!(abi.docs.is_empty() && abi.types.is_empty() && abi.events.is_empty());
    assert!(abi.function("G").is_none());
    for key in ["abi_version", "name", "codec", "functions"] {
        let mut document = minimal();
        document.as_object_mut().unwrap().remove(key);
        assert!(matches!(read(&document), Err(AbiError::Json(_))), "{key} may not be left out");
    }
}

#[test]
fn functions_are_found_by_name_and_print_like_go() {
    let abi = Abi::from_json(EVERY_TYPE.as_bytes()).unwrap();
    let (index, pay) = abi.function("Pay").unwrap();
    assert_eq!(index, 1);
    assert_eq!(pay.to_string(), "Pay(amount Amount, color Color, blob Blob, grid [3][2]Point)");
    assert!(pay.payable && !pay.view);
    let (_, echo) = abi.function("Echo").unwrap();
    assert!(echo.to_string().ends_with("x any) (tree *Tree, map[string][]Point)"), "{echo}");
    assert!(matches!(&abi.types.get("Color").unwrap().kind, TypeKind::Enum { values, .. } if values.len() == 2));
    assert_eq!(abi.event("Moved").unwrap().fields.len(), 2);
}

#[test]
fn documents_that_make_no_sense_are_refused_with_the_place() {
    let point = json!({"name": "P", "kind": "struct", "fields": [{"name": "X", "type": "Q"}]});
    let many: Vec<Json> = (0..256).map(|index| json!({"name": format!("F{index}"), "type": "bool"})).collect();
    let param = |ty: &str| function(json!({"name": "F", "params": [{"name": "a", "type": ty}]}));
    let enumeration = |base: &str, value: &str| {
        types(json!([{"name": "E", "kind": "enum", "base": base, "values": [{"name": "A", "value": value}]}]))
    };
    let cases = [
        (with("abi_version", json!(2)), "the ABI has version 2, this program reads version 1"),
        (with("name", json!("no name")), "\"no name\" cannot be the name of a contract"),
        (
            with("functions", json!([{"name": "B"}, {"name": "A"}])),
            "the functions are not sorted by name: A comes too late or twice",
        ),
        (
            with("functions", json!([{"name": "A"}, {"name": "A"}])),
            "the functions are not sorted by name: A comes too late or twice",
        ),
        (function(json!({"name": ""})), "\"\" cannot be the name of a function"),
        (
            function(json!({"name": "F", "params": [{"name": "a", "type": "int"}, {"name": "a", "type": "int"}]})),
            "function F has a twice",
        ),
        (
            function(json!({"name": "F", "results": [{"name": "a b", "type": "int"}]})),
            "\"a b\" cannot be the name of a parameter",
        ),
        (param("[]"), "function F: type \"[]\": a type is expected at position 2"),
        (param("P"), "function F: type P is not defined"),
        (param("map[bytes]bool"), "function F: bytes cannot be the key of a map"),
        (param("map[*int]bool"), "function F: *int cannot be the key of a map"),
        (param("map[any]bool"), "function F: any cannot be the key of a map"),
        (types(json!([point])), "types: type Q is not defined"),
        (types(json!([{"name": "P", "kind": "named", "type": "P"}])), "types: type P contains itself"),
        (types(json!([{"name": "P", "kind": "named", "type": "[0]P"}])), "types: type P contains itself"),
        (
            types(
                json!([{"name": "A", "kind": "struct", "fields": [{"name": "B", "type": "B"}]}, {"name": "B", "kind": "named", "type": "[2]A"}]),
            ),
            "types: type A contains itself",
        ),
        (types(json!([{"name": "bool", "kind": "custom"}])), "types: \"bool\" cannot be the name of a type"),
        (
            types(json!([{"name": "P", "kind": "custom"}, {"name": "P", "kind": "custom"}])),
            "the types are not sorted by name: P comes too late or twice",
        ),
        (types(json!([{"name": "P", "kind": "struct"}])), "type P: a definition of kind struct has the keys fields"),
        (
            types(json!([{"name": "P", "kind": "custom", "type": "int"}])),
            "type P: a definition of kind custom has the keys name, docs and kind only",
        ),
        (
            types(json!([{"name": "P", "kind": "enum", "base": "int"}])),
            "type P: a definition of kind enum has the keys base and values",
        ),
        (types(json!([{"name": "P", "kind": "named"}])), "type P: a definition of kind named has the keys type"),
        (
            types(
                json!([{"name": "P", "kind": "struct", "fields": [{"name": "X", "type": "int"}, {"name": "X", "type": "int"}]}]),
            ),
            "types: P has X twice",
        ),
        (types(json!([{"name": "P", "kind": "struct", "fields": many}])), "types: P has more than 255 fields"),
        (
            enumeration("string", "0"),
            "types: the base of enum E is string, which is no integer type of at most 64 bits",
        ),
        (
            enumeration("uint128", "0"),
            "types: the base of enum E is uint128, which is no integer type of at most 64 bits",
        ),
        (enumeration("int8", "128"), "types: E.A = 128 does not fit int8"),
        (enumeration("uint64", "-1"), "types: E.A = -1 does not fit uint64"),
        (enumeration("int8", "01"), "type E: the value \"01\" of A is no decimal integer"),
        (
            with("events", json!([{"name": "E", "fields": [{"name": "a", "type": "X"}]}])),
            "event E: type X is not defined",
        ),
        (
            with(
                "events",
                json!([{"name": "E", "fields": [{"name": "a b", "type": "int"}, {"name": "a b", "type": "int"}]}]),
            ),
            "event E has a b twice",
        ),
        (
            types(
                json!([{"name": "P", "kind": "named", "type": "map[Q]bool"}, {"name": "Q", "kind": "struct", "fields": [{"name": "F", "type": "float32"}]}]),
            ),
            "types: Q cannot be the key of a map",
        ),
    ];
    for (document, message) in cases {
        assert_eq!(read(&document).unwrap_err().to_string(), message, "{document}");
    }
}

#[test]
fn events_and_their_keys_can_have_any_text_as_name() {
    let event =
        |name: &str, key: &str| with("events", json!([{"name": name, "fields": [{"name": key, "type": "int"}]}]));
    let abi = read(&event("order filled", "")).unwrap();
    assert_eq!(abi.event("order filled").unwrap().fields[0].name, "");
    assert!(read(&event(&"e".repeat(255), &"k".repeat(255))).is_ok());
    assert!(matches!(read(&event(&"e".repeat(256), "k")), Err(AbiError::Name { what: "event", .. })));
    assert!(matches!(read(&event("e", &"k".repeat(256))), Err(AbiError::Name { what: "field of an event", .. })));
}

#[test]
fn documents_of_another_shape_are_refused() {
    let json = |document: &[u8]| matches!(Abi::from_json(document), Err(AbiError::Json(_)));
    assert!(json(b""));
    assert!(json(b"{\"abi_version\":1,"));
    assert!(json(minimal().to_string().replace('}', ",\"extra\":1}").as_bytes()), "an unknown key");
    assert!(json(minimal().to_string().replace('}', ",\"name\":\"b\"}").as_bytes()), "a key twice");
    assert!(json(with("codec", json!("json")).to_string().as_bytes()));
    assert!(json(types(json!([{"name": "P", "kind": "union"}])).to_string().as_bytes()));
    assert!(json(format!("{}1", "[".repeat(100_000)).as_bytes()), "a nesting bomb");
    let long = vec![b' '; govm_codec::MAX_ABI_BYTES + 1];
    assert!(matches!(Abi::from_json(&long), Err(AbiError::TooLong(len)) if len == long.len()));
}

#[test]
fn chains_of_types_end_at_the_depth_limit() {
    let chain = |len: usize| {
        let ty = |index: usize| if index + 1 == len { "int".to_owned() } else { format!("T{:03}", index + 1) };
        let def = |index| json!({"name": format!("T{index:03}"), "kind": "named", "type": ty(index)});
        types(Json::Array((0..len).map(def).collect()))
    };
    assert!(read(&chain(64)).is_ok());
    assert!(read(&chain(66)).unwrap_err().to_string().ends_with("is nested deeper than 64 levels"));
    assert!(read(&chain(900)).unwrap_err().to_string().ends_with("is nested deeper than 64 levels"));
    let array = format!("{}bool", "[1]".repeat(64));
    assert!(read(&types(json!([{"name": "A", "kind": "named", "type": array}]))).is_err());
}

/// Contracts that call back into a reentrant contract fail once it is not reentrant any more; this was not reported.
#[test]
fn an_upgrade_that_is_no_longer_reentrant_breaks_those_who_call_back() {
    let plain = Abi::from_json(EVERY_TYPE.as_bytes()).unwrap();
    let mut reentrant = plain.clone();
    reentrant.reentrant = true;
    let changes = |old, new| Abi::check_compatible(old, new).iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(changes(&reentrant, &plain), ["the contract is no longer reentrant"]);
    assert_eq!(changes(&plain, &reentrant), [""; 0]);
    assert_eq!(changes(&reentrant, &reentrant), [""; 0]);
}

#[test]
fn an_upgrade_breaks_what_others_rely_on() {
    let old = Abi::from_json(EVERY_TYPE.as_bytes()).unwrap();
    let changes = |change: &dyn Fn(&mut Json)| {
        let mut document: Json = serde_json::from_str(EVERY_TYPE).unwrap();
        change(&mut document);
        let new = read(&document).unwrap();
        Abi::check_compatible(&old, &new).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(changes(&|_| {}), [""; 0]);
    assert_eq!(changes(&|d| d["codec"] = json!("scale")), ["the codec changes from borsh to scale"]);
    assert_eq!(changes(&|d| drop(d["functions"].as_array_mut().unwrap().pop())), ["function Pay is removed"]);
    assert_eq!(
        changes(&|d| {
            d["functions"][0]["view"] = json!(false);
            d["functions"][1]["payable"] = json!(false);
        }),
        ["function Echo is no longer a view", "function Pay is no longer payable"]
    );
    assert_eq!(changes(&|d| d["functions"][1]["view"] = json!(true)), ["function Pay becomes a view"]);
    assert_eq!(
        changes(&|d| d["functions"][1]["params"] = json!([{"name": "amount", "type": "uint64"}])),
        ["function Pay(amount Amount, color Color, blob Blob, grid [3][2]Point) becomes Pay(amount uint64)"]
    );
    assert_eq!(changes(&|d| d["functions"][1]["params"][0]["name"] = json!("sum")), [""; 0]);
    assert_eq!(
        changes(&|d| d["types"][0]["type"] = json!("uint64")),
        ["type Amount: it changes from uint128 to uint64"]
    );
    assert_eq!(
        changes(&|d| d["types"][2]["base"] = json!("uint16")),
        ["type Color: its base changes from uint8 to uint16"]
    );
    assert_eq!(
        changes(&|d| d["types"][2]["values"][1]["value"] = json!("2")),
        ["type Color: constant Green changes from 1 to 2"]
    );
    assert_eq!(
        changes(&|d| drop(d["types"][2]["values"].as_array_mut().unwrap().pop())),
        ["type Color: constant Green is removed"]
    );
    assert_eq!(
        changes(&|d| d["types"][3]["fields"][0]["type"] = json!("int32")),
        ["type Point: field X int64 becomes X int32"]
    );
    assert_eq!(
        changes(&|d| drop(d["types"][3]["fields"].as_array_mut().unwrap().pop())),
        ["type Point: it changes from 2 fields to 1"]
    );
    assert_eq!(
        changes(&|d| d["types"][1] = json!({"name": "Blob", "kind": "named", "type": "bytes"})),
        ["type Blob: it changes from a custom type to a named type"]
    );
    assert_eq!(changes(&|d| d["events"][0]["fields"][0]["type"] = json!("Hash")), ["event Moved carries other fields"]);
    assert_eq!(changes(&|d| d["events"] = json!([])), ["event Moved is removed"]);
    let grown = changes(&|d| {
        d["functions"].as_array_mut().unwrap().push(json!({"name": "Zero"}));
        d["types"][2]["values"].as_array_mut().unwrap().push(json!({"name": "Blue", "value": "2"}));
        d["docs"] = json!("other words");
    });
    assert_eq!(grown, [""; 0], "what is added breaks nothing");
}
