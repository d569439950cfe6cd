//! Modules that mean harm before anybody calls them.

use govm_core::{Address, Call, ErrorCode};
use govm_runtime::{EngineConfig, HOST_FUNCTIONS, Returns, check_module};

use super::support::{self, ALICE, DEPLOY_GAS, abi, call, contract, deploy, failure, info, module_with};
use super::{World, calling, host_args, imports};

#[test]
fn an_initialisation_that_means_harm_is_no_deployment() {
    let world = World::new();
    let mut table: Vec<(String, String)> = [
        ("an endless loop", "(loop (br 0))", "out_of_gas: the gas limit is used up"),
        ("recursion", "(call $deeper)", "stack_overflow: calls are nested too deep"),
        ("a trap", "(unreachable)", "trap: unreachable code"),
        ("an exit", "(call $wasi_proc_exit (i32.const 0))", "exited: the contract's runtime ended with exit code 0"),
        (
            "all memory and a trap",
            "(loop (br_if 0 (i32.ne (memory.grow (i32.const 64)) (i32.const -1)))) (unreachable)",
            "out_of_memory: the memory limit is reached",
        ),
        (
            "a pointer past the end",
            "(drop (call $wasi_random_get (i32.const -1) (i32.const 8)))",
            "trap: a host function was given memory that the contract does not have",
        ),
    ]
    .iter()
    .map(|(_, body, message)| ((*body).to_owned(), (*message).to_owned()))
    .collect();
    for function in HOST_FUNCTIONS {
        let args = host_args(function, usize::MAX, "0");
        let body = calling(function.name, &args, function.returns != Returns::Nothing);
        table.push((body, "initialization_failed: the module called the host while it initialised".to_owned()));
    }
    for (body, expected) in table {
        let fields = format!(
            r#"{} (memory (export "memory") 1) (func $deeper (call $deeper)) (func (export "_initialize") {body})
            (func (export "govm_call") (param i32 i32) (result i32) (i32.const 0))"#,
            imports()
        );
        let before = support::state(&world.engine);
        let mut block = world.engine.begin_block(info()).unwrap();
        let receipt = block.deploy(ALICE, &module_with(&fields, &abi(&[])), DEPLOY_GAS).unwrap().receipt;
        block.commit().unwrap();
        assert_eq!(failure(&receipt), (ErrorCode::InitializationFailed, expected.as_str()), "{body}");
        assert!(support::state(&world.engine) == before, "{body}");
        world.serves_good_calls(&body);
    }
}

#[test]
fn segments_that_do_not_fit_are_no_deployment() {
    // A trap while the instance is made, before any code runs: it must not end the block.
    let world = World::new();
    for segment in [
        r#"(data (i32.const 65536) "x")"#,
        r#"(data (i32.const -1) "xy")"#,
        r#"(data (i32.const 65500) "x") (data (i32.const 65530) "1234567")"#,
        "(table 1 funcref) (func $g) (elem (i32.const 1) $g)",
        "(table 1 funcref) (func $g) (elem (i32.const -1) $g)",
    ] {
        let module = contract(&["run"], "", &format!("{segment} (func $f0 (result i32) (i32.const 0))"));
        let mut block = world.engine.begin_block(info()).unwrap();
        let receipt = block.deploy(ALICE, &module, DEPLOY_GAS).unwrap().receipt;
        block.commit().unwrap();
        let expected = (ErrorCode::InitializationFailed, "a segment lies outside the memory or the table");
        assert_eq!(failure(&receipt), expected, "{segment}");
        world.serves_good_calls(segment);
    }
}

