//! Prefixes, nodes and the hashes of subtrees.

use std::fmt;
use std::num::NonZeroU64;

use govm_core::{EMPTY_ROOT, Hash, TreeLeaf, leaf_hash, node_hash, path_bit};

/// The hexadecimal digits of a path.
const MAX_DIGITS: usize = 2 * Hash::LEN_BYTES;

/// The first digits of paths, up to all but the last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NodePath {
    digits: u8,
    /// Zero behind the digits.
    bytes: [u8; Hash::LEN_BYTES],
}

impl NodePath {
    /// No digit: everything lies below.
    pub(crate) const ROOT: Self = Self { digits: 0, bytes: [0; Hash::LEN_BYTES] };

    /// The two digits of a byte.
    pub(crate) fn of_byte(byte: u8) -> Self {
        Self::ROOT.child(usize::from(byte >> 4)).child(usize::from(byte & 0xf))
    }

    /// The last digit.
    pub(crate) fn last_digit(&self) -> usize {
        self.digit(self.digits - 1)
    }

    /// The digit before the last.
    pub(crate) fn parent_digit(&self) -> usize {
        self.digit(self.digits - 2)
    }

    /// The digit at a place.
    pub(super) fn digit(&self, at: u8) -> usize {
        nibble(&self.bytes, at)
    }

    /// How many digits the prefix has.
    pub(crate) fn digits(&self) -> u8 {
        self.digits
    }

    /// How many bits of a path the prefix fixes.
    pub(crate) fn bits(&self) -> usize {
        4 * usize::from(self.digits)
    }

    /// The prefix with one digit more.
    pub(crate) fn child(&self, digit: usize) -> Self {
        let mut child = *self;
        let at = usize::from(self.digits);
        child.bytes[at / 2] |= (digit as u8) << if at.is_multiple_of(2) { 4 } else { 0 };
        child.digits += 1;
        child
    }

    /// The digit of a path that follows the prefix.
    pub(crate) fn next_digit(&self, path: &Hash) -> usize {
        nibble(path.as_bytes(), self.digits)
    }

    /// The lowest path under the prefix.
    pub(crate) fn first(&self) -> Hash {
        Hash::from_bytes(self.bytes)
    }

    /// Whether a path lies under the prefix.
    pub(crate) fn covers(&self, path: &Hash) -> bool {
        let (whole, half) = (usize::from(self.digits) / 2, self.digits % 2 == 1);
        let path = path.as_bytes();
        path[..whole] == self.bytes[..whole] && (!half || path[whole] >> 4 == self.bytes[whole] >> 4)
    }

    /// The stored form: the number of digits, then the digits, two in a byte. The nodes of one level lie together then.
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        let mut bytes = vec![self.digits];
        bytes.extend_from_slice(&self.bytes[..usize::from(self.digits).div_ceil(2)]);
        bytes
    }

    /// Reads the stored form.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (&digits, packed) = bytes.split_first()?;
        if usize::from(digits) >= MAX_DIGITS || packed.len() != usize::from(digits).div_ceil(2) {
            return None;
        }
        let mut path = Self { digits, ..Self::ROOT };
        path.bytes[..packed.len()].copy_from_slice(packed);
        (digits.is_multiple_of(2) || packed.last()? & 0xf == 0).then_some(path)
    }
}

/// The hexadecimal digit at a place in a path.
pub(super) fn nibble(path: &[u8; Hash::LEN_BYTES], at: u8) -> usize {
    let byte = path[usize::from(at / 2)];
    usize::from(if at.is_multiple_of(2) { byte >> 4 } else { byte & 0xf })
}

impl fmt::Display for NodePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.digits == 0 {
            return f.write_str("its root");
        }
        write!(f, "prefix {}", &hex::encode(self.bytes)[..usize::from(self.digits)])
    }
}

impl fmt::Debug for NodePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A subtree that is not empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Child {
    leaves: NonZeroU64,
    /// Its hash.
    pub(crate) hash: Hash,
}

impl Child {
    /// A subtree with so many leaves; nothing for none.
    pub(super) fn new(leaves: u64, hash: Hash) -> Option<Self> {
        Some(Self { leaves: NonZeroU64::new(leaves)?, hash })
    }

    /// How many leaves it has.
    pub(crate) fn leaves(&self) -> u64 {
        self.leaves.get()
    }
}

/// How many leaves a subtree has.
pub(super) fn leaves_of(child: Option<Child>) -> u64 {
    child.map_or(0, |child| child.leaves())
}

/// The hash of a subtree.
pub(super) fn hash_of(child: Option<Child>) -> Hash {
    child.map_or(EMPTY_ROOT, |child| child.hash)
}

