//! Reading back what is pending, from the rows that blocks wrote.

use std::collections::BTreeMap;
use std::sync::Arc;

use govm_core::{Table, Write};
use heed::{RoTxn, WithoutTls};

use super::layout::{Databases, Failed, corrupt};
use super::recent::{Recent, is_kept};
use super::rows;
use crate::tree::{self, Change};

impl Databases {
    /// What blocks after a height wrote, row by row: as far back as `pending` goes.
    pub(super) fn pending_rows<'t>(
        &'t self,
        txn: &'t RoTxn<'_, WithoutTls>,
        after: u64,
    ) -> Result<impl Iterator<Item = Result<(u64, Vec<Write>), Failed>> + 't, Failed> {
        let rows = self.pending.from(txn, &after.saturating_add(1).to_be_bytes())?;
        Ok(rows.map(|row| {
            let (key, row) = row?;
            rows::read(key, row).ok_or_else(|| corrupt("the pending changes of the state".to_owned()))
        }))
    }

    /// The changes that the tree's databases do not have, in the order of their paths, and the blocks that they are of.
    pub(super) fn pending_changes(&self, txn: &RoTxn<'_, WithoutTls>) -> Result<(Vec<u64>, Vec<Change>), Failed> {
        let (mut blocks, mut changes, mut code) = (Vec::new(), Vec::new(), BTreeMap::new());
        for row in self.pending_rows(txn, 0)? {
            let (height, mut entries) = row?;
            if blocks.last() != Some(&height) {
                blocks.push(height);
            }
            code.extend(entries.extract_if(.., |(key, _)| !is_kept(key)));
            changes.extend(tree::changes_of(&entries));
        }
        for (key, value) in code.iter_mut().filter(|(_, value)| value.is_some()) {
            let code = self.table(Table::Code).get(txn, &key.to_bytes())?;
            *value = Some(code.ok_or_else(|| corrupt(format!("the pending {key:?} is missing")))?.to_vec());
        }
        changes.extend(tree::changes(code.iter().map(|(key, value)| (key, value.as_deref()))));
        Ok((blocks, tree::newest(changes)))
    }
}

/// The writes that the tables of a state do not have: what is known already, with what is missing of it, or all read back.
pub(super) fn recent_of(
    databases: &Databases,
    txn: &RoTxn<'_, WithoutTls>,
    known: Option<&Arc<Recent>>,
    height: u64,
) -> Result<Arc<Recent>, Failed> {
    let first = databases.pending_rows(txn, 0)?.next().transpose()?.map(|(first, _)| first);
    let known = known.filter(|known| {
        let (base, newest) = known.heights();
        let continues = first.is_some_and(|first| first <= newest + 1) && !known.is_overgrown();
        base <= height && (height <= newest || continues)
    });
    let is_new = known.is_none();
    let recent = match known {
        Some(known) => Arc::clone(known),
        None => Arc::new(Recent::new(first.map_or(height, |first| first.saturating_sub(1).min(height)))),
    };
    let (_, newest) = recent.heights();
    if newest < height {
        for row in databases.pending_rows(txn, newest)? {
            let (block, writes) = row?;
            recent.add(block, &writes);
        }
        recent.committed(height, Vec::new());
    }
    if is_new {
        recent.is_read_back();
    }
    Ok(recent)
}
