//! The ownership rules as contracts meet them: every combination of who runs, who calls, who owns and what is tried, through
//! the host functions. A refusal is `unauthorized` and leaves the state as it was, to the byte.

mod support;

use std::collections::BTreeSet;

use govm_core::{Address, Call, ErrorCode, Ledger, ObjectId, StateStore};
use govm_runtime::Engine;
use govm_state::MemoryStore;
use support::{ALICE, call, deploy, engine, imports, module_with, run};

const THIRD: Address = Address::from_bytes([0x33; 20]);

/// What is tried on an object: the function's name, the host call, and whether it changes something. The object's id is at
/// 64, an address at 96, the field `k` exists and `m` does not. All names have 4 letters, so that a caller can pass them on.
const ATTEMPTS: [(&str, &str, bool); 8] = [
    ("open", "(call $object_open (i32.const 64) (i32.const 200))", false),
    ("read", "(call $field_get (i32.const 64) (i32.const 300) (i32.const 1) (i32.const 200) (i32.const 72))", false),
    ("list", "(call $field_next (i32.const 64) (i32.const 300) (i32.const 0) (i32.const 200) (i32.const 72))", false),
    ("edit", "(call $field_set (i32.const 64) (i32.const 300) (i32.const 1) (i32.const 302) (i32.const 2))", true),
    ("fill", "(call $field_set (i32.const 64) (i32.const 301) (i32.const 1) (i32.const 302) (i32.const 2))", true),
    ("drop", "(call $field_delete (i32.const 64) (i32.const 300) (i32.const 1))", true),
    ("give", "(call $object_set_owner (i32.const 64) (i32.const 96))", true),
    ("kill", "(call $object_delete (i32.const 64))", true),
];

/// A contract with a function for each attempt. Each answers with the code of the refusal (0 if there is none) in 4 bytes
/// and its message, and never fails itself: what the host function did would stand.
///
/// `make` creates an object with the field `k` and gives it to the address at 96; it answers with the id. `find` looks for
/// an object of the address at 96. `next` looks for an object of the contract above the id at 64. `pass` calls the contract
/// at 64, function at 84, with the 58 bytes at 88 as encoded arguments, and answers with what that call answered.
fn prober() -> Vec<u8> {
    let mut functions: Vec<(&str, String)> = ATTEMPTS.map(|(name, host_call, _)| (name, answer(host_call))).into();
    functions.push((
        "make",
        "(drop (call $object_create (i32.const 200)))
         (drop (call $field_set (i32.const 200) (i32.const 300) (i32.const 1) (i32.const 303) (i32.const 2)))
         (drop (call $object_set_owner (i32.const 200) (i32.const 96)))
         (call $output (i32.const 200) (i32.const 32))"
            .to_owned(),
    ));
    functions.push(("find", answer("(call $object_find (i32.const 96) (i32.const 200))")));
    functions.push(("next", answer("(call $object_next (i32.const 64) (i32.const 200))")));
    functions.push((
        "pass",
        "(call $output (i32.const 1000) (i32.wrap_i64 (call $call (i32.const 64) (i32.const 84) (i32.const 4)
            (i32.const 88) (i32.const 58) (i64.const 0) (i64.const 0) (i32.const 1000) (i32.const 5000))))"
            .to_owned(),
    ));
    functions.sort();
    let bodies: String =
        functions.iter().map(|(name, body)| format!("(func ${name} (call $input (i32.const 0)) {body})")).collect();
    let dispatch: String = (0..)
        .zip(&functions)
        .map(|(at, (name, _)): (i32, _)| format!("(if (i32.eq (local.get 0) (i32.const {at})) (then (call ${name})))"))
        .collect();
    let fields = format!(
        r#"{} (memory (export "memory") 1) (func (export "_initialize")) (data (i32.const 300) "km\02\01\02\00") {bodies}
           (func (export "govm_call") (param i32 i32) (result i32) {dispatch} (i32.const 0))"#,
        imports()
    );
    module_with(&fields, &abi(&functions))
}

