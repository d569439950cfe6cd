//! Instances that wait for their next call.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use crate::instance::Instance;
use crate::restore::Parked;

/// What an instance takes beside the memory that is its own: its record, its store, its mappings. An estimate.
const INSTANCE_BYTES: usize = 256 << 10;

/// Instances that wait for their next call. Those that a block has at hand while it is built are not among them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct IdleInstances {
    /// How many there are.
    pub instances: usize,
    /// The memory that they hold for themselves, in bytes.
    pub bytes: usize,
}

/// Idle instances by the id of their [compiled code](crate::compile::Compiled), all of them restored. Threads share it; an instance that was taken belongs to
/// its taker, so a second call of the same code meanwhile gets another one. When there are too many, those go that were
/// idle longest.
pub(crate) struct Pool {
    idle: Mutex<Idle<Parked>>,
    max_instances: usize,
    max_bytes: usize,
}

impl Pool {
    /// A pool that keeps at most so many instances with so much memory of their own.
    pub(crate) fn new(max_instances: usize, max_bytes: usize) -> Self {
        Self { idle: Mutex::new(Idle::default()), max_instances, max_bytes }
    }

    /// An instance of some code, if one is idle: one that this thread used last, if there is such, since its memory is in the
    /// caches of a core.
    pub(crate) fn take(&self, code: u64) -> Option<Instance> {
        let thread = thread::current().id();
        self.idle().take(code, thread).map(Parked::take_up)
    }

    /// Keeps a restored instance.
    pub(crate) fn put(&self, code: u64, instance: Instance) {
        let bytes = instance.private_bytes() + INSTANCE_BYTES;
        let (item, thread) = (Parked::park(instance), thread::current().id());
        let evicted = self.idle().put(code, Entry { item, bytes, thread, used: 0 }, self.max_instances, self.max_bytes);
        if !evicted.is_empty() {
            tracing::debug!(name: "instances_evicted", instances = evicted.len());
        }
        // The lock is free again: giving back a memory takes a while.
        drop(evicted);
    }

    /// Drops the instances of some code.
    pub(crate) fn forget(&self, code: u64) {
        let forgotten = self.idle().forget(code);
        drop(forgotten);
    }

    /// What is idle now.
    pub(crate) fn stats(&self) -> IdleInstances {
        let idle = self.idle();
        IdleInstances { instances: idle.count, bytes: idle.bytes }
    }

    fn idle(&self) -> MutexGuard<'_, Idle<Parked>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The bookkeeping, of anything.
struct Idle<T> {
    /// Of each code, the one that was used last at the end.
    by_code: HashMap<u64, Vec<Entry<T>>>,
    count: usize,
    bytes: usize,
    uses: u64,
}

struct Entry<T> {
    item: T,
    bytes: usize,
    /// The thread that used it last.
    thread: ThreadId,
    used: u64,
}

impl<T> Default for Idle<T> {
    fn default() -> Self {
        Self { by_code: HashMap::new(), count: 0, bytes: 0, uses: 0 }
    }
}

impl<T> Idle<T> {
    fn take(&mut self, code: u64, thread: ThreadId) -> Option<T> {
        let entries = self.by_code.get_mut(&code)?;
        let last = entries.len().checked_sub(1)?;
        let entry = entries.remove(entries.iter().rposition(|entry| entry.thread == thread).unwrap_or(last));
        self.count -= 1;
        self.bytes -= entry.bytes;
        Some(entry.item)
    }

    /// Adds an item, and returns those that had to go for it: itself, if it is too large alone.
    fn put(&mut self, code: u64, entry: Entry<T>, max_count: usize, max_bytes: usize) -> Vec<T> {
        self.uses += 1;
        self.count += 1;
        self.bytes += entry.bytes;
        self.by_code.entry(code).or_default().push(Entry { used: self.uses, ..entry });
        let mut evicted = Vec::new();
        while self.count > max_count || self.bytes > max_bytes {
            evicted.extend(self.evict());
        }
        evicted
    }

    /// Removes the item that was idle longest.
    fn evict(&mut self) -> Option<T> {
        let oldest = self.by_code.iter().filter_map(|(code, entries)| Some((entries.first()?.used, *code))).min()?.1;
        let entries = self.by_code.get_mut(&oldest)?;
        let entry = entries.remove(0);
        if entries.is_empty() {
            self.by_code.remove(&oldest);
        }
        self.count -= 1;
        self.bytes -= entry.bytes;
        Some(entry.item)
    }

    fn forget(&mut self, code: u64) -> Vec<T> {
        let entries = self.by_code.remove(&code).unwrap_or_default();
        self.count -= entries.len();
        self.bytes -= entries.iter().map(|entry| entry.bytes).sum::<usize>();
        entries.into_iter().map(|entry| entry.item).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: u64 = 1;
    const B: u64 = 2;

    /// An item that this thread used last.
    fn entry(item: u32, bytes: usize) -> Entry<u32> {
        Entry { item, bytes, thread: here(), used: 0 }
    }

    fn here() -> ThreadId {
        thread::current().id()
    }

    #[test]
    fn the_item_of_a_code_that_was_used_last_is_taken_first() {
        let mut idle = Idle::default();
        for item in 1..=3 {
            assert!(idle.put(A, entry(item, 1), 9, 99).is_empty());
        }
        assert_eq!((idle.take(A, here()), idle.take(B, here()), idle.take(A, here())), (Some(3), None, Some(2)));
        assert_eq!((idle.count, idle.bytes), (1, 1));
    }

    #[test]
    fn a_thread_gets_back_what_it_used_before_it_gets_what_others_used() {
        let mut idle = Idle::default();
        let other = thread::spawn(here).join().unwrap();
        for (item, thread) in [(1, here()), (2, other), (3, here()), (4, other), (5, other)] {
            idle.put(A, Entry { thread, ..entry(item, 1) }, 9, 99);
        }
        let taken = [here(), here(), here(), other, other].map(|thread| idle.take(A, thread));
        assert_eq!(taken, [Some(3), Some(1), Some(5), Some(4), Some(2)]);
        assert_eq!(idle.take(A, here()), None);
    }

    #[test]
    fn what_was_idle_longest_goes_first_by_count_and_by_bytes() {
        let mut idle = Idle::default();
        idle.put(A, entry(1, 10), 3, 100);
        idle.put(B, entry(2, 10), 3, 100);
        idle.put(A, entry(3, 10), 3, 100);
        assert_eq!(idle.put(B, entry(4, 10), 3, 100), [1], "by count");
        assert_eq!(idle.put(A, entry(5, 75), 9, 100), [2], "by bytes");
        assert_eq!((idle.count, idle.bytes), (3, 95));
        assert_eq!(idle.put(A, entry(6, 101), 9, 100), [3, 4, 5, 6], "too large alone");
        assert_eq!((idle.count, idle.bytes, idle.by_code.len()), (0, 0, 0));
    }

    #[test]
    fn forgotten_code_leaves_nothing() {
        let mut idle = Idle::default();
        idle.put(A, entry(1, 10), 9, 100);
        idle.put(A, entry(2, 10), 9, 100);
        idle.put(B, entry(3, 10), 9, 100);
        assert_eq!(idle.forget(A), [1, 2]);
        assert_eq!((idle.take(A, here()), idle.count, idle.bytes), (None, 1, 10));
    }
}
