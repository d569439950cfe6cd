//! The calls of a block on several threads, with the result of executing them one after the other.
//!
//! The scheme is Block-STM (R. Gelashvili, A. Spiegelman, Z. Xiang, G. Danezis, Z. Li, D. Malkhi, Y. Xia, R. Zhou: "Block-STM:
//! Scaling Blockchain Execution by Turning Ordering Curse to a Performance Blessing", 2022, arXiv:2203.06871). Calls are
//! attempted before those in front of them are done. Each attempt reads, under each key, what the nearest call before it has
//! written there so far, and its reads are written down; its writes go into a memory that keeps each call's apart. Then it is
//! validated: would it read the same now? If not, it is aborted and attempted again; what it had written stays as an estimate
//! meanwhile, and who reads an estimate waits. When every call is valid at once, each has read what the calls before it wrote in
//! their valid attempts; by induction from the first, that is what it would have read in the serial order.
//!
//! Here the threads share one lock for the schedule instead of the paper's counters, and values are compared instead of
//! attempts, so that a call that writes the same again misleads nobody. Searches are reads too: what a search found, and
//! everything it stepped over, must still be there, and nothing new on the way.

mod hash;
mod reads;
mod scheduler;
mod versions;

/// What threads share, in one place: the model of the scheduler brings its own.
mod sync {
    pub(super) use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
}

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use self::reads::{Reads, Recorder};
use self::scheduler::{Scheduler, Task, Version};
use self::versions::Versions;
use crate::{StateView, Write};

pub use self::reads::SpeculativeView;
pub use self::scheduler::Tolerance;

/// A run: the calls of a block, or of a part of one, that threads execute together.
///
/// ```
/// use std::collections::BTreeMap;
/// use govm_core::{Address, Speculation, StateKey, StateView, Tolerance};
///
/// // Three calls that count up the same number, each without knowing of the others.
/// let key = StateKey::Account(Address::ZERO);
/// let count = |_, state: govm_core::SpeculativeView<BTreeMap<_, Vec<u8>>>| {
///     let next = state.get(&key).unwrap().map_or(1, |value| value[0] + 1);
///     (next, vec![(key.clone(), Some(vec![next]))])
/// };
/// let run = Speculation::new(3, 2, Tolerance::ENDLESS);
/// std::thread::scope(|threads| {
///     threads.spawn(|| run.work(BTreeMap::new(), count));
///     run.work(BTreeMap::new(), count);
/// });
/// let done = run.finish();
/// assert_eq!(done.outputs, [1, 2, 3]);
/// assert_eq!(done.writes, [(key, Some(vec![3]))]);
/// ```
#[derive(Debug)]
pub struct Speculation<T> {
    inside: Arc<Inside>,
    attempts: Box<[Mutex<Option<Attempt<T>>>]>,
}

/// What the views of attempts share with the run.
#[derive(Debug)]
struct Inside {
    versions: Versions,
    scheduler: Scheduler,
}

/// The last attempt at a call.
#[derive(Debug)]
struct Attempt<T> {
    reads: Reads,
    /// The hashes of the keys that it wrote.
    wrote: Vec<u64>,
    output: T,
}

/// What came of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Speculated<T> {
    /// What the calls led to, in order: of all, or of the first so many if the run was given up.
    pub outputs: Vec<T>,
    /// What these calls wrote, each key once, in ascending order.
    pub writes: Vec<Write>,
    /// How many attempts were made.
    pub attempts: usize,
    /// How many of them were aborted, since a call before turned out to write what they had read.
    pub aborts: usize,
}

impl<T: Send> Speculation<T> {
    /// A run of a number of calls by a number of threads. It is given up when more attempts are aborted than is tolerated: the
    /// rest is then better executed serially.
    #[must_use]
    pub fn new(calls: usize, threads: usize, tolerance: Tolerance) -> Self {
        let scheduler = Scheduler::new(calls, threads, tolerance);
        Self {
            inside: Arc::new(Inside { versions: Versions::new(calls), scheduler }),
            attempts: (0..calls).map(|_| Mutex::default()).collect(),
        }
    }

