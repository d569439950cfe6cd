//! Changes of a tree that its store does not hold yet.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;

use govm_core::{Hash, HostFault, TreeLeaf};

use super::update::merge;
use super::{Change, Node, NodePath, TreeRead, TreeUpdate};

/// The changes since a tree was stored.
#[derive(Debug, Clone, Default)]
pub(crate) struct TreeChanges {
    leaves: BTreeMap<Hash, Option<Hash>>,
    nodes: HashMap<NodePath, Option<Node>>,
}

impl TreeChanges {
    /// How many leaves changed.
    pub(crate) fn len(&self) -> usize {
        self.leaves.len()
    }

    /// Adds changes and the nodes that they led to.
    pub(crate) fn extend(&mut self, changes: &[Change], update: &TreeUpdate) {
        self.leaves.extend(changes.iter().copied());
        self.nodes.extend(update.nodes.iter().copied());
    }

    /// The leaves that changed, in the order of their paths.
    pub(crate) fn leaves(&self) -> impl Iterator<Item = (&Hash, Option<&Hash>)> {
        self.leaves.iter().map(|(path, digest)| (path, digest.as_ref()))
    }

    /// The nodes that changed, in the order of their stored form.
    pub(crate) fn nodes(&self) -> Vec<(Vec<u8>, Option<Node>)> {
        let mut nodes: Vec<_> = self.nodes.iter().map(|(path, node)| (path.to_bytes(), *node)).collect();
        nodes.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        nodes
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
        match self.changes.nodes.get(path) {
            Some(node) => Ok(*node),
            None => self.base.node(path),
        }
    }

    fn leaves(&self, path: &NodePath, limit: u64) -> Result<Vec<TreeLeaf>, HostFault> {
        let from = (Bound::Included(path.first()), Bound::Unbounded);
        let changed = self.changes.leaves.range(from).take_while(|(changed, _)| path.covers(changed));
        let changed: Vec<Change> = changed.map(|(path, digest)| (*path, *digest)).collect();
        // Each deletion may hide one of the base's leaves.
        let hidden = changed.iter().filter(|(_, digest)| digest.is_none()).count();
        let mut leaves = merge(&self.base.leaves(path, limit.saturating_add(hidden as u64))?, &changed);
        leaves.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(leaves)
    }
}
