//! A stored tree with changes on top.

use govm_core::{HostFault, TreeLeaf};

use super::update::merge;
use super::{Node, NodePath, TreeChanges, TreeRead};

/// A stored tree with changes on top.
#[derive(Debug)]
pub(crate) struct Changed<'a, T> {
    pub(crate) base: T,
    pub(crate) changes: &'a TreeChanges,
}

impl<T: TreeRead> TreeRead for Changed<'_, T> {
    fn node(&self, path: &NodePath) -> Result<Option<Node>, HostFault> {
        match self.changes.node(path) {
            Some(node) => Ok(node.copied()),
            None => self.base.node(path),
        }
    }

    fn leaves(&self, path: &NodePath, limit: u64) -> Result<Vec<TreeLeaf>, HostFault> {
        let mut changed = Vec::new();
        self.changes.at(path).collect(&mut changed);
        changed.retain(|(leaf, _)| path.covers(leaf));
        // Each deletion may hide one of the base's leaves.
        let hidden = changed.iter().filter(|(_, digest)| digest.is_none()).count();
        let mut leaves = merge(&self.base.leaves(path, limit.saturating_add(hidden as u64))?, &changed);
        leaves.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(leaves)
    }
}
