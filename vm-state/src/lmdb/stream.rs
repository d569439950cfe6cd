//! The bytes of an export.
//!
//! | bytes | what |
//! | --- | --- |
//! | 12 | [`MAGIC`] |
//! | 4 | the version, [`VERSION`] |
//! | … | one Zstandard frame with the content |
//! | 32 | SHA-256 of everything before |
//!
//! The content:
//!
//! | bytes | what |
//! | --- | --- |
//! | 4; … | length of the newest block's header; the header, as its hash binds it |
//! | 5 × 8 | how many entries each bound table has |
//! | 2; 4; …; … | for each entry, in the order of the tables and keys: length of the key, of the value; key; value |
//! | 8 | how many entries there were: the end |
//!
//! Numbers are little-endian. The digest stands outside the frame because a frame has bits that decoders ignore.

use std::io::{self, BufRead, BufReader, Read, Write};

use sha2::{Digest, Sha256};
use zstd::stream::read::Decoder;

use super::import::Refused;
use crate::ImportError;

/// How an export begins.
pub(super) const MAGIC: &[u8; 12] = b"govm-export\n";

/// The version of the layout that this code writes, and the only one that it reads.
pub(super) const VERSION: u32 = 2;

/// The compression level: the library's own default. It is a part of the layout: another one gives other bytes.
pub(super) const LEVEL: i32 = 3;

/// The window of the compression, as a power of two of bytes: 2 MiB, which is also the memory that reading one takes.
pub(super) const WINDOW_LOG: u32 = 21;

/// Longest header of a block in an export, in bytes. What a proposer adds is of a size of its own.
pub(super) const MAX_HEADER_BYTES: usize = 16 << 20;

const DIGEST_BYTES: usize = 32;

/// How much is read at a time, in bytes.
const BUFFER_BYTES: usize = 64 << 10;

/// Writes through, hashes and counts.
pub(super) struct Sealing<W> {
    inner: W,
    hasher: Sha256,
    bytes: u64,
}

impl<W: Write> Sealing<W> {
    pub(super) fn new(inner: W) -> Self {
        Self { inner, hasher: Sha256::new(), bytes: 0 }
    }

    /// Adds the digest, and returns how many bytes were written.
    pub(super) fn finish(mut self) -> io::Result<u64> {
        let digest = self.hasher.finalize();
        self.inner.write_all(&digest)?;
        self.inner.flush()?;
        Ok(self.bytes + digest.len() as u64)
    }
}

impl<W: Write> Write for Sealing<W> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(buf)?;
        self.hasher.update(&buf[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Reads all but the digest at the end, and hashes what it gives away.
pub(super) struct Unsealing<R> {
    inner: R,
    hasher: Sha256,
    buffer: Vec<u8>,
    at: usize,
    end: bool,
    /// What the operating system said, if it failed: the decoder in between would make it one of its own errors.
    failed: Option<io::Error>,
}

impl<R: Read> Unsealing<R> {
    fn new(inner: R) -> Self {
        Self { inner, hasher: Sha256::new(), buffer: Vec::new(), at: 0, end: false, failed: None }
    }

    /// Reads until there is something to give away, or the end.
    fn fill(&mut self) -> io::Result<()> {
        while !self.end && self.buffer.len() <= self.at + DIGEST_BYTES {
            self.buffer.drain(..self.at);
            self.at = 0;
            let found = (&mut self.inner).take(BUFFER_BYTES as u64).read_to_end(&mut self.buffer);
            match found {
                Ok(found) => self.end = found == 0,
                Err(error) => {
                    let told = error.kind().into();
                    self.failed = Some(error);
                    return Err(told);
                }
            }
        }
        Ok(())
    }

    /// Reads on, and says whether nothing but the digest is left and it is the right one.
    fn finish(mut self) -> io::Result<bool> {
        self.fill()?;
        let rest = self.buffer.get(self.at..).unwrap_or_default();
        Ok(self.end && rest == self.hasher.finalize().as_slice())
    }
}

impl<R: Read> BufRead for Unsealing<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.fill()?;
        let end = self.buffer.len().saturating_sub(DIGEST_BYTES).max(self.at);
        Ok(&self.buffer[self.at..end])
    }

    fn consume(&mut self, amount: usize) {
        let end = (self.at + amount).min(self.buffer.len());
        self.hasher.update(&self.buffer[self.at..end]);
        self.at = end;
    }
}

