//! The state as contracts know it: accounts, contracts and objects, with the ownership rules applied to every operation.

mod accounts;
mod freed;
mod listing;
mod objects;

pub use freed::Freed;
pub use listing::ObjectsOf;
pub use objects::{Field, ObjectInfo};

use crate::derive::Hasher;
use crate::limits::{
    MAX_EVENT_BYTES_PER_CALL, MAX_EVENT_DATA_BYTES, MAX_EVENT_NAME_BYTES, MAX_EVENTS_PER_CALL, MAX_FIELD_BYTES_PER_CALL,
};
use crate::overlay::Checkpoint;
use crate::records::{from_bytes, to_bytes};
use crate::{
    Actor, CallPosition, ContractError, ErrorCode, Event, Failure, Hash, HostFault, Overlay, StateKey, StateView, Write,
};

/// A point of a ledger to roll back to: writes and events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LedgerCheckpoint {
    overlay: Checkpoint,
    events: usize,
    used: Used,
}

/// What a call has used of the bounds on its whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Used {
    event_bytes: usize,
    field_bytes: usize,
}

/// What a call leaves behind in its receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallEffects {
    /// The events, in order.
    pub events: Vec<Event>,
    /// The digest of the net writes.
    pub writes: Hash,
}

/// The typed operations of a block's calls over an [`Overlay`].
///
/// A ledger executes one call after the other: [`begin_call`](Ledger::begin_call), operations, then
/// [`finish_call`](Ledger::finish_call). An operation that is refused changes nothing.
///
/// ```
/// use std::collections::BTreeMap;
/// use govm_core::{Actor, Address, CallPosition, Ledger};
///
/// let (alice, contract) = (Address::from_bytes([1; 20]), Address::from_bytes([2; 20]));
/// let mut ledger = Ledger::new(BTreeMap::new());
/// ledger.begin_call(CallPosition { height: 1, index: 0 });
///
/// // The contract creates an object, writes it, and gives it to its caller.
/// let actor = Actor { contract, sender: alice };
/// let object = ledger.create_object(actor)?;
/// ledger.set_field(actor, &object.id, "count", vec![5, 7])?;
/// ledger.set_owner(actor, &object.id, alice)?;
///
/// // Called by somebody else, the same contract may read it but not change it.
/// let stranger = Actor { contract, sender: Address::from_bytes([3; 20]) };
/// assert_eq!(ledger.field(stranger, &object.id, "count")?, vec![5, 7]);
/// let refused = ledger.set_field(stranger, &object.id, "count", vec![0]).unwrap_err();
/// assert!(refused.to_string().starts_with("unauthorized: "));
/// # Ok::<(), govm_core::Failure>(())
/// ```
#[derive(Debug)]
pub struct Ledger<V> {
    overlay: Overlay<V>,
    events: Vec<Event>,
    position: CallPosition,
    created: u32,
    used: Used,
}

impl<V: StateView> Ledger<V> {
    /// A ledger without writes over a state.
    pub fn new(base: V) -> Self {
        let position = CallPosition { height: 0, index: 0 };
        Self { overlay: Overlay::new(base), events: Vec::new(), position, created: 0, used: Used::default() }
    }

    /// Starts the call at a position of the block: what came before stands, and its events are gone from here.
    pub fn begin_call(&mut self, position: CallPosition) {
        self.overlay.settle();
        self.events.clear();
        self.position = position;
        self.created = 0;
        self.used = Used::default();
    }

    /// The call's events and the digest of its net writes: `SHA-256("govm/writes/v1", per written key in order: table
    /// name, key bytes, 1 and value bytes or 0 if deleted)`.
    pub fn finish_call(&mut self, since: LedgerCheckpoint) -> CallEffects {
        let mut hasher = Hasher::new("govm/writes/v1");
        for (key, value) in self.overlay.writes_since(since.overlay) {
            hasher.add(key.table().name().as_bytes());
            hasher.add_parts(&key.parts());
            match value {
                Some(value) => {
                    hasher.add(&[1]);
                    hasher.add(value);
                }
                None => hasher.add(&[0]),
            }
        }
        CallEffects { events: std::mem::take(&mut self.events), writes: Hash::from_bytes(hasher.finish()) }
    }

