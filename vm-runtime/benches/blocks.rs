//! What blocks cost by the number of threads, in memory and on disk: `cargo bench -p govm-runtime --bench blocks`.
//!
//! Blocks of 1,000 calls. In memory they are executed and dropped, with one thread and with `GOVM_BENCH_THREADS` (2) in turn, so
//! that both have the same machine; the time of the processors (Linux) tells what work it was, however busy they are. On disk
//! they go through the pipeline into LMDB, each durable and with its state root, on states of `GOVM_BENCH_OBJECTS`
//! (10000,1000000) counters, in `GOVM_BENCH_DIR`. `-- memory` or `-- disk` runs one part.
//!
//! Go is needed to build the contracts; where it is found is said in the README.

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

#[path = "../tests/support/go.rs"]
mod go;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use govm_codec::{Value, encode_args};
use govm_core::{
    Address, BlockDraft, BlockInfo, Call, Ledger, Object, ObjectId, StateKey, StateStore, Write, value_digest,
};
use govm_runtime::{ContractInfo, Deployment, Engine, EngineConfig, Item};
use govm_state::{LmdbStore, MemoryStore, OpenOptions};

/// That of the `govm` command.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ALICE: Address = Address::from_bytes([0xa1; 20]);
const GAS: u64 = 1_000_000_000;
const DEPLOY_GAS: u64 = 100_000_000_000;
const CALLS: usize = 1_000;
const BLOCKS: usize = 61;
/// Durable blocks are measured after so many others: until then a store has pages in a row that are free, which flatters.
const WARM_UP: usize = 1_100;
const DURABLE_BLOCKS: usize = 128;
const ACCOUNTS: u64 = 10_000;
const LOADED_AT_ONCE: u64 = 5_000;

fn main() {
    let threads = std::env::var("GOVM_BENCH_THREADS").map_or(2, |threads| threads.parse().expect("a number"));
    let sizes = std::env::var("GOVM_BENCH_OBJECTS").unwrap_or_else(|_| "10000,1000000".to_owned());
    println!("blocks of {CALLS} calls, {BLOCKS} blocks; us a call");
    if is_asked_for("memory") {
        in_memory(threads);
    }
    if !is_asked_for("disk") {
        return;
    }
    println!("\nthrough the pipeline into LMDB, durable, with state roots; means");
    println!("{:<42} {:>8} {:>10} {:>8} {:>10}", "", "us/call", "calls/s", "CPU us", "sync us");
    for size in sizes.split(',').filter_map(|size| size.trim().parse().ok()) {
        durable(size, threads);
    }
}

/// Whether a part is named on the command line, or none is.
fn is_asked_for(part: &str) -> bool {
    let named: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    named.is_empty() || named.iter().any(|name| name == part)
}

fn in_memory(threads: usize) {
    println!("\nexecuted in memory, not committed; medians");
    let several = format!("{threads} threads");
    let columns = ["1 thread", several.as_str(), "ratio", "at best", "CPU, 1", "CPU", "aborted %"];
    println!("{:<42} {}", "", columns.map(|column| format!("{column:>10}")).join(" "));
    let counters = Counters::new(MemoryStore::new(), 1, CALLS as u64);
    let other = Counters::new(MemoryStore::new(), threads, CALLS as u64);
    let mut random = Random(88_172_645_463_325_252);
    let all: Vec<Item> = (0..CALLS as u64).map(|number| counters.increment(number)).collect();
    let one: Vec<Item> = (0..CALLS).map(|_| counters.increment(0)).collect();
    let some: Vec<Item> = (0..CALLS).map(|_| counters.increment(random.below(CALLS as u64 / 10))).collect();
    compare("increments of 1,000 counters, each once", &counters.engine, &other.engine, threads, &all);
    compare("of 100 of them, at random", &counters.engine, &other.engine, threads, &some);
    compare("of one counter", &counters.engine, &other.engine, threads, &one);

    let [coins, other] = [1, threads].map(Coins::new);
    let zipf = Zipf::new(ACCOUNTS, 0.9);
    let transfers: Vec<Item> = (0..CALLS).map(|_| coins.transfer(&zipf, &mut random)).collect();
    compare("transfers, 10,000 accounts, Zipf 0.9", &coins.engine, &other.engine, threads, &transfers);
}