impl<R: Read> Read for Unsealing<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let found = self.fill_buf()?;
        let length = found.len().min(buf.len());
        buf[..length].copy_from_slice(&found[..length]);
        self.consume(length);
        Ok(length)
    }
}

/// The content of an export.
pub(super) struct Content<R: Read>(BufReader<Decoder<'static, Unsealing<R>>>);

impl<R: Read> Content<R> {
    /// Reads the beginning of an export.
    pub(super) fn open(input: R) -> Result<Self, Refused> {
        let mut input = Unsealing::new(input);
        input.fill().map_err(|error| failed(error, &mut input))?;
        // A file may be cut before its first word is over.
        if !MAGIC.starts_with(&input.buffer[..input.buffer.len().min(MAGIC.len())]) {
            return Err(ImportError::NotAnExport.into());
        }
        let (mut start, mut version) = ([0; MAGIC.len()], [0; 4]);
        input.read_exact(&mut start).map_err(|error| failed(error, &mut input))?;
        input.read_exact(&mut version).map_err(|error| failed(error, &mut input))?;
        let found = u32::from_le_bytes(version);
        if found != VERSION {
            return Err(ImportError::OtherVersion { found, supported: VERSION }.into());
        }
        let mut decoder = Decoder::with_buffer(input).map_err(ImportError::Read)?.single_frame();
        decoder.window_log_max(WINDOW_LOG).map_err(ImportError::Read)?;
        Ok(Self(BufReader::with_capacity(BUFFER_BYTES, decoder)))
    }

    pub(super) fn number<const N: usize>(&mut self) -> Result<[u8; N], Refused> {
        let mut bytes = [0; N];
        self.0.read_exact(&mut bytes).map_err(|error| failed(error, self.0.get_mut().get_mut()))?;
        Ok(bytes)
    }

    /// Bytes of a length that was bounded; memory is taken as they come.
    pub(super) fn bytes(&mut self, length: usize, bytes: &mut Vec<u8>) -> Result<(), Refused> {
        bytes.clear();
        let read = (&mut self.0).take(length as u64).read_to_end(bytes);
        let read = read.map_err(|error| failed(error, self.0.get_mut().get_mut()))?;
        if read == length { Ok(()) } else { Err(ImportError::Truncated.into()) }
    }

    /// Reads the end of the frame and of the export, and checks the digest.
    pub(super) fn finish(mut self) -> Result<(), Refused> {
        let mut more = [0];
        if self.0.read(&mut more).map_err(|error| failed(error, self.0.get_mut().get_mut()))? > 0 {
            return Err(damaged("there is more after its end"));
        }
        let sealed = self.0.into_inner().finish().finish().map_err(ImportError::Read)?;
        if sealed { Ok(()) } else { Err(damaged("its checksum does not fit its content")) }
    }
}

pub(super) fn damaged(what: impl Into<String>) -> Refused {
    ImportError::Damaged { what: what.into() }.into()
}

/// The error of a read: the operating system's, the early end, or the decoder's about bytes that are none of a frame.
fn failed<R>(error: io::Error, input: &mut Unsealing<R>) -> Refused {
    match input.failed.take() {
        Some(cause) => ImportError::Read(cause).into(),
        None if error.kind() == io::ErrorKind::UnexpectedEof => ImportError::Truncated.into(),
        None => damaged(format!("its compression: {error}")),
    }
}
