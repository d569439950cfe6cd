//! Deployments and calls of the contracts that the command itself brings.

use govm_codec::{Value, decode_results, encode_args};
use govm_core::{Address, Call, StateStore};
use govm_runtime::{ContractInfo, Engine, Executed};

use super::block_info;
use crate::args::{DEFAULT_DEPLOY_GAS_LIMIT, DEFAULT_GAS_LIMIT};
use crate::failure::Failure;

/// Deploys a module in a block of its own; its address, and the gas that was used.
pub(super) fn deploy<S: StateStore>(
    engine: &Engine<S>,
    sender: Address,
    wasm: &[u8],
) -> Result<(Address, u64), Failure> {
    let mut block = engine.begin_block(block_info())?;
    let receipt = succeeded(block.deploy(sender, wasm, DEFAULT_DEPLOY_GAS_LIMIT)?)?.receipt;
    block.commit()?;
    let address = Address::from_slice(&receipt.output);
    let address = address.ok_or_else(|| Failure::host("a deployment succeeded without an address"))?;
    Ok((address, receipt.gas_used))
}

/// A call of a function by its name.
pub(super) fn call(info: &ContractInfo, sender: Address, name: &str, args: &[Value]) -> Result<Call, Failure> {
    let (_, function) = info.abi.function(name).ok_or_else(|| lost(name))?;
    let args = encode_args(&info.abi, function, args).map_err(Failure::host)?;
    let (contract, function) = (info.address, name.to_owned());
    Ok(Call { sender, contract, function, args, value: 0, gas_limit: DEFAULT_GAS_LIMIT })
}

/// The only result of a function, from its output.
pub(super) fn result(info: &ContractInfo, name: &str, output: &[u8]) -> Result<Value, Failure> {
    let (_, function) = info.abi.function(name).ok_or_else(|| lost(name))?;
    let mut results = decode_results(&info.abi, function, output).map_err(Failure::host)?;
    results.pop().ok_or_else(|| Failure::host(format!("{name} answered with nothing")))
}

/// What was executed, if it did not fail.
pub(super) fn succeeded(executed: Executed) -> Result<Executed, Failure> {
    match executed.receipt.error() {
        Some(error) => Err(Failure::contract(error, &executed.trace)),
        None => Ok(executed),
    }
}

fn lost(function: &str) -> Failure {
    Failure::host(format!("the contract has no function {function}"))
}
