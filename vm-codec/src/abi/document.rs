//! Reading the JSON document, and what is checked of it.

use serde::Deserialize;

use super::shape::{DocAbi, DocCodec, DocConstant, DocEvent, DocField, DocFunction, DocKind, DocType, Object};
use super::{ABI_VERSION, Abi, Event, Function, Param};
use crate::limits::{MAX_ABI_BYTES, MAX_NAME_BYTES};
use crate::types::{EnumValue, Field, ParseTypeError, Type, TypeDef, TypeDefs, TypeError, TypeKind, is_identifier};

/// A document that is not the ABI of a contract.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AbiError {
    /// Longer than [`MAX_ABI_BYTES`].
    #[error("the ABI has {0} bytes, at most {MAX_ABI_BYTES} are read")]
    TooLong(usize),
    /// Not JSON, or not of this shape.
    #[error("the ABI is not the JSON that is expected: {0}")]
    Json(#[from] serde_json::Error),
    /// Written for another version of this document.
    #[error("the ABI has version {0}, this program reads version {ABI_VERSION}")]
    Version(u64),
    /// A type's text cannot be read.
    #[error("{place}: {source}")]
    Spelling {
        /// The function, type or event.
        place: String,
        /// What is wrong with the text.
        source: Box<ParseTypeError>,
    },
    /// A type makes no sense.
    #[error("{place}: {source}")]
    Type {
        /// The function, type or event.
        place: String,
        /// What is wrong with the type.
        source: Box<TypeError>,
    },
    /// The definition of a type has a key that its kind does not have, or lacks one.
    #[error("type {name}: a definition of kind {kind} has the keys {keys}")]
    Keys {
        /// The type.
        name: String,
        /// Its kind.
        kind: &'static str,
        /// The keys that it has beside name, docs and kind.
        keys: &'static str,
    },
    /// A constant that is no decimal number of at most 64 bits.
    #[error("type {name}: the value {value:?} of {constant} is no decimal integer")]
    Constant {
        /// The enum.
        name: String,
        /// The constant.
        constant: String,
        /// The text.
        value: String,
    },
    /// A name that is no Go identifier; for an event or its fields, a name that is too long.
    #[error("{name:?} cannot be the name of a {what}")]
    Name {
        /// What has the name.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// The entries of a list are not sorted by name, or a name comes twice.
    #[error("the {list} are not sorted by name: {name} comes too late or twice")]
    Order {
        /// `functions`, `types` or `events`.
        list: &'static str,
        /// The first name out of order.
        name: String,
    },
    /// A function or an event has two parameters or fields of one name.
    #[error("{place} has {name} twice")]
    Twice {
        /// The function or event.
        place: String,
        /// The name.
        name: String,
    },
}

#[derive(Deserialize)]
struct Version {
    abi_version: u64,
}

impl Abi {
    /// Reads and checks an ABI document. The bytes may come from anybody.
    ///
    /// # Errors
    /// An [`AbiError`] that names the function, type or event that is wrong.
    pub fn from_json(bytes: &[u8]) -> Result<Self, AbiError> {
        if bytes.len() > MAX_ABI_BYTES {
            return Err(AbiError::TooLong(bytes.len()));
        }
        // First the version alone: a document of another version may well have another shape.
        let Object(Version { abi_version }) = serde_json::from_slice(bytes)?;
        if abi_version != u64::from(ABI_VERSION) {
            return Err(AbiError::Version(abi_version));
        }
        serde_json::from_slice::<Object<DocAbi>>(bytes)?.0.check()
    }

    /// The document in its canonical form: equal ABIs give equal bytes.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Strings, numbers and lists always have a JSON form.
        serde_json::to_string(&DocAbi::from(self)).unwrap_or_default()
    }
}

impl DocAbi {
    fn check(self) -> Result<Abi, AbiError> {
        sorted("functions", self.functions.iter().map(|function| &function.0.name))?;
        sorted("types", self.types.iter().map(|def| &def.0.name))?;
        sorted("events", self.events.iter().map(|event| &event.0.name))?;
        name("contract", &self.name)?;
        let defs = self.types.into_iter().map(|def| def.0.check()).collect::<Result<_, _>>()?;
        let types = TypeDefs::new(defs)
            .map_err(|source| AbiError::Type { place: "types".to_owned(), source: source.into() })?;
        let functions =
            self.functions.into_iter().map(|function| function.0.check(&types)).collect::<Result<_, _>>()?;
        let events = self.events.into_iter().map(|event| event.0.check(&types)).collect::<Result<_, _>>()?;
        let DocCodec(codec) = self.codec;
        let Self { name, docs, reentrant, sdk_version, go_version, .. } = self;
        Ok(Abi { name, docs, codec, reentrant, sdk_version, go_version, functions, types, events })
    }
}

