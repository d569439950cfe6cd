//! Code that is ready to run, by its hash.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use govm_core::{ContractError, Hash, HostFault};

use crate::cache::DiskCache;
use crate::compile::{Compiled, Compiler};
use crate::instance::Instance;
use crate::module::{Checked, ModuleError, check};
use crate::pool::Pool;
use crate::restore::Way;
use crate::session::SessionLedger;

/// How an engine is set up. What is not a path is part of the protocol: engines that are to agree use the same values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineConfig {
    /// Most memory of a contract, in pages of 64 KiB.
    pub max_memory_pages: u32,
    /// Largest module that can be deployed, in bytes.
    pub max_module_bytes: usize,
    /// The folder for compiled code, if it is to outlive the process.
    pub cache_dir: Option<PathBuf>,
    /// How many contracts' compiled code is kept in memory.
    pub max_loaded: usize,
    /// Whether and how instances serve more than one call. Results and gas do not depend on it.
    pub reuse: Reuse,
    /// How many instances are kept while they are idle.
    pub max_idle_instances: usize,
    /// How much memory idle instances may hold for themselves, in bytes.
    pub max_idle_bytes: usize,
}

impl Default for EngineConfig {
    /// 64 MiB of memory, modules of 16 MiB, no folder, 256 contracts, 256 idle instances that hold 1 GiB at most.
    fn default() -> Self {
        Self {
            max_memory_pages: 1024,
            max_module_bytes: 16 << 20,
            cache_dir: None,
            max_loaded: 256,
            reuse: Reuse::Auto,
            max_idle_instances: 256,
            max_idle_bytes: 1 << 30,
        }
    }
}

/// Whether and how an instance serves more than one call. Each call finds the same state in it, whichever is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Reuse {
    /// The fastest way that the system offers: only the pages that calls write are put back (Linux), else as `FullCopy`.
    #[default]
    Auto,
    /// The whole memory is put back after each call.
    FullCopy,
    /// Each call gets an instance of its own, made and initialised for it: slow, to compare with.
    Never,
}

/// The compiler and its caches, shared by everything that executes.
pub(crate) struct Runtime {
    compiler: Compiler,
    disk: Option<DiskCache>,
    loaded: Mutex<Loaded>,
    max_module_bytes: usize,
    way: Way,
    /// Nothing if no instance serves twice.
    pool: Option<Pool>,
    max_memory_pages: u32,
}

impl Runtime {
    pub(crate) fn new(config: &EngineConfig) -> Self {
        Self {
            compiler: Compiler::new(config.max_memory_pages),
            disk: config.cache_dir.as_deref().and_then(DiskCache::open),
            loaded: Mutex::new(Loaded { entries: HashMap::new(), uses: 0, capacity: config.max_loaded.max(1) }),
            max_module_bytes: config.max_module_bytes,
            way: if config.reuse == Reuse::Auto { Way::best() } else { Way::Copy },
            pool: (config.reuse != Reuse::Never).then(|| Pool::new(config.max_idle_instances, config.max_idle_bytes)),
            max_memory_pages: config.max_memory_pages,
        }
    }

    /// An instance that stands at its module's snapshot. The inner error is the contract's: it does not initialise.
    pub(crate) fn instance(&self, compiled: &Compiled) -> Result<Result<Instance, ContractError>, HostFault> {
        let Some(pool) = &self.pool else {
            return Ok(Instance::first(compiled, self.way)?.map(|(instance, _)| instance));
        };
        if let Some(instance) = pool.take(&compiled.code_hash) {
            return Ok(Ok(instance));
        }
        if let Some(snapshot) = compiled.snapshot.get() {
            return Instance::of(compiled, self.way, snapshot).map(Ok);
        }
        let (instance, snapshot) = match Instance::first(compiled, self.way)? {
            Ok(first) => first,
            Err(error) => return Ok(Err(error)),
        };
        match compiled.snapshot.set(Arc::new(snapshot)) {
            Ok(()) => Ok(Ok(instance)),
            // Another thread was first: there is one snapshot of a module, so that what is learnt is learnt for all.
            Err(_) => self.instance(compiled),
        }
    }

    /// An instance of deployed code: it initialised when it was deployed, so it does now.
    pub(crate) fn ready(&self, compiled: &Compiled) -> Result<Instance, HostFault> {
        self.instance(compiled)?.map_err(|error| HostFault::Corrupt {
            what: format!("code {} was deployed but does not initialise: {error}", compiled.code_hash),
        })
    }

