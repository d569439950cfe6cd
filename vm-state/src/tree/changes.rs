//! What changed of a tree since it was stored, in memory.
//!
//! The changes are a tree themselves, of what changed and what is above it: to find something in it is to go down to it, as
//! whoever changes or proves something does anyway.

use std::ops::Range;

use govm_core::{EMPTY_ROOT, Hash, node_hash};

use super::edits::{Edited, Edits, Made, Top};
use super::node::{hash_of, leaves_of, nibble};
use super::{Change, Child, Node, NodePath, TreeUpdate};

/// The changes since a tree was stored.
#[derive(Debug, Clone, Default)]
pub(crate) struct TreeChanges(pub(super) Part);

/// What changed of a tree, or of something in it that an update made.
#[derive(Debug, Clone)]
pub(super) enum Part {
    /// Leaves of what is a bucket now.
    Leaves(Vec<Change>),
    /// What has a node of its own.
    Branch(Box<Branch>),
}

impl Default for Part {
    fn default() -> Self {
        Self::Leaves(Vec::new())
    }
}

/// What changed below a prefix.
#[derive(Debug, Clone, Copy)]
pub(super) enum Below<'a> {
    /// Leaves of what is a bucket now: in ascending order, each path once. A path without a digest is that of a stored leaf. Where
    /// there are none nothing changed.
    Leaves(&'a [Change]),
    /// What has a node of its own.
    Branch(&'a Branch),
}

impl TreeChanges {
    /// How many leaves changed.
    pub(crate) fn len(&self) -> usize {
        match &self.0 {
            Part::Leaves(leaves) => leaves.len(),
            Part::Branch(branch) => branch.len,
        }
    }

    /// Adds what an update of this tree changed.
    ///
    /// # Panics
    /// If it is an update of another tree.
    pub(crate) fn extend(&mut self, update: TreeUpdate) {
        match (&mut self.0, update.made) {
            (part, Top::Whole(made)) => *part = made,
            (Part::Branch(branch), Top::Edited { children, sums, fresh }) => {
                for (digit, child, made, mut edits) in children {
                    branch.set(digit, child, made, &mut edits);
                }
                bits(fresh).for_each(|at| branch.sums[at - 1] = sums[at - 1]);
            }
            (Part::Leaves(_), Top::Edited { .. }) => panic!("the update is of a tree with a branch at its top"),
        }
    }

    /// All of it.
    pub(super) fn whole(&self) -> Below<'_> {
        match &self.0 {
            Part::Leaves(leaves) => Below::Leaves(leaves),
            Part::Branch(branch) => Below::Branch(branch),
        }
    }

    /// The node at a prefix, if it changed: nothing in it if there is none any more.
    pub(super) fn node(&self, path: &NodePath) -> Option<Option<&Node>> {
        match self.at(path) {
            Below::Leaves([]) => None,
            Below::Leaves(_) => Some(None),
            Below::Branch(branch) => Some(Some(&branch.node)),
        }
    }

    /// What changed at a prefix, or in the bucket that it lies in.
    pub(super) fn at(&self, path: &NodePath) -> Below<'_> {
        let mut below = self.whole();
        for at in 0..path.digits() {
            let Below::Branch(branch) = below else { break };
            below = branch.below(path.digit(at));
        }
        below
    }

    /// Forgets what is at a prefix and below it.
    pub(crate) fn forget(&mut self, path: &NodePath) {
        match &mut self.0 {
            _ if path.digits() == 0 => *self = Self::default(),
            Part::Branch(branch) => {
                branch.forget(path);
            }
            Part::Leaves(_) => {}
        }
    }
}

impl Below<'_> {
    /// Puts the leaves that changed behind others, from the first to the last.
    pub(super) fn collect(self, into: &mut Vec<Change>) {
        match self {
            Self::Leaves(leaves) => into.extend_from_slice(leaves),
            Self::Branch(branch) => {
                let mut rest = &branch.leaves[..];
                for (digit, below) in branch.below.iter().enumerate() {
                    let here = rest.partition_point(|(path, _)| nibble(path.as_bytes(), branch.digits) == digit);
                    into.extend_from_slice(&rest[..here]);
                    rest = &rest[here..];
                    below.iter().for_each(|branch| Below::Branch(branch).collect(into));
                }
            }
        }
    }
}

