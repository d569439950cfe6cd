//! Takes part in the making of an instance: notes where its globals lie, and gives it a memory that can be restored.

use std::ptr::NonNull;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use govm_core::HostFault;
use wasmer::sys::{BaseTunables, Tunables};
use wasmer::{GlobalType, Memory, MemoryType, Store, TableType};
use wasmer_types::MemoryStyle;
use wasmer_vm::{
    MemoryError, TableStyle, VMGlobal, VMGlobalDefinition, VMMemory, VMMemoryDefinition, VMTable, VMTableDefinition,
};

use super::{Body, BodyMemory, Globals, Snapshot, Way};

/// The plan of one instance; Wasmer knows it as the store's tunables. Clones are the same plan.
#[derive(Clone)]
pub(crate) struct Plan(Arc<Inner>);

struct Inner {
    base: BaseTunables,
    way: Way,
    snapshot: Option<Arc<Snapshot>>,
    made: Mutex<Made>,
}

#[derive(Default)]
struct Made {
    globals: Globals,
    #[cfg(target_os = "linux")]
    memory: Option<super::pages::Tracked>,
}

impl Plan {
    /// For an instance that starts from a snapshot, or from its module if there is none yet.
    pub(crate) fn new(way: Way, snapshot: Option<Arc<Snapshot>>) -> Self {
        Self(Arc::new(Inner { base: BaseTunables::new(), way, snapshot, made: Mutex::default() }))
    }

    /// The instance's state, after it was made; it stands at the snapshot if there is one.
    pub(crate) fn finish(&self, store: &mut Store, memory: &Memory) -> Result<Body, HostFault> {
        let made = std::mem::take(&mut *self.made());
        #[cfg(target_os = "linux")]
        let part = match made.memory {
            Some(tracked) => {
                tracked.arm(store);
                BodyMemory::Pages(tracked)
            }
            None => BodyMemory::Copy(memory.clone()),
        };
        #[cfg(not(target_os = "linux"))]
        let part = BodyMemory::Copy(memory.clone());
        let mut body = Body { memory: part, globals: made.globals };
        if let Some(snapshot) = &self.0.snapshot {
            let restored = body.restore(store, snapshot)?;
            debug_assert!(restored, "an instance that was made just now has not grown");
        }
        Ok(body)
    }

    fn made(&self) -> MutexGuard<'_, Made> {
        self.0.made.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tunables for Plan {
    fn memory_style(&self, memory: &MemoryType) -> MemoryStyle {
        self.0.base.memory_style(memory)
    }

    fn table_style(&self, table: &TableType) -> TableStyle {
        self.0.base.table_style(table)
    }

    fn create_host_memory(&self, ty: &MemoryType, style: &MemoryStyle) -> Result<VMMemory, MemoryError> {
        self.0.base.create_host_memory(ty, style)
    }

    unsafe fn create_vm_memory(
        &self,
        ty: &MemoryType,
        style: &MemoryStyle,
        place: NonNull<VMMemoryDefinition>,
    ) -> Result<VMMemory, MemoryError> {
        match self.0.way {
            // SAFETY: the place is valid, as the caller promises.
            Way::Copy => unsafe { self.0.base.create_vm_memory(ty, style, place) },
            #[cfg(target_os = "linux")]
            Way::Pages => {
                let image = match self.0.snapshot.as_deref().map(|snapshot| &snapshot.memory) {
                    Some(super::Image::Pages(image)) => Some(Arc::clone(image)),
                    _ => None,
                };
                // SAFETY: the place is valid, as the caller promises.
                let (memory, tracked) = unsafe { super::pages::make(ty, *style, place, image) }?;
                self.made().memory = Some(tracked);
                Ok(memory)
            }
        }
    }

    fn create_host_table(&self, ty: &TableType, style: &TableStyle) -> Result<VMTable, String> {
        self.0.base.create_host_table(ty, style)
    }

    unsafe fn create_vm_table(
        &self,
        ty: &TableType,
        style: &TableStyle,
        place: NonNull<VMTableDefinition>,
    ) -> Result<VMTable, String> {
        // SAFETY: the place is valid, as the caller promises.
        unsafe { self.0.base.create_vm_table(ty, style, place) }
    }

    unsafe fn create_vm_global(&self, ty: GlobalType, place: NonNull<VMGlobalDefinition>) -> Result<VMGlobal, String> {
        self.made().globals.add(place);
        // SAFETY: the place is valid, as the caller promises.
        unsafe { self.0.base.create_vm_global(ty, place) }
    }
}
