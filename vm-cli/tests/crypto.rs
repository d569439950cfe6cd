//! The SDK's package `crypto` as contracts see it: the vectors of the host functions, through Go.

mod common;

use govm_codec::{Value, args, decode_results, encode_args};
use govm_core::{BlockInfo, Call};
use govm_runtime::{ContractInfo, Engine};
use govm_state::MemoryStore;
use serde_json::Value as Json;

use common::{GAS_LIMIT, SENDER};

struct World {
    engine: Engine<MemoryStore>,
    contract: ContractInfo,
}

impl World {
    fn new() -> Self {
        let wasm = common::build_in_process(&common::testdata("vectors.go"));
        let (engine, contract) = common::deployed(&wasm, &common::code_cache(), BlockInfo::default());
        Self { engine, contract }
    }

    fn ask(&self, function: &str, values: &[Value]) -> Value {
        let (abi, contract) = (&self.contract.abi, self.contract.address);
        let (_, declared) = abi.function(function).unwrap();
        let args = encode_args(abi, declared, values).unwrap();
        let call =
            Call { sender: SENDER, contract, function: function.to_owned(), args, value: 0, gas_limit: GAS_LIMIT };
        let receipt = self.engine.query(&call, 0).unwrap().executed.receipt;
        assert!(receipt.is_ok(), "{function}: {:?}", receipt.error());
        decode_results(abi, declared, &receipt.output).unwrap().remove(0)
    }
}

#[test]
fn a_go_contract_computes_what_the_vectors_say() {
    let path = common::repository("vm-runtime/tests/crypto_vectors.json");
    let vectors: Json = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let rows = |kind: &str| vectors[kind].as_array().unwrap().clone();
    let bytes = |row: &Json, name: &str| Value::from(unhex(row[name].as_str().unwrap()).as_slice());
    let world = World::new();
    let mut asked = 0;
    let mut check = |row: &Json, function: &str, values: &[Value], expected: Value| {
        assert_eq!(world.ask(function, values), expected, "{row}");
        asked += 1;
    };
    for row in rows("hashes") {
        let repeat = u32::try_from(row["repeat"].as_u64().unwrap()).unwrap();
        let values = args![row["function"].as_str().unwrap(), unhex(row["input"].as_str().unwrap()).as_slice(), repeat];
        check(&row, "Hash", &values, bytes(&row, "output"));
    }
    for row in rows("ed25519") {
        let values = ["key", "message", "signature"].map(|name| bytes(&row, name));
        check(&row, "Ed25519", &values, Value::from(row["valid"] == true));
    }
    for row in rows("secp256k1_verify") {
        let values = ["key", "hash", "signature"].map(|name| bytes(&row, name));
        check(&row, "Secp256k1", &values, Value::from(row["valid"] == true));
    }
    for row in rows("secp256k1_recover") {
        // Go's recovery id is a byte.
        let Ok(id) = u8::try_from(row["recovery_id"].as_u64().unwrap()) else { continue };
        let values = [bytes(&row, "hash"), bytes(&row, "signature"), Value::from(id)];
        check(&row, "Recover", &values, bytes(&row, "key"));
    }
    assert_eq!(asked, 107 + 67 + 50 + 81);
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<char> = text.chars().collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap()).collect()
}
