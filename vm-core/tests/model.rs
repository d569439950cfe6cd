//! The schedule under every interleaving that a model checker (loom) finds, for a few calls and two threads.
//!
//! The file of the scheduler is compiled here once more, with loom's locks in the place of the standard library's. What it schedules
//! is as small as it can be: a memory of a few cells, in which each call's writes are apart.

#[allow(dead_code, unreachable_pub, reason = "the model uses what a run uses")]
#[path = "../src/parallel/scheduler.rs"]
mod scheduler;

mod sync {
    pub(crate) use std::sync::PoisonError;

    pub(crate) use loom::sync::{Condvar, Mutex, MutexGuard};
}

use std::sync::atomic::{AtomicUsize, Ordering};

use loom::sync::{Arc, Mutex};
use scheduler::{Counts, Scheduler, Task, Tolerance, Version};

/// What a call does: reads a cell, and writes one more than it read to the cell that is chosen by what was read.
type Script = fn(call: usize) -> (usize, fn(u32) -> usize);

#[derive(Clone, Copy)]
struct Entry {
    cell: usize,
    value: u32,
    estimate: bool,
}

/// What a call's last attempt did.
#[derive(Clone, Copy, Default)]
struct Attempt {
    /// What it read: the call that had written it, if any, and the value.
    read: Option<u32>,
    wrote: Option<Entry>,
}

struct Run {
    scheduler: Scheduler,
    attempts: Mutex<Vec<Attempt>>,
    script: Script,
}

impl Run {
    /// What a call finds in a cell, or the call that is to be waited for.
    fn find(&self, cell: usize, call: usize) -> Result<u32, usize> {
        let attempts = self.attempts.lock().unwrap();
        let before = attempts[..call].iter().enumerate().rev();
        match before.filter_map(|(call, attempt)| Some((call, attempt.wrote?))).find(|(_, entry)| entry.cell == cell) {
            Some((call, Entry { estimate: true, .. })) => Err(call),
            Some((_, entry)) => Ok(entry.value),
            None => Ok(0),
        }
    }

    fn execute(&self, version: Version) -> Option<Task> {
        let (cell, target) = (self.script)(version.call);
        let read = loop {
            match self.find(cell, version.call) {
                Ok(read) => break read,
                Err(call) => assert!(self.scheduler.wait_for(call), "nobody leaves a task"),
            }
        };
        let wrote = Entry { cell: target(read), value: read + 1, estimate: false };
        let mut attempts = self.attempts.lock().unwrap();
        let before = std::mem::replace(&mut attempts[version.call], Attempt { read: Some(read), wrote: Some(wrote) });
        let grew = before.wrote.is_none_or(|before| before.cell != wrote.cell);
        drop(attempts);
        self.scheduler.executed(version, grew)
    }

    fn validate(&self, version: Version) -> Option<Task> {
        let (cell, _) = (self.script)(version.call);
        let read = self.attempts.lock().unwrap()[version.call].read;
        if self.find(cell, version.call).ok() == read {
            return self.scheduler.validated();
        }
        if !self.scheduler.abort(version) {
            return self.scheduler.validated();
        }
        if let Some(wrote) = &mut self.attempts.lock().unwrap()[version.call].wrote {
            wrote.estimate = true;
        }
        Some(self.scheduler.begin_again(version))
    }

    fn work(&self) {
        let mut task = self.scheduler.next();
        while let Some(now) = task {
            task = match now {
                Task::Execute(version) => self.execute(version),
                Task::Validate(version) => self.validate(version),
            };
        }
    }
}

/// Runs a script on two threads under every interleaving with so many preemptions, and looks at each end.
fn check(
    calls: usize,
    tolerance: Tolerance,
    preemptions: usize,
    script: Script,
    look: impl Fn(Counts, Vec<Option<(usize, u32)>>) + Send + Sync + 'static,
) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(preemptions);
    model.check(move || {
        let run = Arc::new(Run {
            scheduler: Scheduler::new(calls, 2, tolerance),
            attempts: Mutex::new(vec![Attempt::default(); calls]),
            script,
        });
        let other = Arc::clone(&run);
        let thread = loom::thread::spawn(move || other.work());
        run.work();
        thread.join().unwrap();
        let attempts = run.attempts.lock().unwrap();
        let ends = attempts.iter().map(|attempt| attempt.wrote.map(|entry| (entry.cell, entry.value))).collect();
        look(run.scheduler.counts(), ends);
    });
}

#[test]
fn calls_that_all_want_the_same_cell_end_as_in_order() {
    check(
        3,
        Tolerance::ENDLESS,
        3,
        |_| (0, |_| 0),
        |counts, ends| {
            assert!(!counts.halted);
            assert_eq!(ends, [Some((0, 1)), Some((0, 2)), Some((0, 3))]);
        },
    );
}

#[test]
fn calls_that_want_nothing_of_each_other_are_attempted_once() {
    check(
        3,
        Tolerance::ENDLESS,
        3,
        |call| ([1, 2, 3][call], |_| 0),
        |counts, ends| {
            assert_eq!((counts.attempts, counts.aborts), (3, 0));
            assert_eq!(ends, [Some((0, 1)); 3]);
        },
    );
}

#[test]
fn a_call_that_was_misled_about_where_to_write_misleads_nobody_in_the_end() {
    // The first writes cell 0. The second writes cell 1 if it read too early, and cell 2 if not. The third reads cell 1.
    let script: Script = |call| match call {
        0 => (9, |_| 0),
        1 => (0, |read| if read == 0 { 1 } else { 2 }),
        _ => (1, |_| 3),
    };
    check(3, Tolerance::ENDLESS, 3, script, |_, ends| assert_eq!(ends, [Some((0, 1)), Some((2, 2)), Some((3, 1))]));
}

#[test]
fn a_run_that_is_given_up_ends_for_everybody() {
    let halts = std::sync::Arc::new(AtomicUsize::new(0));
    let seen = std::sync::Arc::clone(&halts);
    let tolerance = Tolerance { aborts: 0, percent: 0 };
    check(
        4,
        tolerance,
        2,
        |_| (0, |_| 0),
        move |counts, ends| {
            assert_eq!(counts.halted, counts.aborts > 0);
            // The first is never misled, and whoever was aborted has been executed again.
            assert_eq!(ends[0], Some((0, 1)));
            assert!(counts.halted || ends[3] == Some((0, 4)));
            seen.fetch_add(usize::from(counts.halted), Ordering::Relaxed);
        },
    );
    assert!(halts.load(Ordering::Relaxed) > 0, "some interleaving is given up");
}
