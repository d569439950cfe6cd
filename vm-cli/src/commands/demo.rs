//! `govm demo`: the whole story, from source to stored state, each step with what it cost.

use std::path::Path;
use std::time::{Duration, Instant};

use govm_codec::{Value as Argument, args_from_words, decode_results, encode_args};
use govm_core::{Address, Call, Ledger, ObjectId, StateStore, code_hash};
use govm_runtime::ContractInfo;
use serde_json::json;

use super::{block_info, build};
use crate::args::{At, Data, Go};
use crate::failure::Failure;
use crate::output::{DIM, GOOD, Output, elapsed, grouped};
use crate::places::{self, StoredEngine};
use crate::show;

/// The contract of the story; it is `contracts/counter` of the repository.
const SOURCE: &str = include_str!("../../demo/counter.go");

/// Who tells the story.
const ALICE: Address = Address::from_bytes([0xa1; 20]);

const GAS_LIMIT: u64 = 1_000_000_000;
const DEPLOY_GAS_LIMIT: u64 = 100_000_000_000;

pub(crate) fn run(go: &Go, output: &Output) -> Result<(), Failure> {
    let folder = tempfile::Builder::new().prefix("govm-demo-").tempdir().map_err(Failure::host)?;
    let source = folder.path().join("counter.go");
    std::fs::write(&source, SOURCE).map_err(Failure::host)?;
    let data = Data { dir: folder.path().join("data"), history: None };
    let tell = |what: &str, result: String, cost: String| {
        output.line(format!("{GOOD}{what:<12}{GOOD:#} {result}  {DIM}{cost}{DIM:#}"));
    };
    tell("source", "counter.go".into(), format!("{} lines of ordinary Go", SOURCE.lines().count()));

    let (built, took) = timed(|| build::build(&source, go, false, output));
    let (built, abi) = built?;
    let size = grouped(built.wasm.len() as u64);
    tell("built", format!("counter.wasm, {size} bytes"), format!("{}, {}", elapsed(took), abi.go_version));

    let engine = places::write(&data)?;
    let (deployed, took) = timed(|| output.during("compiling to machine code", || deploy(&engine, &built.wasm)));
    let (contract, gas_used) = deployed?;
    tell("deployed", contract.to_string(), cost(took, gas_used));

    let info = places::contract(&engine, &contract, At { at: None })?;
    let (initialized, took) = timed(|| call(&engine, &info, "Initialize", &[]));
    let (id, gas_used) = initialized?;
    let Argument::ObjectId(id) = id else { return Err(Failure::host("Initialize answered with another type")) };
    tell("Initialize", id.to_string(), cost(took, gas_used));

    for _ in 0..3 {
        let (called, took) = timed(|| call(&engine, &info, "Increment", &[id.to_string()]));
        let (count, gas_used) = called?;
        tell("Increment", count.to_string(), cost(took, gas_used));
    }
    drop(engine);

    let (stored, took) = timed(|| read_back(&data.dir, &id));
    let (count, height) = stored?;
    tell(
        "read back",
        format!("count = {count}"),
        format!("{}, by a second opening of the database at block {height}", elapsed(took)),
    );
    output.line(
        "\nThe state was in a temporary folder and is gone now. Next, with your own contract:\n  \
         govm deploy counter.go\n  govm call 0xCONTRACT Initialize\n  govm --help",
    );
    output.json(&json!({
        "contract": contract, "code_hash": code_hash(&built.wasm), "object": id, "count": count, "height": height,
    }));
    Ok(())
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let done = work();
    (done, start.elapsed())
}

fn cost(took: Duration, gas_used: u64) -> String {
    format!("{}, {} gas, committed", elapsed(took), grouped(gas_used))
}

fn deploy(engine: &StoredEngine, wasm: &[u8]) -> Result<(Address, u64), Failure> {
    let mut block = engine.begin_block(block_info())?;
    let executed = block.deploy(ALICE, wasm, DEPLOY_GAS_LIMIT)?;
    if let Some(error) = executed.receipt.error() {
        return Err(Failure::contract(error, &executed.trace));
    }
    block.commit()?;
    let address = Address::from_slice(&executed.receipt.output);
    let address = address.ok_or_else(|| Failure::host("a deployment succeeded without an address"))?;
    Ok((address, executed.receipt.gas_used))
}

/// Calls a function in a block of its own; its only result.
fn call(engine: &StoredEngine, info: &ContractInfo, name: &str, words: &[String]) -> Result<(Argument, u64), Failure> {
    let (_, function) = info.abi.function(name).ok_or_else(|| Failure::host(format!("the contract lost {name}")))?;
    let args = args_from_words(&info.abi, function, words).map_err(Failure::host)?;
    let args = encode_args(&info.abi, function, &args).map_err(Failure::host)?;
    let (contract, function_name) = (info.address, name.to_owned());
    let call = Call { sender: ALICE, contract, function: function_name, args, value: 0, gas_limit: GAS_LIMIT };
    let mut block = engine.begin_block(block_info())?;
    let executed = block.call(&call)?;
    if let Some(error) = executed.receipt.error() {
        return Err(Failure::contract(error, &executed.trace));
    }
    block.commit()?;
    let mut results = decode_results(&info.abi, function, &executed.receipt.output).map_err(Failure::host)?;
    let result = results.pop().ok_or_else(|| Failure::host(format!("{name} answered with nothing")))?;
    Ok((result, executed.receipt.gas_used))
}

/// The counter's stored count, and the height it was read at.
fn read_back(data_dir: &Path, id: &ObjectId) -> Result<(String, u64), Failure> {
    let snapshot = places::read(data_dir)?.store().snapshot()?;
    let height = snapshot.height();
    let fields = Ledger::new(snapshot.state).fields(id, None, 1)?;
    let (_, value) = fields.first().ok_or_else(|| Failure::host("the counter's object has no field"))?;
    Ok((show::plain(&show::field(value)), height))
}
