//! The state tree in the databases `leaves` and `nodes`.
//!
//! What they hold is a tree by itself at any time, with parts of different ages; with what is pending on top it is the newest one.
//! See [`pending`](super::pending).

use std::ops::Bound;

use govm_core::{Hash, HostFault, TreeLeaf};
use heed::{RoTxn, RwTxn, WithoutTls};

use super::layout::{Databases, Failed, corrupt};
use super::pending::Pending;
use super::view::LmdbView;
use crate::tree::{Change, Changed, Node, NodePath, TreeChanges, TreeRead, TreeUpdate};

/// How many parts the tree is written in: one for each first byte of a path.
pub(super) const SLICES: u64 = 256;

/// What a store worked out about writes.
#[derive(Debug)]
pub struct LmdbUpdate {
    /// The block that the writes follow, zero before the first.
    pub(super) base: Hash,
    pub(super) changes: Vec<Change>,
    pub(super) tree: TreeUpdate,
}

impl LmdbUpdate {
    pub(super) fn root(&self) -> Hash {
        self.tree.root()
    }
}

impl Databases {
    /// Writes parts of the tree; false if the tree is too small to have parts, and nothing is written that may not be.
    pub(super) fn put_parts(
        &self,
        txn: &mut RwTxn<'_>,
        changes: &TreeChanges,
        parts: &[NodePath],
    ) -> Result<bool, Failed> {
        for parts in parts.chunk_by(|a, b| a.parent_digit() == b.parent_digit()) {
            let digit = parts[0].parent_digit();
            let above = NodePath::ROOT.child(digit);
            let (Some(mut root), Some(mut node)) = (self.node(txn, &NodePath::ROOT)?, self.node(txn, &above)?) else {
                return Ok(false);
            };
            let Some(newest) = changes.node(&above).unwrap_or(Some(node)) else { return Ok(false) };
            for part in parts {
                node.children[part.last_digit()] = newest.children[part.last_digit()];
            }
            // The two nodes above the parts are those of what is stored below them, old parts and new.
            root.children[digit] = node.range(0..16);
            let (Some(node), Some(root)) = (node.stored(), root.stored()) else { return Ok(false) };
            for part in parts {
                self.put_below(txn, changes, part)?;
            }
            self.nodes.put(txn, &above.to_bytes(), &node.to_bytes())?;
            self.nodes.put(txn, &NodePath::ROOT.to_bytes(), &root.to_bytes())?;
        }
        Ok(true)
    }

    /// Writes what is pending at a prefix and below it.
    pub(super) fn put_below(
        &self,
        txn: &mut RwTxn<'_>,
        changes: &TreeChanges,
        prefix: &NodePath,
    ) -> Result<(), Failed> {
        for (path, digest) in changes.leaves(prefix) {
            match digest {
                Some(digest) => self.leaves.put(txn, path.as_bytes(), digest.as_bytes())?,
                None => drop(self.leaves.delete(txn, path.as_bytes())?),
            }
        }
        for (path, node) in changes.nodes(prefix) {
            match node {
                Some(node) => self.nodes.put(txn, &path.to_bytes(), &node.to_bytes())?,
                None => drop(self.nodes.delete(txn, &path.to_bytes())?),
            }
        }
        Ok(())
    }

    fn node(&self, txn: &RoTxn<'_, WithoutTls>, path: &NodePath) -> Result<Option<Node>, Failed> {
        let Some(bytes) = self.nodes.get(txn, &path.to_bytes())? else { return Ok(None) };
        Node::from_bytes(bytes).map(Some).ok_or_else(|| corrupt(format!("the state tree's node at {path}")))
    }
}

impl Databases {
    /// Leaves behind a path or from the first on, as the tree was written last.
    pub(super) fn leaves_page(
        &self,
        txn: &RoTxn<'_, WithoutTls>,
        after: Option<&Hash>,
        limit: usize,
    ) -> Result<Vec<TreeLeaf>, Failed> {
        let from = after.map_or(Bound::Included(&[0][..]), |path| Bound::Excluded(path.as_bytes()));
        let leaves = self.leaves.range(txn, from)?;
        leaves.take(limit).map(|entry| entry.and_then(|(key, digest)| leaf(key, digest))).collect()
    }
}

/// A leaf as it is stored.
pub(super) fn leaf(key: &[u8], digest: &[u8]) -> Result<TreeLeaf, Failed> {
    let leaf = Hash::from_slice(key).zip(Hash::from_slice(digest)).map(|(path, digest)| TreeLeaf { path, digest });
    leaf.ok_or_else(|| corrupt("a leaf of the state tree".to_owned()))
}

impl TreeRead for LmdbView {
    fn node(&self, path: &NodePath) -> Result<Option<Node>, HostFault> {
        self.read(|databases, txn| databases.node(txn, path))
    }

    fn leaves(&self, path: &NodePath, limit: u64) -> Result<Vec<TreeLeaf>, HostFault> {
        self.read(|databases, txn| {
            let (mut leaves, start) = (Vec::new(), path.first());
            for entry in databases.leaves.from(txn, start.as_bytes())? {
                let (key, digest) = entry?;
                let leaf = leaf(key, digest)?;
                if !path.covers(&leaf.path) || leaves.len() as u64 == limit {
                    break;
                }
                leaves.push(leaf);
            }
            Ok(leaves)
        })
    }
}

/// The tree of a view with what is pending.
pub(super) fn newest<V>(view: V, pending: &Pending) -> Changed<'_, V> {
    Changed { base: view, changes: &pending.changes }
}
