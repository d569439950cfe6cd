//! Bytes to values. Only canonical bytes are taken, and nothing is allocated for what the bytes only claim.

use govm_core::{Address, Hash, ObjectId};
use ruint::aliases::U256;

use super::read::Reader;
use super::{Codec, DecodeError, DecodeErrorKind, Limits, descriptor};
use crate::limits::{MAX_DEPTH, MAX_EMPTY_VALUES};
use crate::place::Step;
use crate::types::{Field, Type, TypeDefs, TypeError, TypeKind};
use crate::value::{AnyValue, F32, F64, Map, Value};

/// Decodes one value of a type.
///
/// Memory stays in proportion to the length of the bytes, whatever they claim.
///
/// # Errors
/// The bytes are not the one encoding of a value of this type, or are longer than the limit.
pub fn decode(bytes: &[u8], ty: &Type, defs: &TypeDefs, codec: Codec, limits: Limits) -> Result<Value, DecodeError> {
    let mut decoder = Decoder::new(bytes, codec, limits)?;
    let value = decoder.value(ty, defs)?;
    decoder.end()?;
    Ok(value)
}

/// Whether values of the type have parts, or a name that must be looked up.
#[inline]
fn is_composite(ty: &Type) -> bool {
    use Type::{Any, Array, Map, Named, Option, Slice};
    matches!(ty, Option(_) | Slice(_) | Array(..) | Map(_) | Any | Named(_))
}

/// How many values have no bytes of their own where a struct or an array of so many parts takes so many bytes: itself, and the
/// parts beyond one a byte.
pub(super) fn bare_values(parts: usize, taken_bytes: usize) -> usize {
    1 + parts.saturating_sub(taken_bytes)
}

/// What one message is read with.
pub(crate) struct Decoder<'a> {
    pub(super) reader: Reader<'a>,
    codec: Codec,
    /// How many levels the value that is being read is inside of.
    depth: usize,
    /// How many more list elements memory may be reserved for in advance. An element takes at least one byte, so
    /// honest messages stay below; nested lists that all claim the rest of the message run out of it.
    reservable: usize,
    /// How many more values without bytes may come.
    empty: usize,
    /// How many more values may come that have no bytes of their own.
    bare: usize,
}

impl<'a> Decoder<'a> {
    pub(crate) fn new(bytes: &'a [u8], codec: Codec, limits: Limits) -> Result<Self, DecodeErrorKind> {
        let (len_bytes, limit_bytes) = (bytes.len(), limits.message_bytes);
        if len_bytes > limit_bytes {
            return Err(DecodeErrorKind::TooLong { len_bytes, limit_bytes });
        }
        let bare = len_bytes.saturating_add(MAX_EMPTY_VALUES);
        Ok(Self { reader: Reader::new(bytes), codec, depth: 0, reservable: len_bytes, empty: MAX_EMPTY_VALUES, bare })
    }

    /// All bytes must have been read.
    pub(crate) fn end(&self) -> Result<(), DecodeErrorKind> {
        self.reader.end()
    }

    /// A value of a type; `defs` define its names.
    pub(crate) fn value(&mut self, ty: &Type, defs: &TypeDefs) -> Result<Value, DecodeError> {
        if is_composite(ty) { self.composite(ty, defs) } else { self.lone_scalar(ty) }
    }

    /// Appends a value of a type to a list.
    #[inline]
    pub(crate) fn push(&mut self, ty: &Type, defs: &TypeDefs, list: &mut Vec<Value>) -> Result<(), DecodeError> {
        if !is_composite(ty) {
            return self.push_scalar(ty, list);
        }
        list.push(self.composite(ty, defs)?);
        Ok(())
    }

    /// Appends a value without parts. It is built in its place in the list: put together elsewhere in pieces and
    /// then copied, a value takes the processor several times as long.
    #[inline]
    fn push_scalar(&mut self, ty: &Type, list: &mut Vec<Value>) -> Result<(), DecodeError> {
        self.scalar(ty, |value| list.push(value)).map_err(DecodeError::from)
    }

    fn lone_scalar(&mut self, ty: &Type) -> Result<Value, DecodeError> {
        self.scalar(ty, |value| value).map_err(DecodeError::from)
    }

