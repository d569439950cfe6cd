//! What must always hold of instrumented code, against a model: a program computes what it computed without gas, and
//! pays exactly for the operators that ran.

#[path = "support/programs.rs"]
mod programs;
mod support;

use govm_runtime::gas::{CALL_BASE_GAS, OpClass};
use programs::{CHECKSUM, Model, TRIPLE, programs};
use proptest::prelude::*;
use support::{call, contract, deploy, engine, run};

/// What the test contracts' dispatch costs around one function; see `metering.rs`.
const DISPATCH_GAS: u64 = 13;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_program_computes_the_same_and_pays_for_what_ran(program in programs()) {
        let text = programs::text(&program);
        let fields = format!(
            "{TRIPLE} (func $f0 (result i32) {text} (i32.store (i32.const 0) {CHECKSUM})
                (call $output (i32.const 0) (i32.const 4)) (i32.const 0))"
        );
        let import = r#"(import "govm" "output" (func $output (param i32 i32)))"#;
        let engine = engine();
        let [address] = deploy(&engine, [&contract(&["run"], import, &fields)]);
        let receipt = run(&engine, &call(address, "run")).receipt;

        let mut model = Model::default();
        let mut expected = Vec::new();
        if model.run(&program) {
            let [a, b, c] = model.variables;
            expected = (a ^ b ^ c).to_le_bytes().to_vec();
            // The store with its operands, the output's operands, its call, its price for 4 bytes, the result.
            model.pay(6 + 2 + 1, OpClass::Simple);
            model.pay(1, OpClass::Memory);
            model.pay(1, OpClass::Call);
            model.gas += 200 + 4 * 10 + 1;
        }
        prop_assert!(receipt.is_ok(), "{:?}", receipt);
        prop_assert_eq!(&receipt.output, &expected);
        prop_assert_eq!(receipt.gas_used, CALL_BASE_GAS + DISPATCH_GAS + model.gas);
    }
}
