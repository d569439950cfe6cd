//! Changing a tree: the new root, and what changes on the way to it.

use govm_core::{EMPTY_ROOT, Hash, HostFault, TreeLeaf};

use super::changes::{Branch, Part};
use super::node::leaves_of;
use super::{BUCKET_LEAVES, Change, Changed, Child, Node, NodePath, TreeChanges, TreeRead, damaged, leaves, whole};
use crate::workers::share;

/// What changes made of a tree.
#[derive(Debug)]
pub(crate) struct TreeUpdate {
    /// What stands at the top afterwards; nothing for an empty tree.
    top: Option<Child>,
    /// What they made. [`TreeChanges::extend`] puts it together with what had changed before.
    pub(super) changed: Part,
}

impl TreeUpdate {
    /// The root of the tree afterwards.
    pub(crate) fn root(&self) -> Hash {
        self.top.map_or(EMPTY_ROOT, |child| child.hash)
    }
}

/// Below this many changes a second thread costs more than it saves: starting one takes as long as some ten updates.
pub(crate) const MIN_PARALLEL_CHANGES: usize = 128;

/// Works out what changes make of a stored tree with earlier ones on top, with a thread for each reader; all readers see the same
/// stored tree. The changes are in ascending order of their paths, each path once.
pub(crate) fn update<T: TreeRead + Send>(
    readers: &mut [T],
    before: &TreeChanges,
    changes: &[Change],
) -> Result<TreeUpdate, HostFault> {
    let tree = readers.first().ok_or_else(|| HostFault::engine("a tree needs a reader"))?;
    if readers.len() == 1 || changes.len() < MIN_PARALLEL_CHANGES {
        return update_alone(tree, before, changes);
    }
    let (walk, leaves) = (Walk { tree }, leaves(&Changed { base: tree, changes: before })?);
    let (top, changed) = match walk.branch(&NodePath::ROOT, leaves, &before.0)? {
        Some(root) => parallel(readers, root, &before.0, changes)?,
        None => walk.bucket(&NodePath::ROOT, leaves, &before.0, changes)?,
    };
    Ok(TreeUpdate { top, changed })
}

/// Works out what changes make of a stored tree with earlier ones on top, in this thread.
pub(crate) fn update_alone(
    tree: &impl TreeRead,
    before: &TreeChanges,
    changes: &[Change],
) -> Result<TreeUpdate, HostFault> {
    let leaves = leaves(&Changed { base: tree, changes: before })?;
    let (top, changed) = Walk { tree }.apply(&NodePath::ROOT, leaves, &before.0, changes)?;
    Ok(TreeUpdate { top, changed })
}

/// What an update makes of a subtree.
type Made = (Option<Child>, Part);

/// The children of the root, each by whichever thread is free.
fn parallel<T: TreeRead + Send>(
    readers: &mut [T],
    mut root: Box<Branch>,
    before: &Part,
    changes: &[Change],
) -> Result<Made, HostFault> {
    let pieces: Vec<(usize, &[Change])> = by_digit(&NodePath::ROOT, changes).collect();
    let made = share(readers, pieces.len(), |reader, piece| {
        let (digit, changes) = pieces[piece];
        Walk { tree: &*reader }.child(&NodePath::ROOT, &root, before, digit, changes)
    })?;
    for ((digit, _), (child, part)) in pieces.into_iter().zip(made) {
        root.set(digit, child, part);
    }
    Ok(close(root, before))
}

/// A walk down one reader's tree.
struct Walk<'a, T> {
    tree: &'a T,
}

