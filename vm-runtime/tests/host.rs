//! What contracts can do through host functions, and what they cannot.

mod support;

use govm_core::limits::MAX_ARGS_BYTES;
use govm_core::{Address, Call, ErrorCode, Ledger, ObjectId, StateStore, default_object_id};
use govm_runtime::{HOST_FUNCTIONS, Returns};
use support::{ALICE, BOB, GAS, call, contract, deploy, engine, failure, imports, info, run, run_once};

#[test]
fn the_input_is_header_and_arguments_and_the_output_goes_back() {
    let echo =
        "(func $f0 (result i32) (call $input (i32.const 0)) (call $output (i32.const 0) (i32.const 67)) (i32.const 0))";
    let engine = engine();
    let [address] = deploy(&engine, [&contract(&["run!"], &imports(), echo)]);
    let mut block = engine.begin_block(info()).unwrap();
    block.credit(&ALICE, 7).unwrap();
    let paid = Call { args: vec![1, 2, 3], value: 7, ..call(address, "run") };
    let output = block.call(&paid).unwrap().receipt.output.clone();
    let expected = [
        ALICE.as_ref(),
        address.as_ref(),
        &7_u64.to_le_bytes(),
        &2_u64.to_le_bytes(),
        &support::TIME_NS.to_le_bytes(),
        &[1, 2, 3],
    ]
    .concat();
    assert_eq!(output, expected);
}

#[test]
fn arguments_over_their_bound_never_reach_the_contract() {
    let engine = engine();
    let [address] = deploy(&engine, [&contract(&["run"], "", "(func $f0 (result i32) (i32.const 0))")]);
    let most = Call { args: vec![0; MAX_ARGS_BYTES], ..call(address, "run") };
    assert!(run(&engine, &most).receipt.is_ok(), "a contract that does not read its input does not pay for it");
    let over = Call { args: vec![0; MAX_ARGS_BYTES + 1], ..most };
    let expected = (ErrorCode::LimitExceeded, "arguments of 1048577 bytes, at most 1048576 are allowed");
    assert_eq!(failure(&run(&engine, &over).receipt), expected);
}

#[test]
fn an_object_lives_across_calls_and_obeys_its_owner() {
    // create: a new object, its field `k` set to 2 bytes, given to the caller. get: the field of the first object that
    // the caller owns. set: writes that field. The name is at 200, the owner (sender) at 0, the record at 100.
    let fields = r#"(data (i32.const 200) "k")
        (func $f0 (result i32)
            (call $input (i32.const 0))
            (drop (call $object_create (i32.const 100)))
            (drop (call $field_set (i32.const 100) (i32.const 200) (i32.const 1) (i32.const 300) (i32.const 2)))
            (call $output (i32.const 100) (i32.const 72))
            (call $object_set_owner (i32.const 100) (i32.const 0)))
        (func $f1 (result i32) (local i32)
            (call $input (i32.const 0))
            (local.set 0 (call $object_find (i32.const 0) (i32.const 100)))
            (if (local.get 0) (then (return (local.get 0))))
            (call $output (i32.const 400) (i32.wrap_i64
                (call $field_get (i32.const 100) (i32.const 200) (i32.const 1) (i32.const 400) (i32.const 9))))
            (i32.const 0))
        (func $f2 (result i32)
            (call $input (i32.const 0))
            (call $field_set (i32.const 64) (i32.const 200) (i32.const 1) (i32.const 300) (i32.const 3)))"#;
    let engine = engine();
    let [address] = deploy(&engine, [&contract(&["create", "get", "set"], &imports(), fields)]);

    let created = run(&engine, &call(address, "create")).receipt;
    let id = ObjectId::from_slice(&created.output[..32]).unwrap();
    assert_eq!(&created.output[32..52], address.as_ref(), "created by the contract");
    assert_eq!(&created.output[52..], address.as_ref(), "and owned by it, when it was made");
    let ledger = Ledger::new(engine.store().snapshot().unwrap().state);
    assert_eq!(ledger.object(&id).unwrap().unwrap().owner, ALICE);

    assert_eq!(run(&engine, &call(address, "get")).receipt.output, [0, 0]);
    let bobs = run(&engine, &Call { sender: BOB, ..call(address, "get") }).receipt;
    assert_eq!(failure(&bobs), (ErrorCode::ObjectNotFound, ""));

    let set = |sender| Call { sender, args: id.as_bytes().to_vec(), ..call(address, "set") };
    assert_eq!(failure(&run(&engine, &set(BOB)).receipt), (ErrorCode::Unauthorized, ""));
    assert_eq!(run(&engine, &call(address, "get")).receipt.output, [0, 0], "a refusal changes nothing");
    assert!(run(&engine, &set(ALICE)).receipt.is_ok());
    assert_eq!(run(&engine, &call(address, "get")).receipt.output, [0, 0, 0]);
}

