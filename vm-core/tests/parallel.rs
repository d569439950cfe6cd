//! Calls on several threads lead to what they lead to one after the other.
//!
//! The property runs 1,000 random blocks; `GOVM_CASES=100000 cargo test --release -p govm-core --test parallel` for more.

mod common;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::{State, apply};
use govm_core::{
    Address, HostFault, Layered, ObjectId, Overlay, Speculated, Speculation, SpeculativeView, StateKey, StateView,
    Tolerance, Write,
};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

/// One of a few keys in two tables, some of which are next to each other.
fn key(number: u64) -> StateKey {
    let number = (number % 12) as u8;
    match number {
        0..4 => StateKey::Account(Address::from_bytes([number; 20])),
        _ => StateKey::Field(ObjectId::from_bytes([number / 6; 32]), format!("{number}").into()),
    }
}

/// A step of a call. What it does depends on everything that the call has read so far.
#[derive(Debug, Clone)]
enum Step {
    Read(u64),
    /// Writes what was read, to this key or to one that depends on it.
    Write(u64, bool),
    Delete(u64),
    /// Goes through so many entries from a key on.
    Walk(u64, usize),
    /// Deletes what a search from a key on finds first.
    DeleteFirst(u64),
    /// Undoes everything and ends, if what was read is such a number.
    Fail(u64),
    /// Fails as a host would.
    Fault(u64),
    /// Lets other threads run.
    Yield,
}

/// What a call leads to: a digest of all that it read, or a fault.
type Output = Result<u64, String>;

/// Runs a call on a state: what it leads to, and what it writes.
fn run<V: StateView>(steps: &[Step], state: V) -> (Output, Vec<Write>) {
    let mut overlay = Overlay::new(state);
    let before = overlay.checkpoint();
    let seen = Cell::new(1_u64);
    let mix = |bytes: &[u8]| {
        let mixed =
            bytes.iter().fold(seen.get(), |seen, byte| (seen ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
        seen.set(mixed);
    };
    let mut go = |step: &Step| -> Result<bool, HostFault> {
        match step {
            Step::Read(number) => mix(&overlay.get(&key(*number))?.unwrap_or_default()),
            Step::Write(number, depends) => {
                let number = if *depends { number.wrapping_add(seen.get()) } else { *number };
                // Few values, so that another attempt may write the same again.
                overlay.put(key(number), Some(vec![(seen.get() >> 7) as u8 % 3]));
            }
            Step::Delete(number) => overlay.put(key(*number), None),
            Step::Walk(number, count) => {
                let mut from = Bound::Included(key(*number));
                for _ in 0..*count {
                    let Some((found, value)) = overlay.first(from.as_ref())? else { break };
                    mix(&found.to_bytes());
                    mix(&value);
                    from = Bound::Excluded(found);
                }
            }
            Step::DeleteFirst(number) => {
                if let Some((found, _)) = overlay.first(Bound::Excluded(&key(*number)))? {
                    overlay.put(found, None);
                }
            }
            Step::Fail(number) => return Ok(seen.get() % 3 != number % 3),
            Step::Fault(number) if seen.get() % 16 == number % 16 => return Err(HostFault::engine("as read")),
            Step::Fault(_) => {}
            Step::Yield => std::thread::yield_now(),
        }
        Ok(true)
    };
    for step in steps {
        match go(step) {
            Ok(true) => {}
            Ok(false) => {
                overlay.rollback(before);
                break;
            }
            Err(fault) => return (Err(fault.to_string()), Vec::new()),
        }
    }
    (Ok(seen.get()), overlay.into_parts().1)
}

/// Executes calls one after the other.
fn serially(state: &State, calls: &[Vec<Step>]) -> (Vec<Output>, BTreeMap<StateKey, Option<Vec<u8>>>) {
    let mut all = BTreeMap::new();
    let outputs = calls
        .iter()
        .map(|steps| {
            let below: Vec<Write> = all.clone().into_iter().collect();
            let (output, writes) = run(steps, Layered::new(state.clone(), below.into()));
            all.extend(writes);
            output
        })
        .collect();
    (outputs, all)
}

/// Executes calls on threads.
fn on_threads<T: Send, V: StateView + Clone + Sync>(
    state: &V,
    calls: usize,
    threads: usize,
    tolerance: Tolerance,
    execute: impl Fn(usize, SpeculativeView<V>) -> (T, Vec<Write>) + Sync,
) -> Speculated<T> {
    let run = Speculation::new(calls, threads, tolerance);
    let start = Barrier::new(threads);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                start.wait();
                run.work(state.clone(), &execute);
            });
        }
    });
    run.finish()
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => any::<u64>().prop_map(Step::Read),
        4 => (any::<u64>(), any::<bool>()).prop_map(|(key, depends)| Step::Write(key, depends)),
        2 => any::<u64>().prop_map(Step::Delete),
        2 => (any::<u64>(), 1_usize..6).prop_map(|(key, count)| Step::Walk(key, count)),
        2 => any::<u64>().prop_map(Step::DeleteFirst),
        1 => any::<u64>().prop_map(Step::Fail),
        1 => any::<u64>().prop_map(Step::Fault),
        3 => Just(Step::Yield),
    ];
    prop::collection::vec(step, 0..10)
}

