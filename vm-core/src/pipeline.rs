//! Blocks that are committed while the next one is built.
//!
//! ```text
//!  builder     | execute 1 | execute 2 | execute 3 | ...        over the newest durable state and the writes of what waits
//!  committer               | prepare, commit 1 | prepare, commit 2 | ...
//!                                              `- 1 is durable
//! ```
//!
//! What is executed depends on neither the hash nor the root of the block before: contracts cannot see them. So the header of a block,
//! which names its parent, is made when its turn to be committed comes.

mod ground;
mod ticket;

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

pub use ground::Ground;
pub use ticket::Ticket;

use crate::{BlockDraft, BlockHeader, Hash, HostFault, StateStore, Write};

/// Commits blocks behind the back of whoever builds them: in order, each durable before the next.
///
/// A block that cannot be committed takes with it every block that was built on it. Then the next one is built on the newest
/// committed state again.
pub struct Pipeline<S: StateStore> {
    shared: Arc<Shared<S>>,
    /// How many blocks may wait, the one that is being committed among them; 0 commits in the thread that asks for it.
    ahead: usize,
    committer: Option<JoinHandle<()>>,
}

struct Shared<S> {
    store: Arc<S>,
    line: Mutex<Line>,
    changed: Condvar,
}

/// The blocks that wait.
#[derive(Default)]
struct Line {
    /// The first is being committed.
    waiting: VecDeque<Waiting>,
    /// How often everything that waited was dropped, because a block could not be committed.
    failures: u64,
    /// Whether there will be no more blocks.
    closed: bool,
    /// Whether the store panicked.
    panicked: bool,
}

struct Waiting {
    height: u64,
    writes: Arc<[Write]>,
    draft: Option<BlockDraft>,
    end: Arc<End>,
}

/// How the commit of a block ended, once it has.
type End = Mutex<Option<Result<BlockHeader, HostFault>>>;

impl<S: StateStore + Send + Sync + 'static> Pipeline<S> {
    /// A pipeline that lets so many blocks wait, the one that is being committed among them. With 0 it has no thread, and each
    /// block is committed by whoever submits it.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub fn new(store: Arc<S>, ahead: usize) -> Result<Self, HostFault> {
        let shared = Arc::new(Shared { store, line: Mutex::default(), changed: Condvar::new() });
        let committer = if ahead == 0 { None } else { Some(spawn(Arc::clone(&shared))?) };
        Ok(Self { shared, ahead, committer })
    }
}

fn spawn<S: StateStore + Send + Sync + 'static>(shared: Arc<Shared<S>>) -> Result<JoinHandle<()>, HostFault> {
    let builder = std::thread::Builder::new().name("govm-commit".to_owned());
    builder.spawn(move || shared.commit_all()).map_err(HostFault::engine)
}

impl<S: StateStore> Pipeline<S> {
    /// What the next block is built on.
    ///
    /// # Errors
    /// The store could not read.
    pub fn ground(&self) -> Result<Ground, HostFault> {
        let line = self.shared.line();
        let failures = line.failures;
        if let (Some(first), Some(last)) = (line.waiting.front(), line.waiting.back()) {
            let writes = line.waiting.iter().map(|waiting| Arc::clone(&waiting.writes)).collect();
            return Ok(Ground { height: last.height + 1, committed: first.height - 1, writes, failures });
        }
        drop(line);
        // Nothing waits, so nothing is committed meanwhile but by others.
        let committed = self.shared.store.snapshot()?.height();
        Ok(Ground { failures, ..Ground::committed(committed) })
    }

