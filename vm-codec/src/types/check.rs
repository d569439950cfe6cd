//! The check of a set of definitions.
//!
//! Facts about a type follow from the facts of the types that its values *contain*: struct fields, array elements
//! and the types behind names, but not what a pointer, slice or map leads to. A depth-first walk along these edges
//! finds the facts and, when it comes back to a type that it is still inside of, a type of infinite size. A second
//! pass over all types that are mentioned anywhere then looks at names and map keys.

use super::{Scalar, Type, TypeDef, TypeDefs, TypeError, TypeKind};
use crate::limits::{MAX_DEPTH, MAX_FIELDS, MAX_NAME_BYTES};

/// What is known of a type once it is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Facts {
    /// The fewest bytes of a value in either wire format, saturating.
    pub(super) least_bytes: u64,
    /// How many types are contained in each other.
    height: usize,
    /// Whether values can be map keys.
    key: bool,
}

/// Whether a text is a Go identifier of a length that descriptors can carry.
pub(crate) fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    let starts = chars.next().is_some_and(|c| c.is_alphabetic() || c == '_');
    starts && name.len() <= MAX_NAME_BYTES && chars.all(|c| c.is_alphanumeric() || c == '_')
}

fn check_name(name: &str, what: &'static str) -> Result<(), TypeError> {
    if is_identifier(name) { Ok(()) } else { Err(TypeError::Name(name.to_owned(), what)) }
}

/// The facts of each definition. `defs` are sorted by name and have no name twice.
pub(super) fn facts(defs: &[TypeDef]) -> Result<Vec<Facts>, TypeError> {
    let mut walk = Walk { defs, found: vec![Found::Nothing; defs.len()] };
    (0..defs.len()).map(|index| walk.definition(index, 0)).collect()
}

#[derive(Clone, Copy)]
enum Found {
    Nothing,
    /// The walk is inside of the definition.
    Entered,
    Facts(Facts),
}

struct Walk<'a> {
    defs: &'a [TypeDef],
    found: Vec<Found>,
}

impl Walk<'_> {
    fn definition(&mut self, index: usize, depth: usize) -> Result<Facts, TypeError> {
        let def = &self.defs[index];
        match self.found[index] {
            Found::Facts(facts) => return Ok(facts),
            Found::Entered => return Err(TypeError::Infinite(def.name.clone())),
            Found::Nothing if depth > MAX_DEPTH => return Err(TypeError::Depth(def.name.clone())),
            Found::Nothing => self.found[index] = Found::Entered,
        }
        let mut facts = match &def.kind {
            TypeKind::Struct(fields) => {
                let mut sum = Facts { least_bytes: 0, height: 0, key: true };
                for field in fields {
                    let facts = self.contained(&field.ty, depth)?;
                    sum.least_bytes = sum.least_bytes.saturating_add(facts.least_bytes);
                    sum.height = sum.height.max(facts.height);
                    sum.key &= facts.key;
                }
                sum
            }
            TypeKind::Enum { base, .. } => self.contained(base, depth)?,
            TypeKind::Named(ty) => self.contained(ty, depth)?,
            TypeKind::Custom => leaf(1, false),
        };
        facts.height += 1;
        if facts.height > MAX_DEPTH {
            return Err(TypeError::Depth(def.name.clone()));
        }
        self.found[index] = Found::Facts(facts);
        Ok(facts)
    }

    fn contained(&mut self, ty: &Type, depth: usize) -> Result<Facts, TypeError> {
        match ty {
            Type::Named(name) => {
                let index = self.defs.binary_search_by(|def| def.name.as_str().cmp(name));
                let index = index.map_err(|_| TypeError::Undefined(name.to_string()))?;
                self.definition(index, depth + 1)
            }
            Type::Array(len, elem) => Ok(repeated(*len, self.contained(elem, depth)?)),
            other => Ok(outer(other)),
        }
    }
}

const fn leaf(least_bytes: u64, key: bool) -> Facts {
    Facts { least_bytes, height: 0, key }
}

