//! The overlay against a naive model: whole maps, copied at each checkpoint.

mod common;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::rc::Rc;

use common::{State, apply};
use govm_core::{Address, Hash, HostFault, ObjectId, Overlay, StateKey, StateView, Write};
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Step {
    Put(Write),
    Checkpoint,
    /// Back to one of the checkpoints that stand, counted from the newest, or to the newest if there are fewer.
    Rollback(usize),
    Settle,
    /// Takes over writes, in ascending order with each key once, or as they are.
    Absorb(Vec<Write>, bool),
    /// Looks for the first entry from a bound on.
    First(Bound<StateKey>),
    /// Walks through the whole table of a key.
    Walk(StateKey),
}

/// Few keys in several tables, so that writes meet and tables have neighbours.
fn key() -> impl Strategy<Value = StateKey> {
    let byte = || 0..4u8;
    prop_oneof![
        1 => byte().prop_map(|byte| StateKey::Account(Address::from_bytes([byte; 20]))),
        1 => byte().prop_map(|byte| StateKey::Code(Hash::from_bytes([byte; 32]))),
        1 => byte().prop_map(|byte| StateKey::Object(ObjectId::from_bytes([byte; 32]))),
        6 => (0..2u8, "[abc]{0,2}")
            .prop_map(|(byte, name)| StateKey::Field(ObjectId::from_bytes([byte; 32]), name.into())),
        1 => byte().prop_map(|byte| StateKey::Created {
            contract: Address::ZERO,
            object: ObjectId::from_bytes([byte; 32]),
        }),
    ]
}

/// Deletions are frequent enough for runs of them.
fn write() -> impl Strategy<Value = Write> {
    (key(), prop::option::weighted(0.4, prop::collection::vec(any::<u8>(), 0..3)))
}

fn bound() -> impl Strategy<Value = Bound<StateKey>> {
    prop_oneof![key().prop_map(Bound::Included), key().prop_map(Bound::Excluded)]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => write().prop_map(Step::Put),
        2 => Just(Step::Checkpoint),
        2 => (0..4usize).prop_map(Step::Rollback),
        1 => Just(Step::Settle),
        1 => (prop::collection::vec(write(), 0..8), any::<bool>()).prop_map(|(writes, in_order)| Step::Absorb(writes, in_order)),
        4 => bound().prop_map(Step::First),
        2 => key().prop_map(Step::Walk),
    ]
}

/// What the model has from a bound on in its table.
fn first_of(model: &State, from: Bound<&StateKey>) -> Option<(StateKey, Vec<u8>)> {
    let (Bound::Included(start) | Bound::Excluded(start)) = from else { return None };
    let found = model.range((from, Bound::Unbounded)).next().filter(|(found, _)| found.table() == start.table());
    found.map(|(key, value)| (key.clone(), value.clone()))
}

/// Every entry of a key's table, in order, as a walk from entry to entry finds them.
fn walk(view: &impl StateView, inside: &StateKey) -> Vec<(StateKey, Vec<u8>)> {
    let lowest = match inside {
        StateKey::Account(_) => StateKey::Account(Address::ZERO),
        StateKey::Code(_) => StateKey::Code(Hash::ZERO),
        StateKey::Object(_) => StateKey::Object(ObjectId::ZERO),
        StateKey::Field(..) => StateKey::Field(ObjectId::ZERO, "".into()),
        _ => StateKey::Created { contract: Address::ZERO, object: ObjectId::ZERO },
    };
    let (mut entries, mut from) = (Vec::new(), Bound::Included(lowest));
    while let Some((key, value)) = view.first(from.as_ref()).unwrap() {
        from = Bound::Excluded(key.clone());
        entries.push((key, value));
    }
    entries
}

