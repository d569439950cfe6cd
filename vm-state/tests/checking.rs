//! Damage of every kind, planted in a store behind its back: the check finds each and says what it is.

mod common;

use std::path::Path;

use common::populated::{self, OWNER, contract, field, object};
use common::{erase, first_key, sealed, tamper};
use govm_core::{Account, Hash, Object, ObjectId, Receipt, StateArchive, StateKey, StateStore, tree_path};
use govm_state::{CheckReport, LmdbStore, OpenOptions};

fn check(path: &Path) -> CheckReport {
    LmdbStore::open(path, &OpenOptions::read_only()).unwrap().check(&mut |_| {}).unwrap()
}

/// Writes an entry with the right checksum.
fn put(path: &Path, database: &str, key: &[u8], value: &[u8]) {
    tamper(path, database, key, &sealed(database, key, value));
}

fn record<T: borsh::BorshSerialize>(record: &T) -> Vec<u8> {
    borsh::to_vec(record).unwrap()
}

const BLOCK: [u8; 8] = [0, 0, 0, 0, 0, 0, 0, 2];

/// What is known of the store before it is damaged.
struct Known {
    block_hash: Hash,
    header: govm_core::BlockHeader,
    receipt: Receipt,
    object: Object,
}

impl Known {
    fn of(store: &LmdbStore) -> Self {
        let header = store.header(2).unwrap().unwrap();
        let ledger = govm_core::Ledger::new(store.snapshot().unwrap().state);
        let object = ledger.object(&object(1)).unwrap().unwrap();
        Self { block_hash: header.hash(), header, receipt: store.receipts(2).unwrap().remove(0), object }
    }

    fn owned(&self, id: ObjectId) -> Vec<u8> {
        StateKey::Owned { owner: self.object.owner, contract: self.object.contract, object: id }.to_bytes()
    }

    fn created(&self, id: ObjectId) -> Vec<u8> {
        StateKey::Created { contract: self.object.contract, object: id }.to_bytes()
    }
}

type Damage = fn(&Path, &Known);

