//! The file of calls, line by line.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use govm_codec::{args_from_json, encode_args};
use govm_core::{Address, Call};
use govm_runtime::{ContractInfo, Item};
use serde_json::{Map, Value};

use crate::args::{At, DEFAULT_GAS_LIMIT, DEFAULT_SENDER};
use crate::failure::Failure;
use crate::places::{self, StoredEngine};
use crate::show;

/// What a line may say.
const KEYS: [&str; 6] = ["contract", "function", "args", "from", "value", "gas_limit"];

/// The calls of a file, in order.
pub(super) struct Lines<'a> {
    file: &'a Path,
    reader: BufReader<File>,
    line: String,
    /// The number of the last line that was read, from 1.
    number: u64,
    engine: &'a StoredEngine,
    contracts: HashMap<Address, ContractInfo>,
}

impl<'a> Lines<'a> {
    pub(super) fn open(file: &'a Path, engine: &'a StoredEngine) -> Result<Self, Failure> {
        let unreadable =
            |error| Failure::usage(format!("cannot read {}: {error}; name a file of calls", file.display()));
        let reader = BufReader::new(File::open(file).map_err(unreadable)?);
        Ok(Self { file, reader, line: String::new(), number: 0, engine, contracts: HashMap::new() })
    }

    /// The next calls, at most so many; none at the end.
    pub(super) fn block(&mut self, calls: u32) -> Result<Vec<Item>, Failure> {
        let mut block = Vec::new();
        while block.len() < calls as usize {
            match self.next()? {
                Some(call) => block.push(Item::Call(call)),
                None => break,
            }
        }
        Ok(block)
    }

    /// The next call. Empty lines are passed over.
    pub(super) fn next(&mut self) -> Result<Option<Call>, Failure> {
        loop {
            self.line.clear();
            self.number += 1;
            let read = self.reader.read_line(&mut self.line);
            let read = read.map_err(|error| Failure::usage(error).within(&self.place()))?;
            if read == 0 {
                return Ok(None);
            }
            if !self.line.trim().is_empty() {
                return self.call().map(Some).map_err(|failure| failure.within(&self.place()));
            }
        }
    }

    fn place(&self) -> String {
        format!("{} line {}", self.file.display(), self.number)
    }

    fn call(&mut self) -> Result<Call, Failure> {
        let object: Map<String, Value> = serde_json::from_str(&self.line)
            .map_err(|error| Failure::usage(format!("this is no JSON object: {error}; each line is one call")))?;
        if let Some(unknown) = object.keys().find(|key| !KEYS.contains(&key.as_str())) {
            return Err(Failure::usage(format!("unknown key {unknown:?}: the keys are {}", KEYS.join(", "))));
        }
        let contract = address(&object, "contract")?.ok_or_else(|| {
            Failure::usage("there is no \"contract\": say which one is called, as 0x and 40 hex digits")
        })?;
        let name = match object.get("function") {
            Some(Value::String(name)) => name,
            Some(_) => return Err(wrong("function", "the name of a function")),
            None => return Err(Failure::usage("there is no \"function\": say which one is called")),
        };
        let none = Vec::new();
        let args = match object.get("args") {
            Some(Value::Array(args)) => args,
            Some(_) => return Err(wrong("args", "a list")),
            None => &none,
        };
        let from = address(&object, "from")?.map_or_else(|| DEFAULT_SENDER.parse(), Ok).map_err(Failure::host)?;
        let (value, gas_limit) = (number(&object, "value", 0)?, number(&object, "gas_limit", DEFAULT_GAS_LIMIT)?);

        let abi = &self.contract(contract)?.abi;
        let Some((_, function)) = abi.function(name) else {
            let functions = show::functions(abi).join(", ");
            return Err(Failure::usage(format!("the contract has no function {name:?}; it has {functions}")));
        };
        let values = args_from_json(abi, function, args)
            .map_err(|error| Failure::usage(format!("{error}; the function is {function}")))?;
        let args = encode_args(abi, function, &values).map_err(Failure::usage)?;
        Ok(Call { sender: from, contract, function: name.clone(), args, value, gas_limit })
    }

    fn contract(&mut self, address: Address) -> Result<&ContractInfo, Failure> {
        if !self.contracts.contains_key(&address) {
            let found = places::contract(self.engine, &address, At { at: None })?;
            self.contracts.insert(address, found);
        }
        Ok(&self.contracts[&address])
    }
}

fn address(object: &Map<String, Value>, key: &str) -> Result<Option<Address>, Failure> {
    match object.get(key) {
        None => Ok(None),
        Some(Value::String(text)) => match text.parse() {
            Ok(address) => Ok(Some(address)),
            Err(error) => Err(Failure::usage(format!("{key:?}: {error}"))),
        },
        Some(_) => Err(wrong(key, "an address, 0x and 40 hex digits")),
    }
}

fn number(object: &Map<String, Value>, key: &str, default: u64) -> Result<u64, Failure> {
    match object.get(key) {
        None => Ok(default),
        Some(value) => value.as_u64().ok_or_else(|| wrong(key, "a number from 0 to 2^64 - 1")),
    }
}

fn wrong(key: &str, expected: &str) -> Failure {
    Failure::usage(format!("{key:?} is not {expected}"))
}
