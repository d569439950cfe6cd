//! Random structured programs: how they are made, what they look like as WebAssembly text, and a model that runs them and
//! adds up what runs.

#![allow(dead_code, reason = "each test file uses its part")]

use std::fmt::Write;

use govm_runtime::gas::OpClass;
use proptest::prelude::*;

/// How many variables a program has.
pub(crate) const VARIABLES: usize = 3;

#[derive(Debug, Clone)]
pub(crate) enum Expr {
    Const(i32),
    Get(usize),
    Binary(&'static str, Box<Expr>, Box<Expr>),
    /// A call of a function that triples its argument.
    Triple(Box<Expr>),
}

#[derive(Debug, Clone)]
pub(crate) enum Stmt {
    Set(usize, Expr),
    If(Expr, Vec<Stmt>, Vec<Stmt>),
    /// A body that runs a number of times.
    Loop(u32, Vec<Stmt>),
    /// A body that is left in the middle if a value is not zero.
    Leave(Vec<Stmt>, Expr, Vec<Stmt>),
    /// The end of the program if a value is not zero.
    Return(Expr),
}

fn expr_text(expr: &Expr) -> String {
    match expr {
        Expr::Const(number) => format!("(i32.const {number})"),
        Expr::Get(variable) => format!("(local.get {variable})"),
        Expr::Binary(operator, a, b) => format!("({operator} {} {})", expr_text(a), expr_text(b)),
        Expr::Triple(argument) => format!("(call $triple {})", expr_text(argument)),
    }
}

/// Statements as text; `loops` counts the loops, each of which has a counter of its own.
fn stmts_text(stmts: &[Stmt], loops: &mut usize) -> String {
    let mut text = String::new();
    for stmt in stmts {
        let _ = match stmt {
            Stmt::Set(variable, value) => write!(text, "(local.set {variable} {})", expr_text(value)),
            Stmt::If(condition, then, otherwise) => {
                let (then, otherwise) = (stmts_text(then, loops), stmts_text(otherwise, loops));
                write!(text, "(if {} (then {then}) (else {otherwise}))", expr_text(condition))
            }
            Stmt::Loop(times, body) => {
                let counter = VARIABLES + *loops;
                *loops += 1;
                let body = stmts_text(body, loops);
                write!(
                    text,
                    "(local.set {counter} (i32.const 0)) (loop {body} (br_if 0 (i32.lt_u
                        (local.tee {counter} (i32.add (local.get {counter}) (i32.const 1))) (i32.const {times}))))"
                )
            }
            Stmt::Leave(before, condition, after) => {
                let (before, after) = (stmts_text(before, loops), stmts_text(after, loops));
                write!(text, "(block {before} (br_if 0 {}) {after})", expr_text(condition))
            }
            Stmt::Return(condition) => {
                write!(text, "(if {} (then (return (i32.const 0))))", expr_text(condition))
            }
        };
    }
    text
}

/// The locals and statements of a program.
pub(crate) fn text(program: &[Stmt]) -> String {
    let mut loops = 0;
    let text = stmts_text(program, &mut loops);
    format!("(local {}) {text}", "i32 ".repeat(VARIABLES + loops))
}

/// The function that programs call.
pub(crate) const TRIPLE: &str = "(func $triple (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3)))";

/// What a program computed.
pub(crate) const CHECKSUM: &str = "(i32.xor (i32.xor (local.get 0) (local.get 1)) (local.get 2))";

/// Runs programs and adds up what runs.
#[derive(Default)]
pub(crate) struct Model {
    pub(crate) variables: [i32; VARIABLES],
    pub(crate) gas: u64,
}

impl Model {
    pub(crate) fn pay(&mut self, operators: u64, class: OpClass) {
        self.gas += operators * class.gas();
    }

    fn eval(&mut self, expr: &Expr) -> i32 {
        match expr {
            Expr::Const(number) => {
                self.pay(1, OpClass::Simple);
                *number
            }
            Expr::Get(variable) => {
                self.pay(1, OpClass::Simple);
                self.variables[*variable]
            }
            Expr::Binary(operator, a, b) => {
                let (a, b) = (self.eval(a), self.eval(b));
                self.pay(1, OpClass::Simple);
                match *operator {
                    "i32.add" => a.wrapping_add(b),
                    "i32.mul" => a.wrapping_mul(b),
                    _ => a ^ b,
                }
            }
            Expr::Triple(argument) => {
                let argument = self.eval(argument);
                self.pay(1, OpClass::Call);
                // In it: get, const, mul.
                self.pay(3, OpClass::Simple);
                argument.wrapping_mul(3)
            }
        }
    }

    /// Whether the program goes on after these statements.
    pub(crate) fn run(&mut self, stmts: &[Stmt]) -> bool {
        stmts.iter().all(|stmt| match stmt {
            Stmt::Set(variable, value) => {
                self.variables[*variable] = self.eval(value);
                self.pay(1, OpClass::Simple);
                true
            }
            Stmt::If(condition, then, otherwise) => {
                let taken = self.eval(condition) != 0;
                self.pay(1, OpClass::Simple);
                self.run(if taken { then } else { otherwise })
            }
            Stmt::Loop(times, body) => {
                // Before: const, set. After each round: get, const, add, tee, const, lt, br_if.
                self.pay(2, OpClass::Simple);
                (0..*times).all(|_| {
                    let goes_on = self.run(body);
                    self.pay(if goes_on { 7 } else { 0 }, OpClass::Simple);
                    goes_on
                })
            }
            Stmt::Leave(before, condition, after) => {
                if !self.run(before) {
                    return false;
                }
                let left = self.eval(condition) != 0;
                self.pay(1, OpClass::Simple);
                left || self.run(after)
            }
            Stmt::Return(condition) => {
                let ends = self.eval(condition) != 0;
                self.pay(if ends { 3 } else { 1 }, OpClass::Simple);
                !ends
            }
        })
    }
}

fn exprs() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![(-3..4).prop_map(Expr::Const), (0..VARIABLES).prop_map(Expr::Get)];
    leaf.prop_recursive(3, 8, 2, |inner| {
        let operator = prop_oneof![Just("i32.add"), Just("i32.mul"), Just("i32.xor")];
        prop_oneof![
            3 => (operator, inner.clone(), inner.clone()).prop_map(|(o, a, b)| Expr::Binary(o, a.into(), b.into())),
            1 => inner.prop_map(|argument| Expr::Triple(argument.into())),
        ]
    })
}

pub(crate) fn programs() -> impl Strategy<Value = Vec<Stmt>> {
    let leaf = prop_oneof![
        4 => (0..VARIABLES, exprs()).prop_map(|(variable, value)| Stmt::Set(variable, value)),
        1 => exprs().prop_map(Stmt::Return),
    ];
    let stmt = leaf.prop_recursive(4, 24, 4, |inner| {
        let body = prop::collection::vec(inner, 0..4);
        prop_oneof![
            (exprs(), body.clone(), body.clone()).prop_map(|(c, a, b)| Stmt::If(c, a, b)),
            (1_u32..4, body.clone()).prop_map(|(times, body)| Stmt::Loop(times, body)),
            (body.clone(), exprs(), body).prop_map(|(a, c, b)| Stmt::Leave(a, c, b)),
        ]
    });
    prop::collection::vec(stmt, 0..5)
}
