//! The addresses of a memory, and the memory as Wasmer sees it.

use std::io;
use std::ops::Range;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use wasmer::{MemoryType, Pages};
use wasmer_types::MemoryStyle;
use wasmer_vm::{LinearMemory, MemoryError, Trap, VMMemoryDefinition, initialize_memory_with_data};

use super::Image;

/// A range of addresses that belongs to one memory, up to and behind everything that a guest can address. What is not
/// mapped or opened traps.
#[derive(Debug)]
pub(super) struct Reservation {
    base: NonNull<u8>,
    bytes: usize,
    /// Whether the system refused memory that a guest is entitled to.
    pub(super) refused: AtomicBool,
}

// SAFETY: a reservation is addresses; what lies there is accessed under the rules of the module above.
unsafe impl Send for Reservation {}
// SAFETY: as above.
unsafe impl Sync for Reservation {}

const RESERVED: libc::c_int = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;

impl Reservation {
    pub(super) fn new(bytes: usize) -> io::Result<Self> {
        // SAFETY: a new mapping at a place that the system chooses.
        let start = unsafe { libc::mmap(std::ptr::null_mut(), bytes, libc::PROT_NONE, RESERVED, -1, 0) };
        match NonNull::new(start.cast::<u8>()) {
            Some(base) if start != libc::MAP_FAILED => Ok(Self { base, bytes, refused: AtomicBool::new(false) }),
            _ => Err(io::Error::last_os_error()),
        }
    }

    pub(super) fn base(&self) -> *mut u8 {
        self.base.as_ptr()
    }

    #[cfg(test)]
    pub(super) fn addresses(&self) -> Range<usize> {
        self.base() as usize..self.base() as usize + self.bytes
    }

    /// Lays an image over the start, write-protected; what the instance had of its own there is gone.
    pub(super) fn map(&self, image: &Image) -> io::Result<()> {
        self.replace(0..image.bytes().len(), libc::PROT_READ, libc::MAP_PRIVATE, image.fd())
    }

    /// Takes back what a memory grew: it is inaccessible, and zero when it is opened again.
    pub(super) fn give_up(&self, range: Range<usize>) -> io::Result<()> {
        self.replace(range, libc::PROT_NONE, RESERVED, -1)
    }

    /// Makes bytes readable and writable.
    pub(super) fn open(&self, range: &Range<usize>) -> io::Result<()> {
        assert!(range.start <= range.end && range.end <= self.bytes, "outside the reservation");
        // SAFETY: the range is inside this reservation, as was just checked.
        let opened = unsafe {
            libc::mprotect(self.base().add(range.start).cast(), range.len(), libc::PROT_READ | libc::PROT_WRITE)
        };
        if opened == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }

    /// Copies bytes over a range of the same length.
    ///
    /// # Safety
    /// The range is open, and nothing else accesses it.
    pub(super) unsafe fn copy(&self, range: &Range<usize>, bytes: &[u8]) {
        assert!(range.end <= self.bytes && range.len() == bytes.len(), "outside the reservation");
        // SAFETY: the range is inside this reservation and open, and `bytes` is another mapping.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.base().add(range.start), bytes.len()) };
    }

    fn replace(&self, range: Range<usize>, protection: i32, flags: i32, fd: i32) -> io::Result<()> {
        assert!(range.start <= range.end && range.end <= self.bytes, "outside the reservation");
        if range.is_empty() {
            return Ok(());
        }
        // SAFETY: the range is inside this reservation, as was just checked, so that nothing but its own pages is replaced.
        // Rust holds no references to guest memory beyond a copy, and the store is borrowed mutably by whoever asks for this.
        let at = unsafe {
            let start = self.base().add(range.start).cast();
            libc::mmap(start, range.len(), protection, flags | libc::MAP_FIXED, fd, 0)
        };
        if at == libc::MAP_FAILED { Err(io::Error::last_os_error()) } else { Ok(()) }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        // SAFETY: the reservation was made with this length; the memory and the engine's side of it, which alone use the
        // addresses, each hold it alive.
        unsafe { libc::munmap(self.base().cast(), self.bytes) };
    }
}

/// The memory of an instance.
#[derive(Debug)]
pub(super) struct TrackedMemory {
    reservation: Arc<Reservation>,
    place: NonNull<VMMemoryDefinition>,
    ty: MemoryType,
    /// Whether the data segments are in it already.
    initialised: bool,
}

// SAFETY: Wasmer uses a memory while its store is borrowed, so by one thread at a time (fact 2).
unsafe impl Send for TrackedMemory {}
// SAFETY: as above.
unsafe impl Sync for TrackedMemory {}

impl TrackedMemory {
    pub(super) fn new(
        reservation: Arc<Reservation>,
        place: NonNull<VMMemoryDefinition>,
        ty: MemoryType,
        initialised: bool,
    ) -> Self {
        Self { reservation, place, ty, initialised }
    }

    fn length(&self) -> usize {
        // SAFETY: the place is valid (fact 1); Wasmer borrows the store while it uses a memory (fact 2).
        unsafe { (*self.place.as_ptr()).current_length }
    }
}

impl LinearMemory for TrackedMemory {
    fn ty(&self) -> MemoryType {
        MemoryType { minimum: self.size(), ..self.ty }
    }

    fn size(&self) -> Pages {
        Pages((self.length() / wasmer::WASM_PAGE_SIZE) as u32)
    }

    fn style(&self) -> MemoryStyle {
        MemoryStyle::Static
    }

    fn grow(&mut self, delta: Pages) -> Result<Pages, MemoryError> {
        let before = self.size();
        let refused = || MemoryError::CouldNotGrow { current: before, attempted_delta: delta };
        let after = before.checked_add(delta).ok_or_else(refused)?;
        if after > self.ty.maximum.unwrap_or(Pages::max_value()) || after > Pages::max_value() {
            return Err(refused());
        }
        if delta.0 > 0 {
            if let Err(error) = self.reservation.open(&(before.bytes().0..after.bytes().0)) {
                // The guest sees a refusal, but it must not become a result: elsewhere the memory would have grown.
                self.reservation.refused.store(true, Ordering::Relaxed);
                return Err(MemoryError::Generic(error.to_string()));
            }
            // SAFETY: as in `length`; the memory is borrowed mutably.
            unsafe { (*self.place.as_ptr()).current_length = after.bytes().0 };
        }
        Ok(before)
    }

    fn vmmemory(&self) -> NonNull<VMMemoryDefinition> {
        self.place
    }

    unsafe fn initialize_with_data(&self, start: usize, data: &[u8]) -> Result<(), Trap> {
        if self.initialised {
            return Ok(());
        }
        // SAFETY: Wasmer calls this once, before anything of the module runs, with segments that it found to be in bounds.
        unsafe { initialize_memory_with_data(self.place.as_ref(), start, data) }
    }

    fn try_clone(&self) -> Result<Box<dyn LinearMemory + Send + Sync + 'static>, MemoryError> {
        self.copy()
    }

    fn copy(&self) -> Result<Box<dyn LinearMemory + Send + Sync + 'static>, MemoryError> {
        Err(MemoryError::UnsupportedOperation { message: "a contract's memory is not copied".to_owned() })
    }
}
