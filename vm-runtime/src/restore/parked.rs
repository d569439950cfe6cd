//! An instance between calls, which any thread may take up.

use crate::host::Host;
use crate::instance::Instance;

/// An instance that no code is running in.
pub(crate) struct Parked(Instance);

// SAFETY: Wasmer does not declare its stores to be `Send`, since embedders may put things into them that are not. What is in
// the store of an `Instance` is made by `Instance::make` and by nobody else: the module's record with its memory, tables and
// globals, which are heap allocations that the store owns; host functions, which are `Send` and `Sync` as Wasmer demands of
// them; and one function environment, which is `Send` (checked below). What Wasmer keeps for a thread (the running store, the
// native stack, the signal stack) it sets up when a call begins and takes down when it ends, and an instance is parked
// only between calls: `park` takes it by value, and a running call borrows it.
unsafe impl Send for Parked {}

const _: fn() = || {
    fn is_send<T: Send>() {}
    is_send::<Host>();
};

impl Parked {
    pub(crate) fn park(instance: Instance) -> Self {
        Self(instance)
    }

    pub(crate) fn take_up(self) -> Instance {
        self.0
    }
}
