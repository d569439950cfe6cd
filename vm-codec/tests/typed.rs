//! Rust's own types as arguments and results, by the traits of borsh and of parity-scale-codec, for contracts of either
//! codec.

use std::collections::BTreeMap;
use std::error::Error;

use borsh::{BorshDeserialize, BorshSerialize};
use govm_codec::{
    Abi, Codec, DecodeReceipt, Function, Scale, TypedError, Value, args, args_from, args_from_json, decode_results,
    encode_args, encode_results, results_into,
};
use govm_core::{Address, ContractError, ErrorCode, Hash, Receipt, Status};
use parity_scale_codec::{Decode, Encode};
use proptest::prelude::*;
use serde_json::json;

/// `Trade` takes and returns the same values.
fn abi(codec: Codec) -> Abi {
    let order = r#"[{"name":"buyer","type":"Address"},{"name":"lots","type":"[]Lot"},{"name":"limits","type":"map[string]int64"},
        {"name":"note","type":"*string"},{"name":"level","type":"Level"},{"name":"wide","type":"uint128"}]"#;
    let json = format!(
        r#"{{"abi_version":1,"name":"market","codec":"{codec}",
        "functions":[{{"name":"Touch"}},{{"name":"Trade","params":{order},"results":{order}}}],
        "types":[{{"name":"Level","kind":"enum","base":"uint8","values":[{{"name":"Low","value":"0"}}]}},
        {{"name":"Lot","kind":"struct","fields":[{{"name":"Pieces","type":"uint16"}},{{"name":"Next","type":"*Lot"}}]}}]}}"#
    );
    Abi::from_json(json.as_bytes()).unwrap()
}

const CODECS: [Codec; 2] = [Codec::Borsh, Codec::Scale];

fn function<'a>(abi: &'a Abi, name: &str) -> &'a Function {
    abi.function(name).unwrap().1
}

#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize, Encode, Decode)]
struct Lot {
    pieces: u16,
    next: Option<Box<Lot>>,
}

#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize, Encode, Decode)]
struct Order {
    buyer: Address,
    lots: Vec<Lot>,
    limits: BTreeMap<String, i64>,
    note: Option<String>,
    level: u8,
    wide: u128,
}

fn lot() -> impl Strategy<Value = Lot> {
    let leaf = any::<u16>().prop_map(|pieces| Lot { pieces, next: None });
    leaf.prop_recursive(4, 8, 1, |next| {
        (any::<u16>(), proptest::option::of(next.prop_map(Box::new))).prop_map(|(pieces, next)| Lot { pieces, next })
    })
}

prop_compose! {
    fn order()(
        buyer: [u8; 20],
        lots in proptest::collection::vec(lot(), 0..4),
        limits in proptest::collection::btree_map(any::<String>(), any::<i64>(), 0..4),
        note: Option<String>,
        level: u8,
        wide: u128,
    ) -> Order {
        Order { buyer: Address::from_bytes(buyer), lots, limits, note, level, wide }
    }
}

fn receipt(status: Status, output: Vec<u8>) -> Receipt {
    Receipt { status, output, gas_used: 7, gas_refunded: 0, schedule_version: 1, events: vec![], writes: Hash::ZERO }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_families_of_traits_serve_contracts_of_both_codecs(order in order()) {
        for codec in CODECS {
            let abi = abi(codec);
            let trade = function(&abi, "Trade");
            let own = if codec == Codec::Borsh { borsh::to_vec(&order).unwrap() } else { order.encode() };
            prop_assert_eq!(&args_from(&abi, trade, &order).unwrap(), &own);
            prop_assert_eq!(&args_from(&abi, trade, &Scale(order.clone())).unwrap(), &own);
            let receipt = receipt(Status::Ok, own);
            prop_assert_eq!(&receipt.decode::<Order>(&abi, trade).unwrap(), &order);
            prop_assert_eq!(receipt.decode::<Scale<Order>>(&abi, trade).unwrap(), Scale(order.clone()));
        }
    }
}

