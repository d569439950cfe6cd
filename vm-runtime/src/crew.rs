//! Threads that are kept from block to block, to help whoever executes one.
//!
//! A thread that is made for each block comes late: Linux often queues a new thread behind the one that made it, on the same
//! processor, and moves it after milliseconds, when half of the block is done (measured on two cores: 2 ms late on average, up to 4).
//! One that waits is woken on a processor that is idle (0.1 ms).
//!
//! # Safety
//! Helpers run work that borrows from the stack of whoever asks for help ([`Crew::with_help`]). What they are given is said to
//! live for ever, and does not; two facts make up for that:
//!
//! 1. *Nobody comes late.* A helper takes a seat of a job under the lock that the job lies behind, and runs its work only then. When
//!    whoever asked is done, it takes the seats away under that lock.
//! 2. *Nobody is left.* Then it waits until everybody who took a seat has left it, however its own part ended: a guard does both
//!    when it is dropped. A helper leaves its seat when the work has returned or panicked.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

/// The threads; they end when it is dropped.
pub(crate) struct Crew {
    shared: Arc<Shared>,
    /// Those that were started. None are before somebody wants help.
    threads: Mutex<Vec<JoinHandle<()>>>,
}

#[derive(Default)]
struct Shared {
    board: Mutex<Board>,
    changed: Condvar,
}

/// What there is to do.
#[derive(Default)]
struct Board {
    jobs: Vec<Job>,
    /// The number of the next job.
    next: u64,
    closed: bool,
}

struct Job {
    number: u64,
    work: Work,
    /// How many helpers may still come.
    seats: usize,
    /// How many are at it.
    inside: usize,
    /// What one of them panicked with.
    panic: Option<Box<dyn Any + Send>>,
}

type Work = &'static (dyn Fn() + Sync);

impl Crew {
    pub(crate) fn new() -> Self {
        Self { shared: Arc::default(), threads: Mutex::default() }
    }

    /// Does `mine` here while up to so many helpers do `work`, those that are free. Returns when all of them are done. A system
    /// that has no thread to give has no helpers.
    ///
    /// # Panics
    /// With what `mine` or one of the helpers panicked with.
    pub(crate) fn with_help(&self, helpers: usize, work: &(dyn Fn() + Sync), mine: impl FnOnce()) {
        self.start(helpers);
        // SAFETY: nobody runs it after the guard is dropped, which is before the borrow ends (see the module).
        let work = unsafe { std::mem::transmute::<&(dyn Fn() + Sync), Work>(work) };
        let guard = Guard { shared: &self.shared, number: self.shared.post(work, helpers) };
        mine();
        drop(guard);
    }

    /// Makes sure that there are so many threads.
    fn start(&self, helpers: usize) {
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        while threads.len() < helpers {
            let shared = Arc::clone(&self.shared);
            match thread::Builder::new().name("govm-calls".to_owned()).spawn(move || shared.help()) {
                Ok(thread) => threads.push(thread),
                Err(error) => {
                    tracing::warn!(%error, "the system has no thread for calls");
                    return;
                }
            }
        }
    }
}

impl Shared {
    fn post(&self, work: Work, seats: usize) -> u64 {
        let mut board = self.board();
        let number = board.next;
        board.next += 1;
        board.jobs.push(Job { number, work, seats, inside: 0, panic: None });
        drop(board);
        self.changed.notify_all();
        number
    }

    /// Takes seats until there will be no more jobs.
    fn help(&self) {
        let mut board = self.board();
        loop {
            let Some(job) = board.jobs.iter_mut().find(|job| job.seats > 0) else {
                if board.closed {
                    return;
                }
                board = self.wait(board);
                continue;
            };
            job.seats -= 1;
            job.inside += 1;
            let (number, work) = (job.number, job.work);
            drop(board);
            let result = catch_unwind(AssertUnwindSafe(work));
            board = self.board();
            if let Some(job) = board.jobs.iter_mut().find(|job| job.number == number) {
                job.inside -= 1;
                job.panic = job.panic.take().or(result.err());
            }
            self.changed.notify_all();
        }
    }

    /// Waits until the helpers of a job are gone; what one of them panicked with.
    fn end(&self, number: u64) -> Option<Box<dyn Any + Send>> {
        let mut board = self.board();
        loop {
            let at = board.jobs.iter().position(|job| job.number == number)?;
            board.jobs[at].seats = 0;
            if board.jobs[at].inside == 0 {
                return board.jobs.swap_remove(at).panic;
            }
            board = self.wait(board);
        }
    }

    /// Nothing panics while it is locked, so its poison says nothing.
    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, board: MutexGuard<'a, Board>) -> MutexGuard<'a, Board> {
        self.changed.wait(board).unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends a job, whatever happens to whoever asked for help.
struct Guard<'a> {
    shared: &'a Shared,
    number: u64,
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        let panic = self.shared.end(self.number);
        if let Some(panic) = panic.filter(|_| !thread::panicking()) {
            resume_unwind(panic);
        }
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.shared.board().closed = true;
        self.shared.changed.notify_all();
        let threads = self.threads.get_mut().unwrap_or_else(PoisonError::into_inner);
        // Their work's panics were passed on; there are no others.
        threads.drain(..).for_each(|thread| drop(thread.join()));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn the_same_threads_help_again_and_again() {
        let crew = Crew::new();
        let who = Mutex::new(HashSet::new());
        for _ in 0..100 {
            let (at_once, done) = (Barrier::new(3), AtomicUsize::new(0));
            let work = || {
                at_once.wait();
                who.lock().unwrap().insert(thread::current().id());
                done.fetch_add(1, Ordering::Relaxed);
            };
            crew.with_help(2, &work, work);
            assert_eq!(done.into_inner(), 3);
        }
        assert_eq!(who.into_inner().unwrap().len(), 3);
    }

    #[test]
    fn helpers_are_waited_for_and_their_panics_passed_on() {
        let crew = Crew::new();
        let at_once = Barrier::new(2);
        let meet = || {
            at_once.wait();
        };
        let work = || {
            at_once.wait();
            panic!("a helper's");
        };
        let result = catch_unwind(AssertUnwindSafe(|| crew.with_help(1, &work, meet)));
        assert_eq!(*result.unwrap_err().downcast::<&str>().unwrap(), "a helper's");

        // Who panics waits too, and is heard of before the helper.
        let helped = AtomicBool::new(false);
        let work = || {
            at_once.wait();
            helped.store(true, Ordering::Relaxed);
            panic!("a helper's");
        };
        let mine = || {
            at_once.wait();
            panic!("mine");
        };
        let result = catch_unwind(AssertUnwindSafe(|| crew.with_help(1, &work, mine)));
        assert_eq!(*result.unwrap_err().downcast::<&str>().unwrap(), "mine");
        assert!(helped.into_inner());

        // The thread is still there.
        crew.with_help(1, &meet, meet);
    }

    #[test]
    fn who_is_done_without_help_does_not_wait_for_it() {
        let crew = Crew::new();
        let (begun, go_on) = (Barrier::new(2), Barrier::new(2));
        let busy = || {
            begun.wait();
            go_on.wait();
        };
        crew.with_help(1, &busy, || {
            begun.wait();
            // The only helper is busy with the job above.
            let helped = AtomicBool::new(false);
            crew.with_help(1, &|| helped.store(true, Ordering::Relaxed), || {});
            assert!(!helped.into_inner());
            go_on.wait();
        });
    }
}