    /// A value with parts. Apart from scalars, so that what calls itself needs little stack.
    fn composite(&mut self, ty: &Type, defs: &TypeDefs) -> Result<Value, DecodeError> {
        match ty {
            Type::Option(elem) => self.nested(|this| this.option(elem, defs)),
            Type::Slice(elem) => self.nested(|this| {
                let count = this.count()?;
                this.list(count, elem, defs)
            }),
            Type::Array(len, elem) => {
                let len = usize::try_from(*len).map_err(|_| DecodeErrorKind::Length)?;
                if elem.is_byte() {
                    return Ok(Value::Bytes(self.reader.take(len)?.to_vec()));
                }
                self.nested(|this| {
                    let left_bytes = this.reader.left();
                    let list = this.list(len, elem, defs)?;
                    this.spend_bare(len, left_bytes)?;
                    Ok(list)
                })
            }
            Type::Map(pair) => self.nested(|this| this.map(pair, defs)),
            Type::Named(name) => self.named(name, defs),
            _ => self.nested(|this| this.any().map(|any| Value::Any(any.map(Box::new)))),
        }
    }

    /// A value without parts, handed to `accept`.
    #[inline(always)]
    fn scalar<T>(&mut self, ty: &Type, accept: impl FnOnce(Value) -> T) -> Result<T, DecodeErrorKind> {
        let reader = &mut self.reader;
        Ok(match ty {
            Type::Bool => accept(Value::Bool(reader.flag(DecodeErrorKind::Bool)?)),
            Type::Uint8 => accept(Value::Uint8(reader.byte()?)),
            Type::Uint16 => accept(Value::Uint16(u16::from_le_bytes(reader.array()?))),
            Type::Uint32 => accept(Value::Uint32(u32::from_le_bytes(reader.array()?))),
            Type::Uint64 | Type::Uint => accept(Value::Uint64(u64::from_le_bytes(reader.array()?))),
            Type::Uint128 => accept(Value::Uint128(u128::from_le_bytes(reader.array()?))),
            Type::Uint256 => accept(Value::Uint256(U256::from_le_bytes(reader.array::<32>()?))),
            Type::Int8 => accept(Value::Int8(i8::from_le_bytes(reader.array()?))),
            Type::Int16 => accept(Value::Int16(i16::from_le_bytes(reader.array()?))),
            Type::Int32 => accept(Value::Int32(i32::from_le_bytes(reader.array()?))),
            Type::Int64 | Type::Int => accept(Value::Int64(i64::from_le_bytes(reader.array()?))),
            Type::Float32 => {
                let bits = u32::from_le_bytes(reader.array()?);
                accept(Value::Float32(F32::from_bits(bits).ok_or(DecodeErrorKind::Nan)?))
            }
            Type::Float64 => {
                let bits = u64::from_le_bytes(reader.array()?);
                accept(Value::Float64(F64::from_bits(bits).ok_or(DecodeErrorKind::Nan)?))
            }
            Type::String => accept(Value::String(reader.text(self.codec)?.to_owned())),
            Type::Bytes => accept(Value::Bytes(reader.bytes(self.codec)?.to_vec())),
            Type::Address => accept(Value::Address(Address::from_bytes(reader.array()?))),
            Type::ObjectId => accept(Value::ObjectId(ObjectId::from_bytes(reader.array()?))),
            Type::Hash => accept(Value::Hash(Hash::from_bytes(reader.array()?))),
            // The caller has taken all other types; kept as an error because a panic would be worse.
            other => return Err(TypeError::Undefined(other.to_string()).into()),
        })
    }

