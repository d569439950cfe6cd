//! The records of the state, as they are stored: Borsh of their fields in order.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::{Address, Hash, HostFault, ObjectId, StateKey};

/// What an address holds, be it a person's or a contract's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Account {
    /// The balance, in the smallest unit.
    pub balance: u64,
    /// The next nonce of the account: how many of its numbered actions whoever embeds the engine has let in; see
    /// [`Ledger::use_nonce`](crate::Ledger::use_nonce). No contract and no execution changes it.
    pub nonce: u64,
    /// How many contracts the account has deployed; the next one's address is derived from it.
    pub deployments: u64,
}

/// A deployed contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Contract {
    /// The hash of its code.
    pub code: Hash,
    /// Who deployed it.
    pub deployer: Address,
    /// The object that is asked for as the zero id.
    pub default_object: ObjectId,
    /// The height of the block that it was deployed in.
    pub height: u64,
}

/// An object's record; its fields are entries of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Object {
    /// The contract that created it: the only code that may touch its fields.
    pub contract: Address,
    /// Who owns it.
    pub owner: Address,
    /// How many fields it has.
    pub fields: u32,
}

/// The stored form of a record.
pub(crate) fn to_bytes<T: BorshSerialize>(record: &T) -> Vec<u8> {
    borsh::to_vec(record).expect("writing to memory does not fail")
}

/// Reads a record, to the last byte.
pub(crate) fn from_bytes<T: BorshDeserialize>(key: &StateKey, bytes: &[u8]) -> Result<T, HostFault> {
    borsh::from_slice(bytes).map_err(|error| HostFault::Corrupt { what: format!("record of {key:?}: {error}") })
}
