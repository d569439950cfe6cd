//! What a block costs on disk, by the size of the state: `cargo bench -p govm-state --bench blocks`.
//!
//! A block updates one field each of a thousand random objects and carries a receipt with an event for each; it is prepared (state
//! root) and committed (fsync, indexes, history) one after the other. `GOVM_BENCH_OBJECTS=10000,1000000` names the sizes,
//! `GOVM_BENCH_DIR` the directory to make the stores in; the disk under it is most of what is measured.

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use govm_core::{
    Address, BlockDraft, Event, Hash, ObjectId, Receipt, StateKey, StateStore, StateView, Status, Write, value_digest,
};
use govm_state::{LmdbStore, OpenOptions};

/// That of the `govm` command.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const UPDATES: usize = 1_000;
const BLOCKS: usize = 256;
const WARM_UP: usize = 1_100;
const READS: usize = 100_000;
const PAGE_BYTES: u64 = 4096;
const LOADED_AT_ONCE: u64 = 5_000;

fn main() {
    let sizes = std::env::var("GOVM_BENCH_OBJECTS").unwrap_or_else(|_| "10000,100000,1000000".to_owned());
    println!("blocks of {UPDATES} single-field updates of existing objects, {BLOCKS} blocks; times in ms a block");
    println!(
        "{:>9} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>10} {:>6} {:>8} {:>9} {:>8}",
        "objects",
        "prepare",
        "commit",
        "median",
        "p99",
        "mean",
        "CPU",
        "updates/s",
        "pages",
        "read us",
        "data MiB",
        "RSS MiB"
    );
    for size in sizes.split(',').filter_map(|size| size.trim().parse().ok()) {
        measure(size);
    }
}

fn measure(objects: u64) {
    let parent = std::env::var_os("GOVM_BENCH_DIR").map_or_else(std::env::temp_dir, Into::into);
    let directory = tempfile::tempdir_in(parent).unwrap();
    let store = LmdbStore::open(directory.path(), &OpenOptions::read_write()).unwrap();
    load(&store, objects);
    let mut random = Random(88_172_645_463_325_252);
    // Until all parts of the tree had their turn and free pages lie everywhere, as in a store that has been at work for a while.
    for _ in 0..WARM_UP {
        update(&store, &mut random, objects);
    }
    let (written, cpu) = (written_bytes(), cpu_ms());
    let mut times: Vec<(Duration, Duration)> = (0..BLOCKS).map(|_| update(&store, &mut random, objects)).collect();
    let pages = written.zip(written_bytes()).map(|(before, after)| (after - before) / PAGE_BYTES / BLOCKS as u64);
    let cpu = cpu.zip(cpu_ms()).map(|(before, after)| (after - before) as f64 / BLOCKS as f64);
    let mean = times.iter().map(|(prepare, commit)| *prepare + *commit).sum::<Duration>() / BLOCKS as u32;
    let prepare = median(times.iter().map(|(prepare, _)| *prepare).collect());
    let commit = median(times.iter().map(|(_, commit)| *commit).collect());
    times.sort_by_key(|(prepare, commit)| *prepare + *commit);
    let whole = |at: usize| ms(times[at].0 + times[at].1);

    let view = store.snapshot().unwrap().state;
    let start = Instant::now();
    for _ in 0..READS {
        assert!(view.get(&field(random.below(objects))).unwrap().is_some());
    }
    let read = start.elapsed() / READS as u32;
    drop(view);
    let data = std::fs::metadata(directory.path().join("data.mdb")).unwrap().len();
    println!(
        "{objects:>9} {:>8.1} {:>8.1} {:>8.1} {:>8.1} {:>8.1} {:>8} {:>10.0} {:>6} {:>8.2} {:>9} {:>8}",
        ms(prepare),
        ms(commit),
        whole(BLOCKS / 2),
        whole(BLOCKS * 99 / 100),
        ms(mean),
        told(cpu.map(|cpu| format!("{cpu:.1}"))),
        UPDATES as f64 / mean.as_secs_f64(),
        told(pages),
        read.as_secs_f64() * 1e6,
        data >> 20,
        told(resident_bytes().map(|bytes| bytes >> 20)),
    );
}

