//! The keys of the state: their bytes, and that the order of the keys is that of the bytes.

use govm_core::{Address, Hash, ObjectId, StateKey, Table};
use proptest::prelude::*;

fn key() -> impl Strategy<Value = StateKey> {
    let address = || any::<[u8; 20]>().prop_map(Address::from_bytes);
    let object = || any::<[u8; 32]>().prop_map(ObjectId::from_bytes);
    prop_oneof![
        address().prop_map(StateKey::Account),
        address().prop_map(StateKey::Contract),
        any::<[u8; 32]>().prop_map(|bytes| StateKey::Code(Hash::from_bytes(bytes))),
        object().prop_map(StateKey::Object),
        (prop_oneof![object(), Just(ObjectId::ZERO)], "\\PC{0,5}")
            .prop_map(|(object, name)| StateKey::Field(object, name.into())),
        (address(), address(), object()).prop_map(|(owner, contract, object)| StateKey::Owned {
            owner,
            contract,
            object
        }),
        (address(), object()).prop_map(|(contract, object)| StateKey::Created { contract, object }),
    ]
}

proptest! {
    #[test]
    fn a_key_survives_its_bytes(key in key()) {
        prop_assert_eq!(StateKey::from_bytes(key.table(), &key.to_bytes()), Some(key));
    }

    #[test]
    fn keys_are_ordered_by_table_and_then_as_their_bytes(a in key(), b in key()) {
        let by_bytes = (a.table(), a.to_bytes()).cmp(&(b.table(), b.to_bytes()));
        prop_assert_eq!(a.cmp(&b), by_bytes);
    }

    #[test]
    fn any_bytes_are_a_key_or_none(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        for table in Table::ALL {
            if let Some(key) = StateKey::from_bytes(table, &bytes) {
                prop_assert_eq!((key.table(), key.to_bytes()), (table, bytes.clone()));
            }
        }
    }
}

#[test]
fn each_table_has_keys_of_its_length_only() {
    let lengths = [20, 20, 32, 32, 32, 72, 52];
    for (table, length) in Table::ALL.into_iter().zip(lengths) {
        assert!(StateKey::from_bytes(table, &vec![b'a'; length]).is_some(), "{}", table.name());
        assert!(StateKey::from_bytes(table, &vec![b'a'; length - 1]).is_none(), "{}", table.name());
        let longer = StateKey::from_bytes(table, &vec![b'a'; length + 1]);
        assert_eq!(longer.is_some(), table == Table::Fields, "a field's name is what is left");
    }
    let not_text = [[0; 32].as_slice(), &[0xff]].concat();
    assert_eq!(StateKey::from_bytes(Table::Fields, &not_text), None);
}
