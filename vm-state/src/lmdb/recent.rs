//! The newest writes, in memory: what the tables of the state do not have yet.
//!
//! Views of several heights look at one [`Recent`] at a time, and a commit adds to it. So a key has the value of each block that a
//! view may ask for, and a view says its height with each question. What a block writes to the tables stays here until no view is
//! left that began before that block.

mod filter;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use govm_core::{StateKey, Table, Write};

use self::filter::Filter;
use crate::options::DEFAULT_PENDING_WRITES;

/// What a key holds from a block on; nothing for a deleted one.
pub(super) type Value = Option<Arc<[u8]>>;

/// Values on their way into the tables, in the order of their keys.
pub(super) type Values = Vec<(StateKey, Value)>;

/// The writes of the last blocks.
#[derive(Debug)]
pub(super) struct Recent {
    /// The keys of the slots.
    keys: Filter,
    state: RwLock<State>,
}

#[derive(Debug)]
struct State {
    slots: BTreeMap<StateKey, Slot>,
    /// The height whose state the tables had, with nothing here.
    base: u64,
    /// The newest block whose writes are here, and the newest that is known to be committed.
    newest: u64,
    committed: u64,
    /// How many keys have a newest value that no table has, and the length of these values in bytes.
    unwritten: usize,
    unwritten_bytes: usize,
    /// How many keys there were when everything had been read back.
    read_back: usize,
    /// How many views there are of each height.
    views: BTreeMap<u64, usize>,
    /// What blocks wrote to the tables: it is here until every view is of that block or a later one.
    written: VecDeque<(u64, Vec<StateKey>)>,
}

#[derive(Debug)]
struct Slot {
    height: u64,
    value: Value,
    /// The block that wrote the value to the table.
    written: Option<u64>,
    /// Values of earlier blocks, for views of them.
    older: Vec<(u64, Value)>,
}

impl Slot {
    /// What the key held after a block; nothing if that is in the table.
    fn at(&self, height: u64) -> Option<&Value> {
        if self.height <= height {
            return Some(&self.value);
        }
        self.older.iter().rev().find(|(block, _)| *block <= height).map(|(_, value)| value)
    }
}

fn bytes(value: &Value) -> usize {
    value.as_ref().map_or(0, |value| value.len())
}

impl State {
    /// The oldest height that anybody asks for.
    fn oldest_view(&self) -> u64 {
        self.views.keys().next().map_or(self.committed, |oldest| self.committed.min(*oldest))
    }

    fn add(&mut self, keys: &Filter, height: u64, key: &StateKey, value: Value) {
        let oldest_view = self.oldest_view();
        self.unwritten_bytes += bytes(&value);
        // Most keys are new: a second search would cost more than the clone.
        let slot = match self.slots.entry(key.clone()) {
            Entry::Occupied(slot) => slot.into_mut(),
            Entry::Vacant(place) => {
                self.unwritten += 1;
                place.insert(Slot { height, value, written: None, older: Vec::new() });
                keys.add(key, self.slots.keys());
                return;
            }
        };
        if slot.written.is_some() {
            self.unwritten += 1;
        } else {
            self.unwritten_bytes -= bytes(&slot.value);
        }
        let before = std::mem::replace(&mut slot.value, value);
        slot.older.push((slot.height, before));
        let needed = slot.older.iter().rposition(|(block, _)| *block <= oldest_view).unwrap_or(0);
        slot.older.drain(..needed);
        (slot.height, slot.written) = (height, None);
    }

    /// Forgets what the tables have for everybody.
    fn forget(&mut self, keys: &Filter) {
        let oldest_view = self.oldest_view();
        while self.written.front().is_some_and(|(height, _)| *height <= oldest_view) {
            let (height, written) = self.written.pop_front().unwrap_or_default();
            for key in written {
                // It may have a newer value, which no table has, or none that everybody sees.
                if self.slots.get(&key).is_some_and(|slot| slot.written == Some(height)) {
                    self.slots.remove(&key);
                    keys.remove(&key);
                }
            }
        }
    }
}

impl Recent {
    /// Nothing, over tables that have the state of a height.
    pub(super) fn new(height: u64) -> Self {
        let state = State {
            slots: BTreeMap::new(),
            base: height,
            newest: height,
            committed: height,
            unwritten: 0,
            unwritten_bytes: 0,
            read_back: 0,
            views: BTreeMap::new(),
            written: VecDeque::new(),
        };
        Self { keys: Filter::default(), state: RwLock::new(state) }
    }

    /// The heights that it has the writes behind of: from the first to the last.
    pub(super) fn heights(&self) -> (u64, u64) {
        let state = self.read();
        (state.base, state.newest)
    }

    /// Says that what the database `pending` has is here.
    pub(super) fn is_read_back(&self) {
        let mut state = self.write();
        state.read_back = state.slots.len();
    }

    /// Whether it is better read back anew: who only reads is not told what the writer wrote to the tables.
    pub(super) fn is_overgrown(&self) -> bool {
        let state = self.read();
        state.slots.len() > 2 * state.read_back + DEFAULT_PENDING_WRITES
    }