    /// Takes part in the run until it is over. Each thread brings a view of the same state below.
    ///
    /// `execute` gets a call's index and the state that it finds, and returns what the call leads to and what it writes, in
    /// ascending order of the keys, each key once. It is asked again for calls whose attempts are aborted, and must have done
    /// with the state when it returns.
    pub fn work<V: StateView>(&self, base: V, mut execute: impl FnMut(usize, SpeculativeView<V>) -> (T, Vec<Write>)) {
        let guard = AbandonOnPanic(&self.inside.scheduler);
        let recorder = Recorder { inside: Arc::clone(&self.inside), base, call: 0, reads: Reads::default() };
        let view = SpeculativeView(Arc::new(Mutex::new(recorder)));
        let mut executed = Vec::new();
        let mut task = self.inside.scheduler.next();
        while let Some(now) = task {
            task = match now {
                Task::Execute(version) => {
                    executed.push(version.call);
                    self.execute(version, &view, &mut execute)
                }
                Task::Validate(version) => self.validate(version),
            };
        }
        if !self.inside.scheduler.counts().halted {
            self.tidy_up(&executed);
        }
        std::mem::forget(guard);
    }

    /// Frees what nobody needs any more of the attempts that a thread made, and collects a part of what was written: for one
    /// thread alone, all of it would take as long as dozens of calls.
    fn tidy_up(&self, executed: &[usize]) {
        for call in executed {
            if let Some(attempt) = &mut *self.attempt(*call) {
                (attempt.reads, attempt.wrote) = (Reads::default(), Vec::new());
            }
        }
        self.inside.versions.collect();
    }

    fn execute<V: StateView>(
        &self,
        version: Version,
        view: &SpeculativeView<V>,
        execute: &mut impl FnMut(usize, SpeculativeView<V>) -> (T, Vec<Write>),
    ) -> Option<Task> {
        let call = version.call;
        view.recorder().call = call;
        let (output, writes) = execute(call, SpeculativeView(Arc::clone(&view.0)));
        let reads = std::mem::take(&mut view.recorder().reads);
        let mut attempt = self.attempt(call);
        let before = attempt.take().map(|attempt| attempt.wrote).unwrap_or_default();
        let (wrote, grew) = self.inside.versions.record(version, writes, &before);
        *attempt = Some(Attempt { reads, wrote, output });
        drop(attempt);
        self.inside.scheduler.executed(version, grew)
    }

    fn validate(&self, version: Version) -> Option<Task> {
        let Inside { versions, scheduler } = &*self.inside;
        let attempt = self.attempt(version.call);
        let reads = attempt.as_ref().map(|attempt| &attempt.reads);
        let valid = reads.is_some_and(|reads| reads.still_valid(versions, version.call));
        if valid || !scheduler.abort(version) {
            // Who gets the next task may wait for others, who may want this attempt.
            drop(attempt);
            return scheduler.validated();
        }
        versions.estimate(version.call, attempt.as_ref().map_or(&[], |attempt| &attempt.wrote));
        drop(attempt);
        Some(scheduler.begin_again(version))
    }

    /// What came of it, after every thread has done its part.
    #[must_use]
    pub fn finish(self) -> Speculated<T> {
        let Inside { versions, scheduler } = &*self.inside;
        let counts = scheduler.counts();
        let attempts =
            self.attempts.into_iter().map(|attempt| attempt.into_inner().unwrap_or_else(PoisonError::into_inner));
        let valid = |(call, attempt): (usize, Option<Attempt<T>>)| {
            let attempt = attempt?;
            // After a run to the end they are valid all; after another, those that are up to the first that is not.
            (!counts.halted || attempt.reads.still_valid(versions, call)).then_some(attempt.output)
        };
        let outputs: Vec<T> = attempts.enumerate().map_while(valid).collect();
        let writes = versions.take_writes(outputs.len());
        Speculated { outputs, writes, attempts: counts.attempts, aborts: counts.aborts }
    }

    /// A panic while it is locked leaves an attempt out, and ends the run.
    fn attempt(&self, call: usize) -> MutexGuard<'_, Option<Attempt<T>>> {
        self.attempts[call].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets the other threads go home when one panics.
struct AbandonOnPanic<'a>(&'a Scheduler);

impl Drop for AbandonOnPanic<'_> {
    fn drop(&mut self) {
        self.0.abandon();
    }
}
