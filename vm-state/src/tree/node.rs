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
        self.digit(usize::from(self.digits) - 1)
    }

    /// The digit before the last.
    pub(crate) fn parent_digit(&self) -> usize {
        self.digit(usize::from(self.digits) - 2)
    }

    /// The digit at a place.
    pub(super) fn digit(&self, at: usize) -> usize {
        usize::from(if at.is_multiple_of(2) { self.bytes[at / 2] >> 4 } else { self.bytes[at / 2] & 0xf })
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
        let at = usize::from(self.digits);
        let byte = path.as_bytes()[at / 2];
        usize::from(if at.is_multiple_of(2) { byte >> 4 } else { byte & 0xf })
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
    /// Never zero, so that no child takes no more room than one.
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

/// The sixteen subtrees under a prefix.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) children: [Option<Child>; 16],
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

    /// How many leaves it has.
    pub(super) fn leaves(&self) -> u64 {
        self.children.iter().flatten().map(Child::leaves).sum()
    }

    /// A part of the children as one subtree: a power of two of them, at a multiple of it.
    pub(crate) fn range(&self, range: std::ops::Range<usize>) -> Option<Child> {
        if range.len() == 1 {
            return self.children[range.start];
        }
        let middle = range.start + range.len() / 2;
        join(self.range(range.start..middle), self.range(middle..range.end))
    }

    /// The stored form: a bit for each child that is there (u16), then its leaves (u64) and its hash; little-endian.
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(2 + 16 * CHILD_BYTES);
        let present = self.children.iter().enumerate().map(|(digit, child)| u16::from(child.is_some()) << digit);
        bytes.extend_from_slice(&present.sum::<u16>().to_le_bytes());
        for child in self.children.iter().flatten() {
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
            node.children[digit] = Some(Child::new(leaves, Hash::from_slice(hash)?)?);
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
            let hash = |side: Option<Child>| side.map_or(EMPTY_ROOT, |child| child.hash);
            let hash = node_hash(&hash(left), &hash(right));
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
