//! Hostile bytes.

use super::Rng;

/// Changes bytes in one of the ways that find bugs in decoders.
pub(crate) fn mutate(rng: &mut Rng, bytes: &mut Vec<u8>) {
    const EDGES: [u8; 8] = [0, 1, 2, 3, 0x7f, 0x80, 0xfe, 0xff];
    for _ in 0..=rng.below(3) {
        let at = rng.below(bytes.len() + 1);
        match rng.below(6) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at, rng.next() as u8),
            2 if at < bytes.len() => bytes[at] ^= 1 << rng.below(8),
            3 if at < bytes.len() => bytes[at] = EDGES[rng.below(EDGES.len())],
            4 if at + 4 <= bytes.len() => bytes[at..at + 4].copy_from_slice(&(rng.skewed() as u32).to_le_bytes()),
            5 if at < bytes.len() => {
                let tail = bytes[at..].to_vec();
                bytes.extend(tail);
            }
            _ => {}
        }
    }
}

/// A mutated encoding most of the time, plain noise otherwise.
pub(crate) fn hostile(rng: &mut Rng, mut valid: Vec<u8>) -> Vec<u8> {
    if rng.below(8) == 0 {
        return (0..rng.below(64)).map(|_| rng.next() as u8).collect();
    }
    mutate(rng, &mut valid);
    valid
}
