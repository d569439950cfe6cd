//! `govm deploy`: a module, or Go source that is built first, becomes a contract.

use govm_codec::Abi;
use govm_core::{Address, code_hash};
use govm_runtime::{EngineConfig, check_module};
use serde_json::json;

use super::{block_info, build};
use crate::args::{Data, Deploy};
use crate::failure::Failure;
use crate::output::{DIM, GOOD, Output, grouped};
use crate::{places, show};

pub(crate) fn run(args: &Deploy, data: &Data, output: &Output) -> Result<(), Failure> {
    let (wasm, abi) = module(args, output)?;
    let engine = places::write(data)?;
    let mut block = engine.begin_block(block_info())?;
    let executed = output.during("compiling and deploying", || block.deploy(args.from, &wasm, args.gas_limit))?;
    let receipt = executed.receipt;
    if let Some(error) = receipt.error() {
        let json = json!({
            "status": "failed", "gas_used": receipt.gas_used, "schedule_version": receipt.schedule_version,
            "error": { "code": error.code.name(), "message": error.message },
        });
        output.json(&json);
        return Err(Failure::contract(error, &executed.trace));
    }
    let header = block.commit()?;
    let address = Address::from_slice(&receipt.output)
        .ok_or_else(|| Failure::host("a deployment succeeded without an address"))?;
    let hash = code_hash(&wasm);
    let json = json!({
        "address": address, "code_hash": hash, "gas_used": receipt.gas_used,
        "schedule_version": receipt.schedule_version, "height": header.height,
    });
    let gas = grouped(receipt.gas_used);
    let functions = show::functions(&abi).join("\n             ");
    output.result(&json, format!(
        "{GOOD}deployed{GOOD:#} {address}  {DIM}block {}, {gas} gas{DIM:#}\n  code hash  {hash}\n  functions  {functions}",
        header.height,
    ));
    Ok(())
}

/// The module to deploy, checked: everything that is wrong with it is found before anything is written.
fn module(args: &Deploy, output: &Output) -> Result<(Vec<u8>, Abi), Failure> {
    let path = &args.path;
    if path.is_dir() || path.extension().is_some_and(|extension| extension == "go") {
        let (built, abi) = build::build(path, &places::compiler(&args.compile)?, output)?;
        return Ok((built.wasm, abi));
    }
    let wasm = std::fs::read(path).map_err(|error| {
        Failure::usage(format!("cannot read {}: {error}; name a .wasm file, a .go file or a folder", path.display()))
    })?;
    let abi = check_module(&wasm, &EngineConfig::default())?;
    Ok((wasm, abi))
}
