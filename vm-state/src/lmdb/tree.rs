//! The state tree in the databases `leaves`, `nodes` and `pending`.
//!
//! A block of a thousand entries changes a thousand leaves, each on a page of its own, and random pages are what a disk is slow
//! at. So a block writes its changes of the tree in one piece to `pending`, pages in a row, in its own transaction, and keeps
//! them in memory beside the nodes that follow from them. And it writes to `leaves` and `nodes` what is pending in some of the
//! [`SLICES`] parts of the tree, in turn: changes of many blocks, that lie close together. When every part had its turn since a
//! block, its piece of `pending` goes.
//!
//! What the databases hold is a tree by itself at any time, with parts of different ages; with `pending` on top it is the newest
//! one. Whoever opens the store reads `pending` back.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;

use govm_core::{BlockHeader, EMPTY_ROOT, Hash, HostFault, TreeLeaf};
use heed::{RoTxn, RwTxn, WithoutTls};

use super::layout::{Databases, Failed, corrupt};
use super::view::LmdbView;
use crate::tree::{self, Change, Changed, Node, NodePath, TreeChanges, TreeRead, TreeUpdate};

/// How many parts the tree is written in: one for each first byte of a path.
const SLICES: u64 = 256;

/// About how many changes one round through all parts is to write. At a million objects with a field each and a thousand changes a
/// block, a block writes two parts: 1,000 changes on 300 pages of leaves, where they would be on 1,000. A larger round would
/// save some of these too, for more memory (45 MiB here, nodes and all) and more time to read them back.
const ROUND_LEAVES: u64 = 128 * 1024;

/// Up to this many changed leaves the tree is written at once: their pages cost less than reading them back when the store is
/// opened again.
const MIN_PENDING_LEAVES: usize = 64;

/// The tree's changes since it was written.
#[derive(Debug, Clone, Default)]
pub(super) struct Pending {
    /// The block that they lead to, zero before the first.
    head: Hash,
    changes: TreeChanges,
    /// Whether they were read back: then the next block writes them all, so that nobody need read them again.
    read_back: bool,
    /// How many parts were written, one after the other in rounds.
    written: u64,
    /// The blocks whose pieces the database `pending` has, and how many parts were written before each.
    pieces: VecDeque<(u64, u64)>,
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

    /// Adds a block's changes. Adding them again changes nothing.
    pub(super) fn add(&mut self, update: &LmdbUpdate) {
        self.changes.extend(&update.changes, &update.tree);
    }

    /// Goes on to a block that was committed.
    pub(super) fn advance(&mut self, header: &BlockHeader, written: &Written) {
        match written {
            Written::Whole => *self = Self::default(),
            Written::Parts(parts) => {
                self.pieces.push_back((header.height, self.written));
                parts.iter().for_each(|part| self.changes.forget(part));
                self.written += parts.len() as u64;
                while self.pieces.front().is_some_and(|(_, before)| before + SLICES <= self.written) {
                    self.pieces.pop_front();
                }
            }
        }
        self.head = header.hash();
    }

    /// The parts whose turn it is with a block of so many changes.
    fn parts(&self, changes: usize) -> Vec<NodePath> {
        let count = (changes as u64 * SLICES).div_ceil(ROUND_LEAVES).clamp(1, SLICES);
        (self.written..self.written + count).map(|part| NodePath::of_byte((part % SLICES) as u8)).collect()
    }
}

/// What of the tree a block wrote.
pub(super) enum Written {
    /// All that was pending.
    Whole,
    /// What was pending in these parts.
    Parts(Vec<NodePath>),
}

impl Databases {
    /// Writes what a block does to the tree; `pending` has its changes already.
    pub(super) fn put_tree(
        &self,
        txn: &mut RwTxn<'_>,
        height: u64,
        pending: &Pending,
        changes: &[Change],
    ) -> Result<Written, Failed> {
        let parts = pending.parts(changes.len());
        let whole = pending.read_back || pending.changes.len() <= MIN_PENDING_LEAVES;
        if whole || !self.put_parts(txn, pending, &parts)? {
            self.put_below(txn, pending, &NodePath::ROOT)?;
            self.pending.clear(txn)?;
            return Ok(Written::Whole);
        }
        self.pending.put(txn, &height.to_be_bytes(), &encode(changes))?;
        let written = pending.written + parts.len() as u64;
        for (block, _) in pending.pieces.iter().take_while(|(_, before)| before + SLICES <= written) {
            self.pending.delete(txn, &block.to_be_bytes())?;
        }
        Ok(Written::Parts(parts))
    }

    /// Writes parts of the tree; false if the tree is too small to have parts, and nothing is written that may not be.
    fn put_parts(&self, txn: &mut RwTxn<'_>, pending: &Pending, parts: &[NodePath]) -> Result<bool, Failed> {
        for parts in parts.chunk_by(|a, b| a.parent_digit() == b.parent_digit()) {
            let digit = parts[0].parent_digit();
            let above = NodePath::ROOT.child(digit);
            let (Some(mut root), Some(mut node)) = (self.node(txn, &NodePath::ROOT)?, self.node(txn, &above)?) else {
                return Ok(false);
            };
            let Some(newest) = pending.changes.node(&above).unwrap_or(Some(node)) else { return Ok(false) };
            for part in parts {
                node.children[part.last_digit()] = newest.children[part.last_digit()];
            }
            // The two nodes above the parts are those of what is stored below them, old parts and new.
            root.children[digit] = node.range(0..16);
            let (Some(node), Some(root)) = (node.stored(), root.stored()) else { return Ok(false) };
            for part in parts {
                self.put_below(txn, pending, part)?;
            }
            self.nodes.put(txn, &above.to_bytes(), &node.to_bytes())?;
            self.nodes.put(txn, &NodePath::ROOT.to_bytes(), &root.to_bytes())?;
        }
        Ok(true)
    }

    /// Writes what is pending at a prefix and below it.
    fn put_below(&self, txn: &mut RwTxn<'_>, pending: &Pending, prefix: &NodePath) -> Result<(), Failed> {
        for (path, digest) in pending.changes.leaves(prefix) {
            match digest {
                Some(digest) => self.leaves.put(txn, path.as_bytes(), digest.as_bytes())?,
                None => drop(self.leaves.delete(txn, path.as_bytes())?),
            }
        }
        for (path, node) in pending.changes.nodes(prefix) {
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

    /// The changes that the tree's databases do not have, in the order of their paths.
    pub(super) fn pending_changes(&self, txn: &RoTxn<'_, WithoutTls>) -> Result<Vec<Change>, Failed> {
        let mut changes = BTreeMap::new();
        for entry in self.pending.all(txn)? {
            let (_, bytes) = entry?;
            changes.extend(decode(bytes).ok_or_else(|| corrupt("the pending changes of the state tree".to_owned()))?);
        }
        Ok(changes.into_iter().collect())
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

/// Reads the changes of a block.
pub(super) fn decode(mut bytes: &[u8]) -> Option<Vec<Change>> {
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
