//! Headers, their index, receipts and the index of events.

use govm_core::{BlockHeader, EventPosition, Hash, Receipt, receipts_hash};

use super::{Check, Found, Heights, header};
use crate::lmdb::chain::{event_entries, event_position, event_prefixes, number, receipt_key};
use crate::lmdb::layout::decode;

/// The bytes of a position behind the beginning of a key of the event index.
const POSITION_BYTES: usize = 16;

/// What the blocks say that other databases must hold.
#[derive(Default)]
struct Chain {
    last: Option<BlockHeader>,
    receipts: u64,
    events: u64,
}

impl<'t> Check<'t, '_> {
    /// Checks the chain, and returns the newest block.
    pub(super) fn blocks(&mut self, heights: &Heights) -> Option<BlockHeader> {
        let mut chain = Chain::default();
        self.walk(&self.databases.blocks, |check, key, bytes| check.block(heights, &mut chain, key, bytes));
        let last = chain.last.as_ref().map(|last| last.height);
        if last != heights.head {
            let said = heights.head.map_or("none".to_owned(), |head| head.to_string());
            let found = last.map_or("none".to_owned(), |last| last.to_string());
            self.differs(format!("the newest block is {said} by its mark and {found} among the blocks"));
        }
        self.walk(&self.databases.heights, Self::height);
        let mut receipts = 0;
        self.walk(&self.databases.receipts, |check, key, bytes| {
            receipts += 1;
            check.receipt(key, bytes);
        });
        if receipts != chain.receipts {
            self.differs(format!("the blocks have {} receipts, there are {receipts}", chain.receipts));
        }
        let (mut events, mut named) = (0, (Vec::new(), None));
        self.walk(&self.databases.events, |check, key, value| {
            events += 1;
            check.event(key, value, &mut named);
        });
        if events != chain.events {
            self.differs(format!("the receipts lead to {} entries of events, there are {events}", chain.events));
        }
        chain.last
    }

    fn block(&mut self, heights: &Heights, chain: &mut Chain, key: &[u8], bytes: &[u8]) {
        let found = number(key).zip(header(bytes));
        let Some((height, header)) = found.filter(|(height, header)| *height == header.height) else {
            return self.differs(format!("the block 0x{} has no header of that height", hex::encode(key)));
        };
        let (expected, parent) = match &chain.last {
            Some(last) => (last.height.saturating_add(1), Some(last.hash())),
            None => (heights.base.unwrap_or(1), heights.base.is_none().then_some(Hash::ZERO)),
        };
        if height != expected {
            self.differs(format!("the block {expected} is missing: the next one is {height}"));
        } else if parent.is_some_and(|parent| parent != header.parent) {
            self.differs(format!("the block {height} names another parent than the block before it"));
        }
        if self.is_missing(&self.databases.heights, header.hash().as_bytes()) {
            self.differs(format!("the block {height} is not found by its hash"));
        }
        let receipts = self.databases.receipts(self.txn, height);
        if let Some(receipts) = self.or_tell(receipts) {
            // An imported store does not have the receipts of the block that it begins with.
            let absent = heights.base == Some(height) && receipts.is_empty();
            if !absent && receipts_hash(&receipts) != header.receipts {
                self.differs(format!("the receipts of block {height} are not those of its header"));
            }
            chain.receipts += receipts.len() as u64;
            chain.events += self.events_of(height, &receipts);
        }
        chain.last = Some(header);
    }

    /// Looks for a block's events in their index, and returns how many entries they have.
    fn events_of(&mut self, height: u64, receipts: &[Receipt]) -> u64 {
        let mut entries = 0;
        for (EventPosition { call, event, .. }, key) in event_entries(height, receipts) {
            entries += 1;
            if self.is_missing(&self.databases.events, &key) {
                self.differs(format!("the event {event} of call {call} of block {height} is not in the index"));
            }
        }
        entries
    }

    fn height(&mut self, key: &'t [u8], value: &'t [u8]) {
        let block = number(value).map(|height| self.find(&self.databases.blocks, &height.to_be_bytes()));
        let right = match block {
            Some(Found::Value(bytes)) => header(bytes).is_some_and(|header| header.hash().as_bytes() == key),
            Some(Found::Damaged) => true,
            _ => false,
        };
        if !right {
            self.differs(format!("the hash 0x{} leads to no block with that hash", hex::encode(key)));
        }
    }

    fn receipt(&mut self, key: &[u8], bytes: &[u8]) {
        let name = || format!("the receipt 0x{}", hex::encode(key));
        let height = key.split_first_chunk::<8>().filter(|_| key.len() == receipt_key(0, 0).len());
        match height {
            Some((height, _)) if self.is_missing(&self.databases.blocks, height) => {
                self.differs(format!("{} is of no block", name()));
            }
            Some(_) => {
                let decoded = decode::<Receipt>(bytes, name);
                self.or_tell(decoded);
            }
            None => self.differs(format!("{} has no key of a receipt", name())),
        }
    }

    /// `named` is the receipt of the entry before: those of one call stand together.
    fn event(&mut self, key: &'t [u8], value: &'t [u8], named: &mut (Vec<u8>, Option<Receipt>)) {
        let position = key.len().checked_sub(POSITION_BYTES).and_then(|at| {
            let (prefix, position) = key.split_at(at);
            Some((prefix, event_position(position)?))
        });
        let found = position.is_some_and(|(prefix, position)| {
            let receipt = receipt_key(position.height, position.call);
            if named.0 != receipt {
                let bytes = match self.find(&self.databases.receipts, &receipt) {
                    Found::Value(bytes) => bytes,
                    Found::Damaged => return true,
                    Found::Nothing => return false,
                };
                *named = (receipt.to_vec(), borsh::from_slice(bytes).ok());
            }
            // A receipt that cannot be decoded is told elsewhere.
            named.1.as_ref().is_none_or(|receipt| {
                let event = receipt.events.get(position.event as usize);
                event.is_some_and(|event| event_prefixes(event).any(|known| known == prefix))
            })
        });
        if !found || !value.is_empty() {
            self.differs(format!("the entry 0x{} of events leads to no such event", hex::encode(key)));
        }
    }
}