/// Outputs the code that a host call answers with, be it a code or minus it, and the message.
fn answer(host_call: &str) -> String {
    let code = if host_call.starts_with("(call $field_get") || host_call.starts_with("(call $field_next") {
        format!("(i32.wrap_i64 (i64.sub (i64.const 0) {host_call}))")
    } else {
        host_call.to_owned()
    };
    format!(
        "(i32.store (i32.const 1000) {code})
         (call $output (i32.const 1000) (i32.add (i32.const 4)
            (i32.wrap_i64 (call $last_error (i32.const 1004) (i32.const 1000)))))"
    )
}

/// Everything but `pass` takes an id and an address.
fn abi(functions: &[(&str, String)]) -> String {
    let function = |(name, _): &(&str, String)| {
        let params =
            if *name == "pass" { "" } else { r#"{"name":"id","type":"ObjectID"},{"name":"address","type":"Address"}"# };
        format!(r#"{{"name":"{name}","params":[{params}],"results":[]}}"#)
    };
    let functions = functions.iter().map(function).collect::<Vec<_>>().join(",");
    format!(r#"{{"abi_version":1,"name":"prober","codec":"borsh","functions":[{functions}]}}"#)
}

/// What a function of a prober answered.
#[derive(Debug, PartialEq, Eq)]
struct Answer {
    code: u32,
    message: String,
    wrote: bool,
}

/// Three probers: the one that creates objects, another, and one that passes calls on.
struct World {
    engine: Engine<MemoryStore>,
    creator: Address,
    other: Address,
    caller: Address,
    /// The digest of no writes.
    nothing: govm_core::Hash,
}

impl World {
    fn new() -> Self {
        let engine = engine();
        let wasm = prober();
        let [creator, other, caller] = deploy(&engine, [&wasm, &wasm, &wasm]);
        let nothing = run(&engine, &Call { args: vec![0; 52], ..call(creator, "open") }).receipt.writes;
        Self { engine, creator, other, caller, nothing }
    }

    /// A new object of the creator that `owner` owns.
    fn object(&self, owner: Address) -> ObjectId {
        let args = [&[0; 32], owner.as_ref()].concat();
        let receipt = run(&self.engine, &Call { args, ..call(self.creator, "make") }).receipt;
        let id = ObjectId::from_slice(&receipt.output).unwrap();
        let ledger = Ledger::new(self.engine.store().snapshot().unwrap().state);
        let object = ledger.object(&id).unwrap().unwrap();
        assert_eq!((object.contract, object.owner, object.fields), (self.creator, owner, 1));
        id
    }

    /// Has `sender`, an account or a prober, call a function of a prober in a block of its own.
    fn answer(&self, sender: Address, contract: Address, function: &str, id: &ObjectId, address: Address) -> Answer {
        let call = if sender == ALICE {
            Call { args: [id.as_ref(), address.as_ref()].concat(), ..call(contract, function) }
        } else {
            // Two self-describing values: an ObjectID and an Address.
            let args = [&[2, 0, 0, 0, 0x13], id.as_ref(), &[0x12], address.as_ref()].concat();
            let args = [contract.as_ref(), function.as_bytes(), &args].concat();
            Call { args, ..call(sender, "pass") }
        };
        let receipt = run(&self.engine, &call).receipt;
        assert!(receipt.is_ok() && receipt.events.is_empty(), "{receipt:?}");
        let (code, message) = receipt.output.split_at(4);
        Answer {
            code: u32::from_le_bytes(code.try_into().unwrap()),
            message: String::from_utf8(message.to_vec()).unwrap(),
            wrote: receipt.writes != self.nothing,
        }
    }
}

#[test]
fn every_combination_is_allowed_or_refused_as_the_rules_say() {
    let world = World::new();
    let World { creator, other, caller, .. } = world;
    let (mut allowed, mut refused) = (0, 0);
    for (contract, senders) in [(creator, [ALICE, caller, other]), (other, [ALICE, caller, creator])] {
        for sender in senders {
            // The caller, the contract that runs, somebody else; and whoever else has a part in it.
            for owner in BTreeSet::from([sender, contract, THIRD, creator, other]) {
                for (function, _, changes) in ATTEMPTS {
                    let case = format!("{function}: {contract} called by {sender}, owner {owner}");
                    let id = world.object(owner);
                    let before = support::state(&world.engine);
                    let found = world.answer(sender, contract, function, &id, THIRD);
                    let may = contract == creator && (!changes || owner == sender || owner == contract);
                    if may {
                        allowed += 1;
                        assert_eq!((found.message.as_str(), found.wrote), ("", changes), "{case}");
                        assert_eq!(support::state(&world.engine) != before, changes, "{case}");
                    } else {
                        refused += 1;
                        let message = if contract == creator {
                            format!("object {id} is owned by {owner}, not by the caller {sender}")
                        } else {
                            format!("object {id} was created by contract {creator}, not by {contract}")
                        };
                        let code = ErrorCode::Unauthorized.number();
                        assert_eq!(found, Answer { code, message, wrote: false }, "{case}");
                        assert!(support::state(&world.engine) == before, "{case}: a refusal changed the state");
                    }
                }
            }
        }
    }
    // Three callers of each contract and 11 owners make 22 situations for 8 attempts. The creator has 3 reads in 11 of them,
    // and 5 changes where its caller or itself owns the object, which is 2 for each caller.
    assert_eq!((allowed, refused), (3 * 11 + 5 * 2 * 3, 22 * 8 - 3 * 11 - 5 * 2 * 3));
}

#[test]
fn what_was_allowed_was_done() {
    let world = World::new();
    let object = |id: &ObjectId| {
        let ledger = Ledger::new(world.engine.store().snapshot().unwrap().state);
        let fields = ledger.fields(id, None, 10).unwrap();
        let fields: Vec<(String, Vec<u8>)> = fields.into_iter().map(|(name, value)| (name.into(), value)).collect();
        ledger.object(id).unwrap().map(|object| (object.owner, fields))
    };
    let field = |name: &str, value: [u8; 2]| (name.to_owned(), value.to_vec());
    let (old, new) = ([1, 2], [2, 1]);
    let table = [
        ("edit", Some((ALICE, vec![field("k", new)]))),
        ("fill", Some((ALICE, vec![field("k", old), field("m", new)]))),
        ("drop", Some((ALICE, vec![]))),
        ("give", Some((THIRD, vec![field("k", old)]))),
        ("kill", None),
    ];
    for (function, expected) in table {
        let id = world.object(ALICE);
        assert_eq!(object(&id), Some((ALICE, vec![field("k", old)])));
        world.answer(ALICE, world.creator, function, &id, THIRD);
        assert_eq!(object(&id), expected, "{function}");
    }
}

#[test]
fn a_contract_finds_and_lists_its_own_objects_only() {
    let world = World::new();
    let World { creator, other, .. } = world;
    world.object(ALICE);
    let none = |message: String| Answer { code: ErrorCode::ObjectNotFound.number(), message, wrote: false };
    let found = Answer { code: 0, message: String::new(), wrote: false };
    for sender in [ALICE, world.caller] {
        let find = |contract, owner| world.answer(sender, contract, "find", &ObjectId::ZERO, owner);
        assert_eq!(find(creator, ALICE), found);
        assert_eq!(find(other, ALICE), none(format!("{ALICE} owns no object of this contract")));
        // Each has its default object; the other one has nothing after that.
        let default_object = govm_core::default_object_id(&other);
        let next = |after: ObjectId| world.answer(sender, other, "next", &after, ALICE);
        assert_eq!(next(ObjectId::ZERO), found);
        assert_eq!(next(default_object), none(format!("this contract has no object after {default_object}")));
    }
}
