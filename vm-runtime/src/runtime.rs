//! Code that is ready to run, by its hash.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use govm_core::{Hash, HostFault};

use crate::cache::DiskCache;
use crate::compile::{Compiled, Compiler};
use crate::module::{Checked, ModuleError, check};
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
}

impl Default for EngineConfig {
    /// 64 MiB of memory, modules of 16 MiB, no folder, 256 contracts.
    fn default() -> Self {
        Self { max_memory_pages: 1024, max_module_bytes: 16 << 20, cache_dir: None, max_loaded: 256 }
    }
}

/// The compiler and its caches, shared by everything that executes.
pub(crate) struct Runtime {
    compiler: Compiler,
    disk: Option<DiskCache>,
    loaded: Mutex<Loaded>,
    max_module_bytes: usize,
}

impl Runtime {
    pub(crate) fn new(config: &EngineConfig) -> Self {
        Self {
            compiler: Compiler::new(config.max_memory_pages),
            disk: config.cache_dir.as_deref().and_then(DiskCache::open),
            loaded: Mutex::new(Loaded { entries: HashMap::new(), uses: 0, capacity: config.max_loaded.max(1) }),
            max_module_bytes: config.max_module_bytes,
        }
    }

    /// Checks a module.
    pub(crate) fn check(&self, wasm: &[u8]) -> Result<Checked, ModuleError> {
        check(wasm, self.max_module_bytes)
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
        self.loaded().insert(Arc::clone(&compiled));
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
        self.loaded().insert(Arc::clone(&compiled));
        Some(compiled)
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

    fn insert(&mut self, compiled: Arc<Compiled>) {
        self.uses += 1;
        self.entries.insert(compiled.code_hash, (self.uses, compiled));
        if self.entries.len() > self.capacity
            && let Some(oldest) = self.entries.iter().min_by_key(|(_, (used, _))| *used).map(|(hash, _)| *hash)
        {
            self.entries.remove(&oldest);
        }
    }
}
