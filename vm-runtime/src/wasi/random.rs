//! The random stream of a call.

use govm_core::{Actor, CallPosition, Hash};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// What a random stream depends on.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Seed {
    /// The code: for its initialisation.
    Code(Hash),
    /// The block, the call's place in it, how deep it is nested, and who runs.
    Call {
        /// The block's time, in nanoseconds since the Unix epoch.
        time_ns: i64,
        position: CallPosition,
        depth: u64,
        actor: Actor,
    },
}

impl Seed {
    fn bytes(&self) -> [u8; 32] {
        match self {
            Self::Code(hash) => *hash.as_bytes(),
            Self::Call { time_ns, position, depth, actor } => {
                let mut hasher = blake3::Hasher::new_derive_key("govm random stream of a call v1");
                hasher.update(&time_ns.to_le_bytes());
                hasher.update(&position.height.to_le_bytes());
                hasher.update(&position.index.to_le_bytes());
                hasher.update(&depth.to_le_bytes());
                hasher.update(actor.contract.as_ref());
                hasher.update(actor.sender.as_ref());
                hasher.finalize().into()
            }
        }
    }
}

/// A random stream. Few calls ask for one, so it is made when it is first read.
pub(super) struct Random {
    seed: Seed,
    stream: Option<Box<ChaCha8Rng>>,
}

impl Random {
    pub(super) fn new(seed: Seed) -> Self {
        Self { seed, stream: None }
    }

    pub(super) fn fill(&mut self, bytes: &mut [u8]) {
        let seed = &self.seed;
        self.stream.get_or_insert_with(|| Box::new(ChaCha8Rng::from_seed(seed.bytes()))).fill_bytes(bytes);
    }
}
