//! Random values of random types come back unchanged from every form they can take.

mod support;

use govm_codec::{Codec, Limits, Value, ValueSeed, decode, decode_any, decode_event, encode, encode_any, encode_event};
use proptest::prelude::*;
use serde::de::DeserializeSeed;
use support::{Rng, random_any, random_case, random_defs, random_value};

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bytes_in_both_formats(seed: u64) {
        let mut rng = Rng::new(seed);
        let (defs, ty) = random_case(&mut rng);
        let value = random_value(&mut rng, &ty, &defs, 4);
        for codec in [Codec::Borsh, Codec::Scale] {
            let bytes = encode(&value, &ty, &defs, codec, Limits::default()).unwrap();
            prop_assert_eq!(decode(&bytes, &ty, &defs, codec, Limits::default()).unwrap(), value.clone());
        }
    }

    #[test]
    fn json(seed: u64) {
        let mut rng = Rng::new(seed);
        let (defs, ty) = random_case(&mut rng);
        let value = random_value(&mut rng, &ty, &defs, 4);
        let text = value.to_json(&ty, &defs).unwrap().to_string();
        let json = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&serde_json::to_string(&value.show(&ty, &defs)).unwrap(), &text);
        let read = ValueSeed::new(&ty, &defs).deserialize(&mut serde_json::Deserializer::from_str(&text));
        prop_assert_eq!(read.unwrap(), value.clone());
        prop_assert_eq!(Value::from_json(&json, &ty, &defs).unwrap(), value.clone(), "{} of {}", text, ty);
        if !matches!(json, serde_json::Value::String(_)) {
            prop_assert_eq!(Value::parse_word(&text, &ty, &defs).unwrap(), value, "word {} of {}", text, ty);
        }
    }

    #[test]
    fn self_describing_bytes(seed: u64) {
        let mut rng = Rng::new(seed);
        let defs = random_defs(&mut rng);
        let any = random_any(&mut rng, &defs, 4);
        let bytes = encode_any(any.as_ref()).unwrap();
        prop_assert_eq!(decode_any(&bytes).unwrap(), any.clone());
        let event = vec![(rng.text(), any.clone()), (rng.text(), None), (rng.text(), any)];
        prop_assert_eq!(decode_event(&encode_event(&event).unwrap()).unwrap(), event);
    }

    #[test]
    fn the_order_of_values_is_the_order_of_numbers_and_bytes(a: i64, b: i64, c: Vec<u8>, d: Vec<u8>) {
        prop_assert_eq!(Value::from(a).cmp(&Value::from(b)), a.cmp(&b));
        prop_assert_eq!(Value::from(c.clone()).cmp(&Value::from(d.clone())), c.cmp(&d));
    }
}
