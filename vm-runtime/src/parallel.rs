//! Calls of a block on several threads. How that gives the serial result is told by [`Speculation`]; here is what an attempt is,
//! who takes part, and when it is not worth trying.

use std::num::NonZero;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use govm_core::{Call, CallPosition, HostFault, Ledger, Receipt, Speculated, Speculation, StateView, Tolerance};

use crate::desk::Desk;
use crate::engine::{Executed, execute};
use crate::runtime::Runtime;
use crate::session::Session;

/// A view for one thread.
pub(crate) type ThreadView = Box<dyn StateView + Send>;

/// How many calls are executed one after the other whatever the setting is: starting threads takes as long as some calls.
const MIN_CALLS: usize = 16;

/// How many attempts of a run may be aborted before their share counts.
const TOLERATED_ABORTS: usize = 8;

/// Most runs that are executed serially, without trying, after one that was given up.
const MAX_SKIPPED_RUNS: u32 = 64;

/// How many threads take part, and whether it is worth it: it follows from how the last runs went, and changes no result.
pub(crate) struct Parallelism {
    threads: usize,
    record: Mutex<Record>,
}

/// How the last runs went.
#[derive(Default)]
struct Record {
    /// How many runs were not tried after the last one that was given up.
    penalty: u32,
    /// How many of them are left.
    skip: u32,
}

impl Parallelism {
    /// `threads` as in [`EngineConfig`](crate::EngineConfig::threads).
    pub(crate) fn new(threads: usize) -> Self {
        let threads = match threads {
            0 => thread::available_parallelism().map_or(1, NonZero::get),
            threads => threads,
        };
        Self { threads, record: Mutex::default() }
    }

    /// Whether the next calls shall be tried on several threads.
    pub(crate) fn is_worth_trying(&self, calls: usize) -> bool {
        if self.threads == 1 || calls < MIN_CALLS {
            return false;
        }
        let mut record = self.record();
        let skipped = record.skip > 0;
        record.skip = record.skip.saturating_sub(1);
        !skipped
    }

    /// Learns how a run went.
    pub(crate) fn learn(&self, given_up: bool) {
        let mut record = self.record();
        record.penalty = if given_up { (record.penalty * 2).clamp(1, MAX_SKIPPED_RUNS) } else { 0 };
        record.skip = record.penalty;
    }

    /// A thread wins by what it executes and loses by what is aborted: with two, a quarter of all attempts is where it hardly
    /// pays any more; with many, half of them.
    fn tolerance(&self) -> Tolerance {
        Tolerance { aborts: TOLERATED_ABORTS, percent: 50 * (self.threads - 1) / self.threads }
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Executes calls, the first of them at a position, on as many threads as are set. This one has a view of the state that they find,
/// and the others open theirs. What came of each call is that of the serial order; it is that of the first so many calls if
/// the run was given up.
pub(crate) fn speculate(
    runtime: &Arc<Runtime>,
    mine: ThreadView,
    others: impl Fn() -> Result<ThreadView, HostFault> + Sync,
    first: CallPosition,
    time_ns: i64,
    calls: &[&Call],
) -> Speculated<Result<(Executed, Receipt), HostFault>> {
    let Parallelism { threads, .. } = runtime.parallelism;
    let run = Speculation::new(calls.len(), threads, runtime.parallelism.tolerance());
    let work = |view| {
        let mut desk = None;
        run.work(view, |call, state| {
            // The number of calls of a block fits.
            let position = CallPosition { index: first.index + call as u32, ..first };
            let at = desk.take().unwrap_or_else(|| Desk::new(Arc::clone(runtime)));
            let session = Session::new(at, Ledger::new(Box::new(state)), position.height, time_ns);
            match execute(session, position.index, calls[call]) {
                Ok((executed, session)) => {
                    desk = Some(session.desk);
                    let receipt = executed.receipt.clone();
                    (Ok((executed, receipt)), session.ledger.into_writes())
                }
                Err(fault) => (Err(fault), Vec::new()),
            }
        });
    };
    let take_part = || match others() {
        Ok(view) => work(view),
        // Whatever is wrong with the store, the others do the work, or are told so themselves.
        Err(fault) => tracing::warn!(%fault, "a thread has no view of the state"),
    };
    // Not a pool that steals work: where a call waits for its compiler, its thread would take another part of the run upon it,
    // and that part could wait for the call below it.
    thread::scope(|scope| {
        for _ in 1..threads {
            if let Err(error) = thread::Builder::new().name("govm-calls".to_owned()).spawn_scoped(scope, take_part) {
                tracing::warn!(%error, "the system has no thread for calls");
            }
        }
        work(mine);
    });
    run.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_up_is_tried_again_ever_later() {
        let parallelism = Parallelism::new(2);
        let serial_runs = || (0..).take_while(|_| !parallelism.is_worth_trying(1_000)).count();
        assert_eq!(serial_runs(), 0);
        for expected in [1, 2, 4, 8, 16, 32, 64, 64] {
            parallelism.learn(true);
            assert_eq!(serial_runs(), expected);
        }
        parallelism.learn(false);
        assert_eq!(serial_runs(), 0);
    }

    #[test]
    fn one_thread_and_few_calls_are_never_tried() {
        assert!(!Parallelism::new(1).is_worth_trying(1_000));
        assert!(!Parallelism::new(8).is_worth_trying(MIN_CALLS - 1));
        assert!(Parallelism::new(0).threads >= 1);
    }
}
