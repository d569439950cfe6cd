//! Which keys are surely not among the recent writes, without a lock and without a search: most that are asked for.

use std::hash::BuildHasher;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};

use foldhash::fast::RandomState;
use govm_core::StateKey;

/// How many counters there are: with the usual number of pending writes one in eight is not zero. A MiB.
const COUNTERS: usize = 1 << 20;

/// Up to so many keys are found as quickly without it.
const FEW_KEYS: usize = 1_024;

/// A counting Bloom filter with one hash (L. Fan, P. Cao, J. Almeida, A. Broder: "Summary Cache", 2000): a key adds one to one
/// counter. A counter that is full stays so.
#[derive(Debug, Default)]
pub(super) struct Filter {
    /// Once there are more than a few keys.
    counters: OnceLock<Box<[AtomicU8]>>,
    random: RandomState,
}

impl Filter {
    /// Whether a key may be among those that were added and not removed. The answer is never a wrong no for who was told under a
    /// lock that a key is there, by whoever added it.
    pub(super) fn may_have(&self, key: &StateKey) -> bool {
        self.counters.get().is_none_or(|counters| counters[self.place(key)].load(Ordering::Relaxed) > 0)
    }

    /// Adds a key, the last of so many. Whoever adds or removes is alone in that.
    pub(super) fn add<'k>(&self, key: &StateKey, all: impl ExactSizeIterator<Item = &'k StateKey>) {
        match self.counters.get() {
            Some(counters) => self.count(counters, key),
            None if all.len() > FEW_KEYS => {
                let counters: Box<[AtomicU8]> = (0..COUNTERS).map(|_| AtomicU8::new(0)).collect();
                all.for_each(|key| self.count(&counters, key));
                self.counters.get_or_init(|| counters);
            }
            None => {}
        }
    }

    /// Removes a key that was added.
    pub(super) fn remove(&self, key: &StateKey) {
        let Some(counters) = self.counters.get() else { return };
        let counter = &counters[self.place(key)];
        let count = counter.load(Ordering::Relaxed);
        if count < u8::MAX {
            counter.store(count.saturating_sub(1), Ordering::Relaxed);
        }
    }

    fn count(&self, counters: &[AtomicU8], key: &StateKey) {
        let counter = &counters[self.place(key)];
        counter.store(counter.load(Ordering::Relaxed).saturating_add(1), Ordering::Relaxed);
    }

    fn place(&self, key: &StateKey) -> usize {
        self.random.hash_one(key) as usize % COUNTERS
    }
}

#[cfg(test)]
mod tests {
    use govm_core::{Address, ObjectId};

    use super::*;

    fn key(number: u32) -> StateKey {
        StateKey::Field(ObjectId::ZERO, number.to_string().into())
    }

    #[test]
    fn keys_that_are_there_are_never_denied_and_others_mostly_are() {
        let filter = Filter::default();
        let mut keys = Vec::new();
        for number in 0..50_000 {
            keys.push(key(number));
            filter.add(&key(number), keys.iter());
            if number < FEW_KEYS as u32 {
                assert!(filter.may_have(&key(1_000_000 + number)), "few keys are looked for");
            }
        }
        keys.iter().take(20_000).for_each(|key| filter.remove(key));
        assert!(keys.iter().skip(20_000).all(|key| filter.may_have(key)));
        let strangers = (100_000..200_000).chain(0..20_000).filter(|number| filter.may_have(&key(*number))).count();
        // 30,000 keys in 1,048,576 counters leave 97.2 percent of them at zero.
        assert!(strangers < 5 * 120_000 / 100, "{strangers} of 120,000");
    }

    #[test]
    fn a_full_counter_is_never_counted_down() {
        let filter = Filter::default();
        let keys = vec![StateKey::Account(Address::ZERO); FEW_KEYS + 1];
        filter.add(&keys[0], keys.iter());
        keys.iter().for_each(|key| filter.remove(key));
        assert!(filter.may_have(&keys[0]));
    }
}
