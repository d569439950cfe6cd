//! `govm bench block --make`: test loads for `govm batch`.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use govm_codec::Value;
use govm_core::{Address, value_digest};
use govm_runtime::{ContractInfo, Item};
use serde_json::json;

use super::{COUNTER, OWNER};
use crate::args::{At, BenchBlock, Data, Load};
use crate::commands::{block_info, build, own};
use crate::failure::Failure;
use crate::output::{DIM, GOOD, Output, grouped};
use crate::places::{self, StoredEngine};

/// A contract that moves coins.
const COINS: &str = include_str!("../../../bench/coins.go");

/// What each account of transfers gets.
const COINS_EACH: u64 = 1 << 40;

/// How many calls of the preparation are in a block.
const BLOCK_CALLS: u64 = 1_000;

pub(crate) fn run(args: &BenchBlock, data: &Data, output: &Output) -> Result<(), Failure> {
    if !args.zipf.is_finite() || args.zipf < 0.0 {
        return Err(Failure::usage("--zipf is not a number from 0 on: 0 makes all accounts alike, 1 is very uneven"));
    }
    let (source, among) = match args.make {
        Load::Counters => (COUNTER, args.among.unwrap_or(1_000)),
        Load::Transfers => (COINS, args.among.unwrap_or(10_000)),
        Load::Hot => (COUNTER, 1),
    };
    let unwritable = |error: io::Error| Failure::usage(format!("cannot write {}: {error}", args.output.display()));
    let mut file = BufWriter::new(File::create(&args.output).map_err(unwritable)?);
    let folder = tempfile::tempdir().map_err(Failure::host)?;
    let path = folder.path().join("contract.go");
    std::fs::write(&path, source).map_err(Failure::host)?;
    let (built, _) = build::build(&path, &places::builder(args.go.path.as_deref())?, output)?;
    let engine = places::write(data)?;
    let contract = output.during("deploying", || deploy(&engine, &built.wasm))?;

    let mut load = Loader { engine: &engine, contract: &contract, output };
    let lines: Box<dyn Iterator<Item = serde_json::Value>> = match args.make {
        Load::Counters | Load::Hot => {
            let counters = load.counters(among)?;
            let number = counters.len();
            Box::new((0..).map(
                move |call: usize| json!({ "function": "Increment", "args": [counters[call % number]], "from": OWNER }),
            ))
        }
        Load::Transfers => {
            load.coins(among)?;
            let (zipf, mut random) = (Zipf::new(among, args.zipf), Random(88_172_645_463_325_252));
            Box::new(std::iter::repeat_with(move || {
                let [from, to] = [(); 2].map(|()| account(zipf.pick(&mut random)));
                json!({ "function": "Transfer", "args": [to, 1], "from": from })
            }))
        }
    };
    for mut line in lines.take(usize::try_from(args.calls).unwrap_or(usize::MAX)) {
        line["contract"] = json!(contract.address);
        writeln!(file, "{line}").map_err(unwritable)?;
    }
    file.flush().map_err(unwritable)?;
    let json = json!({ "path": args.output, "calls": args.calls, "contract": contract.address, "among": among });
    output.result(
        &json,
        format!(
            "{GOOD}written{GOOD:#} {}  {DIM}{} calls among {}{DIM:#}\n  contract  {}\n  next      govm batch {}",
            args.output.display(),
            grouped(args.calls),
            grouped(among),
            contract.address,
            args.output.display(),
        ),
    );
    Ok(())
}

fn deploy(engine: &StoredEngine, wasm: &[u8]) -> Result<ContractInfo, Failure> {
    let (address, _) = own::deploy(engine, OWNER, wasm)?;
    places::contract(engine, &address, At { at: None })
}

/// Lays down what a load needs.
struct Loader<'a> {
    engine: &'a StoredEngine,
    contract: &'a ContractInfo,
    output: &'a Output,
}

impl Loader<'_> {
    /// Makes counters, and returns their ids.
    fn counters(&mut self, number: u64) -> Result<Vec<serde_json::Value>, Failure> {
        self.execute("making counters", number, "Initialize", |_| Vec::new())?
            .iter()
            .map(|output| match own::result(self.contract, "Initialize", output)? {
                Value::ObjectId(id) => Ok(json!(id)),
                other => Err(Failure::host(format!("Initialize answered with {other}"))),
            })
            .collect()
    }

    /// Gives each account its coins.
    fn coins(&mut self, accounts: u64) -> Result<(), Failure> {
        let args = |number| vec![Value::Address(account(number)), Value::Uint64(COINS_EACH)];
        self.execute("minting coins", accounts, "Mint", args).map(drop)
    }

    /// Calls a function so many times, block by block; what the calls answered.
    fn execute(
        &self,
        what: &'static str,
        total: u64,
        function: &str,
        args: impl Fn(u64) -> Vec<Value>,
    ) -> Result<Vec<Vec<u8>>, Failure> {
        let call = |number| own::call(self.contract, OWNER, function, &args(number)).map(Item::Call);
        self.output.counting("calls", |progress| {
            let mut outputs = Vec::new();
            for first in (0..total).step_by(BLOCK_CALLS as usize) {
                let numbers = first..total.min(first + BLOCK_CALLS);
                let items = numbers.map(call).collect::<Result<Vec<_>, _>>()?;
                for executed in self.engine.execute_block(block_info(), &items)?.executed {
                    outputs.push(own::succeeded(executed)?.receipt.output.clone());
                }
                progress(what, outputs.len() as u64, total);
            }
            Ok(outputs)
        })
    }
}

/// An account of the load.
fn account(number: u64) -> Address {
    let digest = value_digest(&number.to_le_bytes());
    Address::from_slice(&digest.as_bytes()[..Address::LEN_BYTES]).unwrap_or_default()
}

/// Numbers below a bound, the lower the oftener: number n with a weight of 1 / (n + 1)^s.
struct Zipf {
    /// The sums of the weights up to each number.
    sums: Vec<f64>,
}

impl Zipf {
    fn new(bound: u64, s: f64) -> Self {
        let mut sum = 0.0;
        let weigh = |number| {
            sum += 1.0 / f64::powf(number as f64 + 1.0, s);
            sum
        };
        Self { sums: (0..bound).map(weigh).collect() }
    }

    fn pick(&self, random: &mut Random) -> u64 {
        let whole = self.sums.last().copied().unwrap_or_default();
        let at = whole * (random.next() >> 11) as f64 / (1_u64 << 53) as f64;
        self.sums.partition_point(|sum| *sum <= at) as u64
    }
}

/// A xorshift generator: the same load each time.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn low_numbers_come_as_often_as_their_weight_says() {
        let (zipf, mut random) = (Zipf::new(4, 1.0), Random(1));
        let mut counts = [0_u32; 4];
        for _ in 0..25_000 {
            counts[zipf.pick(&mut random) as usize] += 1;
        }
        // 1 : 1/2 : 1/3 : 1/4 of 25,000, within 5 percent.
        for (count, expected) in counts.into_iter().zip([12_000, 6_000, 4_000, 3_000]) {
            assert!(count.abs_diff(expected) < expected / 20, "{counts:?}");
        }
    }
}