    /// Reads a value with parts, one level further in.
    pub(super) fn nested<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        if self.depth == MAX_DEPTH {
            return Err(DecodeErrorKind::Depth.into());
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn option(&mut self, elem: &Type, defs: &TypeDefs) -> Result<Value, DecodeError> {
        match self.reader.flag(DecodeErrorKind::Option)? {
            true => Ok(Value::some(self.value(elem, defs)?)),
            false => Ok(Value::NONE),
        }
    }

    pub(super) fn count(&mut self) -> Result<usize, DecodeErrorKind> {
        let count = self.reader.length(self.codec)?;
        usize::try_from(count).map_err(|_| DecodeErrorKind::Length)
    }

    fn list(&mut self, count: usize, elem: &Type, defs: &TypeDefs) -> Result<Value, DecodeError> {
        let mut items = self.reserve(count, defs.least_bytes(elem))?;
        for index in 0..count {
            self.push(elem, defs, &mut items).map_err(|error| error.within(Step::Index(index)))?;
        }
        Ok(Value::List(items))
    }

    fn map(&mut self, pair: &(Type, Type), defs: &TypeDefs) -> Result<Value, DecodeError> {
        let (key_ty, value_ty) = pair;
        let count = self.count()?;
        let least = defs.least_bytes(key_ty).saturating_add(defs.least_bytes(value_ty));
        let mut entries: Vec<(Value, Value)> = self.reserve(count, least)?;
        for index in 0..count {
            let key = self.value(key_ty, defs).map_err(|error| error.within(Step::Entry(index)))?;
            if entries.last().is_some_and(|(last, _)| *last >= key) {
                return Err(DecodeError::from(DecodeErrorKind::KeyOrder).within(Step::Entry(index)));
            }
            let value = self.value(value_ty, defs);
            let value = value.map_err(|error| error.within(Step::Key(key.show(key_ty, defs).to_string())))?;
            entries.push((key, value));
        }
        Ok(Value::Map(Map::from_ascending(entries)))
    }

    fn named(&mut self, name: &str, defs: &TypeDefs) -> Result<Value, DecodeError> {
        match &defs.require(name).map_err(DecodeErrorKind::from)?.kind {
            TypeKind::Struct(fields) => {
                if defs.least_bytes(&Type::named(name)) == 0 {
                    self.spend_empty(fields.len() + 1)?;
                }
                self.nested(|this| this.structure(fields, defs))
            }
            TypeKind::Enum { base, .. } => self.value(base, defs),
            TypeKind::Named(ty) => self.value(ty, defs),
            TypeKind::Custom => Ok(Value::Bytes(self.reader.bytes(self.codec)?.to_vec())),
        }
    }

    fn structure(&mut self, fields: &[Field], defs: &TypeDefs) -> Result<Value, DecodeError> {
        let left_bytes = self.reader.left();
        let mut values = Vec::with_capacity(fields.len());
        for field in fields {
            let read = self.push(&field.ty, defs, &mut values);
            read.map_err(|error| error.within(Step::Field(field.name.clone())))?;
        }
        self.spend_bare(fields.len(), left_bytes)?;
        Ok(Value::Struct(values))
    }

    /// The type and value of an `any`. Its payload is in Borsh whatever the message is in.
    pub(super) fn any(&mut self) -> Result<Option<AnyValue>, DecodeError> {
        let Some((ty, defs)) = descriptor::read(&mut self.reader)? else { return Ok(None) };
        let codec = std::mem::replace(&mut self.codec, Codec::Borsh);
        let value = self.value(&ty, &defs).map_err(|error| error.within(Step::Any));
        self.codec = codec;
        Ok(Some(AnyValue::from_parts(ty, defs, value?)))
    }

    /// Room for a list, after the bytes that are left were found to be enough for its count.
    pub(super) fn reserve<T>(&mut self, count: usize, least_bytes: u64) -> Result<Vec<T>, DecodeErrorKind> {
        if least_bytes == 0 {
            self.spend_empty(count)?;
            return Ok(Vec::with_capacity(count));
        }
        let needed = usize::try_from(least_bytes).ok().and_then(|least| count.checked_mul(least));
        let (needed_bytes, left_bytes) = (needed.unwrap_or(usize::MAX), self.reader.left());
        if needed_bytes > left_bytes {
            return Err(DecodeErrorKind::Truncated { needed_bytes, left_bytes });
        }
        // Room for a few elements costs little, and a list that grows from nothing takes room for four.
        let reserved = count.min(self.reservable.max(4));
        self.reservable = self.reservable.saturating_sub(reserved);
        Ok(Vec::with_capacity(reserved))
    }

    /// Pays for a struct or an array that has been read, which has no bytes of its own, and for its parts beyond the bytes that it took.
    fn spend_bare(&mut self, parts: usize, left_bytes_before: usize) -> Result<(), DecodeErrorKind> {
        let bare = bare_values(parts, left_bytes_before - self.reader.left());
        self.bare = self.bare.checked_sub(bare).ok_or(DecodeErrorKind::Bare)?;
        Ok(())
    }

    fn spend_empty(&mut self, count: usize) -> Result<(), DecodeErrorKind> {
        self.empty = self.empty.checked_sub(count).ok_or(DecodeErrorKind::Empty)?;
        Ok(())
    }
}