    /// The point that is reached now.
    #[must_use]
    pub fn checkpoint(&self) -> LedgerCheckpoint {
        LedgerCheckpoint { overlay: self.overlay.checkpoint(), events: self.events.len(), used: self.used }
    }

    /// Undoes the writes and events since a checkpoint.
    pub fn rollback(&mut self, to: LedgerCheckpoint) {
        self.overlay.rollback(to.overlay);
        self.events.truncate(to.events);
        self.used = to.used;
    }

    /// A copy of all writes so far, in ascending order of their keys.
    #[must_use]
    pub fn writes(&self) -> Vec<Write> {
        self.overlay.writes().map(|(key, value)| (key.clone(), value.map(<[u8]>::to_vec))).collect()
    }

    /// The net writes since a checkpoint, in ascending order of their keys.
    #[must_use]
    pub fn writes_since(&self, since: LedgerCheckpoint) -> Vec<Write> {
        let writes = self.overlay.writes_since(since.overlay);
        writes.map(|(key, value)| (key.clone(), value.map(<[u8]>::to_vec))).collect()
    }

    /// All writes in ascending order of their keys.
    pub fn into_writes(self) -> Vec<Write> {
        self.into_parts().1
    }

    /// The state below, and all writes in ascending order of their keys.
    pub fn into_parts(self) -> (V, Vec<Write>) {
        self.overlay.into_parts()
    }

    /// Takes over the writes of calls that were executed elsewhere, over whatever was written before: between calls.
    pub fn absorb(&mut self, writes: Vec<Write>) {
        self.overlay.absorb(writes);
    }

    /// Reports an event of the running contract.
    ///
    /// # Errors
    /// `limit_exceeded` for a name, data, number of events or sum of them over its bound.
    pub fn emit(&mut self, actor: Actor, name: &str, data: Vec<u8>) -> Result<(), ContractError> {
        at_most("event name", name.len(), MAX_EVENT_NAME_BYTES)?;
        at_most("event data", data.len(), MAX_EVENT_DATA_BYTES)?;
        if self.events.len() == MAX_EVENTS_PER_CALL {
            let message = format!("a call may report at most {MAX_EVENTS_PER_CALL} events");
            return Err(ContractError::new(ErrorCode::LimitExceeded, message));
        }
        let event_bytes = self.used.event_bytes + name.len() + data.len();
        at_most("events of a call", event_bytes, MAX_EVENT_BYTES_PER_CALL)?;
        self.used.event_bytes = event_bytes;
        self.events.push(Event { contract: actor.contract, name: name.to_owned(), data });
        Ok(())
    }

    /// Counts the bytes of a field that is to be written.
    fn use_field_bytes(&mut self, bytes: usize) -> Result<(), ContractError> {
        let field_bytes = self.used.field_bytes + bytes;
        at_most("fields written by a call", field_bytes, MAX_FIELD_BYTES_PER_CALL)?;
        self.used.field_bytes = field_bytes;
        Ok(())
    }

    fn record<T: borsh::BorshDeserialize>(&self, key: &StateKey) -> Result<Option<T>, HostFault> {
        self.overlay.get(key)?.map(|bytes| from_bytes(key, &bytes)).transpose()
    }

    fn put_record<T: borsh::BorshSerialize>(&mut self, key: StateKey, record: &T) {
        self.overlay.put(key, Some(to_bytes(record)));
    }
}

/// Refuses a size over its bound.
fn at_most(what: &str, found_bytes: usize, max_bytes: usize) -> Result<(), ContractError> {
    if found_bytes <= max_bytes {
        return Ok(());
    }
    let message = format!("{what} of {found_bytes} bytes, at most {max_bytes} are allowed");
    Err(ContractError::new(ErrorCode::LimitExceeded, message))
}

/// A contract failure as a [`Failure`].
fn refuse<T>(code: ErrorCode, message: String) -> Result<T, Failure> {
    Err(Failure::contract(code, message))
}
