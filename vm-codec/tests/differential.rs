//! The same Rust values through the borsh crate, the parity-scale-codec crate and `Value`: byte for byte the same.

use std::collections::BTreeMap;

use borsh::{BorshDeserialize, BorshSerialize};
use govm_codec::{Codec, Limits, Map, Type, TypeDef, TypeDefs, Value, decode, encode};
use parity_scale_codec::{Decode, Encode};
use proptest::prelude::*;

#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize, Encode, Decode)]
struct Inner {
    small: i8,
    name: String,
    next: Option<Box<Inner>>,
}

#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize, Encode, Decode)]
struct Everything {
    flag: bool,
    unsigned: (u8, u16, u32, u64, u128),
    signed: (i8, i16, i32, i64),
    single: f32,
    double: f64,
    bytes: Vec<u8>,
    address: [u8; 20],
    id: [u8; 32],
    wide: [u8; 32],
    numbers: Vec<u32>,
    grid: [[u16; 2]; 3],
    scores: BTreeMap<String, i64>,
    by_number: BTreeMap<i16, Vec<bool>>,
    inner: Inner,
    maybe: Option<Option<u64>>,
}

fn types() -> TypeDefs {
    let ty = |text: &str| text.parse::<Type>().unwrap();
    let tuple = |name: &str, types: &[&str]| {
        let names: Vec<String> = (0..types.len()).map(|index| format!("F{index}")).collect();
        let fields: Vec<_> = names.iter().zip(types).map(|(name, text)| (name.as_str(), ty(text))).collect();
        TypeDef::structure(name, &fields)
    };
    let inner = TypeDef::structure("Inner", &[("Small", ty("int8")), ("Name", ty("string")), ("Next", ty("*Inner"))]);
    let everything = tuple(
        "Everything",
        &[
            "bool",
            "Unsigned",
            "Signed",
            "float32",
            "float64",
            "bytes",
            "Address",
            "ObjectID",
            "uint256",
            "[]uint32",
            "[3][2]uint16",
            "map[string]int64",
            "map[int16][]bool",
            "Inner",
            "**uint64",
        ],
    );
    let unsigned = tuple("Unsigned", &["uint8", "uint16", "uint32", "uint64", "uint128"]);
    TypeDefs::new(vec![inner, everything, unsigned, tuple("Signed", &["int8", "int16", "int32", "int64"])]).unwrap()
}

fn list<T: Into<Value>>(items: impl IntoIterator<Item = T>) -> Value {
    Value::List(items.into_iter().map(Into::into).collect())
}

fn map<K: Into<Value>, V>(entries: BTreeMap<K, V>, value: impl Fn(V) -> Value) -> Value {
    let entries = entries.into_iter().map(|(key, item)| (key.into(), value(item))).collect();
    Value::Map(Map::new(entries).unwrap())
}

impl From<Inner> for Value {
    fn from(inner: Inner) -> Self {
        Self::Struct(vec![inner.small.into(), inner.name.into(), inner.next.map(|next| Self::from(*next)).into()])
    }
}

impl From<Everything> for Value {
    fn from(e: Everything) -> Self {
        let (u, s) = (e.unsigned, e.signed);
        Self::Struct(vec![
            e.flag.into(),
            Self::Struct(vec![u.0.into(), u.1.into(), u.2.into(), u.3.into(), u.4.into()]),
            Self::Struct(vec![s.0.into(), s.1.into(), s.2.into(), s.3.into()]),
            e.single.into(),
            e.double.into(),
            e.bytes.into(),
            govm_core::Address::from_bytes(e.address).into(),
            govm_core::ObjectId::from_bytes(e.id).into(),
            ruint::aliases::U256::from_le_bytes(e.wide).into(),
            list(e.numbers),
            list(e.grid.map(list)),
            map(e.scores, Self::from),
            map(e.by_number, list),
            e.inner.into(),
            e.maybe.into(),
        ])
    }
}

