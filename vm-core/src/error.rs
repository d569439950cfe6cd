//! Who failed: a contract (deterministic, part of a receipt) or the host (never part of one).

use std::error::Error;
use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};

use crate::limits::MAX_MESSAGE_BYTES;

/// What is known of an error code: the row of the one list that Rust, Go and the docs share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorInfo {
    /// The code.
    pub code: ErrorCode,
    /// The stable number, as guests and receipts carry it.
    pub number: u32,
    /// The stable name in snake case, as JSON carries it.
    pub name: &'static str,
    /// One sentence on what it means.
    pub meaning: &'static str,
    /// Whether a contract may end with this code by returning it; any other number counts as `reverted`.
    pub guest_may_report: bool,
}

macro_rules! error_codes {
    ($($variant:ident = $number:literal $name:literal $guest:ident $meaning:literal;)*) => {
        /// Why a call failed: stable numbers and names, the same on every machine and in every version.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode {
            $(#[doc = $meaning] $variant = $number,)*
        }

        impl ErrorCode {
            /// Every code, in the order of its number.
            pub const ALL: &'static [ErrorInfo] = &[$(ErrorInfo {
                code: ErrorCode::$variant,
                number: $number,
                name: $name,
                meaning: $meaning,
                guest_may_report: error_codes!(@$guest),
            },)*];
        }
    };
    (@guest) => { true };
    (@host) => { false };
}

error_codes! {
    Reverted = 1 "reverted" guest "The contract returned an error of its own.";
    Panic = 2 "panic" guest "The contract panicked.";
    OutOfGas = 3 "out_of_gas" host "The gas limit of the call was used up.";
    StackOverflow = 4 "stack_overflow" host "Calls inside the contract were nested deeper than the stack bound.";
    OutOfMemory = 5 "out_of_memory" host "The contract's memory reached its limit.";
    Trap = 6 "trap" host "The WebAssembly code did what the specification answers with a trap.";
    Exited = 7 "exited" host "The contract's runtime ended the program instead of returning.";
    InvalidArgument = 10 "invalid_argument" guest "An argument is not what the function takes.";
    Unauthorized = 11 "unauthorized" guest "The caller may not do this to that object.";
    InsufficientFunds = 12 "insufficient_funds" guest "The balance is smaller than the amount.";
    ContractNotFound = 13 "contract_not_found" guest "There is no contract at the address.";
    FunctionNotFound = 14 "function_not_found" guest "The contract has no function of that name.";
    ObjectNotFound = 15 "object_not_found" guest "There is no object with that id or owner.";
    FieldNotFound = 16 "field_not_found" guest "The object has no field of that name.";
    Unsupported = 17 "unsupported" guest "The host does not serve this yet.";
    LimitExceeded = 18 "limit_exceeded" guest "A size or count is over its limit.";
    Reentrant = 19 "reentrant" guest "The contract is on the call stack already.";
    NotPayable = 20 "not_payable" guest "Value was sent to a function that takes none.";
    ReadOnly = 21 "read_only" guest "A write was tried where only reads are allowed.";
    InvalidModule = 30 "invalid_module" host "The bytes are no module that can be deployed.";
    InitializationFailed = 31 "initialization_failed" host "The module's initialisation did not end well.";
}

impl ErrorCode {
    /// The stable number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self as u32
    }

    /// The code with this number.
    #[must_use]
    pub fn from_number(number: u32) -> Option<Self> {
        Self::ALL.iter().find(|info| info.number == number).map(|info| info.code)
    }

    /// The row of the list for this code.
    ///
    /// # Panics
    /// Never: the list is made of the same rows as the enum.
    #[must_use]
    pub fn info(self) -> &'static ErrorInfo {
        Self::ALL.iter().find(|info| info.code == self).expect("list and enum come from one table")
    }

    /// The stable name in snake case.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.info().name
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl BorshSerialize for ErrorCode {
    fn serialize<W: borsh::io::Write>(&self, writer: &mut W) -> borsh::io::Result<()> {
        self.number().serialize(writer)
    }
}

