//! The state tree in the databases `leaves`, `nodes` and `pending`.
//!
//! A block of a thousand entries changes a thousand leaves, each on a page of its own, and random pages are what a disk is slow
//! at. So a block writes its changes of the tree in one piece to `pending`, pages in a row, in its own transaction; the changes
//! of the last blocks are kept in memory beside the nodes that follow from them, and go to `leaves` and `nodes` together when
//! there are enough of them to be many to a page. Whoever opens the store reads `pending` back.

use std::collections::BTreeMap;

use govm_core::{BlockHeader, EMPTY_ROOT, Hash, HostFault, TreeLeaf};
use heed::{RoTxn, RwTxn, WithoutTls};

use super::layout::{Databases, Failed, corrupt};
use super::view::LmdbView;
use crate::tree::{self, Change, Changed, Node, NodePath, TreeChanges, TreeRead, TreeUpdate};

/// From this many changed leaves on the tree is written: at a million objects with a field each, 16,384 changes are half a change for
/// each page of leaves, and take 100 ms. They are 2 MiB of memory.
const MAX_PENDING_LEAVES: usize = 16 * 1024;

/// Up to this many changed leaves the tree is written at once: their pages cost less than reading them back when the store is
/// opened again.
const MIN_PENDING_LEAVES: usize = 64;

/// The tree's changes since it was written.
#[derive(Debug, Default)]
pub(super) struct Pending {
    /// The block that they lead to, zero before the first.
    head: Hash,
    changes: TreeChanges,
    /// Whether they were read back: then the next block writes the tree, so that nobody need read them again.
    read_back: bool,
}

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

impl Pending {
    pub(super) fn head(&self) -> Hash {
        self.head
    }

    /// Reads the changes back, and works out the nodes that follow from them.
    pub(super) fn read(view: &LmdbView) -> Result<Self, HostFault> {
        let head = view.head()?;
        let changes = view.read(|databases, txn| databases.pending_changes(txn))?;
        let update = tree::update_alone(view, &changes)?;
        let root = head.as_ref().map_or(EMPTY_ROOT, |head| head.state_root);
        if update.root() != root {
            let what = format!("the state tree has the root {}, the newest block says {root}", update.root());
            return Err(HostFault::Corrupt { what });
        }
        let mut pending = Self { read_back: !changes.is_empty(), ..Self::default() };
        pending.head = head.as_ref().map(BlockHeader::hash).unwrap_or_default();
        pending.changes.extend(&changes, &update);
        Ok(pending)
    }

    /// Whether a block with this many changes writes the tree.
    fn is_due(&self, added: usize) -> bool {
        let leaves = self.changes.len() + added;
        self.read_back || leaves <= MIN_PENDING_LEAVES || leaves >= MAX_PENDING_LEAVES
    }

    /// Goes on to a block that was committed.
    pub(super) fn advance(&mut self, head: Hash, update: &LmdbUpdate) {
        if self.is_due(update.changes.len()) {
            *self = Self::default();
        } else {
            self.changes.extend(&update.changes, &update.tree);
        }
        self.head = head;
    }
}

impl Databases {
    /// Writes a block's changes of the tree, or the whole tree if it is time.
    pub(super) fn put_tree(
        &self,
        txn: &mut RwTxn<'_>,
        height: u64,
        pending: &Pending,
        update: &LmdbUpdate,
    ) -> Result<(), Failed> {
        if !pending.is_due(update.changes.len()) {
            return self.pending.put(txn, &height.to_be_bytes(), &encode(&update.changes));
        }
        let mut all = pending.changes.clone();
        all.extend(&update.changes, &update.tree);
        for (path, digest) in all.leaves() {
            match digest {
                Some(digest) => self.leaves.put(txn, path.as_bytes(), digest.as_bytes())?,
                None => drop(self.leaves.delete(txn, path.as_bytes())?),
            }
        }
        for (path, node) in all.nodes() {
            match node {
                Some(node) => self.nodes.put(txn, &path, &node.to_bytes())?,
                None => drop(self.nodes.delete(txn, &path)?),
            }
        }
        self.pending.clear(txn)
    }

    /// The changes that the tree's databases do not have, in the order of their paths.
    fn pending_changes(&self, txn: &RoTxn<'_, WithoutTls>) -> Result<Vec<Change>, Failed> {
        let mut changes = BTreeMap::new();
        for entry in self.pending.from(txn, &[0])? {
            let (_, bytes) = entry?;
            changes.extend(decode(bytes).ok_or_else(|| corrupt("the pending changes of the state tree".to_owned()))?);
        }
        Ok(changes.into_iter().collect())
    }
}

impl TreeRead for LmdbView {
    fn node(&self, path: &NodePath) -> Result<Option<Node>, HostFault> {
        self.read(|databases, txn| {
            let Some(bytes) = databases.nodes.get(txn, &path.to_bytes())? else { return Ok(None) };
            Node::from_bytes(bytes).map(Some).ok_or_else(|| corrupt(format!("the state tree's node at {path}")))
        })
    }

    fn leaves(&self, path: &NodePath, limit: u64) -> Result<Vec<TreeLeaf>, HostFault> {
        self.read(|databases, txn| {
            let (mut leaves, start) = (Vec::new(), path.first());
            for entry in databases.leaves.from(txn, start.as_bytes())? {
                let (key, digest) = entry?;
                let leaf = Hash::from_slice(key).zip(Hash::from_slice(digest));
                let (leaf, digest) = leaf.ok_or_else(|| corrupt("a leaf of the state tree".to_owned()))?;
                if !path.covers(&leaf) || leaves.len() as u64 == limit {
                    break;
                }
                leaves.push(TreeLeaf { path: leaf, digest });
            }
            Ok(leaves)
        })
    }
}

/// The tree of a view with what is pending.
pub(super) fn newest<V>(view: V, pending: &Pending) -> Changed<'_, V> {
    Changed { base: view, changes: &pending.changes }
}

/// Path and digest of each change, with a byte between that says whether there is one.
fn encode(changes: &[Change]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(changes.len() * (2 * Hash::LEN_BYTES + 1));
    for (path, digest) in changes {
        bytes.extend_from_slice(path.as_bytes());
        bytes.push(u8::from(digest.is_some()));
        bytes.extend_from_slice(digest.as_ref().map_or(&[], |digest| digest.as_bytes()));
    }
    bytes
}

fn decode(mut bytes: &[u8]) -> Option<Vec<Change>> {
    let mut changes = Vec::new();
    while let Some((path, rest)) = bytes.split_first_chunk() {
        let (there, rest) = rest.split_first()?;
        let (digest, rest) = match there {
            0 => (None, rest),
            1 => rest.split_first_chunk().map(|(digest, rest)| (Some(Hash::from_bytes(*digest)), rest))?,
            _ => return None,
        };
        changes.push((Hash::from_bytes(*path), digest));
        bytes = rest;
    }
    bytes.is_empty().then_some(changes)
}
