//! Objects and their fields.

use super::{Ledger, at_most, refuse};
use crate::derive::{default_object_id, object_id};
use crate::limits::{MAX_FIELD_NAME_BYTES, MAX_FIELD_VALUE_BYTES, MAX_FIELDS_PER_OBJECT};
use crate::{
    Actor, Address, ErrorCode, Failure, HostFault, Object, ObjectId, Operation, StateKey, StateView, authorize,
};

/// An object with its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ObjectInfo {
    /// The object's id.
    pub id: ObjectId,
    /// Its record.
    pub object: Object,
}

/// A field: its name and its bytes.
pub type Field = (Box<str>, Vec<u8>);

impl<V: StateView> Ledger<V> {
    /// An object's record, whoever asks: for tools. Contracts go through [`open_object`](Ledger::open_object).
    ///
    /// # Errors
    /// The store could not read.
    pub fn object(&self, id: &ObjectId) -> Result<Option<Object>, HostFault> {
        self.record(&StateKey::Object(*id))
    }

    /// Creates an object that the running contract owns.
    ///
    /// # Errors
    /// The store could not read.
    pub fn create_object(&mut self, actor: Actor) -> Result<ObjectInfo, Failure> {
        let id = object_id(&actor.contract, self.position, self.created);
        self.created += 1;
        let object = Object { contract: actor.contract, owner: actor.contract, fields: 0 };
        self.insert_object(&id, &object);
        Ok(ObjectInfo { id, object })
    }

    /// The object with an id, for a contract that may read it; the zero id names the running contract's default object.
    ///
    /// # Errors
    /// `object_not_found`, `unauthorized`, or the store could not read.
    pub fn open_object(&self, actor: Actor, id: &ObjectId) -> Result<ObjectInfo, Failure> {
        self.checked(Operation::Read, actor, id)
    }

    /// The running contract's object with the lowest id among those of an owner.
    ///
    /// # Errors
    /// `object_not_found`, or the store could not read.
    pub fn find_object(&self, actor: Actor, owner: &Address) -> Result<ObjectInfo, Failure> {
        self.next_object(actor, Some(owner), &ObjectId::ZERO)
    }

    /// Gives an object to another owner.
    ///
    /// # Errors
    /// `object_not_found`, `unauthorized`, or the store could not read.
    pub fn set_owner(&mut self, actor: Actor, id: &ObjectId, owner: Address) -> Result<(), Failure> {
        let ObjectInfo { id, mut object } = self.checked(Operation::SetOwner, actor, id)?;
        self.overlay.put(owned_key(&id, &object), None);
        object.owner = owner;
        self.overlay.put(owned_key(&id, &object), Some(Vec::new()));
        self.put_record(StateKey::Object(id), &object);
        Ok(())
    }

    /// How many fields the deletion of an object would delete, so that it can be charged before.
    ///
    /// # Errors
    /// As [`delete_object`](Ledger::delete_object).
    pub fn fields_to_delete(&self, actor: Actor, id: &ObjectId) -> Result<u32, Failure> {
        Ok(self.checked(Operation::Delete, actor, id)?.object.fields)
    }

    /// Deletes an object with its fields.
    ///
    /// # Errors
    /// `object_not_found`, `unauthorized`, or the store could not read.
    pub fn delete_object(&mut self, actor: Actor, id: &ObjectId) -> Result<(), Failure> {
        let ObjectInfo { id, object } = self.checked(Operation::Delete, actor, id)?;
        // Each search starts behind the last deletion: from the front it would pass all of them again.
        let mut after: Option<Box<str>> = None;
        while let Some((name, _)) = self.fields(&id, after.as_deref(), 1)?.pop() {
            self.overlay.put(StateKey::Field(id, name.clone()), None);
            after = Some(name);
        }
        self.overlay.put(owned_key(&id, &object), None);
        self.overlay.put(StateKey::Created { contract: object.contract, object: id }, None);
        self.overlay.put(StateKey::Object(id), None);
        Ok(())
    }

