//! The state tree: what is stored against one that is built anew, and its root against the newest block.

use std::cell::{Cell, RefCell};

use std::collections::BTreeMap;

use govm_core::{BlockHeader, EMPTY_ROOT, Hash, StateKey, Table, TreeLeaf, tree_path, value_digest};

use super::state::PendingLeaves;
use super::{Check, Found, MAX_DIFFERENCES};
use crate::lmdb::layout::Failed;
use crate::lmdb::recent::is_kept;
use crate::lmdb::rows;
use crate::lmdb::tree::leaf;
use crate::tree::{Builder, Node, NodePath};

impl<'t> Check<'t, '_> {
    /// Reads the changes that the tree's databases do not have.
    pub(super) fn pending(&mut self, head: Option<&BlockHeader>) -> PendingLeaves {
        let newest = head.map_or(0, |head| head.height);
        let mut code = BTreeMap::new();
        self.walk(&self.databases.pending, |check, key, row| {
            let place = || format!("the pending row 0x{}", hex::encode(key));
            if rows::height(key).is_none_or(|height| height > newest) {
                check.differs(format!("{} is of no block", place()));
            }
            match rows::read(key, row) {
                Some((_, entries)) => code.extend(entries.into_iter().filter(|(key, _)| !is_kept(key))),
                None => check.differs(format!("{} cannot be decoded", place())),
            }
        });
        let writes = self.writes.iter().filter_map(|((table, key), value)| {
            Some((tree_path(&StateKey::from_bytes(*table, key)?)?, value.as_deref().map(value_digest)))
        });
        let code = code.into_iter().filter_map(|(key, there)| {
            let code = match self.find_in(Table::Code, &key.to_bytes()) {
                Found::Value(code) => Some(value_digest(code)),
                _ => None,
            };
            Some((tree_path(&key)?, there.and(code)))
        });
        writes.chain(code).collect()
    }

    /// Builds the tree anew, of the stored leaves and of those after the pending changes.
    pub(super) fn tree(&mut self, pending: &PendingLeaves, entries: u64, head: Option<&BlockHeader>) {
        let (databases, txn) = (self.databases, self.txn);
        let (wrong, built) = (RefCell::new(Vec::new()), Cell::new(0u64));
        let mut stored = Builder::new(entries, |path: NodePath, node: Node| {
            built.set(built.get() + 1);
            // A node whose checksum is wrong is told when the nodes are read.
            let stored = databases.nodes.get(txn, &path.to_bytes());
            let other = stored.is_ok_and(|stored| stored.is_none_or(|bytes| bytes != node.to_bytes()));
            let mut wrong = wrong.borrow_mut();
            if other && wrong.len() < MAX_DIFFERENCES {
                wrong.push(path);
            }
            Ok::<_, Failed>(())
        });
        let mut newest =
            Newest { builder: Builder::new(entries, nothing), changes: pending.iter().peekable(), leaves: 0 };
        let mut last = None;
        self.walk(&databases.leaves, |check, key, digest| {
            let leaf = leaf(key, digest);
            let Some(leaf) = check.or_tell(leaf) else { return };
            // The builder takes them in order only.
            if last.replace(leaf.path).is_some_and(|last| last >= leaf.path) {
                return check.differs(format!("the leaf {} is out of order", leaf.path));
            }
            newest.take(leaf);
            let pushed = stored.push(leaf);
            check.or_tell(pushed);
        });
        let finished = stored.finish();
        self.or_tell(finished);
        for path in wrong.take() {
            self.differs(format!("the state tree's node at {path} is not the one of its leaves"));
        }
        self.nodes(built.get());
        self.root(newest, entries, head);
    }

    fn nodes(&mut self, built: u64) {
        let mut found = 0;
        self.walk(&self.databases.nodes, |check, key, bytes| {
            found += 1;
            if NodePath::from_bytes(key).is_none() || Node::from_bytes(bytes).is_none() {
                check.differs(format!("the entry 0x{} of nodes is no node", hex::encode(key)));
            }
        });
        if found != built {
            self.differs(format!("the state tree has {found} nodes, its leaves make {built}"));
        }
    }

    fn root<F: FnMut(NodePath, Node) -> Result<(), Failed>>(
        &mut self,
        newest: Newest<'_, F>,
        entries: u64,
        head: Option<&BlockHeader>,
    ) {
        let (leaves, root) = newest.finish();
        if leaves != entries {
            self.differs(format!("the state tree has {leaves} leaves, the state {entries} entries"));
        }
        let expected = head.map_or(EMPTY_ROOT, |head| head.state_root);
        if root != expected {
            self.differs(format!("the state tree has the root {root}, the newest block says {expected}"));
        }
    }
}

/// The tree after the pending changes, while the stored leaves go by.
struct Newest<'a, F> {
    builder: Builder<F>,
    changes: std::iter::Peekable<std::collections::btree_map::Iter<'a, Hash, Option<Hash>>>,
    leaves: u64,
}

impl<F: FnMut(NodePath, Node) -> Result<(), Failed>> Newest<'_, F> {
    fn take(&mut self, leaf: TreeLeaf) {
        while let Some((path, digest)) = self.changes.next_if(|(path, _)| **path < leaf.path) {
            self.push(*path, *digest);
        }
        match self.changes.next_if(|(path, _)| **path == leaf.path) {
            Some((path, digest)) => self.push(*path, *digest),
            None => self.push(leaf.path, Some(leaf.digest)),
        }
    }

    fn push(&mut self, path: Hash, digest: Option<Hash>) {
        if let Some(digest) = digest {
            self.leaves += 1;
            // It keeps no nodes, so it cannot fail.
            let _ = self.builder.push(TreeLeaf { path, digest });
        }
    }

    fn finish(mut self) -> (u64, Hash) {
        while let Some((path, digest)) = self.changes.next() {
            self.push(*path, *digest);
        }
        let top = self.builder.finish().ok().flatten();
        (self.leaves, top.map_or(EMPTY_ROOT, |child| child.hash))
    }
}

/// What becomes of the nodes of a tree of which only the root is wanted.
fn nothing(_: NodePath, _: Node) -> Result<(), Failed> {
    Ok(())
}