impl BorshDeserialize for ErrorCode {
    fn deserialize_reader<R: borsh::io::Read>(reader: &mut R) -> borsh::io::Result<Self> {
        let number = u32::deserialize_reader(reader)?;
        Self::from_number(number)
            .ok_or_else(|| borsh::io::Error::new(borsh::io::ErrorKind::InvalidData, "unknown error code"))
    }
}

/// A deterministic failure: the same on every machine, recorded in the receipt.
///
/// The message is made of contract text and of this project's own fixed texts only: never of paths, times, pointers or
/// words of the engine.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ContractError {
    /// What kind of failure.
    pub code: ErrorCode,
    /// What happened, for a person; at most [`MAX_MESSAGE_BYTES`] bytes.
    pub message: String,
}

impl ContractError {
    /// An error with this code and text; a longer text is cut at a character boundary.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        let mut message = message.into();
        if message.len() > MAX_MESSAGE_BYTES {
            let cut = (0..=MAX_MESSAGE_BYTES).rev().find(|&at| message.is_char_boundary(at)).unwrap_or(0);
            message.truncate(cut);
        }
        Self { code, message }
    }
}

/// The host could not do its part (disk, memory, a bug): the block is aborted and nothing of it is a result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HostFault {
    /// The store could not read or write.
    #[error("storage: {0}")]
    Storage(#[source] Box<dyn Error + Send + Sync>),
    /// The store holds bytes that this version never writes.
    #[error("damaged state: {what}")]
    Corrupt {
        /// Which record, and what is wrong with it.
        what: String,
    },
    /// The block was built on a head that is no longer the newest: another writer committed first.
    #[error("the state moved on: the block was built on height {built_on}, the newest is {newest}")]
    StaleBlock {
        /// The height that the block was built on.
        built_on: u64,
        /// The height of the newest committed block.
        newest: u64,
    },
    /// The block was built on one that could not be committed.
    #[error("block {height} was built on a block that could not be committed")]
    ParentFailed {
        /// The height of the block.
        height: u64,
    },
    /// The state as of a height is not kept: it is ahead, or behind what the store was told to remember.
    #[error("the state as of height {height} is not kept: the store has {oldest} to {newest}")]
    NotKept {
        /// The height that was asked for.
        height: u64,
        /// The oldest height whose state can be read.
        oldest: u64,
        /// The height of the newest committed block.
        newest: u64,
    },
    /// The execution engine failed in a way that no contract can cause.
    #[error("engine: {0}")]
    Engine(#[source] Box<dyn Error + Send + Sync>),
}

impl HostFault {
    /// A storage fault with its cause.
    pub fn storage(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Storage(cause.into())
    }

    /// An engine fault with its cause.
    pub fn engine(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Engine(cause.into())
    }
}

/// Why an operation did not happen: the two kinds side by side, so that `?` carries both and neither turns into the other.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The contract's doing: goes into the receipt.
    #[error(transparent)]
    Contract(#[from] ContractError),
    /// The host's doing: aborts the block.
    #[error(transparent)]
    Host(#[from] HostFault),
}

impl Failure {
    /// A contract failure with this code and text.
    pub fn contract(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::Contract(ContractError::new(code, message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_are_unique_and_ascending() {
        for pair in ErrorCode::ALL.windows(2) {
            assert!(pair[0].number < pair[1].number, "{pair:?}");
        }
        let mut names: Vec<_> = ErrorCode::ALL.iter().map(|info| info.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ErrorCode::ALL.len());
    }

    #[test]
    fn a_code_survives_its_number_and_its_bytes() {
        for info in ErrorCode::ALL {
            assert_eq!(ErrorCode::from_number(info.number), Some(info.code));
            let bytes = borsh::to_vec(&info.code).unwrap();
            assert_eq!(bytes, info.number.to_le_bytes());
            assert_eq!(borsh::from_slice::<ErrorCode>(&bytes).unwrap(), info.code);
        }
        assert_eq!(ErrorCode::from_number(0), None);
        assert!(borsh::from_slice::<ErrorCode>(&[99, 0, 0, 0]).is_err());
    }

    #[test]
    fn a_long_message_is_cut_between_characters() {
        let error = ContractError::new(ErrorCode::Reverted, "\u{20ac}".repeat(MAX_MESSAGE_BYTES));
        assert_eq!(error.message.len(), MAX_MESSAGE_BYTES / 3 * 3);
    }
}
