//! Random types and values for the tests: everything follows from one number, so a failure names its case.
#![allow(dead_code, unused_imports, reason = "each test file uses a part of this module")]

mod hostile;
mod memory;
pub(crate) mod properties;

pub(crate) use hostile::{hostile, mutate};
pub(crate) use memory::{bounded, measured};

use govm_codec::{AnyValue, F32, F64, Map, Type, TypeDef, TypeDefs, TypeKind, Value};
use govm_core::{Address, Hash, ObjectId};

/// SplitMix64: small, and the same everywhere.
pub(crate) struct Rng {
    state: u64,
    /// The types of what an `any` holds; empty for any type.
    anys: Vec<Type>,
}

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed, anys: Vec::new() }
    }

    /// Every `any` of its values will hold one of these types, or nil.
    pub(crate) fn with_anys(seed: u64, anys: Vec<Type>) -> Self {
        Self { state: seed, anys }
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.next() as u8)
    }

    /// A number with any count of significant bits, so that small and large ones are equally likely.
    pub(crate) fn skewed(&mut self) -> u64 {
        let bits = self.below(65) as u32;
        if bits == 0 { 0 } else { self.next() >> (64 - bits) }
    }

    pub(crate) fn text(&mut self) -> String {
        const LETTERS: [char; 8] = ['a', 'Z', '0', ' ', '"', 'é', '語', '\u{1f600}'];
        (0..self.below(6)).map(|_| LETTERS[self.below(LETTERS.len())]).collect()
    }
}

pub(crate) const SCALARS: [&str; 20] = [
    "bool", "uint8", "uint16", "uint32", "uint64", "uint128", "uint256", "int8", "int16", "int32", "int64", "int",
    "uint", "string", "Address", "ObjectID", "Hash", "float32", "float64", "bytes",
];

/// How many of `SCALARS`, from the front, can be map keys.
const KEYS: usize = 17;

/// A few definitions of all kinds, some of them recursive.
pub(crate) fn random_defs(rng: &mut Rng) -> TypeDefs {
    let count = rng.below(5);
    let defs = (0..count).map(|index| random_def(rng, index, count)).collect();
    TypeDefs::new(defs).expect("the generator makes valid definitions")
}

/// Contained types come earlier; what pointers, slices and maps lead to may be any of them, the type itself included.
fn random_def(rng: &mut Rng, index: usize, count: usize) -> TypeDef {
    let name = format!("T{index}");
    match rng.below(8) {
        0 => TypeDef::new(&name, TypeKind::Custom),
        1 => TypeDef::enumeration(&name, Type::Uint8, &[("Red", 0), ("Green", 1), ("AlsoGreen", 1)]),
        2 => TypeDef::enumeration(&name, Type::Int64, &[("Low", i128::from(i64::MIN)), ("Zero", 0)]),
        3 => TypeDef::new(&name, TypeKind::Named(random_type(rng, index, count, 2))),
        _ => {
            let fields: Vec<(String, Type)> =
                (0..rng.below(5)).map(|field| (format!("F{field}"), random_type(rng, index, count, 2))).collect();
            let fields: Vec<(&str, Type)> = fields.iter().map(|(name, ty)| (name.as_str(), ty.clone())).collect();
            TypeDef::structure(&name, &fields)
        }
    }
}

/// A type that may contain the first `contained` definitions and lead to all `count`.
pub(crate) fn random_type(rng: &mut Rng, contained: usize, count: usize, depth: usize) -> Type {
    match rng.below(if depth == 0 { 5 } else { 10 }) {
        0 if contained > 0 => Type::named(&format!("T{}", rng.below(contained))),
        1 => Type::Any,
        0..5 => scalar(rng, SCALARS.len()),
        5 => Type::option(random_type(rng, count, count, depth - 1)),
        6 => Type::slice(random_type(rng, count, count, depth - 1)),
        7 => Type::array(rng.below(4) as u32, random_type(rng, contained, count, depth - 1)),
        _ => Type::map(random_key(rng, 1), random_type(rng, count, count, depth - 1)),
    }
}

fn scalar(rng: &mut Rng, among: usize) -> Type {
    SCALARS[rng.below(among)].parse().expect("a scalar type")
}

fn random_key(rng: &mut Rng, depth: usize) -> Type {
    match rng.below(8) {
        0 if depth > 0 => Type::array(rng.below(3) as u32, random_key(rng, depth - 1)),
        _ => scalar(rng, KEYS),
    }
}

