//! Operators: each row repeats one of them so that its cost stands out, mostly in a chain where each needs the result of
//! the one before.

use crate::wasm::{measure, repeated};
use crate::{Table, Wanted};

/// An operator with the class that it belongs to.
struct Kernel {
    class: &'static str,
    name: &'static str,
    /// More fields of the module.
    extra: &'static str,
    locals: &'static str,
    /// What the chain starts with.
    before: &'static str,
    unit: &'static str,
    /// What takes its result.
    after: &'static str,
}

const NONE: Kernel = Kernel { class: "", name: "", extra: "", locals: "", before: "", unit: "", after: "" };

/// A chain on a local of a type, whose unit is `local.get` the other operand and an operator.
macro_rules! chain {
    ($class:literal, $ty:literal, $start:literal, $name:literal, $unit:literal) => {
        chain!(@ $class, $ty, $start, $name, $unit, ".load (i32.const 16)")
    };
    (float $class:literal, $ty:literal, $start:literal, $name:literal, $unit:literal) => {
        chain!(@ $class, $ty, $start, $name, $unit, ".convert_i32_s (i32.load (i32.const 24))")
    };
    // `$other` is where the other operand comes from, so that it is not known before.
    (@ $class:literal, $ty:literal, $start:literal, $name:literal, $unit:literal, $other:literal) => {
        Kernel {
            class: $class,
            name: $name,
            locals: concat!("(local $x ", $ty, ") (local $y ", $ty, ")"),
            before: concat!("(local.set $x (", $ty, ".const ", $start, ")) (local.set $y (", $ty, $other, "))"),
            unit: concat!("(local.set $x ", $unit, ")"),
            after: concat!("(", $ty, ".store (i32.const 0) (local.get $x))"),
            extra: "",
        }
    };
}

/// The next random number in `$r`.
macro_rules! random {
    () => {
        "(local.set $r (i64.xor (local.get $r) (i64.shl (local.get $r) (i64.const 13))))
         (local.set $r (i64.xor (local.get $r) (i64.shr_u (local.get $r) (i64.const 7))))
         (local.set $r (i64.xor (local.get $r) (i64.shl (local.get $r) (i64.const 17))))"
    };
}

/// What goes one way or another by a random number, which costs some operators to make.
macro_rules! unforeseen {
    ($class:literal, $name:literal, $extra:literal, $unit:literal) => {
        Kernel {
            class: $class,
            name: $name,
            extra: $extra,
            locals: "(local $r i64) (local $x i64)",
            before: "(local.set $r (i64.const 88172645463325252))",
            unit: concat!(random!(), $unit),
            after: "(i64.store (i32.const 0) (local.get $x))",
        }
    };
}

