//! The reference pages in `docs/` say what the code does: the schema accepts the documents that the parser accepts,
//! and every byte in a table is what comes out.

use std::path::Path;

use govm_codec::{Abi, AbiError, AnyValue, Codec, Limits, Type, TypeDefs, Value, decode_any, encode, encode_any};
use serde_json::{Map as Object, Value as Json, json};

fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Checks a value against a schema. Knows the keywords that our schema uses and fails on any other, so that no part
/// of the schema goes unchecked.
fn matches(value: &Json, schema: &Json, root: &Json) -> bool {
    schema.as_object().expect("a schema is an object").iter().all(|(keyword, rule)| match keyword.as_str() {
        "$schema" | "$id" | "$defs" | "title" | "description" | "additionalProperties" => true,
        "$ref" => {
            let pointer = rule.as_str().and_then(|text| text.strip_prefix('#')).expect("a local reference");
            matches(value, root.pointer(pointer).expect("the reference leads somewhere"), root)
        }
        "type" => match rule.as_str() {
            Some("object") => value.is_object(),
            Some("array") => value.is_array(),
            Some("string") => value.is_string(),
            Some("boolean") => value.is_boolean(),
            other => panic!("type {other:?}"),
        },
        "const" => value == rule,
        "enum" => rule.as_array().unwrap().contains(value),
        "oneOf" => rule.as_array().unwrap().iter().filter(|schema| matches(value, schema, root)).count() == 1,
        "items" => value.as_array().is_none_or(|items| items.iter().all(|item| matches(item, rule, root))),
        "required" => value
            .as_object()
            .is_none_or(|object| rule.as_array().unwrap().iter().all(|key| object.contains_key(key.as_str().unwrap()))),
        "properties" => {
            assert_eq!(schema["additionalProperties"], json!(false), "every object is closed");
            let rules = rule.as_object().unwrap();
            value.as_object().is_none_or(|object| {
                object.iter().all(|(key, value)| rules.get(key).is_some_and(|rule| matches(value, rule, root)))
            })
        }
        other => panic!("the keyword {other} is not checked"),
    })
}

/// Whether the parser takes the shape of a document; what its names and types mean is not the schema's business.
fn parser_takes(document: &Json) -> bool {
    let refused = |error: &AbiError| matches!(error, AbiError::Json(_) | AbiError::Keys { .. } | AbiError::Version(_));
    !Abi::from_json(document.to_string().as_bytes()).is_err_and(|error| refused(&error))
}

/// Every document that differs from this one in one place.
fn variations(value: &Json) -> Vec<Json> {
    let mut all = vec![json!(null), json!(7), json!("other"), json!([]), json!({}), json!(true), json!([null])];
    match value {
        Json::Object(object) => {
            for (key, inner) in object {
                let with = |changed: Option<Json>| {
                    let mut copy = object.clone();
                    match changed {
                        Some(changed) => copy.insert(key.clone(), changed),
                        None => copy.remove(key),
                    };
                    Json::Object(copy)
                };
                all.push(with(None));
                all.extend(variations(inner).into_iter().map(|changed| with(Some(changed))));
            }
            let mut extra = object.clone();
            extra.insert("extra".to_owned(), json!(1));
            all.push(Json::Object(extra));
            all.push(Json::Array(object.values().cloned().collect()));
        }
        Json::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                all.extend(variations(item).into_iter().map(|changed| {
                    let mut copy = items.clone();
                    copy[index] = changed;
                    Json::Array(copy)
                }));
            }
        }
        Json::String(text) => all.push(json!({ text.as_str(): null })),
        _ => {}
    }
    all
}

#[test]
fn the_schema_and_the_parser_accept_the_same_shapes() {
    let schema: Json = serde_json::from_str(&page("abi.schema.json")).unwrap();
    let document: Json = serde_json::from_str(include_str!("data/every_type.abi.json")).unwrap();
    assert!(matches(&document, &schema, &schema) && parser_takes(&document));
    let mut accepted = 0;
    let all = variations(&document);
    for variation in &all {
        let by_schema = matches(variation, &schema, &schema);
        assert_eq!(by_schema, parser_takes(variation), "schema says {by_schema}: {variation}");
        accepted += usize::from(by_schema);
    }
    assert!(accepted > 100 && all.len() > 5 * accepted, "{accepted} of {} tell nothing", all.len());
}