/// Every read of the overlay, through each key, is that of the model.
fn assert_same(overlay: &Overlay<State>, model: &State, probes: &[StateKey]) {
    assert_eq!(overlay.first(Bound::Unbounded).unwrap(), None);
    for key in probes {
        assert_eq!(overlay.get(key).unwrap(), model.get(key).cloned(), "{key:?}");
        for bound in [Bound::Included(key), Bound::Excluded(key)] {
            assert_eq!(overlay.first(bound).unwrap(), first_of(model, bound), "{bound:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// What was read before must not change what is read now: some programs read everything after each step, others only
    /// what their own steps ask for.
    #[test]
    fn programs_of_writes_reads_checkpoints_and_rollbacks(
        base in prop::collection::btree_map(key(), prop::collection::vec(any::<u8>(), 0..3), 0..20),
        steps in prop::collection::vec(step(), 0..80),
        read_all in any::<bool>(),
    ) {
        let probes: BTreeSet<_> = base.keys().cloned().chain(steps.iter().flat_map(|step| match step {
            Step::Put((key, _)) | Step::Walk(key) => vec![key.clone()],
            Step::Absorb(writes, _) => writes.iter().map(|(key, _)| key.clone()).collect(),
            _ => Vec::new(),
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
                Step::Absorb(mut writes, in_order) => {
                    if in_order {
                        writes = writes.into_iter().collect::<BTreeMap<_, _>>().into_iter().collect();
                    }
                    overlay.absorb(writes.clone());
                    written.extend(writes.iter().map(|(key, _)| key.clone()));
                    checkpoints.clear();
                    model = apply(model, writes);
                }
                Step::First(bound) => {
                    prop_assert_eq!(overlay.first(bound.as_ref()).unwrap(), first_of(&model, bound.as_ref()));
                }
                Step::Walk(key) => prop_assert_eq!(walk(&overlay, &key), walk(&model, &key)),
            }
            if read_all {
                assert_same(&overlay, &model, &probes);
            }
        }
        assert_same(&overlay, &model, &probes);
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

/// A view that counts how often it is asked and searched.
#[derive(Default)]
struct Counted {
    state: State,
    gets: Rc<Cell<usize>>,
    searches: Cell<usize>,
}

impl StateView for Counted {
    fn get(&self, key: &StateKey) -> Result<Option<Vec<u8>>, HostFault> {
        self.gets.set(self.gets.get() + 1);
        StateView::get(&self.state, key)
    }

    fn first(&self, from: Bound<&StateKey>) -> Result<Option<(StateKey, Vec<u8>)>, HostFault> {
        self.searches.set(self.searches.get() + 1);
        self.state.first(from)
    }
}

/// A contract call asks for the same few keys again and again, and a search of a large store takes a microsecond.
#[test]
fn the_state_below_is_asked_once_for_what_is_read_again_soon() {
    let long = vec![7; 10_000];
    let state = State::from([(numbered(0), vec![1]), (numbered(1), long.clone())]);
    let gets = Rc::new(Cell::new(0));
    let mut overlay = Overlay::new(Counted { state, gets: Rc::clone(&gets), ..Counted::default() });
    let gets_for = |overlay: &Overlay<Counted>, number, expected: Option<&[u8]>| {
        let before = gets.get();
        assert_eq!(overlay.get(&numbered(number)).unwrap().as_deref(), expected, "{number}");
        gets.get() - before
    };
    let asked = |overlay: &Overlay<Counted>, numbers: std::ops::Range<usize>| -> usize {
        numbers.map(|number| gets_for(overlay, number, None)).sum()
    };
    // What is not there is an answer too.
    assert_eq!(gets_for(&overlay, 0, Some(&[1])) + asked(&overlay, 2..9), 8);
    assert_eq!(gets_for(&overlay, 0, Some(&[1])) + asked(&overlay, 2..9), 0);
    // Only some answers are kept, and no long ones.
    assert_eq!((asked(&overlay, 9..10), gets_for(&overlay, 0, Some(&[1])), asked(&overlay, 3..10)), (1, 1, 0));
    assert_eq!([1, 1].map(|number| gets_for(&overlay, number, Some(&long))), [1, 1]);
    // A write is what counts, and what stood below when it is undone.
    let before = overlay.checkpoint();
    overlay.put(numbered(0), Some(vec![2]));
    assert_eq!(gets_for(&overlay, 0, Some(&[2])), 0);
    overlay.rollback(before);
    assert_eq!(gets_for(&overlay, 0, Some(&[1])), 0);
}

fn numbered(number: usize) -> StateKey {
    StateKey::Field(ObjectId::ZERO, format!("{number:05}").into())
}

/// The price of a search is flat, so what it steps over must have been paid for by others. Once each deletion in a block made
/// every later search for the first entry longer: n deletions and n searches took n squared steps.
#[test]
fn deleted_entries_are_stepped_over_once() {
    const ENTRIES: usize = 2_000;
    // As many entries below as in the overlay, alternating; all are deleted from the front, in the middle and from the back,
    // with a search from the very start after each, and every tenth is undone and done again.
    let below: State = (0..ENTRIES).map(|at| (numbered(2 * at), vec![0])).collect();
    for order in [0, 1, 2] {
        let mut overlay = Overlay::new(Counted { state: below.clone(), ..Counted::default() });
        (0..ENTRIES).for_each(|at| overlay.put(numbered(2 * at + 1), Some(vec![1])));
        let mut searches = 0;
        let mut find = |overlay: &Overlay<Counted>| {
            searches += 1;
            overlay.first(Bound::Included(&numbered(0))).unwrap().map(|(key, _)| key)
        };
        for step in 0..2 * ENTRIES {
            let at = match order {
                0 => step,
                1 => 2 * ENTRIES - 1 - step,
                _ => step * 1_001 % (2 * ENTRIES),
            };
            if step % 10 == 0 {
                let before = overlay.checkpoint();
                overlay.put(numbered(at), None);
                find(&overlay);
                overlay.rollback(before);
                assert!(find(&overlay).is_some());
            }
            overlay.put(numbered(at), None);
            find(&overlay);
        }
        assert_eq!(find(&overlay), None);
        let (counted, writes) = overlay.into_parts();
        let (steps, most) = (counted.searches.get(), 2 * searches + 2 * writes.len());
        assert!(steps <= most, "order {order}: {steps} steps for {searches} searches and {} writes", writes.len());
    }
}
