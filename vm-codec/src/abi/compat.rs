//! What the upgrade of a contract would break.

use std::fmt;

use super::{Abi, Event, Function, Param};
use crate::types::{EnumValue, Field, TypeDef, TypeKind};

/// Something that callers, stored objects or readers of events rely on, and that a new ABI takes away.
///
/// New functions, types, constants and events break nothing, nor do other docs or parameter names.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Incompatibility {
    /// Messages are written in another format.
    Codec {
        /// The format before.
        old: crate::Codec,
        /// The format now.
        new: crate::Codec,
    },
    /// A function is gone.
    FunctionRemoved(String),
    /// A function takes or returns other types; each with its types.
    Signature {
        /// The function before.
        old: String,
        /// The function now.
        new: String,
    },
    /// A function that only read may write now, so queries of it are refused.
    NoLongerView(String),
    /// A function that wrote can only read now.
    BecameView(String),
    /// A function that took value refuses it now.
    NoLongerPayable(String),
    /// Contracts that call back while it runs are refused now: the contract was `//govm:reentrant`.
    NoLongerReentrant,
    /// A type is gone that stored values may have.
    TypeRemoved(String),
    /// Stored or encoded values of a type cannot be read as before.
    TypeChanged {
        /// The type.
        name: String,
        /// What changed in it.
        change: String,
    },
    /// A declared event is gone.
    EventRemoved(String),
    /// A declared event carries other fields.
    EventChanged(String),
}

impl fmt::Display for Incompatibility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Codec { old, new } => write!(f, "the codec changes from {old} to {new}"),
            Self::FunctionRemoved(name) => write!(f, "function {name} is removed"),
            Self::Signature { old, new } => write!(f, "function {old} becomes {new}"),
            Self::NoLongerView(name) => write!(f, "function {name} is no longer a view"),
            Self::BecameView(name) => write!(f, "function {name} becomes a view"),
            Self::NoLongerPayable(name) => write!(f, "function {name} is no longer payable"),
            Self::NoLongerReentrant => f.write_str("the contract is no longer reentrant"),
            Self::TypeRemoved(name) => write!(f, "type {name} is removed"),
            Self::TypeChanged { name, change } => write!(f, "type {name}: {change}"),
            Self::EventRemoved(name) => write!(f, "event {name} is removed"),
            Self::EventChanged(name) => write!(f, "event {name} carries other fields"),
        }
    }
}

impl Abi {
    /// What breaks for callers, stored objects and readers of events when `new` takes the place of `old`.
    ///
    /// Types are compared by name, and a definition that changes is reported once, as the type. A message of a
    /// function counts as changed when the spelling of one of its types does.
    #[must_use]
    pub fn check_compatible(old: &Self, new: &Self) -> Vec<Incompatibility> {
        let mut broken = Vec::new();
        if old.codec != new.codec {
            broken.push(Incompatibility::Codec { old: old.codec, new: new.codec });
        }
        if old.reentrant && !new.reentrant {
            broken.push(Incompatibility::NoLongerReentrant);
        }
        for function in &old.functions {
            match new.function(&function.name) {
                None => broken.push(Incompatibility::FunctionRemoved(function.name.clone())),
                Some((_, newer)) => function_changes(function, newer, &mut broken),
            }
        }
        for def in &old.types {
            match new.types.get(&def.name) {
                None => broken.push(Incompatibility::TypeRemoved(def.name.clone())),
                Some(newer) => broken.extend(
                    type_change(def, newer)
                        .map(|change| Incompatibility::TypeChanged { name: def.name.clone(), change }),
                ),
            }
        }
        for event in &old.events {
            broken.extend(event_change(event, new.event(&event.name)));
        }
        broken
    }
}

fn function_changes(old: &Function, new: &Function, broken: &mut Vec<Incompatibility>) {
    let types = |params: &[Param]| params.iter().map(|param| param.ty.clone()).collect::<Vec<_>>();
    if types(&old.params) != types(&new.params) || types(&old.results) != types(&new.results) {
        broken.push(Incompatibility::Signature { old: old.to_string(), new: new.to_string() });
    }
    if old.view && !new.view {
        broken.push(Incompatibility::NoLongerView(old.name.clone()));
    }
    if !old.view && new.view {
        broken.push(Incompatibility::BecameView(old.name.clone()));
    }
    if old.payable && !new.payable {
        broken.push(Incompatibility::NoLongerPayable(old.name.clone()));
    }
}

fn type_change(old: &TypeDef, new: &TypeDef) -> Option<String> {
    match (&old.kind, &new.kind) {
        (TypeKind::Struct(old), TypeKind::Struct(new)) => fields_change(old, new),
        (TypeKind::Enum { base: old_base, values: old }, TypeKind::Enum { base: new_base, values: new }) => {
            let change = format!("its base changes from {old_base} to {new_base}");
            (old_base != new_base).then_some(change).or_else(|| constants_change(old, new))
        }
        (TypeKind::Named(old), TypeKind::Named(new)) => (old != new).then(|| format!("it changes from {old} to {new}")),
        (TypeKind::Custom, TypeKind::Custom) => None,
        (old, new) => Some(format!("it changes from {} to {}", kind_name(old), kind_name(new))),
    }
}

fn kind_name(kind: &TypeKind) -> &'static str {
    match kind {
        TypeKind::Struct(_) => "a struct",
        TypeKind::Enum { .. } => "an enum",
        TypeKind::Named(_) => "a named type",
        TypeKind::Custom => "a custom type",
    }
}

fn fields_change(old: &[Field], new: &[Field]) -> Option<String> {
    if old.len() != new.len() {
        return Some(format!("it changes from {} fields to {}", old.len(), new.len()));
    }
    let (old, new) = old.iter().zip(new).find(|(old, new)| old != new)?;
    Some(format!("field {} {} becomes {} {}", old.name, old.ty, new.name, new.ty))
}

fn constants_change(old: &[EnumValue], new: &[EnumValue]) -> Option<String> {
    old.iter().find_map(|constant| match new.iter().find(|newer| newer.name == constant.name) {
        None => Some(format!("constant {} is removed", constant.name)),
        Some(newer) if newer.value != constant.value => {
            Some(format!("constant {} changes from {} to {}", constant.name, constant.value, newer.value))
        }
        Some(_) => None,
    })
}

fn event_change(old: &Event, new: Option<&Event>) -> Option<Incompatibility> {
    match new {
        None => Some(Incompatibility::EventRemoved(old.name.clone())),
        Some(new) if new.fields != old.fields => Some(Incompatibility::EventChanged(old.name.clone())),
        Some(_) => None,
    }
}
