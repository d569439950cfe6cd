//! What keys held before each of the last blocks.

use govm_core::{BlockHeader, EMPTY_ROOT, HostFault, tree_path, value_digest};

use super::{Check, Heights};
use crate::lmdb::history::parse;
use crate::lmdb::layout::Failed;
use crate::lmdb::pending::Pending;
use crate::lmdb::tree::newest;
use crate::lmdb::view::LmdbView;
use crate::tree::{Change, TreeChanges, update_alone};

impl<'t> Check<'t, '_> {
    pub(super) fn past(&mut self, view: &LmdbView, heights: &Heights, head: Option<&BlockHeader>) {
        let newest = head.map_or(0, |head| head.height);
        self.walk(&self.databases.history, |check, key, value| {
            let parsed = parse(key, value);
            match check.or_tell(parsed) {
                Some((height, _)) if height == 0 || height > newest => {
                    check.differs(format!("the row 0x{} of history is of no block", hex::encode(key)));
                }
                _ => {}
            }
        });
        // Going back in a damaged store leads nowhere, and what is wrong is told already.
        if self.found == 0 {
            let walked = self.walk_back(view, heights.oldest, newest);
            self.or_tell(walked);
        }
    }

    /// Undoes block after block, and compares each state's root with that of its block.
    fn walk_back(&mut self, view: &LmdbView, oldest: u64, head: u64) -> Result<(), Failed> {
        let pending = Pending::read(view)?;
        let (newest, mut undone) = (newest(view, &pending), TreeChanges::default());
        for block in (oldest.saturating_add(1)..=head).rev() {
            let changes = self.undo_of(block)?;
            let update = update_alone(&newest, &undone, &changes)?;
            let before = self.databases.header(self.txn, block - 1)?;
            if before.is_none() && block > 1 {
                return Err(HostFault::Corrupt { what: format!("the block {} is missing", block - 1) }.into());
            }
            let expected = before.map_or(EMPTY_ROOT, |header| header.state_root);
            if update.root() != expected {
                let what = format!("what block {block} replaced does not lead back to the state root before it");
                return Err(HostFault::Corrupt { what }.into());
            }
            undone.extend(update);
        }
        Ok(())
    }

    /// The changes of the tree that undo a block, in the order of their paths.
    fn undo_of(&self, block: u64) -> Result<Vec<Change>, Failed> {
        let mut changes = Vec::new();
        let start = block.to_be_bytes();
        for entry in self.databases.history.from(self.txn, &start)? {
            let (key, row) = entry?;
            let (height, entries) = parse(key, row)?;
            if height != block {
                break;
            }
            let undone =
                entries.iter().filter_map(|(key, old)| Some((tree_path(key)?, old.as_deref().map(value_digest))));
            changes.extend(undone);
        }
        changes.sort_unstable();
        Ok(changes)
    }
}
