//! Calls of a block on several threads. How that gives the serial result is told by [`Speculation`]; here is what an attempt is,
//! who takes part, and when it is not worth trying.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use govm_core::{Call, CallPosition, HostFault, Ledger, Receipt, Speculated, Speculation, StateView, Tolerance, Write};

use crate::crew::Crew;
use crate::desk::Desk;
use crate::engine::{Executed, execute};
use crate::runtime::Runtime;
use crate::session::Session;

/// A view for one thread.
pub(crate) type ThreadView = Box<dyn StateView + Send>;

/// How many calls are executed one after the other whatever the setting is: waking threads takes as long as some calls.
const MIN_CALLS: usize = 16;

/// How many attempts of a run may be aborted before their share counts.
const TOLERATED_ABORTS: usize = 8;

/// Most runs that are executed serially, without trying, after one that was given up.
const MAX_SKIPPED_RUNS: u32 = 64;

/// Most calls that are attempted as one: the schedule and the versions are asked, and what was read is looked at again, once
/// for all of them. More gain little.
const MAX_GROUP: usize = 4;

/// A thread shall have at least so many groups of a run to execute, so that none works long while the others are done.
const GROUPS_PER_THREAD: usize = 16;

/// When so many of a hundred calls or more were executed in vain, groups become smaller, since all of a group is in vain if one
/// of its calls is.
const MANY_IN_VAIN_PERCENT: usize = 3;

/// When fewer than so many were, they become larger.
const FEW_IN_VAIN_PERCENT: usize = 1;

/// How many threads take part, and whether it is worth it: it follows from how the last runs went, and changes no result.
pub(crate) struct Parallelism {
    threads: usize,
    /// All threads but the one that has the block.
    crew: Crew,
    record: Mutex<Record>,
}

/// How the last runs went.
struct Record {
    /// How many calls the next run attempts as one, if there are enough.
    group: usize,
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
        Self { threads, crew: Crew::new(), record: Mutex::new(Record { group: 1, penalty: 0, skip: 0 }) }
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

    /// Learns how a run of so many calls went.
    pub(crate) fn learn(&self, calls: usize, ran: &Ran) {
        let mut record = self.record();
        if ran.done.calls.len() < calls {
            record.group = 1;
            record.penalty = (record.penalty * 2).clamp(1, MAX_SKIPPED_RUNS);
        } else {
            let in_vain_percent = 100 * ran.in_vain() / calls.max(1);
            if in_vain_percent >= MANY_IN_VAIN_PERCENT {
                record.group = (record.group / 2).max(1);
            } else if in_vain_percent < FEW_IN_VAIN_PERCENT {
                record.group = (record.group * 2).min(MAX_GROUP);
            }
            record.penalty = 0;
        }
        record.skip = record.penalty;
    }