#[test]
fn the_zero_id_is_the_default_object() {
    let open = "(func $f0 (result i32) (drop (call $object_open (i32.const 0) (i32.const 100)))
        (call $output (i32.const 100) (i32.const 32)) (i32.const 0))";
    let engine = engine();
    let [address] = deploy(&engine, [&contract(&["run"], &imports(), open)]);
    assert_eq!(run(&engine, &call(address, "run")).receipt.output, default_object_id(&address).as_bytes());
}

#[test]
fn the_message_of_a_refusal_can_be_read() {
    let refused = "(func $f0 (result i32) (local i32)
        (i32.store (i32.const 0) (i32.const 1))
        (local.set 0 (call $object_delete (i32.const 0)))
        (call $output (i32.const 100) (i32.wrap_i64 (call $last_error (i32.const 100) (i32.const 500))))
        (local.get 0))";
    let receipt = run_once(&imports(), refused);
    let id = ObjectId::from_bytes(std::array::from_fn(|at| u8::from(at == 0)));
    assert_eq!(failure(&receipt), (ErrorCode::ObjectNotFound, format!("there is no object {id}").as_str()));
}

#[test]
fn data_that_does_not_fit_the_buffer_is_taken_afterwards() {
    let fields = r#"(data (i32.const 200) "k") (data (i32.const 300) "0123456789")
        (func $f0 (result i32)
            (drop (call $object_create (i32.const 100)))
            (drop (call $field_set (i32.const 100) (i32.const 200) (i32.const 1) (i32.const 300) (i32.const 10)))
            (drop (call $field_get (i32.const 100) (i32.const 200) (i32.const 1) (i32.const 400) (i32.const 9)))
            (drop (call $take (i32.const 401) (i32.const 10)))
            (call $output (i32.const 400) (i32.const 12))
            (call $take (i32.const 400) (i32.const 1)))"#;
    let engine = engine();
    let [address] = deploy(&engine, [&contract(&["run"], &imports(), fields)]);
    let receipt = run(&engine, &call(address, "run")).receipt;
    assert_eq!(failure(&receipt), (ErrorCode::InvalidArgument, "\x000123456789\0"), "the second take finds nothing");
}

#[test]
fn a_pointer_outside_memory_ends_the_call_whatever_the_function() {
    for function in HOST_FUNCTIONS.iter().filter(|function| !function.params.is_empty()) {
        for bad in ["-1", "65536", "65530"] {
            let args: String = function
                .params
                .iter()
                .map(|param| match param.kind {
                    govm_runtime::ParamKind::Amount => "(i64.const 0)".to_owned(),
                    govm_runtime::ParamKind::Len => "(i32.const 16)".to_owned(),
                    _ => format!("(i32.const {bad})"),
                })
                .collect();
            let drop = if function.returns == Returns::Nothing { "" } else { "drop" };
            let body = format!("(func $f0 (result i32) (call ${} {args}) {drop} (i32.const 0))", function.name);
            let receipt = run_once(&imports(), &body);
            // `take` and `last_error` have nothing to copy here, and nothing goes anywhere.
            if !matches!(function.name, "take" | "last_error") {
                let expected = (ErrorCode::Trap, "a host function was given memory that the contract does not have");
                assert_eq!(failure(&receipt), expected, "{} {bad}", function.name);
            }
        }
    }
}

