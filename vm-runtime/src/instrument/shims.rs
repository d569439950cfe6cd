//! The functions between the outside, which knows the counters as globals, and the inside, which passes them on.

use wasm_encoder::{BlockType, Function, ValType};

use super::Layout;

/// What stands where an imported function stood: takes the counters like any function inside, and has the import see and
/// change the gas in its global. A call that has no gas left ends before the import runs.
pub(super) fn import_shim(import: u32, params: u32, layout: Layout) -> Function {
    let gas = params;
    let mut function = Function::new([]);
    let mut out = function.instructions();
    out.local_get(gas).i64_const(0).i64_lt_s().if_(BlockType::Empty);
    out.i64_const(-1).global_set(layout.gas).unreachable().end();
    out.local_get(gas).global_set(layout.gas);
    (0..params).for_each(|param| _ = out.local_get(param));
    out.call(import).global_get(layout.gas).end();
    function
}

/// What is exported where a function was: takes the counters from their globals and puts the gas back. A call that used
/// more than there was does not return.
pub(super) fn export_shim(inside: u32, params: u32, layout: Layout) -> Function {
    let gas = params;
    let mut function = Function::new([(1, ValType::I64)]);
    let mut out = function.instructions();
    (0..params).for_each(|param| _ = out.local_get(param));
    out.global_get(layout.gas).global_get(layout.stack).call(inside);
    out.local_tee(gas).global_set(layout.gas);
    out.local_get(gas).i64_const(0).i64_lt_s().if_(BlockType::Empty).unreachable().end();
    out.end();
    function
}
