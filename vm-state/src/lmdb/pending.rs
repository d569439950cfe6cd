//! What the newest blocks changed and the databases of the state and its tree do not have yet.
//!
//! A block of a thousand entries changes a thousand entries of the tables and a thousand leaves of the tree, each on a page of its
//! own, and random pages are what a disk is slow at. So a block writes its changes in a row to the database `pending`, in its
//! own transaction, and keeps them in memory. And it writes to their places those changes of many blocks whose turn it is: of
//! the tables what comes next in the order of keys, of the tree the next of its parts. Changes that lie close together
//! share pages. When everything had its turn since a block, its rows of `pending` go.
//!
//! Whoever opens the store reads `pending` back.

use std::collections::VecDeque;

use govm_core::{BlockHeader, EMPTY_ROOT, Hash, HostFault, StateKey, Write};
use heed::RwTxn;

use super::layout::{Databases, Failed};
use super::recent::{Recent, Values, is_kept};
use super::rows::EntryRows;
use super::tree::SLICES;
use super::view::LmdbView;
use crate::tree::{self, Change, NodePath, TreeChanges, TreeUpdate};

/// How long the values that wait for their turn may be together, in bytes.
const MAX_UNWRITTEN_BYTES: usize = 64 << 20;

/// A round of the tree takes so many times the changes that may wait for the tables. A part is written with all that waits in it: the
/// longer a round, the more changes share a page, and the more must be read back when the store is opened.
const TREE_ROUND: u64 = 4;

/// A part of the tree waits for no more than so many blocks, however small they are.
const MAX_BLOCKS_A_PART: u64 = 4;

/// A block writes at least so many changes of the tables.
const MIN_WRITTEN: usize = 64;

/// Up to this many changes are written at once: their pages cost less than reading them back when the store is opened again.
const MIN_PENDING: usize = 64;

/// What was read back, up to this many changes, is written with the next block, so that nobody need read it again.
const MAX_READ_BACK: usize = 4096;

/// In how many blocks everything is written that is more.
const READ_BACK_BLOCKS: usize = 16;

/// What is pending, and whose turn it is.
#[derive(Debug, Clone, Default)]
pub(super) struct Pending {
    /// The block that it leads to, zero before the first.
    head: Hash,
    /// Of the tree.
    pub(super) changes: TreeChanges,
    /// How many changes were read back, and how many blocks were written since.
    read_back: usize,
    blocks: usize,
    /// How many changes were made since a part of the tree was written, times the number of parts.
    since: u64,
    turn: Turn,
    /// The blocks whose rows the database has, and whose turn it was at each.
    pieces: VecDeque<(u64, Turn)>,
}

/// Whose turn it is.
#[derive(Debug, Clone, Default)]
struct Turn {
    /// How many parts of the tree were written, one after the other in rounds.
    parts: u64,
    /// How many times the tables were gone through, and the key that was written last.
    round: u64,
    key: Option<StateKey>,
}

impl Turn {
    /// Whether everything had its turn since another time.
    fn is_round_after(&self, then: &Self) -> bool {
        self.parts >= then.parts + SLICES && (self.round, &self.key) >= (then.round + 1, &then.key)
    }
}

/// What was read back.
struct ReadBack {
    head: Option<BlockHeader>,
    blocks: Vec<u64>,
    changes: Vec<Change>,
}

impl ReadBack {
    fn of(view: &LmdbView) -> Result<Self, HostFault> {
        let head = view.head()?;
        let (blocks, changes) = view.read(|databases, txn| databases.pending_changes(txn))?;
        Ok(Self { head, blocks, changes })
    }

    /// With what it makes of the stored tree, if that is the tree of the newest block.
    fn with(self, update: TreeUpdate) -> Result<Pending, HostFault> {
        let root = self.head.as_ref().map_or(EMPTY_ROOT, |head| head.state_root);
        if update.root() != root {
            let what = format!("the state tree has the root {}, the newest block says {root}", update.root());
            return Err(HostFault::Corrupt { what });
        }
        let mut changes = TreeChanges::default();
        changes.extend(update);
        let head = self.head.as_ref().map(BlockHeader::hash).unwrap_or_default();
        let pieces = self.blocks.into_iter().map(|block| (block, Turn::default())).collect();
        Ok(Pending { head, changes, read_back: self.changes.len(), pieces, ..Pending::default() })
    }
}

/// What a block writes to its place.
pub(super) struct Written {
    /// The parts of the tree; nothing for all of it.
    parts: Option<Vec<NodePath>>,
    since: u64,
    pub(super) values: Values,
    turn: Turn,
}

impl Pending {
    pub(super) fn head(&self) -> Hash {
        self.head
    }

    /// Reads the changes back, and works out the nodes that follow from them.
    pub(super) fn read(view: &LmdbView) -> Result<Self, HostFault> {
        let back = ReadBack::of(view)?;
        let update = tree::update_alone(view, &TreeChanges::default(), &back.changes)?;
        back.with(update)
    }

    /// The same, with a thread for each of some views of one state.
    pub(super) fn read_together(views: &mut [LmdbView]) -> Result<Self, HostFault> {
        let view = views.first().ok_or_else(|| HostFault::engine("nobody looks at the state"))?;
        let back = ReadBack::of(view)?;
        let update = tree::update(views, &TreeChanges::default(), &back.changes)?;
        back.with(update)
    }

