//! The JSON document key by key, and how an ABI becomes one.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::{ABI_VERSION, Abi, Event, Function, Param};
use crate::types::{EnumValue, Field, Type, TypeDef, TypeKind};
use crate::wire::Codec;

/// A struct that is read from a JSON object only. The derived code would also read it from an array of its fields,
/// which would be a second form of the same document.
#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct Object<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}

// The order of the keys is the order of the fields below: it is part of the format, so that equal sources give
// equal bytes.

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DocAbi {
    pub(super) abi_version: u64,
    pub(super) name: String,
    #[serde(default)]
    pub(super) docs: String,
    pub(super) codec: DocCodec,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) reentrant: bool,
    #[serde(default)]
    pub(super) sdk_version: String,
    #[serde(default)]
    pub(super) go_version: String,
    pub(super) functions: Vec<Object<DocFunction>>,
    #[serde(default)]
    pub(super) types: Vec<Object<DocType>>,
    #[serde(default)]
    pub(super) events: Vec<Object<DocEvent>>,
}

/// Read from a string only: the derived code of an enum would also read `{"borsh": null}`.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub(super) struct DocCodec(pub(super) Codec);

impl TryFrom<String> for DocCodec {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let known = [Codec::Borsh, Codec::Scale].into_iter().find(|codec| codec.name() == name);
        known.map(Self).ok_or_else(|| format!("unknown codec {name:?}, expected borsh or scale"))
    }
}

impl From<DocCodec> for &'static str {
    fn from(DocCodec(codec): DocCodec) -> Self {
        codec.name()
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DocFunction {
    pub(super) name: String,
    #[serde(default)]
    pub(super) docs: String,
    #[serde(default)]
    pub(super) view: bool,
    #[serde(default)]
    pub(super) payable: bool,
    #[serde(default)]
    pub(super) params: Vec<Object<DocField>>,
    #[serde(default)]
    pub(super) results: Vec<Object<DocField>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DocField {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) ty: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DocEvent {
    pub(super) name: String,
    pub(super) fields: Vec<Object<DocField>>,
}

/// Read from a string only, like the codec.
#[derive(Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub(super) enum DocKind {
    Struct,
    Enum,
    Named,
    Custom,
}

const KINDS: [(DocKind, &str); 4] =
    [(DocKind::Struct, "struct"), (DocKind::Enum, "enum"), (DocKind::Named, "named"), (DocKind::Custom, "custom")];

impl TryFrom<String> for DocKind {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let known = KINDS.iter().find(|(_, known)| *known == name);
        known.map(|(kind, _)| *kind).ok_or_else(|| format!("unknown kind of type {name:?}"))
    }
}

impl From<DocKind> for &'static str {
    fn from(kind: DocKind) -> Self {
        KINDS.iter().find(|(known, _)| *known == kind).map_or("", |(_, name)| name)
    }
}

/// A key that may be left out but not be `null`.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DocType {
    pub(super) name: String,
    #[serde(default)]
    pub(super) docs: String,
    pub(super) kind: DocKind,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) fields: Option<Vec<Object<DocField>>>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) base: Option<String>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) values: Option<Vec<Object<DocConstant>>>,
    #[serde(default, rename = "type", deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) ty: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DocConstant {
    pub(super) name: String,
    pub(super) value: String,
}

impl From<&Abi> for DocAbi {
    fn from(abi: &Abi) -> Self {
        Self {
            abi_version: u64::from(ABI_VERSION),
            name: abi.name.clone(),
            docs: abi.docs.clone(),
            codec: DocCodec(abi.codec),
            reentrant: abi.reentrant,
            sdk_version: abi.sdk_version.clone(),
            go_version: abi.go_version.clone(),
            functions: abi.functions.iter().map(|function| Object(function.into())).collect(),
            types: abi.types.iter().map(|def| Object(def.into())).collect(),
            events: abi.events.iter().map(|event| Object(event.into())).collect(),
        }
    }
}

impl From<&Function> for DocFunction {
    fn from(function: &Function) -> Self {
        let list = |params: &[Param]| params.iter().map(|param| DocField::new(&param.name, &param.ty)).collect();
        Self {
            name: function.name.clone(),
            docs: function.docs.clone(),
            view: function.view,
            payable: function.payable,
            params: list(&function.params),
            results: list(&function.results),
        }
    }
}

impl From<&Event> for DocEvent {
    fn from(event: &Event) -> Self {
        Self { name: event.name.clone(), fields: DocField::list(&event.fields) }
    }
}

impl DocField {
    fn new(name: &str, ty: &Type) -> Object<Self> {
        Object(Self { name: name.to_owned(), ty: ty.to_string() })
    }

    fn list(fields: &[Field]) -> Vec<Object<Self>> {
        fields.iter().map(|field| Self::new(&field.name, &field.ty)).collect()
    }
}

impl From<&TypeDef> for DocType {
    fn from(def: &TypeDef) -> Self {
        let (name, docs) = (def.name.clone(), def.docs.clone());
        let empty = Self { name, docs, kind: DocKind::Custom, fields: None, base: None, values: None, ty: None };
        match &def.kind {
            TypeKind::Struct(fields) => Self { kind: DocKind::Struct, fields: Some(DocField::list(fields)), ..empty },
            TypeKind::Enum { base, values } => {
                let constant = |value: &EnumValue| {
                    Object(DocConstant { name: value.name.clone(), value: value.value.to_string() })
                };
                let values = Some(values.iter().map(constant).collect());
                Self { kind: DocKind::Enum, base: Some(base.to_string()), values, ..empty }
            }
            TypeKind::Named(ty) => Self { kind: DocKind::Named, ty: Some(ty.to_string()), ..empty },
            TypeKind::Custom => empty,
        }
    }
}
