//! Changing a tree: the new root, and what changes on the way to it.

use govm_core::{EMPTY_ROOT, Hash, HostFault, TreeLeaf};

use super::changes::{Below, Branch, Part};
use super::edits::{Edit, Edits, Made, Top};
use super::node::leaves_of;
use super::{BUCKET_LEAVES, Change, Changed, Child, Node, NodePath, TreeChanges, TreeRead, damaged, leaves, whole};
use crate::workers::share;

/// What changes made of a tree.
#[derive(Debug)]
pub(crate) struct TreeUpdate {
    /// What stands at the top afterwards; nothing for an empty tree.
    top: Option<Child>,
    /// What they made. [`TreeChanges::extend`] puts it together with what had changed before.
    pub(super) made: Top,
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
    let Some(root) = Root::of(tree, before)? else { return bucket_alone(tree, before, changes) };
    let pieces: Vec<(usize, &[Change])> = by_digit(&NodePath::ROOT, changes).collect();
    let made = share(readers, pieces.len(), |reader, piece| root.piece(&*reader, pieces[piece]))?;
    Ok(root.close(made))
}

/// Works out what changes make of a stored tree with earlier ones on top, in this thread.
pub(crate) fn update_alone(
    tree: &impl TreeRead,
    before: &TreeChanges,
    changes: &[Change],
) -> Result<TreeUpdate, HostFault> {
    let Some(root) = Root::of(tree, before)? else { return bucket_alone(tree, before, changes) };
    let made = by_digit(&NodePath::ROOT, changes).map(|piece| root.piece(tree, piece)).collect::<Result<_, _>>()?;
    Ok(root.close(made))
}

/// What changes make of a tree that is a bucket.
fn bucket_alone(tree: &impl TreeRead, before: &TreeChanges, changes: &[Change]) -> Result<TreeUpdate, HostFault> {
    let leaves = leaves(&Changed { base: tree, changes: before })?;
    let mut edits = Edits::default();
    let (top, made) = Walk { tree }.apply(&NodePath::ROOT, leaves, before.whole(), changes, &mut edits)?;
    let part = match made {
        Made::Leaves(range) => Part::Leaves(edits.leaves[range].to_vec()),
        Made::Branch(branch) => Part::Branch(branch),
        Made::Edited(_) => return Err(damaged(&NodePath::ROOT)),
    };
    Ok(TreeUpdate { top, made: Top::Whole(part) })
}

/// The branch at the top of a tree.
enum Root<'a> {
    Changed(&'a Branch),
    Stored(Box<Branch>),
}

/// What came of the changes under a digit.
type Piece = (usize, Option<Child>, Made, Edits);

impl<'a> Root<'a> {
    fn of(tree: &impl TreeRead, before: &'a TreeChanges) -> Result<Option<Self>, HostFault> {
        Ok(match before.whole() {
            Below::Branch(branch) => Some(Self::Changed(branch)),
            Below::Leaves([]) => {
                tree.node(&NodePath::ROOT)?.map(|node| Self::Stored(Branch::new(&NodePath::ROOT, node)))
            }
            Below::Leaves(_) => None,
        })
    }

    fn branch(&self) -> &Branch {
        match self {
            Self::Changed(branch) => branch,
            Self::Stored(branch) => branch,
        }
    }

    fn piece(&self, tree: &impl TreeRead, (digit, changes): (usize, &[Change])) -> Result<Piece, HostFault> {
        let mut edits = Edits::default();
        self.branch().touch(changes);
        let (child, made) = Walk { tree }.child(&NodePath::ROOT, self.branch(), digit, changes, &mut edits)?;
        Ok((digit, child, made, edits))
    }

    fn close(self, made: Vec<Piece>) -> TreeUpdate {
        let branch = match self {
            Self::Changed(branch) => {
                let (top, sums, fresh) = branch.with(made.iter().map(|(digit, child, ..)| (*digit, *child)));
                if leaves_of(top) > BUCKET_LEAVES {
                    return TreeUpdate { top, made: Top::Edited { children: made, sums: Box::new(sums), fresh } };
                }
                Box::new(branch.clone())
            }
            Self::Stored(branch) => branch,
        };
        let (top, part) = closed(branch, made);
        TreeUpdate { top, made: Top::Whole(part) }
    }
}

/// A branch with children that an update made, as what it is then: one with few leaves is a bucket.
fn closed(mut branch: Box<Branch>, made: Vec<Piece>) -> (Option<Child>, Part) {
    for (digit, child, made, mut edits) in made {
        branch.set(digit, child, made, &mut edits);
    }
    let child = branch.settle();
    if leaves_of(child) > BUCKET_LEAVES {
        return (child, Part::Branch(branch));
    }
    let mut changed = Vec::new();
    Below::Branch(&branch).collect(&mut changed);
    (child, Part::Leaves(changed))
}

/// A walk down one reader's tree.
struct Walk<'a, T> {
    tree: &'a T,
}

