//! Notes and opens the protected pages that a call writes.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use super::learnt::Caught;

/// So many faults of a call open a page each; one more opens all pages. A fault takes 7 us, what then is left to the kernel 2 us
/// a page. A Go contract's first call writes about 30.
const MAX_FAULTS: u32 = 32;

/// Which pages of one memory are open. The signal handler and the thread that it interrupts are the same, so every
/// operation may be relaxed; atomics make it sound that both hold a shared reference.
pub(super) struct Watch {
    base: usize,
    page_bytes: usize,
    pages: usize,
    /// One bit for each page, 1 if it is open.
    open: Box<[AtomicU64]>,
    faults: AtomicU32,
    all: AtomicBool,
    failed: AtomicBool,
}

impl Watch {
    pub(super) fn new(base: usize, bytes: usize, page_bytes: usize) -> Self {
        let pages = bytes / page_bytes;
        let open = (0..pages.div_ceil(64)).map(|_| AtomicU64::new(0)).collect();
        let (faults, all, failed) = (AtomicU32::new(0), AtomicBool::new(false), AtomicBool::new(false));
        Self { base, page_bytes, pages, open, faults, all, failed }
    }

    /// Opens the page of a fault, if the fault is a write to a protected page; async-signal-safe.
    pub(super) fn caught(&self, info: &libc::siginfo_t) -> bool {
        // SAFETY: the signal is SIGSEGV, which carries an address.
        let address = unsafe { info.si_addr() } as usize;
        let Some(offset) = address.checked_sub(self.base) else { return false };
        let page = offset / self.page_bytes;
        info.si_code == SEGV_ACCERR && page < self.pages && !self.is_open(page) && self.open_from(page)
    }

    /// Opens a page, or all if there were many faults.
    fn open_from(&self, page: usize) -> bool {
        let faults = self.faults.load(Ordering::Relaxed);
        self.faults.store(faults.saturating_add(1), Ordering::Relaxed);
        if faults < MAX_FAULTS && self.make_writable(page, page + 1) {
            return true;
        }
        let opened = self.make_writable(0, self.pages);
        let result = if opened { &self.all } else { &self.failed };
        result.store(true, Ordering::Relaxed);
        opened
    }

    /// Opens pages; false if the system refuses. A single call may run into the limit on mappings, the whole cannot.
    fn make_writable(&self, start: usize, end: usize) -> bool {
        let at = (self.base + start * self.page_bytes) as *mut libc::c_void;
        let bytes = (end - start) * self.page_bytes;
        // SAFETY: the pages belong to the memory of this watch, which lives as long as its store. `errno` of the interrupted
        // code is kept.
        let opened = unsafe {
            let errno = libc::__errno_location();
            let before = *errno;
            let opened = libc::mprotect(at, bytes, libc::PROT_READ | libc::PROT_WRITE) == 0;
            *errno = before;
            opened
        };
        if opened {
            (start..end).for_each(|page| self.mark(page));
        }
        opened
    }

    fn is_open(&self, page: usize) -> bool {
        self.open[page / 64].load(Ordering::Relaxed) & (1 << (page % 64)) != 0
    }

    fn mark(&self, page: usize) {
        let word = &self.open[page / 64];
        word.store(word.load(Ordering::Relaxed) | 1 << (page % 64), Ordering::Relaxed);
    }

    /// What was opened since the last reset.
    pub(super) fn caught_since(&self) -> Caught {
        match self.faults.load(Ordering::Relaxed) {
            0 => Caught::Nothing,
            _ if self.all.load(Ordering::Relaxed) => Caught::All,
            faults => Caught::Pages(faults),
        }
    }

    /// Whether the system refused to open a page.
    pub(super) fn failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    /// The pages that are open, as bits.
    pub(super) fn opened(&self) -> Vec<u64> {
        self.open.iter().map(|word| word.load(Ordering::Relaxed)).collect()
    }

    /// Starts over with these bytes open.
    pub(super) fn reset(&self, open: &[Range<usize>]) {
        self.open.iter().for_each(|word| word.store(0, Ordering::Relaxed));
        for range in open {
            (range.start / self.page_bytes..range.end / self.page_bytes).for_each(|page| self.mark(page));
        }
        self.faults.store(0, Ordering::Relaxed);
        self.all.store(false, Ordering::Relaxed);
    }
}

/// The code of a signal for an access that a page's protection forbids, from `siginfo.h`.
const SEGV_ACCERR: libc::c_int = 2;