    /// Hands over a block that was built on a ground; its height and parent are put in here. Waits while too many blocks wait.
    ///
    /// # Errors
    /// [`HostFault::StaleBlock`] if another block was submitted on the same ground, or [`HostFault::ParentFailed`] if one that the
    /// ground consists of could not be committed. What comes of the commit itself is what the [`Ticket`] says.
    pub fn submit(&self, ground: &Ground, draft: BlockDraft) -> Result<Ticket<S>, HostFault> {
        let draft = BlockDraft { height: ground.height, ..draft };
        let writes: Arc<[Write]> = if self.ahead == 0 { Arc::default() } else { draft.writes.as_slice().into() };
        let end = Arc::new(End::default());
        let ticket = Ticket { shared: Arc::clone(&self.shared), height: ground.height, end: Arc::clone(&end) };
        let mut line = self.shared.line();
        loop {
            if line.panicked {
                return Err(store_panicked());
            }
            if line.failures != ground.failures {
                return Err(HostFault::ParentFailed { height: ground.height });
            }
            if let Some(last) = line.waiting.back().filter(|last| last.height >= ground.height) {
                return Err(HostFault::StaleBlock { built_on: ground.height - 1, newest: last.height });
            }
            if line.waiting.len() < self.ahead.max(1) {
                break;
            }
            line = self.shared.wait(line);
        }
        line.waiting.push_back(Waiting { height: ground.height, writes, draft: Some(draft), end });
        drop(line);
        self.shared.changed.notify_all();
        if self.committer.is_none() {
            self.shared.commit_next();
        }
        Ok(ticket)
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &S {
        &self.shared.store
    }

    /// Waits until nothing waits any more. How the commits ended is what their [`Ticket`]s say.
    pub fn settle(&self) {
        let mut line = self.shared.line();
        while !line.waiting.is_empty() {
            line = self.shared.wait(line);
        }
    }
}

impl<S> Shared<S> {
    /// The line is changed in single steps, so poison says nothing.
    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, line: MutexGuard<'a, Line>) -> MutexGuard<'a, Line> {
        self.changed.wait(line).unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: StateStore> Shared<S> {
    /// Commits until there will be no more blocks.
    fn commit_all(&self) {
        loop {
            let mut line = self.line();
            while line.waiting.is_empty() {
                if line.closed {
                    return;
                }
                line = self.wait(line);
            }
            drop(line);
            self.commit_next();
        }
    }

    /// Commits the block whose turn it is.
    fn commit_next(&self) {
        let Some(draft) = self.line().waiting.front_mut().and_then(|waiting| waiting.draft.take()) else { return };
        let on_unwind = FailOnUnwind(self);
        let result = self.commit(draft);
        std::mem::forget(on_unwind);
        self.ended(result);
    }

    fn commit(&self, draft: BlockDraft) -> Result<BlockHeader, HostFault> {
        let head = self.store.snapshot()?.head;
        let (newest, parent) = head.as_ref().map_or((0, Hash::ZERO), |head| (head.height, head.hash()));
        if newest + 1 != draft.height {
            return Err(HostFault::StaleBlock { built_on: draft.height - 1, newest });
        }
        self.store.append(BlockDraft { parent, ..draft })
    }

    /// Takes the first block out of the line, and after a failure all that were built on it.
    fn ended(&self, result: Result<BlockHeader, HostFault>) {
        let mut line = self.line();
        let failed = result.is_err();
        if let Some(first) = line.waiting.pop_front() {
            first.set(result);
        }
        if failed {
            line.failures += 1;
            for waiting in line.waiting.drain(..) {
                waiting.set(Err(HostFault::ParentFailed { height: waiting.height }));
            }
        }
        drop(line);
        self.changed.notify_all();
    }
}

impl Waiting {
    fn set(&self, result: Result<BlockHeader, HostFault>) {
        *self.end.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
    }
}

/// Tells those who wait when a store panics.
struct FailOnUnwind<'a, S: StateStore>(&'a Shared<S>);

impl<S: StateStore> Drop for FailOnUnwind<'_, S> {
    fn drop(&mut self) {
        self.0.line().panicked = true;
        self.0.ended(Err(store_panicked()));
    }
}

fn store_panicked() -> HostFault {
    HostFault::engine("the store panicked when it committed a block")
}

impl<S: StateStore> Drop for Pipeline<S> {
    /// Waits until everything that was submitted is committed.
    fn drop(&mut self) {
        self.shared.line().closed = true;
        self.shared.changed.notify_all();
        if let Some(committer) = self.committer.take() {
            // A panic of the store was told to those who wait for its blocks.
            drop(committer.join());
        }
    }
}

impl<S: StateStore> std::fmt::Debug for Pipeline<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let waiting = self.shared.line().waiting.len();
        f.debug_struct("Pipeline").field("ahead", &self.ahead).field("waiting", &waiting).finish_non_exhaustive()
    }
}
