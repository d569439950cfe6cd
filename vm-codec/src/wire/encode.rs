//! Values to bytes.

use super::decode::bare_values;
use super::{Codec, EncodeError, EncodeErrorKind, Limits, descriptor};
use crate::limits::{MAX_DEPTH, MAX_EMPTY_VALUES};
use crate::place::Step;
use crate::types::{Field, Type, TypeDefs, TypeKind};
use crate::value::{AnyValue, Map, Value};

/// Encodes one value as a type.
///
/// # Errors
/// The value does not fit the type, or its bytes would exceed a limit that [`decode`](crate::decode) has too.
pub fn encode(value: &Value, ty: &Type, defs: &TypeDefs, codec: Codec, limits: Limits) -> Result<Vec<u8>, EncodeError> {
    let mut encoder = Encoder::new(codec);
    encoder.value(value, ty, defs)?;
    Ok(encoder.finish(limits)?)
}

/// Room for a call with a few arguments, so that most messages are written without growing, in bytes.
const INITIAL_BYTES: usize = 128;

/// What one message is written with.
pub(crate) struct Encoder {
    pub(super) out: Vec<u8>,
    codec: Codec,
    /// How many levels the value that is being written is inside of.
    depth: usize,
    /// How many more values without bytes may come.
    empty: usize,
    /// How many values without bytes of their own there were.
    bare: usize,
}

impl Encoder {
    pub(crate) fn new(codec: Codec) -> Self {
        Self { out: Vec::with_capacity(INITIAL_BYTES), codec, depth: 0, empty: MAX_EMPTY_VALUES, bare: 0 }
    }

    /// The bytes of the message.
    pub(crate) fn finish(self, limits: Limits) -> Result<Vec<u8>, EncodeErrorKind> {
        let (len_bytes, limit_bytes) = (self.out.len(), limits.message_bytes);
        if len_bytes > limit_bytes {
            return Err(EncodeErrorKind::TooLong { limit_bytes });
        }
        if self.bare > len_bytes.saturating_add(MAX_EMPTY_VALUES) {
            return Err(EncodeErrorKind::Bare);
        }
        Ok(self.out)
    }

    /// Appends a value of a type; `defs` define its names.
    pub(crate) fn value(&mut self, value: &Value, ty: &Type, defs: &TypeDefs) -> Result<(), EncodeError> {
        match (ty, value) {
            (Type::Option(elem), Value::Option(option)) => self.nested(|this| {
                this.out.push(u8::from(option.is_some()));
                option.as_ref().map_or(Ok(()), |inner| this.value(inner, elem, defs))
            }),
            (Type::Slice(elem), Value::List(items)) => self.nested(|this| {
                this.length(items.len())?;
                this.list(items, elem, defs)
            }),
            (Type::Array(len, elem), Value::Bytes(bytes)) if elem.is_byte() => {
                parts(ty, *len as usize, bytes.len())?;
                self.out.extend_from_slice(bytes);
                Ok(())
            }
            (Type::Array(len, elem), Value::List(items)) if !elem.is_byte() => self.nested(|this| {
                parts(ty, *len as usize, items.len())?;
                let before_bytes = this.out.len();
                this.list(items, elem, defs)?;
                this.count_bare(items.len(), before_bytes);
                Ok(())
            }),
            (Type::Map(pair), Value::Map(map)) => self.nested(|this| this.map(map, pair, defs)),
            (Type::Any, Value::Any(any)) => self.nested(|this| this.any(any.as_deref())),
            (Type::Named(name), value) => self.named(value, name, defs),
            (ty, value) => Ok(self.scalar(value, ty)?),
        }
    }

    #[inline]
    fn scalar(&mut self, value: &Value, ty: &Type) -> Result<(), EncodeErrorKind> {
        let out = &mut self.out;
        match (ty, value) {
            (Type::Bool, Value::Bool(value)) => out.push(u8::from(*value)),
            (Type::Uint8, Value::Uint8(n)) => out.push(*n),
            (Type::Uint16, Value::Uint16(n)) => out.extend_from_slice(&n.to_le_bytes()),
            (Type::Uint32, Value::Uint32(n)) => out.extend_from_slice(&n.to_le_bytes()),
            (Type::Uint64 | Type::Uint, Value::Uint64(n)) => out.extend_from_slice(&n.to_le_bytes()),
            (Type::Uint128, Value::Uint128(n)) => out.extend_from_slice(&n.to_le_bytes()),
            (Type::Uint256, Value::Uint256(n)) => out.extend_from_slice(&n.to_le_bytes::<32>()),
            (Type::Int8, Value::Int8(n)) => out.extend_from_slice(&n.to_le_bytes()),
            (Type::Int16, Value::Int16(n)) => out.extend_from_slice(&n.to_le_bytes()),
            (Type::Int32, Value::Int32(n)) => out.extend_from_slice(&n.to_le_bytes()),
            (Type::Int64 | Type::Int, Value::Int64(n)) => out.extend_from_slice(&n.to_le_bytes()),
            (Type::Float32, Value::Float32(n)) => out.extend_from_slice(&n.to_bits().to_le_bytes()),
            (Type::Float64, Value::Float64(n)) => out.extend_from_slice(&n.to_bits().to_le_bytes()),
            (Type::String, Value::String(text)) => self.bytes(text.as_bytes())?,
            (Type::Bytes, Value::Bytes(bytes)) => self.bytes(bytes)?,
            (Type::Address, Value::Address(id)) => out.extend_from_slice(id.as_bytes()),
            (Type::ObjectId, Value::ObjectId(id)) => out.extend_from_slice(id.as_bytes()),
            (Type::Hash, Value::Hash(hash)) => out.extend_from_slice(hash.as_bytes()),
            (ty, value) => return Err(mismatch(ty, value)),
        }
        Ok(())
    }

