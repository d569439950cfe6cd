//! The cryptographic host functions: published vectors and hostile input (`crypto_vectors.json`, which the Go SDK's tests
//! read too), and what each call costs.

mod support;

use govm_core::{Address, Call, ErrorCode};
use govm_runtime::gas::{CALL_BASE_GAS, bytes_gas};
use govm_runtime::{Engine, HOST_FUNCTIONS, HostFunction};
use govm_state::MemoryStore;
use serde_json::Value;
use support::{abi, call, deploy, engine, failure, info, module_with, run_once};

const IMPORTS: &str = r#"
    (import "govm" "input" (func $input (param i32)))
    (import "govm" "output" (func $output (param i32 i32)))
    (import "govm" "sha256" (func $sha256 (param i32 i32 i32)))
    (import "govm" "keccak256" (func $keccak256 (param i32 i32 i32)))
    (import "govm" "blake2b_256" (func $blake2b_256 (param i32 i32 i32)))
    (import "govm" "blake2b_512" (func $blake2b_512 (param i32 i32 i32)))
    (import "govm" "ed25519_verify" (func $ed25519_verify (param i32 i32 i32 i32) (result i32)))
    (import "govm" "secp256k1_verify" (func $secp256k1_verify (param i32 i32 i32 i32) (result i32)))
    (import "govm" "secp256k1_recover" (func $secp256k1_recover (param i32 i32 i32 i32) (result i32)))"#;

/// A contract with a function of each name. The arguments lie at 64, after the header: what has a fixed length first, then
/// what is left of the input's length in local 1. The result is at `$out`, behind the longest input.
fn vectors_contract() -> Vec<u8> {
    let functions = [
        (
            "blake2b_256",
            "(call $blake2b_256 (i32.const 64) (call $rest (local.get 1) (i32.const 0)) (global.get $out))",
            32,
        ),
        (
            "blake2b_512",
            "(call $blake2b_512 (i32.const 64) (call $rest (local.get 1) (i32.const 0)) (global.get $out))",
            64,
        ),
        // Key, signature, message.
        (
            "ed25519_verify",
            "(i32.store8 (global.get $out) (call $ed25519_verify
                (i32.const 64) (i32.const 160) (call $rest (local.get 1) (i32.const 96)) (i32.const 96)))",
            1,
        ),
        (
            "keccak256",
            "(call $keccak256 (i32.const 64) (call $rest (local.get 1) (i32.const 0)) (global.get $out))",
            32,
        ),
        // Hash, signature, recovery id; the answer is the flag and the key.
        (
            "secp256k1_recover",
            "(i32.store8 (global.get $out) (call $secp256k1_recover
                (i32.const 64) (i32.const 96) (i32.load (i32.const 160)) (i32.add (global.get $out) (i32.const 1))))",
            66,
        ),
        // Hash, signature, key.
        (
            "secp256k1_verify",
            "(i32.store8 (global.get $out) (call $secp256k1_verify
                (i32.const 160) (call $rest (local.get 1) (i32.const 96)) (i32.const 64) (i32.const 96)))",
            1,
        ),
        ("sha256", "(call $sha256 (i32.const 64) (call $rest (local.get 1) (i32.const 0)) (global.get $out))", 32),
    ];
    let names = functions.map(|(name, ..)| name);
    let bodies: String = functions
        .iter()
        .enumerate()
        .map(|(at, (_, body, bytes))| {
            format!(
                "(if (i32.eq (local.get 0) (i32.const {at}))
                    (then {body} (call $output (global.get $out) (i32.const {bytes})) (return (i32.const 0))))"
            )
        })
        .collect();
    let fields = format!(
        r#"{IMPORTS} (memory (export "memory") 20) (global $out i32 (i32.const 1200000)) (func (export "_initialize"))
           (func $rest (param i32 i32) (result i32)
               (i32.sub (local.get 0) (i32.add (i32.const 64) (local.get 1))))
           (func (export "govm_call") (param i32 i32) (result i32) (call $input (i32.const 0)) {bodies} (i32.const 14))"#
    );
    module_with(&fields, &abi(&names))
}

struct World {
    engine: Engine<MemoryStore>,
    contract: Address,
}

impl World {
    fn new() -> Self {
        let engine = engine();
        let [contract] = deploy(&engine, [&vectors_contract()]);
        Self { engine, contract }
    }

    fn request(&self, function: &str, args: Vec<u8>) -> Call {
        Call { args, ..call(self.contract, function) }
    }

    fn output(&self, function: &str, args: Vec<u8>) -> Vec<u8> {
        let receipt = self.engine.query(&self.request(function, args), info().time_ns).unwrap().executed.receipt;
        assert!(receipt.is_ok(), "{:?}", receipt.error());
        receipt.output.clone()
    }

    fn gas_used(&self, function: &str, args: Vec<u8>) -> u64 {
        let receipt = self.engine.query(&self.request(function, args), info().time_ns).unwrap().executed.receipt;
        assert!(receipt.is_ok(), "{:?}", receipt.error());
        receipt.gas_used
    }
}

fn vectors(kind: &str) -> Vec<Value> {
    let document: Value = serde_json::from_str(include_str!("crypto_vectors.json")).unwrap();
    document[kind].as_array().unwrap().clone()
}