/// A node with what changed below it.
#[derive(Debug, Clone)]
pub(super) struct Branch {
    pub(super) node: Node,
    /// How many digits its prefix has.
    digits: u8,
    /// The hashes between the node and its children: of the whole, its halves, their halves, and so on.
    pub(super) sums: Sums,
    /// The children that are branches too.
    below: [Option<Box<Branch>>; 16],
    /// What changed in the children that are buckets: see [`Below::Leaves`].
    leaves: Vec<Change>,
    /// How many leaves changed below.
    len: usize,
}

/// The hashes between a node and its children, numbered as in a heap, from one on: the halves of the subtree i are 2i and 2i + 1,
/// and the children would come from 16 on.
pub(super) type Sums = [Hash; 15];

impl Branch {
    /// A node, with nothing changed below it. [`settle`](Self::settle) comes after the last change of a child.
    pub(super) fn new(at: &NodePath, node: Node) -> Box<Self> {
        let below = std::array::from_fn(|_| None);
        Box::new(Self { node, digits: at.digits(), sums: [EMPTY_ROOT; 15], below, leaves: Vec::new(), len: 0 })
    }

    /// What changed below a child.
    pub(super) fn below(&self, digit: usize) -> Below<'_> {
        match &self.below[digit] {
            Some(branch) => Below::Branch(branch),
            None => Below::Leaves(&self.leaves[self.range(digit)]),
        }
    }

    /// Reads, of the branches that changes lie under, what working them out reads. One after the other each of these reads would wait
    /// for memory; these here do not depend on each other, so that the processor waits for several at a time.
    pub(super) fn touch(&self, changes: &[Change]) {
        let mut sum = 0;
        for (path, _) in changes {
            let (mut branch, mut digit) = (self, nibble(path.as_bytes(), self.digits));
            while let Some(below) = &branch.below[digit] {
                branch = below;
                digit = nibble(path.as_bytes(), branch.digits);
            }
            sum ^= branch.touched(digit);
        }
        std::hint::black_box(sum);
    }

    fn touched(&self, digit: usize) -> u64 {
        let mut sum = self.node.touched(digit);
        for at in [(16 + digit) / 2, (16 + digit) / 4] {
            sum ^= u64::from(self.sums[(at ^ 1) - 1].as_bytes()[0]);
        }
        sum ^ self.leaves.first().map_or(0, |(path, _)| u64::from(path.as_bytes()[0]))
    }

    /// Where the leaves of a child are that is a bucket.
    fn range(&self, digit: usize) -> Range<usize> {
        let behind = |digit| self.leaves.partition_point(|(path, _)| nibble(path.as_bytes(), self.digits) < digit);
        behind(digit)..behind(digit + 1)
    }

    /// Puts what an update made of a child in its place.
    pub(super) fn set(&mut self, digit: usize, child: Option<Child>, made: Made, edits: &mut Edits) {
        match made {
            Made::Leaves(range) => self.set_bucket(digit, child, &edits.leaves[range]),
            Made::Branch(branch) => self.set_branch(digit, child, branch),
            Made::Edited(edited) => {
                self.node.set(digit, child);
                let below = self.below[digit].as_mut().expect("a branch was edited that is there");
                self.len -= below.len;
                below.edit(edited, edits);
                self.len += below.len;
            }
        }
    }

    /// Puts a bucket in a child's place, with its leaves that changed since it was stored.
    pub(super) fn set_bucket(&mut self, digit: usize, child: Option<Child>, changed: &[Change]) {
        self.node.set(digit, child);
        self.put(digit, None, changed);
    }

    /// Puts a branch in a child's place.
    pub(super) fn set_branch(&mut self, digit: usize, child: Option<Child>, branch: Box<Self>) {
        self.node.set(digit, child);
        self.put(digit, Some(branch), &[]);
    }

    fn put(&mut self, digit: usize, branch: Option<Box<Self>>, leaves: &[Change]) {
        let len = |branch: &Option<Box<Self>>| branch.as_ref().map_or(0, |branch| branch.len);
        let (before, range) = (std::mem::replace(&mut self.below[digit], branch), self.range(digit));
        self.len = self.len + len(&self.below[digit]) + leaves.len() - len(&before) - range.len();
        if range.len() == leaves.len() {
            self.leaves[range].copy_from_slice(leaves);
        } else {
            self.leaves.splice(range, leaves.iter().copied());
        }
    }

    fn edit(&mut self, edited: Edited, edits: &mut Edits) {
        for at in edited.children {
            let (digit, child, made) = edits.take(at);
            self.set(digit, child, made, edits);
        }
        for (at, hash) in bits(edited.fresh).zip(&edits.sums[edited.sums..]) {
            self.sums[at - 1] = *hash;
        }
    }

    /// Forgets what is below a prefix that begins with this one's, and says how many leaves that were.
    fn forget(&mut self, path: &NodePath) -> usize {
        let (before, digit) = (self.len, path.digit(self.digits));
        if self.digits + 1 == path.digits() {
            self.put(digit, None, &[]);
        } else if let Some(branch) = &mut self.below[digit] {
            self.len -= branch.forget(path);
        }
        before - self.len
    }

    /// What the branch is with other children: the whole, and the sums with a bit for each that changes.
    pub(super) fn with(&self, children: impl Iterator<Item = (usize, Option<Child>)>) -> (Option<Child>, Sums, u16) {
        let (mut leaves, mut hashes, mut new) = (self.node.leaves, [EMPTY_ROOT; 16], 0);
        for (digit, child) in children {
            (leaves[digit], hashes[digit]) = (leaves_of(child), hash_of(child));
            new |= 1 << digit;
        }
        let hash = |digit: usize| if new & 1 << digit == 0 { self.node.hashes[digit] } else { hashes[digit] };
        settle(&leaves, hash, &self.sums, new)
    }

    /// Works out all hashes between the node and its children, and returns the whole.
    pub(super) fn settle(&mut self) -> Option<Child> {
        let (child, sums, _) = settle(&self.node.leaves, |digit| self.node.hashes[digit], &self.sums, u16::MAX);
        self.sums = sums;
        child
    }
}

