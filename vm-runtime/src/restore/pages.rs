//! Puts back the pages of a memory that calls write, and only those.
//!
//! # How written pages are known
//! The snapshot's memory lies in a file without a name ([`Image`]). An instance maps it privately: a page that is read is
//! shared by all instances, a page that is written becomes the instance's own. The mapping is write-protected except for
//! the pages that calls of this module are known to write ([`Learnt`]); those are copied back after every call.
//!
//! A write to any other page is stopped by the processor before it happens. The signal goes to Wasmer's handler, which asks
//! the handler of the store that runs ([`Watch`]); that one opens the page, notes it, and lets the write happen. After the call
//! the page is put back too, and becomes one of the known ones, for all instances of the module.
//!
//! A call that does so too often has all pages opened at once. Afterwards they are compared with the image to learn which
//! it wrote, and the whole memory is mapped anew, which drops every page that the instance has of its own. The same is done
//! when known pages are given up for others.
//!
//! So every page of the snapshot's length is in one of two states while a call runs: protected, and then it holds the
//! snapshot, or open, and then it is put back after the call, by a copy or with the whole. There is no third.
//!
//! # Memory that grew
//! A growth makes the pages behind the snapshot accessible. After the call they are replaced by a fresh reservation and are
//! zero when they are granted again.
//!
//! # Signals
//! No handler is installed here. Wasmer's own runs on the signal stack that Wasmer gives each thread, for the guest's code and
//! for host functions that it called alike: in both a call of the store is the innermost one on the thread. What runs then
//! ([`Watch::caught`]) is a few atomic operations and one `mprotect`; it takes no lock and allocates nothing. A fault
//! that is not the watch's (an access outside the memory, a bug anywhere) is left to Wasmer, which turns it into a trap or
//! passes it on to the handler that was there before. An embedder that installs a handler for SIGSEGV after its engine must
//! pass on what is not its own, as Wasmer's traps need anyway.
//!
//! # Bounds
//! A page costs a signal only once per call, and a call has at most [`MAX_FAULTS`](watch) + 1 of them. What is learnt is bounded
//! by pages and by ranges, each of which is a mapping of which a process may have 65,530. A module for which learning does
//! not pay, whatever its calls write, gets all its pages opened for good ([`Learnt`](learnt::Learnt)); from then on its calls
//! cost what copying its memory takes, 0.1 us a page. Known pages that calls leave as they were are [forgotten](trial).

mod image;
mod learnt;
mod memory;
mod trial;
mod watch;

use std::io;
use std::ops::Range;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use wasmer::{AsStoreRef, MemoryType, Store, WASM_PAGE_SIZE};
use wasmer_types::MemoryStyle;
use wasmer_vm::{MemoryError, VMMemory, VMMemoryDefinition};

pub(super) use image::Image;
use learnt::Caught;
use memory::{Reservation, TrackedMemory};
use watch::Watch;

/// One of so many calls that wrote known pages only is looked at, as long as that is wanted.
const CALLS_PER_SAMPLE: u32 = 8;

/// The size of the system's pages, in bytes.
fn page_bytes() -> usize {
    // SAFETY: `sysconf` reads a constant.
    usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(0)
}

/// Whether this system has what is needed here.
pub(super) fn probe() -> io::Result<()> {
    let page = page_bytes();
    if page == 0 || !WASM_PAGE_SIZE.is_multiple_of(page) {
        return Err(io::Error::other(format!("pages of {page} bytes")));
    }
    let image = Image::of(&vec![7; WASM_PAGE_SIZE])?;
    let reservation = Reservation::new(2 * WASM_PAGE_SIZE)?;
    reservation.map(&image)?;
    reservation.open(&(0..page))
}

