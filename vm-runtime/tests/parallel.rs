//! Blocks that several threads execute are those that one thread executes: receipt for receipt, root for root.
//!
//! The long tests run 1,000 random blocks and 160 larger ones;
//! `GOVM_CASES=100000 cargo test --release -p govm-runtime --test parallel` for more.

#[path = "support/script.rs"]
mod script;
mod support;

use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use govm_core::{
    Address, BlockCommit, BlockHeader, Call, HostFault, Ledger, ObjectId, ObjectsOf, Prepared, Snapshot, StateKey,
    StateStore, StateView, Write,
};
use govm_runtime::{Deployment, Engine, EngineConfig, Executed, Item, PendingBlock};
use govm_state::{LmdbStore, MemoryStore, OpenOptions};
use script::{Random, random_call};
use support::{ALICE, BOB, GAS, info};

/// An engine in memory with two contracts that do what they are told, some objects of the first, and money.
struct World<S = MemoryStore> {
    engine: Engine<S>,
    script: Address,
    other: Address,
}

impl World {
    fn new(threads: usize) -> Self {
        Self::on(MemoryStore::new(), threads)
    }
}

impl<S: StateStore> World<S> {
    fn on(store: S, threads: usize) -> Self {
        let engine = Engine::new(store, &EngineConfig { threads, ..EngineConfig::default() });
        let wasm = script::script();
        let mut block = engine.begin_block(info()).unwrap();
        let [script, other] = [(); 2].map(|()| {
            let receipt = block.deploy(ALICE, &wasm, GAS).unwrap().receipt;
            Address::from_slice(&receipt.output).expect("deployed")
        });
        block.commit().unwrap();
        let mut block = engine.begin_block(info()).unwrap();
        for address in [ALICE, BOB, script, other] {
            block.credit(&address, 100_000).unwrap();
        }
        for sender in [ALICE, ALICE, ALICE, BOB] {
            // Three objects each: two for everybody, one for the sender.
            let create = |number: u8| [&[script::step::CREATE, number], [0; 32].as_slice()].concat();
            let args = [create(0), create(1), create(2), vec![0; 34]].concat();
            let call = Call { sender, args, ..support::call(script, "run") };
            assert!(block.call(&call).unwrap().receipt.is_ok());
        }
        block.commit().unwrap();
        Self { engine, script, other }
    }

    /// The objects of the contract, and one that there is not.
    fn objects(&self) -> Vec<ObjectId> {
        let ledger = Ledger::new(self.engine.store().snapshot().unwrap().state);
        let objects = ledger.objects(ObjectsOf::Contract(self.script), None, 1_000).unwrap();
        [ObjectId::from_bytes([9; 32])].into_iter().chain(objects.iter().map(|found| found.id)).collect()
    }
}

/// A block of calls and a few deployments on some of the objects: on one of them, on a few, or on all.
fn random_block(random: &mut Random, world: &World) -> Vec<Item> {
    let objects = world.objects();
    let how_many = random.pick(&[1, 2, 5, objects.len()]).min(objects.len());
    let first = random.below(objects.len() - how_many + 1);
    let objects = &objects[first..first + how_many];
    let calls = 16 + random.below(16);
    let call = |_| Item::Call(random_call(random, world.script, world.other, objects));
    let mut items: Vec<Item> = (0..calls).map(call).collect();
    if random.below(8) == 0 {
        let wasm = if random.below(2) == 0 { script::script() } else { b"no module".to_vec() };
        let deployment = Item::Deploy(Deployment { sender: ALICE, wasm, gas_limit: GAS });
        items.insert(random.below(items.len()), deployment);
    }
    items
}

/// Executes a block item by item, without the batch.
fn one_by_one<S: StateStore>(engine: &Engine<S>, items: &[Item]) -> (Vec<Executed>, BlockHeader) {
    let mut block = engine.begin_block(info()).unwrap();
    let execute = |item: &Item| match item {
        Item::Call(call) => block.call(call).unwrap(),
        Item::Deploy(Deployment { sender, wasm, gas_limit }) => block.deploy(*sender, wasm, *gas_limit).unwrap(),
    };
    let executed = items.iter().map(execute).collect();
    (executed, block.commit().unwrap())
}