fn inner() -> impl Strategy<Value = Inner> {
    let leaf = (any::<i8>(), any::<String>()).prop_map(|(small, name)| Inner { small, name, next: None });
    leaf.prop_recursive(4, 8, 1, |next| {
        (any::<i8>(), any::<String>(), proptest::option::of(next.prop_map(Box::new)))
            .prop_map(|(small, name, next)| Inner { small, name, next })
    })
}

prop_compose! {
    fn everything()(
        flag: bool,
        unsigned: (u8, u16, u32, u64, u128),
        signed: (i8, i16, i32, i64),
        // The borsh crate refuses to write NaN, so there is nothing to compare with.
        single in any::<f32>().prop_filter("a number", |n| !n.is_nan()),
        double in any::<f64>().prop_filter("a number", |n| !n.is_nan()),
        // Longer than 63, so that SCALE's two-byte lengths come up.
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        ids in any::<([u8; 20], [u8; 32], [u8; 32])>(),
        lists in any::<(Vec<u32>, [[u16; 2]; 3])>(),
        scores in proptest::collection::btree_map(any::<String>(), any::<i64>(), 0..5),
        by_number in proptest::collection::btree_map(any::<i16>(), any::<Vec<bool>>(), 0..5),
        inner in inner(),
        maybe: Option<Option<u64>>,
    ) -> Everything {
        let ((address, id, wide), (numbers, grid)) = (ids, lists);
        Everything {
            flag, unsigned, signed, single, double, bytes, address, id, wide, numbers, grid, scores, by_number, inner, maybe,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn derived_code_and_value_write_the_same_bytes(everything in everything()) {
        let (defs, ty) = (types(), Type::named("Everything"));
        let value = Value::from(everything.clone());
        let borsh_bytes = borsh::to_vec(&everything).unwrap();
        prop_assert_eq!(&encode(&value, &ty, &defs, Codec::Borsh, Limits::default()).unwrap(), &borsh_bytes);
        prop_assert_eq!(&decode(&borsh_bytes, &ty, &defs, Codec::Borsh, Limits::default()).unwrap(), &value);
        let scale_bytes = everything.encode();
        prop_assert_eq!(&encode(&value, &ty, &defs, Codec::Scale, Limits::default()).unwrap(), &scale_bytes);
        prop_assert_eq!(&decode(&scale_bytes, &ty, &defs, Codec::Scale, Limits::default()).unwrap(), &value);
    }

    #[test]
    fn what_value_takes_the_derived_code_takes_too(everything in everything(), position: usize, byte: u8) {
        let (defs, ty) = (types(), Type::named("Everything"));
        let mut bytes = borsh::to_vec(&everything).unwrap();
        let position = position % bytes.len();
        bytes[position] = byte;
        if let Ok(value) = decode(&bytes, &ty, &defs, Codec::Borsh, Limits::default()) {
            if let Ok(theirs) = Everything::try_from_slice(&bytes) {
                prop_assert_eq!(Value::from(theirs), value);
            } else {
                // The only difference: canonical NaN is a value here and an error there.
                prop_assert!(value.to_string().contains("NaN"), "{}", value);
            }
        }
        let mut bytes = everything.encode();
        let position = position % bytes.len();
        bytes[position] = byte;
        if let Ok(value) = decode(&bytes, &ty, &defs, Codec::Scale, Limits::default()) {
            let theirs = Everything::decode(&mut bytes.as_slice()).map(Value::from);
            prop_assert_eq!(theirs.unwrap(), value);
        }
    }

    #[test]
    fn compact_lengths_are_those_of_scale(len in prop_oneof![0usize..200, 16_000usize..17_000, Just(1 << 20)]) {
        let bytes = vec![7u8; len];
        let limits = Limits { message_bytes: 2 << 20 };
        let ours = encode(&bytes.clone().into(), &Type::Bytes, TypeDefs::EMPTY, Codec::Scale, limits).unwrap();
        prop_assert_eq!(&ours, &bytes.encode());
        prop_assert_eq!(decode(&ours, &Type::Bytes, TypeDefs::EMPTY, Codec::Scale, limits).unwrap(), bytes.into());
    }
}