/// The sixteen subtrees under a prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Node {
    /// How many leaves each has. They lie together: who changes one looks at all, and at few of the hashes.
    pub(super) leaves: [u64; 16],
    /// Those of the empty ones are [`EMPTY_ROOT`].
    pub(super) hashes: [Hash; 16],
}

impl Default for Node {
    fn default() -> Self {
        Self { leaves: [0; 16], hashes: [EMPTY_ROOT; 16] }
    }
}

const CHILD_BYTES: usize = 8 + Hash::LEN_BYTES;

impl Node {
    /// The node as a subtree of its parent.
    ///
    /// # Panics
    /// If it has no leaf: such a node is never made.
    pub(crate) fn summary(&self) -> Child {
        self.range(0..16).expect("a node has leaves")
    }

    /// The node, if it has enough leaves to be stored.
    pub(crate) fn stored(self) -> Option<Self> {
        (self.leaves() > super::BUCKET_LEAVES).then_some(self)
    }

    /// A child; nothing for an empty one.
    pub(crate) fn child(&self, digit: usize) -> Option<Child> {
        Child::new(self.leaves[digit], self.hashes[digit])
    }

    /// Puts a child in its place.
    pub(super) fn set(&mut self, digit: usize, child: Option<Child>) {
        (self.leaves[digit], self.hashes[digit]) = (leaves_of(child), hash_of(child));
    }

    /// Something of what [`Branch::touch`](super::changes::Branch::touch) reads.
    pub(super) fn touched(&self, digit: usize) -> u64 {
        self.leaves() ^ u64::from(self.hashes[digit].as_bytes()[0]) ^ u64::from(self.hashes[digit ^ 1].as_bytes()[0])
    }

    /// How many leaves it has.
    pub(super) fn leaves(&self) -> u64 {
        self.leaves.iter().sum()
    }

    /// A part of the children as one subtree: a power of two of them, at a multiple of it.
    pub(crate) fn range(&self, range: std::ops::Range<usize>) -> Option<Child> {
        if range.len() == 1 {
            return self.child(range.start);
        }
        let middle = range.start + range.len() / 2;
        join(self.range(range.start..middle), self.range(middle..range.end))
    }

    /// The stored form: a bit for each child that is there (u16), then its leaves (u64) and its hash; little-endian.
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(2 + 16 * CHILD_BYTES);
        let present = (0..16).map(|digit| u16::from(self.leaves[digit] > 0) << digit);
        bytes.extend_from_slice(&present.sum::<u16>().to_le_bytes());
        for child in (0..16).filter_map(|digit| self.child(digit)) {
            bytes.extend_from_slice(&child.leaves().to_le_bytes());
            bytes.extend_from_slice(child.hash.as_bytes());
        }
        bytes
    }

    /// Reads the stored form; nothing if it is none of a node that is stored.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (present, rest) = bytes.split_first_chunk()?;
        let present = u16::from_le_bytes(*present);
        if rest.len() != present.count_ones() as usize * CHILD_BYTES {
            return None;
        }
        let (mut node, mut total) = (Self::default(), 0u64);
        let digits = (0..16).filter(|digit| present & 1 << digit != 0);
        for (digit, child) in digits.zip(rest.chunks_exact(CHILD_BYTES)) {
            let (leaves, hash) = child.split_first_chunk()?;
            let leaves = u64::from_le_bytes(*leaves);
            total = total.checked_add(leaves)?;
            node.set(digit, Some(Child::new(leaves, Hash::from_slice(hash)?)?));
        }
        (total > super::BUCKET_LEAVES).then_some(node)
    }
}

/// Two subtrees side by side as one. A lone leaf stands for the whole.
pub(crate) fn join(left: Option<Child>, right: Option<Child>) -> Option<Child> {
    match (left, right) {
        (None, None) => None,
        (Some(lone), None) | (None, Some(lone)) if lone.leaves() == 1 => Some(lone),
        (left, right) => {
            let hash = node_hash(&hash_of(left), &hash_of(right));
            Child::new(leaves_of(left) + leaves_of(right), hash)
        }
    }
}

/// Leaves as one subtree whose paths have `bits` bits in common: in ascending order, each path once.
pub(crate) fn whole(leaves: &[TreeLeaf], bits: usize) -> Option<Child> {
    match leaves {
        [] => None,
        [leaf] => Child::new(1, leaf_hash(leaf)),
        _ => {
            let (left, right) = split(leaves, bits);
            join(whole(left, bits + 1), whole(right, bits + 1))
        }
    }
}

/// The leaves on both sides of a bit.
pub(crate) fn split(leaves: &[TreeLeaf], bit: usize) -> (&[TreeLeaf], &[TreeLeaf]) {
    leaves.split_at(leaves.partition_point(|leaf| !path_bit(&leaf.path, bit)))
}