fn tolerances() -> impl Strategy<Value = Tolerance> {
    prop_oneof![
        Just(Tolerance::ENDLESS),
        (0_usize..3, 0_usize..30).prop_map(|(aborts, percent)| Tolerance { aborts, percent })
    ]
}

#[test]
fn nobody_can_tell_how_many_threads_there_were() {
    let cases = std::env::var("GOVM_CASES").map_or(1_000, |cases| cases.parse().unwrap());
    let [aborts, given_up] = [const { AtomicUsize::new(0) }; 2];
    let kept = prop::collection::vec(any::<u64>(), 0..8);
    let calls = prop::collection::vec(steps(), 0..24);
    TestRunner::new(ProptestConfig::with_cases(cases))
        .run(
            &(kept, calls, 1_usize..=8, tolerances()),
            |(kept, calls, threads, tolerance): (Vec<u64>, Vec<Vec<Step>>, usize, Tolerance)| {
                let state: State = kept.iter().map(|number| (key(*number), vec![*number as u8])).collect();
                let (outputs, writes) = serially(&state, &calls);
                let done = on_threads(&state, calls.len(), threads, tolerance, |call, state| run(&calls[call], state));
                prop_assert!(done.attempts <= calls.len() + done.aborts);
                aborts.fetch_add(done.aborts, Ordering::Relaxed);

                // What a run that was given up has done stands, and the rest can go on from there.
                let rest = &calls[done.outputs.len()..];
                if !rest.is_empty() {
                    prop_assert!(tolerance != Tolerance::ENDLESS);
                    given_up.fetch_add(1, Ordering::Relaxed);
                }
                let (rest, rest_writes) = serially(&apply(state, done.writes.clone()), rest);
                prop_assert_eq!([done.outputs, rest].concat(), outputs);
                let mut all: BTreeMap<_, _> = done.writes.into_iter().collect();
                all.extend(rest_writes);
                prop_assert_eq!(all, writes);
                Ok(())
            },
        )
        .unwrap();
    // The blocks are such that calls are in each other's way.
    assert!(aborts.into_inner() > 0 && given_up.into_inner() > 0);
}

/// Makes the second call read before the first has written; how often each was attempted.
fn misled<T: Send>(
    state: &State,
    write: impl Fn() -> Vec<Write> + Sync,
    read: impl Fn(&SpeculativeView<State>) -> T + Sync,
) -> (T, [usize; 2]) {
    let has_read = Barrier::new(2);
    let attempts = [const { AtomicUsize::new(0) }; 2];
    let done = on_threads(state, 2, 2, Tolerance::ENDLESS, |call, state| {
        let first = attempts[call].fetch_add(1, Ordering::SeqCst) == 0;
        let read = (call == 1).then(|| read(&state));
        if first {
            has_read.wait();
        }
        (read, if call == 0 { write() } else { Vec::new() })
    });
    assert_eq!(done.aborts + 2, done.attempts);
    (done.outputs.into_iter().nth(1).flatten().unwrap(), attempts.map(AtomicUsize::into_inner))
}

fn account(number: u8) -> StateKey {
    StateKey::Account(Address::from_bytes([number; 20]))
}

fn accounts(numbers: &[u8]) -> State {
    numbers.iter().map(|number| (account(*number), vec![*number])).collect()
}

/// The first account from a number on.
fn first_from(number: u8) -> impl Fn(&SpeculativeView<State>) -> Option<u8> {
    move |state| state.first(Bound::Included(&account(number))).unwrap().map(|(_, value)| value[0])
}

#[test]
fn who_read_too_early_reads_again() {
    let read = |state: &SpeculativeView<State>| state.get(&account(1)).unwrap();
    let write = || vec![(account(1), Some(vec![7]))];
    assert_eq!(misled(&State::new(), write, read), (Some(vec![7]), [1, 2]));
    let delete = || vec![(account(1), None)];
    assert_eq!(misled(&accounts(&[1]), delete, read), (None, [1, 2]));
    let other = || vec![(account(2), Some(vec![7]))];
    assert_eq!(misled(&accounts(&[1]), other, read), (Some(vec![1]), [1, 1]));
}

