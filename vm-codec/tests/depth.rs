//! The deepest values that are allowed need little stack in every operation, also in a build without optimisation.

use govm_codec::{AnyValue, Codec, Limits, MAX_DEPTH, Type, TypeDef, TypeDefs, TypeKind, Value, decode, encode};
use govm_codec::{coerce, decode_any, encode_any};

/// A quarter of what Rust gives to a new thread.
const STACK_BYTES: usize = 512 << 10;

/// Runs on a stack of that size; a test that needs more ends the process.
fn on_a_small_stack(run: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(run).unwrap();
    thread.join().unwrap();
}

/// A type that can be nested in itself without end, and a value of it with as many levels.
type Nested = (&'static str, Type, fn(Value) -> Value);

fn nested_types() -> (TypeDefs, Vec<Nested>) {
    let ty = |text: &str| text.parse::<Type>().unwrap();
    let defs = TypeDefs::new(vec![
        TypeDef::new("List", TypeKind::Named(ty("[]List"))),
        TypeDef::new("Tree", TypeKind::Named(ty("map[string]Tree"))),
        TypeDef::new("Link", TypeKind::Named(ty("*Link"))),
        TypeDef::structure("Node", &[("Name", ty("string")), ("Next", ty("[]Node"))]),
    ]);
    let entry = |inner| Value::Map(govm_codec::Map::new(vec![("k".into(), inner)]).unwrap());
    let node = |inner: Value| match inner {
        Value::List(_) => Value::Struct(vec!["n".into(), inner]),
        inner => Value::List(vec![inner]),
    };
    let nested: Vec<Nested> = vec![
        ("List", Type::named("List"), |inner| Value::List(vec![inner])),
        ("Tree", Type::named("Tree"), entry),
        ("Link", Type::named("Link"), Value::some),
        ("[]Node", ty("[]Node"), node),
    ];
    (defs.unwrap(), nested)
}

fn empty(name: &str) -> Value {
    match name {
        "Tree" => Value::Map(govm_codec::Map::default()),
        "Link" => Value::NONE,
        _ => Value::List(vec![]),
    }
}

/// The value with this many levels; for nodes, a level is a list or a struct and the outermost is a list.
fn value_of(name: &str, wrap: fn(Value) -> Value, levels: usize) -> Value {
    let levels = if name == "[]Node" { levels - (levels + 1) % 2 } else { levels };
    (1..levels).fold(empty(name), |inner, _| wrap(inner))
}

#[test]
fn bytes() {
    on_a_small_stack(|| {
        let (defs, nested) = nested_types();
        for (name, ty, wrap) in nested {
            let value = value_of(name, wrap, MAX_DEPTH);
            for codec in [Codec::Borsh, Codec::Scale] {
                let bytes = encode(&value, &ty, &defs, codec, Limits::default()).unwrap();
                assert_eq!(decode(&bytes, &ty, &defs, codec, Limits::default()).unwrap(), value, "{name}");
            }
        }
    });
}

#[test]
fn text() {
    on_a_small_stack(|| {
        let (defs, nested) = nested_types();
        for (name, ty, wrap) in nested {
            let value = value_of(name, wrap, MAX_DEPTH);
            let json = value.to_json(&ty, &defs).unwrap();
            assert_eq!(Value::from_json(&json, &ty, &defs).unwrap(), value, "{name}");
            assert_eq!(value.show(&ty, &defs).to_string().is_empty(), value.to_string().is_empty());
        }
    });
}

#[test]
fn self_describing_values() {
    on_a_small_stack(|| {
        let (defs, nested) = nested_types();
        for (name, ty, wrap) in nested {
            let any = AnyValue::new(ty.clone(), &defs, value_of(name, wrap, MAX_DEPTH - 1)).unwrap();
            let bytes = encode_any(Some(&any)).unwrap();
            assert_eq!(decode_any(&bytes).unwrap(), Some(any.clone()));
            assert_eq!(coerce(Some(any.clone()), &ty, &defs).unwrap(), any.into_value(), "{name}");
        }
    });
}

#[test]
fn descriptors_and_spellings() {
    on_a_small_stack(|| {
        let mut bytes = vec![0x20; MAX_DEPTH];
        bytes.extend([1, 0]);
        assert!(decode_any(&bytes).is_ok());
        let spelling = format!("{}bool", "[]".repeat(MAX_DEPTH));
        assert_eq!(spelling.parse::<Type>().unwrap().to_string(), spelling);
        assert!("*".repeat(1 << 20).parse::<Type>().is_err());
        let chain = |index: usize| match index {
            0 => TypeDef::structure("T00", &[]),
            index => TypeDef::structure(&format!("T{index:02}"), &[("F", Type::named(&format!("T{:02}", index - 1)))]),
        };
        assert!(TypeDefs::new((0..MAX_DEPTH).map(chain).collect()).is_ok());
        assert!(TypeDefs::new((0..=MAX_DEPTH).rev().map(chain).collect()).is_err());
    });
}
