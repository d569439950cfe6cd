//! Host functions on objects and fields.

use govm_core::limits::{MAX_FIELD_NAME_BYTES, MAX_FIELD_VALUE_BYTES};
use govm_core::{Address, ObjectId, ObjectInfo};

use super::call::Part;
use super::{Cx, Stop};
use crate::gas::DELETED_FIELD_GAS;
use crate::tree::Given;

const FIELD_NAME: (&str, usize) = ("field name", MAX_FIELD_NAME_BYTES);
const FIELD_VALUE: (&str, usize) = ("field value", MAX_FIELD_VALUE_BYTES);

pub(super) fn object_create(cx: &mut Cx<'_>, info: u32) -> Result<(), Stop> {
    let Part { ledger, actor } = cx.part()?;
    let created = ledger.create_object(actor)?;
    cx.write_info(info, &created)
}

pub(super) fn object_open(cx: &mut Cx<'_>, id: u32, info: u32) -> Result<(), Stop> {
    let id = cx.object_id(id)?;
    let Part { ledger, actor } = cx.part()?;
    let opened = ledger.open_object(actor, &id)?;
    cx.write_info(info, &opened)
}

pub(super) fn object_find(cx: &mut Cx<'_>, owner: u32, info: u32) -> Result<(), Stop> {
    let owner = cx.address(owner)?;
    let Part { ledger, actor } = cx.part()?;
    let found = ledger.find_object(actor, &owner)?;
    cx.write_info(info, &found)
}

pub(super) fn object_next(cx: &mut Cx<'_>, after: u32, info: u32) -> Result<(), Stop> {
    let after = cx.object_id(after)?;
    let Part { ledger, actor } = cx.part()?;
    let next = ledger.next_object(actor, None, &after)?;
    cx.write_info(info, &next)
}

pub(super) fn object_next_owned(cx: &mut Cx<'_>, owner: u32, after: u32, info: u32) -> Result<(), Stop> {
    let (owner, after) = (cx.address(owner)?, cx.object_id(after)?);
    let Part { ledger, actor } = cx.part()?;
    let next = ledger.next_object(actor, Some(&owner), &after)?;
    cx.write_info(info, &next)
}

pub(super) fn object_set_owner(cx: &mut Cx<'_>, id: u32, owner: u32) -> Result<(), Stop> {
    let (id, owner) = (cx.object_id(id)?, cx.address(owner)?);
    let Part { ledger, actor } = cx.part()?;
    Ok(ledger.set_owner(actor, &id, owner)?)
}

pub(super) fn object_delete(cx: &mut Cx<'_>, id: u32) -> Result<(), Stop> {
    let id = cx.object_id(id)?;
    let Part { ledger, actor } = cx.part()?;
    let fields = ledger.fields_to_delete(actor, &id)?;
    cx.charge(u64::from(fields) * DELETED_FIELD_GAS)?;
    let Part { ledger, actor } = cx.part()?;
    Ok(ledger.delete_object(actor, &id)?)
}

pub(super) fn field_get(cx: &mut Cx<'_>, id: u32, name: u32, name_len: u32, dst: u32, cap: u32) -> Result<usize, Stop> {
    let id = cx.object_id(id)?;
    let name = cx.read_text(name, name_len, FIELD_NAME)?;
    let Part { ledger, actor } = cx.part()?;
    let value = ledger.field(actor, &id, &name)?;
    cx.hand_over(value, dst, cap)
}

pub(super) fn field_next(
    cx: &mut Cx<'_>,
    id: u32,
    after: u32,
    after_len: u32,
    dst: u32,
    cap: u32,
) -> Result<usize, Stop> {
    let id = cx.object_id(id)?;
    let after = cx.read_text(after, after_len, FIELD_NAME)?;
    let Part { ledger, actor } = cx.part()?;
    let Some((name, value)) = ledger.next_field(actor, &id, &after)? else { return Ok(0) };
    // A store reads an entry whole.
    cx.charge_bytes(value.len())?;
    cx.hand_over(name.into_boxed_bytes().into_vec(), dst, cap)
}

pub(super) fn field_set(
    cx: &mut Cx<'_>,
    id: u32,
    name: u32,
    name_len: u32,
    value: u32,
    value_len: u32,
) -> Result<(), Stop> {
    let id = cx.object_id(id)?;
    let name = cx.read_text(name, name_len, FIELD_NAME)?;
    let value = cx.read(value, value_len, FIELD_VALUE)?;
    let Part { ledger, actor } = cx.part()?;
    Ok(ledger.set_field(actor, &id, &name, value)?)
}

pub(super) fn field_delete(cx: &mut Cx<'_>, id: u32, name: u32, name_len: u32) -> Result<(), Stop> {
    let id = cx.object_id(id)?;
    let name = cx.read_text(name, name_len, FIELD_NAME)?;
    let Part { ledger, actor } = cx.part()?;
    Ok(ledger.delete_field(actor, &id, &name)?)
}

impl Cx<'_> {
    fn object_id(&mut self, ptr: u32) -> Result<ObjectId, Stop> {
        let id = self.read_array(ptr).map(ObjectId::from_bytes)?;
        self.step_was_given(|| Given::Object(id));
        Ok(id)
    }

    pub(super) fn address(&mut self, ptr: u32) -> Result<Address, Stop> {
        let address = self.read_array(ptr).map(Address::from_bytes)?;
        self.step_was_given(|| Given::Address(address));
        Ok(address)
    }

    fn write_info(&self, dst: u32, info: &ObjectInfo) -> Result<(), Stop> {
        let record = [info.id.as_ref(), info.object.contract.as_ref(), info.object.owner.as_ref()].concat();
        self.write(dst, &record)
    }
}
