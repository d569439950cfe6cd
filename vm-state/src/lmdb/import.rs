//! Making a store of an exported state; see [`stream`](super::stream).

use std::cell::RefCell;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use govm_core::{BlockHeader, Contract, EMPTY_ROOT, Hash, Object, ObjectId, Table, tree_path, value_digest};
use heed::RwTxn;

use super::directory::WriterLock;
use super::layout::{Databases, Failed};
use super::open;
use super::shared::Shared;
use super::stream::{Content, MAX_HEADER_BYTES, damaged};
use crate::entry::{BOUND, Entry, MAX_KEY_BYTES, index_keys, max_value_bytes, parse};
use crate::report::Meter;
use crate::tree::{Builder, Node, NodePath};
use crate::{ImportError, OpenOptions, Progress};

/// How many leaves are taken from the database at a time: 256 KiB.
const PAGE_LEAVES: usize = 4096;

/// Why an import ended: the store's part, which a larger map may help, or the export's.
#[derive(Debug)]
pub(super) enum Refused {
    Store(Failed),
    Import(ImportError),
}

impl From<Failed> for Refused {
    fn from(failed: Failed) -> Self {
        Self::Store(failed)
    }
}

impl From<ImportError> for Refused {
    fn from(error: ImportError) -> Self {
        Self::Import(error)
    }
}

/// Makes a store at a path, and everything in it in one transaction.
pub(super) fn import(
    path: &Path,
    options: &OpenOptions,
    mut export: impl Read + Seek,
    progress: &mut dyn FnMut(Progress),
) -> Result<(Arc<Shared>, WriterLock), ImportError> {
    let start = export.stream_position().map_err(ImportError::Read)?;
    open::create_filled(path, options, |shared| {
        shared.fill(options.max_map_bytes_whole(), |databases, txn| {
            export.seek(SeekFrom::Start(start)).map_err(ImportError::Read)?;
            fill(databases, txn, &mut export, progress)
        })
    })
}

fn fill(
    databases: &Databases,
    txn: &mut RwTxn<'_>,
    export: &mut impl Read,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), Refused> {
    let mut content = Content::open(export)?;
    let header = read_header(&mut content)?;
    let mut counts = [0; BOUND.len()];
    for count in &mut counts {
        *count = u64::from_le_bytes(content.number()?);
    }
    let total = counts.iter().try_fold(0u64, |sum, count| sum.checked_add(*count));
    let total = total.ok_or_else(|| damaged("it names more entries than there can be"))?;

    let mut meter = Meter::new("importing", total, progress);
    let mut state = State { databases, txn, fields: 0, run: None };
    for (table, count) in BOUND.into_iter().zip(counts) {
        state.read_table(table, count, &mut content, &mut meter)?;
    }
    if u64::from_le_bytes(content.number()?) != total {
        return Err(damaged("the number of entries at its end is another than at its beginning"));
    }
    content.finish()?;
    state.check_contracts()?;
    meter.begin("building the state tree");
    let found = build_tree(databases, txn, total)?;
    if found != header.state_root {
        return Err(ImportError::OtherRoot { found, expected: header.state_root }.into());
    }
    databases.put_base(txn, &header)?;
    Ok(())
}

fn read_header<R: Read>(content: &mut Content<R>) -> Result<BlockHeader, Refused> {
    let length = u32::from_le_bytes(content.number()?) as usize;
    if length > MAX_HEADER_BYTES {
        return Err(damaged(format!("the block's header has {length} bytes")));
    }
    let mut bytes = Vec::new();
    content.bytes(length, &mut bytes)?;
    let header: BlockHeader =
        borsh::from_slice(&bytes).map_err(|error| damaged(format!("the block's header: {error}")))?;
    // The next block's height must be a number too.
    if header.height == 0 || header.height == u64::MAX {
        return Err(damaged(format!("no block has the height {}", header.height)));
    }
    Ok(header)
}

/// The entries on their way into the databases.
struct State<'a, 't> {
    databases: &'a Databases,
    txn: &'a mut RwTxn<'t>,
    /// How many fields the objects say that they have.
    fields: u64,
    /// The object whose fields are being read, and how many are still to come.
    run: Option<(ObjectId, u32)>,
}

