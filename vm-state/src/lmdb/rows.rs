//! Rows: the many small things of one block, a page's half in an entry.
//!
//! An entry for each receipt or replaced value costs a search and a checksum each; an entry for all of a block needs a row of free
//! pages, which LMDB looks for in vain in a file that has been at work. A row is as long as an entry can be that shares a page
//! with another one; a thing that is longer is a row by itself. Its key is that of the first thing in it.

use govm_core::{StateKey, Table, Write};

/// Longest row of more than one thing, key and value, in bytes. Two entries share a page of 4,096 bytes if neither is longer than
/// 2,030 with its checksum.
const ROW_BYTES: usize = 2_020;

/// Rows with their keys, in the order in which their things were added.
#[derive(Debug, Default)]
pub(super) struct Rows(Vec<(Vec<u8>, Vec<u8>)>);

impl Rows {
    /// Adds a thing: `key` is what the row is called if the thing is the first in it.
    pub(super) fn push(&mut self, key: &[u8], thing: &[u8]) {
        match self.0.last_mut() {
            Some((key, row)) if key.len() + row.len() + thing.len() <= ROW_BYTES => row.extend_from_slice(thing),
            _ => {
                let mut row = Vec::with_capacity(ROW_BYTES.max(thing.len()));
                row.extend_from_slice(thing);
                self.0.push((key.to_vec(), row));
            }
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.0.iter().map(|(key, row)| (&key[..], &row[..]))
    }
}

/// An entry of the state as it is in a row: what its key holds from then on, or held until then.
pub(super) type RowEntry<'t> = (Table, &'t [u8], Option<&'t [u8]>);

/// The key of a row of entries that begins with one.
pub(super) fn key(height: u64, table: Table, key: &[u8]) -> Vec<u8> {
    [&height.to_be_bytes()[..], &[table as u8], key].concat()
}

/// The height in a row's key.
pub(super) fn height(key: &[u8]) -> Option<u64> {
    key.split_first_chunk().map(|(height, _)| u64::from_be_bytes(*height))
}

/// Table (u8), length of the key (u16), key, length of the value and one (u32) or zero for none, value; little-endian.
pub(super) fn encode(out: &mut Vec<u8>, table: Table, key: &[u8], value: Option<&[u8]>) {
    let short = "a key has a few hundred bytes, a value a few million: their limits are checked where they are made";
    out.push(table as u8);
    out.extend_from_slice(&u16::try_from(key.len()).expect(short).to_le_bytes());
    out.extend_from_slice(key);
    let length = value.map_or(0, |value| u32::try_from(value.len() + 1).expect(short));
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(value.unwrap_or_default());
}

/// Reads the entries of a row; nothing for bytes that are none.
pub(super) fn decode(mut row: &[u8]) -> Option<Vec<RowEntry<'_>>> {
    let mut entries = Vec::new();
    while let Some((table, rest)) = row.split_first() {
        let table = *Table::ALL.get(usize::from(*table))?;
        let (length, rest) = rest.split_first_chunk()?;
        let (key, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
        let (length, rest) = rest.split_first_chunk()?;
        let length = u32::from_le_bytes(*length) as usize;
        let (value, rest) = rest.split_at_checked(length.saturating_sub(1))?;
        entries.push((table, key, (length > 0).then_some(value)));
        row = rest;
    }
    Some(entries)
}

/// Rows of a block's entries, which are added in the order of their keys.
pub(super) struct EntryRows {
    rows: Rows,
    height: u64,
    thing: Vec<u8>,
}

impl EntryRows {
    pub(super) fn new(height: u64) -> Self {
        Self { rows: Rows::default(), height, thing: Vec::new() }
    }

    pub(super) fn push(&mut self, table: Table, bytes: &[u8], value: Option<&[u8]>) {
        self.thing.clear();
        encode(&mut self.thing, table, bytes, value);
        self.rows.push(&key(self.height, table, bytes), &self.thing);
    }

    pub(super) fn finish(self) -> Rows {
        self.rows
    }
}

/// The entries of a row that came from a database, with its height.
pub(super) fn read(key: &[u8], row: &[u8]) -> Option<(u64, Vec<Write>)> {
    let height = height(key)?;
    let entries = decode(row)?
        .into_iter()
        .map(|(table, key, value)| Some((StateKey::from_bytes(table, key)?, value.map(<[u8]>::to_vec))));
    entries.collect::<Option<Vec<_>>>().map(|entries| (height, entries))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read_back_and_bytes_that_are_none_are_refused() {
        let entries: [RowEntry<'_>; 3] = [
            (Table::Accounts, b"key", Some(b"value")),
            (Table::Fields, b"", Some(b"")),
            (Table::Created, b"gone", None),
        ];
        let mut row = Vec::new();
        let mut ends = vec![0];
        for (table, key, value) in entries {
            encode(&mut row, table, key, value);
            ends.push(row.len());
        }
        assert_eq!(decode(&row).unwrap(), entries);
        for cut in 0..row.len() {
            let whole = ends.iter().position(|end| *end == cut);
            assert_eq!(decode(&row[..cut]).map(|read| read.len()), whole, "cut at {cut}");
        }
        assert_eq!(decode(&[Table::ALL.len() as u8, 0, 0, 0, 0, 0, 0]), None);
    }
}
