//! A tree in memory.

use std::collections::{BTreeMap, HashMap};

use govm_core::{Hash, HostFault, TreeLeaf};

use super::{Change, Node, NodePath, TreeRead, TreeUpdate};

/// A tree in memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct MemoryTree {
    pub(super) leaves: BTreeMap<Hash, Hash>,
    pub(super) nodes: HashMap<NodePath, Node>,
}

impl MemoryTree {
    /// Makes changes, and those of the nodes that they lead to.
    pub(crate) fn apply(&mut self, changes: &[Change], update: &TreeUpdate) {
        for (path, digest) in changes {
            match digest {
                Some(digest) => drop(self.leaves.insert(*path, *digest)),
                None => drop(self.leaves.remove(path)),
            }
        }
        for (path, node) in &update.nodes {
            match node {
                Some(node) => drop(self.nodes.insert(*path, **node)),
                None => drop(self.nodes.remove(path)),
            }
        }
    }
}

impl TreeRead for MemoryTree {
    fn node(&self, path: &NodePath) -> Result<Option<Node>, HostFault> {
        Ok(self.nodes.get(path).copied())
    }

    fn leaves(&self, path: &NodePath, limit: u64) -> Result<Vec<TreeLeaf>, HostFault> {
        let below = self.leaves.range(path.first()..).take_while(|(leaf, _)| path.covers(leaf));
        let below = below.map(|(path, digest)| TreeLeaf { path: *path, digest: *digest });
        Ok(below.take(usize::try_from(limit).unwrap_or(usize::MAX)).collect())
    }
}
