//! The overlay against a naive model: whole maps, copied at each checkpoint.

mod common;

use std::collections::BTreeSet;
use std::ops::Bound;

use common::{State, apply};
use govm_core::{Address, Hash, ObjectId, Overlay, StateKey, StateView, Write};
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Step {
    Put(Write),
    Checkpoint,
    /// Back to one of the checkpoints that stand, counted from the newest, or to the newest if there are fewer.
    Rollback(usize),
    Settle,
}

/// Few keys in several tables, so that writes meet and tables have neighbours.
fn key() -> impl Strategy<Value = StateKey> {
    let byte = || 0..4u8;
    prop_oneof![
        1 => byte().prop_map(|byte| StateKey::Account(Address::from_bytes([byte; 20]))),
        1 => byte().prop_map(|byte| StateKey::Code(Hash::from_bytes([byte; 32]))),
        1 => byte().prop_map(|byte| StateKey::Object(ObjectId::from_bytes([byte; 32]))),
        3 => (0..2u8, "[ab]{0,2}")
            .prop_map(|(byte, name)| StateKey::Field(ObjectId::from_bytes([byte; 32]), name.into())),
        1 => byte().prop_map(|byte| StateKey::Created {
            contract: Address::ZERO,
            object: ObjectId::from_bytes([byte; 32]),
        }),
    ]
}

fn write() -> impl Strategy<Value = Write> {
    (key(), prop::option::of(prop::collection::vec(any::<u8>(), 0..3)))
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => write().prop_map(Step::Put),
        2 => Just(Step::Checkpoint),
        2 => (0..4usize).prop_map(Step::Rollback),
        1 => Just(Step::Settle),
    ]
}

/// Every read of the overlay, through each key, is that of the model.
fn assert_same(overlay: &Overlay<State>, model: &State, probes: &[StateKey]) {
    assert_eq!(overlay.first(Bound::Unbounded).unwrap(), None);
    for key in probes {
        assert_eq!(overlay.get(key).unwrap(), model.get(key).cloned(), "{key:?}");
        for bound in [Bound::Included(key), Bound::Excluded(key)] {
            let expected = model.range((bound, Bound::Unbounded)).next();
            let expected = expected.filter(|(found, _)| found.table() == key.table());
            let expected = expected.map(|(key, value)| (key.clone(), value.clone()));
            assert_eq!(overlay.first(bound).unwrap(), expected, "{bound:?}");
        }
    }
}

proptest! {
    #[test]
    fn programs_of_writes_checkpoints_and_rollbacks(
        base in prop::collection::btree_map(key(), prop::collection::vec(any::<u8>(), 0..3), 0..12),
        steps in prop::collection::vec(step(), 0..60),
    ) {
        let probes: BTreeSet<_> = base.keys().cloned().chain(steps.iter().filter_map(|step| match step {
            Step::Put((key, _)) => Some(key.clone()),
            _ => None,
        })).collect();
        let probes: Vec<_> = probes.into_iter().collect();
        let mut overlay = Overlay::new(base.clone());
        let mut model = base.clone();
        // What stands: the keys written so far, and for each checkpoint how many there were and the whole map then.
        let (mut written, mut checkpoints) = (Vec::new(), Vec::new());
        for step in steps {
            match step {
                Step::Put(write) => {
                    overlay.put(write.0.clone(), write.1.clone());
                    written.push(write.0.clone());
                    model = apply(model, vec![write]);
                }
                Step::Checkpoint => checkpoints.push((overlay.checkpoint(), written.len(), model.clone())),
                Step::Rollback(back) => {
                    let kept = checkpoints.len().saturating_sub(back + 1);
                    if let Some((checkpoint, writes, then)) = checkpoints.drain(kept..).next() {
                        overlay.rollback(checkpoint);
                        written.truncate(writes);
                        model = then;
                    }
                }
                Step::Settle => {
                    overlay.settle();
                    checkpoints.clear();
                }
            }
            assert_same(&overlay, &model, &probes);
        }
        for (checkpoint, writes, _) in checkpoints {
            let keys: BTreeSet<_> = written[writes..].iter().collect();
            let expected: Vec<_> = keys.into_iter().map(|key| (key, model.get(key).map(Vec::as_slice))).collect();
            let found: Vec<_> = overlay.writes_since(checkpoint).collect();
            prop_assert_eq!(found, expected);
        }
        let (below, writes) = overlay.into_parts();
        prop_assert_eq!(&below, &base);
        prop_assert!(writes.windows(2).all(|pair| pair[0].0 < pair[1].0), "ascending, each once");
        prop_assert_eq!(apply(below, writes), model);
    }
}

#[test]
fn a_rollback_of_everything_leaves_no_write() {
    let key = StateKey::Account(Address::ZERO);
    let mut overlay = Overlay::new(State::from([(key.clone(), vec![1])]));
    let start = overlay.checkpoint();
    overlay.put(key.clone(), None);
    overlay.put(key, Some(vec![2]));
    overlay.rollback(start);
    assert_eq!(overlay.writes_since(start).count(), 0);
    assert_eq!(overlay.into_parts().1, []);
}

#[test]
fn what_settled_stands() {
    let key = StateKey::Account(Address::ZERO);
    let mut overlay = Overlay::new(State::new());
    let before = overlay.checkpoint();
    overlay.put(key.clone(), Some(vec![1]));
    overlay.settle();
    let after = overlay.checkpoint();
    overlay.put(key.clone(), Some(vec![2]));
    assert_eq!(overlay.writes_since(after).count(), 1);
    overlay.rollback(after);
    assert_eq!(overlay.get(&key).unwrap(), Some(vec![1]));
    overlay.rollback(before);
    assert_eq!(overlay.get(&key).unwrap(), Some(vec![1]));
}