#[test]
fn a_view_writes_nothing_and_a_function_that_is_not_payable_takes_nothing() {
    for function in HOST_FUNCTIONS.iter().filter(|function| function.writes) {
        let args: String = function
            .params
            .iter()
            .map(|param| if param.kind == govm_runtime::ParamKind::Amount { "(i64.const 0)" } else { "(i32.const 0)" })
            .collect();
        let body = format!("(func $f0 (result i32) (call ${} {args}))", function.name);
        let engine = engine();
        let [address] = deploy(&engine, [&contract(&["run?"], &imports(), &body)]);
        assert_eq!(failure(&run(&engine, &call(address, "run")).receipt).0, ErrorCode::ReadOnly, "{}", function.name);
    }
    let engine = engine();
    let [address] = deploy(&engine, [&contract(&["run"], "", "(func $f0 (result i32) (i32.const 0))")]);
    let mut block = engine.begin_block(info()).unwrap();
    block.credit(&ALICE, 5).unwrap();
    let receipt = block.call(&Call { value: 5, ..call(address, "run") }).unwrap().receipt;
    assert_eq!(failure(&receipt), (ErrorCode::NotPayable, "the function run takes no value"));
}

#[test]
fn value_moves_with_a_call_and_comes_back_if_it_fails() {
    let fields = "(func $f0 (result i32) (i32.const 0)) (func $f1 (result i32) (i32.const 1))
        (func $f2 (result i32) (call $input (i32.const 0)) (call $transfer (i32.const 64) (i64.const 3)))";
    let engine = engine();
    let [address] = deploy(&engine, [&contract(&["keep!", "fail!", "pay"], &imports(), fields)]);
    let mut block = engine.begin_block(info()).unwrap();
    block.credit(&ALICE, 10).unwrap();
    let pay = |function, value| Call { value, ..call(address, function) };
    assert!(block.call(&pay("keep", 6)).unwrap().receipt.is_ok());
    assert_eq!(failure(&block.call(&pay("fail", 4)).unwrap().receipt), (ErrorCode::Reverted, ""));
    let broke = block.call(&pay("keep", 5)).unwrap().receipt;
    assert_eq!(failure(&broke), (ErrorCode::InsufficientFunds, format!("{ALICE} has 4, needs 5").as_str()));
    let out = Call { args: BOB.as_bytes().to_vec(), ..call(address, "pay") };
    assert!(block.call(&out).unwrap().receipt.is_ok());
    assert!(block.call(&out).unwrap().receipt.is_ok());
    assert_eq!(failure(&block.call(&out).unwrap().receipt).0, ErrorCode::InsufficientFunds);
    block.commit().unwrap();
    let ledger = Ledger::new(engine.store().snapshot().unwrap().state);
    let balances = [ALICE, BOB, address].map(|who: Address| ledger.account(&who).unwrap().balance);
    assert_eq!(balances, [4, 6, 0]);
}

#[test]
fn a_failed_nested_call_undoes_its_own_work_only() {
    // The callee reports an event and sends back 1 unit to its caller; `bad` then fails.
    let callee = r#"(data (i32.const 200) "inner") (data (i32.const 300) "\00\00\00\00")
        (func $work (call $input (i32.const 0))
            (drop (call $emit (i32.const 200) (i32.const 5) (i32.const 300) (i32.const 4)))
            (drop (call $transfer (i32.const 0) (i64.const 1))))
        (func $f0 (result i32) (call $work) (i32.const 0))
        (func $f1 (result i32) (call $work) (call $output (i32.const 200) (i32.const 5)) (i32.const 1))"#;
    // The caller reports an event, then calls what its arguments name (address at 64, name of 3 or 4 bytes at 84) with 2
    // units and answers with the callee's code as its output.
    let caller = r#"(data (i32.const 200) "outer") (data (i32.const 300) "\00\00\00\00")
        (func $nested (param i32) (result i32)
            (call $input (i32.const 0))
            (drop (call $emit (i32.const 200) (i32.const 5) (i32.const 300) (i32.const 4)))
            (i64.store (i32.const 400) (call $call (i32.const 64) (i32.const 84) (local.get 0) (i32.const 300) (i32.const 4)
                (i64.const 2) (i64.const 0) (i32.const 500) (i32.const 100)))
            (call $output (i32.const 400) (i32.const 8))
            (i32.const 0))
        (func $f0 (result i32) (call $nested (i32.const 4)))
        (func $f1 (result i32) (call $nested (i32.const 3)))"#;
    let engine = engine();
    let [inner, outer] = deploy(
        &engine,
        [&contract(&["good!", "bad!"], &imports(), callee), &contract(&["four!", "three!"], &imports(), caller)],
    );
    let mut block = engine.begin_block(info()).unwrap();
    block.credit(&ALICE, 10).unwrap();
    let mut nested = |function: &str, target: Address, name: &str| {
        let args = [target.as_ref(), name.as_bytes()].concat();
        let receipt = block.call(&Call { value: 2, args, ..call(outer, function) }).unwrap().receipt;
        let events: Vec<String> = receipt.events.iter().map(|event| event.name.clone()).collect();
        (i64::from_le_bytes(receipt.output[..].try_into().unwrap()), events)
    };
    assert_eq!(nested("four", inner, "good"), (0, vec!["outer".to_owned(), "inner".to_owned()]));
    assert_eq!(nested("three", inner, "bad"), (-1, vec!["outer".to_owned()]), "reverted");
    assert_eq!(nested("three", inner, "sad"), (-14, vec!["outer".to_owned()]), "function_not_found");
    assert_eq!(nested("three", BOB, "bad"), (-13, vec!["outer".to_owned()]), "contract_not_found");
    assert_eq!(nested("four", outer, "four"), (-19, vec!["outer".to_owned()]), "reentrant");
    block.commit().unwrap();
    let ledger = Ledger::new(engine.store().snapshot().unwrap().state);
    let balances = [ALICE, outer, inner].map(|who: Address| ledger.account(&who).unwrap().balance);
    assert_eq!(balances, [0, 9, 1], "2 came in each time; only the good call left 1 behind");
}

