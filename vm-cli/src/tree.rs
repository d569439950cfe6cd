//! What a call did, as a tree for people and as JSON.

use std::fmt::{self, Write};

use govm_core::StateKey;
use govm_runtime::{CallTree, Given, HostStep, StackFrame, StepEnd};
use serde_json::{Value, json};

use crate::output::{DIM, GOOD, grouped};
use crate::show;

/// The tree, one line for each call, each host function and each write.
pub(crate) fn text(tree: &CallTree) -> String {
    let mut lines = Lines::default();
    lines.call(tree, "", "");
    lines.0.trim_end().to_owned()
}

#[derive(Default)]
struct Lines(String);

impl Lines {
    fn line(&mut self, start: &str, text: &str) {
        let _ = writeln!(self.0, "{DIM}{start}{DIM:#}{text}");
    }

    /// A call; `start` stands before its first line, `rest` before the others.
    fn call(&mut self, call: &CallTree, start: &str, rest: &str) {
        let ended = match &call.result {
            Ok(output) if output.is_empty() => String::new(),
            Ok(output) => format!(" -> {} bytes", output.len()),
            Err(error) => format!(" -> {error}"),
        };
        let value = if call.value > 0 { format!(" with {}", call.value) } else { String::new() };
        let gas = grouped(call.gas_used);
        self.line(
            start,
            &format!("{GOOD}{}{GOOD:#} of {}{value}{ended}  {DIM}{gas} gas{DIM:#}", call.function, call.actor.contract),
        );
        let printed = String::from_utf8_lossy(&call.printed);
        let mut leaves: Vec<String> =
            printed.lines().map(|line| format!("{DIM}printed{DIM:#} {}", line.escape_debug())).collect();
        leaves.extend(contract_frames(&call.stack).map(|frame| format!("{DIM}at{DIM:#} {frame}")));
        leaves.extend(
            call.writes.iter().map(|(key, value)| format!("{DIM}wrote{DIM:#} {}", write_line(key, value.as_deref()))),
        );
        let below_start = call.steps.len() + leaves.len();
        let (branch, _) = branches(below_start == 0);
        self.line(&format!("{rest}{branch}"), &format!("started  {DIM}{} gas{DIM:#}", grouped(call.start_gas)));
        for (at, step) in call.steps.iter().enumerate() {
            let (branch, below) = branches(at + 1 == below_start);
            self.step(step, &format!("{rest}{branch}"), &format!("{rest}{below}"));
        }
        for (at, leaf) in leaves.iter().enumerate() {
            let (branch, _) = branches(call.steps.len() + at + 1 == below_start);
            self.line(&format!("{rest}{branch}"), leaf);
        }
    }

    fn step(&mut self, step: &HostStep, start: &str, rest: &str) {
        let given = step.given.iter().map(quoted).collect::<Vec<_>>().join(", ");
        let ended = match step.ended {
            StepEnd::Refused(code) => format!(" -> {}", code.name()),
            StepEnd::Returned(0) => String::new(),
            StepEnd::Returned(number) => format!(" -> {number}"),
            _ => " -> ended the call".to_owned(),
        };
        let gas = grouped(step.gas_before - step.gas_after);
        let taken = if step.ended == StepEnd::Ended { String::new() } else { format!("  {DIM}{gas} gas{DIM:#}") };
        self.line(start, &format!("{}({given}){ended}{taken}", step.name));
        if let Some(call) = &step.call {
            let (branch, below) = branches(true);
            self.call(call, &format!("{rest}{branch}"), &format!("{rest}{below}"));
        }
    }
}

/// A function that was running, as people know it.
struct Frame {
    function: String,
    file: String,
    line: u32,
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} {}", self.file, self.line, self.function)
    }
}

/// The functions of a stack, without those of the SDK by which the contract was called.
fn contract_frames(stack: &[StackFrame]) -> impl Iterator<Item = Frame> {
    const SDK: &str = "github.com/govm-net/vm/";
    let calls = |frame: &&StackFrame| {
        frame.function == "govm_call"
            || frame.function.starts_with("main.")
            || frame.function.strip_prefix(SDK).is_some_and(|name| name.starts_with("internal/guest."))
    };
    let count = stack.len() - stack.iter().rev().take_while(calls).count();
    let shown = |name: &str| name.strip_prefix(SDK).unwrap_or(name).to_owned();
    stack[..count].iter().map(move |frame| Frame {
        function: shown(&frame.function),
        file: shown(&frame.file),
        line: frame.line,
    })
}

