//! A view through writes that stand shows the state after them.

mod common;

use std::ops::Bound;

use common::{State, apply};
use govm_core::{Address, Layered, StateKey, StateView, Write};
use proptest::prelude::*;

fn key(number: u8) -> StateKey {
    let address = Address::from_bytes([number / 2; 20]);
    if number.is_multiple_of(2) { StateKey::Account(address) } else { StateKey::Contract(address) }
}

fn writes() -> impl Strategy<Value = Vec<Write>> {
    let write = prop::option::of(any::<u8>().prop_map(|value| vec![value]));
    prop::collection::btree_map((0_u8..24).prop_map(key), write, 0..20).prop_map(|writes| writes.into_iter().collect())
}

proptest! {
    #[test]
    fn it_shows_what_the_base_shows_after_the_writes(
        base in writes(),
        layers in prop::collection::vec(writes(), 0..3),
        searches in prop::collection::vec(0_u8..24, 0..40),
    ) {
        let base = apply(State::new(), base);
        let mut after = base.clone();
        let mut view: Box<dyn StateView> = Box::new(base);
        for writes in layers {
            after = apply(after, writes.clone());
            view = Box::new(Layered::new(view, writes.clone().into()));
            // Once more: what is written already changes nothing.
            view = Box::new(Layered::new(view, writes.into()));
        }
        for number in searches {
            let key = key(number);
            prop_assert_eq!(view.get(&key).unwrap(), StateView::get(&after, &key).unwrap());
            for from in [Bound::Included(&key), Bound::Excluded(&key)] {
                prop_assert_eq!(view.first(from).unwrap(), after.first(from).unwrap());
            }
        }
    }
}