#[test]
fn typed_arguments_are_those_that_json_spells() {
    let order = Order {
        buyer: Address::from_bytes([1; 20]),
        lots: vec![Lot { pieces: 2, next: Some(Box::new(Lot { pieces: 3, next: None })) }],
        limits: BTreeMap::from([("a".to_owned(), -1)]),
        note: None,
        level: 0,
        wide: 1 << 100,
    };
    let lots = json!([{"Pieces": 2, "Next": {"Pieces": 3, "Next": null}}]);
    let buyer = format!("0x{}", "01".repeat(20));
    let json =
        [json!(buyer), lots, json!({"a": -1}), json!(null), json!("Low"), json!("1267650600228229401496703205376")];
    for codec in CODECS {
        let abi = abi(codec);
        let trade = function(&abi, "Trade");
        let values = args_from_json(&abi, trade, &json).unwrap();
        let bytes = encode_args(&abi, trade, &values).unwrap();
        assert_eq!(args_from(&abi, trade, &order).unwrap(), bytes);
        assert_eq!(args_from(&abi, trade, &Scale(order.clone())).unwrap(), bytes);
        assert_eq!(decode_results(&abi, trade, &bytes).unwrap(), values);
        // Without arguments and results there is the unit.
        let touch = function(&abi, "Touch");
        assert!(
            args_from(&abi, touch, &()).unwrap().is_empty() && args_from(&abi, touch, &Scale(())).unwrap().is_empty()
        );
        receipt(Status::Ok, vec![]).decode::<()>(&abi, touch).unwrap();
        receipt(Status::Ok, vec![]).decode::<Scale<()>>(&abi, touch).unwrap();
    }
}

/// A function `Send(to Address, amount uint16, notes []string) (left int64, bool)`.
fn sending(codec: Codec) -> Abi {
    let json = format!(
        r#"{{"abi_version":1,"name":"t","codec":"{codec}","functions":[{{"name":"Send",
        "params":[{{"name":"to","type":"Address"}},{{"name":"amount","type":"uint16"}},{{"name":"notes","type":"[]string"}}],
        "results":[{{"name":"left","type":"int64"}},{{"name":"","type":"bool"}}]}}]}}"#
    );
    Abi::from_json(json.as_bytes()).unwrap()
}

const SEND: &str = "Send(to Address, amount uint16, notes []string) (left int64, bool)";

#[test]
fn arguments_of_another_type_are_refused_before_the_call() {
    for codec in CODECS {
        let abi = sending(codec);
        let send = function(&abi, "Send");
        let said = |error: TypedError| {
            assert!(error.source().is_some());
            error.to_string()
        };
        let to = Address::ZERO;
        let error = said(args_from(&abi, send, &(to, 5u16)).unwrap_err());
        let expected = "argument 3 (notes): bytes needed: 4, left: 0";
        assert_eq!(error, format!("{SEND} does not take (govm_core::ids::Address, u16): {expected}"));
        let error = said(args_from(&abi, send, &Scale((to, 5u16, vec![vec![0xffu8]]))).unwrap_err());
        let expected = "argument 3 (notes)[0]: the string is not valid UTF-8";
        let found = "(govm_core::ids::Address, u16, alloc::vec::Vec<alloc::vec::Vec<u8>>)";
        assert_eq!(error, format!("{SEND} does not take {found}: {expected}"));
        let error = said(args_from(&abi, send, &Scale((to, 5u16, Vec::<String>::new(), 1u8))).unwrap_err());
        assert!(error.ends_with("the value is complete, extra bytes: 1"), "{error}");
    }
}

#[test]
fn results_of_another_type_say_what_was_expected_and_what_found() {
    for codec in CODECS {
        let abi = sending(codec);
        let send = function(&abi, "Send");
        let output = encode_results(&abi, send, &args![-1i64, true]).unwrap();
        let good = receipt(Status::Ok, output.clone());
        assert_eq!(good.decode::<(i64, bool)>(&abi, send).unwrap(), (-1, true));
        assert_eq!(results_into::<Scale<(i64, bool)>>(&abi, send, &output).unwrap(), Scale((-1, true)));

        let error = good.decode::<u32>(&abi, send).unwrap_err();
        assert_eq!(error.to_string(), format!("expected u32, found the results of {SEND}: bytes left over: 5"));
        assert!(error.source().is_some());
        let error = good.decode::<Scale<(i64, Option<bool>)>>(&abi, send).unwrap_err().to_string();
        let expected = "expected (i64, core::option::Option<bool>), found the results of Send(";
        assert!(error.starts_with(expected), "{error}");

        let refused = ContractError::new(ErrorCode::Unauthorized, "not yours".to_owned());
        let error = receipt(Status::Failed(refused), vec![]).decode::<(i64, bool)>(&abi, send).unwrap_err();
        assert_eq!(error.to_string(), "expected (i64, bool), found a call that failed: unauthorized: not yours");
        assert!(error.source().is_some());
        // What is no result of the function at all is told by the ABI, before the type is asked.
        let damaged = receipt(Status::Ok, vec![0; 3]).decode::<(i64, bool)>(&abi, send).unwrap_err();
        assert_eq!(damaged.to_string(), "result 1 (left): bytes needed: 8, left: 3");
    }
}