/// What is done to the store, and a part of what the check says first.
const DAMAGE: &[(&str, Damage)] = &[
    ("does not match its checksum", |path, _| tamper(path, "accounts", OWNER.as_bytes(), b"12345678")),
    ("the newest block is 2 by its mark and 4 among the blocks", |path, _| put(path, "meta", b"head", &BLOCK)),
    ("the newest block is none by its mark and 4", |path, _| erase(path, "meta", b"head")),
    ("the oldest state has the height 5, which is after", |path, _| put(path, "meta", b"oldest", &5u64.to_be_bytes())),
    ("the first block has the height 7, which is after", |path, _| put(path, "meta", b"base", &7u64.to_be_bytes())),
    ("the entry odd of meta is none that is known", |path, _| put(path, "meta", b"odd", &BLOCK)),
    ("the entry head of meta is none that is known", |path, _| put(path, "meta", b"head", b"four")),
    ("the block 2 is missing: the next one is 3", |path, _| erase(path, "blocks", &BLOCK)),
    ("the block 0x0000000000000002 has no header of that height", |path, _| put(path, "blocks", &BLOCK, b"?")),
    ("the block 2 is not found by its hash", |path, known| {
        put(path, "blocks", &BLOCK, &record(&govm_core::BlockHeader { time_ns: 77, ..known.header.clone() }));
    }),
    ("the block 3 names another parent", |path, known| {
        put(path, "blocks", &BLOCK, &record(&govm_core::BlockHeader { time_ns: 77, ..known.header.clone() }));
    }),
    ("the block 2 is not found by its hash", |path, known| erase(path, "heights", known.block_hash.as_bytes())),
    ("leads to no block with that hash", |path, _| put(path, "heights", &[1; 32], &BLOCK)),
    ("leads to no block with that hash", |path, known| put(path, "heights", known.block_hash.as_bytes(), b"?")),
    ("the receipts of block 2 are not those of its header", |path, _| {
        erase(path, "receipts", &[&BLOCK[..], &[0; 4]].concat());
    }),
    ("receipt 0 of block 2 is missing", |path, known| {
        erase(path, "receipts", &[&BLOCK[..], &[0; 4]].concat());
        put(path, "receipts", &[&BLOCK[..], &[0, 0, 0, 1]].concat(), &record(&known.receipt));
    }),
    ("the receipts of block 2 are not those of its header", |path, known| {
        let receipt = Receipt { gas_used: 99, ..known.receipt.clone() };
        put(path, "receipts", &[&BLOCK[..], &[0; 4]].concat(), &record(&receipt));
    }),
    ("receipt 0 of block 2: ", |path, _| put(path, "receipts", &[&BLOCK[..], &[0; 4]].concat(), b"?")),
    ("is of no block", |path, known| put(path, "receipts", &[9; 12], &record(&known.receipt))),
    ("of receipts has no key of one", |path, known| put(path, "receipts", &[0; 13], &record(&known.receipt))),
    ("the events of block 2 are not in the index under 0x", |path, _| {
        let key = [contract().as_bytes().as_slice(), &[4], b"Made", &BLOCK].concat();
        erase(path, "events", &key);
    }),
    ("leads to no such event", |path, _| {
        let key = [contract().as_bytes().as_slice(), &[4], b"Nope", &BLOCK].concat();
        put(path, "events", &key, b"");
    }),
    ("leads to no such event", |path, _| {
        let key = [contract().as_bytes().as_slice(), &[4], b"Made", &BLOCK].concat();
        put(path, "events", &key, b"?");
    }),
    ("leads to no such event", |path, _| put(path, "events", b"short", b"")),
    (": Unexpected length of input", |path, _| put(path, "accounts", OWNER.as_bytes(), b"?")),
    ("this is no key of the table", |path, _| put(path, "accounts", &[7; 21], &record(&Account::default()))),
    ("the state tree has another value than Account(", |path, _| {
        put(path, "accounts", OWNER.as_bytes(), &record(&Account { balance: u64::MAX, nonce: 1, deployments: 0 }));
    }),
    ("the state tree has another value than Account(", |path, _| {
        put(path, "accounts", &[7; 20], &record(&Account::default()));
    }),
    ("leaves, the state ", |path, _| erase(path, "accounts", OWNER.as_bytes())),
    ("the code of Contract(", |path, _| {
        let code = govm_core::code_hash(b"code of the contract");
        erase(path, "code", code.as_bytes());
    }),
    ("the code has another hash", |path, _| {
        let code = govm_core::code_hash(b"code of the contract");
        put(path, "code", code.as_bytes(), b"other code");
    }),
    ("is not in the index owned", |path, known| erase(path, "owned", &known.owned(object(1)))),
    ("is not in the index created", |path, known| erase(path, "created", &known.created(object(1)))),
    ("of owned is that of no object", |path, known| {
        let gone = known.owned(ObjectId::from_bytes([9; 32]));
        put(path, "owned", &gone, b"");
    }),
    ("of owned is that of no object", |path, known| {
        let key = StateKey::Owned { owner: OWNER, contract: known.object.contract, object: object(1) };
        put(path, "owned", &key.to_bytes(), b"");
    }),
    ("of created is that of no object", |path, known| put(path, "created", &known.created(object(1)), b"?")),
    ("of created is that of no object", |path, _| put(path, "created", b"short", b"")),
    (" says that it has 2 fields and has 1", |path, _| {
        let name = StateKey::Field(object(2), "name".into());
        erase(path, "fields", &name.to_bytes());
    }),
    (" says that it has 1 fields and has none", |path, _| erase(path, "fields", &field(100).to_bytes())),
    (" says that it has 7 fields and has 1", |path, known| {
        put(path, "objects", object(1).as_bytes(), &record(&Object { fields: 7, ..known.object }));
    }),
    ("there are 1 fields of the object ", |path, _| erase(path, "objects", object(1).as_bytes())),
    ("the name is too long", |path, _| {
        let name = StateKey::Field(object(1), "n".repeat(129).into());
        put(path, "fields", &name.to_bytes(), b"value");
    }),
    ("the state tree has another value than Object(", |path, known| {
        let leaf = tree_path(&StateKey::Object(object(1))).unwrap();
        assert_ne!(leaf, Hash::ZERO);
        put(path, "objects", object(1).as_bytes(), &record(&Object { owner: OWNER, ..known.object }));
    }),
    ("the state tree has another value than Object(", |path, _| {
        erase(path, "leaves", tree_path(&StateKey::Object(object(150))).unwrap().as_bytes());
    }),
    ("is not the one of its leaves", |path, _| put(path, "leaves", &[0x55; 32], &[0; 32])),
    ("the state tree has the root ", |path, _| put(path, "leaves", &[0x55; 32], &[0; 32])),
    ("a leaf of the state tree", |path, _| put(path, "leaves", &[0x55; 31], &[0; 32])),
    ("the state tree's node at its root is not the one of its leaves", |path, _| erase(path, "nodes", &[0])),
    ("of nodes is no node", |path, _| put(path, "nodes", &[0], &[0, 0])),
    (" nodes, its leaves make ", |path, _| {
        // A node that is well formed, where there are too few leaves for one.
        let child = [&65u64.to_le_bytes()[..], &[3; 32]].concat();
        put(path, "nodes", &[8, 0x50, 0x50, 0x50, 0x50], &[&[1, 0][..], &child].concat());
    }),
    ("the pending row 0x0000000000000004 cannot be decoded", |path, _| {
        put(path, "pending", &4u64.to_be_bytes(), b"?");
    }),
    ("the pending row 0x0000000000000009 is of no block", |path, _| {
        put(path, "pending", &9u64.to_be_bytes(), b"");
    }),
    ("the state tree has the root ", |path, _| {
        erase(path, "pending", &first_key(path, "pending"));
    }),
    ("a row of the history", |path, _| put(path, "history", b"?", &[])),
    ("a row of the history", |path, _| put(path, "history", &history_key(), &[2])),
    ("of history is of no block", |path, _| {
        put(path, "history", &[&9u64.to_be_bytes()[..], &[0], OWNER.as_bytes()].concat(), b"");
    }),
    ("what block 2 replaced does not lead back", |path, _| erase(path, "history", &history_key())),
    ("what block 2 replaced does not lead back", |path, _| {
        let entry = [&[0, 20, 0][..], OWNER.as_bytes(), &6u32.to_le_bytes(), b"other"].concat();
        put(path, "history", &history_key(), &entry);
    }),
];

