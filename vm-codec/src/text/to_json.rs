//! Values to JSON.

use serde_json::{Map as Object, Number, Value as Json, json};

use super::{kind_of, nullable, textual};
use crate::place::Step;
use crate::types::{Field, Type, TypeDefs, TypeKind};
use crate::value::{AnyValue, Integer, Map, Value};
use crate::wire::{EncodeError, EncodeErrorKind};

impl Value {
    /// The value as JSON; the form of each type stands in the ABI reference, and [`Value::from_json`] reads it back.
    ///
    /// ```
    /// use govm_codec::{Map, Type, TypeDefs, Value};
    /// let counts = Map::new(vec![(Value::from("a"), Value::Uint64(1))])?;
    /// let ty: Type = "map[string]uint64".parse()?;
    /// let json = Value::Map(counts).to_json(&ty, TypeDefs::EMPTY)?;
    /// assert_eq!(json.to_string(), r#"{"a":"1"}"#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The value is not of the type.
    pub fn to_json(&self, ty: &Type, defs: &TypeDefs) -> Result<Json, EncodeError> {
        if let Some(name) = defs.constant_name(ty, self) {
            return Ok(name.into());
        }
        let underlying = defs.underlying(ty).map_err(EncodeErrorKind::from)?;
        if let Some(json) = scalar(self, underlying) {
            return Ok(json);
        }
        match (underlying, self) {
            (Type::Option(_) | Type::Any, Self::Option(None) | Self::Any(None)) => Ok(Json::Null),
            (Type::Option(elem), Self::Option(Some(value))) => {
                let inner = value.to_json(elem, defs)?;
                Ok(if nullable(elem, defs) { json!({ "some": inner }) } else { inner })
            }
            (Type::Any, Self::Any(Some(any))) => any.to_json(),
            (Type::Array(_, elem), Self::Bytes(bytes)) if elem.is_byte() => Ok(hex_text(bytes)),
            (Type::Slice(elem) | Type::Array(_, elem), Self::List(items)) => list(items, elem, defs),
            (Type::Map(pair), Self::Map(map)) if textual(&pair.0, defs) => object(map, pair, defs),
            (Type::Map(pair), Self::Map(map)) => pairs(map, pair, defs),
            (named, value) => match (kind_of(named, defs), value) {
                (Some(TypeKind::Struct(fields)), Self::Struct(values)) if fields.len() == values.len() => {
                    structure(fields, values, defs)
                }
                (Some(TypeKind::Custom), Self::Bytes(bytes)) => Ok(hex_text(bytes)),
                _ => Err(mismatch(ty, self)),
            },
        }
    }
}

impl AnyValue {
    /// The value as `{"type": …, "value": …}`.
    ///
    /// # Errors
    /// The value is not of its type.
    pub fn to_json(&self) -> Result<Json, EncodeError> {
        let value = self.value().to_json(self.ty(), self.defs());
        let value = value.map_err(|error| error.within(Step::Any))?;
        Ok(json!({ "type": self.ty().to_string(), "value": value }))
    }
}

fn mismatch(ty: &Type, value: &Value) -> EncodeError {
    EncodeErrorKind::Mismatch { expected: ty.to_string(), found: value.kind().to_owned() }.into()
}

fn hex_text(bytes: &[u8]) -> Json {
    Json::String(format!("0x{}", hex::encode(bytes)))
}

/// The JSON of a value without parts; nothing if the value is not of the type.
fn scalar(value: &Value, ty: &Type) -> Option<Json> {
    Some(match (ty, value) {
        (Type::Bool, Value::Bool(value)) => Json::Bool(*value),
        (Type::Uint8, Value::Uint8(n)) => (*n).into(),
        (Type::Uint16, Value::Uint16(n)) => (*n).into(),
        (Type::Uint32, Value::Uint32(n)) => (*n).into(),
        (Type::Int8, Value::Int8(n)) => (*n).into(),
        (Type::Int16, Value::Int16(n)) => (*n).into(),
        (Type::Int32, Value::Int32(n)) => (*n).into(),
        (Type::Uint64 | Type::Uint, Value::Uint64(_))
        | (Type::Int64 | Type::Int, Value::Int64(_))
        | (Type::Uint128, Value::Uint128(_))
        | (Type::Uint256, Value::Uint256(_)) => Integer::of(value)?.to_string().into(),
        // The shortest decimal of the float32, not of the float64 that it becomes.
        (Type::Float32, Value::Float32(n)) => float(n.get().to_string().parse().ok()?),
        (Type::Float64, Value::Float64(n)) => float(n.get()),
        (Type::String, Value::String(text)) => text.as_str().into(),
        (Type::Bytes, Value::Bytes(bytes)) => hex_text(bytes),
        (Type::Address, Value::Address(id)) => id.to_string().into(),
        (Type::ObjectId, Value::ObjectId(id)) => id.to_string().into(),
        (Type::Hash, Value::Hash(hash)) => hash.to_string().into(),
        _ => return None,
    })
}

fn float(number: f64) -> Json {
    let special = if number.is_nan() {
        "NaN"
    } else if number > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    };
    Number::from_f64(number).map_or_else(|| special.into(), Json::Number)
}

fn list(items: &[Value], elem: &Type, defs: &TypeDefs) -> Result<Json, EncodeError> {
    let write =
        |(index, item): (usize, &Value)| item.to_json(elem, defs).map_err(|error| error.within(Step::Index(index)));
    items.iter().enumerate().map(write).collect::<Result<_, _>>().map(Json::Array)
}

fn object(map: &Map, pair: &(Type, Type), defs: &TypeDefs) -> Result<Json, EncodeError> {
    let mut object = Object::new();
    for (index, (key, value)) in map.iter().enumerate() {
        let key_json = key.to_json(&pair.0, defs).map_err(|error| error.within(Step::Entry(index)))?;
        let key_text = match key_json {
            Json::String(text) => text,
            other => other.to_string(),
        };
        let value = value.to_json(&pair.1, defs);
        let value = value.map_err(|error| error.within(Step::Key(key_text.clone())))?;
        object.insert(key_text, value);
    }
    Ok(Json::Object(object))
}

fn pairs(map: &Map, pair: &(Type, Type), defs: &TypeDefs) -> Result<Json, EncodeError> {
    let mut pairs = Vec::with_capacity(map.len());
    for (index, (key, value)) in map.iter().enumerate() {
        let key_json = key.to_json(&pair.0, defs).map_err(|error| error.within(Step::Entry(index)))?;
        let value = value.to_json(&pair.1, defs);
        let value = value.map_err(|error| error.within(Step::Key(key.show(&pair.0, defs).to_string())))?;
        pairs.push(Json::Array(vec![key_json, value]));
    }
    Ok(Json::Array(pairs))
}

fn structure(fields: &[Field], values: &[Value], defs: &TypeDefs) -> Result<Json, EncodeError> {
    let mut object = Object::new();
    for (field, value) in fields.iter().zip(values) {
        let json = value.to_json(&field.ty, defs);
        object.insert(field.name.clone(), json.map_err(|error| error.within(Step::Field(field.name.clone())))?);
    }
    Ok(Json::Object(object))
}
