//! JSON to values.

use serde_json::{Map as Object, Value as Json};

use super::{TextError, TextErrorKind, expected, kind_of, nullable, word};
use crate::place::Step;
use crate::types::{Field, Type, TypeDefs, TypeKind};
use crate::value::{AnyValue, F64, Integer, Map, Value};

impl Value {
    /// The value that JSON spells; see [`Value::to_json`].
    ///
    /// ```
    /// use govm_codec::{Type, TypeDefs, Value};
    /// let json = serde_json::json!([1, 300]);
    /// let error = Value::from_json(&json, &"[]int8".parse()?, TypeDefs::EMPTY).unwrap_err();
    /// assert_eq!(error.to_string(), "[1]: 300 does not fit int8");
    /// # Ok::<(), govm_codec::ParseTypeError>(())
    /// ```
    ///
    /// # Errors
    /// The JSON is no value of the type; the error has the place inside it.
    pub fn from_json(json: &Json, ty: &Type, defs: &TypeDefs) -> Result<Self, TextError> {
        if let (Some(_), Json::String(text)) = (defs.constants(ty), json) {
            return Ok(word::constant(text, ty, defs)?);
        }
        let underlying = defs.underlying(ty).map_err(TextErrorKind::from)?;
        match (underlying, json) {
            (Type::Bool, Json::Bool(value)) => Ok(Self::Bool(*value)),
            (Type::String, Json::String(text)) => Ok(Self::String(text.clone())),
            (Type::Option(_), Json::Null) => Ok(Self::NONE),
            (Type::Option(elem), json) => option(json, elem, defs),
            (Type::Any, json) => any(json, defs),
            (Type::Slice(elem), Json::Array(items)) => list(items, elem, defs),
            (Type::Array(len, elem), Json::Array(items)) if !elem.is_byte() => {
                elements(ty, *len, items.len())?;
                list(items, elem, defs)
            }
            (Type::Map(pair), Json::Object(entries)) => object(entries, pair, defs),
            (Type::Map(pair), Json::Array(entries)) => pairs(entries, pair, defs),
            (numeric, Json::Number(number)) if takes_number(numeric) => {
                Ok(word::scalar(&number.to_string(), ty, underlying)?)
            }
            (Type::Bool | Type::String, other) => Err(wrong(ty, other)),
            (Type::Named(_), json) => named(json, ty, underlying, defs),
            (scalar, Json::String(text)) => Ok(word::scalar(text, ty, scalar)?),
            (_, other) => Err(wrong(ty, other)),
        }
    }
}

fn takes_number(ty: &Type) -> bool {
    ty.int_kind().is_some() || matches!(ty, Type::Float32 | Type::Float64)
}

fn wrong(ty: &Type, found: &Json) -> TextError {
    expected(ty, &found.to_string()).into()
}

pub(super) fn elements(ty: &Type, len: u32, found: usize) -> Result<(), TextErrorKind> {
    let wanted = len as usize;
    if wanted == found {
        return Ok(());
    }
    Err(TextErrorKind::Elements { ty: ty.to_string(), expected: wanted, found })
}

fn option(json: &Json, elem: &Type, defs: &TypeDefs) -> Result<Value, TextError> {
    if !nullable(elem, defs) {
        return Ok(Value::some(Value::from_json(json, elem, defs)?));
    }
    match json.as_object().filter(|object| object.len() == 1).and_then(|object| object.get("some")) {
        Some(inner) => Ok(Value::some(Value::from_json(inner, elem, defs)?)),
        None => Err(expected("null or {\"some\": …}", &json.to_string()).into()),
    }
}

/// A typed object, or a plain value that has the type which Go gives to such a constant.
fn any(json: &Json, defs: &TypeDefs) -> Result<Value, TextError> {
    let (ty, value) = match json {
        Json::Null => return Ok(Value::NIL),
        Json::Bool(value) => (Type::Bool, Value::Bool(*value)),
        Json::String(text) => (Type::String, Value::String(text.clone())),
        Json::Number(number) => match Integer::parse(&number.to_string()).flatten() {
            Some(integer) => (Type::Int, integer.to_value(&Type::Int).ok_or_else(|| range(&integer, &Type::Int))?),
            None => (Type::Float64, Value::Float64(F64::new(number.as_f64().unwrap_or(f64::NAN)))),
        },
        Json::Object(object) => typed_any(object, json, defs)?,
        Json::Array(_) => return Err(untyped(json)),
    };
    Ok(AnyValue::new(ty, defs, value).map_err(TextErrorKind::from)?.into())
}

