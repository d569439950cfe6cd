//! The chain of one test: a state, the block that is being built on it, and states to come back to.

use govm_codec::{decode_event, encode_any};
use govm_core::{
    Actor, Address, BlockInfo, Call, ErrorCode, Event, Failure as CoreFailure, HostFault, ObjectId, ObjectsOf, Receipt,
};
use govm_runtime::{Block, Engine, Executed};
use serde_json::{Map, Value, json};

use super::store::{Entries, TestStore};
use crate::show::hex;
use crate::tree;

pub(super) struct Chain<'e> {
    engine: &'e Engine<TestStore>,
    entries: Entries,
    height: u64,
    time_ns: i64,
    block: Option<Block<'e, TestStore>>,
    snapshots: Vec<(Entries, u64, i64)>,
}

impl<'e> Chain<'e> {
    /// A chain with an empty state.
    pub(super) fn new(engine: &'e Engine<TestStore>, height: u64, time_ns: i64) -> Self {
        Self { engine, entries: Entries::default(), height, time_ns, block: None, snapshots: Vec::new() }
    }

    /// The block that is being built; begun if it is not.
    fn block(&mut self) -> Result<&mut Block<'e, TestStore>, HostFault> {
        let block = match self.block.take() {
            Some(block) => block,
            None => {
                self.engine.store().load(self.entries.clone(), self.height);
                self.engine.begin_block(BlockInfo { time_ns: self.time_ns, proposer_data: Vec::new() })?
            }
        };
        Ok(self.block.insert(block))
    }

    /// Ends the block; the next one has the given height and time.
    pub(super) fn next_block(&mut self, height: u64, time_ns: i64) -> Result<(), HostFault> {
        if let Some(block) = self.block.take() {
            self.engine.store().load(std::mem::take(&mut self.entries), self.height);
            block.commit()?;
            self.entries = self.engine.store().entries();
            self.engine.store().load(Entries::default(), 0);
        }
        (self.height, self.time_ns) = (height, time_ns);
        Ok(())
    }

    /// Remembers the state between two blocks, the later of which has the given height and time.
    pub(super) fn snapshot(&mut self, height: u64, time_ns: i64) -> Result<usize, HostFault> {
        self.next_block(height, time_ns)?;
        self.snapshots.push((self.entries.clone(), height, time_ns));
        Ok(self.snapshots.len() - 1)
    }

    /// Goes back to a state that is remembered; whether it is.
    pub(super) fn revert(&mut self, snapshot: usize) -> bool {
        let Some((entries, height, time_ns)) = self.snapshots.get(snapshot).cloned() else { return false };
        self.block = None;
        (self.entries, self.height, self.time_ns) = (entries, height, time_ns);
        true
    }

    pub(super) fn deploy(&mut self, deployer: Address, wasm: &[u8], gas_limit: u64) -> Result<Executed, HostFault> {
        self.block()?.deploy(deployer, wasm, gas_limit)
    }

    /// Calls, and adds to the trace where it panicked.
    pub(super) fn call(&mut self, call: &Call) -> Result<Executed, HostFault> {
        let (mut executed, tree) = self.block()?.call_traced(call)?;
        executed.trace.extend_from_slice(tree::panics(&tree).as_bytes());
        Ok(executed)
    }

    pub(super) fn fund(&mut self, to: &Address, amount: u64) -> Result<(), CoreFailure> {
        self.block()?.with_ledger(|ledger| ledger.credit(to, amount))
    }

    /// Writes or deletes a field, whoever owns the object.
    pub(super) fn patch_field(&mut self, id: &ObjectId, name: &str, value: Option<Vec<u8>>) -> Result<(), CoreFailure> {
        self.block()?.with_ledger(|ledger| {
            let actor = owner_of(ledger.object(id)?, id)?;
            match value {
                Some(value) => ledger.set_field(actor, id, name, value),
                None => ledger.delete_field(actor, id, name),
            }
        })
    }

    /// Gives an object to another owner, whoever owns it.
    pub(super) fn patch_owner(&mut self, id: &ObjectId, owner: Address) -> Result<(), CoreFailure> {
        self.block()?.with_ledger(|ledger| {
            let actor = owner_of(ledger.object(id)?, id)?;
            ledger.set_owner(actor, id, owner)
        })
    }

    /// The objects of contracts with their fields, and balances.
    pub(super) fn state(&mut self, contracts: &[Address], accounts: &[Address]) -> Result<Value, CoreFailure> {
        self.block()?.with_ledger(|ledger| {
            let mut objects = Map::new();
            for contract in contracts {
                for info in ledger.objects(ObjectsOf::Contract(*contract), None, usize::MAX)? {
                    let fields = ledger.fields(&info.id, None, usize::MAX)?;
                    let fields: Map<_, _> = fields.iter().map(|(name, value)| (name.to_string(), hex(value))).collect();
                    let object = json!({ "contract": contract, "owner": info.object.owner, "fields": fields });
                    objects.insert(info.id.to_string(), object);
                }
            }
            let mut balances = Map::new();
            for account in accounts {
                balances.insert(account.to_string(), json!(ledger.account(account)?.balance));
            }
            Ok(json!({ "objects": objects, "balances": balances }))
        })
    }
}

/// Who may change an object: its contract, called by its owner.
fn owner_of(object: Option<govm_core::Object>, id: &ObjectId) -> Result<Actor, CoreFailure> {
    match object {
        Some(object) => Ok(Actor { contract: object.contract, sender: object.owner }),
        None => Err(CoreFailure::contract(ErrorCode::ObjectNotFound, format!("there is no object {id}"))),
    }
}

/// What a call or a deployment did.
pub(super) fn executed(executed: &Executed) -> Value {
    let Receipt { output, gas_used, events, .. } = &*executed.receipt;
    let mut reply = json!({
        "output": hex(output), "gas": gas_used, "events": events.iter().map(event).collect::<Vec<_>>(),
        "trace": String::from_utf8_lossy(&executed.trace),
    });
    if let Some(error) = executed.receipt.error() {
        reply["error"] = json!({ "code": error.code as i32, "message": error.message });
    }
    reply
}

/// An event with the bytes of each value; without keys if its data is no list of values.
fn event(event: &Event) -> Value {
    let pairs = decode_event(&event.data).unwrap_or_default();
    let field = |(key, value): &(String, Option<govm_codec::AnyValue>)| json!({ "key": key, "value": hex(&encode_any(value.as_ref()).unwrap_or_default()) });
    json!({ "contract": event.contract, "name": event.name, "fields": pairs.iter().map(field).collect::<Vec<_>>() })
}
