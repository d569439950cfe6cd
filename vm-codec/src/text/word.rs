//! Words to values: one argument of a command line, the key of a JSON object, a scalar in a JSON string.

use super::{TextError, TextErrorKind, expected, from_json, kind_of};
use crate::types::{EnumValue, Type, TypeDefs, TypeKind};
use crate::value::{F32, F64, Integer, Value};

impl Value {
    /// The value that one word of a command line spells.
    ///
    /// A string is the word as it is; numbers, bools, ids, bytes and enum constants are plain, and so is the value
    /// of an option, whose nothing is `null`; all else is JSON. For an `any`, a word that is not JSON is a string.
    ///
    /// ```
    /// use govm_codec::{Type, TypeDefs, Value};
    /// assert_eq!(Value::parse_word("12", &Type::String, TypeDefs::EMPTY)?, Value::from("12"));
    /// assert_eq!(Value::parse_word("12", &Type::Uint16, TypeDefs::EMPTY)?, Value::Uint16(12));
    /// assert_eq!(Value::parse_word("0x0c", &Type::Bytes, TypeDefs::EMPTY)?, Value::from([12u8]));
    /// let list = Value::parse_word("[1, 2]", &Type::slice(Type::Int8), TypeDefs::EMPTY)?;
    /// assert_eq!(list, Value::List(vec![Value::Int8(1), Value::Int8(2)]));
    /// # Ok::<(), govm_codec::TextError>(())
    /// ```
    ///
    /// # Errors
    /// The word is no value of the type; for JSON, the error has the place inside it.
    pub fn parse_word(word: &str, ty: &Type, defs: &TypeDefs) -> Result<Self, TextError> {
        if defs.constants(ty).is_some() {
            return Ok(constant(word, ty, defs)?);
        }
        let underlying = defs.underlying(ty).map_err(TextErrorKind::from)?;
        match underlying {
            Type::String => Ok(Self::String(word.to_owned())),
            Type::Option(_) if word == "null" => Ok(Self::NONE),
            Type::Option(elem) if !super::nullable(elem, defs) => Ok(Self::some(Self::parse_word(word, elem, defs)?)),
            Type::Any => match serde_json::from_str(word) {
                Ok(json) => Self::from_json(&json, ty, defs),
                Err(_) => Self::from_json(&word.into(), ty, defs),
            },
            Type::Array(_, elem) if elem.is_byte() => Ok(scalar(word, ty, underlying)?),
            Type::Named(_) if matches!(kind_of(underlying, defs), Some(TypeKind::Custom)) => {
                Ok(Self::Bytes(bytes(word, ty)?))
            }
            Type::Option(_) | Type::Slice(_) | Type::Array(..) | Type::Map(_) | Type::Named(_) => {
                let not_json =
                    |error: serde_json::Error| TextErrorKind::Json { ty: ty.to_string(), message: error.to_string() };
                Self::from_json(&serde_json::from_str(word).map_err(not_json)?, ty, defs)
            }
            plain => Ok(scalar(word, ty, plain)?),
        }
    }
}

/// The key of a JSON object as a value.
pub(super) fn key(text: &str, ty: &Type, defs: &TypeDefs) -> Result<Value, TextError> {
    if super::textual(ty, defs) {
        return Value::parse_word(text, ty, defs);
    }
    Err(expected(&format!("an array of [key, value], since a key is {ty}"), "an object").into())
}

/// The enum constant of this name, or the number.
pub(super) fn constant(text: &str, ty: &Type, defs: &TypeDefs) -> Result<Value, TextErrorKind> {
    let constants: &[EnumValue] = defs.constants(ty).unwrap_or_default();
    let base = defs.underlying(ty)?;
    let named = constants.iter().find(|constant| constant.name == text);
    let digits = named.map(|constant| constant.value.to_string());
    if let Some(number) = Integer::parse(digits.as_deref().unwrap_or(text)) {
        return number.and_then(|number| number.to_value(base)).ok_or_else(|| too_large(text, ty));
    }
    let known = constants.iter().map(|constant| constant.name.as_str()).collect::<Vec<_>>().join(", ");
    Err(TextErrorKind::UnknownConstant {
        ty: ty.to_string(),
        text: text.chars().take(super::SHOWN_CHARS).collect(),
        known,
    })
}

/// The value without parts that a text spells; `ty` is how the type was spelled, `underlying` what it is.
pub(super) fn scalar(text: &str, ty: &Type, underlying: &Type) -> Result<Value, TextErrorKind> {
    if underlying.int_kind().is_some() {
        return match Integer::parse(text) {
            Some(number) => number.and_then(|number| number.to_value(underlying)).ok_or_else(|| too_large(text, ty)),
            None => Err(expected(ty, &quoted(text))),
        };
    }
    match underlying {
        Type::Bool => match text {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Err(expected("true or false", &quoted(text))),
        },
        Type::Float32 | Type::Float64 => float(text, underlying).ok_or_else(|| expected(ty, &quoted(text))),
        Type::String => Ok(Value::String(text.to_owned())),
        Type::Bytes => Ok(Value::Bytes(bytes(text, ty)?)),
        Type::Array(len, elem) if elem.is_byte() => {
            let bytes = bytes(text, ty)?;
            from_json::elements(ty, *len, bytes.len())?;
            Ok(Value::Bytes(bytes))
        }
        Type::Address => Ok(Value::Address(text.parse()?)),
        Type::ObjectId => Ok(Value::ObjectId(text.parse()?)),
        Type::Hash => Ok(Value::Hash(text.parse()?)),
        _ => Err(expected(ty, &quoted(text))),
    }
}

fn quoted(text: &str) -> String {
    format!("{text:?}")
}

fn too_large(text: &str, ty: &Type) -> TextErrorKind {
    TextErrorKind::Range { number: text.chars().take(2 * super::SHOWN_CHARS).collect(), ty: ty.to_string() }
}

/// A float in decimal; infinity only by its name, never because a number is too large.
fn float(text: &str, ty: &Type) -> Option<Value> {
    let special = match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        _ => None,
    };
    // The parser of the standard library knows more names of infinity and NaN than this format has.
    let decimal = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E'));
    let (single, double): (f32, f64) = match special {
        // All three are exact in both widths.
        Some(special) if special.is_nan() => (f32::NAN, f64::NAN),
        Some(special) if special > 0.0 => (f32::INFINITY, f64::INFINITY),
        Some(_) => (f32::NEG_INFINITY, f64::NEG_INFINITY),
        None if decimal => (text.parse().ok()?, text.parse().ok()?),
        None => return None,
    };
    match ty {
        Type::Float32 if special.is_some() || single.is_finite() => Some(Value::Float32(F32::new(single))),
        Type::Float64 if special.is_some() || double.is_finite() => Some(Value::Float64(F64::new(double))),
        _ => None,
    }
}

/// The bytes that `0x` and hex digits spell.
pub(super) fn bytes(text: &str, ty: &Type) -> Result<Vec<u8>, TextErrorKind> {
    let digits = text.strip_prefix("0x");
    let bytes = digits.and_then(|digits| hex::decode(digits).ok());
    bytes.ok_or_else(|| expected(&format!("{ty} as 0x and pairs of hex digits"), &quoted(text)))
}
