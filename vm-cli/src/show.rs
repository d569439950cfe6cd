//! What the engine knows as JSON and as text.

use govm_codec::{AnyValue, decode_any, decode_event};
use govm_core::{Event, ObjectInfo};
use govm_runtime::ContractInfo;
use serde_json::{Map, Value, json};

/// The functions of a contract with their types, as in Go.
pub(crate) fn functions(abi: &govm_codec::Abi) -> Vec<String> {
    let mark = |function: &govm_codec::Function| match (function.view, function.payable) {
        (true, _) => "  (view)",
        (_, true) => "  (payable)",
        _ => "",
    };
    abi.functions.iter().map(|function| format!("{function}{}", mark(function))).collect()
}

/// A contract.
pub(crate) fn contract(info: &ContractInfo) -> Value {
    json!({
        "address": info.address,
        "name": info.abi.name,
        "code_hash": info.contract.code,
        "deployer": info.contract.deployer,
        "height": info.contract.height,
        "default_object": info.contract.default_object,
        "functions": functions(&info.abi),
    })
}

/// An object without its fields.
pub(crate) fn object(info: &ObjectInfo) -> Value {
    let ObjectInfo { id, object } = info;
    json!({ "id": id, "contract": object.contract, "owner": object.owner, "field_count": object.fields })
}

/// An event and its place among those of its call.
pub(crate) fn event(index: usize, event: &Event) -> Value {
    let data = match decode_event(&event.data) {
        Ok(pairs) => Value::Object(pairs.into_iter().map(|(key, value)| (key, any(value))).collect::<Map<_, _>>()),
        Err(_) => hex(&event.data),
    };
    json!({ "index": index, "contract": event.contract, "name": event.name, "data": data })
}

/// The events of a call.
pub(crate) fn events(events: &[Event]) -> Vec<Value> {
    events.iter().enumerate().map(|(index, named)| event(index, named)).collect()
}

/// An event on one line.
pub(crate) fn event_line(event: &Value) -> String {
    let mut text = plain(&event["name"]);
    match &event["data"] {
        Value::Object(data) => {
            data.iter().for_each(|(key, value)| text.push_str(&format!(" {key}={}", plain(value))));
        }
        undecodable => text.push_str(&format!(" {}", plain(undecodable))),
    }
    text
}

/// A field: its type and value, or its bytes if a contract wrote what is no value.
pub(crate) fn field(bytes: &[u8]) -> Value {
    decode_any(bytes).map_or_else(|_| hex(bytes), any)
}

/// A JSON value as a person would write it: text without quotes.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(object) if object.len() == 2 && object.contains_key("type") => {
            object.get("value").map_or_else(String::new, plain)
        }
        other => other.to_string(),
    }
}

fn any(value: Option<AnyValue>) -> Value {
    value.and_then(|value| value.to_json().ok()).unwrap_or(Value::Null)
}

/// Bytes as text.
pub(crate) fn hex(bytes: &[u8]) -> Value {
    Value::String(bytes.iter().fold("0x".to_owned(), |text, byte| format!("{text}{byte:02x}")))
}
