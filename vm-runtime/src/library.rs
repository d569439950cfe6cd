//! Code that is ready to run, by its hash.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use govm_core::{Hash, HostFault};

use crate::background::Background;
use crate::cache::DiskCache;
use crate::compile::{Compiled, Compiler, Tier};
use crate::module::{Checked, ModuleError, check};
use crate::pool::Pool;
use crate::restore::{Snapshot, Way};
use crate::runtime::{EngineConfig, Tiers};
use crate::session::SessionLedger;

/// After this many calls a contract's code is compiled again, for speed. A process that makes a few calls and ends, as the
/// command line does, is not worth the second that this takes; where there are more to come, the first ones do not matter.
pub(crate) const CALLS_BEFORE_BETTER_CODE: u32 = 32;

/// The compilers and their caches.
pub(crate) struct Library {
    shelf: Arc<Shelf>,
    /// Makes code that the better compiler is then to replace; nothing if there is one compiler alone.
    quick: Option<Compiler>,
    background: Background,
}

/// What the compilation in the background works on too.
struct Shelf {
    /// The compiler of the best code.
    best: Compiler,
    disk: Option<DiskCache>,
    loaded: Mutex<Loaded>,
    /// How often `loaded` got other code.
    generation: AtomicU64,
    /// Nothing if no instance serves twice.
    pool: Option<Arc<Pool>>,
    /// How instances are restored.
    way: Way,
    max_module_bytes: usize,
    max_memory_pages: u32,
}

impl Library {
    pub(crate) fn new(config: &EngineConfig, pool: Option<Arc<Pool>>, way: Way) -> Self {
        let compiler = |tier| Compiler::new(tier, config.max_memory_pages);
        let (quick, best) = match config.tiers {
            Tiers::Both => (Some(compiler(Tier::Singlepass)), compiler(Tier::Cranelift)),
            Tiers::Only(tier) => (None, compiler(tier)),
        };
        let shelf = Shelf {
            best,
            disk: config.cache_dir.as_deref().and_then(DiskCache::open),
            loaded: Mutex::new(Loaded { entries: HashMap::new(), uses: 0, capacity: config.max_loaded.max(1) }),
            generation: AtomicU64::new(0),
            pool,
            way,
            max_module_bytes: config.max_module_bytes,
            max_memory_pages: config.max_memory_pages,
        };
        Self { shelf: Arc::new(shelf), quick, background: Background::default() }
    }

    /// Checks a module.
    pub(crate) fn check(&self, wasm: &[u8]) -> Result<Checked, ModuleError> {
        self.shelf.check(wasm)
    }

    /// The compiled form of a module that was just checked, as soon as it can be had.
    pub(crate) fn compile(&self, hash: Hash, wasm: &[u8], checked: Checked) -> Result<Arc<Compiled>, HostFault> {
        match self.cached(&hash) {
            Some(compiled) => Ok(compiled),
            None => self.shelf.compile(self.first(), hash, wasm, checked),
        }
    }

    /// The compiled form of deployed code, from memory, disk, or the code in the state: for a call.
    pub(crate) fn load(&self, ledger: &SessionLedger, hash: &Hash) -> Result<Arc<Compiled>, HostFault> {
        let compiled = match self.cached(hash) {
            Some(compiled) => compiled,
            None => {
                let wasm = ledger.code(hash)?;
                let checked = self.shelf.check_deployed(hash, &wasm)?;
                self.shelf.compile(self.first(), *hash, &wasm, checked)?
            }
        };
        self.count_call(&compiled, ledger)?;
        Ok(compiled)
    }

    /// Counts a call of code that better code may take the place of.
    pub(crate) fn count_call(&self, compiled: &Compiled, ledger: &SessionLedger) -> Result<(), HostFault> {
        if compiled.tier != self.shelf.best.tier()
            && compiled.calls.fetch_add(1, Ordering::Relaxed) == CALLS_BEFORE_BETTER_CODE
        {
            self.improve(compiled.code_hash, ledger.code(&compiled.code_hash)?);
        }
        Ok(())
    }

    /// Changes whenever other code is to be used than before.
    pub(crate) fn generation(&self) -> u64 {
        self.shelf.generation.load(Ordering::Acquire)
    }

    /// The best compiled form of deployed code.
    pub(crate) fn load_best(&self, ledger: &SessionLedger, hash: &Hash) -> Result<Arc<Compiled>, HostFault> {
        match self.cached(hash) {
            Some(compiled) if compiled.tier == self.shelf.best.tier() => Ok(compiled),
            cached => {
                let wasm = ledger.code(hash)?;
                let checked = self.shelf.check_deployed(hash, &wasm)?;
                let best = self.quick.is_none() || optimises(hash, &checked);
                let compiler = if best { &self.shelf.best } else { self.first() };
                match cached {
                    Some(compiled) if compiled.tier == compiler.tier() => Ok(compiled),
                    _ => self.shelf.compile(compiler, *hash, &wasm, checked),
                }
            }
        }
    }

    /// Keeps what the initialisation of a module came to for the next process.
    pub(crate) fn save_snapshot(&self, compiled: &Compiled, snapshot: &Snapshot) {
        let mut compilers = [Some(&self.shelf.best), self.quick.as_ref()].into_iter().flatten();
        let compiler = compilers.find(|compiler| compiler.tier() == compiled.tier);
        if let (Some(disk), Some(compiler)) = (&self.shelf.disk, compiler) {
            compiler.store_snapshot(disk, &compiled.code_hash, snapshot);
        }
    }

    /// Waits until nothing is compiled in the background.
    pub(crate) fn settle(&self) {
        self.background.settle();
    }

