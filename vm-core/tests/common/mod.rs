//! Addresses, ledgers and states for the tests of this folder.

#![allow(dead_code, reason = "each test binary uses its part of this module")]

use std::collections::BTreeMap;

use govm_core::{Actor, Address, CallPosition, ErrorCode, Failure, Ledger, StateKey, Write};

/// A state that can be looked at: what a store would hold.
pub(crate) type State = BTreeMap<StateKey, Vec<u8>>;

pub(crate) const ALICE: Address = Address::from_bytes([0xa1; 20]);
pub(crate) const BOB: Address = Address::from_bytes([0xb0; 20]);
/// The contract whose code runs in most tests.
pub(crate) const CONTRACT: Address = Address::from_bytes([0xc0; 20]);
pub(crate) const OTHER_CONTRACT: Address = Address::from_bytes([0xd0; 20]);

/// [`CONTRACT`], called by [`ALICE`].
pub(crate) const BY_ALICE: Actor = Actor { contract: CONTRACT, sender: ALICE };
/// [`CONTRACT`], called by [`BOB`].
pub(crate) const BY_BOB: Actor = Actor { contract: CONTRACT, sender: BOB };

/// A ledger in its first call.
pub(crate) fn ledger(base: State) -> Ledger<State> {
    let mut ledger = Ledger::new(base);
    ledger.begin_call(CallPosition { height: 1, index: 0 });
    ledger
}

/// A state after writes.
pub(crate) fn apply(mut state: State, writes: Vec<Write>) -> State {
    for (key, value) in writes {
        match value {
            Some(value) => drop(state.insert(key, value)),
            None => drop(state.remove(&key)),
        }
    }
    state
}

/// The code and text of a contract's failure.
#[track_caller]
pub(crate) fn refused<T: std::fmt::Debug>(result: Result<T, Failure>) -> (ErrorCode, String) {
    match result {
        Err(Failure::Contract(error)) => (error.code, error.message),
        other => panic!("expected a refusal, got {other:?}"),
    }
}