fn repeated(len: u32, elem: Facts) -> Facts {
    let least_bytes = elem.least_bytes.saturating_mul(u64::from(len));
    Facts { least_bytes, height: elem.height + 1, key: elem.key }
}

/// The facts of a type that contains no other.
fn outer(ty: &Type) -> Facts {
    let key = !matches!(ty, Type::Float32 | Type::Float64 | Type::Bytes | Type::Any);
    Scalar::of(ty).map_or(leaf(1, false), |scalar| leaf(scalar.least_bytes, key))
}

fn facts_of(defs: &TypeDefs, ty: &Type) -> Result<Facts, TypeError> {
    match ty {
        Type::Named(name) => defs.fact(name),
        Type::Array(len, elem) => Ok(repeated(*len, facts_of(defs, elem)?)),
        other => Ok(outer(other)),
    }
}

/// Whether a type that a caller brings along can be used with checked definitions.
pub(super) fn usable(defs: &TypeDefs, ty: &Type) -> Result<(), TypeError> {
    mention(defs, ty, 0)
}

fn mention(defs: &TypeDefs, ty: &Type, depth: usize) -> Result<(), TypeError> {
    let facts = facts_of(defs, ty)?;
    if depth > MAX_DEPTH || facts.height > MAX_DEPTH {
        return Err(TypeError::Depth(ty.to_string()));
    }
    match ty {
        Type::Slice(elem) if elem.is_byte() => Err(TypeError::ByteSlice),
        Type::Option(elem) | Type::Slice(elem) | Type::Array(_, elem) => mention(defs, elem, depth + 1),
        Type::Map(pair) => {
            let (key, value) = &**pair;
            mention(defs, key, depth + 1)?;
            if !facts_of(defs, key)?.key {
                return Err(TypeError::MapKey(key.to_string()));
            }
            mention(defs, value, depth + 1)
        }
        _ => Ok(()),
    }
}

/// Checks names, members and every mentioned type of definitions whose facts are known.
pub(super) fn parts(defs: &TypeDefs) -> Result<(), TypeError> {
    for def in defs {
        check_name(&def.name, "type")?;
        if Scalar::by_name(&def.name).is_some() {
            return Err(TypeError::Name(def.name.clone(), "type"));
        }
        match &def.kind {
            TypeKind::Struct(fields) => {
                if fields.len() > MAX_FIELDS {
                    return Err(TypeError::Fields(def.name.clone()));
                }
                members(def, "field", fields.iter().map(|field| &field.name))?;
                fields.iter().try_for_each(|field| usable(defs, &field.ty))?;
            }
            TypeKind::Enum { base, values } => {
                members(def, "constant", values.iter().map(|value| &value.name))?;
                constants(def, base)?;
            }
            TypeKind::Named(ty) => usable(defs, ty)?,
            TypeKind::Custom => {}
        }
    }
    Ok(())
}

fn members<'a>(def: &TypeDef, what: &'static str, names: impl Iterator<Item = &'a String>) -> Result<(), TypeError> {
    let mut seen = std::collections::BTreeSet::new();
    for name in names {
        check_name(name, what)?;
        if !seen.insert(name) {
            return Err(TypeError::MemberTwice { type_name: def.name.clone(), member: name.clone() });
        }
    }
    Ok(())
}

fn constants(def: &TypeDef, base: &Type) -> Result<(), TypeError> {
    let TypeKind::Enum { values, .. } = &def.kind else { return Ok(()) };
    let Some(kind) = base.int_kind().filter(|kind| kind.bits <= 64) else {
        return Err(TypeError::EnumBase { type_name: def.name.clone(), base: base.to_string() });
    };
    let (least, most) = match kind.signed {
        true => (-(1i128 << (kind.bits - 1)), (1i128 << (kind.bits - 1)) - 1),
        false => (0, (1i128 << kind.bits) - 1),
    };
    match values.iter().find(|constant| !(least..=most).contains(&constant.value)) {
        None => Ok(()),
        Some(constant) => Err(TypeError::EnumRange {
            type_name: def.name.clone(),
            constant: constant.name.clone(),
            value: constant.value,
            base: base.to_string(),
        }),
    }
}
