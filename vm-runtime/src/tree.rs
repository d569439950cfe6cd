//! What a call did, step by step: a tree of calls and the host functions that each called.
//!
//! It is built only if somebody asks for it. Otherwise each host function looks once whether anybody does, and that is all.

mod go_stack;

use govm_core::{Actor, Address, ContractError, ErrorCode, ObjectId, Write};

use crate::host::Returns;
use crate::outcome::Outcome;
use crate::session::Invocation;

pub(crate) use go_stack::panic_stack;

/// A call as it went, nested calls included.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallTree {
    /// The contract that was called, and its caller.
    pub actor: Actor,
    /// The function's name.
    pub function: String,
    /// The amount that came with the call.
    pub value: u64,
    /// The most gas that it could use.
    pub gas_limit: u64,
    /// The gas that was taken before its code began: for the call, its arguments, and the memory that its module starts with.
    pub start_gas: u64,
    /// The gas that it used, nested calls included and refunds not taken off.
    pub gas_used: u64,
    /// The encoded results, or the failure.
    pub result: Result<Vec<u8>, ContractError>,
    /// The host functions that it called, in order.
    pub steps: Vec<HostStep>,
    /// What it wrote to standard output and error, nested calls not included; cut like the trace.
    pub printed: Vec<u8>,
    /// The calls inside the contract that led to its panic, the innermost first; none if there was none. Only what Go compiled
    /// tells them, by its own tables.
    pub stack: Vec<StackFrame>,
    /// Its net writes in ascending order of their keys, nested calls included; none if it failed.
    pub writes: Vec<Write>,
}

/// A function of a contract that was running, and where in it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StackFrame {
    /// The function's name, with the path of its package.
    pub function: String,
    /// The file, as the compiler was told to name it.
    pub file: String,
    /// The line in it, from 1 on.
    pub line: u32,
}

/// A call of a host function.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HostStep {
    /// The function's name.
    pub name: &'static str,
    /// The names, identifiers and addresses that it was given, in the order in which it read them.
    pub given: Vec<Given>,
    /// The gas that was left before it, and after it.
    pub gas_before: u64,
    /// See `gas_before`; 0 if it ended the call.
    pub gas_after: u64,
    /// How it ended.
    pub ended: StepEnd,
    /// The call that it made, if it is `call` and got that far.
    pub call: Option<Box<CallTree>>,
}

/// What a host function was given.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Given {
    /// A name.
    Text(String),
    /// An object; zero stands for the contract's default object.
    Object(ObjectId),
    /// An account or a contract.
    Address(Address),
}

/// How a host function ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StepEnd {
    /// It returned nothing, 0 or a number: a length, an amount, a flag.
    Returned(u64),
    /// It refused, and the contract went on.
    Refused(ErrorCode),
    /// It ended the call.
    Ended,
}

/// Builds a tree while calls run.
#[derive(Debug, Default)]
pub(crate) struct Growing {
    /// The calls that run, the outermost first.
    open: Vec<CallTree>,
    root: Option<CallTree>,
}

impl Growing {
    pub(crate) fn call_begins(&mut self, invocation: &Invocation<'_>) {
        let Invocation { sender, contract, function, value, gas_limit, .. } = invocation;
        self.open.push(CallTree {
            actor: Actor { contract: *contract, sender: *sender },
            function: (*function).to_owned(),
            value: *value,
            gas_limit: *gas_limit,
            start_gas: 0,
            gas_used: 0,
            result: Ok(Vec::new()),
            steps: Vec::new(),
            printed: Vec::new(),
            stack: Vec::new(),
            writes: Vec::new(),
        });
    }

    /// Gas was taken from the call that runs before its code began.
    pub(crate) fn call_paid(&mut self, gas: u64) {
        if let Some(call) = self.open.last_mut() {
            call.start_gas += gas;
        }
    }

    /// What the call that runs left behind.
    pub(crate) fn call_left(&mut self, printed: &[u8], stack: Vec<StackFrame>) {
        if let Some(call) = self.open.last_mut() {
            call.printed.extend_from_slice(printed);
            call.stack = stack;
        }
    }

    pub(crate) fn call_ended(&mut self, outcome: &Outcome, writes: Vec<Write>) {
        let Some(mut call) = self.open.pop() else { return };
        (call.gas_used, call.result, call.writes) = (outcome.gas_used, outcome.result.clone(), writes);
        match self.open.last_mut().and_then(|caller| caller.steps.last_mut()) {
            Some(step) => step.call = Some(Box::new(call)),
            None => self.root = Some(call),
        }
    }

    pub(crate) fn step_begins(&mut self, name: &'static str, gas_before: u64) {
        let step = HostStep { name, given: Vec::new(), gas_before, gas_after: 0, ended: StepEnd::Ended, call: None };
        if let Some(call) = self.open.last_mut() {
            call.steps.push(step);
        }
    }

    pub(crate) fn step_was_given(&mut self, given: Given) {
        if let Some(step) = self.open.last_mut().and_then(|call| call.steps.last_mut()) {
            step.given.push(given);
        }
    }

    /// The answer is the number that the guest sees.
    pub(crate) fn step_ended(&mut self, returns: Returns, answer: i64, gas_after: u64) {
        let Some(step) = self.open.last_mut().and_then(|call| call.steps.last_mut()) else { return };
        let refusal = match returns {
            Returns::Code => answer,
            Returns::Length => -answer,
            Returns::Nothing | Returns::Amount | Returns::Flag => 0,
        };
        step.gas_after = gas_after;
        step.ended = match u32::try_from(refusal).ok().and_then(ErrorCode::from_number) {
            Some(code) => StepEnd::Refused(code),
            None => StepEnd::Returned(answer as u64),
        };
    }

    pub(crate) fn into_tree(self) -> Option<CallTree> {
        self.root
    }
}
