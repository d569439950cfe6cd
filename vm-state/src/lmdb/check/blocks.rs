//! Headers, their index, receipts and the index of events.

use borsh::BorshDeserialize;
use govm_core::{BlockHeader, Hash, Receipt, receipts_hash};

use super::{Check, Found, Heights, header};
use crate::lmdb::chain::{event_keys, number, receipt_key};

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
        self.walk(&self.databases.receipts, |check, key, row| receipts += check.receipts(key, row));
        if receipts != chain.receipts {
            self.differs(format!("the blocks have {} receipts, there are {receipts}", chain.receipts));
        }
        let mut events = 0;
        self.walk(&self.databases.events, |check, key, value| {
            events += 1;
            if !value.is_empty() {
                check.leads_nowhere(key);
            }
        });
        // That all are there that must be is told block by block.
        if events != chain.events {
            self.differs(format!("the receipts lead to {} entries of events, there are {events}", chain.events));
            self.find_others();
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

    /// Looks for a block's entries in the index of events, and returns how many there are.
    fn events_of(&mut self, height: u64, receipts: &[Receipt]) -> u64 {
        let keys = event_keys(height, receipts);
        for key in &keys {
            if self.is_missing(&self.databases.events, key) {
                self.differs(format!("the events of block {height} are not in the index under 0x{}", hex::encode(key)));
            }
        }
        keys.len() as u64
    }

    /// Finds the entries of the index of events that lead nowhere.
    fn find_others(&mut self) {
        let (databases, txn) = (self.databases, self.txn);
        let keys = databases.events.keys(txn);
        let Some(keys) = self.or_tell(keys) else { return };
        for key in keys.map_while(Result::ok) {
            let height = key.last_chunk().map(|height| u64::from_be_bytes(*height));
            // Receipts that cannot be read are told elsewhere.
            let right = height.is_some_and(|height| {
                databases.receipts(txn, height).map_or(true, |receipts| event_keys(height, &receipts).contains(key))
            });
            if !right {
                self.leads_nowhere(key);
            }
        }
    }

    fn leads_nowhere(&mut self, key: &[u8]) {
        self.differs(format!("the entry 0x{} of events leads to no such event", hex::encode(key)));
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

    /// Checks a row of receipts, and returns how many it has.
    fn receipts(&mut self, key: &[u8], mut row: &[u8]) -> u64 {
        let name = || format!("the row 0x{} of receipts", hex::encode(key));
        let height = key.split_first_chunk::<8>().filter(|_| key.len() == receipt_key(0, 0).len());
        let Some((height, _)) = height else {
            self.differs(format!("{} has no key of one", name()));
            return 0;
        };
        if self.is_missing(&self.databases.blocks, height) {
            self.differs(format!("{} is of no block", name()));
        }
        let mut receipts = 0;
        while !row.is_empty() {
            if let Err(error) = Receipt::deserialize(&mut row) {
                self.differs(format!("{}: {error}", name()));
                break;
            }
            receipts += 1;
        }
        receipts
    }
}