/// Executes a block with one engine and with the other, in turn, and then as many blocks at once as the other has threads: how much
/// faster these are, which share nothing but the engine, is the best that the machine allowed for at the time.
fn compare(name: &str, one: &Engine<MemoryStore>, other: &Engine<MemoryStore>, threads: usize, items: &[Item]) {
    let mut times = [Vec::new(), Vec::new()];
    let mut cpu = [0.0; 2];
    let mut aborted = 0;
    for round in 0..BLOCKS + 5 {
        let before = cpu_seconds();
        let (serial, _) = time_block(one, items);
        let between = cpu_seconds();
        let (parallel, in_vain) = time_block(other, items);
        let after = cpu_seconds();
        if round >= 5 {
            times.iter_mut().zip([serial, parallel]).for_each(|(times, time)| times.push(time));
            cpu = [cpu[0] + between - before, cpu[1] + after - between];
            aborted += in_vain;
        }
    }
    let apart = us_per_call(median((0..BLOCKS).map(|_| time_apart(one, threads, items)).collect()));
    let [one, other] = times.map(|times| us_per_call(median(times)));
    let aborted = 100.0 * aborted as f64 / (BLOCKS * CALLS) as f64;
    let [cpu_one, cpu_other] = cpu.map(|seconds| seconds * 1e6 / (BLOCKS * CALLS) as f64);
    let figures = [one, other, one / other, one / apart, cpu_one, cpu_other, aborted];
    println!("{name:<42} {}", figures.map(|figure| format!("{figure:>10.2}")).join(" "));
}

/// How long each block takes of as many at once as there are threads.
fn time_apart(engine: &Engine<MemoryStore>, threads: usize, items: &[Item]) -> Duration {
    let start = Instant::now();
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(|| time_block(engine, items)))));
    start.elapsed() / threads as u32
}

/// How long a block takes that is then dropped, and how many of its calls were executed in vain.
fn time_block(engine: &Engine<MemoryStore>, items: &[Item]) -> (Duration, usize) {
    let mut block = engine.begin_block(BlockInfo::default()).expect("a block");
    let start = Instant::now();
    let executed = block.execute(items).expect("no fault");
    let took = start.elapsed();
    assert!(executed.iter().all(|executed| executed.receipt.is_ok()), "{:?}", executed[0]);
    (took, block.effort().aborted)
}

/// Executes and stores blocks, side by side and then one thing after the other.
fn durable(objects: u64, threads: usize) {
    let parent = std::env::var_os("GOVM_BENCH_DIR").map_or_else(std::env::temp_dir, Into::into);
    let directory = tempfile::tempdir_in(parent).expect("a directory");
    let store = LmdbStore::open(directory.path(), &OpenOptions::read_write()).expect("a store");
    let counters = Counters::new(store, threads, objects);
    let mut random = Random(88_172_645_463_325_252);
    let mut block = || -> Vec<Item> { (0..CALLS).map(|_| counters.increment(random.below(objects))).collect() };
    let blocks: Vec<Vec<Item>> = (0..WARM_UP + DURABLE_BLOCKS * 2).map(|_| block()).collect();
    let (warm_up, blocks) = blocks.split_at(WARM_UP);

    let pipeline = counters.engine.pipeline().expect("a thread");
    let mut waiting = VecDeque::new();
    let mut run = |blocks: &[Vec<Item>]| {
        for items in blocks {
            waiting.push_back(pipeline.execute_block(BlockInfo::default(), items).expect("no fault"));
            if waiting.len() > 1 {
                waiting.pop_front().expect("it is there").wait().expect("stored");
            }
        }
    };
    run(warm_up);
    let (start, cpu) = (Instant::now(), cpu_seconds());
    run(&blocks[..DURABLE_BLOCKS]);
    let each = us_per_call(start.elapsed() / DURABLE_BLOCKS as u32);
    let cpu = (cpu_seconds() - cpu) * 1e6 / (DURABLE_BLOCKS * CALLS) as f64;
    waiting.drain(..).for_each(|pending| drop(pending.wait().expect("stored")));
    drop(pipeline);

    let start = Instant::now();
    for items in &blocks[DURABLE_BLOCKS..] {
        counters.engine.execute_block(BlockInfo::default(), items).expect("stored");
    }
    let sync = us_per_call(start.elapsed() / DURABLE_BLOCKS as u32);
    let name = format!("increments at {objects} counters");
    println!("{name:<42} {each:>8.2} {:>10.0} {cpu:>8.2} {sync:>10.2}", 1e6 / each);
}

/// Counters of Alice's, all of one contract.
struct Counters<S> {
    engine: Engine<S>,
    contract: ContractInfo,
}

