//! `govm bench calls`: what a call of a Go contract costs on this machine, in memory, with nothing committed to a disk.

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use govm_codec::Value;
use govm_core::{Call, ObjectId};
use govm_runtime::{Block, ContractInfo, Engine, EngineConfig, Executed};
use govm_state::MemoryStore;
use serde_json::json;

use super::{COUNTER, OWNER};
use crate::args::{BenchCalls, Go};
use crate::commands::{block_info, build, own};
use crate::failure::Failure;
use crate::output::{DIM, GOOD, Output, grouped};
use crate::places;

/// A contract that calls a counter; it is `benches/testdata/relay.go` of the runtime.
const RELAY: &str = include_str!("../../../bench/relay.go");

/// How many calls are timed together.
const TIMED_CALLS: u32 = 1_000;

/// How many of those times there are; the one in the middle counts.
const SAMPLES: usize = 101;

/// How many first calls and deployments are timed, each alone.
const SINGLE_SAMPLES: usize = 15;

/// One line of the result.
struct Figure {
    key: &'static str,
    name: &'static str,
    us: f64,
    note: String,
}

pub(crate) fn run(args: &BenchCalls, output: &Output) -> Result<(), Failure> {
    let folder = tempfile::tempdir().map_err(Failure::host)?;
    let wasm = |source: &str, name: &str| compile(source, &folder.path().join(name), &args.go, output);
    let (counter, relay) = (wasm(COUNTER, "counter.go")?, wasm(RELAY, "relay.go")?);
    let cached = EngineConfig { cache_dir: Some(folder.path().join("code")), ..EngineConfig::default() };
    let mut figures = Vec::new();

    let first = output.during("deploying", || deployments(&counter))?;
    figures.push(first);
    let world = World::new(&counter, args.contracts, &cached, output)?;
    let one = &world.counters[0];
    figures.push(world.warm(one)?);
    figures.push(world.in_turn()?);
    figures.push(world.nested(&relay)?);
    figures.push(world.first_call(&cached, std::slice::from_ref(one), "first", "first call of a process")?);
    let start = "each contract's first call of a process";
    figures.push(world.first_call(&cached, &world.counters, "start", start)?);
    let per_second = world.per_second(one)?;
    let idle = world.engine.idle_instances();
    let idle_bytes = idle.bytes / idle.instances.max(1);

    let mut json: serde_json::Map<_, _> =
        figures.iter().map(|figure| (format!("{}_us", figure.key), json!(figure.us))).collect();
    json.insert("calls_per_second".to_owned(), json!(per_second.round()));
    json.insert("idle_instance_bytes".to_owned(), json!(idle_bytes));
    let mut text: String = figures.iter().map(Figure::text).collect();
    let line =
        |name: &str, value: String, note: &str| format!("{name:<40} {GOOD}{value:>12}{GOOD:#}  {DIM}{note}{DIM:#}\n");
    text += &line("calls a second, one core", grouped(per_second as u64), "in blocks of 1,000");
    text += &line("an idle instance", format!("{} KiB", idle_bytes >> 10), "memory of its own");
    output.result(&json.into(), text.trim_end());
    Ok(())
}

impl Figure {
    fn text(&self) -> String {
        let value = match self.us {
            us if us < 1_000.0 => format!("{us:.1} us"),
            us if us < 1_000_000.0 => format!("{:.1} ms", us / 1e3),
            us => format!("{:.1} s", us / 1e6),
        };
        format!("{:<40} {GOOD}{value:>12}{GOOD:#}  {DIM}{}{DIM:#}\n", self.name, self.note)
    }
}

fn compile(source: &str, path: &Path, go: &Go, output: &Output) -> Result<Vec<u8>, Failure> {
    std::fs::write(path, source).map_err(Failure::host)?;
    Ok(build::build(path, &places::builder(go.path.as_deref())?, output)?.0.wasm)
}

/// How long it takes from a module to the answer that it is deployed.
fn deployments(wasm: &[u8]) -> Result<Figure, Failure> {
    let samples = (0..SINGLE_SAMPLES).map(|_| {
        let engine = Engine::new(MemoryStore::new(), &EngineConfig::default());
        timed(1, || own::deploy(&engine, OWNER, wasm)).map(|(_, us)| us)
    });
    let us = median(samples.collect::<Result<_, _>>()?);
    Ok(Figure { key: "deploy", name: "deploy", us, note: format!("{} bytes of wasm", grouped(wasm.len() as u64)) })
}

/// A contract with the call that is timed.
struct Ready {
    info: ContractInfo,
    increment: Call,
}

struct World {
    engine: Engine<MemoryStore>,
    counters: Vec<Ready>,
}

impl World {
    /// So many copies of the counter, each with code of its own, compiled for speed.
    fn new(wasm: &[u8], copies: u32, config: &EngineConfig, output: &Output) -> Result<Self, Failure> {
        let engine = Engine::new(MemoryStore::new(), config);
        let counters = output.counting("contracts", |progress| {
            let mut counters = Vec::new();
            for copy in 0..copies {
                progress("compiling", u64::from(copy), u64::from(copies));
                counters.push(ready(&engine, &distinct(wasm, copy))?);
            }
            Ok::<_, Failure>(counters)
        })?;
        Ok(Self { engine, counters })
    }

    /// One contract, again and again.
    fn warm(&self, one: &Ready) -> Result<Figure, Failure> {
        let us = self.median_call(|_| &one.increment)?;
        Ok(Figure {
            key: "warm",
            name: "warm call",
            us,
            note: "Increment: a field read and written, an event".to_owned(),
        })
    }

