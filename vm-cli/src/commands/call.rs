//! `govm call` and `govm query`.

use std::path::Path;

use govm_codec::{TextErrorKind, args_from_words, decode_results, encode_args, results_to_json};
use govm_core::{Call, Receipt};
use govm_runtime::{CallTree, ContractInfo, Executed};
use serde_json::{Value, json};

use super::{block_info, now_ns};
use crate::args::{self, At, Data};
use crate::failure::Failure;
use crate::output::{DIM, GOOD, Output, grouped};
use crate::places::{self, StoredEngine};
use crate::{show, tree};

/// Executes the call in a block of its own, which is committed if the call succeeds.
pub(crate) fn call(args: &args::Call, data: &Data, output: &Output) -> Result<(), Failure> {
    let (contract, call) = prepare(args, &places::read(&data.dir)?, At { at: None })?;
    let engine = places::write(data)?;
    let mut block = engine.begin_block(block_info())?;
    let height = block.height();
    let (executed, tree) = output.during(format!("calling {}", args.function), || match args.trace {
        false => block.call(&call).map(|executed| (executed, None)),
        true => block.call_traced(&call).map(|(executed, tree)| (executed, Some(tree))),
    })?;
    let height = if executed.receipt.is_ok() { block.commit()?.height } else { height - 1 };
    report(&contract, &args.function, &Done { executed, height, tree }, output)
}

/// Executes the call on a state and forgets what it wrote.
pub(crate) fn query(args: &args::Query, data_dir: &Path, output: &Output) -> Result<(), Failure> {
    let args::Query { call: args, at } = args;
    let engine = places::read(data_dir)?;
    let (contract, call) = prepare(args, &engine, *at)?;
    let (queried, tree) = output.during(format!("querying {}", args.function), || match (at.at, args.trace) {
        (None, false) => engine.query(&call, now_ns()).map(|queried| (queried, None)),
        (None, true) => engine.query_traced(&call, now_ns()).map(|(queried, tree)| (queried, Some(tree))),
        (Some(height), false) => engine.query_at(&call, height).map(|queried| (queried, None)),
        (Some(height), true) => engine.query_at_traced(&call, height).map(|(queried, tree)| (queried, Some(tree))),
    })?;
    let done = Done { executed: queried.executed, height: queried.height, tree };
    report(&contract, &args.function, &done, output)
}

/// Finds the contract and the function and reads the arguments: what is wrong with them is found before anything runs.
fn prepare(args: &args::Call, engine: &StoredEngine, at: At) -> Result<(ContractInfo, Call), Failure> {
    let address = args.contract;
    let contract = places::contract(engine, &address, at)?;
    let abi = &contract.abi;
    let Some((_, function)) = abi.function(&args.function) else {
        let functions = show::functions(abi).join("\n  ");
        return Err(Failure::usage(format!("the contract has no function {:?}; it has\n  {functions}", args.function)));
    };
    if args.value > 0 && !function.payable {
        return Err(Failure::usage(format!("the function {} takes no value: leave --value out", args.function)));
    }
    let values = args_from_words(abi, function, &args.args).map_err(|error| match error.kind() {
        TextErrorKind::Arguments { .. } => Failure::usage(error),
        _ => Failure::usage(format!("{error}\n  usage: {function}")),
    })?;
    let encoded = encode_args(abi, function, &values).map_err(Failure::usage)?;
    let call = Call {
        sender: args.from,
        contract: address,
        function: args.function.clone(),
        args: encoded,
        value: args.value,
        gas_limit: args.gas_limit,
    };
    Ok((contract, call))
}

/// A call that was executed, and on which height.
struct Done {
    executed: Executed,
    height: u64,
    /// What it did, if that was asked for.
    tree: Option<CallTree>,
}

/// Prints what a call did; a failed one is the command's failure.
fn report(contract: &ContractInfo, function: &str, done: &Done, output: &Output) -> Result<(), Failure> {
    let Done { executed, height, tree } = done;
    let receipt = &executed.receipt;
    if let Some(tree) = tree {
        output.line(tree::text(tree));
    }
    let results = results(contract, function, receipt)?;
    let events = show::events(&receipt.events);
    let mut json = json!({
        "status": if receipt.is_ok() { "ok" } else { "failed" },
        "result": results, "gas_used": receipt.gas_used, "gas_refunded": receipt.gas_refunded,
        "schedule_version": receipt.schedule_version, "events": events, "height": height,
    });
    if let Some(tree) = tree {
        json["trace"] = tree::json(tree);
    }
    if let Some(error) = receipt.error() {
        json["error"] = json!({ "code": error.code.name(), "message": error.message });
        output.json(&json);
        let failure = Failure::contract(error, &executed.trace);
        return Err(if tree.is_none() { failure.of_untraced_call(error.code) } else { failure });
    }
    let values = results.iter().map(show::plain).collect::<Vec<_>>().join("\n");
    let values = if values.is_empty() { "(no result)".to_owned() } else { values };
    let mut text = format!("{GOOD}{values}{GOOD:#}  {DIM}block {height}, {} gas{DIM:#}", grouped(receipt.gas_used));
    for (event, shown) in receipt.events.iter().zip(&events) {
        text.push_str(&format!("\n  {DIM}event{DIM:#} {}", show::event_line(shown)));
        if event.contract != contract.address {
            text.push_str(&format!("  {DIM}of {}{DIM:#}", event.contract));
        }
    }
    output.result(&json, text);
    Ok(())
}

/// The results of a call that succeeded.
fn results(contract: &ContractInfo, function: &str, receipt: &Receipt) -> Result<Vec<Value>, Failure> {
    let Some((_, function)) = contract.abi.function(function).filter(|_| receipt.is_ok()) else {
        return Ok(Vec::new());
    };
    let undecodable = |error: &dyn std::fmt::Display| {
        Failure::host(format!("the contract's result is not what its ABI says: {error}"))
    };
    let values = decode_results(&contract.abi, function, &receipt.output).map_err(|error| undecodable(&error))?;
    results_to_json(&contract.abi, function, &values).map_err(|error| undecodable(&error))
}
