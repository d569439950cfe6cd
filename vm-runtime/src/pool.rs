//! Instances that wait for their next call.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::instance::Instance;
use crate::restore::Parked;

/// What an instance takes beside the memory that is its own: its record, its store, its mappings. An estimate.
const INSTANCE_BYTES: usize = 256 << 10;

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

    /// An instance of some code, if one is idle.
    pub(crate) fn take(&self, code: u64) -> Option<Instance> {
        self.idle().take(code).map(Parked::take_up)
    }

    /// Keeps a restored instance.
    pub(crate) fn put(&self, code: u64, instance: Instance) {
        let bytes = instance.private_bytes() + INSTANCE_BYTES;
        let evicted = self.idle().put(code, Parked::park(instance), bytes, self.max_instances, self.max_bytes);
        // The lock is free again: giving back a memory takes a while.
        drop(evicted);
    }

    /// Drops the instances of some code.
    pub(crate) fn forget(&self, code: u64) {
        let forgotten = self.idle().forget(code);
        drop(forgotten);
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
    used: u64,
}

impl<T> Default for Idle<T> {
    fn default() -> Self {
        Self { by_code: HashMap::new(), count: 0, bytes: 0, uses: 0 }
    }
}

impl<T> Idle<T> {
    fn take(&mut self, code: u64) -> Option<T> {
        let entry = self.by_code.get_mut(&code)?.pop()?;
        self.count -= 1;
        self.bytes -= entry.bytes;
        Some(entry.item)
    }

    /// Adds an item, and returns those that had to go for it: itself, if it is too large alone.
    fn put(&mut self, code: u64, item: T, bytes: usize, max_count: usize, max_bytes: usize) -> Vec<T> {
        self.uses += 1;
        self.count += 1;
        self.bytes += bytes;
        self.by_code.entry(code).or_default().push(Entry { item, bytes, used: self.uses });
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

    #[test]
    fn the_item_of_a_code_that_was_used_last_is_taken_first() {
        let mut idle = Idle::default();
        for item in 1..=3 {
            assert!(idle.put(A, item, 1, 9, 99).is_empty());
        }
        assert_eq!((idle.take(A), idle.take(B), idle.take(A)), (Some(3), None, Some(2)));
        assert_eq!((idle.count, idle.bytes), (1, 1));
    }

    #[test]
    fn what_was_idle_longest_goes_first_by_count_and_by_bytes() {
        let mut idle = Idle::default();
        idle.put(A, 1, 10, 3, 100);
        idle.put(B, 2, 10, 3, 100);
        idle.put(A, 3, 10, 3, 100);
        assert_eq!(idle.put(B, 4, 10, 3, 100), [1], "by count");
        assert_eq!(idle.put(A, 5, 75, 9, 100), [2], "by bytes");
        assert_eq!((idle.count, idle.bytes), (3, 95));
        assert_eq!(idle.put(A, 6, 101, 9, 100), [3, 4, 5, 6], "too large alone");
        assert_eq!((idle.count, idle.bytes, idle.by_code.len()), (0, 0, 0));
    }

    #[test]
    fn forgotten_code_leaves_nothing() {
        let mut idle = Idle::default();
        idle.put(A, 1, 10, 9, 100);
        idle.put(A, 2, 10, 9, 100);
        idle.put(B, 3, 10, 9, 100);
        assert_eq!(idle.forget(A), [1, 2]);
        assert_eq!((idle.take(A), idle.count, idle.bytes), (None, 1, 10));
    }
}