    /// All contracts in turn.
    fn in_turn(&self) -> Result<Figure, Failure> {
        let us = self.median_call(|call| &self.counters[call as usize % self.counters.len()].increment)?;
        Ok(Figure {
            key: "in_turn",
            name: "call, contracts in turn",
            us,
            note: format!("{} contracts", self.counters.len()),
        })
    }

    /// What a call costs more that calls another contract.
    fn nested(&self, relay: &[u8]) -> Result<Figure, Failure> {
        let relay = deployed(&self.engine, relay)?;
        let counter = Value::Address(self.counters[0].info.address);
        let mut block = self.engine.begin_block(block_info())?;
        let setup = execute(&mut block, &call(&relay, "Setup", std::slice::from_ref(&counter))?)?;
        block.commit()?;
        // The result is a byte slice with the encoded result of the counter: a length, and the object's id.
        let object = setup
            .receipt
            .output
            .get(4..)
            .and_then(ObjectId::from_slice)
            .ok_or_else(|| Failure::host("Setup answered with another type"))?;
        let args = [counter, Value::ObjectId(object)];
        let (alone, nested) = (call(&relay, "Alone", &args)?, call(&relay, "Nested", &args)?);
        let (alone, nested) = (self.median_call(|_| &alone)?, self.median_call(|_| &nested)?);
        Ok(Figure {
            key: "nested",
            name: "nested call, on top",
            us: nested - alone,
            note: format!("{nested:.1} us with, {alone:.1} us without"),
        })
    }

    /// The first call of each of some contracts by an engine that has nothing in memory.
    fn first_call(
        &self,
        config: &EngineConfig,
        of: &[Ready],
        key: &'static str,
        name: &'static str,
    ) -> Result<Figure, Failure> {
        let samples = (0..SINGLE_SAMPLES).map(|_| {
            let start = Instant::now();
            let engine = Engine::new(self.engine.store().clone(), config);
            let mut block = engine.begin_block(block_info())?;
            for ready in of {
                black_box(execute(&mut block, &ready.increment)?);
            }
            Ok::<_, Failure>(start.elapsed().as_secs_f64() * 1e6 / of.len() as f64)
        });
        let us = median(samples.collect::<Result<_, _>>()?);
        Ok(Figure { key, name, us, note: format!("{} of them, machine code cached on disk", of.len()) })
    }

    fn per_second(&self, one: &Ready) -> Result<f64, Failure> {
        let mut took = Duration::ZERO;
        for _ in 0..SAMPLES {
            let start = Instant::now();
            let mut block = self.engine.begin_block(block_info())?;
            for _ in 0..TIMED_CALLS {
                black_box(execute(&mut block, &one.increment)?);
            }
            took += start.elapsed();
        }
        Ok(SAMPLES as f64 * f64::from(TIMED_CALLS) / took.as_secs_f64())
    }

    /// The time of a call, each of a block that is dropped.
    fn median_call<'a>(&self, pick: impl Fn(u32) -> &'a Call) -> Result<f64, Failure> {
        let samples = (0..SAMPLES).map(|_| {
            let mut block = self.engine.begin_block(block_info())?;
            let mut calls = 0..TIMED_CALLS;
            let (_, us) = timed(TIMED_CALLS, || {
                calls.try_for_each(|number| execute(&mut block, pick(number)).map(|executed| drop(black_box(executed))))
            })?;
            Ok::<_, Failure>(us)
        });
        Ok(median(samples.collect::<Result<_, _>>()?))
    }
}

/// A counter that was deployed, with an object.
fn ready(engine: &Engine<MemoryStore>, wasm: &[u8]) -> Result<Ready, Failure> {
    let info = deployed(engine, wasm)?;
    let mut block = engine.begin_block(block_info())?;
    let made = execute(&mut block, &call(&info, "Initialize", &[])?)?;
    block.commit()?;
    let Value::ObjectId(object) = own::result(&info, "Initialize", &made.receipt.output)? else {
        return Err(Failure::host("Initialize answered with another type"));
    };
    let increment = call(&info, "Increment", &[Value::ObjectId(object)])?;
    Ok(Ready { info, increment })
}

/// A contract that was deployed, its best code ready.
fn deployed(engine: &Engine<MemoryStore>, wasm: &[u8]) -> Result<ContractInfo, Failure> {
    let (address, _) = own::deploy(engine, OWNER, wasm)?;
    engine.prepare(&address)?;
    engine.contract(&address)?.ok_or_else(|| Failure::host("a contract is gone that was deployed"))
}

/// The module with a section that makes it another code.
fn distinct(wasm: &[u8], copy: u32) -> Vec<u8> {
    // A custom section of 6 bytes: its name, of 1 byte, and a number.
    [wasm, &[0, 6, 1, b'n'], &copy.to_le_bytes()].concat()
}

fn call(info: &ContractInfo, name: &str, args: &[Value]) -> Result<Call, Failure> {
    own::call(info, OWNER, name, args)
}

fn execute(block: &mut Block<'_, MemoryStore>, call: &Call) -> Result<Executed, Failure> {
    own::succeeded(block.call(call)?)
}

/// What work gave, and the microseconds that each of its `parts` took.
fn timed<T>(parts: u32, work: impl FnOnce() -> Result<T, Failure>) -> Result<(T, f64), Failure> {
    let start = Instant::now();
    let done = work()?;
    Ok((done, start.elapsed().as_secs_f64() * 1e6 / f64::from(parts)))
}

fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}
