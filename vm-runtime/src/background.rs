//! Work that is done beside the calls, one piece after the other.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

type Work = Box<dyn FnOnce() + Send>;

/// A thread that is there while there is work. What has not begun when this is dropped is not done.
#[derive(Default)]
pub(crate) struct Background {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    idle: Condvar,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Work>,
    running: bool,
}

impl Background {
    /// Adds a piece of work. If the system has no thread for it, it is left undone.
    pub(crate) fn start(&self, work: impl FnOnce() + Send + 'static) {
        let mut queue = self.shared.queue();
        queue.waiting.push_back(Box::new(work));
        if queue.running {
            return;
        }
        let shared = Arc::clone(&self.shared);
        match thread::Builder::new().name("govm-compile".to_owned()).spawn(move || shared.work()) {
            Ok(_) => queue.running = true,
            Err(error) => {
                tracing::warn!(%error, "no thread for work in the background");
                queue.waiting.clear();
            }
        }
    }

    /// Waits until all work is done.
    pub(crate) fn settle(&self) {
        let queue = self.shared.queue();
        drop(self.shared.idle.wait_while(queue, |queue| queue.running).unwrap_or_else(PoisonError::into_inner));
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.shared.queue().waiting.clear();
    }
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        while let Some(work) = self.next() {
            // A piece that panics must not leave those that wait for it waiting.
            if std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).is_err() {
                tracing::error!("work in the background panicked");
            }
        }
    }

    fn next(&self) -> Option<Work> {
        let mut queue = self.queue();
        let work = queue.waiting.pop_front();
        if work.is_none() {
            queue.running = false;
            self.idle.notify_all();
        }
        work
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn work_is_done_in_order_and_a_panic_stops_only_its_own_piece() {
        let (background, done) = (Background::default(), Arc::new(Mutex::new(Vec::new())));
        for round in 0..3 {
            for piece in 0..4 {
                let done = Arc::clone(&done);
                background.start(move || {
                    assert!(piece != 1, "a piece of work that panics");
                    done.lock().unwrap().push((round, piece));
                });
            }
            background.settle();
        }
        let expected: Vec<_> = (0..3).flat_map(|round| [0, 2, 3].map(|piece| (round, piece))).collect();
        assert_eq!(*done.lock().unwrap(), expected);
    }

    #[test]
    fn what_has_not_begun_when_it_is_dropped_is_not_done() {
        let background = Background::default();
        let ((begin, begun), (go_on, went_on)) = (mpsc::channel(), mpsc::channel::<()>());
        let (late, never) = mpsc::channel::<()>();
        background.start(move || {
            begin.send(()).unwrap();
            went_on.recv().unwrap();
        });
        background.start(move || late.send(()).unwrap());
        begun.recv().unwrap();
        drop(background);
        go_on.send(()).unwrap();
        assert!(never.recv().is_err(), "its sender went with the work");
    }
}