/// A type with definitions, as a test case needs them.
pub(crate) fn random_case(rng: &mut Rng) -> (TypeDefs, Type) {
    let defs = random_defs(rng);
    let ty = random_type(rng, defs.len(), defs.len(), 3);
    (defs, ty)
}

/// A value of the type. `fuel` bounds how far recursive types go.
pub(crate) fn random_value(rng: &mut Rng, ty: &Type, defs: &TypeDefs, fuel: usize) -> Value {
    let count = if fuel == 0 { 0 } else { rng.below(4) };
    match ty {
        Type::Option(elem) if count > 0 => Value::some(random_value(rng, elem, defs, fuel - 1)),
        Type::Option(_) => Value::NONE,
        Type::Array(len, elem) if **elem == Type::Uint8 => Value::Bytes((0..*len).map(|_| rng.next() as u8).collect()),
        Type::Slice(elem) => Value::List((0..count).map(|_| random_value(rng, elem, defs, fuel - 1)).collect()),
        Type::Array(len, elem) => Value::List((0..*len).map(|_| random_value(rng, elem, defs, fuel)).collect()),
        Type::Map(pair) => {
            let mut entries: Vec<(Value, Value)> = Vec::new();
            for _ in 0..count {
                let key = random_value(rng, &pair.0, defs, fuel - 1);
                if entries.iter().all(|(known, _)| *known != key) {
                    entries.push((key, random_value(rng, &pair.1, defs, fuel - 1)));
                }
            }
            Value::Map(Map::new(entries).expect("no key comes twice"))
        }
        Type::Named(name) => match &defs.get(name).expect("the type is defined").kind {
            TypeKind::Struct(fields) => {
                Value::Struct(fields.iter().map(|field| random_value(rng, &field.ty, defs, fuel)).collect())
            }
            TypeKind::Enum { base, values } if !values.is_empty() && rng.below(2) == 0 => {
                let constant = values[rng.below(values.len())].value.to_string();
                Value::from_json(&constant.into(), base, defs).expect("a constant is a value of its base")
            }
            TypeKind::Enum { base, .. } => random_value(rng, base, defs, fuel),
            TypeKind::Named(ty) => random_value(rng, ty, defs, fuel),
            TypeKind::Custom => Value::Bytes((0..rng.below(9)).map(|_| rng.next() as u8).collect()),
        },
        Type::Any if count == 0 => Value::NIL,
        Type::Any => random_any(rng, defs, fuel - 1).map_or(Value::NIL, Value::from),
        scalar => random_scalar(rng, scalar),
    }
}

/// What an `any` may hold, of a type of these definitions.
pub(crate) fn random_any(rng: &mut Rng, defs: &TypeDefs, fuel: usize) -> Option<AnyValue> {
    let ty = match rng.anys.len() {
        0 => random_type(rng, defs.len(), defs.len(), 2),
        among => {
            let index = rng.below(among);
            rng.anys[index].clone()
        }
    };
    if ty == Type::Any {
        return None;
    }
    let value = random_value(rng, &ty, defs, fuel);
    Some(AnyValue::new(ty, defs, value).expect("the type is valid"))
}

fn random_scalar(rng: &mut Rng, ty: &Type) -> Value {
    match ty {
        Type::Bool => (rng.below(2) == 1).into(),
        Type::Uint8 => (rng.skewed() as u8).into(),
        Type::Uint16 => (rng.skewed() as u16).into(),
        Type::Uint32 => (rng.skewed() as u32).into(),
        Type::Uint64 | Type::Uint => rng.skewed().into(),
        Type::Uint128 => u128::from_le_bytes(rng.bytes()).into(),
        Type::Uint256 => Value::Uint256(ruint::aliases::U256::from_le_bytes(rng.bytes::<32>())),
        Type::Int8 => (rng.skewed() as i8).into(),
        Type::Int16 => (rng.skewed() as i16).into(),
        Type::Int32 => (rng.skewed() as i32).into(),
        Type::Int64 | Type::Int => (rng.skewed() as i64).wrapping_neg().into(),
        Type::Float32 => F32::new(f32::from_bits(rng.skewed() as u32)).into(),
        Type::Float64 => F64::new(f64::from_bits(rng.next())).into(),
        Type::String => rng.text().into(),
        Type::Bytes => Value::Bytes((0..rng.below(9)).map(|_| rng.next() as u8).collect()),
        Type::Address => Address::from_bytes(rng.bytes()).into(),
        Type::ObjectId => ObjectId::from_bytes(rng.bytes()).into(),
        Type::Hash => Hash::from_bytes(rng.bytes()).into(),
        other => unreachable!("{other} is no scalar"),
    }
}