    /// Adds writes of a block: the one after the newest, or more of the newest. Who looks at blocks before does not see them.
    pub(super) fn add(&self, height: u64, writes: &[Write]) {
        let mut state = self.write();
        state.newest = height;
        for (key, value) in writes.iter().filter(|(key, _)| is_kept(key)) {
            state.add(&self.keys, height, key, value.as_deref().map(Arc::from));
        }
    }

    /// Says that blocks up to a height are committed, and that the last one wrote values to the tables.
    pub(super) fn committed(&self, height: u64, values: Values) {
        let mut state = self.write();
        (state.newest, state.committed) = (height, height);
        let mut keys = Vec::with_capacity(values.len());
        for (key, value) in values {
            if let Some(slot) = state.slots.get_mut(&key) {
                slot.written = Some(height);
                state.unwritten -= 1;
                state.unwritten_bytes -= bytes(&value);
                keys.push(key);
            }
        }
        if !keys.is_empty() {
            state.written.push_back((height, keys));
        }
        state.forget(&self.keys);
    }

    /// What a key held after a block; nothing if that is in the table.
    pub(super) fn get(&self, key: &StateKey, height: u64) -> Option<Value> {
        // A view is told of its height under the lock, and its keys had been added by then.
        if !self.keys.may_have(key) {
            return None;
        }
        self.read().slots.get(key).and_then(|slot| slot.at(height)).cloned()
    }

    /// The first key from a bound on, in the table of the bound's key, that has a value or is deleted here.
    pub(super) fn first(&self, from: Bound<&StateKey>, table: Table, height: u64) -> Option<(StateKey, Value)> {
        let state = self.read();
        let slots = state.slots.range::<StateKey, _>((from, Bound::Unbounded));
        let mut slots = slots.take_while(|(key, _)| key.table() == table);
        slots.find_map(|(key, slot)| Some((key.clone(), slot.at(height)?.clone())))
    }

    /// Everything that it has of a table after a block, in order.
    pub(super) fn table(&self, table: Table, height: u64) -> Vec<(Vec<u8>, Value)> {
        let state = self.read();
        let slots = state.slots.iter().filter(|(key, _)| key.table() == table);
        slots.filter_map(|(key, slot)| Some((key.to_bytes(), slot.at(height)?.clone()))).collect()
    }

    /// How many keys have values that no table has, and the length of these values in bytes.
    pub(super) fn unwritten(&self) -> (usize, usize) {
        let state = self.read();
        (state.unwritten, state.unwritten_bytes)
    }

    /// Values that no table has, from behind a key on and then from the first: as many as are wanted, or more until they have so
    /// many bytes.
    pub(super) fn take(&self, after: Option<&StateKey>, count: usize, wanted_bytes: usize) -> Values {
        let state = self.read();
        let behind = after.map_or(Bound::Unbounded, Bound::Excluded);
        let before = after.map_or(Bound::Excluded(&FIRST), Bound::Included);
        let slots = state.slots.range((behind, Bound::Unbounded));
        let slots = slots.chain(state.slots.range((Bound::Unbounded, before)));
        let (mut values, mut taken_bytes) = (Vec::new(), 0);
        for (key, slot) in slots.filter(|(_, slot)| slot.written.is_none()) {
            if values.len() >= count && taken_bytes >= wanted_bytes {
                break;
            }
            taken_bytes += bytes(&slot.value);
            values.push((key.clone(), slot.value.clone()));
        }
        values
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        // A commit that panics on its way is undone by reading everything back.
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// No key is before it.
const FIRST: StateKey = StateKey::Account(govm_core::Address::ZERO);

/// Whether a key's values wait here for their turn. Code is written at once: it is long, and never changes.
pub(super) fn is_kept(key: &StateKey) -> bool {
    key.table() != Table::Code
}

/// A view's place among those who look at recent writes.
#[derive(Debug)]
pub(super) struct Watch {
    recent: Arc<Recent>,
    height: u64,
}

impl Watch {
    /// Begins with the newest committed height.
    pub(super) fn new(recent: Arc<Recent>) -> Self {
        let height = {
            let mut state = recent.write();
            let height = state.committed;
            *state.views.entry(height).or_default() += 1;
            height
        };
        Self { recent, height }
    }

    /// Goes on to a later height; false if the recent writes are not of it.
    pub(super) fn move_to(&mut self, height: u64) -> bool {
        let mut state = self.recent.write();
        if height < self.height || height > state.newest {
            return false;
        }
        leave(&mut state, self.height);
        *state.views.entry(height).or_default() += 1;
        self.height = height;
        true
    }

    pub(super) fn recent(&self) -> &Arc<Recent> {
        &self.recent
    }

    pub(super) fn height(&self) -> u64 {
        self.height
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut state = self.recent.write();
        leave(&mut state, self.height);
    }
}

fn leave(state: &mut State, height: u64) {
    if let Some(count) = state.views.get_mut(&height) {
        *count -= 1;
        if *count == 0 {
            state.views.remove(&height);
        }
    }
}
