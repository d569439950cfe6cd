//! The authenticated tree over the state: what `govm_core::StateProof` defines, kept so that a block touches little of it.
//!
//! Only two things are stored: the leaves, in the order of their paths, and the hashes of the subtrees that lie under whole
//! hexadecimal digits of a path, 16 at a time, in a [`Node`] for each digit prefix with more than [`BUCKET_LEAVES`] leaves below
//! it. Everything under a prefix with fewer is a *bucket*: its hashes are worked out from its leaves when they are needed.
//! Which nodes there are depends on the leaves alone, as the root does.
//!
//! ```text
//!           ""                      nodes    16 x (count, hash)
//!         /  |  \
//!      "0"  ...  "f"                nodes
//!      / \        |
//!   "03" ...     "f7"               buckets: at most 16 leaves, in a row
//! ```
//!
//! A tree that stores every inner node writes several nodes for each changed entry, on pages of their own.
//!
//! What an update makes are [`TreeChanges`], on top of what is stored. They have the hashes between a node and its children too, which
//! are not stored: an update of one child then takes four hashes instead of fifteen. A tree in memory is nothing but changes.

mod build;
mod changes;
mod edits;
mod node;
mod overlay;
mod prove;
#[cfg(test)]
mod tests;
mod update;
mod write;

use govm_core::{Hash, HostFault, StateKey, TreeLeaf, Write, tree_path, value_digest};

pub(crate) use build::Builder;
pub(crate) use changes::TreeChanges;
pub(crate) use node::{Child, Node, NodePath, whole};
pub(crate) use overlay::Changed;
pub(crate) use prove::prove;
pub(crate) use update::{MIN_PARALLEL_CHANGES, TreeUpdate, update, update_alone};
pub(crate) use write::TreeWrite;

/// Most leaves of a bucket. Rehashing one costs two SHA-256 of 80 bytes for each leaf: 6 us for a full one, measured with the
/// processor's SHA instructions. With 64, blocks of a thousand changes took four times as long to hash where buckets were full.
pub(crate) const BUCKET_LEAVES: u64 = 16;

/// A change of the tree: the path, and the digest of its value or nothing.
pub(crate) type Change = (Hash, Option<Hash>);

/// A stored tree.
pub(crate) trait TreeRead {
    /// The node under a prefix.
    fn node(&self, path: &NodePath) -> Result<Option<Node>, HostFault>;

    /// The leaves under a prefix in the order of their paths, no more than `limit`.
    fn leaves(&self, path: &NodePath, limit: u64) -> Result<Vec<TreeLeaf>, HostFault>;
}

impl<T: TreeRead> TreeRead for &T {
    fn node(&self, path: &NodePath) -> Result<Option<Node>, HostFault> {
        (**self).node(path)
    }

    fn leaves(&self, path: &NodePath, limit: u64) -> Result<Vec<TreeLeaf>, HostFault> {
        (**self).leaves(path, limit)
    }
}

/// Where no tree is stored: with changes on top, a tree in memory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Nowhere;

impl TreeRead for Nowhere {
    fn node(&self, _: &NodePath) -> Result<Option<Node>, HostFault> {
        Ok(None)
    }

    fn leaves(&self, _: &NodePath, _: u64) -> Result<Vec<TreeLeaf>, HostFault> {
        Ok(Vec::new())
    }
}

/// The changes of the tree that changes of the state are, in the order of their paths.
pub(crate) fn changes<'a>(entries: impl Iterator<Item = (&'a StateKey, Option<&'a [u8]>)>) -> Vec<Change> {
    let mut changes: Vec<Change> =
        entries.filter_map(|(key, value)| Some((tree_path(key)?, value.map(value_digest)))).collect();
    changes.sort_unstable_by_key(|change| change.0);
    changes
}

/// The changes of the tree that a block's writes are.
pub(crate) fn changes_of(writes: &[Write]) -> Vec<Change> {
    changes(writes.iter().map(|(key, value)| (key, value.as_deref())))
}

/// The newest of changes that came one after the other, in the order of their paths.
pub(crate) fn newest(mut changes: Vec<Change>) -> Vec<Change> {
    changes.sort_by_key(|change| change.0);
    // Of those with one path the last, which a stable order leaves behind the others.
    changes.reverse();
    changes.dedup_by_key(|change| change.0);
    changes.reverse();
    changes
}

/// How many leaves a tree has.
fn leaves(tree: &impl TreeRead) -> Result<u64, HostFault> {
    if let Some(root) = tree.node(&NodePath::ROOT)? {
        return Ok(root.leaves());
    }
    let leaves = tree.leaves(&NodePath::ROOT, BUCKET_LEAVES + 1)?.len() as u64;
    if leaves > BUCKET_LEAVES { Err(damaged(&NodePath::ROOT)) } else { Ok(leaves) }
}

/// The fault of a tree whose parts contradict each other.
pub(crate) fn damaged(path: &NodePath) -> HostFault {
    HostFault::Corrupt { what: format!("the state tree at {path}") }
}
