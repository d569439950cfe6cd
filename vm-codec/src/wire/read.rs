//! Bytes in, one checked piece at a time.

use super::{Codec, DecodeErrorKind};

/// The bytes of a message that are not read yet.
#[derive(Clone, Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// How many bytes are left.
    pub(super) fn left(&self) -> usize {
        self.rest.len()
    }

    #[inline(always)]
    pub(super) fn take(&mut self, len: usize) -> Result<&'a [u8], DecodeErrorKind> {
        let Some((taken, rest)) = self.rest.split_at_checked(len) else {
            return Err(self.truncated(len));
        };
        self.rest = rest;
        Ok(taken)
    }

    #[inline(always)]
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeErrorKind> {
        let Some((taken, rest)) = self.rest.split_first_chunk() else {
            return Err(self.truncated(N));
        };
        self.rest = rest;
        Ok(*taken)
    }

    #[inline(always)]
    pub(super) fn byte(&mut self) -> Result<u8, DecodeErrorKind> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// A length or count.
    #[inline(always)]
    pub(super) fn length(&mut self, codec: Codec) -> Result<u32, DecodeErrorKind> {
        match codec {
            Codec::Borsh => self.array().map(u32::from_le_bytes),
            Codec::Scale => self.compact(),
        }
    }

    /// A compact integer. The two low bits of its first byte tell the form; only the shortest one is taken.
    fn compact(&mut self) -> Result<u32, DecodeErrorKind> {
        let first = self.byte()?;
        let (number, least) = match first & 0b11 {
            0b00 => (u32::from(first >> 2), 0),
            0b01 => (u32::from(u16::from_le_bytes([first, self.byte()?]) >> 2), 1 << 6),
            0b10 => {
                let [b, c, d] = self.array()?;
                (u32::from_le_bytes([first, b, c, d]) >> 2, 1 << 14)
            }
            _ if first == 0b11 => (u32::from_le_bytes(self.array()?), 1 << 30),
            _ => return Err(DecodeErrorKind::Length),
        };
        if number < least { Err(DecodeErrorKind::Compact) } else { Ok(number) }
    }

    /// A length, then as many bytes.
    #[inline(always)]
    pub(super) fn bytes(&mut self, codec: Codec) -> Result<&'a [u8], DecodeErrorKind> {
        let len = self.length(codec)?;
        self.take(usize::try_from(len).map_err(|_| DecodeErrorKind::Length)?)
    }

    /// A length, then as many bytes of UTF-8.
    #[inline(always)]
    pub(super) fn text(&mut self, codec: Codec) -> Result<&'a str, DecodeErrorKind> {
        std::str::from_utf8(self.bytes(codec)?).map_err(|_| DecodeErrorKind::Utf8)
    }

    /// A byte that is 0 or 1.
    #[inline(always)]
    pub(super) fn flag(&mut self, wrong: fn(u8) -> DecodeErrorKind) -> Result<bool, DecodeErrorKind> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(wrong(other)),
        }
    }

    #[cold]
    fn truncated(&self, needed_bytes: usize) -> DecodeErrorKind {
        DecodeErrorKind::Truncated { needed_bytes, left_bytes: self.left() }
    }

    /// Nothing must be left.
    pub(super) fn end(&self) -> Result<(), DecodeErrorKind> {
        if self.rest.is_empty() { Ok(()) } else { Err(DecodeErrorKind::Trailing { extra_bytes: self.left() }) }
    }
}