    /// A field's bytes.
    ///
    /// # Errors
    /// `object_not_found`, `field_not_found`, `unauthorized`, or the store could not read.
    pub fn field(&self, actor: Actor, id: &ObjectId, name: &str) -> Result<Vec<u8>, Failure> {
        let id = self.checked(Operation::Read, actor, id)?.id;
        match self.overlay.get(&StateKey::Field(id, name.into()))? {
            Some(value) => Ok(value),
            None => refuse(ErrorCode::FieldNotFound, no_field(&id, name)),
        }
    }

    /// Writes a field.
    ///
    /// # Errors
    /// `object_not_found`, `unauthorized`, `invalid_argument` for an empty name, `limit_exceeded`, or the store could
    /// not read.
    pub fn set_field(&mut self, actor: Actor, id: &ObjectId, name: &str, value: Vec<u8>) -> Result<(), Failure> {
        let ObjectInfo { id, mut object } = self.checked(Operation::Write, actor, id)?;
        if name.is_empty() {
            return refuse(ErrorCode::InvalidArgument, "a field's name is empty".to_owned());
        }
        at_most("field name", name.len(), MAX_FIELD_NAME_BYTES)?;
        at_most("field value", value.len(), MAX_FIELD_VALUE_BYTES)?;
        let key = StateKey::Field(id, name.into());
        let added = self.overlay.get(&key)?.is_none();
        if added && object.fields == MAX_FIELDS_PER_OBJECT {
            let message = format!("object {id} has {MAX_FIELDS_PER_OBJECT} fields, more are not allowed");
            return refuse(ErrorCode::LimitExceeded, message);
        }
        self.use_field_bytes(name.len() + value.len())?;
        if added {
            object.fields += 1;
            self.put_record(StateKey::Object(id), &object);
        }
        self.overlay.put(key, Some(value));
        Ok(())
    }

    /// Deletes a field.
    ///
    /// # Errors
    /// `object_not_found`, `field_not_found`, `unauthorized`, or the store could not read.
    pub fn delete_field(&mut self, actor: Actor, id: &ObjectId, name: &str) -> Result<(), Failure> {
        let ObjectInfo { id, mut object } = self.checked(Operation::Write, actor, id)?;
        let key = StateKey::Field(id, name.into());
        if self.overlay.get(&key)?.is_none() {
            return refuse(ErrorCode::FieldNotFound, no_field(&id, name));
        }
        object.fields = object
            .fields
            .checked_sub(1)
            .ok_or_else(|| HostFault::Corrupt { what: format!("object {id} counts fewer fields than it has") })?;
        self.overlay.put(key, None);
        self.put_record(StateKey::Object(id), &object);
        Ok(())
    }

    pub(super) fn insert_object(&mut self, id: &ObjectId, object: &Object) {
        self.put_record(StateKey::Object(*id), object);
        self.overlay.put(owned_key(id, object), Some(Vec::new()));
        self.overlay.put(StateKey::Created { contract: object.contract, object: *id }, Some(Vec::new()));
    }

    /// The object with an id if the rules allow the operation on it.
    pub(super) fn checked(&self, operation: Operation, actor: Actor, id: &ObjectId) -> Result<ObjectInfo, Failure> {
        let id = if id.is_zero() { default_object_id(&actor.contract) } else { *id };
        let Some(object) = self.object(&id)? else {
            return refuse(ErrorCode::ObjectNotFound, format!("there is no object {id}"));
        };
        authorize(operation, actor, &id, &object)?;
        Ok(ObjectInfo { id, object })
    }
}

fn owned_key(id: &ObjectId, object: &Object) -> StateKey {
    StateKey::Owned { owner: object.owner, contract: object.contract, object: *id }
}

fn no_field(id: &ObjectId, name: &str) -> String {
    format!("object {id} has no field {name:?}")
}