impl State<'_, '_> {
    fn read_table<R: Read>(
        &mut self,
        table: Table,
        count: u64,
        content: &mut Content<R>,
        meter: &mut Meter<'_>,
    ) -> Result<(), Refused> {
        if table == Table::Fields && count != self.fields {
            return Err(damaged(format!("its objects have {} fields, it has {count}", self.fields)));
        }
        let (mut last, mut key, mut value) = (Vec::new(), Vec::new(), Vec::new());
        for at in 0..count {
            let key_bytes = usize::from(u16::from_le_bytes(content.number()?));
            let value_bytes = u32::from_le_bytes(content.number()?) as usize;
            if key_bytes > MAX_KEY_BYTES || value_bytes > max_value_bytes(table) {
                return Err(damaged(format!("the entry {at} of {} is too long", table.name())));
            }
            content.bytes(key_bytes, &mut key)?;
            content.bytes(value_bytes, &mut value)?;
            if at > 0 && last >= key {
                return Err(damaged(format!("the entry {at} of {} is not behind the one before", table.name())));
            }
            self.take(table, &key, &value)?;
            std::mem::swap(&mut last, &mut key);
            meter.count();
        }
        Ok(())
    }

    fn take(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<(), Refused> {
        let (parsed, entry) = parse(table, key, value).map_err(damaged)?;
        match entry {
            Entry::Alone | Entry::Contract(_) => {}
            Entry::Object(id, object) => {
                for index in index_keys(&id, &object) {
                    self.databases.table(index.table()).put(self.txn, &index.to_bytes(), &[])?;
                }
                self.fields += u64::from(object.fields);
            }
            Entry::Field(id) => self.count_field(id)?,
        }
        self.databases.table(table).put(self.txn, key, value)?;
        if let Some(path) = tree_path(&parsed) {
            self.databases.leaves.put(self.txn, path.as_bytes(), value_digest(value).as_bytes())?;
        }
        Ok(())
    }

    /// Counts a field of an object. That no object has fewer than it says follows from their sum.
    fn count_field(&mut self, id: ObjectId) -> Result<(), Refused> {
        let left = match self.run {
            Some((running, left)) if running == id => left,
            _ => {
                let record = self.databases.table(Table::Objects).get(self.txn, id.as_bytes())?;
                let object = record.and_then(|record| borsh::from_slice::<Object>(record).ok());
                object.ok_or_else(|| damaged(format!("a field of the object {id}, which is not there")))?.fields
            }
        };
        let left = left.checked_sub(1);
        self.run = Some((id, left.ok_or_else(|| damaged(format!("the object {id} has more fields than it says")))?));
        Ok(())
    }

    /// Whether the code of every contract is there.
    fn check_contracts(&self) -> Result<(), Refused> {
        for entry in self.databases.table(Table::Contracts).all(self.txn)? {
            let (key, record) = entry?;
            let contract = borsh::from_slice::<Contract>(record).ok();
            let contract = contract.ok_or_else(|| damaged("a contract's record"))?;
            if self.databases.table(Table::Code).get(self.txn, contract.code.as_bytes())?.is_none() {
                let what = format!("the code of the contract 0x{} is missing", hex::encode(key));
                return Err(damaged(what));
            }
        }
        Ok(())
    }
}

/// Builds the nodes of the state tree out of the leaves, which the database has put in order, and returns the root.
fn build_tree(databases: &Databases, txn: &mut RwTxn<'_>, leaves: u64) -> Result<Hash, Failed> {
    let nodes: RefCell<Vec<(NodePath, Node)>> = RefCell::default();
    let mut builder = Builder::new(leaves, |path, node| {
        nodes.borrow_mut().push((path, node));
        Ok::<_, Failed>(())
    });
    let mut after = None;
    loop {
        let page = databases.leaves_page(txn, after.as_ref(), PAGE_LEAVES)?;
        let Some(last) = page.last() else { break };
        after = Some(last.path);
        for leaf in page {
            builder.push(leaf)?;
        }
        put_nodes(databases, txn, &nodes)?;
    }
    let top = builder.finish()?;
    put_nodes(databases, txn, &nodes)?;
    Ok(top.map_or(EMPTY_ROOT, |child| child.hash))
}

fn put_nodes(databases: &Databases, txn: &mut RwTxn<'_>, nodes: &RefCell<Vec<(NodePath, Node)>>) -> Result<(), Failed> {
    for (path, node) in nodes.take() {
        databases.nodes.put(txn, &path.to_bytes(), &node.to_bytes())?;
    }
    Ok(())
}
