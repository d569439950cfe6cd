//! Changes of a tree that its store does not hold yet.

use std::collections::BTreeMap;
use std::sync::Arc;

use govm_core::{Hash, HostFault, TreeLeaf};

use super::node::MAX_DIGITS;
use super::update::merge;
use super::{Change, Node, NodePath, TreeRead, TreeUpdate};

/// The changes since a tree was stored.
#[derive(Debug, Clone, Default)]
pub(crate) struct TreeChanges {
    leaves: BTreeMap<Hash, Option<Hash>>,
    nodes: BTreeMap<NodePath, Option<Arc<Node>>>,
}

impl TreeChanges {
    /// How many leaves changed.
    pub(crate) fn len(&self) -> usize {
        self.leaves.len()
    }

    /// Adds changes and the nodes that they led to.
    pub(crate) fn extend(&mut self, changes: &[Change], update: &TreeUpdate) {
        self.leaves.extend(changes.iter().copied());
        self.nodes.extend(update.nodes.iter().cloned());
    }

    /// The leaves under a prefix that changed, in the order of their paths.
    pub(crate) fn leaves(&self, path: &NodePath) -> impl Iterator<Item = (&Hash, &Option<Hash>)> {
        self.leaves.range(path.first()..).take_while(|(changed, _)| path.covers(changed))
    }

    /// The node at a prefix, if it changed.
    pub(crate) fn node(&self, path: &NodePath) -> Option<Option<Node>> {
        self.nodes.get(path).map(|node| node.as_deref().copied())
    }

    /// The nodes at a prefix and below it that changed, in the order of their stored form.
    pub(crate) fn nodes(&self, path: &NodePath) -> impl Iterator<Item = (&NodePath, &Option<Arc<Node>>)> {
        (path.digits()..MAX_DIGITS as u8).flat_map(|digits| {
            let (first, last) = path.below(digits);
            self.nodes.range(first..=last)
        })
    }

    /// Forgets what is at a prefix and below it.
    pub(crate) fn forget(&mut self, path: &NodePath) {
        let leaves: Vec<Hash> = self.leaves(path).map(|(leaf, _)| *leaf).collect();
        let nodes: Vec<NodePath> = self.nodes(path).map(|(node, _)| *node).collect();
        for leaf in leaves {
            self.leaves.remove(&leaf);
        }
        for node in nodes {
            self.nodes.remove(&node);
        }
    }
}

/// A stored tree with changes on top.
#[derive(Debug)]
pub(crate) struct Changed<'a, T> {
    pub(crate) base: T,
    pub(crate) changes: &'a TreeChanges,
}

impl<T: TreeRead> TreeRead for Changed<'_, T> {
    fn node(&self, path: &NodePath) -> Result<Option<Node>, HostFault> {
        match self.changes.node(path) {
            Some(node) => Ok(node),
            None => self.base.node(path),
        }
    }

    fn leaves(&self, path: &NodePath, limit: u64) -> Result<Vec<TreeLeaf>, HostFault> {
        let changed: Vec<Change> = self.changes.leaves(path).map(|(path, digest)| (*path, *digest)).collect();
        // Each deletion may hide one of the base's leaves.
        let hidden = changed.iter().filter(|(_, digest)| digest.is_none()).count();
        let mut leaves = merge(&self.base.leaves(path, limit.saturating_add(hidden as u64))?, &changed);
        leaves.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(leaves)
    }
}
