//! A file system in memory that cannot outgrow its budget, and whose times are those of the program's clock.
//!
//! The file system below it takes memory first and asks a limiter afterwards, so a program that seeks far behind the end and
//! writes a byte there would end the host. Here growth is paid for before it happens. What was paid never comes back, not
//! even when a file is removed: it may still be open.

use std::io::{self, SeekFrom};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use virtual_fs::{
    AsyncRead, AsyncSeek, AsyncWrite, FileOpener, FileSystem, FsError, Metadata, OpenOptions, OpenOptionsConfig,
    ReadBuf, ReadDir, TmpFileSystem, VirtualFile,
};

/// What a file, folder or link costs the budget before its content, in bytes: its name and records.
const ENTRY_BYTES: u64 = 1024;

/// The bytes that files may still grow by.
#[derive(Debug, Clone)]
pub(super) struct Budget(Arc<AtomicU64>);

impl Budget {
    pub(super) fn new(bytes: u64) -> Self {
        Self(Arc::new(AtomicU64::new(bytes)))
    }

    fn take(&self, bytes: u64) -> Result<(), FsError> {
        let taken = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes));
        taken.map(|_| ()).map_err(|_| FsError::StorageFull)
    }
}

/// The file system of a program.
#[derive(Debug)]
pub(super) struct Bounded {
    inner: TmpFileSystem,
    budget: Budget,
    /// What every time of a file is, in nanoseconds; none for the machine's clock.
    time_ns: Option<u64>,
}

impl Bounded {
    pub(super) fn new(budget: Budget, time_ns: Option<u64>) -> Self {
        Self { inner: TmpFileSystem::new(), budget, time_ns }
    }

    fn timed(&self, mut metadata: Metadata) -> Metadata {
        if let Some(time_ns) = self.time_ns {
            (metadata.accessed, metadata.created, metadata.modified) = (time_ns, time_ns, time_ns);
        }
        metadata
    }
}

type Future<'a> = Pin<Box<dyn std::future::Future<Output = Result<(), FsError>> + Send + 'a>>;

impl FileSystem for Bounded {
    fn readlink(&self, path: &Path) -> Result<PathBuf, FsError> {
        self.inner.readlink(path)
    }

    fn read_dir(&self, path: &Path) -> Result<ReadDir, FsError> {
        self.inner.read_dir(path)
    }

    fn create_dir(&self, path: &Path) -> Result<(), FsError> {
        self.budget.take(ENTRY_BYTES)?;
        self.inner.create_dir(path)
    }

    fn create_symlink(&self, source: &Path, target: &Path) -> Result<(), FsError> {
        self.budget.take(ENTRY_BYTES)?;
        FileSystem::create_symlink(&self.inner, source, target)
    }

    fn hard_link(&self, source: &Path, target: &Path) -> Result<(), FsError> {
        self.budget.take(ENTRY_BYTES)?;
        self.inner.hard_link(source, target)
    }

    fn remove_dir(&self, path: &Path) -> Result<(), FsError> {
        self.inner.remove_dir(path)
    }

    fn rename<'a>(&'a self, from: &'a Path, to: &'a Path) -> Future<'a> {
        self.inner.rename(from, to)
    }

    fn metadata(&self, path: &Path) -> Result<Metadata, FsError> {
        self.inner.metadata(path).map(|metadata| self.timed(metadata))
    }

    fn symlink_metadata(&self, path: &Path) -> Result<Metadata, FsError> {
        self.inner.symlink_metadata(path).map(|metadata| self.timed(metadata))
    }

    fn remove_file(&self, path: &Path) -> Result<(), FsError> {
        self.inner.remove_file(path)
    }

    fn new_open_options(&self) -> OpenOptions<'_> {
        OpenOptions::new(self)
    }
}

impl FileOpener for Bounded {
    fn open(
        &self,
        path: &Path,
        conf: &OpenOptionsConfig,
    ) -> Result<Box<dyn VirtualFile + Send + Sync + 'static>, FsError> {
        if (conf.create || conf.create_new) && self.inner.metadata(path).is_err() {
            self.budget.take(ENTRY_BYTES)?;
        }
        let file = self.inner.new_open_options().options(conf.clone()).open(path)?;
        let append = conf.append;
        Ok(Box::new(BoundedFile { file, budget: self.budget.clone(), time_ns: self.time_ns, position: 0, append }))
    }
}

/// An open file, which knows where the next write goes.
#[derive(Debug)]
struct BoundedFile {
    file: Box<dyn VirtualFile + Send + Sync + 'static>,
    budget: Budget,
    time_ns: Option<u64>,
    position: u64,
    append: bool,
}

impl BoundedFile {
    fn inner(&mut self) -> Pin<&mut (dyn VirtualFile + Send + Sync)> {
        Pin::new(&mut *self.file)
    }

    /// Pays for a file that ends here.
    fn grow_to(&self, end: u64) -> Result<(), FsError> {
        self.budget.take(end.saturating_sub(self.file.size()))
    }
}

impl AsyncRead for BoundedFile {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let result = self.inner().poll_read(cx, buf);
        self.position += (buf.filled().len() - before) as u64;
        result
    }
}

impl AsyncWrite for BoundedFile {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let start = if self.append { self.position.max(self.file.size()) } else { self.position };
        if self.grow_to(start.saturating_add(bytes.len() as u64)).is_err() {
            return Poll::Ready(Err(io::ErrorKind::StorageFull.into()));
        }
        let result = self.inner().poll_write(cx, bytes);
        if let Poll::Ready(Ok(written)) = result {
            self.position = start + written as u64;
        }
        result
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner().poll_shutdown(cx)
    }
}

impl AsyncSeek for BoundedFile {
    fn start_seek(mut self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        self.inner().start_seek(position)
    }

    fn poll_complete(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        let result = self.inner().poll_complete(cx);
        if let Poll::Ready(Ok(position)) = result {
            self.position = position;
        }
        result
    }
}

impl VirtualFile for BoundedFile {
    fn last_accessed(&self) -> u64 {
        self.time_ns.unwrap_or_else(|| self.file.last_accessed())
    }

    fn last_modified(&self) -> u64 {
        self.time_ns.unwrap_or_else(|| self.file.last_modified())
    }

    fn created_time(&self) -> u64 {
        self.time_ns.unwrap_or_else(|| self.file.created_time())
    }

    fn set_times(&mut self, accessed: Option<u64>, modified: Option<u64>) -> Result<(), FsError> {
        self.file.set_times(accessed, modified)
    }

    fn size(&self) -> u64 {
        self.file.size()
    }

    fn set_len(&mut self, bytes: u64) -> Result<(), FsError> {
        self.grow_to(bytes)?;
        self.file.set_len(bytes)
    }

    fn unlink(&mut self) -> Result<(), FsError> {
        self.file.unlink()
    }

    fn is_open(&self) -> bool {
        self.file.is_open()
    }

    fn poll_read_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        self.inner().poll_read_ready(cx)
    }

    fn poll_write_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        self.inner().poll_write_ready(cx)
    }
}
