//! Blocks, receipts and events: how they are stored, and found again.

use std::borrow::Borrow;
use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::Arc;

use borsh::BorshDeserialize;
use govm_core::{Address, BlockHeader, Event, EventPosition, Hash, Receipt};
use heed::{RoTxn, RwTxn, WithoutTls};

use super::layout::{Databases, Failed, corrupt, decode, encode};
use super::rows::Rows;

pub(super) const HEAD_KEY: &[u8] = b"head";
pub(super) const BASE_KEY: &[u8] = b"base";

/// What stands for every name in the index of events; a name is at most 64 bytes long.
const ANY_NAME: u8 = 0xff;

type Txn<'t> = RoTxn<'t, WithoutTls>;

impl Databases {
    /// The header of the newest block.
    pub(super) fn head(&self, txn: &Txn<'_>) -> Result<Option<BlockHeader>, Failed> {
        let height = self.height(txn)?;
        match self.header(txn, height)? {
            Some(header) => Ok(Some(header)),
            None if height == 0 => Ok(None),
            None => Err(corrupt(format!("the newest block, of height {height}, is missing"))),
        }
    }

    /// The height of the newest block; 0 before the first.
    pub(super) fn height(&self, txn: &Txn<'_>) -> Result<u64, Failed> {
        let Some(height) = self.meta.get(txn, HEAD_KEY)? else { return Ok(0) };
        number(height).ok_or_else(|| corrupt("the height of the newest block".to_owned()))
    }

    pub(super) fn header(&self, txn: &Txn<'_>, height: u64) -> Result<Option<BlockHeader>, Failed> {
        let Some(bytes) = self.blocks.get(txn, &height.to_be_bytes())? else { return Ok(None) };
        let header: BlockHeader = decode(bytes, || format!("block {height}"))?;
        if header.height != height {
            return Err(corrupt(format!("block {height} says that its height is {}", header.height)));
        }
        Ok(Some(header))
    }

    pub(super) fn height_of(&self, txn: &Txn<'_>, block: &Hash) -> Result<Option<u64>, Failed> {
        let Some(height) = self.heights.get(txn, block.as_bytes())? else { return Ok(None) };
        number(height).map(Some).ok_or_else(|| corrupt(format!("the height of block {block}")))
    }

    pub(super) fn receipts(&self, txn: &Txn<'_>, height: u64) -> Result<Vec<Receipt>, Failed> {
        let mut receipts = Vec::new();
        let start = receipt_key(height, 0);
        for entry in self.receipts.from(txn, &start)? {
            let (key, mut row) = entry?;
            if !key.starts_with(&height.to_be_bytes()) {
                break;
            }
            if key != receipt_key(height, index(receipts.len())) {
                return Err(corrupt(format!("receipt {} of block {height} is missing", receipts.len())));
            }
            while !row.is_empty() {
                let receipt = Receipt::deserialize(&mut row);
                let what = |error| corrupt(format!("receipt {} of block {height}: {error}", receipts.len()));
                receipts.push(receipt.map_err(what)?);
            }
        }
        Ok(receipts)
    }

    /// A page of a contract's events, of one name or of all. The index leads to blocks; which of a block's events are meant
    /// its receipts tell.
    pub(super) fn events(
        &self,
        txn: &Txn<'_>,
        contract: &Address,
        name: Option<&str>,
        after: Option<EventPosition>,
        limit: usize,
    ) -> Result<Vec<(EventPosition, Event)>, Failed> {
        let Some(prefix) = event_prefix(contract, name) else { return Ok(Vec::new()) };
        let wanted = |event: &Event| event.contract == *contract && name.is_none_or(|name| event.name == name);
        let mut from = Bound::Included(event_key(&prefix, after.map_or(0, |after| after.height)));
        let mut page = Vec::new();
        while page.len() < limit {
            let Some((key, _)) = self.events.first(txn, from.as_ref().map(Vec::as_slice))? else { break };
            let Some(height) = key.strip_prefix(prefix.as_slice()) else { break };
            let height = number(height).ok_or_else(|| corrupt("a key of the index of events".to_owned()))?;
            let events: Vec<_> =
                events_of(height, self.receipts(txn, height)?).filter(|(_, event)| wanted(event)).collect();
            if events.is_empty() {
                return Err(corrupt(format!(
                    "block {height} has none of the events of {contract} that its index names"
                )));
            }
            page.extend(events.into_iter().filter(|(position, _)| Some(*position) > after));
            from = Bound::Excluded(key.to_vec());
        }
        page.truncate(limit);
        Ok(page)
    }

