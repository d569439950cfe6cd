//! What changed of a tree since it was stored, in memory.
//!
//! The changes are a tree themselves, of what changed and what is above it: to find something in it is to go down to it, as
//! whoever changes or proves something does anyway.

use govm_core::{EMPTY_ROOT, Hash, node_hash};

use super::node::leaves_of;
use super::{Change, Child, Node, NodePath, TreeUpdate};

/// The changes since a tree was stored.
#[derive(Debug, Clone, Default)]
pub(crate) struct TreeChanges(pub(super) Part);

impl TreeChanges {
    /// How many leaves changed.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Adds what an update of this tree changed.
    pub(crate) fn extend(&mut self, update: TreeUpdate) {
        self.0.replace(update.changed);
    }

    /// The node at a prefix, if it changed: nothing in it if there is none any more.
    pub(super) fn node(&self, path: &NodePath) -> Option<Option<&Node>> {
        match self.at(path) {
            Part::Stored => None,
            Part::Bucket(_) => Some(None),
            Part::Branch(branch) => Some(Some(&branch.node)),
        }
    }

    /// What changed at a prefix, or in the bucket that it lies in.
    pub(super) fn at(&self, path: &NodePath) -> &Part {
        let mut part = &self.0;
        for at in 0..path.digits() {
            let Part::Branch(branch) = part else { break };
            part = &branch.below[path.digit(at.into())];
        }
        part
    }

    /// Forgets what is at a prefix and below it.
    pub(crate) fn forget(&mut self, path: &NodePath) {
        self.0.forget(path, 0);
    }
}

/// What changed of a subtree.
#[derive(Debug, Clone, Default)]
pub(crate) enum Part {
    /// Nothing.
    #[default]
    Stored,
    /// Leaves of what is a bucket now: in ascending order, each path once. A path without a digest is that of a stored leaf.
    Bucket(Box<[Change]>),
    /// What has a node of its own.
    Branch(Box<Branch>),
}

impl Part {
    pub(super) fn bucket(changes: &[Change]) -> Self {
        if changes.is_empty() { Self::Stored } else { Self::Bucket(changes.into()) }
    }

    /// What changed below a child; nothing where there is no branch.
    pub(super) fn below(&self, digit: usize) -> &Self {
        match self {
            Self::Branch(branch) => &branch.below[digit],
            _ => &Self::Stored,
        }
    }

    /// The changes of a bucket.
    pub(super) fn changes(&self) -> &[Change] {
        match self {
            Self::Bucket(changes) => changes,
            _ => &[],
        }
    }

    /// How many leaves changed.
    fn len(&self) -> usize {
        match self {
            Self::Stored => 0,
            Self::Bucket(changes) => changes.len(),
            Self::Branch(branch) => branch.len,
        }
    }

    /// Puts the leaves that changed behind others, from the first to the last.
    pub(super) fn collect(&self, into: &mut Vec<Change>) {
        match self {
            Self::Stored => {}
            Self::Bucket(changes) => into.extend_from_slice(changes),
            Self::Branch(branch) => branch.below.iter().for_each(|part| part.collect(into)),
        }
    }

    /// Forgets what is at a prefix of which this part fixes the first digits, and says how many leaves that were.
    fn forget(&mut self, path: &NodePath, digits: u8) -> usize {
        if digits == path.digits() {
            return std::mem::take(self).len();
        }
        let Self::Branch(branch) = self else { return 0 };
        let forgotten = branch.below[path.digit(digits.into())].forget(path, digits + 1);
        branch.len -= forgotten;
        forgotten
    }

    /// Puts a newer part in this one's place.
    fn replace(&mut self, newer: Self) {
        match (self, newer) {
            (Self::Branch(old), Self::Branch(mut newer)) => {
                newer.keep(old);
                *old = newer;
            }
            (old, newer) => *old = newer,
        }
    }
}

/// A node with what changed below it.
#[derive(Debug, Clone)]
pub(crate) struct Branch {
    pub(super) node: Node,
    /// The hashes between the node and its children: of the whole, its halves, their halves, and so on.
    sums: [Hash; 15],
    /// The children that the sums do not count yet, a bit for each.
    stale: u16,
    pub(super) below: [Part; 16],
    /// The children that an update made: what is below the others has to be taken from the branch before.
    made: u16,
    /// How many leaves changed below.
    len: usize,
}

impl Branch {
    /// A node, with nothing changed below it.
    pub(super) fn of(node: Node) -> Self {
        let below = std::array::from_fn(|_| Part::Stored);
        Self { node, sums: [EMPTY_ROOT; 15], stale: u16::MAX, below, made: 0, len: 0 }
    }

    /// The branch that comes in the place of this one, before anything is made.
    pub(super) fn next(&self) -> Self {
        Self { sums: self.sums, stale: self.stale, ..Self::of(self.node) }
    }

    /// Makes a child anew. [`settle`](Self::settle) comes after the last one.
    pub(super) fn set(&mut self, digit: usize, child: Option<Child>, part: Part) {
        self.node.children[digit] = child;
        self.len = self.len + part.len() - self.below[digit].len();
        self.below[digit] = part;
        self.made |= 1 << digit;
        self.stale |= 1 << digit;
    }

    /// Works out the hashes that the children lead to, and returns the whole.
    pub(super) fn settle(&mut self) -> Option<Child> {
        // Numbered as in a heap: the whole is 1, the halves of i are 2i and 2i + 1, and the children come from 16 on.
        let mut leaves = [0; 32];
        for (leaves, child) in leaves[16..].iter_mut().zip(&self.node.children) {
            *leaves = leaves_of(*child);
        }
        let mut stale = u32::from(std::mem::take(&mut self.stale)) << 16;
        for at in (1..16).rev() {
            let (left, right) = (2 * at, 2 * at + 1);
            leaves[at] = leaves[left] + leaves[right];
            if stale >> left & 0b11 != 0 {
                stale |= 1 << at;
                self.sums[at - 1] = match (leaves[left], leaves[right]) {
                    (0, 0) => EMPTY_ROOT,
                    // A lone leaf stands for the whole.
                    (1, 0) => self.hash(left),
                    (0, 1) => self.hash(right),
                    _ => node_hash(&self.hash(left), &self.hash(right)),
                };
            }
        }
        Child::new(leaves[1], self.sums[0])
    }

    fn hash(&self, at: usize) -> Hash {
        match at.checked_sub(16) {
            Some(digit) => self.node.children[digit].map_or(EMPTY_ROOT, |child| child.hash),
            None => self.sums[at - 1],
        }
    }

    /// Whether a child was made by the update that made this branch.
    pub(super) fn made(&self, digit: usize) -> bool {
        self.made & 1 << digit != 0
    }

    /// Takes from the branch before what this one did not make.
    fn keep(&mut self, old: &mut Self) {
        self.len = old.len;
        for digit in 0..16 {
            let part = &mut old.below[digit];
            if self.made(digit) {
                self.len -= part.len();
                part.replace(std::mem::take(&mut self.below[digit]));
                self.len += part.len();
            }
            self.below[digit] = std::mem::take(part);
        }
    }
}