impl<T: TreeRead> Walk<'_, T> {
    /// What changes make of a branch's child that they lie under.
    fn child(
        &self,
        at: &NodePath,
        branch: &Branch,
        digit: usize,
        changes: &[Change],
        edits: &mut Edits,
    ) -> Result<(Option<Child>, Made), HostFault> {
        let leaves = leaves_of(branch.node.child(digit));
        self.apply(&at.child(digit), leaves, branch.below(digit), changes, edits)
    }

    /// What changes that lie under a prefix make of it: it had so many leaves, and this changed before.
    fn apply(
        &self,
        at: &NodePath,
        leaves: u64,
        before: Below<'_>,
        changes: &[Change],
        edits: &mut Edits,
    ) -> Result<(Option<Child>, Made), HostFault> {
        match before {
            Below::Branch(branch) => self.edit(at, branch, changes, edits),
            Below::Leaves([]) if leaves > BUCKET_LEAVES => self.load(at, changes, edits),
            Below::Leaves(before) => self.bucket(at, leaves, before, changes, edits),
        }
    }

    /// What changes make of a branch.
    fn edit(
        &self,
        at: &NodePath,
        branch: &Branch,
        changes: &[Change],
        edits: &mut Edits,
    ) -> Result<(Option<Child>, Made), HostFault> {
        let mut made: Vec<Edit> = Vec::new();
        for (digit, changes) in by_digit(at, changes) {
            let (child, part) = self.child(at, branch, digit, changes, edits)?;
            made.push((digit, child, part));
        }
        let (child, sums, fresh) = branch.with(made.iter().map(|(digit, child, _)| (*digit, *child)));
        if leaves_of(child) > BUCKET_LEAVES {
            return Ok((child, edits.edited(made, &sums, fresh)));
        }
        // It is a bucket now, as all its children are.
        let mut changed = Vec::new();
        for digit in 0..16 {
            match made.iter().find(|made| made.0 == digit) {
                Some((_, _, Made::Leaves(range))) => changed.extend_from_slice(&edits.leaves[range.clone()]),
                Some(_) => return Err(damaged(at)),
                None => branch.below(digit).collect(&mut changed),
            }
        }
        Ok((child, edits.leaves(&changed)))
    }

    /// What changes make of a node that is stored, with nothing changed below it.
    fn load(&self, at: &NodePath, changes: &[Change], edits: &mut Edits) -> Result<(Option<Child>, Made), HostFault> {
        let mut branch = Branch::new(at, self.tree.node(at)?.ok_or_else(|| damaged(at))?);
        let before = edits.leaves.len();
        for (digit, changes) in by_digit(at, changes) {
            let (child, made) = self.child(at, &branch, digit, changes, edits)?;
            branch.set(digit, child, made, edits);
            edits.leaves.truncate(before);
        }
        Ok(match closed(branch, Vec::new()) {
            (child, Part::Branch(branch)) => (child, Made::Branch(branch)),
            (child, Part::Leaves(changed)) => (child, edits.leaves(&changed)),
        })
    }

    /// What changes make of a bucket, which may become a branch.
    fn bucket(
        &self,
        at: &NodePath,
        leaves: u64,
        before: &[Change],
        changes: &[Change],
        edits: &mut Edits,
    ) -> Result<(Option<Child>, Made), HostFault> {
        // Each deletion hides a leaf that is stored.
        let most = leaves + before.iter().filter(|(_, digest)| digest.is_none()).count() as u64;
        let stored = if most == 0 { Vec::new() } else { self.tree.leaves(at, most.saturating_add(1))? };
        let first = edits.leaves.len();
        let is_stored = |path: &Hash| stored.binary_search_by(|leaf| leaf.path.cmp(path)).is_ok();
        each_newest(before.iter().copied(), changes, |change| {
            if change.1.is_some() || is_stored(&change.0) {
                edits.leaves.push(change);
            }
        });
        let changed = first..edits.leaves.len();
        let old = merge(&stored, before);
        if old.len() as u64 != leaves {
            return Err(damaged(at));
        }
        let now = merge(&old, changes);
        if now.len() as u64 <= BUCKET_LEAVES {
            return Ok((whole(&now, at.bits()), Made::Leaves(changed)));
        }
        let (child, branch) = grown(at, &now, &edits.leaves.split_off(first));
        Ok((child, Made::Branch(branch)))
    }
}

/// The branch of leaves under a prefix that are too many for a bucket, of which some changed.
fn grown(at: &NodePath, leaves: &[TreeLeaf], changed: &[Change]) -> (Option<Child>, Box<Branch>) {
    let mut branch = Branch::new(at, Node::default());
    let (mut leaves, mut changed) = (leaves, changed);
    for digit in 0..16 {
        let is_under = |path: &Hash| at.next_digit(path) == digit;
        let (here, behind) = leaves.split_at(leaves.partition_point(|leaf| is_under(&leaf.path)));
        let (changed_here, changed_behind) = changed.split_at(changed.partition_point(|change| is_under(&change.0)));
        (leaves, changed) = (behind, changed_behind);
        let below = at.child(digit);
        if here.len() as u64 <= BUCKET_LEAVES {
            branch.set_bucket(digit, whole(here, below.bits()), changed_here);
        } else {
            let (child, grown) = grown(&below, here, changed_here);
            branch.set_branch(digit, child, grown);
        }
    }
    (branch.settle(), branch)
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