impl<S: StateStore + Sync> Counters<S> {
    fn new(store: S, threads: usize, objects: u64) -> Self {
        let engine = Engine::new(store, &EngineConfig { threads, ..EngineConfig::default() });
        let contract = deploy(&engine, go::counter());
        let made = execute(&engine, vec![call(&contract, ALICE, "Initialize", &[])]);
        let id = ObjectId::from_slice(&made[0]).expect("an id");
        // The others are laid down as the contract made this one.
        let ledger = Ledger::new(engine.store().snapshot().expect("a state").state);
        let record = ledger.object(&id).expect("read").expect("made");
        let fields = ledger.fields(&id, None, 9).expect("read");
        drop(ledger);
        for first in (0..objects).step_by(LOADED_AT_ONCE as usize) {
            let numbers = first..objects.min(first + LOADED_AT_ONCE);
            let mut writes: Vec<Write> = numbers.flat_map(|number| object(number, record, &fields)).collect();
            writes.sort_by(|a, b| a.0.cmp(&b.0));
            let head = engine.store().snapshot().expect("a state").head;
            engine.store().append(BlockDraft { writes, ..BlockDraft::on(head.as_ref()) }).expect("stored");
        }
        Self { engine, contract }
    }

    fn increment(&self, number: u64) -> Item {
        call(&self.contract, ALICE, "Increment", &[Value::ObjectId(object_id(number))])
    }
}

fn object_id(number: u64) -> ObjectId {
    ObjectId::from_bytes(*value_digest(&number.to_le_bytes()).as_bytes())
}

fn object(number: u64, record: Object, fields: &[(Box<str>, Vec<u8>)]) -> Vec<Write> {
    let (object, Object { owner, contract, .. }) = (object_id(number), record);
    let fields = fields.iter().map(|(name, value)| (StateKey::Field(object, name.clone()), Some(value.clone())));
    let mut writes = vec![
        (StateKey::Object(object), Some(borsh::to_vec(&record).expect("memory"))),
        (StateKey::Owned { owner, contract, object }, Some(Vec::new())),
        (StateKey::Created { contract, object }, Some(Vec::new())),
    ];
    writes.extend(fields);
    writes
}

/// Accounts with coins, all of one contract.
struct Coins {
    engine: Engine<MemoryStore>,
    contract: ContractInfo,
}

impl Coins {
    fn new(threads: usize) -> Self {
        let engine = Engine::new(MemoryStore::new(), &EngineConfig { threads, ..EngineConfig::default() });
        let contract = deploy(&engine, &go::build("benches/testdata/coins.go"));
        let mint = |number| {
            let args = [Value::Address(account(number)), Value::Uint64(1 << 40)];
            call(&contract, ALICE, "Mint", &args)
        };
        execute(&engine, (0..ACCOUNTS).map(mint).collect());
        Self { engine, contract }
    }

    fn transfer(&self, zipf: &Zipf, random: &mut Random) -> Item {
        let [from, to] = [(); 2].map(|()| account(zipf.pick(random)));
        call(&self.contract, from, "Transfer", &[Value::Address(to), Value::Uint64(1)])
    }
}

fn account(number: u64) -> Address {
    Address::from_slice(&value_digest(&number.to_le_bytes()).as_bytes()[..20]).expect("20 bytes")
}

fn deploy<S: StateStore + Sync>(engine: &Engine<S>, wasm: &[u8]) -> ContractInfo {
    let deployment = Deployment { sender: ALICE, wasm: wasm.to_vec(), gas_limit: DEPLOY_GAS };
    let address = execute(engine, vec![Item::Deploy(deployment)]).remove(0);
    let address = Address::from_slice(&address).expect("an address");
    // The fast machine code, not that of the first moments.
    assert!(engine.prepare(&address).expect("no fault"));
    engine.settle();
    engine.contract(&address).expect("read").expect("deployed")
}

/// Executes and commits a block; what its items answered.
fn execute<S: StateStore + Sync>(engine: &Engine<S>, items: Vec<Item>) -> Vec<Vec<u8>> {
    let result = engine.execute_block(BlockInfo::default(), &items).expect("stored");
    let output = |executed: govm_runtime::Executed| {
        assert!(executed.receipt.is_ok(), "{:?}", executed.receipt);
        executed.receipt.output.clone()
    };
    result.executed.into_iter().map(output).collect()
}

fn call(info: &ContractInfo, sender: Address, function: &str, args: &[Value]) -> Item {
    let (_, declared) = info.abi.function(function).expect("declared");
    let args = encode_args(&info.abi, declared, args).expect("encoded");
    Item::Call(Call { sender, contract: info.address, function: function.to_owned(), args, value: 0, gas_limit: GAS })
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

/// A xorshift generator: the same blocks in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// The time that processors have spent on this process; 0 where the system does not tell.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    // In ticks of 10 ms, as Linux has them for programs: fields 14 and 15, of which two are before the name's end.
    let ticks = after_name.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn us_per_call(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6 / CALLS as f64
}
