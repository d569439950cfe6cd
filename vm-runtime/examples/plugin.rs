//! A program with plug-ins: it lets somebody else's code work on its texts, line by line, and trusts it with nothing. The
//! plug-in cannot reach files, network or clock, keeps no memory from line to line, and ends when its gas does.
//!
//! ```text
//! govm build contracts/redact
//! echo 'pay 4111 1111 1111 1111' | cargo run -p govm-runtime --example plugin -- redact.wasm Redact
//! ```

use std::error::Error;
use std::io::{BufRead, Write};

use govm_codec::{Value, args, decode_results, encode_args};
use govm_core::{Address, BlockInfo, Call};
use govm_runtime::{Engine, EngineConfig};
use govm_state::MemoryStore;

/// What a plug-in may use for a line: some milliseconds of computing.
const GAS_PER_LINE: u64 = 10_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let (Some(path), Some(function)) = (words.next(), words.next()) else {
        return Err("usage: plugin MODULE.wasm FUNCTION, with lines of text on standard input".into());
    };
    let plugin = Plugin::load(&std::fs::read(path)?, function)?;
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        match plugin.run(&line?)? {
            Ok((text, gas)) => writeln!(out, "{text}  ({gas} gas)")?,
            Err(refusal) => writeln!(out, "the plug-in failed: {refusal}")?,
        }
    }
    Ok(())
}

/// A module in an engine of its own. Nothing is kept but in memory.
pub(crate) struct Plugin {
    engine: Engine<MemoryStore>,
    address: Address,
    function: String,
}

impl Plugin {
    /// Checks and compiles a module, which must have a function from a text to a text and perhaps more.
    pub(crate) fn load(wasm: &[u8], function: String) -> Result<Self, Box<dyn Error>> {
        let engine = Engine::new(MemoryStore::new(), &EngineConfig::default());
        let mut block = engine.begin_block(BlockInfo::default())?;
        let receipt = block.deploy(Address::ZERO, wasm, u64::MAX)?.receipt;
        if let Some(error) = receipt.error() {
            return Err(format!("the module is refused: {error}").into());
        }
        block.commit()?;
        let address = Address::from_slice(&receipt.output).ok_or("a deployment without an address")?;
        Ok(Self { engine, address, function })
    }

    /// Runs the plug-in on a text: its answer and the gas that it used, or why it failed. The outer error is ours.
    pub(crate) fn run(&self, text: &str) -> Result<Result<(String, u64), String>, Box<dyn Error>> {
        let abi = self.engine.contract(&self.address)?.ok_or("no contract")?.abi;
        let (_, function) = abi.function(&self.function).ok_or("the plug-in has no such function")?;
        let call = Call {
            sender: Address::ZERO,
            contract: self.address,
            function: self.function.clone(),
            args: encode_args(&abi, function, &args![text])?,
            value: 0,
            gas_limit: GAS_PER_LINE,
        };
        let receipt = self.engine.query(&call, 0)?.executed.receipt;
        if let Some(error) = receipt.error() {
            return Ok(Err(error.to_string()));
        }
        let results = decode_results(&abi, function, &receipt.output)?;
        let Some(Value::String(answer)) = results.into_iter().next() else {
            return Err("the answer is no text".into());
        };
        Ok(Ok((answer, receipt.gas_used)))
    }
}
