//! Blocks and calls, and what they leave behind: headers, receipts and events.

use std::borrow::Borrow;

use borsh::{BorshDeserialize, BorshSerialize};

use crate::derive::Hasher;
use crate::{Address, ContractError, Hash};

/// What whoever runs the engine says about a new block: with the parent, the only clock and context a contract can see.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BlockInfo {
    /// The block's time, in nanoseconds since the Unix epoch.
    pub time_ns: i64,
    /// Bytes of the proposer's own, bound by the block's hash and given no meaning here.
    pub proposer_data: Vec<u8>,
}

/// By which rules a block was executed: what its results depend on beside the state and the calls. Engines that are to agree
/// have the same. Which compiler made the machine code is not among it, since no result depends on that.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Protocol {
    /// The version of the gas schedule; 0 for a block that no engine executed.
    pub schedule_version: u32,
    /// The version of the accounting that is added to modules; 0 for a block that no engine executed.
    pub instrumentation_version: u32,
}

/// The header of a block: what its hash binds.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct BlockHeader {
    /// The height: 1 for the first block.
    pub height: u64,
    /// The block's time, in nanoseconds since the Unix epoch.
    pub time_ns: i64,
    /// The hash of the block before, zero for the first.
    pub parent: Hash,
    /// Bytes of the proposer's own.
    pub proposer_data: Vec<u8>,
    /// By which rules it was executed.
    pub protocol: Protocol,
    /// The digest of the block's receipts in order; see [`receipts_hash`].
    pub receipts: Hash,
    /// The root of the state after the block; see [`StateProof`](crate::StateProof).
    pub state_root: Hash,
}

impl BlockHeader {
    /// The block's hash: `SHA-256("govm/block/v1", Borsh of the header)`, derived like every identifier.
    ///
    /// # Panics
    /// Never: writing to memory does not fail.
    #[must_use]
    pub fn hash(&self) -> Hash {
        let bytes = borsh::to_vec(self).expect("writing to memory does not fail");
        Hash::from_bytes(Hasher::new("govm/block/v1").part(&bytes).finish())
    }
}

/// The digest of receipts in order: `SHA-256("govm/receipts/v1", Borsh of each)`.
///
/// # Panics
/// Never: writing to memory does not fail.
#[must_use]
pub fn receipts_hash<R: Borrow<Receipt>>(receipts: &[R]) -> Hash {
    let mut hasher = Hasher::new("govm/receipts/v1");
    let mut bytes = Vec::new();
    for receipt in receipts {
        bytes.clear();
        borsh::to_writer(&mut bytes, receipt.borrow()).expect("writing to memory does not fail");
        hasher.add(&bytes);
    }
    Hash::from_bytes(hasher.finish())
}

/// Where a call stands: the height of its block and its index in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallPosition {
    /// The block's height.
    pub height: u64,
    /// The call's index in the block, from 0.
    pub index: u32,
}

/// A call of a contract's function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Who calls: `Sender()` in the contract.
    pub sender: Address,
    /// The contract that is called.
    pub contract: Address,
    /// The function's name.
    pub function: String,
    /// The arguments, encoded as the contract's ABI says.
    pub args: Vec<u8>,
    /// The amount that moves from the sender to the contract with the call, and back if it fails.
    pub value: u64,
    /// The most gas that the call may use.
    pub gas_limit: u64,
}

/// A named fact that a contract reports.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Event {
    /// The contract that reports.
    pub contract: Address,
    /// The event's name.
    pub name: String,
    /// Its keys and values, encoded: a list of (string, any).
    pub data: Vec<u8>,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Status {
    /// It returned; its writes and events stand.
    Ok,
    /// It failed; nothing of it stands but the gas that it used.
    Failed(ContractError),
}

/// What a call did. Equal on every machine that executes the same call on the same state.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Receipt {
    /// How the call ended.
    pub status: Status,
    /// The encoded results of a call; the new contract's address (20 bytes) of a deployment; empty after a failure.
    pub output: Vec<u8>,
    /// The gas that is paid, what was refunded taken off; never more than the limit.
    pub gas_used: u64,
    /// The gas that was used but is not paid, for state that the call freed.
    pub gas_refunded: u64,
    /// The version of the gas schedule that the call was charged by.
    pub schedule_version: u32,
    /// What the contracts reported, in order; empty after a failure.
    pub events: Vec<Event>,
    /// The digest of the call's net writes in key order; see [`Ledger::finish_call`](crate::Ledger::finish_call).
    pub writes: Hash,
}

impl Receipt {
    /// The failure, if it is one.
    #[must_use]
    pub fn error(&self) -> Option<&ContractError> {
        match &self.status {
            Status::Ok => None,
            Status::Failed(error) => Some(error),
        }
    }

    /// Whether the call returned.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.status == Status::Ok
    }
}
