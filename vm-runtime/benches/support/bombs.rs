//! The worst modules for a compiler that pass the check, one idea each.

fn repeat(count: usize, piece: impl Fn(usize) -> String) -> String {
    (0..count).map(piece).collect()
}

/// How large the functions of the modules are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    /// As large as the check lets through.
    Checked,
    /// As large as the code is still compiled for speed.
    #[allow(dead_code, reason = "not every benchmark asks for it")]
    Optimised,
}

/// The name of each, and the fields that make a module of it: the module has a memory, and may have other functions.
pub(crate) fn bombs(size: Size) -> Vec<(&'static str, String)> {
    let of = |checked: usize, optimised: usize| if size == Size::Checked { checked } else { optimised };
    let straight = repeat(of(70_000, 18_000), |i| format!("local.get 0 i32.const {} i32.xor local.set 0 ", i % 60));
    let loads = repeat(of(60_000, 16_000), |i| format!("(local.set 0 (i32.load offset={} (local.get 0)))", i % 100));
    let calls = repeat(of(100_000, 60_000), |_| "call $bomb ".to_owned());
    let operands = format!("{} {}", "local.get 0 ".repeat(4_000), "i32.add ".repeat(3_999));
    let rounds = format!("{operands} i32.add ").repeat(of(30, 9));
    vec![
        ("straight code", format!("(func (param i32) {straight})")),
        ("loads", format!("(func (param i32) {loads})")),
        ("calls", format!("(func $bomb {calls})")),
        ("operands", format!("(func (param i32) (result i32) {operands} {rounds})")),
        ("locals where ways meet", ways(30, of(4_000, 1_000))),
        ("more locals, fewer ways", ways(of(2_000, 500), 60)),
        ("one local, many ways", ways(2, of(4_000, 1_000))),
        ("nested loops", nested_loops(of(4_000, 1_000))),
        ("values kept in loops", format!("(func (param i64) (result i64) {})", kept(of(30_000, 12_000)))),
        ("empty functions", "(func)".repeat(65_000)),
    ]
}

/// Blocks that are entered from a branch table and from above, each of which changes a local.
fn ways(locals: usize, blocks: usize) -> String {
    let targets = repeat(blocks, |i| format!("{i} "));
    let steps = repeat(blocks, |i| {
        let (a, b) = (i % locals, (i * 7 + 1) % locals);
        format!("end local.get {a} i32.const 1 i32.add local.set {b} ")
    });
    let sums = repeat(locals, |i| format!("local.get {i} i32.add "));
    format!(
        "(func (result i32) (local {}) {} local.get 0 br_table {targets} {blocks} {steps} end local.get 0 {sums})",
        "i32 ".repeat(locals),
        "block ".repeat(blocks + 1)
    )
}

fn nested_loops(depth: usize) -> String {
    let opened = "loop local.get 0 i32.const 1 i32.sub local.set 0 ".repeat(depth);
    format!("(func (param i32) {opened} {})", "local.get 0 br_if 0 end ".repeat(depth))
}

fn kept(count: usize) -> String {
    let sum = repeat(count, |i| format!("local.get 0 i64.const {} i64.xor local.get 0 i64.rotl i64.add ", i % 8_000));
    format!("(local i64) loop local.get 1 {sum} local.tee 1 i64.eqz br_if 0 end local.get 1")
}
