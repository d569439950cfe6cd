//! Who may do what to an object: the ownership rules, as one table.

use crate::{Address, ContractError, ErrorCode, Object, ObjectId};

/// The contract whose code runs, and its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor {
    /// The contract whose code runs.
    pub contract: Address,
    /// Its caller: `Sender()`.
    pub sender: Address,
}

/// What can be done to an object that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operation {
    /// Read the record or a field.
    Read,
    /// Write or delete a field.
    Write,
    /// Give the object to another owner.
    SetOwner,
    /// Delete the object with its fields.
    Delete,
}

impl Operation {
    /// Every operation.
    pub const ALL: [Self; 4] = [Self::Read, Self::Write, Self::SetOwner, Self::Delete];
}

/// Who owns an object, seen from the code that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OwnedBy {
    Caller,
    Contract,
    ThirdParty,
}

/// The rules: the creating contract may read always, and change what its caller or itself owns. Nobody else may anything.
/// Columns: is the running contract the creator; who owns the object; then what is allowed.
const RULES: [(bool, OwnedBy, &[Operation]); 6] = [
    (true, OwnedBy::Caller, &Operation::ALL),
    (true, OwnedBy::Contract, &Operation::ALL),
    (true, OwnedBy::ThirdParty, &[Operation::Read]),
    (false, OwnedBy::Caller, &[]),
    (false, OwnedBy::Contract, &[]),
    (false, OwnedBy::ThirdParty, &[]),
];

/// Whether the rules allow an operation on an object.
///
/// # Errors
/// `unauthorized`, with who was refused what.
pub fn authorize(operation: Operation, actor: Actor, id: &ObjectId, object: &Object) -> Result<(), ContractError> {
    let creator = object.contract == actor.contract;
    let owned_by = match object.owner {
        owner if owner == actor.sender => OwnedBy::Caller,
        owner if owner == actor.contract => OwnedBy::Contract,
        _ => OwnedBy::ThirdParty,
    };
    let allowed =
        RULES.iter().any(|(c, o, operations)| *c == creator && *o == owned_by && operations.contains(&operation));
    if allowed {
        return Ok(());
    }
    let message = if creator {
        format!("object {id} is owned by {}, not by the caller {}", object.owner, actor.sender)
    } else {
        format!("object {id} was created by contract {}, not by {}", object.contract, actor.contract)
    };
    Err(ContractError::new(ErrorCode::Unauthorized, message))
}
