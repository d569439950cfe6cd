//! WASI preview 1 for contracts: what Go's runtime needs and nothing else, deterministic.
//!
//! Clocks start at the block's time and move only when the contract sleeps; random bytes are a stream seeded from the
//! block, the call and the contract; arguments, environment and files are empty; what is written to the standard streams
//! goes to the trace. Layouts and error numbers are those of `wasmer-wasix-types`.

mod functions;
mod poll;
mod random;
mod table;

use random::Random;
pub(crate) use random::Seed;
pub use table::contract_wasi_functions;
pub(crate) use table::{WASI_FUNCTIONS, WASI_MODULE, WasiFunction, wasi_imports};

/// Most bytes of standard output and error that one call keeps; the rest is cut.
const MAX_TRACE_BYTES: usize = 64 * 1024;

/// The virtual surroundings of a call.
pub(crate) struct Wasi {
    /// Wall-clock time at the start, in nanoseconds since the Unix epoch.
    start_ns: u64,
    /// How far the clocks have moved, in nanoseconds.
    elapsed_ns: u64,
    random: Random,
    /// What the contract wrote to its standard streams.
    trace: Vec<u8>,
}

impl Wasi {
    /// The surroundings at a block's time, with a random stream of this seed.
    pub(crate) fn new(time_ns: i64, seed: Seed) -> Self {
        Self {
            start_ns: u64::try_from(time_ns).unwrap_or(0),
            elapsed_ns: 0,
            random: Random::new(seed),
            trace: Vec::new(),
        }
    }

    /// Takes what was written so far.
    pub(crate) fn take_trace(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.trace)
    }

    fn wall_ns(&self) -> u64 {
        self.start_ns.saturating_add(self.elapsed_ns)
    }

    /// The monotonic clock; it starts at 1 because Go takes 0 for a clock that does not work.
    fn monotonic_ns(&self) -> u64 {
        self.elapsed_ns.saturating_add(1)
    }

    fn sleep(&mut self, ns: u64) {
        self.elapsed_ns = self.elapsed_ns.saturating_add(ns);
    }

    fn fill_random(&mut self, bytes: &mut [u8]) {
        self.random.fill(bytes);
    }

    fn write_trace(&mut self, bytes: &[u8]) {
        append_to_trace(&mut self.trace, bytes);
    }
}

/// Adds to a trace what fits.
pub(crate) fn append_to_trace(trace: &mut Vec<u8>, bytes: &[u8]) {
    let room = MAX_TRACE_BYTES.saturating_sub(trace.len());
    trace.extend_from_slice(&bytes[..bytes.len().min(room)]);
}

/// The little-endian number of `len` bytes at an offset of a guest's record. Records are read number by number: a guest may
/// put any number where a Rust enum stands.
pub(crate) fn number(record: &[u8], offset: usize, len: usize) -> u64 {
    record[offset..offset + len].iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}
