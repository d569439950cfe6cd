//! A contract that does what its arguments say, and random blocks of its calls.

use govm_core::{Address, Call, ObjectId};

use crate::support::{ALICE, BOB, GAS, contract, imports};

/// Length of a step: what to do, a number, and an id or address.
const STEP_BYTES: usize = 34;

/// Steps by their numbers, as the contract knows them.
pub(crate) mod step {
    pub(crate) const READ: u8 = 1;
    pub(crate) const WRITE: u8 = 2;
    pub(crate) const DELETE_FIELD: u8 = 3;
    pub(crate) const CREATE: u8 = 4;
    pub(crate) const DELETE: u8 = 5;
    pub(crate) const WALK: u8 = 6;
    pub(crate) const CALL: u8 = 7;
    pub(crate) const EMIT: u8 = 8;
    pub(crate) const FAIL: u8 = 9;
    pub(crate) const PAY: u8 = 10;
    pub(crate) const TRAP: u8 = 11;
    pub(crate) const FIND: u8 = 12;
    pub(crate) const FIELDS: u8 = 13;
}

/// The contract. `run` goes through the steps in its arguments with a digest of everything that it was told (at 4096), which
/// decides what it writes and whether it fails; `bump` counts in the default object; `fail` does the same and fails.
///
/// In memory: 0 the input, 3000 the name of a field, 5000 what was read, 6000 a number, 7000 to 7300 records and zeros.
pub(crate) fn script() -> Vec<u8> {
    let fields = r#"
        (data (i32.const 3000) "k0") (data (i32.const 3100) "bumpfailn")
        (func $mix (param $at i32) (param $len i32)
            (loop (if (local.get $len) (then
                (i64.store (i32.const 4096) (i64.mul (i64.const 1099511628211)
                    (i64.xor (i64.load (i32.const 4096)) (i64.load8_u (local.get $at)))))
                (local.set $at (i32.add (local.get $at) (i32.const 1)))
                (local.set $len (i32.sub (local.get $len) (i32.const 1)))
                (br 1)))))
        (func $told (param i64)
            (i64.store (i32.const 6000) (local.get 0)) (call $mix (i32.const 6000) (i32.const 8)))
        (func $code (param i32) (call $told (i64.extend_i32_u (local.get 0))))
        (func $digest (param i32) (result i32)
            (i32.and (local.get 0) (i32.wrap_i64 (i64.shr_u (i64.load (i32.const 4096)) (i64.const 11)))))
        (func $got (param i64)
            (call $told (local.get 0))
            (if (i64.gt_s (local.get 0) (i64.const 0))
                (then (call $mix (i32.const 5000) (i32.wrap_i64 (local.get 0))))))
        (func $write (param $id i32)
            (i32.store8 (i32.const 6100) (call $digest (i32.const 3)))
            (call $code (call $field_set (local.get $id) (i32.const 3000) (i32.const 2) (i32.const 6100) (i32.const 1))))
        (func $walk (param $id i32) (param $count i32) (local $code i32)
            (loop (if (local.get $count) (then
                (local.set $code (call $object_next (local.get $id) (i32.const 7200)))
                (call $code (local.get $code))
                (if (local.get $code) (then (return)))
                (call $mix (i32.const 7200) (i32.const 72))
                (local.set $id (i32.const 7200))
                (local.set $count (i32.sub (local.get $count) (i32.const 1)))
                (br 1)))))
        (func $f0 (result i32) (local $p i32) (local $op i32) (local $k i32) (local $id i32)
            (call $input (i32.const 0))
            (i64.store (i32.const 4096) (i64.const 7))
            (call $mix (i32.const 0) (i32.const 64))
            (local.set $p (i32.const 64))
            (loop $next
                (local.set $op (i32.load8_u (local.get $p)))
                (local.set $k (i32.load8_u offset=1 (local.get $p)))
                (local.set $id (i32.add (local.get $p) (i32.const 2)))
                (local.set $p (i32.add (local.get $p) (i32.const 34)))
                (i32.store8 (i32.const 3001) (i32.and (local.get $k) (i32.const 3)))
                (if (i32.eqz (local.get $op)) (then
                    (call $output (i32.const 4096) (i32.const 8)) (return (i32.const 0))))
                (if (i32.eq (local.get $op) (i32.const 1)) (then
                    (call $got (call $field_get
                        (local.get $id) (i32.const 3000) (i32.const 2) (i32.const 5000) (i32.const 64)))))
                (if (i32.eq (local.get $op) (i32.const 2)) (then (call $write (local.get $id))))
                (if (i32.eq (local.get $op) (i32.const 3)) (then
                    (call $code (call $field_delete (local.get $id) (i32.const 3000) (i32.const 2)))))
                (if (i32.eq (local.get $op) (i32.const 4)) (then
                    (call $code (call $object_create (i32.const 7000)))
                    (call $mix (i32.const 7000) (i32.const 72))
                    (call $write (i32.const 7000))
                    (if (i32.and (local.get $k) (i32.const 1)) (then
                        (call $code (call $object_set_owner (i32.const 7000) (i32.const 0)))))))
                (if (i32.eq (local.get $op) (i32.const 5)) (then
                    (call $code (call $object_delete (local.get $id)))))
                (if (i32.eq (local.get $op) (i32.const 6)) (then
                    (call $walk (local.get $id) (i32.and (local.get $k) (i32.const 7)))))
                (if (i32.eq (local.get $op) (i32.const 7)) (then
                    (call $got (call $call (local.get $id)
                        (i32.add (i32.const 3100) (i32.shl (i32.and (local.get $k) (i32.const 1)) (i32.const 2)))
                        (i32.const 4) (i32.const 7100) (i32.const 4) (i64.const 0) (i64.const 0)
                        (i32.const 5000) (i32.const 64)))))
                (if (i32.eq (local.get $op) (i32.const 8)) (then
                    (call $code (call $emit (i32.const 3000) (i32.const 1) (i32.const 4096) (i32.const 8)))))
                (if (i32.and (i32.eq (local.get $op) (i32.const 9)) (i32.eqz (call $digest (i32.const 3)))) (then
                    (call $output (i32.const 4096) (i32.const 8)) (return (i32.const 1))))
                (if (i32.eq (local.get $op) (i32.const 10)) (then
                    (call $code (call $transfer (local.get $id) (i64.extend_i32_u (local.get $k))))
                    (call $told (call $balance (local.get $id)))))
                (if (i32.and (i32.eq (local.get $op) (i32.const 11)) (i32.eqz (call $digest (i32.const 7)))) (then
                    (unreachable)))
                (if (i32.eq (local.get $op) (i32.const 12)) (then
                    (call $code (call $object_find (local.get $id) (i32.const 7200)))
                    (call $mix (i32.const 7200) (i32.const 72))))
                (if (i32.eq (local.get $op) (i32.const 13)) (then
                    (call $got (call $field_next
                        (local.get $id) (i32.const 3000) (i32.const 2) (i32.const 5000) (i32.const 64)))))
                (br $next))
            (unreachable))
        (func $f1 (result i32)
            (drop (call $field_get (i32.const 7100) (i32.const 3108) (i32.const 1) (i32.const 5000) (i32.const 1)))
            (i32.store8 (i32.const 5000) (i32.add (i32.const 1) (i32.load8_u (i32.const 5000))))
            (call $output (i32.const 5000) (i32.const 1))
            (call $field_set (i32.const 7100) (i32.const 3108) (i32.const 1) (i32.const 5000) (i32.const 1)))
        (func $f2 (result i32) (drop (call $f1)) (i32.const 1))"#;
    contract(&["run!", "bump", "fail"], &imports(), fields)
}