#[test]
fn a_search_notices_what_comes_into_its_way_and_what_goes() {
    let [insert, replace, delete] = [2, 3, 3].map(account);
    let (insert, replace) = (vec![(insert, Some(vec![2]))], vec![(replace, Some(vec![9]))]);
    let delete = vec![(delete, None)];
    let state = accounts(&[1, 3, 5]);
    assert_eq!(misled(&state, || insert.clone(), first_from(2)), (Some(2), [1, 2]));
    assert_eq!(misled(&state, || replace.clone(), first_from(2)), (Some(9), [1, 2]));
    assert_eq!(misled(&state, || delete.clone(), first_from(2)), (Some(5), [1, 2]));
    // To the end, where there is nothing.
    assert_eq!(misled(&state, || vec![(account(9), Some(vec![9]))], first_from(6)), (Some(9), [1, 2]));
    // Behind what was found, and before where the search began.
    assert_eq!(misled(&state, || vec![(account(4), Some(vec![4]))], first_from(2)), (Some(3), [1, 1]));
    assert_eq!(misled(&state, || insert.clone(), first_from(3)), (Some(3), [1, 1]));
}

#[test]
fn what_an_attempt_wrote_and_the_next_did_not_is_gone() {
    // The second call, misled at first, writes another key then; the third reads both.
    let state = State::new();
    let has_read = Barrier::new(2);
    let first_attempt = AtomicUsize::new(0);
    let done = on_threads(&state, 3, 2, Tolerance::ENDLESS, |call, state| match call {
        0 => {
            has_read.wait();
            (0, vec![(account(0), Some(vec![1]))])
        }
        1 => {
            let read = state.get(&account(0)).unwrap();
            if first_attempt.fetch_add(1, Ordering::SeqCst) == 0 {
                has_read.wait();
            }
            (1, vec![(account(if read.is_none() { 1 } else { 2 }), Some(vec![1]))])
        }
        _ => {
            let found = [1, 2].map(|number| state.get(&account(number)).unwrap().map_or(0, |_| u32::from(number)));
            (found[0] * 10 + found[1], Vec::new())
        }
    });
    assert_eq!(done.outputs, [0, 1, 2]);
    assert_eq!(done.writes, [(account(0), Some(vec![1])), (account(2), Some(vec![1]))]);
}

#[test]
fn searches_among_what_was_deleted_give_the_run_up_before_they_cost_too_much() {
    let numbers: Vec<StateKey> =
        (0..20_000_u32).map(|n| StateKey::Field(ObjectId::ZERO, format!("{n:05}").into())).collect();
    let state: State = numbers.iter().map(|key| (key.clone(), vec![0])).collect();
    let delete: Vec<Write> = numbers[..19_999].iter().map(|key| (key.clone(), None)).collect();
    let searches = AtomicUsize::new(0);
    let done =
        on_threads(&Counting { state: &state, searches: &searches }, 500, 2, Tolerance::ENDLESS, |call, state| {
            if call == 0 {
                return (Ok(None), delete.clone());
            }
            (state.first(Bound::Included(&numbers[0])).map_err(|fault| fault.to_string()), Vec::new())
        });
    // Each search steps over all that the first call deleted: what that call wrote allows for some of them, not for hundreds.
    assert!((1..100).contains(&done.outputs.len()), "{}", done.outputs.len());
    let searches = searches.into_inner();
    assert!(searches < 16 * 20_000 + 10_000 + 16 * 1_000, "{searches}");
    assert!(done.outputs[1..].iter().all(|found| *found == Ok(Some((numbers[19_999].clone(), vec![0])))));
    assert_eq!(done.writes.len(), 19_999);
}

/// A state that counts searches.
#[derive(Clone)]
struct Counting<'a> {
    state: &'a State,
    searches: &'a AtomicUsize,
}

impl StateView for Counting<'_> {
    fn get(&self, key: &StateKey) -> Result<Option<Vec<u8>>, HostFault> {
        StateView::get(self.state, key)
    }

    fn first(&self, from: Bound<&StateKey>) -> Result<Option<(StateKey, Vec<u8>)>, HostFault> {
        self.searches.fetch_add(1, Ordering::Relaxed);
        self.state.first(from)
    }
}

#[test]
fn a_panic_ends_the_run_and_not_only_its_thread() {
    let result = std::panic::catch_unwind(|| {
        on_threads(&State::new(), 100, 3, Tolerance::ENDLESS, |call, _| {
            assert!(call != 20, "as told");
            (call, vec![(account(call as u8), None)])
        })
    });
    assert!(result.is_err());
}
