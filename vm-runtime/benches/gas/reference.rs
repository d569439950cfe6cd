//! The reference: ordinary work on integers and memory, as loops of compiled code have it.

use crate::Row;
use crate::wasm::measure;

/// Name, and the body of a function with the parameter `$n` and the locals `$a` to `$c` (i64) and `$i` to `$m` (i32); the
/// memory has 64 KiB.
const KERNELS: [(&str, &str); 10] = [
    (
        "sum of an array",
        "(loop $again
            (local.set $i (i32.const 0))
            (loop $next
                (local.set $a (i64.add (local.get $a) (i64.load (local.get $i))))
                (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 8))) (i32.const 32768))))
            (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
         (i64.store (i32.const 0) (local.get $a))",
    ),
    (
        "array copied word by word",
        "(loop $again
            (local.set $i (i32.const 0))
            (loop $next
                (i64.store offset=32768 (local.get $i) (i64.load (local.get $i)))
                (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 8))) (i32.const 32768))))
            (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))",
    ),
    (
        "prime sieve",
        "(loop $again
            (memory.fill (i32.const 0) (i32.const 0) (i32.const 16384))
            (local.set $i (i32.const 2))
            (loop $next
                (if (i32.eqz (i32.load8_u (local.get $i)))
                    (then
                        (local.set $j (i32.mul (local.get $i) (i32.const 2)))
                        (loop $multiple
                            (if (i32.lt_u (local.get $j) (i32.const 16384))
                                (then
                                    (i32.store8 (local.get $j) (i32.const 1))
                                    (local.set $j (i32.add (local.get $j) (local.get $i)))
                                    (br $multiple))))))
                (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 16384))))
            (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))",
    ),
    (
        "random numbers",
        "(local.set $a (i64.const 88172645463325252))
         (loop $again
            (local.set $a (i64.xor (local.get $a) (i64.shl (local.get $a) (i64.const 13))))
            (local.set $a (i64.xor (local.get $a) (i64.shr_u (local.get $a) (i64.const 7))))
            (local.set $a (i64.xor (local.get $a) (i64.shl (local.get $a) (i64.const 17))))
            (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
         (i64.store (i32.const 0) (local.get $a))",
    ),
    (
        "hash of an array",
        "(loop $again
            (local.set $i (i32.const 0))
            (local.set $a (i64.const -3750763034362895579))
            (loop $next
                (local.set $a (i64.mul (i64.xor (local.get $a) (i64.load8_u (local.get $i))) (i64.const 1099511628211)))
                (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 4096))))
            (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
         (i64.store (i32.const 32768) (local.get $a))",
    ),
    (
        "insertion sort of 64 random words",
        "(loop $again
            (local.set $i (i32.const 0))
            (local.set $a (i64.add (local.get $a) (i64.const 88172645463325253)))
            (loop $fill
                (local.set $a (i64.mul (i64.xor (local.get $a) (i64.shr_u (local.get $a) (i64.const 13))) (i64.const 0x2545f4914f6cdd1d)))
                (i64.store (local.get $i) (local.get $a))
                (br_if $fill (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 8))) (i32.const 512))))
            (local.set $i (i32.const 8))
            (loop $outer
                (local.set $b (i64.load (local.get $i)))
                (local.set $j (local.get $i))
                (block $placed
                    (loop $inner
                        (br_if $placed (i32.eqz (local.get $j)))
                        (local.set $c (i64.load (i32.sub (local.get $j) (i32.const 8))))
                        (br_if $placed (i64.le_u (local.get $c) (local.get $b)))
                        (i64.store (local.get $j) (local.get $c))
                        (local.set $j (i32.sub (local.get $j) (i32.const 8)))
                        (br $inner)))
                (i64.store (local.get $j) (local.get $b))
                (br_if $outer (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 8))) (i32.const 512))))
            (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))",
    ),
    (
        "linked list of 1,024 nodes",
        "(loop $link
            (i32.store (i32.mul (local.get $i) (i32.const 16))
                (i32.mul (i32.and (i32.add (i32.mul (local.get $i) (i32.const 5)) (i32.const 1)) (i32.const 1023)) (i32.const 16)))
            (br_if $link (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1024))))
         (loop $again
            (local.set $i (i32.const 1024))
            (local.set $j (i32.const 0))
            (loop $next
                (local.set $a (i64.add (local.get $a) (i64.load offset=8 (local.get $j))))
                (local.set $j (i32.load (local.get $j)))
                (br_if $next (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
            (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
         (i64.store (i32.const 32768) (local.get $a))",
    ),
    (
        "binary search in 4,096 words",
        "(loop $fill
            (i32.store (i32.mul (local.get $i) (i32.const 4)) (i32.mul (local.get $i) (i32.const 1048573)))
            (br_if $fill (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 4096))))
         (loop $again
            (local.set $i (i32.const 0))
            (local.set $j (i32.const 4096))
            (local.set $k (i32.add (i32.mul (local.get $k) (i32.const 1664525)) (i32.const 1013904223)))
            (loop $halve
                (local.set $m (i32.shr_u (i32.add (local.get $i) (local.get $j)) (i32.const 1)))
                (if (i32.lt_u (i32.load (i32.mul (local.get $m) (i32.const 4))) (local.get $k))
                    (then (local.set $i (i32.add (local.get $m) (i32.const 1))))
                    (else (local.set $j (local.get $m))))
                (br_if $halve (i32.lt_u (local.get $i) (local.get $j))))
            (local.set $a (i64.add (local.get $a) (i64.extend_i32_u (local.get $i))))
            (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
         (i64.store (i32.const 32768) (local.get $a))",
    ),
    (
        "interpreter of 1,024 operations",
        "(loop $fill
            (i32.store8 (local.get $i) (i32.and (i32.shr_u (i32.mul (local.get $i) (i32.const 1640531527)) (i32.const 20)) (i32.const 3)))
            (br_if $fill (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1024))))
         (loop $again
            (local.set $i (i32.const 0))
            (loop $next
                (block $done (block $xor (block $shift (block $add (block $mul
                    (br_table $mul $add $shift $xor (i32.load8_u (local.get $i))))
                    (local.set $a (i64.mul (local.get $a) (i64.const 31))) (br $done))
                    (local.set $a (i64.add (local.get $a) (i64.const 7))) (br $done))
                    (local.set $a (i64.rotl (local.get $a) (i64.const 9))) (br $done))
                    (local.set $a (i64.xor (local.get $a) (i64.const 12345))))
                (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1024))))
            (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
         (i64.store (i32.const 32768) (local.get $a))",
    ),
    (
        "Fibonacci, recursive",
        "(loop $again
            (drop (call $fib (i64.const 15)))
            (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))",
    ),
];

pub(crate) fn kernels() -> Vec<Row> {
    let row = |(name, body): (&str, &str)| {
        let fields = format!(
            r#"(memory 1)
               (func $fib (param i64) (result i64)
                   (if (result i64) (i64.lt_u (local.get 0) (i64.const 2))
                       (then (local.get 0))
                       (else (i64.add (call $fib (i64.sub (local.get 0) (i64.const 1)))
                                      (call $fib (i64.sub (local.get 0) (i64.const 2)))))))
               (func (export "run") (param $n i32)
                   (local $a i64) (local $b i64) (local $c i64) (local $i i32) (local $j i32) (local $k i32) (local $m i32)
                   {body})"#
        );
        measure(name, &fields, 1)
    };
    KERNELS.into_iter().map(row).collect()
}
