//! The uncommitted writes over a state, with nested checkpoints.

mod gaps;
mod layer;
mod memo;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Bound;

use self::gaps::Gaps;
pub use self::layer::Layered;
use self::memo::Memo;
use crate::storage::table_of;
use crate::{HostFault, StateKey, StateView, Write};

/// A point to roll back to; checkpoints nest, and an outer one undoes the inner ones with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Checkpoint(usize);

/// A state of its own over a base that stays as it is: reads see the newest write, and any write can be undone.
///
/// ```
/// use std::collections::BTreeMap;
/// use govm_core::{Address, Overlay, StateKey, StateView};
///
/// let key = StateKey::Account(Address::ZERO);
/// let mut overlay = Overlay::new(BTreeMap::new());
/// let before = overlay.checkpoint();
/// overlay.put(key.clone(), Some(vec![1]));
/// assert_eq!(overlay.get(&key)?, Some(vec![1]));
/// overlay.rollback(before);
/// assert_eq!(overlay.get(&key)?, None);
/// # Ok::<(), govm_core::HostFault>(())
/// ```
#[derive(Debug)]
pub struct Overlay<V> {
    base: V,
    writes: BTreeMap<StateKey, Option<Vec<u8>>>,
    /// Writes in ascending order that were absorbed while there were no others. The next write moves them to `writes`: they come
    /// from many calls at once, and often nothing is written behind them.
    absorbed: Vec<Write>,
    /// For each write since the last [`settle`](Overlay::settle): the key, and the write that it replaced, if any.
    journal: Vec<(StateKey, Option<Option<Vec<u8>>>)>,
    /// The runs of deleted entries that searches have passed: the next search jumps over them. They change no answer.
    gaps: RefCell<Gaps>,
    memo: RefCell<Memo>,
}

/// What became of a key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Change<'a> {
    /// What the overlay held, deletions included; nothing if it had not written the key.
    pub(crate) before: Option<Option<&'a [u8]>>,
    /// The value now, if there is one.
    pub(crate) now: Option<&'a [u8]>,
}

impl<V: StateView> Overlay<V> {
    /// An overlay without writes.
    pub fn new(base: V) -> Self {
        Self {
            base,
            writes: BTreeMap::new(),
            absorbed: Vec::new(),
            journal: Vec::new(),
            gaps: RefCell::default(),
            memo: RefCell::default(),
        }
    }

    /// Writes a value, or deletes it with `None`.
    pub fn put(&mut self, key: StateKey, value: Option<Vec<u8>>) {
        self.unpack();
        if value.is_some() {
            self.gaps.get_mut().fill(&key, &self.writes);
        }
        let replaced = self.writes.insert(key.clone(), value);
        self.journal.push((key, replaced));
    }