fn bytes(vector: &Value, name: &str) -> Vec<u8> {
    hex::decode(vector[name].as_str().unwrap()).unwrap()
}

#[test]
fn hashes_are_those_of_the_vectors() {
    let world = World::new();
    let vectors = vectors("hashes");
    assert_eq!(vectors.len(), 107);
    for vector in vectors {
        let input = bytes(&vector, "input").repeat(vector["repeat"].as_u64().unwrap() as usize);
        let output = world.output(vector["function"].as_str().unwrap(), input);
        assert_eq!(output, bytes(&vector, "output"), "{}: {}", vector["function"], vector["about"]);
    }
}

#[test]
fn an_ed25519_signature_holds_only_in_its_one_canonical_form() {
    let world = World::new();
    let vectors = vectors("ed25519");
    assert_eq!((vectors.len(), vectors.iter().filter(|vector| vector["valid"] == true).count()), (67, 5));
    for vector in vectors {
        let args = ["key", "signature", "message"].map(|name| bytes(&vector, name)).concat();
        let expected = [u8::from(vector["valid"] == true)];
        assert_eq!(world.output("ed25519_verify", args), expected, "{vector}");
    }
}

#[test]
fn a_secp256k1_signature_holds_only_in_its_one_canonical_form() {
    let world = World::new();
    let vectors = vectors("secp256k1_verify");
    assert_eq!((vectors.len(), vectors.iter().filter(|vector| vector["valid"] == true).count()), (50, 10));
    for vector in vectors {
        let args = ["hash", "signature", "key"].map(|name| bytes(&vector, name)).concat();
        let expected = [u8::from(vector["valid"] == true)];
        assert_eq!(world.output("secp256k1_verify", args), expected, "{vector}");
    }
}

#[test]
fn a_secp256k1_key_is_recovered_or_there_is_none() {
    let world = World::new();
    let vectors = vectors("secp256k1_recover");
    assert_eq!((vectors.len(), vectors.iter().filter(|vector| vector["key"] != "").count()), (84, 16));
    for vector in vectors {
        let id = u32::try_from(vector["recovery_id"].as_u64().unwrap()).unwrap();
        let args = [bytes(&vector, "hash"), bytes(&vector, "signature"), id.to_le_bytes().to_vec()].concat();
        let key = bytes(&vector, "key");
        let expected = if key.is_empty() { vec![0; 66] } else { [&[1], key.as_slice()].concat() };
        assert_eq!(world.output("secp256k1_recover", args), expected, "{vector}");
    }
}

fn crypto_functions() -> impl Iterator<Item = &'static HostFunction> {
    HOST_FUNCTIONS.iter().filter(|function| function.family == "crypto")
}

#[test]
fn each_byte_costs_what_the_list_says() {
    let world = World::new();
    let mut functions = 0;
    for function in crypto_functions().filter(|function| function.per_byte_gas > 0) {
        let fixed = if function.name == "ed25519_verify" { 96 } else { 0 };
        let short = world.gas_used(function.name, vec![0; fixed]);
        let long = world.gas_used(function.name, vec![0; fixed + 80_000]);
        // The call itself and `input` move the bytes too, and `input` costs 3 for each.
        let expected = 3 * bytes_gas(80_000) + 80_000 * (3 + function.per_byte_gas);
        assert_eq!(long - short, expected, "{}", function.name);
        functions += 1;
    }
    assert_eq!(functions, 5);
}

#[test]
fn the_price_is_taken_before_the_work() {
    for function in crypto_functions() {
        let args = |len: &str| {
            let arg = |param: &govm_runtime::Param| match param.kind {
                govm_runtime::ParamKind::Len => format!("(i32.const {len})"),
                _ => "(i32.const 64)".to_owned(),
            };
            function.params.iter().map(arg).collect::<String>()
        };
        let body = |len: &str| {
            let drop = if function.returns == govm_runtime::Returns::Nothing { "" } else { "drop" };
            format!("(func $f0 (result i32) (call ${} {}) {drop} (i32.const 0))", function.name, args(len))
        };
        let engine = engine();
        let [address] = deploy(&engine, [&support::contract(&["run"], IMPORTS, &body("65"))]);
        let query = |gas_limit| engine.query(&Call { gas_limit, ..call(address, "run") }, 0).unwrap().executed.receipt;
        let used = query(support::GAS).gas_used;
        assert!(query(used).is_ok(), "{}", function.name);
        assert_eq!(failure(&query(used - 1)).0, ErrorCode::OutOfGas, "{}", function.name);
        assert!(used - CALL_BASE_GAS > function.base_gas, "{}", function.name);
        if function.per_byte_gas > 0 {
            // Two gibibytes that are not there: who cannot pay for them is told that first.
            let receipt = run_once(IMPORTS, &body("0x7fffffff"));
            assert_eq!(failure(&receipt).0, ErrorCode::OutOfGas, "{}", function.name);
            let receipt = run_once(IMPORTS, &body("65536"));
            assert_eq!(failure(&receipt).0, ErrorCode::Trap, "{}", function.name);
        }
    }
}
