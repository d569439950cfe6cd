//! Values in any format that serde knows, by their type: the same shape as in JSON.

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error as _};
use serde::ser::{Error as _, Serialize, Serializer};
use serde_json::Value as Json;

use crate::types::{Type, TypeDefs};
use crate::value::{AnyValue, Shown, Value};

impl Serialize for Shown<'_> {
    /// Writes the JSON form of the value: integers of 64 bits and more are strings, enum constants go by name.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().map_err(S::Error::custom)?.serialize(serializer)
    }
}

impl Serialize for AnyValue {
    /// Writes the value as `{"type": …, "value": …}`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().map_err(S::Error::custom)?.serialize(serializer)
    }
}

/// Reads a value of a type with serde: the counterpart of serializing [`Value::show`].
///
/// ```
/// use govm_codec::{Type, TypeDefs, Value, ValueSeed};
/// use serde::de::DeserializeSeed;
/// let ty: Type = "[]uint64".parse()?;
/// let value = Value::List(vec![Value::Uint64(1), Value::Uint64(u64::MAX)]);
/// let json = serde_json::to_string(&value.show(&ty, TypeDefs::EMPTY))?;
/// assert_eq!(json, r#"["1","18446744073709551615"]"#);
/// let seed = ValueSeed::new(&ty, TypeDefs::EMPTY);
/// assert_eq!(seed.deserialize(&mut serde_json::Deserializer::from_str(&json))?, value);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ValueSeed<'a> {
    ty: &'a Type,
    defs: &'a TypeDefs,
}

impl<'a> ValueSeed<'a> {
    /// Reads values of this type, whose names `defs` define.
    #[must_use]
    pub fn new(ty: &'a Type, defs: &'a TypeDefs) -> Self {
        Self { ty, defs }
    }
}

impl<'de> DeserializeSeed<'de> for ValueSeed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let json = Json::deserialize(deserializer)?;
        Value::from_json(&json, self.ty, self.defs).map_err(D::Error::custom)
    }
}