    /// Writes a value with parts, one level further in.
    pub(super) fn nested(
        &mut self,
        write: impl FnOnce(&mut Self) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        if self.depth == MAX_DEPTH {
            return Err(EncodeErrorKind::Depth.into());
        }
        self.depth += 1;
        let result = write(self);
        self.depth -= 1;
        result
    }

    #[inline]
    pub(super) fn length(&mut self, len: usize) -> Result<(), EncodeErrorKind> {
        let len = u32::try_from(len).map_err(|_| EncodeErrorKind::Length)?;
        match self.codec {
            Codec::Borsh => self.out.extend_from_slice(&len.to_le_bytes()),
            Codec::Scale => self.compact(len),
        }
        Ok(())
    }

    /// A compact integer: the shortest of four forms, told apart by the two low bits of the first byte.
    fn compact(&mut self, number: u32) {
        let shifted = number << 2;
        match number {
            0..0x40 => self.out.extend_from_slice(&shifted.to_le_bytes()[..1]),
            0x40..0x4000 => self.out.extend_from_slice(&(shifted | 0b01).to_le_bytes()[..2]),
            0x4000..0x4000_0000 => self.out.extend_from_slice(&(shifted | 0b10).to_le_bytes()),
            _ => {
                self.out.push(0b11);
                self.out.extend_from_slice(&number.to_le_bytes());
            }
        }
    }

    #[inline]
    pub(super) fn bytes(&mut self, bytes: &[u8]) -> Result<(), EncodeErrorKind> {
        self.length(bytes.len())?;
        self.out.extend_from_slice(bytes);
        Ok(())
    }

    fn list(&mut self, items: &[Value], elem: &Type, defs: &TypeDefs) -> Result<(), EncodeError> {
        if defs.least_bytes(elem) == 0 {
            self.spend_empty(items.len())?;
        }
        for (index, item) in items.iter().enumerate() {
            self.value(item, elem, defs).map_err(|error| error.within(Step::Index(index)))?;
        }
        Ok(())
    }

    fn map(&mut self, map: &Map, pair: &(Type, Type), defs: &TypeDefs) -> Result<(), EncodeError> {
        let (key_ty, value_ty) = pair;
        self.length(map.len())?;
        if defs.least_bytes(key_ty).saturating_add(defs.least_bytes(value_ty)) == 0 {
            self.spend_empty(map.len())?;
        }
        for (index, (key, value)) in map.iter().enumerate() {
            self.value(key, key_ty, defs).map_err(|error| error.within(Step::Entry(index)))?;
            let written = self.value(value, value_ty, defs);
            written.map_err(|error| error.within(Step::Key(key.show(key_ty, defs).to_string())))?;
        }
        Ok(())
    }

    fn named(&mut self, value: &Value, name: &str, defs: &TypeDefs) -> Result<(), EncodeError> {
        match (&defs.require(name).map_err(EncodeErrorKind::from)?.kind, value) {
            (TypeKind::Struct(fields), Value::Struct(values)) => {
                let ty = Type::named(name);
                parts(&ty, fields.len(), values.len())?;
                if defs.least_bytes(&ty) == 0 {
                    self.spend_empty(fields.len() + 1)?;
                }
                self.nested(|this| this.structure(fields, values, defs))
            }
            (TypeKind::Enum { base, .. }, value) => self.value(value, base, defs),
            (TypeKind::Named(ty), value) => self.value(value, ty, defs),
            (TypeKind::Custom, Value::Bytes(bytes)) => Ok(self.bytes(bytes)?),
            (_, value) => Err(mismatch(&Type::named(name), value).into()),
        }
    }

    fn structure(&mut self, fields: &[Field], values: &[Value], defs: &TypeDefs) -> Result<(), EncodeError> {
        let before_bytes = self.out.len();
        for (field, value) in fields.iter().zip(values) {
            let written = self.value(value, &field.ty, defs);
            written.map_err(|error| error.within(Step::Field(field.name.clone())))?;
        }
        self.count_bare(fields.len(), before_bytes);
        Ok(())
    }

    /// A descriptor and its payload, which is in Borsh whatever the message is in.
    pub(super) fn any(&mut self, any: Option<&AnyValue>) -> Result<(), EncodeError> {
        let Some(any) = any else {
            self.out.push(descriptor::NIL);
            return Ok(());
        };
        descriptor::write(&mut self.out, any.ty(), any.defs())?;
        let codec = std::mem::replace(&mut self.codec, Codec::Borsh);
        let written = self.value(any.value(), any.ty(), any.defs());
        self.codec = codec;
        written.map_err(|error| error.within(Step::Any))
    }

    /// Counts a struct or an array that has been written. How many there may be is known when the message is whole.
    fn count_bare(&mut self, parts: usize, before_bytes: usize) {
        self.bare = self.bare.saturating_add(bare_values(parts, self.out.len() - before_bytes));
    }

    fn spend_empty(&mut self, count: usize) -> Result<(), EncodeErrorKind> {
        self.empty = self.empty.checked_sub(count).ok_or(EncodeErrorKind::Empty)?;
        Ok(())
    }
}

fn mismatch(ty: &Type, value: &Value) -> EncodeErrorKind {
    EncodeErrorKind::Mismatch { expected: ty.to_string(), found: value.kind().to_owned() }
}

fn parts(ty: &Type, expected: usize, found: usize) -> Result<(), EncodeErrorKind> {
    if expected == found {
        return Ok(());
    }
    Err(EncodeErrorKind::Parts { ty: ty.to_string(), expected, found })
}