impl DocFunction {
    fn check(self, types: &TypeDefs) -> Result<Function, AbiError> {
        name("function", &self.name)?;
        let place = format!("function {}", self.name);
        let list = |fields: Vec<Object<DocField>>| {
            once(&place, fields.iter().map(|field| &field.0.name).filter(|name| !matches!(name.as_str(), "" | "_")))?;
            let param = |Object(field): Object<DocField>| {
                if !field.name.is_empty() {
                    name("parameter", &field.name)?;
                }
                Ok(Param { ty: used(&place, &field.ty, types)?, name: field.name })
            };
            fields.into_iter().map(param).collect::<Result<Vec<_>, AbiError>>()
        };
        let (params, results) = (list(self.params)?, list(self.results)?);
        let Self { name, docs, view, payable, .. } = self;
        Ok(Function { name, docs, view, payable, params, results })
    }
}

impl DocEvent {
    fn check(self, types: &TypeDefs) -> Result<Event, AbiError> {
        event_name("event", &self.name)?;
        let place = format!("event {}", self.name);
        once(&place, self.fields.iter().map(|field| &field.0.name))?;
        let field = |Object(field): Object<DocField>| {
            event_name("field of an event", &field.name)?;
            Ok(Field { ty: used(&place, &field.ty, types)?, name: field.name })
        };
        let fields = self.fields.into_iter().map(field).collect::<Result<_, AbiError>>()?;
        Ok(Event { name: self.name, fields })
    }
}

impl DocType {
    fn check(self) -> Result<TypeDef, AbiError> {
        let Self { name, docs, kind, fields, base, values, ty } = self;
        let place = format!("type {name}");
        let keys = |kind, keys| AbiError::Keys { name: name.clone(), kind, keys };
        let kind = match (kind, fields, base, values, ty) {
            (DocKind::Struct, Some(fields), None, None, None) => {
                let field =
                    |Object(field): Object<DocField>| Ok(Field { ty: spelled(&place, &field.ty)?, name: field.name });
                TypeKind::Struct(fields.into_iter().map(field).collect::<Result<_, AbiError>>()?)
            }
            (DocKind::Enum, None, Some(base), Some(values), None) => {
                let base = spelled(&place, &base)?;
                let values = values.into_iter().map(|value| value.0.check(&name)).collect::<Result<_, _>>()?;
                TypeKind::Enum { base, values }
            }
            (DocKind::Named, None, None, None, Some(ty)) => TypeKind::Named(spelled(&place, &ty)?),
            (DocKind::Custom, None, None, None, None) => TypeKind::Custom,
            (DocKind::Struct, ..) => return Err(keys("struct", "fields")),
            (DocKind::Enum, ..) => return Err(keys("enum", "base and values")),
            (DocKind::Named, ..) => return Err(keys("named", "type")),
            (DocKind::Custom, ..) => return Err(keys("custom", "name, docs and kind only")),
        };
        Ok(TypeDef { name, docs, kind })
    }
}

impl DocConstant {
    fn check(self, type_name: &str) -> Result<EnumValue, AbiError> {
        let value: Option<i128> = self.value.parse().ok();
        match value.filter(|value| value.to_string() == self.value) {
            Some(value) => Ok(EnumValue { name: self.name, value }),
            None => Err(AbiError::Constant { name: type_name.to_owned(), constant: self.name, value: self.value }),
        }
    }
}

fn spelled(place: &str, text: &str) -> Result<Type, AbiError> {
    text.parse().map_err(|source: ParseTypeError| AbiError::Spelling { place: place.to_owned(), source: source.into() })
}

fn used(place: &str, text: &str, types: &TypeDefs) -> Result<Type, AbiError> {
    let ty = spelled(place, text)?;
    types.check(&ty).map_err(|source| AbiError::Type { place: place.to_owned(), source: source.into() })?;
    Ok(ty)
}

fn name(what: &'static str, name: &str) -> Result<(), AbiError> {
    if is_identifier(name) { Ok(()) } else { Err(AbiError::Name { what, name: name.to_owned() }) }
}

/// Events and their keys are named by texts in the contract, so any text can be a name.
fn event_name(what: &'static str, name: &str) -> Result<(), AbiError> {
    if name.len() <= MAX_NAME_BYTES { Ok(()) } else { Err(AbiError::Name { what, name: name.to_owned() }) }
}

fn sorted<'a>(list: &'static str, names: impl Iterator<Item = &'a String>) -> Result<(), AbiError> {
    let mut last: Option<&String> = None;
    for name in names {
        if last.is_some_and(|last| last >= name) {
            return Err(AbiError::Order { list, name: name.clone() });
        }
        last = Some(name);
    }
    Ok(())
}

fn once<'a>(place: &str, names: impl Iterator<Item = &'a String>) -> Result<(), AbiError> {
    let mut seen = std::collections::BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(AbiError::Twice { place: place.to_owned(), name: name.clone() });
        }
    }
    Ok(())
}
