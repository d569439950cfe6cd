//! Host functions, called in a loop by a contract in an engine over a store on disk. Each function is there with as little
//! data as possible and, if it takes data, with a lot of it, so that both the base and the price of a byte show.

use crate::contracts::World;
use crate::{Table, Wanted};

/// A host function with arguments.
struct Case {
    name: &'static str,
    /// What the loop repeats. See [`World::contract`] for what lies where in memory.
    body: &'static str,
    /// How often a call does it.
    times: u32,
}

const fn case(name: &'static str, times: u32, body: &'static str) -> Case {
    Case { name, body, times }
}

/// What only looks, and what changes something that is not committed.
const CASES: &[Case] = &[
    case("gas_left", 20_000, "(drop (call $gas_left))"),
    case("input, again", 20_000, "(call $input (i32.const 4096))"),
    case("last_error, none", 20_000, "(drop (call $last_error (i32.const 4096) (i32.const 4096)))"),
    case("object_open", 5_000, "(drop (call $object_open (global.get $zero_id) (i32.const 4096)))"),
    case("object_open, of none", 5_000, "(drop (call $object_open (i32.const 20) (i32.const 4096)))"),
    case("object_find", 5_000, "(drop (call $object_find (i32.const 20) (i32.const 4096)))"),
    case("object_find, of none", 5_000, "(drop (call $object_find (i32.const 1) (i32.const 4096)))"),
    case("object_next", 5_000, "(drop (call $object_next (global.get $zero_id) (i32.const 4096)))"),
    case("object_next_owned", 5_000, "(drop (call $object_next_owned (i32.const 20) (global.get $zero_id) (i32.const 4096)))"),
    case("object_create", 2_000, "(drop (call $object_create (i32.const 4096)))"),
    case("object_set_owner", 2_000, "(drop (call $object_set_owner (global.get $zero_id) (i32.const 20)))"),
    case(
        "object_create, object_delete",
        2_000,
        "(drop (call $object_create (i32.const 4096))) (drop (call $object_delete (i32.const 4096)))",
    ),
    case("field_get, 8 bytes", 5_000, "(drop (call $field_get (global.get $zero_id) (global.get $small) (i32.const 1) (i32.const 4096) (i32.const 8)))"),
    case("field_get, of none", 5_000, "(drop (call $field_get (global.get $zero_id) (i32.const 1) (i32.const 1) (i32.const 4096) (i32.const 8)))"),
    case("field_get, 256 KiB", 50, "(drop (call $field_get (global.get $zero_id) (global.get $large) (i32.const 1) (i32.const 4096) (i32.const 262144)))"),
    case("field_get, 256 KiB without room", 50, "(drop (call $field_get (global.get $zero_id) (global.get $large) (i32.const 1) (i32.const 4096) (i32.const 0)))"),
    case(
        "field_get without room, take, 256 KiB",
        50,
        "(drop (call $field_get (global.get $zero_id) (global.get $large) (i32.const 1) (i32.const 4096) (i32.const 0)))
         (drop (call $take (i32.const 4096) (i32.const 262144)))",
    ),
    case("take, nothing", 20_000, "(drop (call $take (i32.const 4096) (i32.const 0)))"),
    case("field_next, 8 bytes", 5_000, "(drop (call $field_next (global.get $zero_id) (global.get $large) (i32.const 1) (i32.const 4096) (i32.const 128)))"),
    case("field_next, 256 KiB", 50, "(drop (call $field_next (global.get $zero_id) (i32.const 0) (i32.const 0) (i32.const 4096) (i32.const 128)))"),
    case("field_set, 8 bytes", 5_000, "(drop (call $field_set (global.get $zero_id) (global.get $small) (i32.const 1) (i32.const 4096) (i32.const 8)))"),
    case("field_set, 256 KiB", 50, "(drop (call $field_set (global.get $zero_id) (global.get $large) (i32.const 1) (i32.const 4096) (i32.const 262143)))"),
    case(
        "field_set, field_delete",
        2_000,
        "(drop (call $field_set (global.get $zero_id) (i32.const 20) (i32.const 1) (i32.const 4096) (i32.const 8)))
         (drop (call $field_delete (global.get $zero_id) (i32.const 20) (i32.const 1)))",
    ),
    case("balance", 5_000, "(drop (call $balance (i32.const 20)))"),
    case("transfer", 5_000, "(drop (call $transfer (i32.const 0) (i64.const 1)))"),
    case("emit, nothing", 1_000, "(drop (call $emit (global.get $small) (i32.const 1) (i32.const 4096) (i32.const 0)))"),
    case("emit, 16 KiB", 60, "(drop (call $emit (global.get $small) (i32.const 1) (i32.const 4096) (i32.const 16384)))"),
    case("call", 500, "(drop (call $call (global.get $callee) (global.get $run) (i32.const 3) (global.get $zero_id) (i32.const 4) (i64.const 0) (i64.const 0) (i32.const 4096) (i32.const 0)))"),
    case("call with a value", 500, "(drop (call $call (global.get $callee) (global.get $run) (i32.const 3) (global.get $zero_id) (i32.const 4) (i64.const 1) (i64.const 0) (i32.const 4096) (i32.const 0)))"),
    case("call of no contract", 2_000, "(drop (call $call (global.get $zero_id) (global.get $run) (i32.const 3) (global.get $zero_id) (i32.const 4) (i64.const 0) (i64.const 0) (i32.const 4096) (i32.const 0)))"),
    case("call with wrong arguments of 1 MiB", 20, "(drop (call $call (global.get $callee) (global.get $run) (i32.const 3) (i32.const 4096) (i32.const 1048576) (i64.const 0) (i64.const 0) (i32.const 4096) (i32.const 0)))"),
    case("sha256, nothing", 20_000, "(call $sha256 (i32.const 4096) (i32.const 0) (i32.const 4096))"),
    case("sha256, 64 KiB", 50, "(call $sha256 (i32.const 4096) (i32.const 65536) (i32.const 4096))"),
    case("keccak256, nothing", 20_000, "(call $keccak256 (i32.const 4096) (i32.const 0) (i32.const 4096))"),
    case("keccak256, 64 KiB", 20, "(call $keccak256 (i32.const 4096) (i32.const 65536) (i32.const 4096))"),
    case("blake2b_256, nothing", 20_000, "(call $blake2b_256 (i32.const 4096) (i32.const 0) (i32.const 4096))"),
    case("blake2b_256, 64 KiB", 50, "(call $blake2b_256 (i32.const 4096) (i32.const 65536) (i32.const 4096))"),
    case("blake2b_512, nothing", 20_000, "(call $blake2b_512 (i32.const 4096) (i32.const 0) (i32.const 4096))"),
    case("blake2b_512, 64 KiB", 50, "(call $blake2b_512 (i32.const 4096) (i32.const 65536) (i32.const 4096))"),
    case("ed25519_verify, empty message", 100, "(drop (call $ed25519_verify (global.get $ed_key) (global.get $zero_id) (i32.const 0) (global.get $ed_signature)))"),
    case("ed25519_verify, 1 MiB", 10, "(drop (call $ed25519_verify (global.get $ed_key) (i32.const 4096) (i32.const 1048576) (global.get $ed_signature)))"),
    case("secp256k1_verify", 100, "(drop (call $secp256k1_verify (global.get $ec_key) (i32.const 65) (global.get $ec_hash) (global.get $ec_signature)))"),
    case("secp256k1_verify, compressed key", 100, "(drop (call $secp256k1_verify (global.get $ec_short_key) (i32.const 33) (global.get $ec_hash) (global.get $ec_signature)))"),
    case("secp256k1_recover", 100, "(drop (call $secp256k1_recover (global.get $ec_hash) (global.get $ec_signature) (i32.const 0) (i32.const 4096)))"),
    case("WASI clock_time_get", 20_000, "(drop (call $clock_time_get (i32.const 0) (i64.const 0) (i32.const 4096)))"),
    case("WASI fd_fdstat_get", 20_000, "(drop (call $fd_fdstat_get (i32.const 1) (i32.const 4096)))"),
    case("WASI sched_yield", 20_000, "(drop (call $sched_yield))"),
    case("WASI random_get, 8 bytes", 10_000, "(drop (call $random_get (i32.const 4096) (i32.const 8)))"),
    case("WASI random_get, 64 KiB", 20, "(drop (call $random_get (i32.const 4096) (i32.const 65536)))"),
    case("WASI poll_oneoff, of nothing", 10_000, "(drop (call $poll_oneoff (i32.const 4096) (i32.const 8192) (i32.const 1) (i32.const 16384)))"),
    // A piece of 1 byte at 4096, 1,024 times; then one of 1 MiB.
    case("WASI fd_write, 1,024 pieces", 20, "(drop (call $fd_write (i32.const 1) (global.get $pieces) (i32.const 1024) (i32.const 4096)))"),
    case("WASI fd_write, 1 MiB", 10, "(drop (call $fd_write (i32.const 1) (global.get $piece) (i32.const 1) (i32.const 4096)))"),
];

