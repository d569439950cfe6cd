//! What a call of a Go contract costs through the engine: arguments encoded, one field read and one written, an event, a
//! receipt. The state is in memory and nothing is committed.
//!
//! Go is needed to build the contract; where it is found is said in the README.

#![allow(missing_docs, reason = "criterion's macros make functions without documentation")]

#[path = "../tests/support/go.rs"]
mod go;

use std::cell::LazyCell;
use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use govm_codec::{Value, decode_results, encode_args};
use govm_core::{Address, BlockInfo, Call, ObjectId};
use govm_runtime::{Block, ContractInfo, Engine, EngineConfig, Reuse};
use govm_state::MemoryStore;

/// That of the `govm` command.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ALICE: Address = Address::from_bytes([0xa1; 20]);
const GAS: u64 = 1_000_000_000;
const DEPLOY_GAS: u64 = 100_000_000_000;

/// Copies of the counter, each another code, each with a counter object of Alice's.
struct World {
    engine: Engine<MemoryStore>,
    contracts: Vec<(ContractInfo, ObjectId)>,
}

impl World {
    /// A world whose calls run the best code.
    fn new(copies: usize, config: EngineConfig) -> Self {
        let world = Self::new_unprepared(copies, config);
        for (info, _) in &world.contracts {
            assert!(world.engine.prepare(&info.address).expect("no fault"));
        }
        world
    }

    fn new_unprepared(copies: usize, config: EngineConfig) -> Self {
        let engine = Engine::new(MemoryStore::new(), &config);
        let mut block = engine.begin_block(BlockInfo::default()).expect("a block");
        let addresses: Vec<Address> = (0..copies)
            .map(|copy| {
                let deployed = block.deploy(ALICE, &distinct(copy), DEPLOY_GAS).expect("no fault").receipt;
                Address::from_slice(&deployed.output).expect("deployed")
            })
            .collect();
        block.commit().expect("committed");
        let mut block = engine.begin_block(BlockInfo::default()).expect("a block");
        let contracts = addresses
            .iter()
            .map(|address| {
                let info = engine.contract(address).expect("no fault").expect("deployed");
                let receipt = block.call(&call(&info, "Initialize", &[])).expect("no fault").receipt;
                let (_, function) = info.abi.function("Initialize").expect("declared");
                let results = decode_results(&info.abi, function, &receipt.output).expect("decoded");
                let Value::ObjectId(object) = results[0] else { panic!("Initialize gives an object") };
                (info, object)
            })
            .collect();
        block.commit().expect("committed");
        Self { engine, contracts }
    }

    fn increment(&self, block: &mut Block<'_, MemoryStore>, contract: usize) {
        let (info, object) = &self.contracts[contract];
        let call = call(info, "Increment", &[Value::ObjectId(*object)]);
        let receipt = block.call(&call).expect("no fault").receipt;
        assert!(receipt.is_ok() && receipt.events.len() == 1);
        black_box(receipt);
    }

    /// Times increments of `contract(i)` in blocks of 1,000 that are dropped.
    fn time(&self, iterations: u64, contract: impl Fn(u64) -> usize) -> Duration {
        let mut elapsed = Duration::ZERO;
        let mut done = 0;
        while done < iterations {
            let count = (iterations - done).min(1000);
            let mut block = self.engine.begin_block(BlockInfo::default()).expect("a block");
            let start = std::time::Instant::now();
            (done..done + count).for_each(|i| self.increment(&mut block, contract(i)));
            elapsed += start.elapsed();
            done += count;
        }
        elapsed
    }
}

/// The counter with a custom section that makes it another code.
fn distinct(copy: usize) -> Vec<u8> {
    let mut wasm = go::counter().to_vec();
    wasm.extend([0, 6, 1, b'n']);
    wasm.extend((copy as u32).to_le_bytes());
    wasm
}

fn call(info: &ContractInfo, function: &str, args: &[Value]) -> Call {
    let (_, declared) = info.abi.function(function).expect("declared");
    let args = encode_args(&info.abi, declared, args).expect("encoded");
    Call { sender: ALICE, contract: info.address, function: function.to_owned(), args, value: 0, gas_limit: GAS }
}

/// A relay beside a counter, and the arguments of its functions.
struct Relay {
    world: World,
    relay: ContractInfo,
    args: [Value; 2],
}

