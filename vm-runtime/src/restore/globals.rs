//! The globals of an instance, in place.

use std::ptr::NonNull;

use wasmer::{AsStoreMut, AsStoreRef};
use wasmer_vm::VMGlobalDefinition;

/// Where one global lies.
#[derive(Debug, Clone, Copy)]
struct Place(NonNull<VMGlobalDefinition>);

// SAFETY: a place is an address in an instance's record; it is read and written only while the instance's store is borrowed
// (fact 2 of the module above), so by one thread at a time.
unsafe impl Send for Place {}
// SAFETY: as above; without the store a place cannot be read or written.
unsafe impl Sync for Place {}

/// All globals of an instance, in the order of the module; contracts import none.
#[derive(Debug, Default)]
pub(crate) struct Globals {
    places: Vec<Place>,
}

impl Globals {
    /// Adds the next global.
    pub(super) fn add(&mut self, place: NonNull<VMGlobalDefinition>) {
        self.places.push(Place(place));
    }

    /// The global with an index of the module.
    pub(crate) fn counter(&self, index: u32) -> Option<Counter> {
        self.places.get(index as usize).copied().map(Counter)
    }

    /// What all of them hold.
    pub(super) fn read(&self, _store: &impl AsStoreRef) -> Box<[u128]> {
        // SAFETY: the places are valid (fact 1), and the store is borrowed, so nothing writes meanwhile (fact 2). All 16 bytes
        // are initialised: Wasmer zeroes a global before it stores the initial value.
        self.places.iter().map(|place| unsafe { (*place.0.as_ptr()).val.u128 }).collect()
    }

    /// Overwrites all of them.
    pub(super) fn write(&self, _store: &mut impl AsStoreMut, values: &[u128]) {
        debug_assert_eq!(self.places.len(), values.len());
        for (place, value) in self.places.iter().zip(values) {
            // SAFETY: as in `read`; the store is borrowed mutably.
            unsafe { (*place.0.as_ptr()).val.u128 = *value };
        }
    }
}

/// One of the counters that the instrumentation added.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counter(Place);

impl Counter {
    pub(crate) fn i64(self, _store: &impl AsStoreRef) -> i64 {
        // SAFETY: the place is valid (fact 1), the store is borrowed (fact 2), and any bits are an i64.
        unsafe { (*self.0.0.as_ptr()).val.i64 }
    }

    pub(crate) fn set_i64(self, _store: &mut impl AsStoreMut, value: i64) {
        // SAFETY: as in `i64`; the store is borrowed mutably.
        unsafe { (*self.0.0.as_ptr()).val.i64 = value };
    }

    pub(crate) fn i32(self, _store: &impl AsStoreRef) -> i32 {
        // SAFETY: the place is valid (fact 1), the store is borrowed (fact 2), and any bits are an i32.
        unsafe { (*self.0.0.as_ptr()).val.i32 }
    }

    pub(crate) fn set_i32(self, _store: &mut impl AsStoreMut, value: i32) {
        // SAFETY: as in `i32`; the store is borrowed mutably.
        unsafe { (*self.0.0.as_ptr()).val.i32 = value };
    }
}