/// What is committed to disk at the end of its block: state that is written is more than the call that writes it. `$n`
/// counts down, so that names can differ.
const COMMITTED: &[Case] = &[
    case("object_create, committed", 500, "(drop (call $object_create (i32.const 4096)))"),
    case(
        "object_create, object_set_owner, committed",
        500,
        "(drop (call $object_create (i32.const 4096))) (drop (call $object_set_owner (i32.const 4096) (i32.const 0)))",
    ),
    case(
        "field_set, a new one of 8 bytes, committed",
        500,
        "(i32.store (i32.const 4096) (i32.or (i32.const 0x01010101) (i32.and (local.get $n) (i32.const 0x7f7f7f7f))))
         (drop (call $field_set (global.get $zero_id) (i32.const 4096) (i32.const 4) (i32.const 4200) (i32.const 8)))",
    ),
    case(
        "field_set, a new one of 16 KiB, committed",
        500,
        "(i32.store (i32.const 4096) (i32.or (i32.const 0x02010101) (i32.and (local.get $n) (i32.const 0x7f7f7f7f))))
         (drop (call $field_set (global.get $zero_id) (i32.const 4096) (i32.const 4) (i32.const 4200) (i32.const 16384)))",
    ),
    case("emit, nothing, committed", 1_000, "(drop (call $emit (global.get $small) (i32.const 1) (i32.const 4096) (i32.const 0)))"),
    case("emit, 16 KiB, committed", 60, "(drop (call $emit (global.get $small) (i32.const 1) (i32.const 4096) (i32.const 16384)))"),
    case(
        "transfer, to a new account each, committed",
        500,
        "(i32.store (i32.const 4096) (local.get $n)) (drop (call $transfer (i32.const 4096) (i64.const 1)))",
    ),
];

pub(crate) fn tables(wanted: &Wanted) -> Vec<Table> {
    let pick = |cases: &'static [Case]| cases.iter().filter(|case| wanted.has(case.name)).collect::<Vec<_>>();
    let (cases, committed) = (pick(CASES), pick(COMMITTED));
    if cases.is_empty() && committed.is_empty() {
        return Vec::new();
    }
    let bodies: Vec<&str> = cases.iter().chain(&committed).map(|case| case.body).collect();
    let world = World::new(&bodies);
    let rows = cases.iter().enumerate().map(|(at, case)| world.queried(case.name, at, case.times)).collect();
    let hosts = Table { title: "host functions", rows };
    let rows = committed.iter().enumerate();
    let rows = rows.map(|(at, case)| world.committed(case.name, cases.len() + at, case.times)).collect();
    vec![hosts, Table { title: "storage", rows }]
}
