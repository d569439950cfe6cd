//! A store with something in each of its databases.

use std::path::Path;
use std::sync::Arc;

use govm_core::{
    Actor, Address, BlockDraft, CallPosition, Event, Hash, Ledger, ObjectId, Receipt, StateKey, StateStore, StateView,
    Status, code_hash, contract_address, object_id,
};
use govm_state::{LmdbStore, OpenOptions};

pub(crate) const OWNER: Address = Address::from_bytes([0x0a; 20]);

/// The height of the store's newest block.
pub(crate) const HEIGHT: u64 = 4;

const OBJECTS: u32 = 200;

pub(crate) fn contract() -> Address {
    contract_address(&OWNER, 0)
}

pub(crate) fn actor() -> Actor {
    Actor { contract: contract(), sender: OWNER }
}

/// One of the objects that have fields.
pub(crate) fn object(n: u32) -> ObjectId {
    object_id(&contract(), CallPosition { height: 1, index: 0 }, n)
}

pub(crate) fn field(n: u32) -> StateKey {
    StateKey::Field(object(n), "count".into())
}

/// Code that no contract has, of 100 KiB that do not compress.
pub(crate) fn code(n: u8) -> (StateKey, Vec<u8>) {
    let mut wasm = Vec::new();
    let mut block = [n; 32];
    while wasm.len() < 100 << 10 {
        block = *code_hash(&block).as_bytes();
        wasm.extend_from_slice(&block);
    }
    (StateKey::Code(code_hash(&wasm)), wasm)
}

/// A contract and an object with two fields.
pub(crate) fn small_block<V: StateView>(ledger: &mut Ledger<V>) {
    ledger.begin_call(CallPosition { height: 1, index: 0 });
    ledger.deploy(&OWNER, b"code").unwrap();
    let id = ledger.create_object(actor()).unwrap().id;
    ledger.set_field(actor(), &id, "count", vec![1]).unwrap();
    ledger.set_field(actor(), &id, "more", vec![2]).unwrap();
}

/// Four blocks: the state tree is written with the third, and the changes of the fourth are pending.
pub(crate) fn store(path: &Path) -> LmdbStore {
    let open = || LmdbStore::open(path, &OpenOptions::read_write()).unwrap();
    let first = open();
    append(&first, |ledger| {
        ledger.credit(&OWNER, 1000).unwrap();
        ledger.deploy(&OWNER, b"code of the contract").unwrap();
        for n in 0..OBJECTS {
            let id = ledger.create_object(actor()).unwrap().id;
            assert_eq!(id, object(n));
            for name in ["count", "name"].iter().take(n as usize % 3) {
                ledger.set_field(actor(), &id, name, n.to_le_bytes().to_vec()).unwrap();
            }
            if n % 4 == 0 {
                ledger.set_owner(actor(), &id, OWNER).unwrap();
            }
        }
    });
    append(&first, |ledger| ledger.transfer(&OWNER, &contract(), 10).unwrap());
    drop(first);
    let store = open();
    append(&store, |ledger| ledger.delete_object(actor(), &object(199)).unwrap());
    append(&store, |ledger| {
        ledger.create_object(actor()).unwrap();
        for n in 0..100 {
            ledger.set_field(actor(), &object(n), "count", vec![4]).unwrap();
        }
    });
    store
}

fn append(store: &LmdbStore, write: impl FnOnce(&mut Ledger<&<LmdbStore as StateStore>::View>)) {
    let snapshot = store.snapshot().unwrap();
    let draft = BlockDraft::on(snapshot.head.as_ref());
    let height = draft.height;
    let mut ledger = Ledger::new(&snapshot.state);
    ledger.begin_call(CallPosition { height, index: 0 });
    write(&mut ledger);
    let writes = ledger.into_writes();
    drop(snapshot);
    let event = |name: &str| Event { contract: contract(), name: name.to_owned(), data: vec![height as u8] };
    let receipt = |index: u8, events| Receipt {
        status: Status::Ok,
        output: vec![index],
        gas_used: height,
        gas_refunded: 0,
        schedule_version: 1,
        events,
        writes: Hash::from_bytes([index; 32]),
    };
    let receipts = [receipt(0, vec![event("Made"), event("Changed")]), receipt(1, vec![event("Made")])];
    let receipts = receipts.map(Arc::new).to_vec();
    store.append(BlockDraft { time_ns: height as i64, receipts, writes, ..draft }).unwrap();
}
