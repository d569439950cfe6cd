//! What an attempt has read, and the view that writes it down.

use std::collections::{HashMap, HashSet};
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use smallvec::SmallVec;

use super::Inside;
use super::hash::Hashed;
use super::versions::{Seen, Unknown, Versions, Written};
use crate::{HostFault, StateKey, StateView};

/// What an attempt read of other calls' writes. What it read of the state below need not be written down: that stays.
#[derive(Debug, Default)]
pub(super) struct Reads {
    /// The hashes of the keys that no call had written, nor any other key with that hash: most keys. There is nothing more to
    /// them, for another processor may have to look at them.
    untouched: Vec<u64>,
    /// The same, when they are too many to look at each.
    all_untouched: HashSet<u64, Hashed>,
    points: Vec<Point>,
    /// Where points are, by their hashes, when they are too many to look at each.
    places: HashMap<u64, SmallVec<[usize; 1]>, Hashed>,
    searches: Vec<Search>,
    /// Whether a read had no answer.
    unanswered: bool,
}

/// A key that was read, where a call had written it or another key with the same hash.
#[derive(Debug)]
struct Point {
    hash: u64,
    key: StateKey,
    seen: Seen,
}

/// How many untouched keys, or points, are looked at one by one.
const FEW_POINTS: usize = 24;

/// A search and everything that its answer depends on.
#[derive(Debug)]
struct Search {
    from: Bound<StateKey>,
    /// What it found; it went to the end of the table if that is nothing.
    to: Option<StateKey>,
    /// Every key on the way that a call before had written, with what it had left there.
    seen: Vec<(StateKey, Written)>,
}

impl Reads {
    /// What the attempt has read under a key.
    fn find(&self, hash: u64, key: &StateKey) -> Option<&Seen> {
        let is_untouched = match self.untouched.len() {
            ..=FEW_POINTS => self.untouched.contains(&hash),
            _ => self.all_untouched.contains(&hash),
        };
        if is_untouched {
            return Some(&Seen::Untouched);
        }
        let is_it = |point: &&Point| point.hash == hash && point.key == *key;
        if self.points.len() <= FEW_POINTS {
            return self.points.iter().rfind(is_it).map(|point| &point.seen);
        }
        let places = self.places.get(&hash)?;
        places.iter().map(|at| &self.points[*at]).find(is_it).map(|point| &point.seen)
    }

    fn add(&mut self, hash: u64, key: &StateKey, seen: &Seen) {
        if *seen == Seen::Untouched {
            if self.untouched.len() == FEW_POINTS {
                self.all_untouched.extend(&self.untouched);
            }
            if self.untouched.len() >= FEW_POINTS {
                self.all_untouched.insert(hash);
            }
            self.untouched.push(hash);
            return;
        }
        if self.points.len() == FEW_POINTS {
            for (at, point) in self.points.iter().enumerate() {
                self.places.entry(point.hash).or_default().push(at);
            }
        }
        if self.points.len() >= FEW_POINTS {
            self.places.entry(hash).or_default().push(self.points.len());
        }
        self.points.push(Point { hash, key: key.clone(), seen: seen.clone() });
    }

    /// Whether a call would read the same now. Values are compared, not attempts: a call that wrote the same again misled
    /// nobody.
    pub(super) fn still_valid(&self, versions: &Versions, call: usize) -> bool {
        let is_valid = |point: &Point| versions.read(point.hash, &point.key, call).as_ref() == Ok(&point.seen);
        !self.unanswered
            && self.untouched.iter().all(|hash| versions.is_untouched(*hash, call))
            && self.points.iter().all(is_valid)
            && self.searches.iter().all(|search| search.still_valid(versions, call))
    }
}

impl Search {
    fn still_valid(&self, versions: &Versions, call: usize) -> bool {
        let mut from = self.from.as_ref();
        for (key, written) in &self.seen {
            match versions.first(from, call) {
                Ok(Some((first, now))) if first == *key && now == *written => from = Bound::Excluded(key),
                _ => return false,
            }
        }
        match (versions.first(from, call), &self.to) {
            (Ok(None), _) => true,
            (Ok(Some((next, _))), Some(to)) => next > *to,
            _ => false,
        }
    }
}

