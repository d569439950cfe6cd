//! Blocks for tests.

#![allow(dead_code, reason = "each test binary uses its part of this module")]

use std::ops::Bound;

use govm_core::{Address, BlockDraft, BlockHeader, HostFault, StateKey, StateStore, StateView};

pub(crate) type Writes = Vec<(StateKey, Option<Vec<u8>>)>;

pub(crate) fn account(byte: u8) -> StateKey {
    StateKey::Account(Address::from_bytes([byte; 20]))
}

pub(crate) fn put(key: StateKey, value: &[u8]) -> (StateKey, Option<Vec<u8>>) {
    (key, Some(value.to_vec()))
}

/// Commits writes as the next block of a store.
pub(crate) fn commit<S: StateStore>(store: &S, writes: Writes) -> Result<BlockHeader, HostFault> {
    let head = store.snapshot()?.head;
    store.append(BlockDraft { writes, ..BlockDraft::on(head.as_ref()) })
}

/// Every entry of a table, read through `first` alone.
pub(crate) fn entries(state: &impl StateView, from: StateKey) -> Vec<(StateKey, Vec<u8>)> {
    let mut entries = Vec::new();
    let mut bound = Bound::Included(from);
    while let Some((key, value)) = state.first(bound.as_ref()).unwrap() {
        bound = Bound::Excluded(key.clone());
        entries.push((key, value));
    }
    entries
}
