//! Objects and fields in order, page by page: what tools list, and what contracts step through.

use std::ops::Bound;

use super::{Field, Ledger, ObjectInfo, refuse};
use crate::{Actor, Address, ErrorCode, Failure, HostFault, Object, ObjectId, Operation, StateKey, StateView};

/// Which objects a listing has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectsOf {
    /// Those of an owner, whatever contract created them: in ascending order of contract and id.
    Owner(Address),
    /// Those that a contract created, whoever owns them: in ascending order of their ids.
    Contract(Address),
    /// Those of an owner that one contract created: in ascending order of their ids.
    OwnerAndContract(Address, Address),
}

impl ObjectsOf {
    /// The object of an index entry, if the entry is one of this listing.
    fn object(self, entry: &StateKey) -> Option<ObjectId> {
        match (self, entry) {
            (Self::Owner(of), StateKey::Owned { owner, object, .. }) if of == *owner => Some(*object),
            (Self::Contract(of), StateKey::Created { contract, object }) if of == *contract => Some(*object),
            (Self::OwnerAndContract(of, by), StateKey::Owned { owner, contract, object })
                if of == *owner && by == *contract =>
            {
                Some(*object)
            }
            _ => None,
        }
    }
}

impl<V: StateView> Ledger<V> {
    /// A page of objects, from after the object `after` on, whoever asks: for tools. `after` need not be of the listing,
    /// so a page can follow one whose last object has found another owner meanwhile.
    ///
    /// # Errors
    /// `object_not_found` if the listing is that of an owner and the object `after` is gone, since its contract says where
    /// to go on; or the store could not read.
    pub fn objects(&self, of: ObjectsOf, after: Option<&ObjectId>, limit: usize) -> Result<Vec<ObjectInfo>, Failure> {
        let mut page = Vec::new();
        let mut from = self.listing_start(of, after)?;
        while page.len() < limit {
            let Some((entry, _)) = self.overlay.first(from.as_ref())? else { break };
            let Some(id) = of.object(&entry) else { break };
            let Some(object) = self.object(&id)? else {
                return Err(HostFault::Corrupt { what: format!("index entry {entry:?} of no object") }.into());
            };
            page.push(ObjectInfo { id, object });
            from = Bound::Excluded(entry);
        }
        Ok(page)
    }

    /// The running contract's object with the lowest id above `after` among those of an owner, or of all if nobody is
    /// named. The zero id is below every object's.
    ///
    /// # Errors
    /// `object_not_found` after the last, or the store could not read.
    pub fn next_object(&self, actor: Actor, owner: Option<&Address>, after: &ObjectId) -> Result<ObjectInfo, Failure> {
        let of = match owner {
            Some(owner) => ObjectsOf::OwnerAndContract(*owner, actor.contract),
            None => ObjectsOf::Contract(actor.contract),
        };
        match self.objects(of, Some(after), 1)?.pop() {
            Some(next) => Ok(next),
            None => refuse(ErrorCode::ObjectNotFound, no_object_after(owner, after)),
        }
    }

    /// A page of an object's fields in ascending order of their names, from after `after` on, whoever asks: for tools.
    ///
    /// # Errors
    /// The store could not read.
    pub fn fields(&self, id: &ObjectId, after: Option<&str>, limit: usize) -> Result<Vec<Field>, HostFault> {
        let mut page = Vec::new();
        let mut from = match after {
            Some(name) => Bound::Excluded(StateKey::Field(*id, name.into())),
            None => Bound::Included(StateKey::Field(*id, "".into())),
        };
        while page.len() < limit {
            let Some((StateKey::Field(found, name), value)) = self.overlay.first(from.as_ref())? else { break };
            if found != *id {
                break;
            }
            from = Bound::Excluded(StateKey::Field(found, name.clone()));
            page.push((name, value));
        }
        Ok(page)
    }

    /// The field with the lowest name above `after`, in the order of bytes, for a contract that may read the object;
    /// nothing after the last. The empty text is below every name.
    ///
    /// # Errors
    /// `object_not_found`, `unauthorized`, or the store could not read.
    pub fn next_field(&self, actor: Actor, id: &ObjectId, after: &str) -> Result<Option<Field>, Failure> {
        let id = self.checked(Operation::Read, actor, id)?.id;
        Ok(self.fields(&id, Some(after), 1)?.pop())
    }

    /// Where a listing goes on after an object.
    fn listing_start(&self, of: ObjectsOf, after: Option<&ObjectId>) -> Result<Bound<StateKey>, Failure> {
        let object = after.copied().unwrap_or_default();
        Ok(Bound::Excluded(match (of, after) {
            (ObjectsOf::Contract(contract), _) => StateKey::Created { contract, object },
            (ObjectsOf::OwnerAndContract(owner, contract), _) => StateKey::Owned { owner, contract, object },
            (ObjectsOf::Owner(owner), None) => StateKey::Owned { owner, contract: Address::ZERO, object },
            (ObjectsOf::Owner(owner), Some(_)) => match self.object(&object)? {
                Some(Object { contract, .. }) => StateKey::Owned { owner, contract, object },
                None => {
                    return refuse(ErrorCode::ObjectNotFound, format!("there is no object {object} to go on after"));
                }
            },
        }))
    }
}

fn no_object_after(owner: Option<&Address>, after: &ObjectId) -> String {
    match (owner, after.is_zero()) {
        (Some(owner), true) => format!("{owner} owns no object of this contract"),
        (Some(owner), false) => format!("{owner} owns no object of this contract after {after}"),
        (None, true) => "this contract has no object".to_owned(),
        (None, false) => format!("this contract has no object after {after}"),
    }
}