/// Works out the hashes between a node and its children anew where some of these, a bit for each, are new. Returns the whole, and the
/// hashes, with a bit at the number of each that was worked out; the others may be anything.
fn settle(
    leaves_below: &[u64; 16],
    hash_below: impl Fn(usize) -> Hash,
    old: &Sums,
    new: u16,
) -> (Option<Child>, Sums, u16) {
    let mut leaves = [0; 32];
    leaves[16..].copy_from_slice(leaves_below);
    let (mut sums, mut fresh) = ([EMPTY_ROOT; 15], u32::from(new) << 16);
    for at in (1..16).rev() {
        let (left, right) = (2 * at, 2 * at + 1);
        leaves[at] = leaves[left] + leaves[right];
        if fresh >> left & 0b11 == 0 {
            continue;
        }
        let hash = |at: usize| match at.checked_sub(16) {
            Some(digit) => hash_below(digit),
            None if fresh & 1 << at != 0 => sums[at - 1],
            None => old[at - 1],
        };
        sums[at - 1] = match (leaves[left], leaves[right]) {
            (0, 0) => EMPTY_ROOT,
            // A lone leaf stands for the whole.
            (1, 0) => hash(left),
            (0, 1) => hash(right),
            _ => node_hash(&hash(left), &hash(right)),
        };
        fresh |= 1 << at;
    }
    let whole = if fresh & 0b10 != 0 { sums[0] } else { old[0] };
    (Child::new(leaves[1], whole), sums, fresh as u16)
}

/// The numbers of the bits that are set.
pub(super) fn bits(mut set: u16) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let at = (set != 0).then(|| set.trailing_zeros() as usize)?;
        set &= set - 1;
        Some(at)
    })
}
