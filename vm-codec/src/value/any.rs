//! The value inside an `any`, which brings its type along.

use std::collections::BTreeMap;

use super::Value;
use crate::types::{Type, TypeDef, TypeDefs, TypeError, TypeKind};

/// A value together with its type and the definitions of the named types in it: what an `any` holds.
///
/// The definitions are only those that the type needs, without docs, and an enum is a named integer: this is what
/// the descriptor of an `any` can say, so equal values have equal bytes here as well.
///
/// ```
/// use govm_codec::{AnyValue, Type, TypeDefs, Value, decode_any, encode_any};
/// let count = AnyValue::new(Type::Uint64, TypeDefs::EMPTY, Value::Uint64(3))?;
/// let bytes = encode_any(Some(&count))?;
/// assert_eq!(bytes, [5, 3, 0, 0, 0, 0, 0, 0, 0]);
/// assert_eq!(decode_any(&bytes)?, Some(count));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AnyValue {
    ty: Type,
    defs: TypeDefs,
    value: Value,
}

impl AnyValue {
    /// A value of this type; the definitions that it needs are copied from `defs`.
    ///
    /// The value itself is checked against the type when it is encoded.
    ///
    /// # Errors
    /// The type cannot be used with these definitions, or is `any` itself.
    pub fn new(ty: Type, defs: &TypeDefs, value: Value) -> Result<Self, TypeError> {
        defs.check(&ty)?;
        if ty == Type::Any {
            return Err(TypeError::AnyInAny);
        }
        let defs = reachable(&ty, defs)?;
        Ok(Self { ty, defs, value })
    }

    /// What a descriptor said; `defs` are already the least that the type needs.
    pub(crate) fn from_parts(ty: Type, defs: TypeDefs, value: Value) -> Self {
        Self { ty, defs, value }
    }

    /// The type of the value.
    #[must_use]
    pub fn ty(&self) -> &Type {
        &self.ty
    }

    /// The definitions of the named types that the type mentions.
    #[must_use]
    pub fn defs(&self) -> &TypeDefs {
        &self.defs
    }

    /// The value.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The value without its type.
    #[must_use]
    pub fn into_value(self) -> Value {
        self.value
    }
}

/// The definitions that a type mentions, directly or through others, reduced to what a descriptor says of them.
fn reachable(ty: &Type, defs: &TypeDefs) -> Result<TypeDefs, TypeError> {
    let mut found: BTreeMap<&str, TypeDef> = BTreeMap::new();
    let mut open = Vec::new();
    mentioned(ty, &mut open);
    while let Some(name) = open.pop() {
        if found.contains_key(name) {
            continue;
        }
        let kind = &defs.require(name)?.kind;
        match kind {
            TypeKind::Struct(fields) => fields.iter().for_each(|field| mentioned(&field.ty, &mut open)),
            TypeKind::Named(inner) => mentioned(inner, &mut open),
            TypeKind::Enum { .. } | TypeKind::Custom => {}
        }
        let kind = match kind {
            TypeKind::Enum { base, .. } => TypeKind::Named(base.clone()),
            other => other.clone(),
        };
        found.insert(name, TypeDef::new(name, kind));
    }
    if found.is_empty() { Ok(TypeDefs::default()) } else { TypeDefs::new(found.into_values().collect()) }
}

/// Adds the names that a type mentions itself.
fn mentioned<'a>(ty: &'a Type, names: &mut Vec<&'a str>) {
    match ty {
        Type::Named(name) => names.push(name),
        Type::Option(elem) | Type::Slice(elem) | Type::Array(_, elem) => mentioned(elem, names),
        Type::Map(pair) => {
            mentioned(&pair.0, names);
            mentioned(&pair.1, names);
        }
        _ => {}
    }
}
