//! `govm harness`: the engine for tests in Go. It reads requests from standard input, JSON documents of a line each, and
//! answers each with a line on standard output; it ends with its input. `docs/testing.md` describes the documents, and
//! `vm-sdk-go/coretest` speaks them.

mod chain;
mod modules;
mod store;

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, Write};
use std::path::Path;
use std::str::FromStr;

use govm_core::{Address, Call, Failure as CoreFailure, HostFault};
use govm_runtime::{Engine, EngineConfig, Executed};
use serde_json::{Value, json};

use crate::args;
use crate::failure::Failure;
use crate::places;
use chain::Chain;
use modules::Modules;
use store::TestStore;

pub(crate) fn run(args: &args::Harness) -> Result<(), Failure> {
    let config = EngineConfig { cache_dir: Some(places::test_code_dir()), ..EngineConfig::default() };
    let engine = Engine::new(TestStore::default(), &config);
    let mut harness = Harness {
        engine: &engine,
        modules: Modules::new(&args.go, args.builds.clone())?,
        chains: HashMap::new(),
        gas: args.gas.as_deref().map(gas_file).transpose()?,
        names: HashMap::new(),
    };
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(|error| Failure::host(format!("cannot read requests: {error}")))?;
        let reply = harness.answer(&line);
        // A test that ended early reads no more: nobody is left to tell.
        if writeln!(out, "{reply}").and_then(|()| out.flush()).is_err() {
            break;
        }
    }
    Ok(())
}

/// The file of this process for what calls cost: one line each, before its answer is given.
fn gas_file(folder: &Path) -> Result<File, Failure> {
    let path = folder.join(format!("{}.gas", std::process::id()));
    File::create(&path).map_err(|error| Failure::host(format!("cannot write {}: {error}", path.display())))
}

struct Harness<'e> {
    engine: &'e Engine<TestStore>,
    modules: Modules,
    chains: HashMap<u64, Chain<'e>>,
    gas: Option<File>,
    /// The names of contracts by chain and address.
    names: HashMap<(u64, Address), String>,
}

/// Why a request has no ordinary answer.
enum Refusal {
    /// It makes no sense, or a contract cannot be built.
    Request(String),
    /// The host failed.
    Fault(HostFault),
}

impl From<HostFault> for Refusal {
    fn from(fault: HostFault) -> Self {
        Self::Fault(fault)
    }
}

impl From<CoreFailure> for Refusal {
    fn from(failure: CoreFailure) -> Self {
        match failure {
            CoreFailure::Contract(error) => Self::Request(error.to_string()),
            CoreFailure::Host(fault) => Self::Fault(fault),
        }
    }
}

impl<'e> Harness<'e> {
    fn answer(&mut self, line: &str) -> Value {
        let request = serde_json::from_str(line).map_err(|error| Refusal::Request(format!("no JSON: {error}")));
        match request.and_then(|request: Value| self.execute(&Request(request))) {
            Ok(reply) => reply,
            Err(Refusal::Request(message)) => json!({ "refused": message }),
            Err(Refusal::Fault(fault)) => json!({ "refused": format!("the host failed: {fault}") }),
        }
    }

    fn execute(&mut self, request: &Request) -> Result<Value, Refusal> {
        let chain = request.number("chain")?;
        match request.text("op")? {
            "open" => {
                let opened = Chain::new(self.engine, request.number("height")?, request.time()?);
                self.chains.insert(chain, opened);
                Ok(json!({}))
            }
            "close" => {
                self.chains.remove(&chain);
                self.names.retain(|(of, _), _| *of != chain);
                Ok(json!({}))
            }
            "deploy" => self.deploy(chain, request),
            "call" => self.call(chain, request),
            op => on_chain(self.chain(chain)?, op, request),
        }
    }

