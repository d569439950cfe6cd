//! Definitions of a contract's own types.

use super::check::{self, Facts};
use super::{Scalar, Type, TypeError};
use crate::value::{Integer, Value};

/// A type that a contract defines.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeDef {
    /// The bare Go name.
    pub name: String,
    /// The Go doc comment; may be empty.
    pub docs: String,
    /// What it is.
    pub kind: TypeKind,
}

/// What a contract's own type is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TypeKind {
    /// A struct; an embedded struct is a field named after its type.
    Struct(Vec<Field>),
    /// An integer type with named constants. Values other than the constants are valid too.
    Enum {
        /// The integer type that it is on the wire.
        base: Type,
        /// The constants in the order of the source. When two have one value, the first names it.
        values: Vec<EnumValue>,
    },
    /// A name for another type, the same on the wire.
    Named(Type),
    /// A type with its own `Encode` and `Decode`: opaque bytes to everybody but the contract.
    Custom,
}

/// A field of a struct or of an event.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Field {
    /// The Go name.
    pub name: String,
    /// The type.
    pub ty: Type,
}

/// A named constant of an enum.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnumValue {
    /// The Go name.
    pub name: String,
    /// The value; it fits the base of the enum.
    pub value: i128,
}

impl TypeDef {
    /// A struct without docs.
    #[must_use]
    pub fn structure(name: &str, fields: &[(&str, Type)]) -> Self {
        let field = |(name, ty): &(&str, Type)| Field { name: (*name).to_owned(), ty: ty.clone() };
        Self::new(name, TypeKind::Struct(fields.iter().map(field).collect()))
    }

    /// An enum without docs.
    #[must_use]
    pub fn enumeration(name: &str, base: Type, values: &[(&str, i128)]) -> Self {
        let value = |(name, value): &(&str, i128)| EnumValue { name: (*name).to_owned(), value: *value };
        Self::new(name, TypeKind::Enum { base, values: values.iter().map(value).collect() })
    }

    /// A type of any kind without docs.
    #[must_use]
    pub fn new(name: &str, kind: TypeKind) -> Self {
        Self { name: name.to_owned(), docs: String::new(), kind }
    }
}

/// A checked set of type definitions: every name that is used is defined, no type contains itself, map keys have
/// an order.
///
/// ```
/// use govm_codec::{Type, TypeDef, TypeDefs};
/// let point = TypeDef::structure("Point", &[("X", Type::Int64), ("Y", Type::Int64)]);
/// let defs = TypeDefs::new(vec![point])?;
/// assert!(defs.check(&"map[Point][]Point".parse()?).is_ok());
/// assert_eq!(defs.check(&"[]Line".parse()?).unwrap_err().to_string(), "type Line is not defined");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeDefs {
    /// Sorted by name.
    defs: Vec<TypeDef>,
    /// What was found out about each of them when they were checked.
    facts: Vec<Facts>,
}

impl TypeDefs {
    /// No definitions: enough for built-in types.
    pub const EMPTY: &'static Self = &Self { defs: Vec::new(), facts: Vec::new() };

    /// The set of these definitions, in any order.
    ///
    /// # Errors
    /// A [`TypeError`] that names the first type that makes no sense.
    pub fn new(mut defs: Vec<TypeDef>) -> Result<Self, TypeError> {
        defs.sort_by(|a, b| a.name.cmp(&b.name));
        if let Some(pair) = defs.windows(2).find(|pair| pair[0].name == pair[1].name) {
            return Err(TypeError::DefinedTwice(pair[0].name.clone()));
        }
        let facts = check::facts(&defs)?;
        let checked = Self { defs, facts };
        check::parts(&checked)?;
        Ok(checked)
    }

    /// The definition with this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&TypeDef> {
        self.position(name).map(|index| &self.defs[index])
    }

    /// All definitions, sorted by name.
    pub fn iter(&self) -> std::slice::Iter<'_, TypeDef> {
        self.defs.iter()
    }

    /// How many definitions there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.defs.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.defs.is_empty()
    }

    /// Checks that a type can be used with these definitions.
    ///
    /// # Errors
    /// A name in it is not defined, a map key has no order, or values would be nested too deep.
    pub fn check(&self, ty: &Type) -> Result<(), TypeError> {
        check::usable(self, ty)
    }

    /// The definition with this name, or an error that says it is missing.
    pub(crate) fn require(&self, name: &str) -> Result<&TypeDef, TypeError> {
        self.get(name).ok_or_else(|| TypeError::Undefined(name.to_owned()))
    }

    /// The type behind the names: never the name of an enum or a named type, but maybe that of a struct.
    pub(crate) fn underlying<'a>(&'a self, ty: &'a Type) -> Result<&'a Type, TypeError> {
        let mut ty = ty;
        while let Type::Named(name) = ty {
            match &self.require(name)?.kind {
                TypeKind::Named(inner) => ty = inner,
                TypeKind::Enum { base, .. } => ty = base,
                TypeKind::Struct(_) | TypeKind::Custom => break,
            }
        }
        Ok(ty)
    }

    /// The first constant with this value, if the type is an enum or a name for one.
    pub(crate) fn constant_name(&self, ty: &Type, value: &Value) -> Option<&str> {
        let number = Integer::of(value)?.to_i128()?;
        let constant = self.constants(ty)?.iter().find(|constant| constant.value == number)?;
        Some(&constant.name)
    }

    /// The constants, if the type is an enum or a name for one.
    pub(crate) fn constants(&self, ty: &Type) -> Option<&[EnumValue]> {
        let mut ty = ty;
        while let Type::Named(name) = ty {
            match &self.get(name)?.kind {
                TypeKind::Named(inner) => ty = inner,
                TypeKind::Enum { values, .. } => return Some(values),
                TypeKind::Struct(_) | TypeKind::Custom => return None,
            }
        }
        None
    }

    /// The fewest bytes that a value of the type takes in either wire format. 0 only for values without bytes.
    pub(crate) fn least_bytes(&self, ty: &Type) -> u64 {
        match ty {
            Type::Option(_) | Type::Slice(_) | Type::Map(_) => 1,
            Type::Array(len, elem) => u64::from(*len).saturating_mul(self.least_bytes(elem)),
            Type::Named(name) => self.position(name).map_or(0, |index| self.facts[index].least_bytes),
            scalar => Scalar::of(scalar).map_or(0, |scalar| scalar.least_bytes),
        }
    }

    pub(super) fn fact(&self, name: &str) -> Result<Facts, TypeError> {
        let missing = || TypeError::Undefined(name.to_owned());
        self.position(name).map(|index| self.facts[index]).ok_or_else(missing)
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.defs.binary_search_by(|def| def.name.as_str().cmp(name)).ok()
    }
}

impl<'a> IntoIterator for &'a TypeDefs {
    type Item = &'a TypeDef;
    type IntoIter = std::slice::Iter<'a, TypeDef>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