    /// Takes back an instance after its call: restored, for the next one.
    pub(crate) fn give_back(&self, compiled: &Compiled, mut instance: Instance) {
        let (Some(pool), Some(snapshot)) = (&self.pool, compiled.snapshot.get()) else { return };
        match instance.restore(snapshot) {
            Ok(true) => pool.put(compiled.code_hash, instance),
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "an instance could not be restored and is dropped"),
        }
    }

    /// What initialising a module uses, found out once. The inner error is the contract's.
    pub(crate) fn initialize_gas(&self, compiled: &Compiled) -> Result<Result<u64, ContractError>, HostFault> {
        if let Some(snapshot) = compiled.snapshot.get() {
            return Ok(Ok(snapshot.initialize_gas));
        }
        if self.pool.is_none() {
            return Ok(Instance::first(compiled, self.way)?.map(|(_, snapshot)| snapshot.initialize_gas));
        }
        match self.instance(compiled)? {
            Ok(instance) => self.give_back(compiled, instance),
            Err(error) => return Ok(Err(error)),
        }
        self.initialize_gas(compiled)
    }

    /// Checks a module.
    pub(crate) fn check(&self, wasm: &[u8]) -> Result<Checked, ModuleError> {
        check(wasm, self.max_module_bytes, self.max_memory_pages)
    }

    /// The compiled form of a module that was just checked.
    pub(crate) fn compile(&self, hash: Hash, wasm: &[u8], checked: Checked) -> Result<Arc<Compiled>, HostFault> {
        if let Some(compiled) = self.cached(&hash) {
            return Ok(compiled);
        }
        let compiled = Arc::new(self.compiler.compile(hash, wasm, checked)?);
        if let Some(disk) = &self.disk {
            self.compiler.store(disk, &compiled);
        }
        self.insert(&compiled);
        Ok(compiled)
    }

    /// The compiled form of deployed code, from memory, disk, or the code in the state.
    pub(crate) fn load(&self, ledger: &SessionLedger, hash: &Hash) -> Result<Arc<Compiled>, HostFault> {
        if let Some(compiled) = self.cached(hash) {
            return Ok(compiled);
        }
        let wasm = ledger.code(hash)?;
        let damaged = |error: ModuleError| HostFault::Corrupt { what: format!("code {hash}: {error}") };
        let checked = self.check(&wasm).map_err(damaged)?;
        self.compile(*hash, &wasm, checked)
    }

    /// Code that was compiled before, from memory or disk.
    fn cached(&self, hash: &Hash) -> Option<Arc<Compiled>> {
        if let Some(compiled) = self.loaded().get(hash) {
            return Some(compiled);
        }
        let compiled = Arc::new(self.compiler.load(self.disk.as_ref()?, *hash)?);
        self.insert(&compiled);
        Some(compiled)
    }

    /// Keeps code in memory. What it displaces goes with its instances.
    fn insert(&self, compiled: &Arc<Compiled>) {
        let displaced = self.loaded().insert(Arc::clone(compiled));
        if let (Some(displaced), Some(pool)) = (displaced, &self.pool) {
            pool.forget(&displaced);
        }
    }

    fn loaded(&self) -> std::sync::MutexGuard<'_, Loaded> {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Compiled code in memory; the least recently used goes first.
struct Loaded {
    entries: HashMap<Hash, (u64, Arc<Compiled>)>,
    uses: u64,
    capacity: usize,
}

impl Loaded {
    fn get(&mut self, hash: &Hash) -> Option<Arc<Compiled>> {
        self.uses += 1;
        let (used, compiled) = self.entries.get_mut(hash)?;
        *used = self.uses;
        Some(Arc::clone(compiled))
    }

    /// Adds code; the hash of what had to go for it.
    fn insert(&mut self, compiled: Arc<Compiled>) -> Option<Hash> {
        self.uses += 1;
        self.entries.insert(compiled.code_hash, (self.uses, compiled));
        if self.entries.len() <= self.capacity {
            return None;
        }
        let oldest = *self.entries.iter().min_by_key(|(_, (used, _))| *used)?.0;
        self.entries.remove(&oldest);
        Some(oldest)
    }
}