    /// The point that is reached now.
    #[must_use]
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint(self.journal.len())
    }

    /// Undoes every write since a checkpoint. One from before the last [`settle`](Overlay::settle) means nothing any more:
    /// what settled stands, and which of the later writes are undone is not specified.
    pub fn rollback(&mut self, checkpoint: Checkpoint) {
        while self.journal.len() > checkpoint.0 {
            let Some((key, replaced)) = self.journal.pop() else { break };
            // Whatever stood there before a deletion may be an entry again.
            if !matches!(replaced, Some(None)) {
                self.gaps.get_mut().fill(&key, &self.writes);
            }
            match replaced {
                Some(replaced) => drop(self.writes.insert(key, replaced)),
                None => drop(self.writes.remove(&key)),
            }
        }
    }

    /// The keys written since a checkpoint and what they hold now, each once, in ascending order.
    pub fn writes_since(&self, checkpoint: Checkpoint) -> impl Iterator<Item = (&StateKey, Option<&[u8]>)> {
        let mut keys: Vec<&StateKey> = self.keys_since(checkpoint).collect();
        keys.sort_unstable();
        keys.dedup();
        keys.into_iter().filter_map(|key| Some((key, self.writes.get(key)?.as_deref())))
    }

    /// All writes, in ascending order of their keys.
    pub fn writes(&self) -> impl Iterator<Item = (&StateKey, Option<&[u8]>)> {
        // Only one of them has any.
        let absorbed = self.absorbed.iter().map(|(key, value)| (key, value.as_deref()));
        absorbed.chain(self.writes.iter().map(|(key, value)| (key, value.as_deref())))
    }

    /// Takes over writes that stand, over whatever was written before; they cannot be undone. Of two under one key the later one
    /// counts.
    pub fn absorb(&mut self, writes: Vec<Write>) {
        self.settle();
        // Whatever was deleted before may be an entry again: searches learn the runs anew.
        *self.gaps.get_mut() = Gaps::default();
        self.unpack();
        if self.writes.is_empty() && writes.is_sorted_by(|(a, _), (b, _)| a < b) {
            self.absorbed = writes;
        } else {
            self.writes.extend(writes);
        }
    }

    /// Makes what was absorbed writes like any other.
    fn unpack(&mut self) {
        if !self.absorbed.is_empty() {
            self.writes = std::mem::take(&mut self.absorbed).into_iter().collect();
        }
    }

    /// What the overlay holds under a key: nothing in it for a deleted one.
    fn written(&self, key: &StateKey) -> Option<&Option<Vec<u8>>> {
        match self.absorbed.binary_search_by(|(written, _)| written.cmp(key)) {
            Ok(at) => Some(&self.absorbed[at].1),
            Err(_) => self.writes.get(key),
        }
    }

    /// The keys written since a checkpoint, each once, in ascending order, with what they hold now and what the overlay
    /// itself held for them at the checkpoint: nothing if the base's value stood.
    pub(crate) fn changes_since(&self, checkpoint: Checkpoint) -> BTreeMap<&StateKey, Change<'_>> {
        let mut changes = BTreeMap::new();
        for (key, replaced) in self.journal.iter().skip(checkpoint.0) {
            let now = self.writes.get(key).and_then(Option::as_deref);
            changes.entry(key).or_insert(Change { before: replaced.as_ref().map(Option::as_deref), now });
        }
        changes
    }

    /// The keys written since a checkpoint under which there is nothing now.
    pub(crate) fn deletions_since(&self, checkpoint: Checkpoint) -> impl Iterator<Item = &StateKey> {
        self.keys_since(checkpoint).filter(|key| matches!(self.writes.get(key), Some(None)))
    }

    /// The keys written since a checkpoint, as often as they were.
    fn keys_since(&self, checkpoint: Checkpoint) -> impl Iterator<Item = &StateKey> {
        self.journal.iter().skip(checkpoint.0).map(|(key, _)| key)
    }

    /// The state below.
    pub(crate) fn base(&self) -> &V {
        &self.base
    }

    /// Forgets how to undo the writes so far: they stand.
    pub fn settle(&mut self) {
        self.journal.clear();
    }

    /// The base and all writes in ascending order.
    pub fn into_parts(self) -> (V, Vec<Write>) {
        let writes = if self.absorbed.is_empty() { self.writes.into_iter().collect() } else { self.absorbed };
        (self.base, writes)
    }

    /// The first entry that the overlay itself holds from a bound on in its table, deletions included.
    fn first_write(&self, from: Bound<&StateKey>) -> Option<(&StateKey, Option<&[u8]>)> {
        let table = table_of(from)?;
        let first = first_of(&self.absorbed, from);
        let first = first.or_else(|| self.writes.range::<StateKey, _>((from, Bound::Unbounded)).next());
        first.filter(|(key, _)| key.table() == table).map(|(key, value)| (key, value.as_deref()))
    }
}

impl<V: StateView> StateView for Overlay<V> {
    fn get(&self, key: &StateKey) -> Result<Option<Vec<u8>>, HostFault> {
        if let Some(value) = self.written(key) {
            return Ok(value.clone());
        }
        if let Some(value) = self.memo.borrow().recall(key) {
            return Ok(value);
        }
        let value = self.base.get(key)?;
        self.memo.borrow_mut().keep(key, value.as_deref());
        Ok(value)
    }

    /// Searches step over deleted entries once: the run of them that a search has passed is jumped over by later ones. So
    /// the steps of any number of searches are bounded by the number of searches and writes together.
    fn first(&self, from: Bound<&StateKey>) -> Result<Option<(StateKey, Vec<u8>)>, HostFault> {
        search(&self.base, |from| self.first_write(from), &mut self.gaps.borrow_mut(), from)
    }
}

/// The first of writes in ascending order from a bound on.
fn first_of<'w>(writes: &'w [Write], from: Bound<&StateKey>) -> Option<(&'w StateKey, &'w Option<Vec<u8>>)> {
    let start = writes.partition_point(|(key, _)| match from {
        Bound::Included(from) => key < from,
        Bound::Excluded(from) => key <= from,
        Bound::Unbounded => false,
    });
    writes.get(start).map(|(key, value)| (key, value))
}

/// The first entry from a bound on of a base and of writes over it, of which `first_write` finds the first from a bound on.
fn search<'w>(
    base: &impl StateView,
    first_write: impl Fn(Bound<&StateKey>) -> Option<(&'w StateKey, Option<&'w [u8]>)>,
    gaps: &mut Gaps,
    from: Bound<&StateKey>,
) -> Result<Option<(StateKey, Vec<u8>)>, HostFault> {
    let mut from = from.cloned();
    let mut passed: Option<(StateKey, StateKey)> = None;
    let found = loop {
        let below = base.first(from.as_ref())?;
        let Some((key, value)) = first_write(from.as_ref()) else { break below };
        match (below, value) {
            (Some(below), _) if below.0 < *key => break Some(below),
            (_, Some(value)) => break Some((key.clone(), value.to_vec())),
            (_, None) => {
                let (start, end) = gaps.around(key).unwrap_or((key, key));
                from = Bound::Excluded(end.clone());
                passed = Some((passed.map_or_else(|| start.clone(), |(start, _)| start), end.clone()));
            }
        }
    };
    if let Some((start, end)) = passed {
        gaps.dig(start, end);
    }
    Ok(found)
}
