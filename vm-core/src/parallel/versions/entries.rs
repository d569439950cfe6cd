//! What calls wrote under one key, and what another call finds of it.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::StateKey;

/// A value that a call wrote, or that it deleted.
pub(in crate::parallel) type Written = Option<Arc<Vec<u8>>>;

/// What the newest of the calls before some call left under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::parallel) enum Seen {
    /// None of them wrote a key with this hash: the state below the run has it, or nobody.
    Untouched,
    /// None of them wrote it, but another key with the same hash.
    Twin,
    /// This.
    Left(Written),
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::parallel) enum Unknown {
    /// This call's last attempt wrote the key and was aborted: the next one likely writes it too.
    Estimate(usize),
    /// Searches have stepped over so many keys that the rest is better executed where runs of deleted entries are known.
    Exhausted,
}

/// What one call wrote under a key.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) call: usize,
    /// How many attempts at the call were aborted before the one that wrote it.
    pub(super) incarnation: u32,
    pub(super) estimate: bool,
    pub(super) key: StateKey,
    pub(super) value: Value,
}

/// A written value. Most are never read by another call of the run, and need no place that can be shared.
#[derive(Debug)]
pub(super) enum Value {
    Deleted,
    Alone(Vec<u8>),
    Shared(Arc<Vec<u8>>),
}

/// What calls wrote under the keys with one hash, nearly always one key, in the calls' order.
pub(super) type Entries = SmallVec<[Entry; 1]>;

impl Value {
    pub(super) fn into_bytes(self) -> Option<Vec<u8>> {
        match self {
            Self::Deleted => None,
            Self::Alone(bytes) => Some(bytes),
            Self::Shared(bytes) => Some(Arc::unwrap_or_clone(bytes)),
        }
    }
}

/// The keys of entries, each once.
pub(super) fn keys(entries: &Entries) -> impl Iterator<Item = &StateKey> {
    let is_first = |at: usize| entries[..at].iter().all(|before| before.key != entries[at].key);
    entries.iter().enumerate().filter(move |(at, _)| is_first(*at)).map(|(_, entry)| &entry.key)
}

/// Whether none of them is of a call before `call`.
pub(super) fn is_untouched(entries: &Entries, call: usize) -> bool {
    entries.first().is_none_or(|entry| entry.call >= call)
}

/// Where the newest entry under a key is of the calls before `call`.
fn newest(entries: &Entries, key: &StateKey, call: usize) -> Option<usize> {
    let before = entries.partition_point(|entry| entry.call < call);
    entries[..before].iter().rposition(|entry| entry.key == *key)
}

/// Makes what the calls before `call` left under a key a value that can be shared.
pub(super) fn share(entries: &mut Entries, key: &StateKey, call: usize) {
    if let Some(at) = newest(entries, key, call)
        && let Value::Alone(bytes) = &mut entries[at].value
    {
        entries[at].value = Value::Shared(Arc::new(std::mem::take(bytes)));
    }
}

/// What the calls before `call` left under a key; nothing if it must be [shared](share) first.
pub(super) fn seen(entries: &Entries, key: &StateKey, call: usize) -> Result<Option<Seen>, Unknown> {
    let Some(at) = newest(entries, key, call) else {
        return Ok(Some(if is_untouched(entries, call) { Seen::Untouched } else { Seen::Twin }));
    };
    match &entries[at] {
        Entry { call, estimate: true, .. } => Err(Unknown::Estimate(*call)),
        Entry { value: Value::Deleted, .. } => Ok(Some(Seen::Left(None))),
        Entry { value: Value::Shared(bytes), .. } => Ok(Some(Seen::Left(Some(Arc::clone(bytes))))),
        Entry { value: Value::Alone(_), .. } => Ok(None),
    }
}