impl Relay {
    fn new() -> Self {
        let world = World::new(1, EngineConfig::default());
        let mut block = world.engine.begin_block(BlockInfo::default()).expect("a block");
        let deployed =
            block.deploy(ALICE, &go::build("benches/testdata/relay.go"), DEPLOY_GAS).expect("no fault").receipt;
        block.commit().expect("committed");
        let address = Address::from_slice(&deployed.output).expect("deployed");
        assert!(world.engine.prepare(&address).expect("no fault"));
        let relay = world.engine.contract(&address).expect("no fault").expect("deployed");
        let counter = Value::Address(world.contracts[0].0.address);
        let mut block = world.engine.begin_block(BlockInfo::default()).expect("a block");
        let setup = block.call(&call(&relay, "Setup", std::slice::from_ref(&counter))).expect("no fault").receipt;
        block.commit().expect("committed");
        // The result is a byte slice with the encoded result of the counter: a length, and the object's id.
        let object = ObjectId::from_slice(&setup.output[4..]).expect("an id");
        Self { world, relay, args: [counter, Value::ObjectId(object)] }
    }

    fn time(&self, function: &str, iterations: u64) -> Duration {
        let mut block = self.world.engine.begin_block(BlockInfo::default()).expect("a block");
        let start = std::time::Instant::now();
        for _ in 0..iterations {
            let receipt = block.call(&call(&self.relay, function, &self.args)).expect("no fault").receipt;
            assert!(receipt.is_ok());
            black_box(receipt);
        }
        start.elapsed()
    }
}

fn warm(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("call");
    let one = LazyCell::new(|| World::new(1, EngineConfig::default()));
    group.bench_function("warm", |bencher| {
        let one = &*one;
        bencher.iter_custom(|iterations| one.time(iterations, |_| 0));
    });
    group.throughput(Throughput::Elements(100_000)).sample_size(10);
    group.bench_function("100,000 in blocks of 1,000", |bencher| {
        let one = &*one;
        bencher.iter_custom(|iterations| (0..iterations).map(|_| one.time(100_000, |_| 0)).sum());
    });
    group.finish();
}

fn nested(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("nested");
    let relay = LazyCell::new(Relay::new);
    for function in ["Alone", "Nested"] {
        group.bench_function(function, |bencher| {
            let relay = &*relay;
            bencher.iter_custom(|iterations| relay.time(function, iterations));
        });
    }
    group.finish();
}

fn other_ways(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("call");
    group.sample_size(10);
    for (name, reuse) in [("full copy", Reuse::FullCopy), ("fresh instance", Reuse::Never)] {
        let world = LazyCell::new(|| World::new(1, EngineConfig { reuse, ..EngineConfig::default() }));
        group.bench_function(name, |bencher| {
            let world = &*world;
            bencher.iter_custom(|iterations| world.time(iterations, |_| 0));
        });
    }
    group.finish();
}

fn switching(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("call");
    let many = LazyCell::new(|| World::new(50, EngineConfig::default()));
    group.bench_function("50 contracts in turn", |bencher| {
        let many = &*many;
        bencher.iter_custom(|iterations| many.time(iterations, |i| (i % 50) as usize));
    });
    group.finish();
}

/// The first call of a process: the machine code is in the cache on disk, nothing is in memory.
fn cold(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let config = EngineConfig { cache_dir: Some(folder.path().to_owned()), ..EngineConfig::default() };
    let world = LazyCell::new(|| World::new(1, config.clone()));
    let mut group = criterion.benchmark_group("call");
    group.sample_size(20);
    group.bench_function("first of an engine", |bencher| {
        let (info, object) = &world.contracts[0];
        let increment = call(info, "Increment", &[Value::ObjectId(*object)]);
        bencher.iter_with_large_drop(|| {
            let engine = Engine::new(world.engine.store().clone(), &config);
            let mut block = engine.begin_block(BlockInfo::default()).expect("a block");
            assert!(block.call(&increment).expect("no fault").receipt.is_ok());
            drop(block);
            engine
        });
    });
    group.finish();
}

/// From wasm to the first answer, with nothing in memory and no folder of compiled code.
fn deploy(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("deploy");
    group.sample_size(10);
    group.bench_function("to the first answer", |bencher| {
        bencher.iter_with_large_drop(|| World::new_unprepared(1, EngineConfig::default()));
    });
    group.finish();
}

criterion_group!(benches, warm, nested, cold, deploy, other_ways, switching);
criterion_main!(benches);
