//! How a store is opened.

use std::time::Duration;

/// The size that a map starts with, in bytes: 1 GiB.
///
/// A map is address space, not memory or disk: the file is as long as what was written to it. A gibibyte is far more than
/// a young state needs, so that most stores never grow, and little enough for any limit on address space.
const DEFAULT_MAP_BYTES: usize = 1 << 30;

/// The size that a map may grow to, in bytes: 1 TiB on 64-bit machines, which have 128 TiB of address space.
#[cfg(target_pointer_width = "64")]
const DEFAULT_MAX_MAP_BYTES: usize = 1 << 40;
#[cfg(not(target_pointer_width = "64"))]
const DEFAULT_MAX_MAP_BYTES: usize = DEFAULT_MAP_BYTES;

/// Map sizes are multiples of this, in bytes: the largest page size in use, hence a multiple of every other.
const MAP_STEP_BYTES: usize = 64 << 10;

/// The smallest map, in bytes: what the empty databases need, with room for a few records.
const MIN_MAP_BYTES: usize = 4 * MAP_STEP_BYTES;

/// How many blocks back the state can be read unless said otherwise: a few minutes of blocks of a second, for queries and proofs
/// that name a height which they have just seen. A block of a thousand entries takes about 100 KiB of it.
const DEFAULT_HISTORY_BLOCKS: u64 = 256;

/// How many writes wait for their turn unless said otherwise. At a million objects and blocks of a thousand updates a block writes
/// 548 pages, with half as many 846; a random page costs a disk about 22 us. It takes some 30 MiB more.
pub(crate) const DEFAULT_PENDING_WRITES: usize = 128 * 1024;

/// What a store is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// Commit blocks, and read. One store at a time, of all processes.
    ReadWrite,
    /// Read only, beside other readers and a writer; nothing is ever created.
    ReadOnly,
}

/// How a store is opened.
///
/// ```
/// use std::time::Duration;
/// use govm_state::{Access, OpenOptions};
///
/// let options = OpenOptions::read_write().wait(Duration::from_secs(2));
/// assert_eq!(options.access(), Access::ReadWrite);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenOptions {
    access: Access,
    wait: Duration,
    map_bytes: usize,
    max_map_bytes: usize,
    history_blocks: u64,
    pending_writes: usize,
}

impl OpenOptions {
    /// Open for commits. The directory is created if there is none.
    #[must_use]
    pub fn read_write() -> Self {
        Self::new(Access::ReadWrite)
    }

    /// Open for reading.
    #[must_use]
    pub fn read_only() -> Self {
        Self::new(Access::ReadOnly)
    }

    fn new(access: Access) -> Self {
        let (map_bytes, max_map_bytes) = (DEFAULT_MAP_BYTES, DEFAULT_MAX_MAP_BYTES);
        Self {
            access,
            wait: Duration::ZERO,
            map_bytes,
            max_map_bytes,
            history_blocks: DEFAULT_HISTORY_BLOCKS,
            pending_writes: DEFAULT_PENDING_WRITES,
        }
    }

    /// How long to wait for another writer to close the store before giving up. Not at all unless said here; without
    /// effect for reading, which waits for nobody.
    #[must_use]
    pub fn wait(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }

    /// The size of the memory map to start with, in bytes: 1 GiB unless said here. It is rounded up to a multiple of 64 KiB,
    /// is never smaller than the data, and doubles by itself when it is full.
    #[must_use]
    pub fn map_bytes(mut self, map_bytes: usize) -> Self {
        self.map_bytes = map_bytes;
        self
    }

    /// The most that the memory map may grow to, in bytes: 1 TiB unless said here (1 GiB on 32-bit machines). A block that
    /// does not fit is refused, whole.
    #[must_use]
    pub fn max_map_bytes(mut self, max_map_bytes: usize) -> Self {
        self.max_map_bytes = max_map_bytes;
        self
    }

    /// How many blocks back the state can be read and proven: 256 unless said here, none for 0. It takes effect with the next
    /// commit: what was dropped does not come back, and what is too much is dropped over the next blocks.
    #[must_use]
    pub fn history(mut self, blocks: u64) -> Self {
        self.history_blocks = blocks;
        self
    }

    /// How many writes wait in memory until they are written to their places, many that lie close together at a time: 131,072
    /// unless said here. They are safe meanwhile, in a log. The more wait, the fewer pages a block writes; each takes about
    /// 200 bytes of memory, and up to 600 more for what it changes in the state tree, and who opens the store reads them back.
    #[must_use]
    pub fn pending_writes(mut self, writes: usize) -> Self {
        self.pending_writes = writes;
        self
    }

    /// What the store is opened for.
    #[must_use]
    pub fn access(&self) -> Access {
        self.access
    }

    pub(crate) fn history_blocks(&self) -> u64 {
        self.history_blocks
    }

    pub(crate) fn pending_writes_limit(&self) -> usize {
        self.pending_writes
    }

    pub(crate) fn wait_limit(&self) -> Duration {
        self.wait
    }

    /// The largest size of the map as LMDB takes it, in bytes.
    pub(crate) fn max_map_bytes_whole(&self) -> usize {
        self.max_map_bytes.max(MIN_MAP_BYTES) / MAP_STEP_BYTES * MAP_STEP_BYTES
    }

    /// The size of the map to open data of a length with, in bytes: with room to double, so that a long store need not grow
    /// each time it is opened.
    pub(crate) fn map_bytes_for(&self, data_bytes: u64) -> usize {
        let doubled_bytes = usize::try_from(data_bytes).unwrap_or(usize::MAX).saturating_mul(2);
        let map_bytes = self.map_bytes.max(doubled_bytes).clamp(MIN_MAP_BYTES, self.max_map_bytes_whole());
        map_bytes.div_ceil(MAP_STEP_BYTES) * MAP_STEP_BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn map_sizes_are_whole_steps_between_the_bounds() {
        let size = |bytes, max, data| OpenOptions::read_write().map_bytes(bytes).max_map_bytes(max).map_bytes_for(data);
        assert_eq!(size(0, 0, 0), MIN_MAP_BYTES);
        assert_eq!(size(MIN_MAP_BYTES + 1, usize::MAX, 0), MIN_MAP_BYTES + MAP_STEP_BYTES);
        assert_eq!(size(0, usize::MAX, 5 << 20), 10 << 20);
        assert_eq!(size(usize::MAX, (1 << 20) + 5, 0), 1 << 20);
        assert_eq!(size(0, (1 << 20) + 5, u64::MAX), 1 << 20);
        assert_eq!(size(usize::MAX, usize::MAX, u64::MAX), usize::MAX / MAP_STEP_BYTES * MAP_STEP_BYTES);
    }
}
