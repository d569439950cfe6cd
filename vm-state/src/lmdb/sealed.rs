//! A database whose entries carry a checksum: what a disk or a stray write changed is a fault, never an answer.

use std::ops::Bound;

use heed::types::Bytes;
use heed::{Database, RoTxn, RwTxn, WithoutTls};

use super::layout::{Failed, corrupt};
use super::rows::Rows;

/// The checksum behind each value, in bytes: CRC-32 (IEEE 802.3) of the database's name, the key and the value. It finds
/// every burst of up to 32 bits and all but one in four billion other changes; who changes it on purpose is found by the root.
const SEAL_BYTES: usize = 4;

/// A database with checksums.
#[derive(Debug)]
pub(super) struct Sealed {
    name: &'static str,
    database: Database<'static, Bytes, Bytes>,
}

/// An entry: its key and its value.
pub(super) type Entry<'t> = (&'t [u8], &'t [u8]);

impl Sealed {
    pub(super) fn new(name: &'static str, database: Database<'static, Bytes, Bytes>) -> Self {
        Self { name, database }
    }

    pub(super) fn get<'t>(&self, txn: &'t RoTxn<'_, WithoutTls>, key: &[u8]) -> Result<Option<&'t [u8]>, Failed> {
        self.database.get(txn, key)?.map(|sealed| self.open(key, sealed)).transpose()
    }

    /// The first entry from a bound on.
    pub(super) fn first<'t>(
        &self,
        txn: &'t RoTxn<'_, WithoutTls>,
        from: Bound<&[u8]>,
    ) -> Result<Option<Entry<'t>>, Failed> {
        let found = match from {
            Bound::Included(key) => self.database.get_greater_than_or_equal_to(txn, key)?,
            Bound::Excluded(key) => self.database.get_greater_than(txn, key)?,
            Bound::Unbounded => self.database.first(txn)?,
        };
        found.map(|(key, sealed)| Ok((key, self.open(key, sealed)?))).transpose()
    }

    /// The last entry up to a key.
    pub(super) fn last<'t>(&self, txn: &'t RoTxn<'_, WithoutTls>, key: &[u8]) -> Result<Option<Entry<'t>>, Failed> {
        let found = self.database.get_lower_than_or_equal_to(txn, key)?;
        found.map(|(key, sealed)| Ok((key, self.open(key, sealed)?))).transpose()
    }

    /// The entries from a key on.
    pub(super) fn from<'s, 't>(
        &'s self,
        txn: &'t RoTxn<'_, WithoutTls>,
        key: &[u8],
    ) -> Result<impl Iterator<Item = Result<Entry<'t>, Failed>> + use<'s, 't>, Failed> {
        self.range(txn, Bound::Included(key))
    }

    /// The entries from a bound on, which is no empty key.
    pub(super) fn range<'s, 't>(
        &'s self,
        txn: &'t RoTxn<'_, WithoutTls>,
        from: Bound<&[u8]>,
    ) -> Result<impl Iterator<Item = Result<Entry<'t>, Failed>> + use<'s, 't>, Failed> {
        let entries = self.database.range(txn, &(from, Bound::Unbounded))?;
        Ok(entries.map(|entry| {
            let (key, sealed) = entry?;
            Ok((key, self.open(key, sealed)?))
        }))
    }

    /// Every entry. One with a wrong checksum does not end it.
    pub(super) fn all<'t>(
        &self,
        txn: &'t RoTxn<'_, WithoutTls>,
    ) -> Result<impl Iterator<Item = Result<Entry<'t>, Failed>>, Failed> {
        Ok(self.database.iter(txn)?.map(|entry| {
            let (key, sealed) = entry?;
            Ok((key, self.open(key, sealed)?))
        }))
    }

    /// Every key, whatever is stored under it.
    pub(super) fn keys<'t>(
        &self,
        txn: &'t RoTxn<'_, WithoutTls>,
    ) -> Result<impl Iterator<Item = Result<&'t [u8], Failed>>, Failed> {
        Ok(self.database.iter(txn)?.map(|entry| Ok(entry?.0)))
    }

    /// How many entries there are.
    pub(super) fn len(&self, txn: &RoTxn<'_, WithoutTls>) -> Result<u64, Failed> {
        Ok(self.database.len(txn)?)
    }

    /// How many entries there are, and the pages that they take in bytes.
    pub(super) fn size(&self, txn: &RoTxn<'_, WithoutTls>) -> Result<(u64, u64), Failed> {
        let stat = self.database.stat(txn)?;
        let pages = stat.branch_pages + stat.leaf_pages + stat.overflow_pages;
        Ok((stat.entries as u64, pages as u64 * u64::from(stat.page_size)))
    }

    pub(super) fn put(&self, txn: &mut RwTxn<'_>, key: &[u8], value: &[u8]) -> Result<(), Failed> {
        use std::io::Write;
        let seal = self.seal(key, value).to_le_bytes();
        self.database.put_reserved(txn, key, value.len() + SEAL_BYTES, |space| {
            space.write_all(value)?;
            space.write_all(&seal)
        })?;
        Ok(())
    }

    pub(super) fn put_rows(&self, txn: &mut RwTxn<'_>, rows: &Rows) -> Result<(), Failed> {
        rows.iter().try_for_each(|(key, row)| self.put(txn, key, row))
    }

    /// Deletes an entry, and says whether it was there.
    pub(super) fn delete(&self, txn: &mut RwTxn<'_>, key: &[u8]) -> Result<bool, Failed> {
        Ok(self.database.delete(txn, key)?)
    }

    /// Deletes what begins with a height (u64, big-endian) up to one, from the first on, and no more than so many entries.
    pub(super) fn drop_rows(&self, txn: &mut RwTxn<'_>, last: u64, most: usize) -> Result<(), Failed> {
        for _ in 0..most {
            let Some((key, _)) = self.database.first(txn)? else { break };
            let behind = |height: &[u8; 8]| u64::from_be_bytes(*height) > last;
            if key.first_chunk().is_some_and(behind) {
                break;
            }
            let key = key.to_vec();
            self.database.delete(txn, &key)?;
        }
        Ok(())
    }

    pub(super) fn clear(&self, txn: &mut RwTxn<'_>) -> Result<(), Failed> {
        Ok(self.database.clear(txn)?)
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    fn open<'t>(&self, key: &[u8], sealed: &'t [u8]) -> Result<&'t [u8], Failed> {
        let (value, seal) = sealed.split_last_chunk().ok_or_else(|| self.damaged(key))?;
        if u32::from_le_bytes(*seal) == self.seal(key, value) { Ok(value) } else { Err(self.damaged(key)) }
    }

    fn seal(&self, key: &[u8], value: &[u8]) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(self.name.as_bytes());
        hasher.update(key);
        hasher.update(value);
        hasher.finalize()
    }

    fn damaged(&self, key: &[u8]) -> Failed {
        corrupt(format!("the entry {} of {} does not match its checksum", hex::encode(key), self.name))
    }
}
