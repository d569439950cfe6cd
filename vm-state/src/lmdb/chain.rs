//! Blocks, receipts and events: how they are stored, and found again.

use std::ops::Bound;

use govm_core::{Address, BlockHeader, Event, EventPosition, Hash, Receipt};
use heed::{RoTxn, RwTxn, WithoutTls};

use super::layout::{Databases, Failed, corrupt, decode, encode};

pub(super) const HEAD_KEY: &[u8] = b"head";
pub(super) const BASE_KEY: &[u8] = b"base";

/// What stands for every name in the index of events; a name is at most 64 bytes long.
const ANY_NAME: u8 = 0xff;

type Txn<'t> = RoTxn<'t, WithoutTls>;

impl Databases {
    /// The header of the newest block.
    pub(super) fn head(&self, txn: &Txn<'_>) -> Result<Option<BlockHeader>, Failed> {
        let Some(height) = self.meta.get(txn, HEAD_KEY)? else { return Ok(None) };
        let height = number(height).ok_or_else(|| corrupt("the height of the newest block".to_owned()))?;
        match self.header(txn, height)? {
            Some(header) => Ok(Some(header)),
            None => Err(corrupt(format!("the newest block, of height {height}, is missing"))),
        }
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
            let (key, bytes) = entry?;
            if !key.starts_with(&height.to_be_bytes()) {
                break;
            }
            if key != receipt_key(height, index(receipts.len())) {
                return Err(corrupt(format!("receipt {} of block {height} is missing", receipts.len())));
            }
            receipts.push(decode(bytes, || format!("receipt {} of block {height}", receipts.len()))?);
        }
        Ok(receipts)
    }

    /// A page of a contract's events, of one name or of all.
    pub(super) fn events(
        &self,
        txn: &Txn<'_>,
        contract: &Address,
        name: Option<&str>,
        after: Option<EventPosition>,
        limit: usize,
    ) -> Result<Vec<(EventPosition, Event)>, Failed> {
        let Some(prefix) = event_prefix(contract, name) else { return Ok(Vec::new()) };
        let mut from = match after {
            Some(position) => Bound::Excluded(event_key(&prefix, &position)),
            None => Bound::Included(prefix.clone()),
        };
        let (mut page, mut last) = (Vec::new(), None);
        while page.len() < limit {
            let Some((key, _)) = self.events.first(txn, from.as_ref().map(Vec::as_slice))? else { break };
            let Some(position) = key.strip_prefix(prefix.as_slice()) else { break };
            let position =
                event_position(position).ok_or_else(|| corrupt("a key of the index of events".to_owned()))?;
            let receipt = match last.take() {
                Some((place, receipt)) if place == (position.height, position.call) => receipt,
                _ => self.receipt(txn, position.height, position.call)?,
            };
            let event = receipt.events.get(position.event as usize).cloned();
            let missing = || corrupt(format!("event {position:?} of {contract} is missing"));
            page.push((position, event.ok_or_else(missing)?));
            last = Some(((position.height, position.call), receipt));
            from = Bound::Excluded(key.to_vec());
        }
        Ok(page)
    }

    fn receipt(&self, txn: &Txn<'_>, height: u64, call: u32) -> Result<Receipt, Failed> {
        let what = || format!("receipt {call} of block {height}");
        let bytes = self.receipts.get(txn, &receipt_key(height, call))?;
        decode(bytes.ok_or_else(|| corrupt(format!("{} is missing", what())))?, what)
    }

    /// Writes a block's header, receipts and events, and makes it the head.
    pub(super) fn put_block(
        &self,
        txn: &mut RwTxn<'_>,
        header: &BlockHeader,
        receipts: &[Receipt],
    ) -> Result<(), Failed> {
        let height = header.height.to_be_bytes();
        self.blocks.put(txn, &height, &encode(header))?;
        self.heights.put(txn, header.hash().as_bytes(), &height)?;
        for (call, receipt) in receipts.iter().enumerate() {
            self.receipts.put(txn, &receipt_key(header.height, index(call)), &encode(receipt))?;
        }
        for (_, key) in event_entries(header.height, receipts) {
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

/// The keys of a block's events in their index, each with the event's place.
pub(super) fn event_entries(height: u64, receipts: &[Receipt]) -> impl Iterator<Item = (EventPosition, Vec<u8>)> {
    receipts.iter().enumerate().flat_map(move |(call, receipt)| {
        receipt.events.iter().enumerate().flat_map(move |(event, named)| {
            let position = EventPosition { height, call: index(call), event: index(event) };
            event_prefixes(named).map(move |prefix| (position, event_key(&prefix, &position)))
        })
    })
}

/// The beginnings of an event's two entries in the index: under its name, and under every name.
pub(super) fn event_prefixes(event: &Event) -> impl Iterator<Item = Vec<u8>> {
    [event_prefix(&event.contract, Some(&event.name)), event_prefix(&event.contract, None)].into_iter().flatten()
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

fn event_key(prefix: &[u8], position: &EventPosition) -> Vec<u8> {
    let EventPosition { height, call, event } = position;
    [prefix, &height.to_be_bytes(), &call.to_be_bytes(), &event.to_be_bytes()].concat()
}

pub(super) fn event_position(bytes: &[u8]) -> Option<EventPosition> {
    let (height, rest) = bytes.split_first_chunk()?;
    let (call, event) = rest.split_first_chunk()?;
    Some(EventPosition {
        height: u64::from_be_bytes(*height),
        call: u32::from_be_bytes(*call),
        event: u32::from_be_bytes(event.try_into().ok()?),
    })
}

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
