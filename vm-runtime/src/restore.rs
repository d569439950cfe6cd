//! Puts an instance back to where its module's initialisation left it, so that it can serve the next call.
//!
//! # What there is to restore
//! An instance's mutable state is its memory, its globals and its memory's size; everything else cannot change:
//!
//! | part | how it is put back |
//! | --- | --- |
//! | memory | one of two [ways](Way), below |
//! | size of the memory | what grew is given up and the length set back, or the instance is |
//! | globals, the added counters among them | all are overwritten; the engine knows their places since it is asked to make them |
//! | tables, element and data segments | no operator that is [allowed](crate::module) can change them |
//! | clock, random stream, trace, descriptors | the host's: each call brings its own [`Wasi`](crate::wasi::Wasi); descriptors have no state |
//!
//! # The two ways
//! [`Way::Copy`] copies the whole memory of the snapshot, on every system, through Wasmer's public interface alone.
//!
//! `Way::Pages` (Linux) puts back the pages that calls write, and only those; see [`pages`] for how it knows them and why it
//! cannot miss one. Both are tested to give the same.
//!
//! # Safety
//! The unsafe code here and in [`pages`] rests on three facts:
//!
//! 1. *Places stay.* Wasmer tells the makers of memories and globals ([`Tunables`]) where in the instance's record their
//!    definitions lie. The record is one allocation that belongs to the store's objects and neither moves nor goes before
//!    the store. [`Body`] and the counters of [`Guest`](crate::host::Guest) lie beside the store in one
//!    [`Instance`](crate::instance::Instance), or inside it, and are never handed out.
//! 2. *One at a time.* An instance is used by one thread at a time: it is taken out of the pool, and every method that
//!    touches its state borrows the store mutably. While host code runs, the guest's code stands still in a call.
//! 3. *Nothing else writes.* Guest memory is written by the guest's code and by copies that run in user mode inside a host
//!    function of the same instance. It is never handed to a system call, where a write to a protected page would be an error
//!    instead of a signal.

mod globals;
#[cfg(target_os = "linux")]
mod pages;
mod parked;
mod plan;
mod saved;
#[cfg(test)]
mod tests;

use govm_core::HostFault;
use wasmer::{AsStoreRef, Memory, Pages as WasmPages, Store, WASM_PAGE_SIZE};

pub(crate) use globals::{Counter, Globals};
pub(crate) use parked::Parked;
pub(crate) use plan::Plan;

/// How memory is put back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// All of it is copied.
    Copy,
    /// The pages that were written are.
    #[cfg(target_os = "linux")]
    Pages,
}

impl Way {
    /// The fastest way that this system offers.
    pub(crate) fn best() -> Self {
        #[cfg(target_os = "linux")]
        match pages::probe() {
            Ok(()) => {
                tracing::debug!("instances are restored page by page");
                return Self::Pages;
            }
            Err(error) => tracing::warn!(%error, "pages cannot be tracked; instances are restored by full copies"),
        }
        Self::Copy
    }
}

/// The state of an instance after its initialisation; calls start from it.
pub(crate) struct Snapshot {
    memory: Image,
    globals: Box<[u128]>,
    /// The gas that the initialisation used.
    pub(crate) initialize_gas: u64,
}

/// A memory as it is to be.
enum Image {
    Copy(Box<[u8]>),
    #[cfg(target_os = "linux")]
    Pages(std::sync::Arc<pages::Image>),
}

impl Image {
    /// The image of so many bytes that are zero but for runs, each with its offset.
    fn new(way: Way, bytes: usize, runs: &[(usize, &[u8])]) -> std::io::Result<Self> {
        match way {
            Way::Copy => {
                let mut memory = vec![0; bytes];
                runs.iter().for_each(|(start, run)| memory[*start..start + run.len()].copy_from_slice(run));
                Ok(Self::Copy(memory.into()))
            }
            #[cfg(target_os = "linux")]
            Way::Pages => Ok(Self::Pages(std::sync::Arc::new(pages::Image::new(bytes, runs)?))),
        }
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::Copy(bytes) => bytes,
            #[cfg(target_os = "linux")]
            Self::Pages(image) => image.bytes(),
        }
    }
}

