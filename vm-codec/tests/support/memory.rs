//! An allocator that counts, and the declared bound on the memory that a decoder may take.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use govm_codec::{MAX_EMPTY_VALUES, Value};

/// Counts what the current thread has allocated and not freed, and the most of it since the last reset.
struct Counting;

thread_local! {
    static LIVE: Cell<usize> = const { Cell::new(0) };
    static PEAK: Cell<usize> = const { Cell::new(0) };
}

#[expect(unsafe_code, reason = "a global allocator cannot be written without")]
// SAFETY: every call is passed on to the system allocator unchanged; only counters are kept beside it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.set(LIVE.get().wrapping_add(layout.size()));
        PEAK.set(PEAK.get().max(LIVE.get()));
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.set(LIVE.get().wrapping_sub(layout.size()));
        // SAFETY: the pointer came from `alloc` above, so from the system allocator with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The declared bound: the largest value per byte of input, twice for an entry of a map and twice for a list that
/// grows; and a fixed part for values without bytes, descriptors and errors.
fn bound_bytes(input_bytes: usize) -> usize {
    const PER_BYTE: usize = 2 * 2 * size_of::<Value>();
    const FIXED: usize = 2 * MAX_EMPTY_VALUES * size_of::<Value>() + (64 << 10);
    PER_BYTE * input_bytes + FIXED
}

/// What `run` returns, and the most memory that it held at a time, in bytes.
pub(crate) fn measured<T>(run: impl FnOnce() -> T) -> (T, usize) {
    LIVE.set(0);
    PEAK.set(0);
    (run(), PEAK.get())
}

/// Runs a decoder and checks that it stays within the bound for its input.
pub(crate) fn bounded<T>(input: &[u8], decode: impl FnOnce() -> T) -> T {
    let (result, peak) = measured(decode);
    let bound = bound_bytes(input.len());
    assert!(peak <= bound, "{peak} bytes allocated for {} bytes of input, at most {bound} declared", input.len());
    result
}
