//! The memory of a snapshot, in a file without a name.

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd};
use std::os::unix::fs::FileExt;
use std::ptr::NonNull;

use super::super::saved::runs;
use super::learnt::Learnt;
use super::page_bytes;

/// A memory that does not change. Instances map the same pages, so each takes only what it writes.
pub(in super::super) struct Image {
    file: File,
    /// The file, mapped for reading; dangling if there are no bytes.
    start: NonNull<u8>,
    len: usize,
    /// What calls that started from it wrote.
    pub(super) learnt: Learnt,
}

// SAFETY: the bytes are only ever read.
unsafe impl Send for Image {}
// SAFETY: as above.
unsafe impl Sync for Image {}

impl Image {
    /// The image of these bytes, a whole number of pages.
    pub(super) fn of(bytes: &[u8]) -> io::Result<Self> {
        let runs: Vec<_> = runs(bytes).into_iter().map(|run| (run.start, &bytes[run])).collect();
        Self::new(bytes.len(), &runs)
    }

    /// The image of so many bytes, a whole number of pages, that are zero but for runs, each with its offset.
    pub(in super::super) fn new(bytes: usize, runs: &[(usize, &[u8])]) -> io::Result<Self> {
        // SAFETY: the name is a C string.
        let fd = unsafe { libc::memfd_create(c"govm-snapshot".as_ptr(), libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the descriptor was made just now and is nobody else's.
        let file = unsafe { File::from_raw_fd(fd) };
        file.set_len(bytes as u64)?;
        // What is not written stays a hole, which is zero and takes no memory until it is read.
        for (start, run) in runs {
            file.write_all_at(run, *start as u64)?;
        }
        // Not `F_SEAL_WRITE`: the system refuses it with `EBUSY` while it holds one of the pages for purposes of its own. What
        // the other forbids comes to the same, since no writable mapping was made before.
        let seals = libc::F_SEAL_FUTURE_WRITE | libc::F_SEAL_SHRINK | libc::F_SEAL_GROW | libc::F_SEAL_SEAL;
        // SAFETY: the descriptor is open. From here on nobody can change the bytes, not even through another mapping.
        if unsafe { libc::fcntl(file.as_raw_fd(), libc::F_ADD_SEALS, seals) } != 0 {
            return Err(io::Error::last_os_error());
        }
        let start = if bytes == 0 { NonNull::dangling() } else { map(&file, bytes)? };
        Ok(Self { file, start, len: bytes, learnt: Learnt::new(bytes / page_bytes()) })
    }

    /// The bytes.
    pub(in super::super) fn bytes(&self) -> &[u8] {
        // SAFETY: the mapping has this length, lives as long as `self`, and its file is sealed against writing.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.len) }
    }

    /// The file's descriptor.
    pub(super) fn fd(&self) -> i32 {
        self.file.as_raw_fd()
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        if self.len > 0 {
            // SAFETY: the mapping was made by `map` with this length; `bytes` borrows `self`, so no reference is left.
            unsafe { libc::munmap(self.start.as_ptr().cast(), self.len) };
        }
    }
}

fn map(file: &File, len: usize) -> io::Result<NonNull<u8>> {
    // SAFETY: a new mapping at a place that the system chooses.
    let start =
        unsafe { libc::mmap(std::ptr::null_mut(), len, libc::PROT_READ, libc::MAP_PRIVATE, file.as_raw_fd(), 0) };
    match NonNull::new(start.cast::<u8>()) {
        Some(mapped) if start != libc::MAP_FAILED => Ok(mapped),
        _ => Err(io::Error::last_os_error()),
    }
}