fn kernels() -> Vec<Kernel> {
    vec![
        chain!("simple", "i64", "9", "i64.add", "(i64.add (local.get $x) (local.get $y))"),
        chain!("simple", "i64", "-9", "i64.mul", "(i64.mul (local.get $x) (local.get $y))"),
        chain!("simple", "i32", "-9", "i32.mul", "(i32.mul (local.get $x) (local.get $y))"),
        chain!("simple", "i64", "-9", "i64.rotl", "(i64.rotl (local.get $x) (local.get $y))"),
        chain!("simple", "i64", "-9", "i64.shl, by a variable", "(i64.shl (local.get $x) (local.get $y))"),
        chain!("simple", "i64", "-9", "i64.popcnt", "(i64.popcnt (local.get $x))"),
        chain!("simple", "i64", "-9", "i64.clz", "(i64.clz (local.get $x))"),
        chain!("simple", "i64", "-9", "i64.ctz", "(i64.ctz (local.get $x))"),
        chain!("simple", "i32", "-9", "i32.extend16_s", "(i32.extend16_s (local.get $x))"),
        chain!("simple", "i64", "9", "i64.lt_u and extension", "(i64.extend_i32_u (i64.lt_u (local.get $x) (local.get $y)))"),
        chain!("simple", "i64", "9", "select", "(select (local.get $y) (local.get $x) (i32.wrap_i64 (local.get $x)))"),
        Kernel {
            class: "simple",
            name: "global.set, global.get",
            extra: "(global $g (mut i64) (i64.const 0))",
            unit: "(global.set $g (i64.add (global.get $g) (i64.const 3)))",
            ..NONE
        },
        Kernel {
            class: "simple",
            name: "a loop of 1,000 rounds",
            unit: "(local.set $zero (i32.const 1000))
                (loop $l (br_if $l (local.tee $zero (i32.sub (local.get $zero) (i32.const 1)))))",
            ..NONE
        },
        unforeseen!(
            "simple",
            "if that cannot be foreseen",
            "",
            "(if (i32.wrap_i64 (i64.and (local.get $r) (i64.const 1)))
                (then (i64.store (i32.const 8) (local.get $r)))
                (else (local.set $x (i64.mul (local.get $x) (local.get $r)))))"
        ),
        chain!("division", "i64", "-9", "i64.div_u", "(i64.div_u (local.get $x) (local.get $y))"),
        chain!("division", "i64", "0x7fffffffffffffff", "i64.div_s", "(i64.div_s (local.get $x) (local.get $y))"),
        chain!("division", "i64", "-9", "i64.rem_u", "(i64.or (i64.const 0x7000000000000001) (i64.rem_u (local.get $x) (i64.add (local.get $y) (i64.const 0x31))))"),
        chain!("division", "i64", "-9", "i64.rem_s", "(i64.or (i64.const 0x7000000000000001) (i64.rem_s (local.get $x) (i64.add (local.get $y) (i64.const 0x31))))"),
        chain!("division", "i32", "-9", "i32.div_u", "(i32.div_u (local.get $x) (local.get $y))"),
        chain!("division", "i32", "0x7fffffff", "i32.div_s", "(i32.div_s (local.get $x) (local.get $y))"),
        chain!(float "float", "f64", "1.5", "f64.add", "(f64.add (local.get $x) (local.get $y))"),
        chain!(float "float", "f64", "1.5", "f64.mul", "(f64.mul (local.get $x) (local.get $y))"),
        chain!(float "float", "f32", "1.5", "f32.mul", "(f32.mul (local.get $x) (local.get $y))"),
        chain!(float "float", "f64", "1.5", "f64.min", "(f64.min (local.get $x) (local.get $y))"),
        chain!(float "float", "f64", "nan", "f64.max of a NaN", "(f64.max (local.get $x) (local.get $y))"),
        chain!(float "float", "f64", "1.5", "f64.ceil", "(f64.ceil (local.get $x))"),
        chain!(float "float", "f32", "1.5", "f32.nearest", "(f32.nearest (local.get $x))"),
        chain!(float "float", "f64", "1.5", "f64.trunc", "(f64.trunc (local.get $x))"),
        chain!(float "float", "f64", "1.5", "f32.demote, f64.promote", "(f64.promote_f32 (f32.demote_f64 (local.get $x)))"),
        chain!(float "float", "f64", "1e-310", "f64.mul of denormals", "(f64.mul (local.get $x) (f64.const 1.0000001))"),
        chain!(float "simple", "f64", "1.5", "f64.neg", "(f64.neg (local.get $x))"),
        chain!(float "simple", "f64", "1.5", "f64.copysign", "(f64.copysign (local.get $x) (local.get $y))"),
        chain!(float "conversion", "f64", "1e17", "i64.trunc_f64_s, back", "(f64.convert_i64_s (i64.trunc_f64_s (local.get $x)))"),
        chain!(float "conversion", "f64", "1e19", "i64.trunc_f64_u, back", "(f64.convert_i64_u (i64.trunc_f64_u (local.get $x)))"),
        chain!(float "conversion", "f64", "1e19", "i64.trunc_sat_f64_u, back", "(f64.convert_i64_u (i64.trunc_sat_f64_u (local.get $x)))"),
        chain!(float "conversion", "f32", "1e9", "i32.trunc_f32_u, back", "(f32.convert_i32_u (i32.trunc_f32_u (local.get $x)))"),
        chain!(float "conversion", "f64", "1.5", "reinterpretation, and back", "(f64.reinterpret_i64 (i64.reinterpret_f64 (local.get $x)))"),
        chain!(float "float division", "f64", "1.7976e308", "f64.div", "(f64.div (local.get $x) (local.get $y))"),
        chain!(float "float division", "f32", "3.4e38", "f32.div", "(f32.div (local.get $x) (local.get $y))"),
        chain!(float "float division", "f64", "1e-310", "f64.div of denormals", "(f64.div (local.get $x) (f64.const 1.0000001))"),
        chain!(float "float division", "f64", "1.7976e308", "f64.sqrt", "(f64.sqrt (local.get $x))"),
        chain!(float "float division", "f32", "3.4e38", "f32.sqrt", "(f32.sqrt (local.get $x))"),
        chain!(float "float division", "f64", "1e-310", "f64.sqrt of denormals", "(f64.mul (f64.const 1e-300) (f64.sqrt (local.get $x)))"),
        chain!("load and store", "i32", "0", "i32.load, each at the address of the last", "(i32.load offset=1024 (local.get $x))"),
        chain!("load and store", "i32", "0", "i32.load8_u, each at the address of the last", "(i32.load8_u offset=1024 (local.get $x))"),
        chain!("load and store", "i32", "0", "i32.load across a cache line", "(i32.load offset=1086 (local.get $x))"),
        Kernel { class: "load and store", name: "i64.store", unit: "(i64.store (local.get $zero) (i64.const 7))", ..NONE },
        Kernel { class: "load and store", name: "i64.store across a page", unit: "(i64.store offset=4092 (local.get $zero) (i64.const 7))", ..NONE },
        chain!("load and store", "i64", "1", "i64.store, i64.load of the same", "(i64.load (local.get $zero)) (i64.store (local.get $zero) (local.get $x))"),
        chain!("load and store", "i64", "1", "i32.store8, i64.load over it", "(i64.load (local.get $zero)) (i32.store8 offset=1 (local.get $zero) (i32.const 3))"),
        Kernel { class: "call", name: "call", extra: "(func $f)", unit: "(call $f)", ..NONE },
        Kernel {
            class: "call",
            name: "call that calls",
            extra: "(func $g) (func $f (call $g))",
            unit: "(call $f)",
            ..NONE
        },
        Kernel {
            class: "call",
            name: "call with 16 arguments",
            extra: "(func $f (param i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64))",
            locals: "(local $x i64)",
            unit: "local.get $x local.get $x local.get $x local.get $x local.get $x local.get $x local.get $x local.get $x
                   local.get $x local.get $x local.get $x local.get $x local.get $x local.get $x local.get $x local.get $x call $f ",
            ..NONE
        },
        Kernel {
            class: "indirect",
            name: "call_indirect",
            extra: "(table 1 funcref) (elem (i32.const 0) $f) (func $f)",
            unit: "(call_indirect (local.get $zero))",
            ..NONE
        },
        unforeseen!(
            "indirect",
            "call_indirect that cannot be foreseen",
            "(table 4 funcref) (elem (i32.const 0) $f $g $h $i) (func $f) (func $g) (func $h) (func $i)",
            "(call_indirect (i32.wrap_i64 (i64.and (local.get $r) (i64.const 3))))"
        ),
        unforeseen!(
            "indirect",
            "br_table that cannot be foreseen",
            "",
            "(block (block (block (block (br_table 0 1 2 3 (i32.wrap_i64 (i64.and (local.get $r) (i64.const 3)))))
                (i64.store (i32.const 8) (local.get $r))) (i64.store (i32.const 16) (local.get $r)))
                (local.set $x (i64.mul (local.get $x) (local.get $r))))"
        ),
        Kernel { class: "memory size", name: "memory.size", unit: "(drop (memory.size))", ..NONE },
        Kernel { class: "memory size", name: "memory.grow by nothing", unit: "(drop (memory.grow (i32.const 0)))", ..NONE },
        Kernel { class: "bulk", name: "memory.copy of nothing", unit: "(memory.copy (local.get $zero) (local.get $zero) (local.get $zero))", ..NONE },
        Kernel { class: "bulk", name: "memory.fill of nothing", unit: "(memory.fill (local.get $zero) (local.get $zero) (local.get $zero))", ..NONE },
        Kernel { class: "bulk", name: "memory.copy of 7 bytes", unit: "(memory.copy (i32.const 4096) (i32.const 100) (i32.const 7))", ..NONE },
        Kernel { class: "bulk", name: "memory.copy of 63 bytes", unit: "(memory.copy (i32.const 4096) (i32.const 100) (i32.const 63))", ..NONE },
        Kernel { class: "bulk", name: "memory.copy of 16 KiB", unit: "(memory.copy (i32.const 4096) (i32.const 32768) (i32.const 16384))", ..NONE },
        Kernel { class: "bulk", name: "memory.copy of 16 KiB, overlapping", unit: "(memory.copy (i32.const 4097) (i32.const 4096) (i32.const 16384))", ..NONE },
        Kernel { class: "bulk", name: "memory.copy of 16 KiB, page-aliased", unit: "(memory.copy (i32.const 4129) (i32.const 36848) (i32.const 16384))", ..NONE },
        Kernel { class: "bulk", name: "memory.fill of 7 bytes", unit: "(memory.fill (i32.const 4096) (i32.const 100) (i32.const 7))", ..NONE },
        Kernel { class: "bulk", name: "memory.fill of 16 KiB", unit: "(memory.fill (i32.const 4096) (i32.const 7) (i32.const 16384))", ..NONE },
        Kernel { class: "bulk", name: "memory.copy of 16 MiB", unit: "(memory.copy (i32.const 0x1000000) (i32.const 65536) (i32.const 0xff0000))", ..NONE },
        Kernel { class: "bulk", name: "memory.fill of 16 MiB", unit: "(memory.fill (i32.const 0x1000000) (i32.const 0) (i32.const 0x1000000))", ..NONE },
    ]
}

pub(crate) fn tables(wanted: &Wanted) -> Vec<Table> {
    let mut tables: Vec<Table> = Vec::new();
    for kernel in kernels() {
        if tables.last().is_none_or(|table| table.title != kernel.class) {
            tables.push(Table { title: kernel.class, rows: Vec::new() });
        }
        if let (true, Some(table)) = (wanted.has(kernel.name), tables.last_mut()) {
            let Kernel { name, extra, locals, before, unit, after, .. } = kernel;
            let (fields, units) = repeated(extra, locals, before, unit, after);
            table.rows.push(measure(name, &fields, units));
        }
    }
    tables
}
