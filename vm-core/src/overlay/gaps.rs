//! Runs of deleted entries, so that a search does not step over the same ones again and again.

use std::collections::BTreeMap;
use std::ops::Bound;

use crate::StateKey;

/// Disjoint runs of keys: the overlay deletes the first and the last key of each, and nothing between them is an entry of
/// the state.
///
/// A run is learned by a search that passed it and forgotten by whoever puts an entry into it. Runs only shorten searches:
/// one that is missing costs steps, so the invariant above is all that answers depend on.
#[derive(Debug, Default)]
pub(super) struct Gaps {
    /// First key -> last key.
    runs: BTreeMap<StateKey, StateKey>,
}

impl Gaps {
    /// The first and last key of the run that a key is in.
    pub(super) fn around(&self, key: &StateKey) -> Option<(&StateKey, &StateKey)> {
        self.runs.range(..=key).next_back().filter(|(_, end)| *end >= key)
    }

    /// Makes one run of everything from `start` to `end`, which were passed without finding an entry.
    pub(super) fn dig(&mut self, start: StateKey, end: StateKey) {
        while let Some((inner, _)) = self.runs.range(&start..=&end).next() {
            let inner = inner.clone();
            self.runs.remove(&inner);
        }
        self.runs.insert(start, end);
    }

    /// Takes a key out of its run, since there may be an entry now: what is left of the run on both sides stays one each.
    /// `writes` are those of the overlay; inside a run they are all deletions.
    pub(super) fn fill(&mut self, key: &StateKey, writes: &BTreeMap<StateKey, Option<Vec<u8>>>) {
        let Some((start, end)) = self.around(key) else { return };
        let (start, end) = (start.clone(), end.clone());
        self.runs.remove(&start);
        let before = writes.range::<StateKey, _>((Bound::Included(&start), Bound::Excluded(key))).next_back();
        let after = if *key < end {
            writes.range::<StateKey, _>((Bound::Excluded(key), Bound::Included(&end))).next()
        } else {
            None
        };
        if let Some((before, _)) = before {
            self.runs.insert(start, before.clone());
        }
        if let Some((after, _)) = after {
            self.runs.insert(after.clone(), end);
        }
    }
}
