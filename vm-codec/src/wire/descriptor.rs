//! The type descriptor in front of every `any`.
//!
//! A descriptor spells a type out: a named type brings its definition where it first stands, and a type inside
//! itself is a back reference. It is canonical, so that equal values have equal bytes: a type may not be repeated
//! inside itself, and one name always means one definition.

use std::collections::BTreeMap;

use super::read::Reader;
use super::{DecodeErrorKind, EncodeErrorKind};
use crate::limits::{MAX_DEPTH, MAX_DESCRIPTOR_BYTES};
use crate::types::{Field, Scalar, Type, TypeDef, TypeDefs, TypeError, TypeKind};

/// The tags of types that are not scalars; those of scalars stand in the table of scalars.
mod tag {
    pub(super) const NIL: u8 = 0x00;
    pub(super) const OPTION: u8 = 0x20;
    pub(super) const SLICE: u8 = 0x21;
    pub(super) const ARRAY: u8 = 0x22;
    pub(super) const MAP: u8 = 0x23;
    pub(super) const STRUCT: u8 = 0x24;
    pub(super) const NAMED: u8 = 0x25;
    pub(super) const CUSTOM: u8 = 0x26;
    pub(super) const ANY: u8 = 0x27;
    pub(super) const BACK: u8 = 0x28;
}

/// The descriptor of the `any` that holds nothing.
pub(super) const NIL: u8 = tag::NIL;

/// Reads a descriptor: the type and the definitions it needs, or nothing for nil.
pub(super) fn read(reader: &mut Reader<'_>) -> Result<Option<(Type, TypeDefs)>, DecodeErrorKind> {
    let first = reader.byte()?;
    if first == tag::NIL {
        return Ok(None);
    }
    if first == tag::ANY {
        return Err(DecodeErrorKind::Tag(first));
    }
    if let Some(scalar) = Scalar::by_tag(first) {
        return Ok(Some((scalar, TypeDefs::default())));
    }
    let budget = reader.left().min(MAX_DESCRIPTOR_BYTES - 1);
    let mut parser = Parser { reader, stop_bytes: 0, enclosing: Vec::new(), defs: BTreeMap::new() };
    parser.stop_bytes = parser.reader.left() - budget;
    let ty = parser.ty_after(first, 0)?;
    // What follows the last tag, a name, may be long too.
    if parser.reader.left() < parser.stop_bytes {
        return Err(DecodeErrorKind::DescriptorLength);
    }
    let Parser { defs, .. } = parser;
    let defs = TypeDefs::new(defs.into_values().collect())?;
    defs.check(&ty)?;
    Ok(Some((ty, defs)))
}

struct Parser<'r, 'a> {
    reader: &'r mut Reader<'a>,
    /// How many bytes must be left when the descriptor ends.
    stop_bytes: usize,
    /// The named types that the one being read is inside of, the innermost last.
    enclosing: Vec<String>,
    /// The definitions that are complete, by name.
    defs: BTreeMap<String, TypeDef>,
}

impl Parser<'_, '_> {
    fn ty(&mut self, depth: usize) -> Result<Type, DecodeErrorKind> {
        let tag = self.reader.byte()?;
        self.ty_after(tag, depth)
    }

    fn ty_after(&mut self, tag: u8, depth: usize) -> Result<Type, DecodeErrorKind> {
        if self.reader.left() < self.stop_bytes {
            return Err(DecodeErrorKind::DescriptorLength);
        }
        if depth > MAX_DEPTH {
            return Err(DecodeErrorKind::Depth);
        }
        if let Some(scalar) = Scalar::by_tag(tag) {
            return Ok(scalar);
        }
        let inner = depth + 1;
        Ok(match tag {
            tag::OPTION => Type::option(self.ty(inner)?),
            // Not `Type::slice`: a slice of uint8 has another descriptor, and the check refuses this one.
            tag::SLICE => Type::Slice(Box::new(self.ty(inner)?)),
            tag::ARRAY => {
                let len = u32::from_le_bytes(self.reader.array()?);
                Type::array(len, self.ty(inner)?)
            }
            tag::MAP => {
                let key = self.ty(inner)?;
                Type::map(key, self.ty(inner)?)
            }
            tag::STRUCT => self.definition(|this| this.fields(inner))?,
            tag::NAMED => self.definition(|this| this.ty(inner).map(TypeKind::Named))?,
            tag::CUSTOM => {
                let name = self.name()?;
                self.define(TypeDef::new(&name, TypeKind::Custom))?
            }
            tag::BACK => self.back_reference()?,
            other => return Err(DecodeErrorKind::Tag(other)),
        })
    }