#[test]
fn a_forged_abi_is_refused_or_leads_nowhere() {
    let world = World::new();
    let module = |abi: &str| {
        module_with(
            r#"(memory (export "memory") 1) (func (export "_initialize"))
            (func (export "govm_call") (param i32 i32) (result i32) (i32.add (local.get 0) (i32.const 100)))"#,
            abi,
        )
    };
    let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let many: Vec<String> = (0..100_000).map(|at| format!("f{at:06}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let good = abi(&["run"]);
    let refused = [
        String::new(),
        "null".to_owned(),
        "[]".to_owned(),
        "{}".to_owned(),
        nested.clone(),
        format!("{{\"abi_version\":{nested}}}"),
        good[..good.len() - 1].to_owned(),
        format!("{good}{good}"),
        good.replace("\"abi_version\":1", "\"abi_version\":4294967296"),
        good.replace("\"abi_version\":1", "\"abi_version\":2"),
        good.replace("borsh", "json"),
        good.replace("\"run\"", "\"\""),
        good.replace("\"run\"", "\"\\u0000\""),
        good.replace("\"params\":[]", "\"params\":[{\"name\":\"a\",\"type\":\"Missing\"}]"),
        abi(&["run", "run"]),
        abi(&many),
    ];
    for forged in refused {
        let mut block = world.engine.begin_block(info()).unwrap();
        let receipt = block.deploy(ALICE, &module(&forged), DEPLOY_GAS).unwrap().receipt;
        let shown = &forged[..forged.len().min(300)];
        assert!(!receipt.is_ok(), "deployed {shown}");
        assert_eq!(failure(&receipt).0, ErrorCode::InvalidModule, "{shown}");
        world.serves_good_calls(shown);
    }
    // Functions that the code does not know: it is asked, and answers as it likes.
    let [address] = deploy(&world.engine, [&module(&abi(&["a", "b", "run"]))]);
    assert_eq!(failure(&world.fails("a function that is not there", &call(address, "run"))).0, ErrorCode::Reverted);
    assert_eq!(failure(&world.fails("one not in the ABI", &call(address, "walk"))).0, ErrorCode::FunctionNotFound);
}

#[test]
fn a_module_cut_or_changed_at_every_byte_harms_nobody() {
    // Something of every section.
    let module = contract(
        &["run"],
        r#"(import "govm" "gas_left" (func $gas_left (result i64)))"#,
        r#"(type $t (func (param i32) (result i32))) (table 2 funcref) (elem (i32.const 0) $g) (global $n (mut i32) (i32.const 7))
           (data (i32.const 8) "data") (func $g (param i32) (result i32) (local.get 0))
           (func $f0 (result i32) (local i64)
               (local.set 0 (call $gas_left))
               (block (loop (br_table 0 1 (i32.wrap_i64 (local.get 0)))))
               (global.set $n (call_indirect (type $t) (i32.load (i32.const 8)) (i32.const 0)))
               (memory.fill (i32.const 0) (i32.const 0) (i32.const 9))
               (i32.const 0))"#,
    );
    let world = World::new();
    let config = EngineConfig::default();
    // Behind the ABI there are only the names that the text format keeps, which nothing needs.
    let abi_end = module.windows(2).rposition(|pair| pair == b"]}").unwrap() + 2;
    for length in 0..abi_end {
        assert!(check_module(&module[..length], &config).is_err(), "cut at {length}");
    }
    let mut deployed = 0;
    for at in 0..module.len() {
        for change in [|byte: u8| byte ^ 0x55, |byte: u8| byte.wrapping_add(1), |_| 0, |_| 0xff] {
            let mut changed = module.clone();
            changed[at] = change(module[at]);
            if changed == module || check_module(&changed, &config).is_err() {
                continue;
            }
            let mut block = world.engine.begin_block(info()).unwrap();
            let receipt = block.deploy(ALICE, &changed, DEPLOY_GAS).unwrap().receipt;
            if let (true, Some(address)) = (receipt.is_ok(), Address::from_slice(&receipt.output)) {
                let receipt = block.call(&Call { gas_limit: 100_000, ..call(address, "run") }).unwrap().receipt;
                assert!(receipt.gas_used <= 100_000, "byte {at}");
                deployed += 1;
            }
        }
    }
    assert!(deployed > 100, "{deployed} changes gave another module that runs");
    world.serves_good_calls("all of them");
}
