//! A snapshot as bytes, for the cache on disk: what its module's initialisation came to need not be computed in each process.
//!
//! | part | bytes |
//! | --- | --- |
//! | gas of the initialisation | u64 |
//! | globals | count (u32), 16 bytes each |
//! | length of the memory | u64 |
//! | runs of pages that are not all zero | count (u32); of each the offset (u64), the length (u64), the bytes |
//!
//! Numbers are little-endian. Whoever keeps the bytes vouches for them: the cache authenticates what it gives back.

use std::io;
use std::ops::Range;

use super::{Image, Snapshot, Way};

/// The unit in which memory is looked through for zeros, in bytes.
const PAGE_BYTES: usize = 4096;

impl Snapshot {
    /// The snapshot as bytes.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let memory = self.memory.bytes();
        let runs = runs(memory);
        let mut bytes =
            Vec::with_capacity(64 + 16 * self.globals.len() + runs.iter().map(|run| 16 + run.len()).sum::<usize>());
        bytes.extend(self.initialize_gas.to_le_bytes());
        bytes.extend((self.globals.len() as u32).to_le_bytes());
        self.globals.iter().for_each(|global| bytes.extend(global.to_le_bytes()));
        bytes.extend((memory.len() as u64).to_le_bytes());
        bytes.extend((runs.len() as u32).to_le_bytes());
        for run in runs {
            bytes.extend((run.start as u64).to_le_bytes());
            bytes.extend((run.len() as u64).to_le_bytes());
            bytes.extend(&memory[run]);
        }
        bytes
    }

    /// The snapshot of these bytes, for instances that are restored in a way; nothing if they are not one.
    pub(crate) fn from_bytes(mut bytes: &[u8], way: Way) -> Option<io::Result<Self>> {
        let initialize_gas = u64::from_le_bytes(take(&mut bytes)?);
        let count = u32::from_le_bytes(take(&mut bytes)?);
        let globals = (0..count).map(|_| Some(u128::from_le_bytes(take(&mut bytes)?))).collect::<Option<_>>()?;
        let length = usize::try_from(u64::from_le_bytes(take(&mut bytes)?)).ok()?;
        let mut runs = Vec::new();
        for _ in 0..u32::from_le_bytes(take(&mut bytes)?) {
            let start = usize::try_from(u64::from_le_bytes(take(&mut bytes)?)).ok()?;
            let run_bytes = usize::try_from(u64::from_le_bytes(take(&mut bytes)?)).ok()?;
            let run = bytes.split_off(..run_bytes)?;
            start.checked_add(run.len()).filter(|end| *end <= length)?;
            runs.push((start, run));
        }
        let whole = bytes.is_empty() && length <= MAX_MEMORY_BYTES;
        whole.then(|| Ok(Self { memory: Image::new(way, length, &runs)?, globals, initialize_gas }))
    }
}

/// The most memory that there is with 32-bit addresses, in bytes.
const MAX_MEMORY_BYTES: usize = 1 << 32;

/// The runs of pages that are not all zero.
pub(super) fn runs(memory: &[u8]) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (index, page) in memory.chunks(PAGE_BYTES).enumerate() {
        let start = index * PAGE_BYTES;
        if page.iter().all(|byte| *byte == 0) {
            continue;
        }
        match runs.last_mut() {
            Some(last) if last.end == start => last.end += page.len(),
            _ => runs.push(start..start + page.len()),
        }
    }
    runs
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*first)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A memory of some pages, most of them zero.
    fn memory() -> impl Strategy<Value = Vec<u8>> {
        let page = prop_oneof![3 => Just((0, 0)), 1 => (0..PAGE_BYTES, 1_u8..)];
        proptest::collection::vec(page, 0..40).prop_map(|pages| {
            let mut memory = vec![0; pages.len().next_multiple_of(16) * PAGE_BYTES];
            pages.iter().enumerate().for_each(|(page, (at, byte))| memory[page * PAGE_BYTES + at] = *byte);
            memory
        })
    }

    proptest! {
        #[test]
        fn bytes_give_back_the_snapshot_and_no_part_of_them_gives_another(
            memory in memory(),
            globals: Vec<u128>,
            initialize_gas: u64,
            cut: prop::sample::Index,
        ) {
            let snapshot = Snapshot { memory: Image::Copy(memory.into()), globals: globals.into(), initialize_gas };
            let bytes = snapshot.to_bytes();
            for way in [Way::Copy, Way::best()] {
                let read = Snapshot::from_bytes(&bytes, way).expect("whole").expect("the system has memory");
                prop_assert_eq!(read.memory.bytes(), snapshot.memory.bytes());
                prop_assert_eq!(&read.globals, &snapshot.globals);
                prop_assert_eq!(read.initialize_gas, initialize_gas);
            }
            prop_assert!(Snapshot::from_bytes(&bytes[..cut.index(bytes.len())], Way::Copy).is_none());
            prop_assert!(Snapshot::from_bytes(&[&bytes[..], &[0]].concat(), Way::Copy).is_none());
        }
    }
}
