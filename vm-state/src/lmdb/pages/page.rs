//! One page: its header and its nodes.

use super::Wrong;

pub(super) const BRANCH: u16 = 0x01;
pub(super) const LEAF: u16 = 0x02;
pub(super) const OVERFLOW: u16 = 0x04;
pub(super) const META: u16 = 0x08;

const HEADER_BYTES: usize = 16;
const NODE_BYTES: usize = 8;

/// A value on pages of its own.
const BIG: u16 = 0x01;
/// A value that is a database.
const DATABASE: u16 = 0x02;

/// The root of an empty tree.
const NO_PAGE: u64 = u64::MAX;

/// Keys are numbers in the order of the machine: the list of free pages.
const INTEGER_KEYS: u16 = 0x08;

const TREE_BYTES: usize = 48;

/// More levels than any tree has: LMDB's own bound.
const MAX_DEPTH: u16 = 32;

/// The number at the beginning of bytes.
pub(super) fn number(bytes: &[u8]) -> u64 {
    bytes.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

fn short(bytes: &[u8], at: usize) -> u16 {
    bytes[at..].first_chunk().map_or(0, |bytes| u16::from_le_bytes(*bytes))
}

/// What is said about a tree of pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tree {
    pub(super) pad: u32,
    flags: u16,
    pub(super) depth: u16,
    pub(super) branches: u64,
    pub(super) leaves: u64,
    pub(super) overflows: u64,
    pub(super) entries: u64,
    root: u64,
}

impl Tree {
    /// Reads it out of at least 48 bytes.
    pub(super) fn read(bytes: &[u8]) -> Self {
        let word = bytes.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
        let long = |at: usize| number(&bytes[at..]);
        Self {
            pad: word,
            flags: short(bytes, 4),
            depth: short(bytes, 6),
            branches: long(8),
            leaves: long(16),
            overflows: long(24),
            entries: long(32),
            root: long(40),
        }
    }

    pub(super) fn root(&self) -> Option<u64> {
        (self.root != NO_PAGE).then_some(self.root)
    }

    /// Whether what is said can be true.
    pub(super) fn check(&self, is_free: bool) -> Result<(), Wrong> {
        let flags = if is_free { INTEGER_KEYS } else { 0 };
        let empty = self.root().is_none();
        let right = self.flags == flags
            && self.depth <= MAX_DEPTH
            && empty == (self.depth == 0)
            && empty == (self.entries == 0)
            && (self.depth > 1) == (self.branches > 0);
        if right { Ok(()) } else { Err(format!("the record of a database contradicts itself: {self:?}")) }
    }
}

/// A page, in memory.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) number: u64,
    pub(super) bytes: Vec<u8>,
}

/// An entry of a page that was checked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    at: usize,
    flags: u16,
    key_bytes: usize,
    /// Of a leaf.
    pub(super) value_bytes: usize,
    /// Of a branch.
    pub(super) child: u64,
}

impl Node {
    pub(super) fn is_big(&self) -> bool {
        self.flags == BIG
    }
}

impl Page {
    pub(super) fn flags(&self) -> u16 {
        short(&self.bytes, 10)
    }

    pub(super) fn own_number(&self) -> u64 {
        number(&self.bytes)
    }

    /// How many pages a value on pages of its own takes.
    pub(super) fn overflow_pages(&self) -> u64 {
        self.bytes[12..].first_chunk().map_or(0, |bytes| u64::from(u32::from_le_bytes(*bytes)))
    }

    fn wrong(&self, what: &str) -> Wrong {
        format!("page {}: {what}", self.number)
    }

    /// Whether the page can be read: its header, and that its nodes fill what is theirs and lie in order.
    pub(super) fn check(&self, is_leaf: bool, is_free: bool) -> Result<(), Wrong> {
        self.check_kind(if is_leaf { LEAF } else { BRANCH })?;
        let (lower, upper) = (usize::from(short(&self.bytes, 12)), usize::from(short(&self.bytes, 14)));
        if lower < HEADER_BYTES + 2 || lower % 2 != 0 || lower > upper || upper > self.bytes.len() {
            return Err(self.wrong("its bounds are none"));
        }
        let (mut filled, mut last) = (0, None);
        for index in 0..self.len() {
            let at = usize::from(short(&self.bytes, HEADER_BYTES + 2 * index));
            if at < upper || at % 2 != 0 || at + NODE_BYTES > self.bytes.len() {
                return Err(self.wrong("an entry lies outside"));
            }
            let node = self.node(index);
            let inside = if is_leaf { if node.is_big() { 8 } else { node.value_bytes } } else { 0 };
            let end = at + NODE_BYTES + node.key_bytes + inside;
            if end > self.bytes.len() || is_leaf && node.flags > DATABASE {
                return Err(self.wrong("an entry is longer than the page"));
            }
            filled += (end - at).next_multiple_of(2);
            // The first key of a branch is not looked at.
            if is_leaf || index > 0 {
                let key = self.key(&node);
                if last.is_some_and(|last| !is_before(last, key, is_free)) || is_free && key.len() != 8 {
                    return Err(self.wrong("its keys are out of order"));
                }
                last = Some(key);
            }
        }
        if filled != self.bytes.len() - upper {
            return Err(self.wrong("its entries do not fill it"));
        }
        Ok(())
    }

    pub(super) fn check_kind(&self, kind: u16) -> Result<(), Wrong> {
        if self.own_number() != self.number {
            return Err(self.wrong("it says that it is another page"));
        }
        if self.flags() != kind {
            return Err(self.wrong("it is of another kind"));
        }
        Ok(())
    }

    /// How many entries there are.
    pub(super) fn len(&self) -> usize {
        (usize::from(short(&self.bytes, 12)) - HEADER_BYTES) / 2
    }

    /// The entries of a page that was checked.
    pub(super) fn nodes(&self) -> impl Iterator<Item = Node> {
        (0..self.len()).map(|index| self.node(index))
    }

    pub(super) fn node(&self, index: usize) -> Node {
        let at = usize::from(short(&self.bytes, HEADER_BYTES + 2 * index));
        let part = |part: usize| short(&self.bytes, at + 2 * part);
        let (low, flags) = (u64::from(part(0)) | u64::from(part(1)) << 16, part(2));
        let child = low | u64::from(flags) << 32;
        Node { at, flags, key_bytes: usize::from(part(3)), value_bytes: low as usize, child }
    }

    pub(super) fn key(&self, node: &Node) -> &[u8] {
        &self.bytes[node.at + NODE_BYTES..][..node.key_bytes]
    }

    /// The value in the page: that of the entry, or the number of the page where it is.
    pub(super) fn value(&self, node: &Node) -> &[u8] {
        let length = if node.is_big() { 8 } else { node.value_bytes };
        &self.bytes[node.at + NODE_BYTES + node.key_bytes..][..length]
    }

    /// The database that an entry is, if it is one.
    pub(super) fn tree(&self, node: &Node) -> Option<Tree> {
        (node.flags == DATABASE && node.value_bytes == TREE_BYTES).then(|| Tree::read(self.value(node)))
    }

    pub(super) fn is_database(node: &Node) -> bool {
        node.flags == DATABASE
    }
}

/// The order of keys: of numbers in the list of free pages, of bytes everywhere else.
pub(super) fn is_before(key: &[u8], other: &[u8], is_free: bool) -> bool {
    if is_free { number(key) < number(other) } else { key < other }
}
