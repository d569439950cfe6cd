//! Writing changes of a tree to where it is stored.

use govm_core::Hash;

use super::changes::Below;
use super::node::leaves_of;
use super::{BUCKET_LEAVES, Child, Node, NodePath, TreeChanges};

/// A place where a tree is stored.
pub(crate) trait TreeWrite {
    /// Why it cannot be read or written.
    type Error;

    /// The node under a prefix.
    fn node(&self, path: &NodePath) -> Result<Option<Node>, Self::Error>;

    /// Writes a node, or deletes it.
    fn put_node(&mut self, path: &NodePath, node: Option<&Node>) -> Result<(), Self::Error>;

    /// Writes a leaf, or deletes it.
    fn put_leaf(&mut self, path: &Hash, digest: Option<&Hash>) -> Result<(), Self::Error>;
}

impl TreeChanges {
    /// Writes everything.
    pub(crate) fn write<T: TreeWrite>(&self, tree: &mut T) -> Result<(), T::Error> {
        let stored = tree.node(&NodePath::ROOT)?;
        write(tree, &NodePath::ROOT, self.whole(), stored)
    }

    /// Writes what changed below some prefixes of two digits, in ascending order, so that what is stored is a tree again: with parts of
    /// different ages. False if the tree is too small to have such parts, before or after; then nothing is written that may not be.
    pub(crate) fn write_parts<T: TreeWrite>(&self, tree: &mut T, parts: &[NodePath]) -> Result<bool, T::Error> {
        for parts in parts.chunk_by(|a, b| a.parent_digit() == b.parent_digit()) {
            let digit = parts[0].parent_digit();
            let above = NodePath::ROOT.child(digit);
            let (Some(mut root), Some(stored)) = (tree.node(&NodePath::ROOT)?, tree.node(&above)?) else {
                return Ok(false);
            };
            let Some(newest) = self.node(&above).unwrap_or(Some(&stored)) else { return Ok(false) };
            let mut node = stored;
            for part in parts {
                node.set(part.last_digit(), newest.child(part.last_digit()));
            }
            // The two nodes above the parts are those of what is stored below them, old parts and new.
            root.set(digit, node.range(0..16));
            let (Some(node), Some(root)) = (node.stored(), root.stored()) else { return Ok(false) };
            for path in parts {
                write_child(tree, path, self.at(path), stored.child(path.last_digit()))?;
            }
            tree.put_node(&above, Some(&node))?;
            tree.put_node(&NodePath::ROOT, Some(&root))?;
        }
        Ok(true)
    }
}

/// Writes a part over what is stored there, of which this is the summary in the node above.
fn write_child<T: TreeWrite>(
    tree: &mut T,
    path: &NodePath,
    part: Below<'_>,
    stored: Option<Child>,
) -> Result<(), T::Error> {
    if matches!(part, Below::Leaves([])) {
        return Ok(());
    }
    let stored = if leaves_of(stored) > BUCKET_LEAVES { tree.node(path)? } else { None };
    write(tree, path, part, stored)
}

/// Writes a part over what is stored there, of which this is the node.
fn write<T: TreeWrite>(tree: &mut T, path: &NodePath, part: Below<'_>, stored: Option<Node>) -> Result<(), T::Error> {
    match part {
        Below::Leaves([]) => Ok(()),
        Below::Leaves(changes) => {
            for (leaf, digest) in changes {
                tree.put_leaf(leaf, digest.as_ref())?;
            }
            if stored.is_some() { prune(tree, path) } else { Ok(()) }
        }
        Below::Branch(branch) => {
            for digit in 0..16 {
                let stored = stored.and_then(|stored| stored.child(digit));
                write_child(tree, &path.child(digit), branch.below(digit), stored)?;
            }
            tree.put_node(path, Some(&branch.node))
        }
    }
}

/// Deletes the nodes at a prefix and below it.
fn prune<T: TreeWrite>(tree: &mut T, path: &NodePath) -> Result<(), T::Error> {
    let Some(node) = tree.node(path)? else { return Ok(()) };
    tree.put_node(path, None)?;
    let nodes = (0..16).filter(|digit| leaves_of(node.child(*digit)) > BUCKET_LEAVES);
    nodes.map(|digit| path.child(digit)).try_for_each(|path| prune(tree, &path))
}
