//! The tables of the state, with each other and with the leaves of the tree.

use std::collections::BTreeMap;

use govm_core::{Hash, Object, ObjectId, StateKey, Table, tree_path, value_digest};

use super::{Check, Found};
use crate::entry::{BOUND, Entry, index_keys, parse};

/// The changes of the tree that its databases do not have.
pub(super) type PendingLeaves = BTreeMap<Hash, Option<Hash>>;

/// The fields of one object, while they are read in a row.
#[derive(Default)]
struct Run {
    object: Option<ObjectId>,
    fields: u64,
}

impl<'t> Check<'t, '_> {
    /// Checks the tables, and returns how many entries the state root binds.
    pub(super) fn state(&mut self, pending: &PendingLeaves) -> u64 {
        let mut entries = 0;
        for table in BOUND {
            let mut run = Run::default();
            self.walk_table(table, |check, key, value| {
                entries += 1;
                let parsed = parse(table, key, value);
                match parsed {
                    Ok((parsed, entry)) => {
                        check.leaf(&parsed, value, pending);
                        check.entry(&parsed, entry, &mut run);
                    }
                    Err(what) => check.differs(what),
                }
            });
            self.end_run(&run);
        }
        for table in [Table::Owned, Table::Created] {
            self.walk_table(table, |check, key, value| check.index(table, key, value));
        }
        entries
    }

    /// Whether the tree binds an entry as it is.
    fn leaf(&mut self, key: &StateKey, value: &[u8], pending: &PendingLeaves) {
        let Some(path) = tree_path(key) else { return };
        let digest = value_digest(value);
        let right = match pending.get(&path) {
            Some(pending) => *pending == Some(digest),
            None => match self.find(&self.databases.leaves, path.as_bytes()) {
                Found::Value(leaf) => leaf == digest.as_bytes(),
                Found::Damaged => true,
                Found::Nothing => false,
            },
        };
        if !right {
            self.differs(format!("the state tree has another value than {key:?}, or none"));
        }
    }

    fn entry(&mut self, key: &StateKey, entry: Entry, run: &mut Run) {
        match entry {
            Entry::Alone => {}
            Entry::Contract(contract) => {
                if matches!(self.find_in(Table::Code, contract.code.as_bytes()), Found::Nothing) {
                    self.differs(format!("the code of {key:?} is missing"));
                }
            }
            Entry::Object(id, object) => self.object(&id, &object),
            Entry::Field(id) => {
                if run.object != Some(id) {
                    self.end_run(run);
                    *run = Run { object: Some(id), fields: 0 };
                }
                run.fields += 1;
            }
        }
    }

    fn object(&mut self, id: &ObjectId, object: &Object) {
        for index in index_keys(id, object) {
            if matches!(self.find_in(index.table(), &index.to_bytes()), Found::Nothing) {
                self.differs(format!("the object {id} is not in the index {}", index.table().name()));
            }
        }
        // An object with fields is counted when they are read; here are those whose fields are all gone.
        if object.fields > 0 && !self.has_fields(id) {
            self.differs(format!("the object {id} says that it has {} fields and has none", object.fields));
        }
    }

    fn has_fields(&self, id: &ObjectId) -> bool {
        let of_object = |key: &[u8]| key.starts_with(id.as_bytes());
        let mut pending = self.writes.range((Table::Fields, id.as_bytes().to_vec())..);
        let mut pending = pending.by_ref().take_while(|((table, key), _)| *table == Table::Fields && of_object(key));
        if pending.any(|(_, value)| value.is_some()) {
            return true;
        }
        let stored = self.databases.table(Table::Fields).from(self.txn, id.as_bytes());
        let stored = stored.into_iter().flatten().map_while(Result::ok).take_while(|(key, _)| of_object(key));
        stored.into_iter().any(|(key, _)| !self.writes.contains_key(&(Table::Fields, key.to_vec())))
    }

    /// Compares the number of an object's fields with what the object says.
    fn end_run(&mut self, run: &Run) {
        let Some(id) = run.object else { return };
        match self.find_in(Table::Objects, id.as_bytes()) {
            Found::Nothing => {
                self.differs(format!("there are {} fields of the object {id}, which is not there", run.fields));
            }
            Found::Damaged => {}
            Found::Value(record) => {
                let object = borsh::from_slice::<Object>(record).ok();
                if let Some(object) = object.filter(|object| u64::from(object.fields) != run.fields) {
                    let said = object.fields;
                    self.differs(format!("the object {id} says that it has {said} fields and has {}", run.fields));
                }
            }
        }
    }

    /// Whether an entry of an index is that of an object.
    fn index(&mut self, table: Table, key: &'t [u8], value: &'t [u8]) {
        let parsed = StateKey::from_bytes(table, key);
        let id = match &parsed {
            Some(StateKey::Owned { object, .. } | StateKey::Created { object, .. }) => Some(*object),
            _ => None,
        };
        let right = id.is_some_and(|id| match self.find_in(Table::Objects, id.as_bytes()) {
            Found::Value(record) => borsh::from_slice::<Object>(record)
                .is_ok_and(|object| index_keys(&id, &object).iter().any(|known| Some(known) == parsed.as_ref())),
            Found::Damaged => true,
            Found::Nothing => false,
        });
        if !right || !value.is_empty() {
            self.differs(format!("the entry 0x{} of {} is that of no object", hex::encode(key), table.name()));
        }
    }
}
