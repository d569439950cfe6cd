//! What the calls of a run have written, each call's writes for itself.

mod entries;
#[cfg(test)]
mod tests;
mod touched;

use std::collections::{BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, Once, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use self::entries::{Entries, Entry, Value, is_untouched, keys, seen, share};
pub(super) use self::entries::{Seen, Unknown, Written};
use self::touched::Touched;
use super::hash::{Hashed, KeyHasher};
use super::scheduler::Version;
use crate::storage::table_of;
use crate::{StateKey, Table, Write};

/// How many parts the keys are spread over, so that threads seldom want the same lock.
const SHARDS: usize = 64;

/// By the hash of their keys.
type Shard = HashMap<u64, Entries, Hashed>;

/// The multi-version memory of a run: under each key, what each call wrote there.
///
/// A point read takes one lock of [`SHARDS`], and none where nobody wrote. Few calls search, and in many runs none does: the
/// keys are put in order when the first one comes.
#[derive(Debug)]
pub(super) struct Versions {
    hasher: KeyHasher,
    touched: Touched,
    shards: Box<[RwLock<Shard>]>,
    /// Whether what is written under a new key must be put in order: a search is coming, or was.
    ordered: AtomicBool,
    ordering: Once,
    /// Every key that was ever written, by table, if they are in order.
    order: [RwLock<BTreeSet<StateKey>>; Table::ALL.len()],
    /// The first shard that nobody collects the writes of yet, and those that were.
    next_shard: AtomicUsize,
    collected: Mutex<Vec<Write>>,
    /// How many keys searches have stepped over, and how many they may.
    steps: AtomicU64,
    allowed: AtomicU64,
}

/// How many keys the searches of a run may step over, besides what each search and each written key allows.
///
/// An overlay remembers the runs of deleted entries that it passed. Here they change while others write, so there is a bound: a
/// block that deletes much and then searches where it deleted is executed serially from there on.
const FREE_STEPS: u64 = 10_000;

/// How many keys each search and each written key allow searches to step over.
const STEPS: u64 = 16;

impl Versions {
    /// For a run of so many calls, each of which may stand for a few.
    pub(super) fn new(calls: usize) -> Self {
        Self::with(KeyHasher::new(), calls)
    }

    fn with(hasher: KeyHasher, calls: usize) -> Self {
        Self {
            hasher,
            touched: Touched::new(calls),
            shards: (0..SHARDS).map(|_| RwLock::default()).collect(),
            ordered: AtomicBool::new(false),
            ordering: Once::new(),
            order: Default::default(),
            next_shard: AtomicUsize::new(0),
            collected: Mutex::default(),
            steps: AtomicU64::new(0),
            allowed: AtomicU64::new(FREE_STEPS),
        }
    }

    /// The hash that a key is found by.
    pub(super) fn hash(&self, key: &StateKey) -> u64 {
        self.hasher.hash(key)
    }

    /// What the calls before `call` left under a key, which has this hash.
    pub(super) fn read(&self, hash: u64, key: &StateKey, call: usize) -> Result<Seen, Unknown> {
        if !self.touched.has(hash) {
            return Ok(Seen::Untouched);
        }
        loop {
            match read(self.shard(hash)).get(&hash) {
                None => return Ok(Seen::Untouched),
                Some(entries) => {
                    if let Some(seen) = seen(entries, key, call)? {
                        return Ok(seen);
                    }
                }
            }
            // It is there, and nobody has read it before.
            self.change(hash, |entries| share(entries, key, call));
        }
    }

    /// Whether none of the calls before `call` wrote a key with this hash.
    pub(super) fn is_untouched(&self, hash: u64, call: usize) -> bool {
        !self.touched.has(hash) || read(self.shard(hash)).get(&hash).is_none_or(|entries| is_untouched(entries, call))
    }

    /// The first key from a bound on, in the table of the bound's key, that one of the calls before `call` wrote or deleted;
    /// with what the newest of them left there.
    pub(super) fn first(&self, from: Bound<&StateKey>, call: usize) -> Result<Option<(StateKey, Written)>, Unknown> {
        let Some(table) = table_of(from) else { return Ok(None) };
        self.ordering.call_once(|| self.put_in_order());
        let mut from = from.cloned();
        loop {
            if self.steps.fetch_add(1, Ordering::Relaxed) >= self.allowed.load(Ordering::Relaxed) {
                return Err(Unknown::Exhausted);
            }
            let key = {
                let order = read(&self.order[table as usize]);
                let Some(key) = order.range((from, Bound::Unbounded)).next() else { return Ok(None) };
                key.clone()
            };
            match self.read(self.hash(&key), &key, call)? {
                Seen::Left(written) => return Ok(Some((key, written))),
                // Only later calls wrote it.
                Seen::Untouched | Seen::Twin => from = Bound::Excluded(key),
            }
        }
    }

    /// Counts a search.
    pub(super) fn searched(&self) {
        self.allow(1);
    }

    /// Takes what an attempt at a call wrote, in place of what the attempt before wrote under keys with the hashes `before`.
    /// Returns the hashes of the keys, and whether there are keys among them that the attempt before did not write.
    pub(super) fn record(&self, version: Version, writes: Vec<Write>, before: &[u64]) -> (Vec<u64>, bool) {
        let Version { call, incarnation } = version;
        let mut hashes = Vec::with_capacity(writes.len());
        let mut grew = false;
        for (key, value) in writes {
            let hash = self.hash(&key);
            let value = value.map_or(Value::Deleted, Value::Alone);
            grew |= self.put(hash, Entry { call, incarnation, estimate: false, key, value });
            hashes.push(hash);
        }
        for hash in before {
            self.change(*hash, |entries| {
                entries.retain(|entry| entry.call != call || entry.incarnation == incarnation);
            });
        }
        (hashes, grew)
    }

    /// Marks what an aborted attempt wrote under keys with these hashes.
    pub(super) fn estimate(&self, call: usize, hashes: &[u64]) {
        let mark = |entry: &mut Entry| entry.estimate |= entry.call == call;
        for hash in hashes {
            self.change(*hash, |entries| entries.iter_mut().for_each(mark));
        }
    }

    /// Takes out what the calls below `calls` wrote, in ascending order of the keys.
    pub(super) fn take_writes(&self, calls: usize) -> Vec<Write> {
        let mut writes = std::mem::take(&mut *self.collected.lock().unwrap_or_else(PoisonError::into_inner));
        self.shards.iter().for_each(|shard| take_newest(shard, calls, &mut writes));
        // A stable sort merges what threads have put in order already.
        writes.sort_by(|(a, _), (b, _)| a.cmp(b));
        writes
    }

    /// Collects a part of what all calls wrote for [`take_writes`](Versions::take_writes); when every thread has done so, all
    /// of it.
    pub(super) fn collect(&self) {
        let mut writes = Vec::new();
        while let Some(shard) = self.shards.get(self.next_shard.fetch_add(1, Ordering::Relaxed)) {
            take_newest(shard, usize::MAX, &mut writes);
        }
        writes.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        self.collected.lock().unwrap_or_else(PoisonError::into_inner).append(&mut writes);
    }

    /// Puts the keys in order that were written so far.
    fn put_in_order(&self) {
        // Who writes a new key looks at this while it holds the key's shard: it comes before this looks through the shard, or
        // puts the key in order itself.
        self.ordered.store(true, Ordering::Relaxed);
        for shard in &self.shards {
            let keys: Vec<StateKey> = read(shard).values().flat_map(keys).cloned().collect();
            keys.into_iter().for_each(|key| self.order(key));
        }
    }

    /// Puts a key in order, if it is not yet.
    fn order(&self, key: StateKey) {
        let order = &self.order[key.table() as usize];
        if !read(order).contains(&key) && write(order).insert(key) {
            self.allow(1);
        }
    }

    fn allow(&self, more: u64) {
        self.allowed.fetch_add(STEPS * more, Ordering::Relaxed);
    }

    /// Takes an entry in; false if it took the place of one of the same call under the same key. Afterwards the key is in order,
    /// if keys are.
    fn put(&self, hash: u64, entry: Entry) -> bool {
        let (is_new, to_be_ordered) = self.insert(hash, entry);
        // Its lock is taken while no other is held. Who searches meanwhile misses the key, and is validated later.
        if let Some(key) = to_be_ordered {
            self.order(key);
        }
        is_new
    }

    /// The first half of [`put`](Self::put), and the key that it has to put in order. That another call wrote the key already does not
    /// mean that it is in order: that call's thread may be between the halves. If this one went on, who missed the key would be
    /// validated before it is there, and not again when that other, later call has been executed.
    fn insert(&self, hash: u64, entry: Entry) -> (bool, Option<StateKey>) {
        self.touched.add(hash);
        let mut shard = write(self.shard(hash));
        let entries = shard.entry(hash).or_default();
        let to_be_ordered = self.ordered.load(Ordering::Relaxed).then(|| entry.key.clone());
        let at = entries.partition_point(|other| other.call < entry.call);
        let mut of_call = entries.iter_mut().skip(at).take_while(|other| other.call == entry.call);
        match of_call.find(|other| other.key == entry.key) {
            Some(other) => {
                *other = entry;
                (false, to_be_ordered)
            }
            None => {
                entries.insert(at, entry);
                (true, to_be_ordered)
            }
        }
    }

    fn change(&self, hash: u64, change: impl FnOnce(&mut Entries)) {
        if let Some(entries) = write(self.shard(hash)).get_mut(&hash) {
            change(entries);
        }
    }

    fn shard(&self, hash: u64) -> &RwLock<Shard> {
        &self.shards[shard_of(hash)]
    }
}

/// Takes what is in a shard, of each key what the newest of the calls below `calls` left.
fn take_newest(shard: &RwLock<Shard>, calls: usize, writes: &mut Vec<Write>) {
    let shard = std::mem::take(&mut *write(shard));
    for entries in shard.into_values() {
        let first = writes.len();
        for Entry { key, value, .. } in entries.into_iter().rev().filter(|entry| entry.call < calls) {
            if writes[first..].iter().all(|(newer, _)| *newer != key) {
                writes.push((key, value.into_bytes()));
            }
        }
    }
}

/// The upper bits, since a table goes by the lower ones.
fn shard_of(hash: u64) -> usize {
    (hash >> 40) as usize % SHARDS
}

/// What is locked is changed in single steps, so poison says nothing.
fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