/// The rows of the tables under a heading, as lists of cells without the quotes of code.
fn table(page: &str, heading: &str) -> Vec<Vec<String>> {
    let section = page.split(&format!("\n## {heading}\n")).nth(1).expect("the heading is there");
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| ---"));
    let cells = |line: &str| {
        let inner = line.trim_start_matches("| ").trim_end().trim_end_matches('|');
        inner.split(" | ").map(|cell| cell.trim().to_owned()).collect()
    };
    rows.skip(1).map(cells).collect()
}

fn code(cell: &str) -> &str {
    cell.trim_matches('`')
}

#[test]
fn the_worked_bytes_are_what_is_written() {
    let page = page("abi.md");
    let types = page.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
    let document = json!({
        "abi_version": 1, "name": "worked", "codec": "borsh", "functions": [],
        "types": serde_json::from_str::<Json>(types).unwrap(),
    });
    let defs = Abi::from_json(document.to_string().as_bytes()).unwrap().types;
    let rows = table(&page, "Worked bytes");
    assert!(rows.len() >= 20);
    for row in rows {
        let ty: Type = code(&row[0]).parse().unwrap();
        let value = Value::from_json(&serde_json::from_str(code(&row[1])).unwrap(), &ty, &defs).unwrap();
        let wire = |codec| spaced(&encode(&value, &ty, &defs, codec, Limits::default()).unwrap());
        let any = match AnyValue::new(ty.clone(), &defs, value.clone()) {
            Ok(any) => spaced(&encode_any(Some(&any)).unwrap()),
            Err(_) => String::new(),
        };
        let expected = [wire(Codec::Borsh), wire(Codec::Scale), any];
        let written: Vec<&str> = row[2..].iter().map(|cell| code(cell)).collect();
        assert_eq!(written, expected, "{ty} {value}\n| {} | {} | `{}` |", row[0], row[1], expected.join("` | `"));
    }
}

/// Hex digits in groups of bytes.
fn spaced(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_tags_are_those_of_the_descriptors() {
    let page = page("abi.md");
    let rows = table(&page, "Self-describing values");
    assert_eq!(rows.len(), 30, "21 scalars with nil, 9 others");
    for row in rows.iter().filter(|row| code(&row[0]) > "00" && code(&row[0]) < "20") {
        let tag = hex::decode(code(&row[0])).unwrap()[0];
        // Zeros are a value of every scalar type, when there are as many as it takes.
        let read = (1..=32).find_map(|len| {
            let mut bytes = vec![0; len + 1];
            bytes[0] = tag;
            decode_any(&bytes).ok()
        });
        let any = read.expect("the tag is known").expect("not nil");
        assert_eq!(any.ty().to_string(), code(&row[1]));
    }
}

#[test]
fn the_limits_are_those_of_the_code() {
    let rows = table(&page("abi.md"), "Limits");
    let documented: Object<String, Json> =
        rows.iter().map(|row| (code(&row[0]).to_owned(), json!(row[1].parse::<usize>().unwrap()))).collect();
    let code = json!({
        "MAX_DEPTH": govm_codec::MAX_DEPTH,
        "MAX_MESSAGE_BYTES": govm_codec::MAX_MESSAGE_BYTES,
        "MAX_EMPTY_VALUES": govm_codec::MAX_EMPTY_VALUES,
        "MAX_DESCRIPTOR_BYTES": govm_codec::MAX_DESCRIPTOR_BYTES,
        "MAX_NAME_BYTES": govm_codec::MAX_NAME_BYTES,
        "MAX_FIELDS": govm_codec::MAX_FIELDS,
        "MAX_ABI_BYTES": govm_codec::MAX_ABI_BYTES,
    });
    assert_eq!(Json::Object(documented), code);
}

#[test]
fn the_spellings_are_types() {
    for row in table(&page("abi.md"), "Types") {
        for spelling in row[0].split_whitespace().map(code) {
            let ty: Type = spelling.parse().unwrap();
            assert_eq!(ty.to_string(), spelling);
            if spelling != "Point" {
                TypeDefs::EMPTY.check(&ty).unwrap();
            }
        }
    }
}
