//! What the calls of a run have written, each call's writes for itself.

use std::collections::{BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Once, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::hash::{Hashed, KeyHasher};
use crate::storage::table_of;
use crate::{StateKey, Table, Write};

/// How many parts the keys are spread over, so that threads seldom want the same lock.
const SHARDS: usize = 64;

/// A value that a call wrote, or that it deleted.
pub(super) type Written = Option<Arc<Vec<u8>>>;

/// What the newest of the calls before some call left under a key; nothing if none of them wrote it, so that the state below
/// the run has it, or nobody.
pub(super) type Seen = Option<Written>;

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unknown {
    /// This call's last attempt wrote the key and was aborted: the next one likely writes it too.
    Estimate(usize),
    /// Searches have stepped over so many keys that the rest is better executed where runs of deleted entries are known.
    Exhausted,
}

/// What one call wrote under a key.
#[derive(Debug)]
struct Entry {
    call: usize,
    value: Written,
    estimate: bool,
}

/// By the hash of their keys: the keys with that hash, nearly always one, with what calls wrote there.
type Shard = HashMap<u64, Vec<(StateKey, Vec<Entry>)>, Hashed>;

/// The multi-version memory of a run: under each key, what each call wrote there.
///
/// A point read takes one lock of [`SHARDS`]. Few calls search, and in many runs none does: the keys are put in order when the
/// first one comes.
#[derive(Debug)]
pub(super) struct Versions {
    hasher: KeyHasher,
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
    pub(super) fn new() -> Self {
        Self {
            hasher: KeyHasher::new(),
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
        seen(&read(self.shard(hash)), hash, key, call)
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
                Some(written) => return Ok(Some((key, written))),
                // Only later calls wrote it.
                None => from = Bound::Excluded(key),
            }
        }
    }

    /// Counts a search.
    pub(super) fn searched(&self) {
        self.allow(1);
    }

    /// Takes what an attempt at a call wrote, in place of what `before` says the attempt before wrote. Returns the keys, in
    /// order, and whether there are some among them that are not in `before`.
    pub(super) fn record(&self, call: usize, writes: Vec<Write>, before: &[StateKey]) -> (Vec<StateKey>, bool) {
        let mut keys = Vec::with_capacity(writes.len());
        let mut grew = false;
        for (key, value) in writes {
            grew |= before.binary_search(&key).is_err();
            self.put(&key, Entry { call, value: value.map(Arc::new), estimate: false });
            keys.push(key);
        }
        for key in before.iter().filter(|key| keys.binary_search(key).is_err()) {
            self.change(key, call, |entries, at| drop(entries.remove(at)));
        }
        (keys, grew)
    }

    /// Marks what an aborted attempt wrote.
    pub(super) fn estimate(&self, call: usize, keys: &[StateKey]) {
        for key in keys {
            self.change(key, call, |entries, at| entries[at].estimate = true);
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
            let keys: Vec<StateKey> = read(shard).values().flatten().map(|(key, _)| key.clone()).collect();
            self.allow(keys.len());
            keys.into_iter().for_each(|key| self.order(key));
        }
    }

    fn order(&self, key: StateKey) {
        write(&self.order[key.table() as usize]).insert(key);
    }

    fn allow(&self, keys: usize) {
        self.allowed.fetch_add(STEPS * keys as u64, Ordering::Relaxed);
    }

    fn put(&self, key: &StateKey, entry: Entry) {
        let hash = self.hash(key);
        let must_be_ordered = {
            let mut shard = write(self.shard(hash));
            match entries_mut(&mut shard, hash, key) {
                Some(entries) => {
                    match entries.binary_search_by_key(&entry.call, |entry| entry.call) {
                        Ok(at) => entries[at] = entry,
                        Err(at) => entries.insert(at, entry),
                    }
                    false
                }
                None => {
                    shard.entry(hash).or_default().push((key.clone(), vec![entry]));
                    self.ordered.load(Ordering::Relaxed)
                }
            }
        };
        // Its lock is taken while no other is held. Who searches meanwhile misses the key, and is validated later.
        if must_be_ordered {
            self.allow(1);
            self.order(key.clone());
        }
    }

    fn change(&self, key: &StateKey, call: usize, change: impl FnOnce(&mut Vec<Entry>, usize)) {
        let hash = self.hash(key);
        let mut shard = write(self.shard(hash));
        let Some(entries) = entries_mut(&mut shard, hash, key) else { return };
        if let Ok(at) = entries.binary_search_by_key(&call, |entry| entry.call) {
            change(entries, at);
        }
    }

    fn shard(&self, hash: u64) -> &RwLock<Shard> {
        &self.shards[shard_of(hash)]
    }
}

/// Takes what is in a shard, of each key what the newest of the calls below `calls` left.
fn take_newest(shard: &RwLock<Shard>, calls: usize, writes: &mut Vec<Write>) {
    let shard = std::mem::take(&mut *write(shard));
    writes.extend(shard.into_values().flatten().filter_map(|(key, mut entries)| {
        let entry = entries.iter_mut().rfind(|entry| entry.call < calls)?;
        Some((key, entry.value.take().map(Arc::unwrap_or_clone)))
    }));
}

/// The upper bits, since a table goes by the lower ones.
fn shard_of(hash: u64) -> usize {
    (hash >> 40) as usize % SHARDS
}

fn entries_mut<'a>(shard: &'a mut Shard, hash: u64, key: &StateKey) -> Option<&'a mut Vec<Entry>> {
    let (_, entries) = shard.get_mut(&hash)?.iter_mut().find(|(other, _)| other == key)?;
    Some(entries)
}

fn seen(shard: &Shard, hash: u64, key: &StateKey, call: usize) -> Result<Seen, Unknown> {
    let found = shard.get(&hash).and_then(|keys| keys.iter().find(|(other, _)| other == key));
    let Some((_, entries)) = found else { return Ok(None) };
    let before = entries.partition_point(|entry| entry.call < call);
    match entries[..before].last() {
        None => Ok(None),
        Some(entry) if entry.estimate => Err(Unknown::Estimate(entry.call)),
        Some(entry) => Ok(Some(entry.value.clone())),
    }
}

/// What is locked is changed in single steps, so poison says nothing.
fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
