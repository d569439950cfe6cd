//! Exports that no store writes, with the right checksum: written by hand from the documented layout.

use std::io::Write;

use govm_core::{Address, BlockHeader, Hash, ObjectId, StateKey, StateStore};
use govm_state::LmdbStore;
use sha2::{Digest, Sha256};

use super::entries;

/// What an export holds.
#[derive(Debug, Clone)]
pub(crate) struct Forged {
    pub(crate) header: BlockHeader,
    pub(crate) tables: [Vec<(Vec<u8>, Vec<u8>)>; 5],
    /// How much the number of entries at the end differs from the right one.
    pub(crate) end: u64,
}

impl Forged {
    /// What a store holds.
    pub(crate) fn of(store: &LmdbStore) -> Self {
        let snapshot = store.snapshot().unwrap();
        let first = [
            StateKey::Account(Address::ZERO),
            StateKey::Contract(Address::ZERO),
            StateKey::Code(Hash::ZERO),
            StateKey::Object(ObjectId::ZERO),
            StateKey::Field(ObjectId::ZERO, "".into()),
        ];
        let tables = first.map(|first| {
            entries(&snapshot.state, first).into_iter().map(|(key, value)| (key.to_bytes(), value)).collect()
        });
        Self { header: snapshot.head.unwrap(), tables, end: 0 }
    }
}

/// Writes the export.
pub(crate) fn forge(forged: &Forged) -> Vec<u8> {
    let mut content = Vec::new();
    let header = borsh::to_vec(&forged.header).unwrap();
    content.extend_from_slice(&(header.len() as u32).to_le_bytes());
    content.extend_from_slice(&header);
    for table in &forged.tables {
        content.extend_from_slice(&(table.len() as u64).to_le_bytes());
    }
    for (key, value) in forged.tables.iter().flatten() {
        content.extend_from_slice(&(key.len() as u16).to_le_bytes());
        content.extend_from_slice(&(value.len() as u32).to_le_bytes());
        content.extend_from_slice(key);
        content.extend_from_slice(value);
    }
    let entries = forged.tables.iter().map(Vec::len).sum::<usize>() as u64 + forged.end;
    content.extend_from_slice(&entries.to_le_bytes());

    let mut frame = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    frame.write_all(&content).unwrap();
    let mut export = [&b"govm-export\n\x02\0\0\0"[..], &frame.finish().unwrap()].concat();
    let digest = Sha256::digest(&export);
    export.extend_from_slice(&digest);
    export
}
