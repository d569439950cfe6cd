//! Which pages of a snapshot calls are known to write.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::page_bytes;
use super::trial::Trial;

/// Most pages that are copied back after every call of a module whose calls write the same pages: half a mebibyte takes
/// about 12 us.
const MAX_PAGES: usize = 128;

/// Most ranges of them: each splits the mapping of every instance, and a process may have 65,530 mappings.
const MAX_RANGES: usize = 32;

/// Ranges with at most this many pages between them become one if there are too many otherwise.
const MAX_GAP_PAGES: usize = 2;

/// What a page costs that is opened by a signal, in tenths of a microsecond: the signal, and the kernel's copy of the page.
const CAUGHT_PAGE_COST: u32 = 90;

/// What a page may cost in a call that opened all, in the same unit: the kernel's copy, and giving it back.
const KERNEL_COPY_COST: u32 = 25;

/// What opening all and mapping all anew cost beside it.
const ALL_COST: u32 = 2_000;

/// What a page costs that is open and copied back.
const COPY_BACK_COST: u32 = 1;

/// How many calls all pages stay open for before it is tried again to do better.
const CALLS_WITH_ALL_OPEN: u32 = 1_024;

/// How a call's writes to protected pages were served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caught {
    /// There were none.
    Nothing,
    /// This many pages were opened, one by one.
    Pages(u32),
    /// They were so many that all were opened.
    All,
}

/// What was learnt of one module, shared by its instances.
///
/// # Modules that cannot be learnt
/// A module may write other pages in each call, or too many. So each call's faults are added up (`debt`), and each call without
/// any takes off what copying all memory would have taken. Once the faults of a module took longer than that, by more than two
/// calls that write everything, all its pages stay open and are copied back after each of the next
/// [`CALLS_WITH_ALL_OPEN`] calls. So whatever calls write, on average putting back takes no longer than copying all memory
/// about twice.
pub(super) struct Learnt {
    known: Mutex<Known>,
    /// That of `known`, to be looked at without the lock.
    generation: AtomicU64,
    /// What faults took beyond what copying would have taken, in tenths of a microsecond. A lost update does no harm.
    debt: AtomicU32,
    /// Whether some calls are to be looked at, to see what they leave as it was.
    trying: AtomicBool,
    /// How many more calls all pages stay open for; 0 if they are not.
    all_open: AtomicU32,
    /// How many pages there are.
    pages: usize,
}

struct Known {
    /// One bit for each page.
    pages: Vec<u64>,
    ranges: Arc<[Range<usize>]>,
    generation: u64,
    trial: Trial,
}

