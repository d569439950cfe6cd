//! A process that commits is killed at any moment: what it was told is committed is there, nothing is half there, and the store
//! goes on.
//!
//! 30 and 15 rounds; `GOVM_KILL_ROUNDS=1000 cargo test --release -p govm-state --test killed` for more.

#![cfg(unix)]

mod common;

use std::collections::VecDeque;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use common::{Writes, put};
use govm_core::{Address, BlockDraft, BlockHeader, Pipeline, StateKey, StateStore, value_digest};
use govm_state::{LmdbStore, MemoryStore, OpenOptions};

const PATH: &str = "GOVM_STATE_TEST_VICTIM_PATH";

/// A number that looks random and is the same in every process.
fn mixed(number: u64) -> u64 {
    u64::from_le_bytes(value_digest(&number.to_le_bytes()).as_bytes()[..8].try_into().unwrap())
}

/// The writes of a block: enough accounts for a tree that is written in parts, blocks of a few to hundreds of writes.
fn writes(height: u64) -> Writes {
    let count = if height == 1 { 2_000 } else { 1 + mixed(height) % 200 };
    let write = |n| {
        let random = mixed(height << 32 | n);
        let mut bytes = [0; 20];
        bytes[..8].copy_from_slice(&(random % 5_000).to_be_bytes());
        let key = StateKey::Account(Address::from_bytes(bytes));
        let record = govm_core::Account { balance: random, nonce: height, deployments: 0 };
        if random >> 60 < 2 { (key, None) } else { put(key, &borsh::to_vec(&record).unwrap()) }
    };
    let mut writes: Writes = (0..count).map(write).collect();
    writes.sort_by(|a, b| a.0.cmp(&b.0));
    writes.dedup_by(|a, b| a.0 == b.0);
    writes
}

fn append<S: StateStore>(store: &S) -> BlockHeader {
    let draft = BlockDraft::on(store.snapshot().unwrap().head.as_ref());
    store.append(BlockDraft { writes: writes(draft.height), ..draft }).unwrap()
}

fn open(path: &Path) -> LmdbStore {
    LmdbStore::open(path, &OpenOptions::read_write().map_bytes(256 << 10).history(5).pending_writes(300)).unwrap()
}

#[test]
fn nothing_acknowledged_is_lost_and_nothing_is_half_there() {
    kill_over_and_over("commit_until_killed", 30, 1);
}

#[test]
fn nor_if_the_next_blocks_are_built_meanwhile() {
    // One that was acknowledged, up to three that were handed over, of which the last may have been committed unseen.
    kill_over_and_over("commit_ahead_until_killed", 15, AHEAD as u64 + 1);
}

/// How many blocks wait in the pipeline of a victim.
const AHEAD: usize = 2;

/// Kills a process in many rounds; it may have committed so many blocks that it did not come to say.
fn kill_over_and_over(victim: &str, rounds: u64, unsaid: u64) {
    let rounds = std::env::var("GOVM_KILL_ROUNDS").map_or(rounds, |rounds| rounds.parse().unwrap());
    let directory = tempfile::tempdir().unwrap();
    let model = MemoryStore::new();
    let mut newest = None;
    for round in 0..rounds {
        let acknowledged = run_and_kill(directory.path(), victim, mixed(round) % 12);
        let store = open(directory.path());
        let head = store.snapshot().unwrap().head.unwrap();
        let acknowledged = acknowledged.or(newest).unwrap_or(0);
        assert!(
            (acknowledged..=acknowledged + unsaid).contains(&head.height),
            "round {round}: {acknowledged}, {head:?}"
        );
        // The head names the root of the whole state, and the chain of all blocks before it.
        while model.snapshot().unwrap().height() < head.height {
            append(&model);
        }
        assert_eq!(Some(&head), model.snapshot().unwrap().head.as_ref(), "round {round}");
        let report = store.check(&mut |_| {}).unwrap();
        assert!(report.is_clean(), "round {round}: {:?}", report.differences);
        newest = Some(head.height);
    }
    assert!(newest > Some(rounds), "the processes committed blocks");
}

/// Runs the other process until it said so many times that a block is committed, kills it, and returns the last height it said.
fn run_and_kill(path: &Path, victim: &str, blocks: u64) -> Option<u64> {
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", victim, "--ignored", "--nocapture"])
        .env(PATH, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(victim.stdout.take().unwrap()).lines().map_while(Result::ok).filter_map(|line| {
        let (_, height) = line.rsplit_once("victim: ")?;
        height.parse::<u64>().ok()
    });
    // 0 says that the store is open.
    let mut last = said.next().filter(|height| *height > 0);
    for _ in 0..blocks {
        last = said.next().or(last);
    }
    // The moment inside a commit is that of the scheduler, and of some work that takes a different time in each round.
    std::hint::black_box((0..mixed(blocks + last.unwrap_or(0)) % 4_000).fold(0, |sum, n| sum ^ mixed(n)));
    victim.kill().unwrap();
    assert!(!victim.wait().unwrap().success());
    said.last().or(last)
}

#[test]
#[ignore = "the process that is killed"]
#[allow(clippy::print_stdout, reason = "how it tells what is committed")]
fn commit_until_killed() {
    // Somebody who runs the ignored tests too has nothing to be killed.
    let Some(path) = std::env::var_os(PATH) else { return };
    let store = open(Path::new(&path));
    println!("victim: 0");
    loop {
        println!("victim: {}", append(&store).height);
    }
}

#[test]
#[ignore = "the process that is killed, with blocks that wait"]
#[allow(clippy::print_stdout, reason = "how it tells what is committed")]
fn commit_ahead_until_killed() {
    let Some(path) = std::env::var_os(PATH) else { return };
    let pipeline = Pipeline::new(Arc::new(open(Path::new(&path))), AHEAD).unwrap();
    let mut waiting = VecDeque::new();
    println!("victim: 0");
    loop {
        let ground = pipeline.ground().unwrap();
        let draft = BlockDraft { writes: writes(ground.height()), ..BlockDraft::default() };
        waiting.push_back(pipeline.submit(&ground, draft).unwrap());
        if waiting.len() > AHEAD {
            println!("victim: {}", waiting.pop_front().unwrap().wait().unwrap().height);
        }
    }
}
