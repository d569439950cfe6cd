//! The keys of the state: one flat, ordered space, so that the overlay, stores and proofs all speak of the same entries.

use crate::{Address, Hash, ObjectId};

/// The tables of the state. A store may keep each apart or all in one; the order is that of [`StateKey`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Table {
    /// Address -> [`Account`](crate::Account).
    Accounts,
    /// Address -> [`Contract`](crate::Contract).
    Contracts,
    /// Code hash -> the wasm bytes.
    Code,
    /// Object id -> [`Object`](crate::Object).
    Objects,
    /// Object id and field name -> the field's bytes.
    Fields,
    /// Owner, contract and object id -> nothing: the objects of an owner.
    Owned,
    /// Contract and object id -> nothing: the objects that a contract created.
    Created,
}

impl Table {
    /// Every table, in order.
    pub const ALL: [Self; 7] =
        [Self::Accounts, Self::Contracts, Self::Code, Self::Objects, Self::Fields, Self::Owned, Self::Created];

    /// The table's number in what a state root binds; nothing for an index, which follows from the objects. Part of the
    /// protocol.
    #[must_use]
    pub const fn number(self) -> Option<u8> {
        match self {
            Self::Accounts => Some(0),
            Self::Contracts => Some(1),
            Self::Code => Some(2),
            Self::Objects => Some(3),
            Self::Fields => Some(4),
            Self::Owned | Self::Created => None,
        }
    }

    /// The table's stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accounts => "accounts",
            Self::Contracts => "contracts",
            Self::Code => "code",
            Self::Objects => "objects",
            Self::Fields => "fields",
            Self::Owned => "owned",
            Self::Created => "created",
        }
    }
}

/// The key of one entry of the state. Keys are ordered by table, then as their [bytes](StateKey::to_bytes).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum StateKey {
    /// An account.
    Account(Address),
    /// A deployed contract.
    Contract(Address),
    /// Code, by its hash.
    Code(Hash),
    /// An object.
    Object(ObjectId),
    /// A field of an object.
    Field(ObjectId, Box<str>),
    /// An entry of the index of objects by owner.
    Owned {
        /// The object's owner.
        owner: Address,
        /// The contract that created it.
        contract: Address,
        /// The object.
        object: ObjectId,
    },
    /// An entry of the index of objects by the contract that created them.
    Created {
        /// The contract that created the object.
        contract: Address,
        /// The object.
        object: ObjectId,
    },
}

impl StateKey {
    /// The table that the key is in.
    #[must_use]
    pub const fn table(&self) -> Table {
        match self {
            Self::Account(_) => Table::Accounts,
            Self::Contract(_) => Table::Contracts,
            Self::Code(_) => Table::Code,
            Self::Object(_) => Table::Objects,
            Self::Field(..) => Table::Fields,
            Self::Owned { .. } => Table::Owned,
            Self::Created { .. } => Table::Created,
        }
    }

    /// The key's bytes inside its table: its parts one after the other, only the last of variable length.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.parts().concat()
    }

    /// The parts of the key's bytes; those that it does not have are empty.
    pub(crate) fn parts(&self) -> [&[u8]; 3] {
        match self {
            Self::Account(address) | Self::Contract(address) => [address.as_bytes(), &[], &[]],
            Self::Code(hash) => [hash.as_bytes(), &[], &[]],
            Self::Object(id) => [id.as_bytes(), &[], &[]],
            Self::Field(id, name) => [id.as_bytes(), name.as_bytes(), &[]],
            Self::Owned { owner, contract, object } => [owner.as_bytes(), contract.as_bytes(), object.as_bytes()],
            Self::Created { contract, object } => [contract.as_bytes(), object.as_bytes(), &[]],
        }
    }

    /// The key with these bytes in a table; nothing if they are no key of it.
    #[must_use]
    pub fn from_bytes(table: Table, bytes: &[u8]) -> Option<Self> {
        Some(match table {
            Table::Accounts => Self::Account(Address::from_slice(bytes)?),
            Table::Contracts => Self::Contract(Address::from_slice(bytes)?),
            Table::Code => Self::Code(Hash::from_slice(bytes)?),
            Table::Objects => Self::Object(ObjectId::from_slice(bytes)?),
            Table::Fields => {
                let (id, name) = bytes.split_at_checked(ObjectId::LEN_BYTES)?;
                Self::Field(ObjectId::from_slice(id)?, std::str::from_utf8(name).ok()?.into())
            }
            Table::Owned => {
                let (owner, rest) = bytes.split_at_checked(Address::LEN_BYTES)?;
                let (contract, object) = rest.split_at_checked(Address::LEN_BYTES)?;
                Self::Owned {
                    owner: Address::from_slice(owner)?,
                    contract: Address::from_slice(contract)?,
                    object: ObjectId::from_slice(object)?,
                }
            }
            Table::Created => {
                let (contract, object) = bytes.split_at_checked(Address::LEN_BYTES)?;
                Self::Created { contract: Address::from_slice(contract)?, object: ObjectId::from_slice(object)? }
            }
        })
    }
}
