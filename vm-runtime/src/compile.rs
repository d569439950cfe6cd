//! From checked wasm to machine code: Wasmer with Cranelift, set up so that it does the same everywhere.

use std::sync::{Arc, OnceLock};

use govm_codec::Abi;
use govm_core::{Hash, HostFault};
use wasmer::sys::{Cranelift, CraneliftOptLevel, EngineBuilder};
use wasmer::{Engine, Module};

use crate::cache::DiskCache;
use crate::instrument::instrument;
use crate::module::Checked;
use crate::restore::Snapshot;

/// The native stack that a call runs on, in bytes: four times what the instrumentation accounts for, since a native frame
/// may be larger than its estimate.
pub const NATIVE_STACK_BYTES: usize = 16 << 20;

/// The version of Wasmer; machine code of another version is never loaded.
const WASMER_VERSION: &str = "7.4.2";

/// The compiler with its settings.
pub(crate) struct Compiler {
    engine: Engine,
    max_pages: u32,
}

/// Code that is ready to run.
pub(crate) struct Compiled {
    pub(crate) code_hash: Hash,
    pub(crate) abi: Abi,
    pub(crate) module: Module,
    pub(crate) engine: Engine,
    /// What its calls start from; there once the first instance was made.
    pub(crate) snapshot: OnceLock<Arc<Snapshot>>,
}

impl Compiler {
    /// A compiler of modules whose memory may grow to `max_pages` pages of 64 KiB.
    pub(crate) fn new(max_pages: u32) -> Self {
        wasmer_vm::set_stack_size(NATIVE_STACK_BYTES);
        let mut config = Cranelift::new();
        config.opt_level(CraneliftOptLevel::Speed);
        Self { engine: EngineBuilder::new(config).engine().into(), max_pages }
    }

    /// What machine code depends on beside the wasm: any difference makes it other code.
    pub(crate) fn profile(&self) -> String {
        use crate::gas::SCHEDULE_VERSION;
        use crate::instrument::INSTRUMENTATION_VERSION;
        let (id, pages) = (self.engine.deterministic_id(), self.max_pages);
        let cpu = wasmer_types::target::CpuFeature::for_host();
        format!("wasmer {WASMER_VERSION} {id} {cpu:?} i{INSTRUMENTATION_VERSION} g{SCHEDULE_VERSION} p{pages}")
    }

    /// Compiles a module that passed the check.
    pub(crate) fn compile(&self, code_hash: Hash, wasm: &[u8], checked: Checked) -> Result<Compiled, HostFault> {
        let module = self.machine_code(wasm, &checked.heights)?;
        Ok(Compiled { code_hash, abi: checked.abi, module, engine: self.engine.clone(), snapshot: OnceLock::new() })
    }

    /// Instruments and compiles a module that passed the check; `heights` are those that the check found.
    pub(crate) fn machine_code(&self, wasm: &[u8], heights: &[u32]) -> Result<Module, HostFault> {
        let instrumented = instrument(wasm, heights, self.max_pages).map_err(HostFault::engine)?;
        Module::new(&self.engine, instrumented).map_err(HostFault::engine)
    }

    /// The engine that modules are compiled for.
    #[cfg(feature = "programs")]
    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The compiled code in the cache, if it is there and unharmed.
    pub(crate) fn load(&self, cache: &DiskCache, code_hash: Hash) -> Option<Compiled> {
        let mut entry = cache.get(&self.profile(), &code_hash)?;
        let abi = split_abi(&mut entry)?;
        // SAFETY: `deserialize` wants an artifact that `serialize` of this engine made. The cache returns only bytes under
        // a keyed hash whose key nobody but the owner of the cache can read, stored by `store` below for this profile,
        // which names the engine's version, settings and CPU.
        let module = unsafe { Module::deserialize(&self.engine, entry) };
        let module = module.inspect_err(|error| tracing::warn!(%error, "cached code could not be loaded")).ok()?;
        Some(Compiled { code_hash, abi, module, engine: self.engine.clone(), snapshot: OnceLock::new() })
    }

    /// Keeps compiled code for the next process: the artifact, the ABI, the ABI's length (u32). A cache that cannot be
    /// written costs time, not results.
    pub(crate) fn store(&self, cache: &DiskCache, compiled: &Compiled) {
        let abi = compiled.abi.to_json();
        let Ok(abi_bytes) = u32::try_from(abi.len()) else { return };
        match compiled.module.serialize() {
            Ok(artifact) => {
                let content = [artifact.as_ref(), abi.as_bytes(), &abi_bytes.to_le_bytes()];
                cache.put(&self.profile(), &compiled.code_hash, &content);
            }
            Err(error) => tracing::warn!(%error, "code could not be serialised for the cache"),
        }
    }
}

/// Takes the ABI off the end of a cache entry; the artifact is left.
fn split_abi(entry: &mut Vec<u8>) -> Option<Abi> {
    let length_at = entry.len().checked_sub(size_of::<u32>())?;
    let abi_bytes = u32::from_le_bytes(entry[length_at..].try_into().ok()?);
    let abi_at = length_at.checked_sub(abi_bytes as usize)?;
    let abi = Abi::from_json(&entry[abi_at..length_at]).ok()?;
    entry.truncate(abi_at);
    Some(abi)
}