    /// What made the code in memory, if it is there.
    pub(crate) fn tier(&self, hash: &Hash) -> Option<Tier> {
        self.shelf.loaded().entries.get(hash).map(|(_, compiled)| compiled.tier)
    }

    /// Whether calls still use this compiled form of its code, or another one took its place.
    pub(crate) fn is_current(&self, compiled: &Compiled) -> bool {
        self.shelf.loaded().entries.get(&compiled.code_hash).is_some_and(|(_, current)| current.id == compiled.id)
    }

    /// Code that was compiled before, from memory or disk, the best there is.
    fn cached(&self, hash: &Hash) -> Option<Arc<Compiled>> {
        if let Some(compiled) = self.shelf.loaded().get(hash) {
            tracing::trace!(name: "code_in_memory", code = %hash, tier = ?compiled.tier);
            return Some(compiled);
        }
        let from = |compiler| self.shelf.load(compiler, *hash);
        let Some(compiled) = from(&self.shelf.best).or_else(|| from(self.quick.as_ref()?)) else {
            tracing::debug!(name: "code_missing", code = %hash);
            return None;
        };
        tracing::debug!(name: "code_on_disk", code = %hash, tier = ?compiled.tier);
        let compiled = Arc::new(compiled);
        self.shelf.insert(&compiled);
        Some(compiled)
    }

    /// The compiler that has code ready first.
    fn first(&self) -> &Compiler {
        self.quick.as_ref().unwrap_or(&self.shelf.best)
    }

    /// Has better code made, which then takes the place of what there is: the next call runs it.
    fn improve(&self, hash: Hash, wasm: Vec<u8>) {
        let shelf = Arc::clone(&self.shelf);
        self.background.start(move || {
            let better = || match shelf.check_deployed(&hash, &wasm)? {
                checked if optimises(&hash, &checked) => shelf.compile(&shelf.best, hash, &wasm, checked).map(drop),
                _ => Ok(()),
            };
            if let Err(error) = better() {
                tracing::warn!(code = %hash, %error, "code could not be compiled in the background and stays as it is");
            }
        });
    }
}

/// Whether the best compiler is to make the code of a module when a quick one has. What would take it long stays as it is:
/// nothing of a result depends on that.
fn optimises(hash: &Hash, checked: &Checked) -> bool {
    if !checked.optimisable {
        tracing::info!(name: "code_stays", code = %hash);
    }
    checked.optimisable
}

impl Shelf {
    fn check(&self, wasm: &[u8]) -> Result<Checked, ModuleError> {
        check(wasm, self.max_module_bytes, self.max_memory_pages)
    }

    /// Checks a module that passed the check when it was deployed.
    fn check_deployed(&self, hash: &Hash, wasm: &[u8]) -> Result<Checked, HostFault> {
        self.check(wasm).map_err(|error| HostFault::Corrupt { what: format!("code {hash}: {error}") })
    }

    /// Code that was compiled before, from disk, with what its initialisation came to, if both are there.
    fn load(&self, compiler: &Compiler, hash: Hash) -> Option<Compiled> {
        let disk = self.disk.as_ref()?;
        if self.pool.is_none() || !compiler.is_in(disk, &hash) {
            return compiler.load(disk, hash);
        }
        // To read, authenticate and lay out a snapshot takes a quarter as long as the same of the code.
        let snapshot = || compiler.load_snapshot(disk, &hash, self.way);
        thread::scope(|scope| {
            let beside = thread::Builder::new().name("govm-snapshot".to_owned()).spawn_scoped(scope, snapshot);
            let compiled = compiler.load(disk, hash)?;
            let snapshot = match beside {
                Ok(thread) => thread.join().ok().flatten(),
                Err(_) => snapshot(),
            };
            if let Some(snapshot) = snapshot {
                let _nobody_else_has_it = compiled.snapshot.set(Arc::new(snapshot));
            }
            Some(compiled)
        })
    }

    /// Compiles a module and keeps the result, in the place of what there was of it.
    fn compile(
        &self,
        compiler: &Compiler,
        hash: Hash,
        wasm: &[u8],
        checked: Checked,
    ) -> Result<Arc<Compiled>, HostFault> {
        let compiled = Arc::new(compiler.compile(hash, wasm, checked)?);
        if let Some(disk) = &self.disk {
            compiler.store(disk, &compiled);
        }
        self.insert(&compiled);
        Ok(compiled)
    }

    /// Keeps code in memory. What it displaces goes with its instances.
    fn insert(&self, compiled: &Arc<Compiled>) {
        let displaced = self.loaded().insert(Arc::clone(compiled));
        self.generation.fetch_add(1, Ordering::Release);
        for displaced in &displaced {
            tracing::debug!(name: "code_displaced", code = %displaced.code_hash, tier = ?displaced.tier);
        }
        if let Some(pool) = &self.pool {
            displaced.iter().for_each(|displaced| pool.forget(displaced.id));
        }
    }

    fn loaded(&self) -> MutexGuard<'_, Loaded> {
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

    /// Adds code; what had to go for it: another form of it, and the oldest if it is one too many.
    fn insert(&mut self, compiled: Arc<Compiled>) -> Vec<Arc<Compiled>> {
        self.uses += 1;
        let mut displaced: Vec<_> =
            self.entries.insert(compiled.code_hash, (self.uses, compiled)).into_iter().collect();
        if self.entries.len() > self.capacity {
            let oldest = self.entries.iter().min_by_key(|(_, (used, _))| *used).map(|(hash, _)| *hash);
            displaced.extend(oldest.and_then(|hash| self.entries.remove(&hash)));
        }
        displaced.into_iter().map(|(_, compiled)| compiled).collect()
    }
}
