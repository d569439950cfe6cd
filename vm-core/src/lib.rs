//! The object model of govm, a virtual machine for smart contracts: pure data and rules, without I/O.
//!
//! - **Names**: [`Address`], [`ObjectId`] and [`Hash`](struct@Hash), and how they are [derived](code_hash).
//! - **State**: one ordered space of [`StateKey`]s. A store implements [`StateView`] (a snapshot), [`StateStore`] (a
//!   sequence of blocks, each with a state root) and [`StateArchive`] (what was before); a [`StateProof`] shows what a root
//!   binds to somebody who trusts only that root; an [`Overlay`] holds uncommitted writes over a view and can undo them; a [`Ledger`] gives them
//!   the shape that contracts know: accounts, contracts and [`Object`]s whose ownership [rules](authorize) cannot be
//!   forgotten.
//! - **Execution, from outside**: a [`Call`] leads to a [`Receipt`]; receipts and writes make a [`BlockCommit`].
//! - **Failure**: a [`ContractError`] is deterministic and recorded, a [`HostFault`] aborts the block; [`Failure`] keeps
//!   them apart.
//!
//! ```
//! use std::collections::BTreeMap;
//! use govm_core::{Address, CallPosition, Ledger};
//!
//! let (alice, bob) = (Address::from_bytes([1; 20]), Address::from_bytes([2; 20]));
//! let mut ledger = Ledger::new(BTreeMap::new());
//! ledger.begin_call(CallPosition { height: 1, index: 0 });
//! ledger.credit(&alice, 100)?;
//!
//! let before = ledger.checkpoint();
//! ledger.transfer(&alice, &bob, 30)?;
//! assert_eq!(ledger.account(&bob)?.balance, 30);
//!
//! ledger.rollback(before);
//! assert_eq!(ledger.account(&alice)?.balance, 100);
//! # Ok::<(), govm_core::Failure>(())
//! ```
#![forbid(unsafe_code)]

mod access;
mod block;
#[cfg(feature = "conformance")]
pub mod conformance;
mod derive;
mod error;
mod ids;
mod key;
mod ledger;
pub mod limits;
mod overlay;
mod parallel;
mod pipeline;
mod proof;
mod records;
mod storage;

pub use access::{Actor, Operation, authorize};
pub use block::{BlockHeader, BlockInfo, Call, CallPosition, Event, Protocol, Receipt, Status, receipts_hash};
pub use derive::{code_hash, contract_address, default_object_id, object_id};
pub use error::{ContractError, ErrorCode, ErrorInfo, Failure, HostFault};
pub use ids::{Address, Hash, ObjectId, ParseIdError};
pub use key::{StateKey, Table};
pub use ledger::{CallEffects, Field, Freed, Ledger, LedgerCheckpoint, ObjectInfo, ObjectsOf};
pub use overlay::{Checkpoint, Layered, Overlay};
pub use parallel::{Speculated, Speculation, SpeculativeView, Tolerance};
pub use pipeline::{Ground, Pipeline, Ticket};
pub use proof::{
    EMPTY_ROOT, MAX_PROOF_SIBLINGS, ProofError, StateProof, TreeLeaf, leaf_hash, node_hash, path_bit, tree_path,
    value_digest,
};
pub use records::{Account, Contract, Object};
pub use storage::{
    BlockCommit, BlockDraft, EventPosition, Prepared, Snapshot, StateArchive, StateStore, StateView, Write,
};