    fn name(&mut self) -> Result<String, DecodeErrorKind> {
        let len = self.reader.byte()?;
        let bytes = self.reader.take(usize::from(len))?;
        std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| DecodeErrorKind::Utf8)
    }

    fn definition(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<TypeKind, DecodeErrorKind>,
    ) -> Result<Type, DecodeErrorKind> {
        let name = self.name()?;
        if self.enclosing.contains(&name) {
            return Err(DecodeErrorKind::Repeated(name));
        }
        self.enclosing.push(name.clone());
        let kind = read(self)?;
        self.enclosing.pop();
        self.define(TypeDef::new(&name, kind))
    }

    fn fields(&mut self, depth: usize) -> Result<TypeKind, DecodeErrorKind> {
        let count = self.reader.byte()?;
        let mut fields = Vec::new();
        for _ in 0..count {
            let name = self.name()?;
            fields.push(Field { name, ty: self.ty(depth)? });
        }
        Ok(TypeKind::Struct(fields))
    }

    fn define(&mut self, def: TypeDef) -> Result<Type, DecodeErrorKind> {
        let ty = Type::named(&def.name);
        match self.defs.get(&def.name) {
            Some(known) if *known != def => return Err(DecodeErrorKind::Conflict(def.name)),
            Some(_) => {}
            None => {
                self.defs.insert(def.name.clone(), def);
            }
        }
        Ok(ty)
    }

    fn back_reference(&mut self) -> Result<Type, DecodeErrorKind> {
        let outwards = self.reader.byte()?;
        let name = self.enclosing.iter().rev().nth(usize::from(outwards));
        name.map(|name| Type::named(name)).ok_or(DecodeErrorKind::BackReference(outwards))
    }
}

/// How long the descriptor of a value is, at most the limit, in bytes: one that is longer cannot be written.
pub(crate) fn len_bytes(any: &crate::value::AnyValue) -> usize {
    let mut out = Vec::new();
    write(&mut out, any.ty(), any.defs()).map_or(MAX_DESCRIPTOR_BYTES, |()| out.len())
}

/// Appends the descriptor of a type. `defs` define its names.
pub(super) fn write(out: &mut Vec<u8>, ty: &Type, defs: &TypeDefs) -> Result<(), EncodeErrorKind> {
    let stop_bytes = out.len() + MAX_DESCRIPTOR_BYTES;
    Writer { out, defs, stop_bytes, enclosing: Vec::new() }.ty(ty, 0)
}

struct Writer<'a> {
    out: &'a mut Vec<u8>,
    defs: &'a TypeDefs,
    /// The length of `out` that the descriptor must not exceed.
    stop_bytes: usize,
    /// The named types that the one being written is inside of, the innermost last.
    enclosing: Vec<&'a str>,
}

impl<'a> Writer<'a> {
    fn ty(&mut self, ty: &'a Type, depth: usize) -> Result<(), EncodeErrorKind> {
        if depth > MAX_DEPTH {
            return Err(EncodeErrorKind::Depth);
        }
        let inner = depth + 1;
        match ty {
            Type::Option(elem) => {
                self.out.push(tag::OPTION);
                self.ty(elem, inner)?;
            }
            Type::Slice(elem) if elem.is_byte() => return Err(TypeError::ByteSlice.into()),
            Type::Slice(elem) => {
                self.out.push(tag::SLICE);
                self.ty(elem, inner)?;
            }
            Type::Array(len, elem) => {
                self.out.push(tag::ARRAY);
                self.out.extend_from_slice(&len.to_le_bytes());
                self.ty(elem, inner)?;
            }
            Type::Map(pair) => {
                self.out.push(tag::MAP);
                self.ty(&pair.0, inner)?;
                self.ty(&pair.1, inner)?;
            }
            Type::Named(name) => self.named(name, inner)?,
            scalar => self.out.extend(Scalar::of(scalar).map(|scalar| scalar.tag)),
        }
        if self.out.len() > self.stop_bytes { Err(EncodeErrorKind::DescriptorLength) } else { Ok(()) }
    }

    fn named(&mut self, name: &'a str, depth: usize) -> Result<(), EncodeErrorKind> {
        if let Some(outwards) = self.enclosing.iter().rev().position(|enclosing| *enclosing == name) {
            // The depth bounds how many there are.
            let outwards = u8::try_from(outwards).map_err(|_| EncodeErrorKind::Depth)?;
            self.out.extend([tag::BACK, outwards]);
            return Ok(());
        }
        let kind = &self.defs.require(name)?.kind;
        match kind {
            TypeKind::Struct(_) => self.out.push(tag::STRUCT),
            TypeKind::Named(_) | TypeKind::Enum { .. } => self.out.push(tag::NAMED),
            TypeKind::Custom => self.out.push(tag::CUSTOM),
        }
        self.name(name)?;
        self.enclosing.push(name);
        match kind {
            TypeKind::Struct(fields) => {
                let count = u8::try_from(fields.len()).map_err(|_| TypeError::Fields(name.to_owned()))?;
                self.out.push(count);
                for field in fields {
                    self.name(&field.name)?;
                    self.ty(&field.ty, depth)?;
                }
            }
            TypeKind::Named(ty) | TypeKind::Enum { base: ty, .. } => self.ty(ty, depth)?,
            TypeKind::Custom => {}
        }
        self.enclosing.pop();
        Ok(())
    }

    fn name(&mut self, name: &str) -> Result<(), EncodeErrorKind> {
        let len = u8::try_from(name.len()).map_err(|_| TypeError::Name(name.to_owned(), "type"))?;
        self.out.push(len);
        self.out.extend_from_slice(name.as_bytes());
        Ok(())
    }
}