/// The state of an instance that calls can change.
pub(crate) struct Body {
    memory: BodyMemory,
    pub(crate) globals: Globals,
}

enum BodyMemory {
    Copy(Memory),
    #[cfg(target_os = "linux")]
    Pages(pages::Tracked),
}

impl Body {
    /// The snapshot of an instance that was initialised just now. From here on the instance can be restored to it.
    pub(crate) fn snapshot(&mut self, store: &mut Store, initialize_gas: u64) -> Result<Snapshot, HostFault> {
        let memory = match &mut self.memory {
            BodyMemory::Copy(memory) => {
                Image::Copy(memory.view(store).copy_to_vec().map_err(HostFault::engine)?.into_boxed_slice())
            }
            #[cfg(target_os = "linux")]
            BodyMemory::Pages(tracked) => Image::Pages(tracked.snapshot(store).map_err(HostFault::engine)?),
        };
        Ok(Snapshot { memory, globals: self.globals.read(store), initialize_gas })
    }

    /// Puts everything back as it was when the snapshot was taken, of this instance or of another one of the module; false
    /// if that is not possible, and then the instance is not to be used again.
    ///
    /// # Errors
    /// The system refused; the instance is not to be used again.
    pub(crate) fn restore(&mut self, store: &mut Store, snapshot: &Snapshot) -> Result<bool, HostFault> {
        match (&mut self.memory, &snapshot.memory) {
            (BodyMemory::Copy(memory), Image::Copy(bytes)) => {
                if !restore_copy(memory, store, bytes)? {
                    return Ok(false);
                }
            }
            #[cfg(target_os = "linux")]
            (BodyMemory::Pages(tracked), Image::Pages(_)) => tracked.restore(store).map_err(HostFault::engine)?,
            #[cfg(target_os = "linux")]
            _ => return Err(HostFault::engine("a snapshot and an instance were made in different ways")),
        }
        self.globals.write(store, &snapshot.globals);
        Ok(true)
    }

    /// Why the instance's memory could not be served as it should have been, if so: then its call has no result.
    pub(crate) fn fault(&self) -> Option<HostFault> {
        match &self.memory {
            BodyMemory::Copy(_) => None,
            #[cfg(target_os = "linux")]
            BodyMemory::Pages(tracked) => tracked.fault().map(HostFault::engine),
        }
    }

    /// The memory that only this instance holds when it is idle, in bytes.
    pub(crate) fn private_bytes(&self, store: &impl AsStoreRef) -> usize {
        match &self.memory {
            BodyMemory::Copy(memory) => memory.view(store).data_size() as usize,
            #[cfg(target_os = "linux")]
            BodyMemory::Pages(tracked) => tracked.private_bytes(),
        }
    }
}

#[cfg(test)]
impl Body {
    /// The memory's bytes and the globals.
    pub(crate) fn state(&self, store: &Store, memory: &Memory) -> (Vec<u8>, Box<[u128]>) {
        (memory.view(store).copy_to_vec().expect("the memory is there"), self.globals.read(store))
    }

    #[cfg(target_os = "linux")]
    fn tracked(&mut self) -> &mut pages::Tracked {
        match &mut self.memory {
            BodyMemory::Pages(tracked) => tracked,
            BodyMemory::Copy(_) => panic!("the instance is restored by copies"),
        }
    }
}

/// Puts back a whole memory; false for one that grew. Wasmer's memories cannot shrink: their length can be set back, but what
/// they grew stays accessible, and that an access behind the length traps rests on the pages there alone.
fn restore_copy(memory: &Memory, store: &mut Store, bytes: &[u8]) -> Result<bool, HostFault> {
    let size_bytes = memory.view(store).data_size() as usize;
    let Some(missing_bytes) = bytes.len().checked_sub(size_bytes) else { return Ok(false) };
    if missing_bytes > 0 {
        // An instance that was made just now, of a module that grows its memory when it initialises.
        memory.grow(store, WasmPages((missing_bytes / WASM_PAGE_SIZE) as u32)).map_err(HostFault::engine)?;
    }
    memory.view(store).write(0, bytes).map_err(HostFault::engine)?;
    Ok(true)
}
