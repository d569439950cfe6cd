//! States that were, read through what later blocks replaced.

use std::ops::Bound;

use govm_core::{HostFault, StateKey, StateView};

/// What blocks replaced.
pub(crate) trait Past {
    /// What a key held before a block that wrote it; nothing if the block did not.
    fn old(&self, block: u64, key: &StateKey) -> Result<Option<Option<Vec<u8>>>, HostFault>;

    /// The first key from a bound on, in the table of the bound's key, that a block wrote.
    fn first_changed(&self, block: u64, from: Bound<&StateKey>) -> Result<Option<StateKey>, HostFault>;
}

impl<T: Past> Past for &T {
    fn old(&self, block: u64, key: &StateKey) -> Result<Option<Option<Vec<u8>>>, HostFault> {
        (**self).old(block, key)
    }

    fn first_changed(&self, block: u64, from: Bound<&StateKey>) -> Result<Option<StateKey>, HostFault> {
        (**self).first_changed(block, from)
    }
}

/// The state as of a height, over that of a newer one.
///
/// A read looks at what each block in between replaced: its price grows with their number.
#[derive(Debug)]
pub struct PastView<V> {
    base: V,
    height: u64,
    newest: u64,
}

impl<V> PastView<V> {
    /// The state as of `height` over the one of `newest`, which is not older.
    pub(crate) fn new(base: V, height: u64, newest: u64) -> Self {
        Self { base, height, newest }
    }
}

impl<V: StateView + Past> StateView for PastView<V> {
    fn get(&self, key: &StateKey) -> Result<Option<Vec<u8>>, HostFault> {
        for block in self.height + 1..=self.newest {
            if let Some(old) = self.base.old(block, key)? {
                return Ok(old);
            }
        }
        self.base.get(key)
    }

    fn first(&self, from: Bound<&StateKey>) -> Result<Option<(StateKey, Vec<u8>)>, HostFault> {
        let mut from = from.cloned();
        loop {
            let mut first = self.base.first(from.as_ref())?.map(|(key, _)| key);
            for block in self.height + 1..=self.newest {
                let changed = self.base.first_changed(block, from.as_ref())?;
                first = match (first, changed) {
                    (Some(first), Some(changed)) => Some(first.min(changed)),
                    (first, changed) => first.or(changed),
                };
            }
            let Some(key) = first else { return Ok(None) };
            if let Some(value) = self.get(&key)? {
                return Ok(Some((key, value)));
            }
            from = Bound::Excluded(key);
        }
    }
}
