//! Who looks at the map, so that it is moved only when nobody does.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Counts the read transactions of this process, and closes for the moments in which there must be none.
#[derive(Debug, Default)]
pub(super) struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Read transactions that are open.
    inside: usize,
    /// Whether somebody waits for them to end, or works while there are none.
    closed: bool,
    /// Whether the map is gone for good.
    lost: bool,
}

/// The map is gone: nothing can be read or written any more.
#[derive(Debug)]
pub(super) struct Lost;

/// Why the gate could not be closed.
#[derive(Debug)]
pub(super) enum CloseError {
    /// This many transactions did not end in time.
    Busy(usize),
    /// The map is gone.
    Lost,
}

/// Proof that no read transaction is open, and none will be before it is dropped.
#[derive(Debug)]
#[must_use]
pub(super) struct Closed<'a>(&'a Gate);

impl Gate {
    /// Counts a transaction in, after the gate has opened if it is closed.
    pub(super) fn enter(&self) -> Result<(), Lost> {
        let open = self.changed.wait_while(self.lock(), |state| state.closed && !state.lost);
        let mut state = open.unwrap_or_else(PoisonError::into_inner);
        if state.lost {
            return Err(Lost);
        }
        state.inside += 1;
        Ok(())
    }

    /// Counts a transaction out.
    pub(super) fn leave(&self) {
        self.lock().inside -= 1;
        self.changed.notify_all();
    }

    /// Whether there is a map still.
    pub(super) fn check(&self) -> Result<(), Lost> {
        if self.lock().lost { Err(Lost) } else { Ok(()) }
    }

    /// Lets nobody in, and waits until everybody is out: at most for `patience`, so that a thread which holds one
    /// transaction and asks for another is never waited for for ever.
    pub(super) fn close(&self, patience: Duration) -> Result<Closed<'_>, CloseError> {
        let mut state = self.lock();
        if state.lost {
            return Err(CloseError::Lost);
        }
        state.closed = true;
        let waited = self.changed.wait_timeout_while(state, patience, |state| state.inside > 0);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if state.inside > 0 {
            let inside = state.inside;
            state.closed = false;
            drop(state);
            self.changed.notify_all();
            return Err(CloseError::Busy(inside));
        }
        Ok(Closed(self))
    }

    /// The counts are right after every statement, so a panic of another holder says nothing about them.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Closed<'_> {
    /// The map could not be made again: the gate stays closed, and says why to whoever comes.
    pub(super) fn lose(&self) {
        self.0.lock().lost = true;
    }
}

impl Drop for Closed<'_> {
    fn drop(&mut self) {
        self.0.lock().closed = false;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gate_closes_only_when_everybody_is_out() {
        let gate = Gate::default();
        gate.enter().unwrap();
        gate.enter().unwrap();
        assert!(matches!(gate.close(Duration::ZERO), Err(CloseError::Busy(2))));
        gate.leave();
        gate.leave();
        drop(gate.close(Duration::ZERO).unwrap());
        gate.enter().expect("open again");
    }

    #[test]
    fn who_waits_at_a_closed_gate_comes_in_when_it_opens() {
        let gate = Gate::default();
        let closed = gate.close(Duration::ZERO).unwrap();
        std::thread::scope(|scope| {
            let newcomer = scope.spawn(|| gate.enter().is_ok());
            drop(closed);
            assert!(newcomer.join().unwrap());
        });
        assert!(matches!(gate.close(Duration::ZERO), Err(CloseError::Busy(1))));
    }

    #[test]
    fn closing_waits_for_those_inside() {
        let gate = Gate::default();
        gate.enter().unwrap();
        std::thread::scope(|scope| {
            let closing = scope.spawn(|| gate.close(Duration::from_secs(60)).is_ok());
            gate.leave();
            assert!(closing.join().unwrap());
        });
    }

    #[test]
    fn a_lost_map_is_said_to_everybody() {
        let gate = Gate::default();
        gate.close(Duration::ZERO).unwrap().lose();
        assert!(gate.enter().is_err() && gate.check().is_err());
        assert!(matches!(gate.close(Duration::ZERO), Err(CloseError::Lost)));
    }
}