impl Learnt {
    /// Of a memory of this many pages, of which none is known to be written.
    pub(super) fn new(pages: usize) -> Self {
        let words = pages.div_ceil(64);
        let known = Known { pages: vec![0; words], ranges: Arc::from([]), generation: 0, trial: Trial::new(words) };
        let (generation, debt, all_open) = (AtomicU64::new(0), AtomicU32::new(0), AtomicU32::new(0));
        Self { known: Mutex::new(known), generation, debt, trying: AtomicBool::new(false), all_open, pages }
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

    /// Takes note of a call that wrote no protected page.
    pub(super) fn served(&self) {
        let all_open = self.all_open.load(Ordering::Relaxed);
        if all_open > 1 {
            self.all_open.store(all_open - 1, Ordering::Relaxed);
        } else if all_open == 1 {
            self.try_again();
        }
        let debt = self.debt.load(Ordering::Relaxed);
        if all_open == 0 && debt > 0 {
            self.debt.store(debt.saturating_sub(self.cost(COPY_BACK_COST)), Ordering::Relaxed);
        }
    }

    /// Takes note of the pages that a call wrote, beside those that were known, and of how they were caught. If they and
    /// those known before are too many, the ones that are new take the place of all others; if even they are too many, the
    /// call was an exception.
    pub(super) fn observe(&self, written: &[u64], caught: Caught) {
        let cost = match caught {
            Caught::Nothing => 0,
            Caught::Pages(pages) => pages.saturating_mul(CAUGHT_PAGE_COST),
            Caught::All => self.exception_cost(),
        };
        let mut known = self.known();
        if self.all_open.load(Ordering::Relaxed) > 0 {
            return;
        }
        let debt = self.debt.load(Ordering::Relaxed).saturating_add(cost);
        self.debt.store(debt, Ordering::Relaxed);
        if debt > self.most_debt() {
            self.all_open.store(CALLS_WITH_ALL_OPEN, Ordering::Relaxed);
            self.trying.store(false, Ordering::Relaxed);
            let all = 0..self.pages * page_bytes();
            return self.replace(&mut known, vec![0; self.pages.div_ceil(64)], vec![all]);
        }
        let join = |f: fn(u64, u64) -> u64| known.pages.iter().zip(written).map(|(a, b)| f(*a, *b)).collect::<Vec<_>>();
        let all = join(|known, written| known | written);
        let new = join(|known, written| written & !known);
        let learnt = [all, new].into_iter().find_map(|pages| Some((few_ranges(&pages)?, pages)));
        if let Some((ranges, pages)) = learnt {
            let trying = known.trial.restart(&pages);
            self.trying.store(trying, Ordering::Relaxed);
            self.replace(&mut known, pages, ranges);
        }
    }

    /// Whether [`sample`](Learnt::sample) wants to know what some calls change.
    pub(super) fn is_trying(&self) -> bool {
        self.trying.load(Ordering::Relaxed)
    }

    /// Takes note of the known pages that a call changed.
    pub(super) fn sample(&self, changed: &[u64]) {
        let mut known = self.known();
        if !self.is_trying() {
            return;
        }
        let Some(unchanged) = known.trial.sample(changed) else { return };
        self.trying.store(false, Ordering::Relaxed);
        let pages: Vec<u64> = known.pages.iter().zip(&unchanged).map(|(known, unchanged)| known & !unchanged).collect();
        if let Some(ranges) = few_ranges(&pages) {
            self.replace(&mut known, pages, ranges);
        }
    }

    /// Protects all pages again. The next call that needs all of them has them opened for good at once.
    fn try_again(&self) {
        let mut known = self.known();
        self.all_open.store(0, Ordering::Relaxed);
        self.debt.store(self.most_debt() - self.cost(COPY_BACK_COST), Ordering::Relaxed);
        let none = vec![0; known.pages.len()];
        self.replace(&mut known, none, Vec::new());
    }

    fn replace(&self, known: &mut Known, pages: Vec<u64>, ranges: Vec<Range<usize>>) {
        if *known.ranges != *ranges {
            known.generation += 1;
            known.ranges = ranges.into();
            self.generation.store(known.generation, Ordering::Release);
        }
        known.pages = pages;
    }

    /// The cost of something for every page.
    fn cost(&self, page_cost: u32) -> u32 {
        u32::try_from(self.pages).unwrap_or(u32::MAX).saturating_mul(page_cost)
    }

    /// What a call costs at most that opened all.
    fn exception_cost(&self) -> u32 {
        self.cost(KERNEL_COPY_COST).saturating_add(ALL_COST)
    }

    fn most_debt(&self) -> u32 {
        self.exception_cost().saturating_mul(2)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The ranges of bytes that cover some pages, and no more than `max_gap_pages` between two of them.
pub(super) fn ranges(pages: &[u64], max_gap_pages: usize) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    let bytes = page_bytes();
    for page in (0..pages.len() * 64).filter(|page| pages[page / 64] & (1 << (page % 64)) != 0) {
        let (start, end) = (page * bytes, (page + 1) * bytes);
        match ranges.last_mut() {
            Some(last) if start - last.end <= max_gap_pages * bytes => last.end = end,
            _ => ranges.push(start..end),
        }
    }
    ranges
}

/// The ranges of bytes that cover some pages; nothing if that is too many.
fn few_ranges(pages: &[u64]) -> Option<Vec<Range<usize>>> {
    (0..=MAX_GAP_PAGES).map(|gap| ranges(pages, gap)).find(|ranges| {
        let bytes: usize = ranges.iter().map(Range::len).sum();
        bytes <= MAX_PAGES * page_bytes() && ranges.len() <= MAX_RANGES
    })
}
