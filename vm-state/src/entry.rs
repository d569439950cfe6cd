//! What an entry of the state must look like: for whoever reads one that this code may not have written.

use borsh::BorshDeserialize;
use govm_core::limits::{MAX_FIELD_NAME_BYTES, MAX_FIELD_VALUE_BYTES};
use govm_core::{Account, Contract, Object, ObjectId, StateKey, Table, code_hash};

/// The tables that a state root binds, in order. Those that it does not bind are indexes and follow from the objects.
pub(crate) const BOUND: [Table; 5] = [Table::Accounts, Table::Contracts, Table::Code, Table::Objects, Table::Fields];

/// Longest key of a bound table, in bytes: an object's id and the name of a field.
pub(crate) const MAX_KEY_BYTES: usize = ObjectId::LEN_BYTES + MAX_FIELD_NAME_BYTES;

/// Longest code, in bytes: four times what an engine takes unless told otherwise.
const MAX_CODE_BYTES: usize = 64 << 20;

/// Longest record, in bytes: the largest is a contract's, with 92.
const MAX_RECORD_BYTES: usize = 128;

/// What an entry says that other entries must agree with.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Entry {
    /// An account or code, which stand alone.
    Alone,
    /// A contract.
    Contract(Contract),
    /// An object.
    Object(ObjectId, Object),
    /// A field of an object.
    Field(ObjectId),
}

/// Longest value of a table, in bytes.
pub(crate) fn max_value_bytes(table: Table) -> usize {
    match table {
        Table::Code => MAX_CODE_BYTES,
        Table::Fields => MAX_FIELD_VALUE_BYTES,
        _ => MAX_RECORD_BYTES,
    }
}

/// Reads an entry of a bound table; the error is a sentence without its end.
pub(crate) fn parse(table: Table, key: &[u8], value: &[u8]) -> Result<(StateKey, Entry), String> {
    let place = || format!("the entry 0x{} of {}", hex::encode(key), table.name());
    let wrong = |what: &dyn std::fmt::Display| format!("{}: {what}", place());
    if value.len() > max_value_bytes(table) {
        return Err(wrong(&format_args!("{} bytes are too many", value.len())));
    }
    let parsed = StateKey::from_bytes(table, key).ok_or_else(|| wrong(&"this is no key of the table"))?;
    let entry = match &parsed {
        StateKey::Account(_) => record::<Account>(value).map(|_| Entry::Alone),
        StateKey::Contract(_) => record(value).map(Entry::Contract),
        StateKey::Code(hash) if code_hash(value) != *hash => Err("the code has another hash".to_owned()),
        StateKey::Code(_) => Ok(Entry::Alone),
        StateKey::Object(id) => record(value).map(|object| Entry::Object(*id, object)),
        StateKey::Field(_, name) if name.len() > MAX_FIELD_NAME_BYTES => Err("the name is too long".to_owned()),
        StateKey::Field(id, _) => Ok(Entry::Field(*id)),
        _ => Err("this is no entry of the state but of an index".to_owned()),
    };
    entry.map(|entry| (parsed, entry)).map_err(|what| wrong(&what))
}

/// The two index entries of an object.
pub(crate) fn index_keys(id: &ObjectId, object: &Object) -> [StateKey; 2] {
    let Object { contract, owner, .. } = *object;
    [StateKey::Owned { owner, contract, object: *id }, StateKey::Created { contract, object: *id }]
}

fn record<T: BorshDeserialize>(value: &[u8]) -> Result<T, String> {
    borsh::from_slice(value).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bound_tables_are_those_with_a_number() {
        let numbered: Vec<_> = Table::ALL.into_iter().filter(|table| table.number().is_some()).collect();
        assert_eq!(numbered, BOUND);
    }
}