/// Makes a memory: of the image if there is one, else zero, accessible and not tracked until its snapshot is taken.
///
/// # Safety
/// `place` is where the definition of the memory belongs in the record of its instance.
pub(super) unsafe fn make(
    ty: &MemoryType,
    style: MemoryStyle,
    place: NonNull<VMMemoryDefinition>,
    image: Option<Arc<Image>>,
) -> Result<(VMMemory, Tracked), MemoryError> {
    let failed = |error: io::Error| MemoryError::Generic(error.to_string());
    if style != MemoryStyle::Static {
        return Err(MemoryError::Generic("only static memories are tracked".to_owned()));
    }
    let bytes = MemoryStyle::static_bound().bytes().0 + style.offset_guard_size() as usize;
    let reservation = Arc::new(Reservation::new(bytes).map_err(failed)?);
    let length = image.as_ref().map_or(ty.minimum.bytes().0, |image| image.bytes().len());
    let watch = match image {
        Some(image) => Some(Tracking::start(&reservation, image).map_err(failed)?),
        None => {
            reservation.open(&(0..length)).map_err(failed)?;
            None
        }
    };
    // SAFETY: the place is valid, as the caller promises; nothing reads it before it is written here.
    unsafe { place.write(VMMemoryDefinition { base: reservation.base(), current_length: length }) };
    let initialised = watch.is_some();
    let memory = TrackedMemory::new(Arc::clone(&reservation), place, *ty, initialised);
    let tracked = Tracked { reservation, place, tracking: watch };
    Ok((VMMemory(Box::new(memory)), tracked))
}

/// The engine's side of a memory that is restored page by page.
pub(super) struct Tracked {
    reservation: Arc<Reservation>,
    /// The definition in the instance's record.
    place: NonNull<VMMemoryDefinition>,
    /// None until the snapshot was taken.
    tracking: Option<Tracking>,
}

// SAFETY: `place` is used only while the store that it belongs to is borrowed, so by one thread at a time (fact 2).
unsafe impl Send for Tracked {}
// SAFETY: as above; without the store nothing is done through `place`.
unsafe impl Sync for Tracked {}

/// What is known of a memory that stands over an image.
struct Tracking {
    image: Arc<Image>,
    watch: Arc<Watch>,
    /// The bytes that are open and copied back after each call.
    open: Arc<[Range<usize>]>,
    /// The generation of what is learnt that `open` is of.
    generation: u64,
    /// How many calls wrote known pages only.
    quiet_calls: u32,
    /// The range with this byte is forgotten when pages are put back, to see that tests notice.
    #[cfg(test)]
    skipped: Option<usize>,
}

impl Tracked {
    /// Makes faults of the store's calls known to the watch.
    pub(super) fn arm(&self, store: &mut Store) {
        if let Some(tracking) = &self.tracking {
            let watch = Arc::clone(&tracking.watch);
            store.set_trap_handler(Some(Box::new(move |signal, info, _| {
                // SAFETY: Wasmer calls this from its handler, with what the system gave it.
                signal == libc::SIGSEGV && unsafe { watch.caught(&*info) }
            })));
        }
    }

    /// Takes the memory as the module's snapshot, and stands over it from here on.
    pub(super) fn snapshot(&mut self, store: &mut Store) -> io::Result<Arc<Image>> {
        let length = self.length(store);
        // SAFETY: `length` bytes from the base are accessible, and the store is borrowed: nothing writes meanwhile.
        let bytes = unsafe { std::slice::from_raw_parts(self.reservation.base(), length) };
        let image = Arc::new(Image::of(bytes)?);
        self.tracking = Some(Tracking::start(&self.reservation, Arc::clone(&image))?);
        self.arm(store);
        Ok(image)
    }

    /// Puts the memory back as it is in the image.
    pub(super) fn restore(&mut self, store: &mut Store) -> io::Result<()> {
        let length = self.length(store);
        let Some(tracking) = &mut self.tracking else { return Err(io::Error::other("there is no snapshot yet")) };
        let image_bytes = tracking.image.bytes().len();
        if length > image_bytes {
            self.reservation.give_up(image_bytes..length)?;
            // SAFETY: the place is valid (fact 1), and the store is borrowed mutably (fact 2).
            unsafe { (*self.place.as_ptr()).current_length = image_bytes };
        }
        tracking.restore(&self.reservation)
    }

    /// Why the memory did not do what it should, if so.
    pub(super) fn fault(&self) -> Option<io::Error> {
        let watch_failed = self.tracking.as_ref().is_some_and(|tracking| tracking.watch.failed());
        let refused = self.reservation.refused.load(Ordering::Relaxed);
        (watch_failed || refused).then(|| io::Error::other("the system refused memory to an instance"))
    }

    /// The memory that only this instance holds when it is idle, in bytes.
    pub(super) fn private_bytes(&self) -> usize {
        self.tracking.as_ref().map_or(0, |tracking| tracking.open.iter().map(Range::len).sum())
    }