    /// Writes a block's header, receipts and events, and makes it the head.
    pub(super) fn put_block(
        &self,
        txn: &mut RwTxn<'_>,
        header: &BlockHeader,
        receipts: &[Arc<Receipt>],
    ) -> Result<(), Failed> {
        let height = header.height.to_be_bytes();
        self.blocks.put(txn, &height, &encode(header))?;
        self.heights.put(txn, header.hash().as_bytes(), &height)?;
        let mut rows = Rows::default();
        for (call, receipt) in receipts.iter().enumerate() {
            rows.push(&receipt_key(header.height, index(call)), &encode(&**receipt));
        }
        self.receipts.put_rows(txn, &rows)?;
        for key in event_keys(header.height, receipts) {
            self.events.put(txn, &key, &[])?;
        }
        self.put_head(txn, header.height)
    }

    /// Makes a block the head of a store that has neither the ones before nor its receipts.
    pub(super) fn put_base(&self, txn: &mut RwTxn<'_>, header: &BlockHeader) -> Result<(), Failed> {
        let height = header.height.to_be_bytes();
        self.meta.put(txn, BASE_KEY, &height)?;
        self.put_oldest(txn, header.height)?;
        self.put_block(txn, header, &[])
    }

    pub(super) fn put_head(&self, txn: &mut RwTxn<'_>, height: u64) -> Result<(), Failed> {
        self.meta.put(txn, HEAD_KEY, &height.to_be_bytes())
    }
}

/// A block's events, in the order in which they happened.
fn events_of(height: u64, receipts: Vec<Receipt>) -> impl Iterator<Item = (EventPosition, Event)> {
    receipts.into_iter().enumerate().flat_map(move |(call, receipt)| {
        receipt
            .events
            .into_iter()
            .enumerate()
            .map(move |(event, named)| (EventPosition { height, call: index(call), event: index(event) }, named))
    })
}

/// The entries of the index of events that lead to a block: under each contract and name, and under each contract.
pub(super) fn event_keys(height: u64, receipts: &[impl Borrow<Receipt>]) -> BTreeSet<Vec<u8>> {
    let mut pairs: Vec<_> = receipts.iter().flat_map(|receipt| &receipt.borrow().events).collect();
    pairs.sort_unstable_by_key(|event| (event.contract, &event.name));
    pairs.dedup_by_key(|event| (event.contract, &event.name));
    let prefixes = pairs.into_iter().flat_map(|event| [Some(event.name.as_str()), None].map(|name| (event, name)));
    let prefixes = prefixes.filter_map(|(event, name)| event_prefix(&event.contract, name));
    prefixes.map(|prefix| event_key(&prefix, height)).collect()
}

/// Contract, length of the name (u8), name; nothing for a name that no event can have.
fn event_prefix(contract: &Address, name: Option<&str>) -> Option<Vec<u8>> {
    let mut prefix = contract.as_bytes().to_vec();
    match name {
        Some(name) => {
            prefix.push(u8::try_from(name.len()).ok().filter(|length| *length != ANY_NAME)?);
            prefix.extend_from_slice(name.as_bytes());
        }
        None => prefix.push(ANY_NAME),
    }
    Some(prefix)
}

fn event_key(prefix: &[u8], height: u64) -> Vec<u8> {
    [prefix, &height.to_be_bytes()].concat()
}

/// The key of a row of receipts that begins with one.
pub(super) fn receipt_key(height: u64, index: u32) -> [u8; 12] {
    let mut key = [0; 12];
    key[..8].copy_from_slice(&height.to_be_bytes());
    key[8..].copy_from_slice(&index.to_be_bytes());
    key
}

/// A number of eight bytes.
pub(super) fn number(bytes: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(bytes.try_into().ok()?))
}

fn index(at: usize) -> u32 {
    u32::try_from(at).expect("a block has fewer than 2^32 calls and events: its receipts were all in memory")
}
