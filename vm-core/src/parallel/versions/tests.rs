//! Versions against a model that keeps each call's writes in a map of its own; with a hasher, and with one that tells no key from
//! another.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::{Address, ObjectId};

type Model = BTreeMap<usize, BTreeMap<StateKey, Option<Vec<u8>>>>;

/// One of a few keys of two tables.
fn key(number: u8) -> StateKey {
    match number {
        0..3 => StateKey::Account(Address::from_bytes([number; 20])),
        _ => StateKey::Field(ObjectId::from_bytes([7; 32]), format!("{number}").into()),
    }
}

/// What the calls before `call` left under a key, in the model.
fn expected(model: &Model, key: &StateKey, call: usize) -> Option<Option<Vec<u8>>> {
    model.range(..call).rev().find_map(|(_, writes)| writes.get(key)).cloned()
}

fn found(versions: &Versions, key: &StateKey, call: usize) -> Option<Option<Vec<u8>>> {
    let hash = versions.hash(key);
    let seen = versions.read(hash, key, call).expect("nothing is an estimate");
    assert!(!versions.is_untouched(hash, call) || seen == Seen::Untouched);
    match seen {
        Seen::Untouched | Seen::Twin => None,
        Seen::Left(written) => Some(written.map(|bytes| bytes.to_vec())),
    }
}

proptest! {
    #[test]
    fn calls_find_what_the_newest_before_them_wrote(
        collide in any::<bool>(),
        attempts in prop::collection::vec(
            (0_usize..5, prop::collection::btree_map(0_u8..6, prop::option::of(any::<u8>()), 0..4)), 0..20),
        search_after in 0_usize..20,
        calls in 0_usize..6,
    ) {
        let versions = if collide { Versions::with(KeyHasher::colliding(), 4) } else { Versions::new(4) };
        let mut model = Model::new();
        let mut hashes: BTreeMap<usize, (u32, Vec<u64>)> = BTreeMap::new();
        for (number, (call, writes)) in attempts.into_iter().enumerate() {
            let writes: BTreeMap<_, _> =
                writes.into_iter().map(|(number, value)| (key(number), value.map(|value| vec![value]))).collect();
            let (incarnation, before) = hashes.remove(&call).map_or((0, Vec::new()), |(last, before)| (last + 1, before));
            versions.estimate(call, &before);
            let new = writes.keys().any(|key| !model.get(&call).is_some_and(|before| before.contains_key(key)));
            let (now, grew) = versions.record(Version { call, incarnation }, writes.clone().into_iter().collect(), &before);
            prop_assert_eq!(grew, new);
            hashes.insert(call, (incarnation, now));
            model.insert(call, writes);
            for (number, call) in (0..6).flat_map(|number| (0..6).map(move |call| (number, call))) {
                prop_assert_eq!(found(&versions, &key(number), call), expected(&model, &key(number), call));
            }
            // From some point on, keys are put in order as they come.
            if number >= search_after {
                for call in 0..6 {
                    let first = versions.first(Bound::Included(&key(3)), call).expect("few steps");
                    let all = (3..6).map(key).find(|key| expected(&model, key, call).is_some());
                    prop_assert_eq!(first.map(|(key, _)| key), all);
                }
            }
        }
        let left = |key: StateKey| Some((key.clone(), expected(&model, &key, calls)?));
        let left: Vec<Write> = (0..6).map(key).filter_map(left).collect();
        prop_assert_eq!(versions.take_writes(calls), left);
    }
}

#[test]
fn an_estimate_is_waited_for_by_those_behind_it() {
    let versions = Versions::with(KeyHasher::colliding(), 4);
    let (mine, twin) = (key(0), key(1));
    let hash = versions.hash(&mine);
    let (wrote, _) = versions.record(Version { call: 2, incarnation: 0 }, vec![(mine.clone(), Some(vec![1]))], &[]);
    versions.estimate(2, &wrote);
    assert_eq!(versions.read(hash, &mine, 2), Ok(Seen::Untouched));
    assert_eq!(versions.read(hash, &mine, 3), Err(Unknown::Estimate(2)));
    assert_eq!(versions.read(hash, &twin, 3), Ok(Seen::Twin));
    assert!(versions.is_untouched(hash, 2) && !versions.is_untouched(hash, 3));
}

/// A later call's thread has written a key and not put it in order yet, when an earlier call writes the same key. What is between the
/// two calls is validated when the earlier one is done, and must find the key.
#[test]
fn a_key_that_another_thread_is_about_to_put_in_order_is_put_in_order() {
    let versions = Versions::new(4);
    assert_eq!(versions.first(Bound::Included(&key(3)), 3), Ok(None));
    let entry = |call| Entry { call, incarnation: 0, estimate: false, key: key(4), value: Value::Deleted };
    let hash = versions.hash(&key(4));
    let (_, not_yet) = versions.insert(hash, entry(2));
    versions.record(Version { call: 0, incarnation: 0 }, vec![(key(4), None)], &[]);
    assert_eq!(versions.first(Bound::Included(&key(3)), 1), Ok(Some((key(4), None))));
    versions.order(not_yet.expect("keys are in order since the first search"));
    assert_eq!(versions.first(Bound::Included(&key(3)), 1), Ok(Some((key(4), None))));
}