    fn chain(&mut self, chain: u64) -> Result<&mut Chain<'e>, Refusal> {
        self.chains.get_mut(&chain).ok_or_else(|| Refusal::Request(format!("there is no chain {chain}")))
    }

    fn deploy(&mut self, chain: u64, request: &Request) -> Result<Value, Refusal> {
        let module = self.modules.of(Path::new(request.text("path")?)).map_err(Refusal::Request)?;
        let (deployer, gas_limit) = (request.parsed("deployer")?, request.number("gas_limit")?);
        let done = self.chain(chain)?.deploy(deployer, &module.wasm, gas_limit)?;
        if let Some(address) = Address::from_slice(&done.receipt.output) {
            self.names.insert((chain, address), module.name.clone());
        }
        self.note_gas(&module.name, "(deploy)", &done)?;
        Ok(chain::executed(&done))
    }

    fn call(&mut self, chain: u64, request: &Request) -> Result<Value, Refusal> {
        let call = Call {
            sender: request.parsed("sender")?,
            contract: request.parsed("contract")?,
            function: request.text("function")?.to_owned(),
            args: request.bytes("args")?,
            value: request.number("value")?,
            gas_limit: request.number("gas_limit")?,
        };
        let done = self.chain(chain)?.call(&call)?;
        let name = self.names.get(&(chain, call.contract)).cloned().unwrap_or_default();
        self.note_gas(&name, &call.function, &done)?;
        let mut reply = chain::executed(&done);
        if request.0.get("contracts").is_some() {
            reply["state"] = state(self.chain(chain)?, request)?;
        }
        Ok(reply)
    }

    /// Writes down what a call cost, if it succeeded.
    fn note_gas(&mut self, contract: &str, function: &str, done: &Executed) -> Result<(), Refusal> {
        let Some(file) = self.gas.as_mut().filter(|_| done.receipt.is_ok()) else { return Ok(()) };
        let written = writeln!(file, "{contract}\t{function}\t{}", done.receipt.gas_used);
        written.map_err(|error| Refusal::Request(format!("cannot write down the gas: {error}")))
    }
}

/// What is neither a call nor a deployment.
fn on_chain(chain: &mut Chain<'_>, op: &str, request: &Request) -> Result<Value, Refusal> {
    match op {
        "block" => chain.next_block(request.number("height")?, request.time()?)?,
        "snapshot" => {
            return Ok(json!({ "snapshot": chain.snapshot(request.number("height")?, request.time()?)? }));
        }
        "revert" => {
            let snapshot = request.number("snapshot")?;
            if !usize::try_from(snapshot).is_ok_and(|snapshot| chain.revert(snapshot)) {
                return Err(Refusal::Request(format!("there is no snapshot {snapshot}")));
            }
        }
        "fund" => chain.fund(&request.parsed("account")?, request.number("amount")?)?,
        "patch_field" => {
            let value = request.0.get("value").map(|_| request.bytes("value")).transpose()?;
            chain.patch_field(&request.parsed("object")?, request.text("field")?, value)?;
        }
        "patch_owner" => chain.patch_owner(&request.parsed("object")?, request.parsed("owner")?)?,
        "state" => return Ok(json!({ "state": state(chain, request)? })),
        op => return Err(Refusal::Request(format!("there is no operation {op:?}"))),
    }
    Ok(json!({}))
}

fn state(chain: &mut Chain<'_>, request: &Request) -> Result<Value, Refusal> {
    Ok(chain.state(&request.addresses("contracts")?, &request.addresses("accounts")?)?)
}

/// A request.
struct Request(Value);

impl Request {
    fn text(&self, key: &str) -> Result<&str, Refusal> {
        self.0[key].as_str().ok_or_else(|| wrong(key))
    }

    fn number(&self, key: &str) -> Result<u64, Refusal> {
        self.0[key].as_u64().ok_or_else(|| wrong(key))
    }

    fn time(&self) -> Result<i64, Refusal> {
        self.0["time_ns"].as_i64().ok_or_else(|| wrong("time_ns"))
    }

    fn parsed<T: FromStr>(&self, key: &str) -> Result<T, Refusal> {
        self.text(key)?.parse().map_err(|_| wrong(key))
    }

    fn addresses(&self, key: &str) -> Result<Vec<Address>, Refusal> {
        let Some(list) = self.0.get(key) else { return Ok(Vec::new()) };
        let list = list.as_array().ok_or_else(|| wrong(key))?;
        list.iter().map(|item| item.as_str().and_then(|text| text.parse().ok()).ok_or_else(|| wrong(key))).collect()
    }

    fn bytes(&self, key: &str) -> Result<Vec<u8>, Refusal> {
        let digits = self.text(key)?.strip_prefix("0x").ok_or_else(|| wrong(key))?;
        if !digits.is_ascii() || !digits.len().is_multiple_of(2) {
            return Err(wrong(key));
        }
        let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).map_err(|_| wrong(key));
        (0..digits.len()).step_by(2).map(byte).collect()
    }
}

fn wrong(key: &str) -> Refusal {
    Refusal::Request(format!("{key} is missing or of the wrong form"))
}
