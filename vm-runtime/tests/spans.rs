//! The spans and events that operators of an engine get are those that `docs/operating.md` lists, with their fields.

#![allow(missing_docs, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use govm_core::{Address, BlockInfo, Call};
use govm_runtime::{Deployment, Engine, EngineConfig, Item};
use govm_state::MemoryStore;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Kind, level and fields.
type Shape = (String, String, Vec<String>);

/// What was emitted, by name.
static SEEN: Mutex<BTreeMap<String, Shape>> = Mutex::new(BTreeMap::new());

/// Notes the shape of everything that is emitted by this project.
struct Notes(AtomicU64);

impl Notes {
    fn note(metadata: &Metadata<'_>) {
        let kind = if metadata.is_span() { "span" } else { "event" };
        let level = metadata.level().to_string().to_lowercase();
        // What has a message and no name of its own is about the machine, and for people to read.
        if metadata.name().starts_with("event ") && metadata.fields().field("message").is_some() {
            return;
        }
        let fields = metadata.fields().iter().map(|field| field.name().to_owned()).collect();
        SEEN.lock().unwrap().insert(metadata.name().to_owned(), (kind.to_owned(), level, fields));
    }
}

impl Subscriber for Notes {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("govm")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        Self::note(span.metadata());
        Id::from_u64(self.0.fetch_add(1, Ordering::Relaxed) + 1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        Self::note(event.metadata());
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// The table in the documentation, by name.
fn documented() -> BTreeMap<String, Shape> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/operating.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (_, rest) = text.split_once("<!-- spans: held by vm-runtime/tests/spans.rs -->").unwrap();
    let (table, _) = rest.split_once("<!-- end of spans -->").unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let fields = cells[4].split(", ").map(|field| field.trim_matches('`').to_owned()).collect();
        (cells[1].trim_matches('`').to_owned(), (cells[2].to_owned(), cells[3].to_owned(), fields))
    })
    .collect()
}

/// A contract with one function; the number makes it another code.
fn contract(number: u32, fields: &str) -> Vec<u8> {
    wat::parse_str(format!(
        r#"(module (memory (export "memory") 1) (func (export "_initialize")) (global i32 (i32.const {number})) {fields}
            (func (export "govm_call") (param i32 i32) (result i32) (i32.const 0))
            (@custom "govm.abi" "{{\"abi_version\":1,\"name\":\"nothing\",\"codec\":\"borsh\",\"functions\":[{{\"name\":\"Do\"}}]}}"))"#
    ))
    .unwrap()
}

const ALICE: Address = Address::from_bytes([0xa1; 20]);

fn deployment(wasm: Vec<u8>) -> Item {
    Item::Deploy(Deployment { sender: ALICE, wasm, gas_limit: 10_000_000_000 })
}

#[test]
fn what_is_emitted_is_what_is_documented() {
    tracing::subscriber::set_global_default(Notes(AtomicU64::new(0))).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let config = EngineConfig {
        cache_dir: Some(folder.path().to_owned()),
        max_loaded: 1,
        max_idle_instances: 0,
        ..EngineConfig::default()
    };
    let engine = Engine::new(MemoryStore::new(), &config);
    let items = [contract(1, ""), contract(2, ""), b"no module".to_vec()].map(deployment);
    let result = engine.execute_block(BlockInfo::default(), &items).unwrap();
    let receipts: Vec<bool> = result.executed.iter().map(|executed| executed.receipt.is_ok()).collect();
    assert_eq!(receipts, [true, true, false]);
    let calls: Vec<Item> = result.executed[..2]
        .iter()
        .flat_map(|executed| {
            let contract = Address::from_slice(&executed.receipt.output).unwrap();
            let call =
                Call { sender: ALICE, contract, function: "Do".into(), args: vec![], value: 0, gas_limit: 1_000_000 };
            [Item::Call(call.clone()), Item::Call(call)]
        })
        .collect();
    let pipeline = engine.pipeline().unwrap();
    let pending = pipeline.execute_block(BlockInfo::default(), &calls).unwrap();
    assert!(pending.executed.iter().all(|executed| executed.receipt.is_ok()));
    pending.wait().unwrap();
    // The same code again, which is in memory.
    let mut block = pipeline.begin_block(BlockInfo::default()).unwrap();
    assert!(block.deploy(ALICE, &contract(2, ""), 1_000_000_000).unwrap().receipt.is_ok());
    drop(block);
    // Code that is too large to be compiled for speed.
    let large = format!("(func {})", "(drop (i32.const 7))".repeat(50_000));
    let result = engine.execute_block(BlockInfo::default(), &[deployment(contract(3, &large))]).unwrap();
    assert!(result.executed[0].receipt.is_ok(), "{:?}", result.executed[0].receipt);
    assert!(engine.prepare(&Address::from_slice(&result.executed[0].receipt.output).unwrap()).unwrap());

    let (seen, documented) = (SEEN.lock().unwrap().clone(), documented());
    let names = |of: &BTreeMap<String, Shape>| of.keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(names(&seen), names(&documented));
    assert_eq!(seen, documented);
}