/// How many times the rounds are made at most until calls were in each other's way.
const MOST_ROUNDS: usize = 20;

/// How many random blocks.
fn cases() -> usize {
    std::env::var("GOVM_CASES").map_or(1_000, |cases| cases.parse().unwrap())
}

#[test]
fn random_blocks_come_out_as_one_call_after_the_other() {
    let cases = cases();
    let mut random = Random(88_172_645_463_325_252);
    let (mut serial, mut parallel, mut aborted, mut failures, mut events) = (0, 0, 0, 0, 0);
    let worlds = |threads| (World::new(1), World::new(threads));
    let (mut reference, mut world) = worlds(8);
    for case in 0..cases {
        // New engines now and then: the state grows. They have 1 to 8 threads in turn.
        if case % 125 == 0 {
            (reference, world) = worlds(1 + case / 125 % 8);
        }
        let items = random_block(&mut random, &reference);
        let (expected, header) = one_by_one(&reference.engine, &items);
        let found = world.engine.execute_block(info(), &items).unwrap();
        for (call, (found, expected)) in found.executed.iter().zip(&expected).enumerate() {
            assert_eq!(found, expected, "block {case}, call {call}");
        }
        assert_eq!(found.header, header, "block {case}");
        assert_eq!(found.effort.serial + found.effort.parallel, items.len());
        serial += found.effort.serial;
        parallel += found.effort.parallel;
        aborted += found.effort.aborted;
        failures += expected.iter().filter(|executed| !executed.receipt.is_ok()).count();
        events += expected.iter().map(|executed| executed.receipt.events.len()).sum::<usize>();
    }
    // The blocks are such that all this happens, and mostly on several threads.
    assert!(parallel > 2 * serial && aborted > 0, "{serial}, {parallel}, {aborted}");
    assert!(failures > cases && events > cases, "{failures}, {events}");
}

#[test]
fn calls_that_are_attempted_together_come_out_as_one_after_the_other() {
    let mut random = Random(1);
    let worlds = || (World::new(1), World::new(2));
    let (mut reference, mut world) = worlds();
    let (mut together, mut aborted) = (0, 0);
    let rounds = cases() / 25;
    // Where the system seldom runs both threads at a time, calls are seldom in each other's way: it goes on until some were.
    for round in 0..MOST_ROUNDS * rounds {
        if round >= rounds && aborted > 0 {
            break;
        }
        // The state grows.
        if round % 40 == 0 {
            (reference, world) = worlds();
        }
        let objects = reference.objects();
        // Blocks without conflicts, until a few calls are attempted as one; then one with some.
        for conflicts in [false, false, false, true] {
            let call = |number: usize| match conflicts && number.is_multiple_of(4) {
                true => random_call(&mut random, reference.script, reference.other, &objects),
                false => {
                    let read =
                        [&[script::step::READ, number as u8], objects[number % objects.len()].as_bytes().as_slice()];
                    Call { args: [read.concat(), vec![0; 34]].concat(), ..support::call(reference.script, "run") }
                }
            };
            let items: Vec<Item> = (0..128).map(call).map(Item::Call).collect();
            let (expected, header) = one_by_one(&reference.engine, &items);
            let found = world.engine.execute_block(info(), &items).unwrap();
            assert_eq!((found.executed, found.header), (expected, header), "round {round}");
            if conflicts {
                together += usize::from(found.effort.attempts < found.effort.parallel);
                aborted += found.effort.aborted;
            }
        }
    }
    assert!(together > rounds / 2 && aborted > 0, "{together}, {aborted}");
}