/// A xorshift generator: the same blocks in every run.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % bound
    }

    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

/// A call of `run` with so many random steps on these objects; `other` is a contract to call.
pub(crate) fn random_call(random: &mut Random, script: Address, other: Address, objects: &[ObjectId]) -> Call {
    let mut args = Vec::new();
    for _ in 0..random.below(9) {
        let op = random.pick(&[
            step::READ,
            step::READ,
            step::READ,
            step::WRITE,
            step::WRITE,
            step::DELETE_FIELD,
            step::CREATE,
            step::DELETE,
            step::WALK,
            step::CALL,
            step::EMIT,
            step::FAIL,
            step::PAY,
            step::TRAP,
            step::FIND,
            step::FIELDS,
        ]);
        let address = match op {
            step::CALL => Some(random.pick(&[other, other, other, script])),
            step::PAY | step::FIND => Some(random.pick(&[ALICE, BOB, script, other])),
            _ => None,
        };
        let id = match address {
            Some(address) => [address.as_ref(), &[0; 12]].concat(),
            None if op == step::WALK && random.below(2) == 0 => vec![0; 32],
            None => random.pick(objects).as_bytes().to_vec(),
        };
        args.extend([op, random.below(8) as u8]);
        args.extend(id);
    }
    args.extend([0; STEP_BYTES]);
    let value = if random.below(4) == 0 { random.below(50) as u64 } else { 0 };
    let gas_limit = random.pick(&[GAS, GAS, GAS, 100_000]);
    Call { sender: random.pick(&[ALICE, BOB]), contract: script, function: "run".into(), args, value, gas_limit }
}
