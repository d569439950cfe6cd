//! The state tree in the databases `leaves` and `nodes`.
//!
//! What they hold is a tree by itself at any time, with parts of different ages; with what is pending on top it is the newest one.
//! See [`pending`](super::pending).

use std::ops::Bound;
use std::sync::Weak;

use govm_core::{Hash, HostFault, TreeLeaf};
use heed::{RoTxn, RwTxn, WithoutTls};

use super::layout::{Databases, Failed, corrupt};
use super::pending::Pending;
use super::view::LmdbView;
use crate::tree::{Change, Changed, Node, NodePath, TreeChanges, TreeRead, TreeUpdate, TreeWrite};

/// How many parts the tree is written in: one for each first byte of a path.
pub(super) const SLICES: u64 = 256;

/// What a store worked out about writes.
#[derive(Debug)]
pub struct LmdbUpdate {
    /// The block that the writes follow, zero before the first.
    pub(super) base: Hash,
    pub(super) root: Hash,
    pub(super) changes: Vec<Change>,
    /// What the writes replace, for the database `history`; nothing if that is not remembered.
    pub(super) replaced: Vec<Vec<u8>>,
    /// What the changes make of the tree, and the pending changes that this is worked out on; nothing after an attempt to commit that
    /// failed.
    pub(super) tree: Option<(Weak<Pending>, TreeUpdate)>,
}

/// The tree's databases in a transaction.
struct Writing<'d, 't, 'e> {
    databases: &'d Databases,
    txn: &'t mut RwTxn<'e>,
}

impl TreeWrite for Writing<'_, '_, '_> {
    type Error = Failed;

    fn node(&self, path: &NodePath) -> Result<Option<Node>, Failed> {
        self.databases.node(self.txn, path)
    }

    fn put_node(&mut self, path: &NodePath, node: Option<&Node>) -> Result<(), Failed> {
        let nodes = &self.databases.nodes;
        match node {
            Some(node) => nodes.put(self.txn, &path.to_bytes(), &node.to_bytes()),
            None => nodes.delete(self.txn, &path.to_bytes()).map(drop),
        }
    }

    fn put_leaf(&mut self, path: &Hash, digest: Option<&Hash>) -> Result<(), Failed> {
        let leaves = &self.databases.leaves;
        match digest {
            Some(digest) => leaves.put(self.txn, path.as_bytes(), digest.as_bytes()),
            None => leaves.delete(self.txn, path.as_bytes()).map(drop),
        }
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
        changes.write_parts(&mut Writing { databases: self, txn }, parts)
    }

    /// Writes everything that changed of the tree.
    pub(super) fn put_tree(&self, txn: &mut RwTxn<'_>, changes: &TreeChanges) -> Result<(), Failed> {
        changes.write(&mut Writing { databases: self, txn })
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