#[test]
fn a_batch_goes_on_where_single_calls_left_off() {
    let (batch, single) = (World::new(4), World::new(1));
    let mut random = Random(7);
    let items = random_block(&mut random, &single);
    let calls: Vec<Call> =
        (0..40).map(|_| random_call(&mut random, single.script, single.other, &single.objects())).collect();

    let run = |world: &World, batched: bool| {
        let mut block = world.engine.begin_block(info()).unwrap();
        block.credit(&BOB, 5).unwrap();
        let first = block.call(&calls[0]).unwrap();
        let items: Vec<Item> = items.iter().cloned().chain(calls[1..].iter().cloned().map(Item::Call)).collect();
        let mut executed = if batched {
            block.execute(&items).unwrap()
        } else {
            let one = |item: &Item| block.execute(std::slice::from_ref(item)).unwrap();
            items.iter().flat_map(one).collect()
        };
        executed.insert(0, first);
        executed.push(block.call(&calls[0]).unwrap());
        (executed, block.commit().unwrap())
    };
    assert_eq!(run(&batch, true), run(&single, false));
}

#[test]
fn blocks_that_are_executed_before_their_parents_are_stored_come_out_the_same() {
    let (reference, world) = (World::new(1), World::new(4));
    let mut random = Random(3);
    let pipeline = world.engine.pipeline().unwrap();
    let mut waiting = Vec::new();
    for number in 0..60 {
        let items = random_block(&mut random, &reference);
        let expected = one_by_one(&reference.engine, &items);
        let pending = if number % 4 == 0 {
            // Begun and submitted by hand.
            let mut block = pipeline.begin_block(info()).unwrap();
            let executed = block.execute(&items).unwrap();
            (executed, pipeline.submit(block).unwrap())
        } else {
            let pending = pipeline.execute_block(info(), &items).unwrap();
            (pending.executed, pending.ticket)
        };
        waiting.push((pending, expected));
    }
    for ((executed, ticket), expected) in waiting {
        assert_eq!((executed, ticket.wait().unwrap()), expected);
    }
    // Who commits in it waits for what is before.
    let block = pipeline.begin_block(info()).unwrap();
    assert_eq!(block.commit().unwrap(), one_by_one(&reference.engine, &[]).1);
    pipeline.settle();
}

#[test]
fn a_store_that_has_to_grow_meanwhile_grows() {
    // LMDB can move its map only while no thread reads, so it waits for the block that is being executed.
    let directory = tempfile::tempdir().unwrap();
    let store = LmdbStore::open(directory.path(), &OpenOptions::read_write().map_bytes(64 << 10)).unwrap();
    let (reference, world) = (World::new(1), World::on(store, 3));
    let map_bytes = || world.engine.store().stats().unwrap().map_bytes;
    let before = map_bytes();
    let pipeline = world.engine.pipeline().unwrap();
    let mut random = Random(5);
    let mut waiting = Vec::new();
    for _ in 0..40 {
        let items = random_block(&mut random, &reference);
        let expected = one_by_one(&reference.engine, &items);
        let pending = pipeline.execute_block(info(), &items).unwrap();
        assert_eq!(pending.executed, expected.0);
        waiting.push((pending, expected.1));
    }
    for (pending, header) in waiting {
        assert_eq!(pending.wait().unwrap(), header);
    }
    assert!(map_bytes() > before, "{before}");
}

#[test]
fn a_block_that_cannot_be_stored_fails_those_that_were_built_on_it_and_no_others() {
    let world = World::new(1);
    let (store, objects) = (world.engine.store().clone(), world.objects());
    let broken = Arc::new(AtomicBool::new(true));
    let store = Broken { store, key: StateKey::Object(ObjectId::ZERO), broken: Arc::clone(&broken) };
    let engine = Engine::new(store, &EngineConfig { commits_ahead: 8, ..EngineConfig::default() });
    let write = |number: u8| {
        let step = |op, number: u8| [&[op, number], objects[1].as_bytes().as_slice()].concat();
        let args = [step(script::step::WRITE, number), step(script::step::READ, number), vec![0; 34]].concat();
        [Item::Call(Call { args, ..support::call(world.script, "run") })]
    };
    let pipeline = engine.pipeline().unwrap();
    // The store is broken from the start, so each of these fails with the first.
    let first = pipeline.execute_block(info(), &write(0)).unwrap();
    let mut built_on_it = Vec::new();
    let more = loop {
        match pipeline.execute_block(info(), &write(1)) {
            Ok(pending) if built_on_it.len() < 5 => built_on_it.push(pending),
            more => break more,
        }
    };
    assert_eq!(first.wait().unwrap_err().to_string(), "storage: the disk is gone");
    let failed = built_on_it.into_iter().map(|pending| pending.wait().unwrap_err());
    // Whoever came after the failure was noticed failed alone.
    assert!(failed.chain(more.and_then(PendingBlock::wait).err()).all(|fault| {
        matches!(fault, HostFault::ParentFailed { .. }) || fault.to_string() == "storage: the disk is gone"
    }));

    broken.store(false, Ordering::Relaxed);
    let expected = one_by_one(&World::new(1).engine, &write(2));
    let pending = pipeline.execute_block(info(), &write(2)).unwrap();
    assert_eq!(pending.executed, expected.0);
    assert_eq!(pending.wait().unwrap(), expected.1);
}