/// What one thread's attempts read through.
#[derive(Debug)]
pub(super) struct Recorder<V> {
    pub(super) inside: Arc<Inside>,
    pub(super) base: V,
    pub(super) call: usize,
    pub(super) reads: Reads,
}

/// The state that a call finds: what the calls before it have written so far, over the state below the run.
///
/// What it shows may be wrong and may change between two reads. Whoever reads it must be able to fail in any way but to crash or
/// not to end: an attempt that was shown something wrong is aborted, and what came of it forgotten.
#[derive(Debug)]
pub struct SpeculativeView<V>(pub(super) Arc<Mutex<Recorder<V>>>);

impl<V> SpeculativeView<V> {
    /// One thread uses a recorder, so nobody waits here; and what a panic left half recorded is never looked at.
    pub(super) fn recorder(&self) -> MutexGuard<'_, Recorder<V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<V: StateView> StateView for SpeculativeView<V> {
    fn get(&self, key: &StateKey) -> Result<Option<Vec<u8>>, HostFault> {
        self.recorder().get(key)
    }

    fn first(&self, from: Bound<&StateKey>) -> Result<Option<(StateKey, Vec<u8>)>, HostFault> {
        self.recorder().first(from)
    }
}

impl<V: StateView> Recorder<V> {
    fn get(&mut self, key: &StateKey) -> Result<Option<Vec<u8>>, HostFault> {
        let hash = self.inside.versions.hash(key);
        let seen = match self.reads.find(hash, key) {
            // The same answer as before.
            Some(seen) => seen.clone(),
            None => {
                let seen = self.known(|versions, call| versions.read(hash, key, call))?;
                self.reads.add(hash, key, &seen);
                seen
            }
        };
        match seen {
            Seen::Left(written) => Ok(written.map(|value| value.to_vec())),
            Seen::Untouched | Seen::Twin => self.base.get(key),
        }
    }

    fn first(&mut self, from: Bound<&StateKey>) -> Result<Option<(StateKey, Vec<u8>)>, HostFault> {
        self.inside.versions.searched();
        let mut at = from.cloned();
        let mut seen = Vec::new();
        let found = loop {
            let below = self.base.first(at.as_ref())?;
            let Some((key, written)) = self.known(|versions, call| versions.first(at.as_ref(), call))? else {
                break below;
            };
            if below.as_ref().is_some_and(|(below, _)| *below < key) {
                break below;
            }
            seen.push((key.clone(), written.clone()));
            match written {
                Some(value) => break Some((key, value.to_vec())),
                None => at = Bound::Excluded(key),
            }
        };
        let to = found.as_ref().map(|(key, _)| key.clone());
        self.reads.searches.push(Search { from: from.cloned(), to, seen });
        Ok(found)
    }
}

impl<V> Recorder<V> {
    /// Asks until there is an answer, and waits meanwhile for calls that are being executed again.
    fn known<T>(&mut self, ask: impl Fn(&Versions, usize) -> Result<T, Unknown>) -> Result<T, HostFault> {
        let Inside { versions, scheduler } = &*self.inside;
        loop {
            match ask(versions, self.call) {
                Ok(answer) => return Ok(answer),
                Err(Unknown::Estimate(call)) if scheduler.wait_for(call) => {}
                Err(_) => break,
            }
        }
        scheduler.halt();
        self.reads.unanswered = true;
        Err(HostFault::engine("the calls are not executed in parallel any more"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Address;

    #[test]
    fn what_was_read_is_found_however_much_it_is() {
        let key = |n: u8| StateKey::Account(Address::from_bytes([n; 20]));
        let written = |n: u8| Seen::Left(Some(Arc::new(vec![n])));
        let mut reads = Reads::default();
        for n in 0..100 {
            let seen = if n % 2 == 0 { Seen::Untouched } else { written(n) };
            reads.add(u64::from(n), &key(n), &seen);
            for m in 0..=n {
                let expected = if m % 2 == 0 { Seen::Untouched } else { written(m) };
                assert_eq!(reads.find(u64::from(m), &key(m)), Some(&expected), "{m} of {n}");
            }
            assert_eq!(reads.find(u64::from(n) + 1, &key(n + 1)), None);
            // Nobody had written a key with that hash, whichever it is; or one had, and this is another.
            assert_eq!(reads.find(0, &key(200)), Some(&Seen::Untouched));
            assert_eq!(reads.find(1, &key(200)), None);
        }
    }
}
