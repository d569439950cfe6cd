//! Fitting a self-describing value to a type: what a nested call does with its arguments.
//!
//! The caller of another contract writes `ctx.Call(contract, "Add", 5)` and does not know whether `Add` takes an
//! `int` or a `uint64`. So a value fits a type when both are the same but for the width of integers, the number
//! fitting, and for names: types are compared by what they are made of, since the two contracts are separate Go
//! programs. Nothing else is converted; text does not become bytes.

use std::cell::Cell;

use super::{Abi, Function};
use crate::limits::MAX_MESSAGE_BYTES;
use crate::place::{Located, Step};
use crate::types::{Field, Type, TypeDefs, TypeError, TypeKind};
use crate::value::{AnyValue, DuplicateKey, Integer, Map, Value};
use crate::wire::descriptor_bytes;

/// A value that does not fit a type, with the place inside the value.
pub type CoerceError = Located<CoerceErrorKind>;

/// Why a self-describing value does not fit a type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CoerceErrorKind {
    /// The value is of another type.
    #[error("expected {expected}, found {found}")]
    Mismatch {
        /// The type.
        expected: String,
        /// The type of the value.
        found: String,
    },
    /// The number does not fit the integer type.
    #[error("{number} does not fit {ty}")]
    Range {
        /// The number.
        number: String,
        /// The type.
        ty: String,
    },
    /// A call has another number of arguments.
    #[error("{function} takes {expected} arguments, found {found}")]
    Arguments {
        /// The function with its types.
        function: String,
        /// How many it takes.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// Two keys of a map that was built by hand, with values of several types, become one.
    #[error(transparent)]
    DuplicateKey(#[from] DuplicateKey),
    /// The values that become an `any` each bring their type along, and these types are longer than a message.
    #[error("the types of the values that become `any` have more than {MAX_MESSAGE_BYTES} bytes")]
    TooLong,
    /// A type is not defined.
    #[error(transparent)]
    Type(#[from] TypeError),
}

/// Fits the arguments of a nested call to the parameters of the called function.
///
/// # Errors
/// Their number is not the function's, or a value does not fit.
pub fn coerce_args(abi: &Abi, function: &Function, args: Vec<Option<AnyValue>>) -> Result<Vec<Value>, CoerceError> {
    if args.len() != function.params.len() {
        let (function, expected) = (function.to_string(), function.params.len());
        return Err(CoerceErrorKind::Arguments { function, expected, found: args.len() }.into());
    }
    let room = Room::default();
    let numbered = args.into_iter().zip(&function.params).enumerate();
    let fit = |(index, (arg, param)): (usize, (Option<AnyValue>, &super::Param))| {
        let value = fit_any(arg, &param.ty, &abi.types, &room);
        value.map_err(|error| error.within(Step::Argument(index, param.name.clone())))
    };
    numbered.map(fit).collect()
}

/// Fits what an `any` holds to a type.
///
/// ```
/// use govm_codec::{AnyValue, Type, TypeDefs, Value, coerce};
/// let five = AnyValue::new(Type::Int, TypeDefs::EMPTY, Value::Int64(5))?;
/// assert_eq!(coerce(Some(five), &Type::Uint8, TypeDefs::EMPTY)?, Value::Uint8(5));
/// let many = AnyValue::new(Type::Int, TypeDefs::EMPTY, Value::Int64(300))?;
/// let error = coerce(Some(many), &Type::Uint8, TypeDefs::EMPTY).unwrap_err();
/// assert_eq!(error.to_string(), "300 does not fit uint8");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// The value is of another type than an integer for an integer or the same type made of the same parts, or a
/// number does not fit.
pub fn coerce(any: Option<AnyValue>, ty: &Type, defs: &TypeDefs) -> Result<Value, CoerceError> {
    fit_any(any, ty, defs, &Room::default())
}

fn fit_any(any: Option<AnyValue>, ty: &Type, defs: &TypeDefs, room: &Room) -> Result<Value, CoerceError> {
    let to = defs.underlying(ty).map_err(CoerceErrorKind::from)?;
    match (any, to) {
        (any, Type::Any) => Ok(Value::Any(any.map(Box::new))),
        (None, Type::Option(_)) => Ok(Value::NONE),
        (None, _) => Err(CoerceErrorKind::Mismatch { expected: ty.to_string(), found: "nil".to_owned() }.into()),
        (Some(any), _) => {
            let (from, from_defs) = (any.ty().clone(), any.defs().clone());
            Fit { from: &from_defs, to: defs, room }.value(any.into_value(), &from, ty)
        }
    }
}

/// The definitions of the value's types and of the types it is to fit.
#[derive(Clone, Copy)]
struct Fit<'a> {
    from: &'a TypeDefs,
    to: &'a TypeDefs,
    room: &'a Room,
}

/// How many more bytes the descriptors of values that become `any` may have. What has more would not fit a message, and each value
/// has its definitions copied: a list of a million small structs would take gigabytes.
#[derive(Debug)]
struct Room(Cell<usize>);

impl Default for Room {
    fn default() -> Self {
        Self(Cell::new(MAX_MESSAGE_BYTES))
    }
}

impl Room {
    fn take(&self, any: &AnyValue) -> Result<(), CoerceErrorKind> {
        let left_bytes = self.0.get().checked_sub(descriptor_bytes(any)).ok_or(CoerceErrorKind::TooLong)?;
        self.0.set(left_bytes);
        Ok(())
    }
}

impl Fit<'_> {
    fn value(self, value: Value, from: &Type, to: &Type) -> Result<Value, CoerceError> {
        let source = self.from.underlying(from).map_err(CoerceErrorKind::from)?;
        let target = self.to.underlying(to).map_err(CoerceErrorKind::from)?;
        match (source, target, value) {
            (Type::Any, _, Value::Any(any)) => fit_any(any.map(|any| *any), to, self.to, self.room),
            (_, Type::Any, value) => {
                let any = AnyValue::new(from.clone(), self.from, value).map_err(CoerceErrorKind::from)?;
                self.room.take(&any)?;
                Ok(Value::Any(Some(Box::new(any))))
            }
            (Type::Option(_), Type::Option(_), Value::Option(None)) => Ok(Value::NONE),
            (Type::Option(from), Type::Option(to), Value::Option(Some(value))) => {
                Ok(Value::some(self.value(*value, from, to)?))
            }
            (Type::Slice(from), Type::Slice(to), Value::List(items)) => self.list(items, from, to),
            (Type::Array(len, from), Type::Array(want, to), Value::List(items)) if len == want => {
                self.list(items, from, to)
            }
            (Type::Map(from), Type::Map(to), Value::Map(map)) => self.map(map, from, to),
            (Type::Named(_), Type::Named(_), value) => self.named(value, source, target),
            (source, target, value) if source.int_kind().is_some() && target.int_kind().is_some() => {
                integer(&value, target)
            }
            (source, target, value) if source == target => Ok(value),
            _ => Err(mismatch(from, to)),
        }
    }

    fn list(self, items: Vec<Value>, from: &Type, to: &Type) -> Result<Value, CoerceError> {
        let fit = |(index, item)| self.value(item, from, to).map_err(|error| error.within(Step::Index(index)));
        items.into_iter().enumerate().map(fit).collect::<Result<_, _>>().map(Value::List)
    }

    fn map(self, map: Map, from: &(Type, Type), to: &(Type, Type)) -> Result<Value, CoerceError> {
        let mut entries = Vec::with_capacity(map.len());
        for (index, (key, value)) in map.into_iter().enumerate() {
            let key = self.value(key, &from.0, &to.0).map_err(|error| error.within(Step::Entry(index)))?;
            let value = self.value(value, &from.1, &to.1);
            entries.push((key.clone(), value.map_err(|error| error.within(Step::Key(key.to_string())))?));
        }
        Ok(Value::Map(Map::new(entries).map_err(CoerceErrorKind::from)?))
    }

    /// Two structs of the same field names, or two custom types of the same name.
    fn named(self, value: Value, from: &Type, to: &Type) -> Result<Value, CoerceError> {
        let (Type::Named(from_name), Type::Named(to_name)) = (from, to) else { return Err(mismatch(from, to)) };
        let source = &self.from.require(from_name).map_err(CoerceErrorKind::from)?.kind;
        let target = &self.to.require(to_name).map_err(CoerceErrorKind::from)?.kind;
        match (source, target, value) {
            (TypeKind::Struct(have), TypeKind::Struct(want), Value::Struct(values)) if same_names(have, want) => {
                let fields = values.into_iter().zip(have.iter().zip(want));
                let fit = |(value, (have, want)): (Value, (&Field, &Field))| {
                    let fitted = self.value(value, &have.ty, &want.ty);
                    fitted.map_err(|error| error.within(Step::Field(want.name.clone())))
                };
                fields.map(fit).collect::<Result<_, _>>().map(Value::Struct)
            }
            (TypeKind::Custom, TypeKind::Custom, value) if from_name == to_name => Ok(value),
            _ => Err(mismatch(from, to)),
        }
    }
}

fn same_names(have: &[Field], want: &[Field]) -> bool {
    have.iter().map(|field| &field.name).eq(want.iter().map(|field| &field.name))
}

fn integer(value: &Value, target: &Type) -> Result<Value, CoerceError> {
    let Some(number) = Integer::of(value) else {
        let (expected, found) = (target.to_string(), value.kind().to_owned());
        return Err(CoerceErrorKind::Mismatch { expected, found }.into());
    };
    let range = || CoerceErrorKind::Range { number: number.to_string(), ty: target.to_string() };
    Ok(number.to_value(target).ok_or_else(range)?)
}

fn mismatch(from: &Type, to: &Type) -> CoerceError {
    CoerceErrorKind::Mismatch { expected: to.to_string(), found: from.to_string() }.into()
}