#[test]
fn the_host_cannot_be_called_while_a_module_initialises() {
    let wasm = support::module_with(
        &format!(
            r#"{} (memory (export "memory") 1) (func (export "_initialize") (drop (call $gas_left)))
            (func (export "govm_call") (param i32 i32) (result i32) (i32.const 0))"#,
            imports()
        ),
        &support::abi(&[]),
    );
    let engine = engine();
    let receipt = engine.begin_block(info()).unwrap().deploy(ALICE, &wasm, GAS).unwrap().receipt;
    let expected = "initialization_failed: the module called the host while it initialised";
    assert_eq!(failure(&receipt), (ErrorCode::InitializationFailed, expected));
}

#[test]
fn names_are_stepped_through_in_order_and_charged_by_what_is_read() {
    // `fill` writes the fields b (4 bytes), a (400 bytes) and ab. `next` answers with the name after the one of its arguments
    // (length at 64, name at 65) in the default object.
    let fields = r#"(data (i32.const 200) "ba")
        (func $set (param i32 i32 i32)
            (drop (call $field_set (i32.const 0) (local.get 0) (local.get 1) (i32.const 300) (local.get 2))))
        (func $f0 (result i32)
            (call $set (i32.const 200) (i32.const 1) (i32.const 4))
            (call $set (i32.const 201) (i32.const 1) (i32.const 400))
            (call $set (i32.const 200) (i32.const 2) (i32.const 4))
            (i32.const 0))
        (func $f1 (result i32)
            (call $input (i32.const 1000))
            (call $output (i32.const 2000) (i32.wrap_i64 (call $field_next (i32.const 0) (i32.const 1065)
                (i32.load8_u (i32.const 1064)) (i32.const 2000) (i32.const 100))))
            (i32.const 0))"#;
    let engine = engine();
    let [address] = deploy(&engine, [&contract(&["fill", "next"], &imports(), fields)]);
    assert!(run(&engine, &call(address, "fill")).receipt.is_ok());
    let mut gas = Vec::new();
    for (after, expected) in [("", "a"), ("a", "b"), ("b", "ba"), ("aa", "b"), ("ba", ""), ("bb", "")] {
        let args = [&[u8::try_from(after.len()).unwrap()], after.as_bytes()].concat();
        let receipt = run(&engine, &Call { args, ..call(address, "next") }).receipt;
        assert_eq!(String::from_utf8(receipt.output.clone()).unwrap(), expected, "after {after:?}");
        gas.push(receipt.gas_used);
    }
    // The base price is in each. Apart from that: a byte of a name costs 3 as input and 1 as argument, and a byte of the
    // value that is passed 1 and 4 for 1.
    assert_eq!(gas[0] - gas[3], 500 - 5 - 6 - 2, "400 bytes of a value instead of 4, and 2 fewer of a name");
}
