//! Which pages of a snapshot calls are known to write.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::page_bytes;

/// Most pages that are copied back after every call: half a mebibyte takes about 15 us.
const MAX_PAGES: usize = 128;

/// Most ranges of them: each splits the mapping of every instance, and a process may have 65,530 mappings.
const MAX_RANGES: usize = 32;

/// Ranges with at most this many pages between them become one: copying a page is cheaper than another mapping.
const MAX_GAP_PAGES: usize = 2;

/// What was learnt of one module, shared by its instances.
pub(super) struct Learnt {
    known: Mutex<Known>,
    /// That of `known`, to be looked at without the lock.
    generation: AtomicU64,
}

struct Known {
    /// One bit for each page.
    pages: Vec<u64>,
    ranges: Arc<[Range<usize>]>,
    generation: u64,
}

impl Learnt {
    /// Of a memory of this many pages, of which none is known to be written.
    pub(super) fn new(pages: usize) -> Self {
        let known = Known { pages: vec![0; pages.div_ceil(64)], ranges: Arc::from([]), generation: 0 };
        Self { known: Mutex::new(known), generation: AtomicU64::new(0) }
    }

    /// Changes whenever the ranges do.
    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// The bytes to copy back, in ascending order, and their generation.
    pub(super) fn ranges(&self) -> (Arc<[Range<usize>]>, u64) {
        let known = self.known();
        (Arc::clone(&known.ranges), known.generation)
    }

    /// Takes note of the pages that were open after a call. If they and those known before are too many, the ones that are
    /// new take the place of all others; if even they are too many, the call was an exception.
    pub(super) fn observe(&self, opened: &[u64]) {
        let mut known = self.known();
        let join = |f: fn(u64, u64) -> u64| known.pages.iter().zip(opened).map(|(a, b)| f(*a, *b)).collect::<Vec<_>>();
        let all = join(|known, opened| known | opened);
        let new = join(|known, opened| opened & !known);
        let Some((pages, ranges)) = [all, new]
            .into_iter()
            .find_map(|pages| Some((ranges(&pages)?, pages)))
            .map(|(ranges, pages)| (pages, ranges))
        else {
            return;
        };
        if *known.ranges != *ranges {
            known.generation += 1;
            known.ranges = ranges.into();
            self.generation.store(known.generation, Ordering::Release);
        }
        known.pages = pages;
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The ranges of bytes that cover some pages; nothing if that is too many.
fn ranges(pages: &[u64]) -> Option<Vec<Range<usize>>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    let set = (0..pages.len() * 64).filter(|page| pages[page / 64] & (1 << (page % 64)) != 0);
    for page in set {
        match ranges.last_mut() {
            Some(last) if page - last.end <= MAX_GAP_PAGES => last.end = page + 1,
            _ => ranges.push(page..page + 1),
        }
    }
    let count: usize = ranges.iter().map(Range::len).sum();
    let bytes = page_bytes();
    (count <= MAX_PAGES && ranges.len() <= MAX_RANGES)
        .then(|| ranges.into_iter().map(|range| range.start * bytes..range.end * bytes).collect())
}