    fn length(&self, _store: &impl AsStoreRef) -> usize {
        // SAFETY: the place is valid (fact 1), and the store is borrowed (fact 2).
        unsafe { (*self.place.as_ptr()).current_length }
    }

    #[cfg(test)]
    pub(super) fn addresses(&self) -> Range<usize> {
        self.reservation.addresses()
    }

    #[cfg(test)]
    pub(super) fn skip(&mut self, byte: usize) {
        self.tracking.as_mut().expect("there is a snapshot").skipped = Some(byte);
    }

    #[cfg(test)]
    pub(super) fn open_ranges(&self) -> Arc<[Range<usize>]> {
        self.tracking.as_ref().map_or_else(|| Arc::from([]), |tracking| Arc::clone(&tracking.open))
    }
}

impl Tracking {
    /// Lays the image into a reservation.
    fn start(reservation: &Reservation, image: Arc<Image>) -> io::Result<Self> {
        let watch = Arc::new(Watch::new(reservation.base() as usize, image.bytes().len(), page_bytes()));
        let mut this = Self {
            image,
            watch,
            open: Arc::from([]),
            generation: 0,
            quiet_calls: 0,
            #[cfg(test)]
            skipped: None,
        };
        reservation.map(&this.image)?;
        this.settle(reservation, &[])?;
        Ok(this)
    }

    fn restore(&mut self, reservation: &Reservation) -> io::Result<()> {
        let learnt = &self.image.learnt;
        match self.watch.caught_since() {
            Caught::Nothing => {
                self.quiet_calls = self.quiet_calls.wrapping_add(1);
                if self.quiet_calls.is_multiple_of(CALLS_PER_SAMPLE) && learnt.is_trying() {
                    learnt.sample(&self.changed(reservation, &self.open));
                }
                self.copy_back(reservation, &self.open);
                learnt.served();
                if learnt.generation() == self.generation {
                    return Ok(());
                }
                self.settle(reservation, &self.watch.opened())
            }
            caught @ Caught::Pages(_) => {
                let opened = self.watch.opened();
                self.copy_back(reservation, &learnt::ranges(&opened, 0));
                learnt.observe(&opened, caught);
                self.settle(reservation, &opened)
            }
            caught @ Caught::All => {
                let all = 0..self.image.bytes().len();
                let changed = self.changed(reservation, std::slice::from_ref(&all));
                learnt.observe(&changed, caught);
                self.copy_back(reservation, &learnt::ranges(&changed, 0));
                self.settle(reservation, &self.watch.opened())
            }
        }
    }

    /// Copies the image back into ranges that are open.
    fn copy_back(&self, reservation: &Reservation, ranges: &[Range<usize>]) {
        for range in ranges {
            #[cfg(test)]
            if self.skipped.is_some_and(|byte| range.contains(&byte)) {
                continue;
            }
            // SAFETY: the range is open and inside the image, and the store is borrowed mutably (by `restore` above).
            unsafe { reservation.copy(range, &self.image.bytes()[range.clone()]) };
        }
    }

    /// The pages of some ranges that are not as in the image, as bits.
    fn changed(&self, reservation: &Reservation, ranges: &[Range<usize>]) -> Vec<u64> {
        let image = self.image.bytes();
        // SAFETY: the image's length is accessible, and the store is borrowed mutably: nothing writes meanwhile.
        let bytes = unsafe { std::slice::from_raw_parts(reservation.base(), image.len()) };
        let mut changed = vec![0; image.len().div_ceil(64 * page_bytes())];
        for start in ranges.iter().flat_map(|range| range.clone().step_by(page_bytes())) {
            let (page, end) = (start / page_bytes(), start + page_bytes());
            changed[page / 64] |= u64::from(bytes[start..end] != image[start..end]) << (page % 64);
        }
        changed
    }

    /// Opens what is known to be written, where some pages are open. Pages that were put back may stay the instance's own; if
    /// others are open, the whole is mapped anew first.
    fn settle(&mut self, reservation: &Reservation, opened: &[u64]) -> io::Result<()> {
        (self.open, self.generation) = self.image.learnt.ranges();
        self.watch.reset(&self.open);
        if self.watch.opened().iter().zip(opened).any(|(known, opened)| opened & !known != 0) {
            reservation.map(&self.image)?;
        }
        self.open.iter().try_for_each(|range| reservation.open(range))
    }
}
