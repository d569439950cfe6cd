//! How keys are hashed in the versions of a run: once for each key that an attempt comes upon.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash, Hasher};

use crate::StateKey;

/// Hashes keys with a secret of its own. Contracts choose the names of fields, but not what is multiplied with them.
///
/// Each 8 bytes are mixed in by a multiplication to 128 bits whose halves are folded, as wyhash does
/// (<https://github.com/wangyi-fudan/wyhash>); the standard library's hasher takes several times as long, and a call hashes
/// each of its keys.
#[derive(Debug)]
pub(super) struct KeyHasher {
    secret: [u64; 2],
}

impl KeyHasher {
    pub(super) fn new() -> Self {
        let random = RandomState::new();
        // Odd, so that no bit of a word is lost.
        Self { secret: [1, 2].map(|n: u64| random.hash_one(n) | 1) }
    }

    /// Gives all keys the same hash.
    #[cfg(test)]
    pub(super) fn colliding() -> Self {
        Self { secret: [0; 2] }
    }

    pub(super) fn hash(&self, key: &StateKey) -> u64 {
        let mut folding = Folding { secret: self.secret, state: self.secret[0] };
        key.hash(&mut folding);
        folding.finish()
    }
}

struct Folding {
    secret: [u64; 2],
    state: u64,
}

impl Folding {
    fn fold(&mut self, word: u64) {
        let product = u128::from(self.state ^ word) * u128::from(self.secret[1]);
        self.state = product as u64 ^ (product >> 64) as u64 ^ self.secret[0];
    }
}

impl Hasher for Folding {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        words.iter().for_each(|word| self.fold(u64::from_le_bytes(*word)));
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        // The length keeps what was filled up apart from what is so long.
        self.fold(u64::from_le_bytes(last) ^ (bytes.len() as u64) << 56);
    }

    fn finish(&self) -> u64 {
        self.state
    }
}

/// For tables whose keys are such hashes already.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Hashed(u64);

impl BuildHasher for Hashed {
    type Hasher = Self;

    fn build_hasher(&self) -> Self {
        Self(0)
    }
}

impl Hasher for Hashed {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(self.0.rotate_left(8) ^ u64::from(*byte)));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::{Address, ObjectId};

    #[test]
    fn keys_that_are_alike_have_hashes_that_are_not() {
        let hasher = KeyHasher::new();
        let id = ObjectId::from_bytes([7; 32]);
        let names = (0..10_000).map(|n| StateKey::Field(id, format!("{n}").into()));
        let zeros = (1..100).map(|n| StateKey::Field(id, "\0".repeat(n).into()));
        let addresses = (0..=255).map(|n| Address::from_bytes([n; 20]));
        let others = addresses.flat_map(|address| [StateKey::Account(address), StateKey::Contract(address)]);
        let hashes: Vec<u64> = names.chain(zeros).chain(others).map(|key| hasher.hash(&key)).collect();
        assert_eq!(hashes.iter().collect::<HashSet<_>>().len(), hashes.len());
        // Each bit is set in about half of them, so both the shard and the place in it are spread.
        for bit in 0..64 {
            let set = hashes.iter().filter(|hash| *hash >> bit & 1 == 1).count();
            assert!((hashes.len() * 45 / 100..hashes.len() * 55 / 100).contains(&set), "bit {bit}: {set}");
        }
        assert_eq!(hasher.hash(&StateKey::Object(id)), hasher.hash(&StateKey::Object(id)));
    }
}
