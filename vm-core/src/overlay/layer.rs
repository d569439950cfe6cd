//! Writes that stand, over a base: many views may look through the same ones.

use std::cell::RefCell;
use std::ops::Bound;
use std::sync::Arc;

use super::gaps::Gaps;
use super::{first_of, search};
use crate::storage::table_of;
use crate::{HostFault, StateKey, StateView, Write};

/// The state after writes to a base. The writes are shared, so that each thread can have a view of its own of the same state.
///
/// Writes that the base holds already change nothing: over the state after a block, the block's own writes are that state.
///
/// ```
/// use std::collections::BTreeMap;
/// use govm_core::{Address, Layered, StateKey, StateView};
///
/// let key = StateKey::Account(Address::ZERO);
/// let state = Layered::new(BTreeMap::new(), vec![(key.clone(), Some(vec![1]))].into());
/// assert_eq!(state.get(&key)?, Some(vec![1]));
/// # Ok::<(), govm_core::HostFault>(())
/// ```
#[derive(Debug)]
pub struct Layered<V> {
    base: V,
    /// In ascending order of the keys.
    writes: Arc<[Write]>,
    /// The runs of deleted entries that searches through this view have passed.
    gaps: RefCell<Gaps>,
}

impl<V: StateView> Layered<V> {
    /// The state after writes, which are in ascending order of their keys, each key once.
    pub fn new(base: V, writes: Arc<[Write]>) -> Self {
        Self { base, writes, gaps: RefCell::default() }
    }
}

impl<V: StateView> StateView for Layered<V> {
    fn get(&self, key: &StateKey) -> Result<Option<Vec<u8>>, HostFault> {
        match self.writes.binary_search_by(|(written, _)| written.cmp(key)) {
            Ok(at) => Ok(self.writes[at].1.clone()),
            Err(_) => self.base.get(key),
        }
    }

    fn first(&self, from: Bound<&StateKey>) -> Result<Option<(StateKey, Vec<u8>)>, HostFault> {
        let first_write = |from: Bound<&StateKey>| {
            let table = table_of(from)?;
            let (key, value) = first_of(&self.writes, from)?;
            (key.table() == table).then_some((key, value.as_deref()))
        };
        search(&self.base, first_write, &mut self.gaps.borrow_mut(), from)
    }
}