    /// Adds a block's changes.
    pub(super) fn add(&mut self, update: TreeUpdate) {
        self.changes.extend(update);
    }

    /// Goes on to a block that was committed.
    pub(super) fn advance(&mut self, header: &BlockHeader, written: &Written) {
        match &written.parts {
            None => *self = Self::default(),
            Some(parts) => {
                self.pieces.push_back((header.height, std::mem::take(&mut self.turn)));
                parts.iter().for_each(|part| self.changes.forget(part));
                (self.turn, self.since) = (written.turn.clone(), written.since);
                self.blocks += 1;
                while self.pieces.front().is_some_and(|(_, then)| self.turn.is_round_after(then)) {
                    self.pieces.pop_front();
                }
            }
        }
        self.head = header.hash();
    }

    /// Whether the databases have everything.
    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Whether everything is written with the next block.
    fn is_whole(&self, recent: &Recent) -> bool {
        let pending = self.changes.len().max(recent.unwritten().0);
        pending <= MIN_PENDING || self.blocks == 0 && self.read_back > 0 && pending <= MAX_READ_BACK
    }

    /// The parts of the tree whose turn it is with a block of so many changes, and how many changes were made since the last turn
    /// afterwards, times the number of parts.
    fn parts(&self, changes: usize, may_wait: usize) -> (Vec<NodePath>, u64) {
        let round = TREE_ROUND * may_wait.max(1) as u64;
        let since = self.since + (changes as u64 * SLICES).max(round / MAX_BLOCKS_A_PART);
        let count = (since / round).max(self.least(SLICES as usize) as u64).min(SLICES);
        let first = self.turn.parts;
        let parts = (first..first + count).map(|part| NodePath::of_byte((part % SLICES) as u8)).collect();
        (parts, since.saturating_sub(count * round).min(round))
    }

    /// The values whose turn it is.
    fn values(&self, recent: &Recent, may_wait: usize) -> Values {
        let (unwritten, bytes) = recent.unwritten();
        let count = unwritten.saturating_sub(may_wait).max(MIN_WRITTEN).max(self.least(unwritten));
        recent.take(self.turn.key.as_ref(), count, bytes.saturating_sub(MAX_UNWRITTEN_BYTES))
    }

    /// How many of so many a block writes at least, so that what was read back is written soon.
    fn least(&self, all: usize) -> usize {
        if self.read_back > 0 && self.blocks < READ_BACK_BLOCKS { all.div_ceil(READ_BACK_BLOCKS) } else { 0 }
    }

    /// Whose turn it is after parts and values were written.
    fn turn_after(&self, parts: usize, values: &Values, recent: &Recent) -> Turn {
        let mut turn = self.turn.clone();
        turn.parts += parts as u64;
        let last = values.last().map(|(key, _)| key);
        if values.len() == recent.unwritten().0 {
            // Nothing is left.
            turn.round += 2;
        } else if last <= turn.key.as_ref() {
            turn.round += 1;
        }
        turn.key = last.cloned().or(turn.key);
        turn
    }
}

impl Databases {
    /// Writes what a block does to the state and its tree; `pending` and `recent` have its changes already.
    pub(super) fn put_state(
        &self,
        txn: &mut RwTxn<'_>,
        height: u64,
        (pending, recent): (&Pending, &Recent),
        changes: usize,
        writes: &[Write],
        may_wait: usize,
    ) -> Result<Written, Failed> {
        for (key, value) in writes.iter().filter(|(key, _)| !is_kept(key)) {
            self.put_value(txn, key, value.as_deref())?;
        }
        let (parts, since) = pending.parts(changes, may_wait);
        if pending.is_whole(recent) || !self.put_parts(txn, &pending.changes, &parts)? {
            let values = recent.take(None, usize::MAX, usize::MAX);
            self.put_values(txn, &values)?;
            self.put_tree(txn, &pending.changes)?;
            self.pending.clear(txn)?;
            return Ok(Written { parts: None, since: 0, values, turn: Turn::default() });
        }
        let mut rows = EntryRows::new(height);
        for (key, value) in writes {
            let value = if is_kept(key) { value.as_deref() } else { value.as_deref().map(|_| &b""[..]) };
            rows.push(key.table(), &key.to_bytes(), value);
        }
        self.pending.put_rows(txn, &rows.finish())?;
        let values = pending.values(recent, may_wait);
        self.put_values(txn, &values)?;
        let turn = pending.turn_after(parts.len(), &values, recent);
        let done = pending.pieces.iter().take_while(|(_, then)| turn.is_round_after(then)).last();
        if let Some((block, _)) = done {
            self.pending.drop_rows(txn, *block, usize::MAX)?;
        }
        Ok(Written { parts: Some(parts), since, values, turn })
    }

    fn put_values(&self, txn: &mut RwTxn<'_>, values: &Values) -> Result<(), Failed> {
        values.iter().try_for_each(|(key, value)| self.put_value(txn, key, value.as_deref()))
    }

    fn put_value(&self, txn: &mut RwTxn<'_>, key: &StateKey, value: Option<&[u8]>) -> Result<(), Failed> {
        let table = self.table(key.table());
        match value {
            Some(value) => table.put(txn, &key.to_bytes(), value),
            None => table.delete(txn, &key.to_bytes()).map(drop),
        }
    }
}