/// The stacks of the panics in a call and in those in it: a line for each function, the innermost first.
pub(crate) fn panics(tree: &CallTree) -> String {
    let nested = tree.steps.iter().filter_map(|step| step.call.as_deref());
    let mut text: String = nested.map(panics).collect();
    if !tree.stack.is_empty() {
        let _ = writeln!(text, "panic in {}, compiled:", tree.function);
        text.extend(contract_frames(&tree.stack).map(|frame| format!("\t{frame}\n")));
    }
    text
}

/// What leads to an entry, and what goes past what is below it.
fn branches(last: bool) -> (&'static str, &'static str) {
    if last { ("`- ", "   ") } else { ("|- ", "|  ") }
}

fn given(given: &Given) -> String {
    match given {
        Given::Text(text) => text.clone(),
        Given::Object(id) if id.is_zero() => "default object".to_owned(),
        Given::Object(id) => id.to_string(),
        Given::Address(address) => address.to_string(),
        other => format!("{other:?}"),
    }
}

/// What was given, names in quotes.
fn quoted(name: &Given) -> String {
    match name {
        Given::Text(text) => format!("{text:?}"),
        other => given(other),
    }
}

fn key(key: &StateKey) -> (&'static str, String) {
    let named = match key {
        StateKey::Account(address) | StateKey::Contract(address) => address.to_string(),
        StateKey::Code(hash) => hash.to_string(),
        StateKey::Object(id) => id.to_string(),
        StateKey::Field(id, name) => format!("{id} {name:?}"),
        StateKey::Owned { owner, object, .. } => format!("{owner} {object}"),
        StateKey::Created { contract, object } => format!("{contract} {object}"),
        other => plain_bytes(&other.to_bytes()),
    };
    (key.table().name(), named)
}

fn plain_bytes(bytes: &[u8]) -> String {
    show::plain(&show::hex(bytes))
}

fn write_line(written: &StateKey, value: Option<&[u8]>) -> String {
    let (table, name) = key(written);
    match (written, value) {
        (_, None) => format!("{table} {name}: deleted"),
        (StateKey::Field(..), Some(bytes)) => format!("{table} {name} = {}", show::plain(&show::field(bytes))),
        (_, Some(bytes)) => format!("{table} {name}: {} bytes", bytes.len()),
    }
}

/// The tree as JSON.
pub(crate) fn json(tree: &CallTree) -> Value {
    let mut json = json!({
        "contract": tree.actor.contract, "sender": tree.actor.sender, "function": tree.function, "value": tree.value.to_string(),
        "gas_limit": tree.gas_limit, "start_gas": tree.start_gas,
        "gas_used": tree.gas_used,
        "printed": String::from_utf8_lossy(&tree.printed),
        "stack": contract_frames(&tree.stack).map(|frame| {
            json!({ "function": frame.function, "file": frame.file, "line": frame.line })
        }).collect::<Vec<_>>(),
        "steps": tree.steps.iter().map(step).collect::<Vec<_>>(),
        "writes": tree.writes.iter().map(|(written, value)| {
            let (table, key) = key(written);
            json!({ "table": table, "key": key, "value": value.as_deref().map(show::hex) })
        }).collect::<Vec<_>>(),
    });
    match &tree.result {
        Ok(output) => json["output"] = show::hex(output),
        Err(error) => json["error"] = json!({ "code": error.code.name(), "message": error.message }),
    }
    json
}

fn step(step: &HostStep) -> Value {
    let mut json = json!({
        "name": step.name, "given": step.given.iter().map(given).collect::<Vec<_>>(),
        "gas_before": step.gas_before, "gas_after": step.gas_after,
    });
    match step.ended {
        StepEnd::Refused(code) => json["refused"] = code.name().into(),
        StepEnd::Returned(number) => json["returned"] = number.to_string().into(),
        _ => json["ended"] = true.into(),
    }
    if let Some(call) = &step.call {
        json["call"] = self::json(call);
    }
    json
}