/// Makes objects with one field each.
fn load(store: &LmdbStore, objects: u64) {
    for first in (0..objects).step_by(LOADED_AT_ONCE as usize) {
        let mut writes: Vec<Write> = (first..objects.min(first + LOADED_AT_ONCE)).flat_map(object).collect();
        writes.sort_by(|a, b| a.0.cmp(&b.0));
        append(store, Vec::new(), writes);
    }
}

/// Commits a block of updates, and says how long it took to prepare and to commit.
fn update(store: &LmdbStore, random: &mut Random, objects: u64) -> (Duration, Duration) {
    let mut writes: Vec<Write> =
        (0..UPDATES).map(|_| (field(random.below(objects)), Some(random.next().to_le_bytes().to_vec()))).collect();
    writes.sort_by(|a, b| a.0.cmp(&b.0));
    writes.dedup_by(|a, b| a.0 == b.0);
    let contract = Address::from_bytes([7; 20]);
    let event = Event { contract, name: "Incremented".to_owned(), data: vec![5; 60] };
    let receipt = |_| Receipt {
        status: Status::Ok,
        output: vec![1; 8],
        gas_used: 100_000,
        gas_refunded: 0,
        schedule_version: 1,
        events: vec![event.clone()],
        writes: Hash::from_bytes([3; 32]),
    };
    append(store, (0..UPDATES).map(receipt).collect(), writes)
}

fn append(store: &LmdbStore, receipts: Vec<Receipt>, writes: Vec<Write>) -> (Duration, Duration) {
    let draft = BlockDraft::on(store.snapshot().unwrap().head.as_ref());
    let start = Instant::now();
    let prepared = store.prepare(&writes).unwrap();
    let prepare = start.elapsed();
    let receipts = receipts.into_iter().map(Arc::new).collect();
    let block = BlockDraft { receipts, writes, ..draft }.seal(prepared.state_root);
    let start = Instant::now();
    store.commit(&block, prepared.update).unwrap();
    (prepare, start.elapsed())
}

fn object(number: u64) -> Vec<Write> {
    let (id, contract) = (id(number), Address::from_bytes([7; 20]));
    let mut owner = [0; 20];
    owner[..8].copy_from_slice(&(number % 1000).to_be_bytes());
    let owner = Address::from_bytes(owner);
    let record = govm_core::Object { contract, owner, fields: 1 };
    vec![
        (StateKey::Object(id), Some(borsh::to_vec(&record).unwrap())),
        (field(number), Some(vec![0; 8])),
        (StateKey::Owned { owner, contract, object: id }, Some(Vec::new())),
        (StateKey::Created { contract, object: id }, Some(Vec::new())),
    ]
}

fn field(number: u64) -> StateKey {
    StateKey::Field(id(number), "count".into())
}

fn id(number: u64) -> ObjectId {
    ObjectId::from_bytes(*value_digest(&number.to_le_bytes()).as_bytes())
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

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// A figure that not every system tells.
fn told(figure: Option<impl ToString>) -> String {
    figure.map_or_else(|| "?".to_owned(), |figure| figure.to_string())
}

/// How long processors have worked for this process so far, in milliseconds: less disturbed by others than the time that went by.
fn cpu_ms() -> Option<u64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // Behind the name in brackets come the state and then numbers: user and system time are the 12th and the 13th, in hundredths of
    // a second.
    let times: Vec<u64> = stat.rsplit_once(')')?.1.split_whitespace().skip(11).take(2).flat_map(str::parse).collect();
    Some(times.iter().sum::<u64>() * 10)
}

/// How much this process has handed to the system to write so far.
fn written_bytes() -> Option<u64> {
    let io = std::fs::read_to_string("/proc/self/io").ok()?;
    io.lines().find_map(|line| line.strip_prefix("wchar: "))?.parse().ok()
}

/// What this process has in memory and shares with no file, where the system tells.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
}
