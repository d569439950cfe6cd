//! Where the states of govm are kept: a durable store on LMDB, and its twin in memory.
//!
//! - [`LmdbStore`] keeps blocks in a directory: one block is one transaction, synced to disk, so that a crash leaves the
//!   state of the last committed block or of the one after it. One process writes at a time, any number read.
//!   [`OpenOptions`] say how to open, [`OpenError`] why it did not work, [`StoreError`] what went wrong afterwards. Whole
//!   stores are exported and imported, checked, compacted and measured, with [`Progress`] for whoever waits.
//! - [`MemoryStore`] behaves the same and forgets everything: for tests, tools and small embeddings.
//!
//! Both implement the traits of `govm-core` and are used through them:
//!
//! ```
//! use govm_core::{Address, BlockDraft, CallPosition, Ledger, StateArchive, StateKey, StateStore};
//! use govm_state::{LmdbStore, OpenOptions};
//!
//! # let parent = tempfile::tempdir()?;
//! # let path = parent.path().join("state");
//! let store = LmdbStore::open(&path, &OpenOptions::read_write())?;
//!
//! // Build a block on the newest state and commit it.
//! let snapshot = store.snapshot()?;
//! let (draft, alice) = (BlockDraft::on(snapshot.head.as_ref()), Address::from_bytes([1; 20]));
//! let mut ledger = Ledger::new(snapshot.state);
//! ledger.begin_call(CallPosition { height: draft.height, index: 0 });
//! ledger.credit(&alice, 100)?;
//! let header = store.append(BlockDraft { writes: ledger.into_writes(), ..draft })?;
//!
//! // Whoever trusts the root in its header can be shown what the state holds.
//! let proof = store.prove(&StateKey::Account(alice), 1)?;
//! proof.verify(&header.state_root)?;
//! drop(store);
//!
//! // It is there for whoever opens the store next.
//! let store = LmdbStore::open(&path, &OpenOptions::read_only())?;
//! let snapshot = store.snapshot()?;
//! assert_eq!(snapshot.height(), 1);
//! assert_eq!(Ledger::new(snapshot.state).account(&alice)?.balance, 100);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod chain;
mod entry;
mod error;
#[allow(unsafe_code, reason = "opening and growing a memory map is unsafe by nature; each block says why it is sound")]
mod lmdb;
mod memory;
mod options;
mod past;
mod proving;
mod report;
mod tree;
mod workers;

pub use error::{ExportError, ImportError, OpenError, StoreError};
pub use lmdb::{LmdbStore, LmdbUpdate, LmdbView};
pub use memory::{MemoryStore, MemoryUpdate, MemoryView};
pub use options::{Access, OpenOptions};
pub use past::PastView;
pub use report::{CheckReport, Compacted, DatabaseStats, Exported, Progress, StoreStats};
