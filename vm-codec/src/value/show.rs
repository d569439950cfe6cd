//! The short form of values for people.

use std::fmt::{self, Display};

use super::{AnyValue, Value};
use crate::types::{Field, Type, TypeDefs, TypeKind};
use crate::wire::{EncodeError, EncodeErrorKind};

/// Prints a value with the names that its type gives to struct fields and enum constants. See [`Value::show`]. With
/// serde it is written in its JSON form.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    value: &'a Value,
    /// Without a type, or with one that does not fit the value, parts are printed by position.
    ty: Option<&'a Type>,
    defs: &'a TypeDefs,
}

impl Value {
    /// The value in a short form with the names of its type.
    ///
    /// ```
    /// use govm_codec::{Type, TypeDef, TypeDefs, Value};
    /// let color = TypeDef::enumeration("Color", Type::Uint8, &[("Red", 0), ("Green", 1)]);
    /// let dot = TypeDef::structure("Dot", &[("X", Type::Int8), ("Color", Type::named("Color"))]);
    /// let defs = TypeDefs::new(vec![color, dot])?;
    /// let value = Value::Struct(vec![Value::Int8(-3), Value::Uint8(1)]);
    /// assert_eq!(value.show(&Type::named("Dot"), &defs).to_string(), "Dot{X: -3, Color: Green}");
    /// # Ok::<(), govm_codec::TypeError>(())
    /// ```
    #[must_use]
    pub fn show<'a>(&'a self, ty: &'a Type, defs: &'a TypeDefs) -> Shown<'a> {
        Shown { value: self, ty: Some(ty), defs }
    }
}

impl Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Shown { value: self, ty: None, defs: TypeDefs::EMPTY }.fmt(f)
    }
}

impl Display for AnyValue {
    /// The value with the names of its type, and the type where the value alone does not tell it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.value().show(self.ty(), self.defs());
        match self.ty() {
            Type::Bool | Type::String | Type::Bytes | Type::Address | Type::ObjectId | Type::Hash => shown.fmt(f),
            Type::Named(_) if matches!(self.value(), Value::Struct(_)) => shown.fmt(f),
            ty => write!(f, "{ty}({shown})"),
        }
    }
}

impl<'a> Shown<'a> {
    /// The value as JSON. Only parts of a value that does not fit its type have none.
    pub(crate) fn to_json(self) -> Result<serde_json::Value, EncodeError> {
        let (expected, found) = ("a value with a type".to_owned(), self.value.kind().to_owned());
        let ty = self.ty.ok_or(EncodeErrorKind::Mismatch { expected, found })?;
        self.value.to_json(ty, self.defs)
    }

    fn part(&self, value: &'a Value, ty: Option<&'a Type>) -> Self {
        Shown { value, ty, defs: self.defs }
    }

    fn list(&self, f: &mut fmt::Formatter<'_>, items: &'a [Value]) -> fmt::Result {
        let elem = match self.underlying() {
            Some(Type::Slice(elem) | Type::Array(_, elem)) => Some(&**elem),
            _ => None,
        };
        separated(f, "[", items.iter(), "]", |f, item| self.part(item, elem).fmt(f))
    }

    fn map(&self, f: &mut fmt::Formatter<'_>, map: &'a super::Map) -> fmt::Result {
        let (key_ty, value_ty) = match self.underlying() {
            Some(Type::Map(pair)) => (Some(&pair.0), Some(&pair.1)),
            _ => (None, None),
        };
        separated(f, "{", map.iter(), "}", |f, (key, value)| {
            write!(f, "{}: {}", self.part(key, key_ty), self.part(value, value_ty))
        })
    }

    fn structure(&self, f: &mut fmt::Formatter<'_>, values: &'a [Value]) -> fmt::Result {
        let (name, fields) = self.fields().unwrap_or(("", &[]));
        f.write_str(name)?;
        let named = values.iter().enumerate().map(|(index, value)| (fields.get(index), value));
        separated(f, "{", named, "}", |f, (field, value)| match field {
            Some(field) => write!(f, "{}: {}", field.name, self.part(value, Some(&field.ty))),
            None => self.part(value, None).fmt(f),
        })
    }

    fn underlying(&self) -> Option<&'a Type> {
        self.ty.and_then(|ty| self.defs.underlying(ty).ok())
    }

    fn fields(&self) -> Option<(&'a str, &'a [Field])> {
        let Some(Type::Named(name)) = self.underlying() else { return None };
        match &self.defs.get(name)?.kind {
            TypeKind::Struct(fields) => Some((name, fields)),
            _ => None,
        }
    }

    /// The name of the enum constant that the value is.
    fn constant(&self) -> Option<&'a str> {
        self.ty.and_then(|ty| self.defs.constant_name(ty, self.value))
    }
}

fn separated<T>(
    f: &mut fmt::Formatter<'_>,
    open: &str,
    items: impl Iterator<Item = T>,
    close: &str,
    mut print: impl FnMut(&mut fmt::Formatter<'_>, T) -> fmt::Result,
) -> fmt::Result {
    f.write_str(open)?;
    for (index, item) in items.enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        print(f, item)?;
    }
    f.write_str(close)
}

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = self.constant() {
            return f.write_str(name);
        }
        if let Some(integer) = super::Integer::of(self.value) {
            return integer.fmt(f);
        }
        match self.value {
            Value::Bool(value) => value.fmt(f),
            Value::Float32(value) => value.fmt(f),
            Value::Float64(value) => value.fmt(f),
            // Escaped, so that a contract's text cannot drive the terminal it is printed on.
            Value::String(value) => fmt::Debug::fmt(value, f),
            Value::Bytes(value) => write!(f, "0x{}", hex::encode(value)),
            Value::Address(value) => value.fmt(f),
            Value::ObjectId(value) => value.fmt(f),
            Value::Hash(value) => value.fmt(f),
            Value::Option(None) | Value::Any(None) => f.write_str("nil"),
            Value::Option(Some(value)) => {
                let elem = match self.underlying() {
                    Some(Type::Option(elem)) => Some(&**elem),
                    _ => None,
                };
                write!(f, "&{}", self.part(value, elem))
            }
            Value::List(items) => self.list(f, items),
            Value::Map(map) => self.map(f, map),
            Value::Struct(values) => self.structure(f, values),
            Value::Any(Some(any)) => any.fmt(f),
            _ => Ok(()),
        }
    }
}