/// The row of what two accounts held before block 2.
fn history_key() -> Vec<u8> {
    [&BLOCK[..], &[0], contract().min(OWNER).as_bytes()].concat()
}

#[test]
fn a_sound_store_is_clean() {
    let parent = tempfile::tempdir().unwrap();
    drop(populated::store(parent.path()));
    let report = check(parent.path());
    assert_eq!((&report.differences, report.found, report.height), (&Vec::new(), 0, populated::HEIGHT));
    assert!(report.is_clean() && report.entries > 1000, "{report:?}");
}

#[test]
fn every_kind_of_damage_is_found() {
    let parent = tempfile::tempdir().unwrap();
    let sound = parent.path().join("sound");
    let known = Known::of(&populated::store(&sound));
    for (at, (expected, damage)) in DAMAGE.iter().enumerate() {
        let path = parent.path().join(at.to_string());
        copy(&sound, &path);
        damage(&path, &known);
        let report = check(&path);
        let said = report.differences.join("\n");
        assert!(report.differences.iter().any(|difference| difference.contains(expected)), "{expected}:\n{said}");
        assert_eq!(report.found.min(100), report.differences.len() as u64, "{said}");
        std::fs::remove_dir_all(path).unwrap();
    }
}

#[test]
fn many_differences_are_counted_and_a_hundred_told() {
    let parent = tempfile::tempdir().unwrap();
    drop(populated::store(parent.path()));
    for n in 0..150 {
        let key = object(n);
        tamper(parent.path(), "objects", key.as_bytes(), b"");
    }
    let report = check(parent.path());
    assert_eq!(report.differences.len(), 100);
    assert!(report.found > 150, "{}", report.found);
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for file in ["data.mdb", "govm.lock"] {
        std::fs::copy(from.join(file), to.join(file)).unwrap();
    }
}
