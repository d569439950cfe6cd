//! Which keys calls may have written.

use std::sync::atomic::{AtomicU64, Ordering};

/// A bit for each of the hashes that were written, which some of them share: most keys that are read were written by nobody, and
/// to know that takes no lock. A lock is a line of memory that goes from processor to processor, 50 ns far where they share a
/// cache and 200 ns where not (measured on two virtual processors that the host moved about); this stays where it is read.
///
/// A read that comes before the bit of a write is one before the write: it is validated after the write was scheduled, behind a
/// lock that the bit was set before.
#[derive(Debug)]
pub(super) struct Touched {
    words: Box<[AtomicU64]>,
}

/// So many words for each call: with as many written keys, a bit in 64 is set.
const WORDS_PER_CALL: usize = 4;

/// Most words: 128 KiB.
const MAX_WORDS: usize = 1 << 14;

impl Touched {
    /// For a run of so many calls.
    pub(super) fn new(calls: usize) -> Self {
        let words = calls.saturating_mul(WORDS_PER_CALL).clamp(1, MAX_WORDS).next_power_of_two();
        Self { words: (0..words).map(|_| AtomicU64::new(0)).collect() }
    }

    /// Whether a hash may have been added; if not, it was not.
    pub(super) fn has(&self, hash: u64) -> bool {
        let (word, bit) = self.place(hash);
        word.load(Ordering::Relaxed) & bit != 0
    }

    pub(super) fn add(&self, hash: u64) {
        let (word, bit) = self.place(hash);
        // Keys that are written again and again leave the line where it is.
        if word.load(Ordering::Relaxed) & bit == 0 {
            word.fetch_or(bit, Ordering::Relaxed);
        }
    }

    fn place(&self, hash: u64) -> (&AtomicU64, u64) {
        (&self.words[(hash >> 6) as usize & (self.words.len() - 1)], 1 << (hash & 63))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_is_found_and_little_else() {
        for calls in [0, 1, 250, 10_000] {
            let touched = Touched::new(calls);
            let hash = |n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let written = 4 * calls as u64;
            (0..written).for_each(|n| touched.add(hash(n)));
            assert!((0..written).all(|n| touched.has(hash(n))));
            let found = (written..written + 10_000).filter(|n| touched.has(hash(*n))).count();
            assert!(found < 10_000 / 16, "{calls} calls: {found} of 10,000");
        }
    }
}
