//! Contracts that mean harm, as a table.

use govm_core::ErrorCode;

/// What a contract does after a write: name, fields with `$inner`, the expected error.
pub(crate) const CONTRACTS: &[(&str, &str, ErrorCode)] = &[
    ("an endless loop", "(func $inner (result i32) (loop (br 0)) (i32.const 0))", ErrorCode::OutOfGas),
    (
        "an endless loop over a branch table",
        "(func $inner (result i32) (loop (br_table 0 0 0 (i32.const 1))) (i32.const 0))",
        ErrorCode::OutOfGas,
    ),
    (
        "an endless loop of host calls",
        "(func $inner (result i32) (loop (drop (call $gas_left)) (br 0)) (i32.const 0))",
        ErrorCode::OutOfGas,
    ),
    (
        "an endless loop of WASI calls",
        "(func $inner (result i32) (loop (drop (call $wasi_sched_yield)) (br 0)) (i32.const 0))",
        ErrorCode::OutOfGas,
    ),
    (
        "an endless sleep",
        "(func $inner (result i32)
            (i32.store (i32.const 116) (i32.const 1)) (i64.store (i32.const 124) (i64.const -1))
            (loop (drop (call $wasi_poll_oneoff (i32.const 100) (i32.const 200) (i32.const 1) (i32.const 300))) (br 0))
            (i32.const 0))",
        ErrorCode::OutOfGas,
    ),
    ("recursion", "(func $inner (result i32) (call $inner))", ErrorCode::StackOverflow),
    (
        "mutual recursion",
        "(func $a (param i64) (result i32) (call $b (local.get 0))) (func $b (param i64) (result i32) (call $a (local.get 0)))
         (func $inner (result i32) (call $a (i64.const 1)))",
        ErrorCode::StackOverflow,
    ),
    (
        "recursion through a table",
        "(table funcref (elem $inner)) (type $t (func (result i32)))
         (func $inner (result i32) (call_indirect (type $t) (i32.const 0)))",
        ErrorCode::StackOverflow,
    ),
    (
        "recursion with a hundred results on the stack",
        "(func $inner (result i32) (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4) (call $inner) (drop) (drop) (drop) (drop)
            (drop) (i32.const 0))",
        ErrorCode::StackOverflow,
    ),
    (
        "growth page by page, and then a trap",
        "(func $inner (result i32) (loop (br_if 0 (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) (unreachable))",
        ErrorCode::OutOfMemory,
    ),
    (
        "growth that is refused for ever",
        "(func $inner (result i32) (loop (drop (memory.grow (i32.const 100))) (br 0)) (i32.const 0))",
        ErrorCode::OutOfGas,
    ),
    ("growth by all pages", "(func $inner (result i32) (drop (memory.grow (i32.const -1))) (i32.const 0))", ErrorCode::OutOfGas),
    (
        "filling 4 GiB",
        "(func $inner (result i32) (memory.fill (i32.const 0) (i32.const 1) (i32.const -1)) (i32.const 0))",
        ErrorCode::OutOfGas,
    ),
    (
        "filling 1 GiB",
        "(func $inner (result i32) (memory.fill (i32.const 0) (i32.const 1) (i32.const 0x40000000)) (i32.const 0))",
        ErrorCode::Trap,
    ),
    (
        "filling 4 GiB, again and again",
        "(func $inner (result i32)
            (loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 65536)) (br 0)) (i32.const 0))",
        ErrorCode::OutOfGas,
    ),
    (
        "copying 4 GiB",
        "(func $inner (result i32) (memory.copy (i32.const 0) (i32.const 0) (i32.const -1)) (i32.const 0))",
        ErrorCode::OutOfGas,
    ),
    (
        "copying 1 GiB",
        "(func $inner (result i32) (memory.copy (i32.const 0) (i32.const 0) (i32.const 0x40000000)) (i32.const 0))",
        ErrorCode::Trap,
    ),
    (
        "copying over the end",
        "(func $inner (result i32) (memory.copy (i32.const 65535) (i32.const 0) (i32.const 2)) (i32.const 0))",
        ErrorCode::Trap,
    ),
    ("unreachable code", "(func $inner (result i32) (unreachable))", ErrorCode::Trap),
    ("division by zero", "(func $inner (result i32) (i32.div_u (i32.const 1) (i32.const 0)))", ErrorCode::Trap),
    (
        "the overflow of a division",
        "(func $inner (result i32) (i32.div_s (i32.const 0x80000000) (i32.const -1)))",
        ErrorCode::Trap,
    ),
    ("a conversion of NaN", "(func $inner (result i32) (i32.trunc_f64_s (f64.const nan)))", ErrorCode::Trap),
    ("a load at the end", "(func $inner (result i32) (i32.load (i32.const 65533)))", ErrorCode::Trap),
    ("a load with the largest offset", "(func $inner (result i32) (i32.load offset=0xffffffff (i32.const -1)))", ErrorCode::Trap),
    ("a store over the end", "(func $inner (result i32) (i64.store (i32.const 65529) (i64.const 1)) (i32.const 0))", ErrorCode::Trap),
    (
        "an indirect call of nothing",
        "(table 2 funcref) (type $t (func (result i32))) (func $inner (result i32) (call_indirect (type $t) (i32.const 1)))",
        ErrorCode::Trap,
    ),
    (
        "an indirect call outside the table",
        "(table 2 funcref) (type $t (func (result i32))) (func $inner (result i32) (call_indirect (type $t) (i32.const 2)))",
        ErrorCode::Trap,
    ),
    (
        "an indirect call of another type",
        "(table funcref (elem $v)) (type $t (func (result i32))) (func $v)
         (func $inner (result i32) (call_indirect (type $t) (i32.const 0)))",
        ErrorCode::Trap,
    ),
    (
        "output over its bound",
        "(func $inner (result i32) (drop (memory.grow (i32.const 20))) (call $output (i32.const 0) (i32.const 1048577)) (i32.const 0))",
        ErrorCode::LimitExceeded,
    ),
    (
        "output of 4 GiB",
        "(func $inner (result i32) (call $output (i32.const 0) (i32.const -1)) (i32.const 0))",
        ErrorCode::LimitExceeded,
    ),
    (
        "output twice",
        "(func $inner (result i32) (call $output (i32.const 0) (i32.const 1)) (call $output (i32.const 0) (i32.const 1)) (i32.const 0))",
        ErrorCode::InvalidArgument,
    ),
    (
        "events without end",
        r#"(data (i32.const 0) "event")
        (func $inner (result i32) (local i32)
            (loop (br_if 0 (i32.eqz (local.tee 0
                (call $emit (i32.const 0) (i32.const 5) (i32.const 100) (i32.const 4))))))
            (local.get 0))"#,
        ErrorCode::LimitExceeded,
    ),
    (
        "an event with too much data",
        r#"(data (i32.const 0) "event")
        (func $inner (result i32) (call $emit (i32.const 0) (i32.const 5) (i32.const 100) (i32.const 16385)))"#,
        ErrorCode::LimitExceeded,
    ),
    (
        "a field of 4 GiB",
        "(func $inner (result i32)
            (call $field_set (i32.const 0) (i32.const 100) (i32.const 1) (i32.const 0) (i32.const -1)))",
        ErrorCode::LimitExceeded,
    ),
    (
        "arguments of 4 GiB for another contract",
        "(func $inner (result i32) (i32.wrap_i64 (i64.sub (i64.const 0)
            (call $call (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const -1) (i64.const 0) (i64.const 0)
                (i32.const 0) (i32.const 0)))))",
        ErrorCode::LimitExceeded,
    ),
    (
        "a flood of standard output",
        "(func $inner (result i32)
            (i32.store (i32.const 4) (i32.const 65536))
            (loop (drop (call $wasi_fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))) (br 0)) (i32.const 0))",
        ErrorCode::OutOfGas,
    ),
    (
        "a flood of random bytes",
        "(func $inner (result i32) (loop (drop (call $wasi_random_get (i32.const 0) (i32.const 65536))) (br 0)) (i32.const 0))",
        ErrorCode::OutOfGas,
    ),
    ("an exit", "(func $inner (result i32) (call $wasi_proc_exit (i32.const 0)) (i32.const 0))", ErrorCode::Exited),
    ("a code that only the host may give", "(func $inner (result i32) (i32.const 3))", ErrorCode::Reverted),
    ("a code that does not exist", "(func $inner (result i32) (i32.const 12345))", ErrorCode::Reverted),
    ("a negative code", "(func $inner (result i32) (i32.const -1))", ErrorCode::Reverted),
];
