//! `govm demo`: the whole story, from source to stored state, each step with what it cost.

use std::path::Path;
use std::time::{Duration, Instant};

use govm_codec::Value;
use govm_core::{Address, Ledger, ObjectId, StateStore, code_hash};
use govm_runtime::ContractInfo;
use serde_json::json;

use super::{block_info, build, own};
use crate::args::{At, Data, Go};
use crate::failure::Failure;
use crate::output::{DIM, GOOD, Output, elapsed, grouped};
use crate::places::{self, StoredEngine};
use crate::show;

/// The contract of the story; it is `contracts/counter` of the repository.
const SOURCE: &str = include_str!("../../demo/counter.go");

/// Who tells the story.
const ALICE: Address = Address::from_bytes([0xa1; 20]);

pub(crate) fn run(go: &Go, output: &Output) -> Result<(), Failure> {
    let folder = tempfile::Builder::new().prefix("govm-demo-").tempdir().map_err(Failure::host)?;
    let source = folder.path().join("counter.go");
    std::fs::write(&source, SOURCE).map_err(Failure::host)?;
    let data = Data { dir: folder.path().join("data"), history: None };
    let tell = |what: &str, result: String, cost: String| {
        output.line(format!("{GOOD}{what:<12}{GOOD:#} {result}  {DIM}{cost}{DIM:#}"));
    };
    tell("source", "counter.go".into(), format!("{} lines of ordinary Go", SOURCE.lines().count()));

    let builder = places::builder(go.path.as_deref())?;
    let (built, took) = timed(|| build::build(&source, &builder, output));
    let (built, abi) = built?;
    let size = grouped(built.wasm.len() as u64);
    tell("built", format!("counter.wasm, {size} bytes"), format!("{}, {}", elapsed(took), abi.go_version));

    let engine = places::write(&data)?;
    let (deployed, took) =
        timed(|| output.during("compiling to machine code", || own::deploy(&engine, ALICE, &built.wasm)));
    let (contract, gas_used) = deployed?;
    tell("deployed", contract.to_string(), cost(took, gas_used));

    let info = places::contract(&engine, &contract, At { at: None })?;
    let (initialized, took) = timed(|| call(&engine, &info, "Initialize", &[]));
    let (id, gas_used) = initialized?;
    let Value::ObjectId(id) = id else { return Err(Failure::host("Initialize answered with another type")) };
    tell("Initialize", id.to_string(), cost(took, gas_used));

    for _ in 0..3 {
        let (called, took) = timed(|| call(&engine, &info, "Increment", &[Value::ObjectId(id)]));
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

/// Calls a function in a block of its own; its only result.
fn call(engine: &StoredEngine, info: &ContractInfo, name: &str, args: &[Value]) -> Result<(Value, u64), Failure> {
    let mut block = engine.begin_block(block_info())?;
    let receipt = own::succeeded(block.call(&own::call(info, ALICE, name, args)?)?)?.receipt;
    block.commit()?;
    Ok((own::result(info, name, &receipt.output)?, receipt.gas_used))
}

/// The counter's stored count, and the height it was read at.
fn read_back(data_dir: &Path, id: &ObjectId) -> Result<(String, u64), Failure> {
    let snapshot = places::read(data_dir)?.store().snapshot()?;
    let height = snapshot.height();
    let fields = Ledger::new(snapshot.state).fields(id, None, 1)?;
    let (_, value) = fields.first().ok_or_else(|| Failure::host("the counter's object has no field"))?;
    Ok((show::plain(&show::field(value)), height))
}