fn typed_any(object: &Object<String, Json>, json: &Json, defs: &TypeDefs) -> Result<(Type, Value), TextError> {
    match (object.len(), object.get("type"), object.get("value")) {
        (2, Some(Json::String(text)), Some(value)) => {
            let ty: Type = text.parse().map_err(TextErrorKind::from)?;
            defs.check(&ty).map_err(TextErrorKind::from)?;
            let value = Value::from_json(value, &ty, defs).map_err(|error| error.within(Step::Any))?;
            Ok((ty, value))
        }
        _ => Err(untyped(json)),
    }
}

fn untyped(json: &Json) -> TextError {
    expected("{\"type\": …, \"value\": …}", &json.to_string()).into()
}

pub(super) fn range(number: &Integer, ty: &Type) -> TextErrorKind {
    TextErrorKind::Range { number: number.to_string(), ty: ty.to_string() }
}

fn list(items: &[Json], elem: &Type, defs: &TypeDefs) -> Result<Value, TextError> {
    let read = |(index, item): (usize, &Json)| {
        Value::from_json(item, elem, defs).map_err(|error| error.within(Step::Index(index)))
    };
    items.iter().enumerate().map(read).collect::<Result<_, _>>().map(Value::List)
}

fn object(entries: &Object<String, Json>, pair: &(Type, Type), defs: &TypeDefs) -> Result<Value, TextError> {
    let mut read = Vec::with_capacity(entries.len());
    for (index, (text, json)) in entries.iter().enumerate() {
        let key = word::key(text, &pair.0, defs).map_err(|error| error.within(Step::Entry(index)))?;
        let value = Value::from_json(json, &pair.1, defs);
        read.push((key, value.map_err(|error| error.within(Step::Key(text.clone())))?));
    }
    Ok(Value::Map(Map::new(read).map_err(TextErrorKind::from)?))
}

fn pairs(entries: &[Json], pair: &(Type, Type), defs: &TypeDefs) -> Result<Value, TextError> {
    let mut read = Vec::with_capacity(entries.len());
    for (index, entry) in entries.iter().enumerate() {
        let Some([key, value]) = entry.as_array().map(Vec::as_slice) else {
            let error = TextError::from(expected("[key, value]", &entry.to_string()));
            return Err(error.within(Step::Index(index)));
        };
        let key = Value::from_json(key, &pair.0, defs).map_err(|error| error.within(Step::Entry(index)))?;
        let value = Value::from_json(value, &pair.1, defs);
        let value = value.map_err(|error| error.within(Step::Key(key.show(&pair.0, defs).to_string())))?;
        read.push((key, value));
    }
    Ok(Value::Map(Map::new(read).map_err(TextErrorKind::from)?))
}

/// A struct or a custom type. `ty` is how it was spelled, for messages.
fn named(json: &Json, ty: &Type, underlying: &Type, defs: &TypeDefs) -> Result<Value, TextError> {
    match (kind_of(underlying, defs), json) {
        (Some(TypeKind::Struct(fields)), Json::Object(object)) => structure(object, ty, fields, defs),
        (Some(TypeKind::Custom), Json::String(text)) => Ok(Value::Bytes(word::bytes(text, ty)?)),
        _ => Err(wrong(ty, json)),
    }
}

fn structure(object: &Object<String, Json>, ty: &Type, fields: &[Field], defs: &TypeDefs) -> Result<Value, TextError> {
    if let Some(unknown) = object.keys().find(|key| fields.iter().all(|field| field.name != **key)) {
        let names: Vec<_> = fields.iter().map(|field| field.name.as_str()).collect();
        let (ty, field, known) = (ty.to_string(), unknown.clone(), names.join(", "));
        return Err(TextErrorKind::UnknownField { ty, field, known }.into());
    }
    let read = |field: &Field| {
        let json = object.get(&field.name).ok_or_else(|| TextErrorKind::MissingField(field.name.clone()))?;
        Value::from_json(json, &field.ty, defs).map_err(|error| error.within(Step::Field(field.name.clone())))
    };
    fields.iter().map(read).collect::<Result<_, _>>().map(Value::Struct)
}