#[test]
fn a_type_that_nests_without_end_does_not_exhaust_the_stack() {
    // The ABI says bytes, so nothing bounds what is in them; the Rust type takes them for lists in lists.
    #[derive(Debug, Decode, BorshDeserialize)]
    struct Lists(#[expect(dead_code, reason = "only decoded")] Vec<Lists>);
    let json = r#"{"abi_version":1,"name":"t","codec":"borsh","functions":[{"name":"F","results":[
        {"name":"","type":"[1000000]uint8"}]}]}"#;
    let abi = Abi::from_json(json.as_bytes()).unwrap();
    let f = function(&abi, "F");
    let error = receipt(Status::Ok, vec![1 << 2; 1_000_000]).decode::<Scale<Lists>>(&abi, f).unwrap_err();
    assert!(matches!(error, TypedError::Results { .. }), "{error}");
    let error = receipt(Status::Ok, [1, 0, 0, 0].repeat(250_000)).decode::<Lists>(&abi, f).unwrap_err();
    assert!(error.to_string().ends_with("the value is nested too deep"), "{error}");
}

#[test]
fn a_type_as_deep_as_an_abi_allows_is_decoded() {
    #[derive(Debug, PartialEq, Encode, Decode, BorshSerialize, BorshDeserialize)]
    struct Node {
        name: String,
        inner: Vec<Node>,
    }
    let json = r#"{"abi_version":1,"name":"t","codec":"borsh","functions":[{"name":"F","results":[{"name":"","type":"Node"}]}],
        "types":[{"name":"Node","kind":"struct","fields":[{"name":"Name","type":"string"},{"name":"Inner","type":"[]Node"}]}]}"#;
    let abi = Abi::from_json(json.as_bytes()).unwrap();
    let f = function(&abi, "F");
    // Each node is two levels, the struct and its list.
    let deep = |nodes: usize| (0..nodes).fold(vec![], |inner, _| vec![Node { name: "n".into(), inner }]).remove(0);
    let output = borsh::to_vec(&deep(32)).unwrap();
    assert_eq!(results_into::<Node>(&abi, f, &output).unwrap(), deep(32));
    assert_eq!(results_into::<Scale<Node>>(&abi, f, &output).unwrap(), Scale(deep(32)));
    assert!(results_into::<Node>(&abi, f, &borsh::to_vec(&deep(33)).unwrap()).is_err());
}

#[test]
fn nan_has_no_encoding_in_the_borsh_crate_and_is_refused() {
    let json = r#"{"abi_version":1,"name":"t","codec":"scale","functions":[{"name":"F","params":[{"name":"","type":"float64"}]}]}"#;
    let abi = Abi::from_json(json.as_bytes()).unwrap();
    let f = function(&abi, "F");
    let error = args_from(&abi, f, &f64::NAN).unwrap_err().to_string();
    assert!(error.starts_with("f64 cannot be encoded: "), "{error}");
    assert_eq!(args_from(&abi, f, &Scale(f64::NAN)).unwrap(), encode_args(&abi, f, &[Value::from(f64::NAN)]).unwrap());
    // A NaN that is not the canonical one is no value of the contract's.
    let other = f64::from_bits(f64::NAN.to_bits() | 1);
    let error = args_from(&abi, f, &Scale(other)).unwrap_err().to_string();
    assert_eq!(error, "F(float64) does not take f64: argument 1: the NaN is not the canonical one");
}
