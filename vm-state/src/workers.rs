//! Work that some threads do together.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use govm_core::HostFault;

/// Does numbered pieces of work with a thread for each worker, each piece by whichever thread is free, and returns what came out in
/// the order of the numbers. Without a second worker, or a second piece, this thread does all.
pub(crate) fn share<W: Send, T: Send>(
    workers: &mut [W],
    pieces: usize,
    work: impl Fn(&mut W, usize) -> Result<T, HostFault> + Sync,
) -> Result<Vec<T>, HostFault> {
    let Some((first, rest)) = workers.split_first_mut() else {
        return Err(HostFault::engine("there is nobody to do the work"));
    };
    let rest = if pieces > 1 { rest } else { &mut [] };
    let next = AtomicUsize::new(0);
    let work = |worker: &mut W| {
        let mut done = Vec::new();
        loop {
            let piece = next.fetch_add(1, Ordering::Relaxed);
            if piece >= pieces {
                return Ok(done);
            }
            done.push((piece, work(worker, piece)?));
        }
    };
    let results: Vec<Result<_, HostFault>> =
        thread::scope(|scope| {
            // What a thread that the system does not give would have done, the others do.
            let beside =
                |worker| thread::Builder::new().name("govm-hash".to_owned()).spawn_scoped(scope, || work(worker)).ok();
            let others: Vec<_> = rest.iter_mut().filter_map(beside).collect();
            let mut results = vec![work(first)];
            results.extend(others.into_iter().map(|other| {
                other.join().unwrap_or_else(|_| Err(HostFault::engine("a thread of the store panicked")))
            }));
            results
        });
    let mut done = Vec::with_capacity(pieces);
    for result in results {
        done.extend(result?);
    }
    done.sort_unstable_by_key(|(piece, _)| *piece);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_piece_is_done_once_and_comes_in_its_place() {
        for workers in 1..5 {
            for pieces in [0, 1, 2, 100] {
                let mut done = vec![0; workers];
                let results = share(&mut done, pieces, |done, piece| {
                    *done += 1;
                    Ok(piece * piece)
                });
                assert_eq!(results.unwrap(), (0..pieces).map(|piece| piece * piece).collect::<Vec<_>>());
                assert_eq!(done.iter().sum::<usize>(), pieces);
            }
        }
    }

    #[test]
    fn a_piece_that_fails_or_panics_fails_all() {
        let failed = share(
            &mut [(); 3],
            10,
            |(), piece| {
                if piece == 7 { Err(HostFault::engine("the seventh")) } else { Ok(()) }
            },
        );
        assert!(failed.unwrap_err().to_string().contains("seventh"));
        assert!(share::<(), ()>(&mut [], 1, |(), _| Ok(())).is_err());
    }
}
