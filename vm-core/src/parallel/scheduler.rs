//! Who does what next: the one place where the threads of a block meet.
//!
//! Calls are attempted in ascending order and validated in ascending order; a failed validation aborts an attempt and begins the
//! next one at once. Everything is behind one lock, which is held for tens of nanoseconds between tasks of microseconds.
//!
//! The file depends on nothing but the `sync` module beside it, so that a model checker can bring its own.

use super::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// One attempt at a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Version {
    /// The call's index.
    pub(super) call: usize,
    /// How many attempts at it were aborted before.
    pub(super) incarnation: u32,
}

/// What a thread is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    /// Execute the call.
    Execute(Version),
    /// See whether what the attempt read is still what it would read.
    Validate(Version),
}

/// Where a call stands. From `Aborting` it goes to `Executing` by the hand of the same thread, which waits for nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    NotBegun,
    Executing,
    Executed,
    Aborting,
}

/// What a run came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// How many attempts were begun.
    pub(super) attempts: usize,
    /// How many of them were aborted.
    pub(super) aborts: usize,
    /// Whether the run was given up before everything was executed and valid.
    pub(super) halted: bool,
}

#[derive(Debug)]
struct State {
    calls: Vec<(Phase, u32)>,
    /// Every call below has been begun.
    begun: usize,
    /// Every call below has been handed out for validation since it, or anything below it, last changed.
    validated: usize,
    /// How many tasks are being worked on.
    active: usize,
    /// How many threads are asleep.
    asleep: usize,
    /// Whether a thread will never end its task.
    abandoned: bool,
    counts: Counts,
}

/// The schedule of the calls of one run.
#[derive(Debug)]
pub(super) struct Scheduler {
    state: Mutex<State>,
    changed: Condvar,
    /// How far execution may be ahead before validation passes over a call that is being executed. What was passed over is
    /// validated again later, what is validated late has misled more calls.
    window: usize,
    tolerance: Tolerance,
}

/// How many attempts of a run may be aborted before it is given up: so many, and a share of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tolerance {
    /// So many, however few attempts there were.
    pub aborts: usize,
    /// And so many of a hundred attempts.
    pub percent: usize,
}

impl Tolerance {
    /// The run is never given up.
    pub const ENDLESS: Self = Self { aborts: usize::MAX, percent: 0 };

    fn allows(self, counts: Counts) -> bool {
        counts.aborts <= self.aborts.saturating_add(counts.attempts.saturating_mul(self.percent) / 100)
    }
}

impl Scheduler {
    pub(super) fn new(calls: usize, threads: usize, tolerance: Tolerance) -> Self {
        let state = State {
            calls: vec![(Phase::NotBegun, 0); calls],
            begun: 0,
            validated: 0,
            active: 0,
            asleep: 0,
            abandoned: false,
            counts: Counts::default(),
        };
        Self { state: Mutex::new(state), changed: Condvar::new(), window: threads * 2, tolerance }
    }

    /// A thread's first task; nothing when the run is over. Sleeps while others work and there is nothing to do.
    pub(super) fn next(&self) -> Option<Task> {
        self.pick(self.lock())
    }

    fn pick(&self, mut state: MutexGuard<'_, State>) -> Option<Task> {
        loop {
            if state.counts.halted {
                return None;
            }
            if let Some(task) = state.pick(self.window) {
                state.active += 1;
                return Some(task);
            }
            if state.active == 0 {
                self.wake(&state);
                return None;
            }
            state = self.sleep(state);
        }
    }

    /// Notes that an attempt's writes can be read. `grew` says whether it wrote a key that the call's attempt before did
    /// not: then everything behind it must be validated again. Returns the thread's next task, as [`next`](Scheduler::next).
    pub(super) fn executed(&self, version: Version, grew: bool) -> Option<Task> {
        let mut state = self.lock();
        state.calls[version.call].0 = Phase::Executed;
        let again = state.validated > version.call && !grew && !state.counts.halted;
        if grew {
            state.validated = state.validated.min(version.call);
        }
        if !again {
            state.active -= 1;
        }
        self.wake(&state);
        if again { Some(Task::Validate(version)) } else { self.pick(state) }
    }

    /// Notes that an attempt is valid as things stand, or that somebody else aborts it. Returns the thread's next task.
    pub(super) fn validated(&self) -> Option<Task> {
        let mut state = self.lock();
        state.active -= 1;
        self.wake(&state);
        self.pick(state)
    }

    /// Whether the caller is the one to abort an attempt that is not valid. If so, it must mark what the attempt wrote and
    /// then call [`begin_again`](Scheduler::begin_again).
    pub(super) fn abort(&self, version: Version) -> bool {
        let mut state = self.lock();
        let (phase, incarnation) = &mut state.calls[version.call];
        let mine = *phase == Phase::Executed && *incarnation == version.incarnation;
        if mine {
            *phase = Phase::Aborting;
        }
        mine
    }

    /// Begins the next attempt at a call whose last one was aborted. If there is too much of that, it is the last task.
    pub(super) fn begin_again(&self, version: Version) -> Task {
        let mut state = self.lock();
        let next = Version { incarnation: version.incarnation + 1, ..version };
        state.calls[version.call] = (Phase::Executing, next.incarnation);
        // What is behind may have read what was aborted.
        state.validated = state.validated.min(version.call + 1);
        state.counts.aborts += 1;
        if !self.tolerance.allows(state.counts) {
            state.counts.halted = true;
        }
        state.counts.attempts += 1;
        self.wake(&state);
        Task::Execute(next)
    }

    /// Waits until a call that is being executed again has been. False if that will not happen.
    ///
    /// Whoever waits executes a later call, so no two wait for each other, and the lowest of those that are being executed waits
    /// for nobody.
    pub(super) fn wait_for(&self, call: usize) -> bool {
        let mut state = self.lock();
        while matches!(state.calls[call].0, Phase::Executing | Phase::Aborting) {
            if state.abandoned {
                return false;
            }
            state = self.sleep(state);
        }
        state.calls[call].0 == Phase::Executed
    }

    /// Gives the run up: tasks that were begun are ended, and no others begun.
    pub(super) fn halt(&self) {
        let mut state = self.lock();
        state.counts.halted = true;
        self.wake(&state);
    }

    /// Gives the run up because a thread left its task in the middle.
    pub(super) fn abandon(&self) {
        self.lock().abandoned = true;
        self.halt();
    }

    pub(super) fn counts(&self) -> Counts {
        self.lock().counts
    }

    /// Nothing can panic while the lock is held, so its poison says nothing.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sleep<'a>(&self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        state.asleep += 1;
        let mut state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        state.asleep -= 1;
        state
    }

    fn wake(&self, state: &State) {
        if state.asleep > 0 {
            self.changed.notify_all();
        }
    }
}

impl State {
    /// The lowest thing that can be done.
    fn pick(&mut self, window: usize) -> Option<Task> {
        loop {
            let more = self.begun < self.calls.len();
            if self.validated < self.begun {
                let call = self.validated;
                let (phase, incarnation) = self.calls[call];
                if phase == Phase::Executed {
                    self.validated += 1;
                    return Some(Task::Validate(Version { call, incarnation }));
                }
                if !more || self.begun >= call + window {
                    // When it has been executed, it lowers the mark again.
                    self.validated += 1;
                    continue;
                }
            }
            if !more {
                return None;
            }
            let call = self.begun;
            self.begun += 1;
            self.calls[call].0 = Phase::Executing;
            self.counts.attempts += 1;
            return Some(Task::Execute(Version { call, incarnation: 0 }));
        }
    }
}