/// A store that can neither read one key nor commit while it is broken.
struct Broken {
    store: MemoryStore,
    key: StateKey,
    broken: Arc<AtomicBool>,
}

struct BrokenView {
    view: <MemoryStore as StateStore>::View,
    key: StateKey,
    broken: Arc<AtomicBool>,
}

impl StateView for BrokenView {
    fn get(&self, key: &StateKey) -> Result<Option<Vec<u8>>, HostFault> {
        if *key == self.key && self.broken.load(Ordering::Relaxed) {
            return Err(HostFault::storage("the disk is gone"));
        }
        self.view.get(key)
    }

    fn first(&self, from: Bound<&StateKey>) -> Result<Option<(StateKey, Vec<u8>)>, HostFault> {
        self.view.first(from)
    }
}

impl StateStore for Broken {
    type View = BrokenView;
    type Update = <MemoryStore as StateStore>::Update;

    fn snapshot(&self) -> Result<Snapshot<BrokenView>, HostFault> {
        let Snapshot { head, state } = self.store.snapshot()?;
        let state = BrokenView { view: state, key: self.key.clone(), broken: Arc::clone(&self.broken) };
        Ok(Snapshot { head, state })
    }

    fn prepare(&self, writes: &[Write]) -> Result<Prepared<Self::Update>, HostFault> {
        self.store.prepare(writes)
    }

    fn commit(&self, block: &BlockCommit, update: Self::Update) -> Result<(), HostFault> {
        if self.broken.load(Ordering::Relaxed) {
            return Err(HostFault::storage("the disk is gone"));
        }
        self.store.commit(block, update)
    }
}

#[test]
fn a_fault_of_the_host_aborts_the_block_and_the_engine_goes_on() {
    let world = World::new(1);
    let objects = world.objects();
    let store = world.engine.store().clone();
    let broken = Arc::new(AtomicBool::new(true));
    let store = Broken { store, key: StateKey::Object(objects[3]), broken: Arc::clone(&broken) };
    let engine = Engine::new(store, &EngineConfig { threads: 3, ..EngineConfig::default() });
    let read = |object: ObjectId| {
        let args = [&[script::step::READ, 0], object.as_bytes().as_slice(), &[0; 34]].concat();
        Item::Call(Call { args, ..support::call(world.script, "run") })
    };
    let mut items: Vec<Item> = (0..40).map(|_| read(objects[1])).collect();
    items[30] = read(objects[3]);

    let fault = engine.execute_block(info(), &items).unwrap_err();
    assert_eq!(fault.to_string(), "storage: the disk is gone");
    assert_eq!(engine.store().store.snapshot().unwrap().height(), 2, "nothing was committed");
    let mut block = engine.begin_block(info()).unwrap();
    assert!(block.execute(&items).is_err());
    assert_eq!(block.execute(&items).unwrap_err().to_string(), "engine: the block was aborted by an earlier fault");

    broken.store(false, Ordering::Relaxed);
    let expected = one_by_one(&World::new(1).engine, &items);
    let found = engine.execute_block(info(), &items).unwrap();
    assert_eq!((found.executed, found.header), expected);
}
