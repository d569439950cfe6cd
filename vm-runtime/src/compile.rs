//! From checked wasm to machine code: Wasmer's compilers, set up so that they do the same everywhere.

mod slim;

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use govm_codec::Abi;
use govm_core::{Hash, HostFault};
use wasmer::sys::{Cranelift, CraneliftOptLevel, EngineBuilder, Singlepass};
use wasmer::{Engine, Module};

use crate::cache::{DiskCache, Kind};
use crate::instrument::instrument;
use crate::module::Checked;
use crate::restore::{Snapshot, Way};

use slim::Slim;

/// The native stack that a call runs on, in bytes: four times what the instrumentation accounts for, since a native frame
/// may be larger than its estimate.
pub const NATIVE_STACK_BYTES: usize = 16 << 20;

/// The version of Wasmer; machine code of another version is never loaded.
const WASMER_VERSION: &str = "7.4.2";

/// What makes machine code. Results and gas do not depend on it: both are counted by the module itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Tier {
    /// Wasmer's one-pass compiler: the code is there at once, and slow.
    Singlepass,
    /// Cranelift: the code takes several times as long to make, and a fraction of the time to run.
    Cranelift,
}

/// A compiler with its settings.
pub(crate) struct Compiler {
    tier: Tier,
    max_pages: u32,
    /// What machine code depends on beside the wasm: any difference makes it other code.
    profile: String,
}

/// Code that is ready to run.
pub(crate) struct Compiled {
    /// Tells it from every other one in this process, of the same code too.
    pub(crate) id: u64,
    pub(crate) code_hash: Hash,
    pub(crate) tier: Tier,
    pub(crate) abi: Abi,
    pub(crate) module: Module,
    pub(crate) engine: Engine,
    /// What its calls start from; there once the first instance was made.
    pub(crate) snapshot: OnceLock<Arc<Snapshot>>,
    /// How many calls have asked for it.
    pub(crate) calls: AtomicU32,
}

impl Compiled {
    fn new(code_hash: Hash, tier: Tier, abi: Abi, module: Module, engine: Engine) -> Self {
        static IDS: AtomicU64 = AtomicU64::new(0);
        let id = IDS.fetch_add(1, Ordering::Relaxed);
        Self { id, code_hash, tier, abi, module, engine, snapshot: OnceLock::new(), calls: AtomicU32::new(0) }
    }
}

impl Compiler {
    /// A compiler of modules whose memory may grow to `max_pages` pages of 64 KiB.
    pub(crate) fn new(tier: Tier, max_pages: u32) -> Self {
        wasmer_vm::set_stack_size(NATIVE_STACK_BYTES);
        let profile = profile(&engine(tier), max_pages);
        Self { tier, max_pages, profile }
    }

    /// What kind of code it makes.
    pub(crate) fn tier(&self) -> Tier {
        self.tier
    }

    /// Compiles a module that passed the check.
    pub(crate) fn compile(&self, code_hash: Hash, wasm: &[u8], checked: Checked) -> Result<Compiled, HostFault> {
        let span = tracing::info_span!("compile", code = %code_hash, tier = ?self.tier, module_bytes = wasm.len());
        let _entered = span.enter();
        let (engine, module) = self.machine_code(wasm, &checked.heights)?;
        Ok(Compiled::new(code_hash, self.tier, checked.abi, module, engine))
    }

    /// Instruments and compiles a module that passed the check; `heights` are those that the check found. The engine is the
    /// module's own.
    pub(crate) fn machine_code(&self, wasm: &[u8], heights: &[u32]) -> Result<(Engine, Module), HostFault> {
        let engine = engine(self.tier);
        let instrumented = instrument(wasm, heights, self.max_pages).map_err(HostFault::engine)?;
        let module = Module::new(&engine, instrumented).map_err(HostFault::engine)?;
        Ok((engine, module))
    }

    /// Whether the cache has compiled code, harmed or not.
    pub(crate) fn is_in(&self, cache: &DiskCache, code_hash: &Hash) -> bool {
        cache.has(Kind::Code, &self.profile, code_hash)
    }

    /// The compiled code in the cache, if it is there and unharmed.
    pub(crate) fn load(&self, cache: &DiskCache, code_hash: Hash) -> Option<Compiled> {
        let mut entry = cache.get(Kind::Code, &self.profile, &code_hash)?;
        let abi = split_abi(&mut entry)?;
        let engine = engine(self.tier);
        // The check of the layout is left out: it would tell no more than the cache does, and takes longer than all the rest.
        // SAFETY: the artifact is one that `serialize` of such an engine made. The cache returns only bytes under a keyed hash
        // whose key its owner alone can read, kept by `store` below for this profile: the engine's version, settings and CPU.
        let module = unsafe { Module::deserialize_unchecked(&engine, entry) };
        let module = module.inspect_err(|error| tracing::warn!(%error, "cached code could not be loaded")).ok()?;
        Some(Compiled::new(code_hash, self.tier, abi, module, engine))
    }

    /// Keeps compiled code for the next process: the artifact, the ABI, the ABI's length (u32). A cache that cannot be
    /// written costs time, not results.
    pub(crate) fn store(&self, cache: &DiskCache, compiled: &Compiled) {
        let abi = compiled.abi.to_json();
        let Ok(abi_bytes) = u32::try_from(abi.len()) else { return };
        match compiled.module.serialize() {
            Ok(artifact) => {
                let content = [artifact.as_ref(), abi.as_bytes(), &abi_bytes.to_le_bytes()];
                cache.put(Kind::Code, &self.profile, &compiled.code_hash, &content);
            }
            Err(error) => tracing::warn!(%error, "code could not be serialised for the cache"),
        }
    }

    /// The snapshot of a module's initialisation in the cache, if it is there and unharmed.
    pub(crate) fn load_snapshot(&self, cache: &DiskCache, code_hash: &Hash, way: Way) -> Option<Snapshot> {
        let entry = cache.get(Kind::Snapshot, &self.profile, code_hash)?;
        let snapshot = Snapshot::from_bytes(&entry, way)?;
        snapshot.inspect_err(|error| tracing::warn!(%error, "a cached snapshot could not be loaded")).ok()
    }

    /// Keeps the snapshot of a module's initialisation for the next process.
    pub(crate) fn store_snapshot(&self, cache: &DiskCache, code_hash: &Hash, snapshot: &Snapshot) {
        cache.put(Kind::Snapshot, &self.profile, code_hash, &[&snapshot.to_bytes()]);
    }
}

/// An engine for one module: an engine keeps the code of all its modules for as long as it lives.
fn engine(tier: Tier) -> Engine {
    match tier {
        Tier::Singlepass => EngineBuilder::new(Slim(Singlepass::new())).engine().into(),
        Tier::Cranelift => {
            let mut config = Cranelift::new();
            config.opt_level(CraneliftOptLevel::Speed);
            EngineBuilder::new(Slim(config)).engine().into()
        }
    }
}

fn profile(engine: &Engine, max_pages: u32) -> String {
    use crate::gas::SCHEDULE_VERSION;
    use crate::instrument::INSTRUMENTATION_VERSION;
    let id = engine.deterministic_id();
    let cpu = wasmer_types::target::CpuFeature::for_host();
    format!("wasmer {WASMER_VERSION} {id} {cpu:?} i{INSTRUMENTATION_VERSION} g{SCHEDULE_VERSION} p{max_pages}")
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