impl<T: TreeRead> Walk<'_, T> {
    /// What changes that lie under a prefix make of it: it had so many leaves, and this changed before.
    fn apply(&self, at: &NodePath, leaves: u64, before: &Part, changes: &[Change]) -> Result<Made, HostFault> {
        let Some(mut branch) = self.branch(at, leaves, before)? else {
            return self.bucket(at, leaves, before, changes);
        };
        for (digit, changes) in by_digit(at, changes) {
            let (child, part) = self.child(at, &branch, before, digit, changes)?;
            branch.set(digit, child, part);
        }
        Ok(close(branch, before))
    }

    /// The branch that comes in the place of one that was; nothing for a bucket.
    fn branch(&self, at: &NodePath, leaves: u64, before: &Part) -> Result<Option<Box<Branch>>, HostFault> {
        match before {
            Part::Branch(branch) => Ok(Some(Box::new(branch.next()))),
            Part::Stored if leaves > BUCKET_LEAVES => {
                let node = self.tree.node(at)?.ok_or_else(|| damaged(at))?;
                Ok(Some(Box::new(Branch::of(node))))
            }
            _ => Ok(None),
        }
    }

    /// What changes make of a branch's child.
    fn child(
        &self,
        at: &NodePath,
        branch: &Branch,
        before: &Part,
        digit: usize,
        changes: &[Change],
    ) -> Result<Made, HostFault> {
        let leaves = leaves_of(branch.node.children[digit]);
        self.apply(&at.child(digit), leaves, before.below(digit), changes)
    }

    /// What changes make of a bucket, which may become a branch.
    fn bucket(&self, at: &NodePath, leaves: u64, before: &Part, changes: &[Change]) -> Result<Made, HostFault> {
        let before = before.changes();
        // Each deletion hides a leaf that is stored.
        let most = leaves + before.iter().filter(|(_, digest)| digest.is_none()).count() as u64;
        let stored = if most == 0 { Vec::new() } else { self.tree.leaves(at, most.saturating_add(1))? };
        let old = merge(&stored, before);
        if old.len() as u64 != leaves {
            return Err(damaged(at));
        }
        let is_stored = |path: &Hash| stored.binary_search_by(|leaf| leaf.path.cmp(path)).is_ok();
        let mut changed = Vec::with_capacity(before.len() + changes.len());
        each_newest(before.iter().copied(), changes, |change| {
            if change.1.is_some() || is_stored(&change.0) {
                changed.push(change);
            }
        });
        Ok(grown(at, &merge(&old, changes), &changed))
    }
}

/// The subtree of the leaves under a prefix, of which some changed.
fn grown(at: &NodePath, leaves: &[TreeLeaf], changed: &[Change]) -> Made {
    if leaves.len() as u64 <= BUCKET_LEAVES {
        return (whole(leaves, at.bits()), Part::bucket(changed));
    }
    let mut branch = Box::new(Branch::of(Node::default()));
    let (mut leaves, mut changed) = (leaves, changed);
    for digit in 0..16 {
        let is_under = |path: &Hash| at.next_digit(path) == digit;
        let (here, behind) = leaves.split_at(leaves.partition_point(|leaf| is_under(&leaf.path)));
        let (changed_here, changed_behind) = changed.split_at(changed.partition_point(|change| is_under(&change.0)));
        (leaves, changed) = (behind, changed_behind);
        let (child, part) = grown(&at.child(digit), here, changed_here);
        branch.set(digit, child, part);
    }
    (branch.settle(), Part::Branch(branch))
}

/// What a branch is in the end: one with few leaves is a bucket.
fn close(mut branch: Box<Branch>, before: &Part) -> Made {
    let child = branch.settle();
    if leaves_of(child) > BUCKET_LEAVES {
        return (child, Part::Branch(branch));
    }
    let mut changed = Vec::new();
    for (digit, made) in branch.below.iter().enumerate() {
        let part = if branch.made(digit) { made } else { before.below(digit) };
        part.collect(&mut changed);
    }
    (child, Part::bucket(&changed))
}

/// The changes under each digit behind a prefix.
fn by_digit<'a>(path: &'a NodePath, changes: &'a [Change]) -> impl Iterator<Item = (usize, &'a [Change])> {
    let same = |a: &Change, b: &Change| path.next_digit(&a.0) == path.next_digit(&b.0);
    changes.chunk_by(same).map(|changes| (path.next_digit(&changes[0].0), changes))
}

/// Leaves after changes, both in ascending order.
pub(super) fn merge(old: &[TreeLeaf], changes: &[Change]) -> Vec<TreeLeaf> {
    let mut merged = Vec::with_capacity(old.len() + changes.len());
    let old = old.iter().map(|leaf| (leaf.path, Some(leaf.digest)));
    each_newest(old, changes, |(path, digest)| merged.extend(digest.map(|digest| TreeLeaf { path, digest })));
    merged
}

/// Gives changes after others, both in ascending order: the newest of each path.
fn each_newest(before: impl Iterator<Item = Change>, changes: &[Change], mut each: impl FnMut(Change)) {
    let mut before = before.peekable();
    for change in changes {
        while let Some(earlier) = before.next_if(|earlier| earlier.0 < change.0) {
            each(earlier);
        }
        before.next_if(|earlier| earlier.0 == change.0);
        each(*change);
    }
    before.for_each(each);
}
