//! What an update changes of a tree in memory, before anybody takes it.
//!
//! Whoever works out an update may drop it, so nothing of the tree is touched. And most branches change in one child of sixteen, so no
//! branch is copied: an update is a list of what becomes other. It is a list of its own for each thread's pieces of work,
//! because a thousand small allocations cost more than the changes.

use std::ops::Range;

use govm_core::Hash;

use super::changes::{Branch, Part, Sums};
use super::{Change, Child};

/// What an update makes of what is at the top of a tree.
#[derive(Debug)]
pub(super) enum Top {
    /// Something else.
    Whole(Part),
    /// The branch that it was, of which these children changed, each with the edits below it, and the sums with a bit in `fresh`.
    Edited { children: Vec<(usize, Option<Child>, Made, Edits)>, sums: Box<Sums>, fresh: u16 },
}

/// What an update makes of a child.
#[derive(Debug)]
pub(super) enum Made {
    /// A bucket: these leaves changed since it was stored.
    Leaves(Range<usize>),
    /// A branch where none was in memory.
    Branch(Box<Branch>),
    /// The branch that it was, edited.
    Edited(Edited),
}

/// What changes of a branch.
#[derive(Debug)]
pub(super) struct Edited {
    /// Its children that changed.
    pub(super) children: Range<usize>,
    /// Its first sum that changed; the others follow.
    pub(super) sums: usize,
    /// Which these are, a bit for each.
    pub(super) fresh: u16,
}

/// The parts of edits that ranges point to.
#[derive(Debug, Default)]
pub(super) struct Edits {
    children: Vec<Edit>,
    pub(super) sums: Vec<Hash>,
    pub(super) leaves: Vec<Change>,
}

/// A child that changed: its digit, what it is now, and what was made of it.
pub(super) type Edit = (usize, Option<Child>, Made);

impl Edits {
    /// Adds leaves.
    pub(super) fn leaves(&mut self, leaves: &[Change]) -> Made {
        let first = self.leaves.len();
        self.leaves.extend_from_slice(leaves);
        Made::Leaves(first..self.leaves.len())
    }

    /// Adds children and sums of a branch.
    pub(super) fn edited(&mut self, children: Vec<Edit>, sums: &Sums, fresh: u16) -> Made {
        let (first, first_sum) = (self.children.len(), self.sums.len());
        self.children.extend(children);
        self.sums.extend(super::changes::bits(fresh).map(|at| sums[at - 1]));
        Made::Edited(Edited { children: first..self.children.len(), sums: first_sum, fresh })
    }

    /// Takes a child out.
    pub(super) fn take(&mut self, at: usize) -> Edit {
        std::mem::replace(&mut self.children[at], (0, None, Made::Leaves(0..0)))
    }
}