    /// How many of these calls are attempted as one.
    fn group(&self, calls: usize) -> usize {
        self.record().group.min(calls / (self.threads * GROUPS_PER_THREAD)).max(1)
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

/// What came of a run: of all its calls, or of the first so many if it was given up.
pub(crate) struct Ran {
    pub(crate) done: Done,
    pub(crate) writes: Vec<Write>,
    /// In how many attempts; each is at one call or a few.
    pub(crate) attempts: usize,
    /// How many calls were executed, some of them more than once.
    executed: usize,
}

/// What calls did, in order, up to the one that the host could not execute, if there was one.
pub(crate) struct Done {
    pub(crate) calls: Vec<Executed>,
    /// Their receipts once more, for the block: shared by whoever executed the calls, for whom they are at hand.
    pub(crate) receipts: Vec<Arc<Receipt>>,
    pub(crate) fault: Option<HostFault>,
}

impl Done {
    /// Nothing yet, of so many calls.
    fn of(calls: usize) -> Self {
        Self { calls: Vec::with_capacity(calls), receipts: Vec::with_capacity(calls), fault: None }
    }
}

impl Ran {
    /// How many calls were executed and came to nothing.
    pub(crate) fn in_vain(&self) -> usize {
        self.executed.saturating_sub(self.done.calls.len())
    }
}

/// Executes calls, the first of them at a position, on as many threads as are set and free. This one has a view of the state that they
/// find, and the others open theirs. What came of each call is that of the serial order.
pub(crate) fn speculate(
    runtime: &Arc<Runtime>,
    mine: ThreadView,
    others: impl Fn() -> Result<ThreadView, HostFault> + Sync,
    first: CallPosition,
    time_ns: i64,
    calls: &[&Call],
) -> Ran {
    let threads = runtime.parallelism.threads;
    let group = runtime.parallelism.group(calls.len());
    let groups: Vec<&[&Call]> = calls.chunks(group).collect();
    let run = Speculation::new(groups.len(), threads, runtime.parallelism.tolerance());
    let executed = AtomicUsize::new(0);
    let work = |view| {
        let mut desk = None;
        run.work(view, |at, state| {
            executed.fetch_add(groups[at].len(), Ordering::Relaxed);
            // The number of calls of a block fits.
            let first = CallPosition { index: first.index + (at * group) as u32, ..first };
            let mine = desk.take().unwrap_or_else(|| Desk::new(Arc::clone(runtime)));
            let session = Session::new(mine, Ledger::new(Box::new(state)), first.height, time_ns);
            let (done, session) = execute_group(session, first.index, groups[at]);
            let Some(session) = session else { return (done, Vec::new()) };
            desk = Some(session.desk);
            (done, session.ledger.into_writes())
        });
    };
    let take_part = || match others() {
        Ok(view) => work(view),
        // Whatever is wrong with the store, the others do the work, or are told so themselves.
        Err(fault) => tracing::warn!(%fault, "a thread has no view of the state"),
    };
    // Not a pool that steals work: where a call waits for its compiler, its thread would take another part of the run upon it,
    // and that part could wait for the call below it.
    runtime.parallelism.crew.with_help(threads - 1, &take_part, || work(mine));
    let Speculated { outputs, writes, attempts, .. } = run.finish();
    let mut done = Done::of(calls.len());
    for mut group in outputs {
        done.calls.append(&mut group.calls);
        done.receipts.append(&mut group.receipts);
        done.fault = done.fault.or(group.fault);
    }
    Ran { done, writes, attempts, executed: executed.into_inner() }
}

/// Executes calls one after the other; a fault takes the session with it.
fn execute_group(mut session: Session, first: u32, calls: &[&Call]) -> (Done, Option<Session>) {
    let mut done = Done::of(calls.len());
    for (index, call) in (first..).zip(calls) {
        match execute(session, index, call) {
            Ok((executed, after)) => {
                done.receipts.push(Arc::clone(&executed.receipt));
                done.calls.push(executed);
                session = after;
            }
            Err(fault) => {
                done.fault = Some(fault);
                return (done, None);
            }
        }
    }
    (done, Some(session))
}

#[cfg(test)]
mod tests {
    use govm_core::{Hash, Status};

    use super::*;

    #[test]
    fn what_was_given_up_is_tried_again_ever_later() {
        let parallelism = Parallelism::new(2);
        let serial_runs = || (0..).take_while(|_| !parallelism.is_worth_trying(1_000)).count();
        assert_eq!(serial_runs(), 0);
        for expected in [1, 2, 4, 8, 16, 32, 64, 64] {
            parallelism.learn(1_000, &ran(500, 600));
            assert_eq!(serial_runs(), expected);
        }
        parallelism.learn(1_000, &ran(1_000, 1_000));
        assert_eq!(serial_runs(), 0);
    }

    /// Of so many calls something came, and so many were executed.
    fn ran(calls: usize, executed: usize) -> Ran {
        let receipt = Receipt {
            status: Status::Ok,
            output: Vec::new(),
            gas_used: 0,
            gas_refunded: 0,
            schedule_version: 0,
            events: Vec::new(),
            writes: Hash::ZERO,
        };
        let call = Executed { receipt: Arc::new(receipt), trace: Vec::new() };
        let done = Done { receipts: vec![Arc::clone(&call.receipt); calls], calls: vec![call; calls], fault: None };
        Ran { done, writes: Vec::new(), attempts: executed, executed }
    }

    #[test]
    fn calls_are_attempted_together_as_long_as_few_are_in_vain() {
        let parallelism = Parallelism::new(2);
        let groups_after = |runs: &[(usize, usize)]| -> Vec<usize> {
            let learn = |(calls, executed): &(usize, usize)| {
                parallelism.learn(1_000, &ran(*calls, *executed));
                parallelism.group(1_000)
            };
            runs.iter().map(learn).collect()
        };
        assert_eq!(parallelism.group(1_000), 1);
        assert_eq!(groups_after(&[(1_000, 1_000), (1_000, 1_009), (1_000, 1_000)]), [2, 4, 4]);
        assert_eq!(groups_after(&[(1_000, 1_010), (1_000, 1_029), (1_000, 1_030), (1_000, 1_500)]), [4, 4, 2, 1]);
        assert_eq!(groups_after(&[(1_000, 1_000), (1_000, 1_000), (400, 600)]), [2, 4, 1]);
        // Few calls are spread over the threads first.
        groups_after(&[(1_000, 1_000), (1_000, 1_000)]);
        assert_eq!([31, 64, 95, 96, 128].map(|calls| parallelism.group(calls)), [1, 2, 2, 3, 4]);
    }

    #[test]
    fn one_thread_and_few_calls_are_never_tried() {
        assert!(!Parallelism::new(1).is_worth_trying(1_000));
        assert!(!Parallelism::new(8).is_worth_trying(MIN_CALLS - 1));
        assert!(Parallelism::new(0).threads >= 1);
    }
}
