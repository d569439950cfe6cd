//! Instances that are ready to run, and how an engine is set up.

use std::path::PathBuf;
use std::sync::Arc;

use govm_core::{ContractError, HostFault};

use crate::compile::{Compiled, Tier};
use crate::instance::Instance;
use crate::library::Library;
use crate::parallel::Parallelism;
use crate::pool::{IdleInstances, Pool};
use crate::restore::Way;

/// How an engine is set up. What bounds contracts is part of the protocol: engines that are to agree use the same values.
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
    /// Which compilers make the code. Results and gas do not depend on it.
    pub tiers: Tiers,
    /// Whether and how instances serve more than one call. Results and gas do not depend on it.
    pub reuse: Reuse,
    /// How many instances are kept while they are idle.
    pub max_idle_instances: usize,
    /// How much memory idle instances may hold for themselves, in bytes.
    pub max_idle_bytes: usize,
    /// How many threads execute the calls of a [batch](crate::Engine::execute_block): 1 for one call after the other, 0 for as many
    /// as the machine runs at once. They are started for the first batch and kept. Results and gas do not depend on it.
    pub threads: usize,
    /// How many blocks of a [pipeline](crate::Engine::pipeline) may wait to be durable while the next one is executed, the one
    /// that is being written among them; 0 for none. Results do not depend on it.
    pub commits_ahead: usize,
}

impl EngineConfig {
    /// The same with one thread, which does everything in turn: for debugging, and for small devices. No result depends on it.
    #[must_use]
    pub fn synchronous(self) -> Self {
        Self { threads: 1, commits_ahead: 0, ..self }
    }
}

impl Default for EngineConfig {
    /// 64 MiB of memory, modules of 16 MiB, no folder, 256 contracts, 256 idle instances that hold 1 GiB at most,
    /// all cores, one commit ahead.
    fn default() -> Self {
        Self {
            max_memory_pages: 1024,
            max_module_bytes: 16 << 20,
            cache_dir: None,
            max_loaded: 256,
            tiers: Tiers::Both,
            reuse: Reuse::Auto,
            max_idle_instances: 256,
            max_idle_bytes: 1 << 30,
            threads: 0,
            commits_ahead: 1,
        }
    }
}

/// Which compilers make the code of contracts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Tiers {
    /// A contract can be called as soon as [`Tier::Singlepass`] has compiled it. Once it is called often,
    /// [`Tier::Cranelift`] compiles it in the background, and calls that begin after that run the better code.
    #[default]
    Both,
    /// One compiler makes all code.
    Only(Tier),
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

/// The code and the instances of it, shared by everything that executes.
pub(crate) struct Runtime {
    library: Library,
    way: Way,
    /// Nothing if no instance serves twice.
    pool: Option<Arc<Pool>>,
    pub(crate) parallelism: Parallelism,
}

impl Runtime {
    pub(crate) fn new(config: &EngineConfig) -> Self {
        let pool = || Arc::new(Pool::new(config.max_idle_instances, config.max_idle_bytes));
        let pool = (config.reuse != Reuse::Never).then(pool);
        let way = if config.reuse == Reuse::Auto { Way::best() } else { Way::Copy };
        Self {
            library: Library::new(config, pool.clone(), way),
            way,
            pool,
            parallelism: Parallelism::new(config.threads),
        }
    }

    /// The compilers and what they made.
    pub(crate) fn library(&self) -> &Library {
        &self.library
    }

    /// The instances that wait for their next call.
    pub(crate) fn idle_instances(&self) -> IdleInstances {
        self.pool.as_ref().map(|pool| pool.stats()).unwrap_or_default()
    }

    /// An instance that stands at its module's snapshot. The inner error is the contract's: it does not initialise.
    pub(crate) fn instance(&self, compiled: &Compiled) -> Result<Result<Instance, ContractError>, HostFault> {
        let Some(pool) = &self.pool else {
            return Ok(Instance::first(compiled, self.way)?.map(|(instance, _)| instance));
        };
        if let Some(instance) = pool.take(compiled.id) {
            return Ok(Ok(instance));
        }
        let snapshot = compiled.snapshot.get();
        tracing::debug!(name: "instance_made", code = %compiled.code_hash, initialised = snapshot.is_some());
        if let Some(snapshot) = snapshot {
            return Instance::of(compiled, self.way, snapshot).map(Ok);
        }
        let (instance, snapshot) = match Instance::first(compiled, self.way)? {
            Ok(first) => first,
            Err(error) => return Ok(Err(error)),
        };
        self.library.save_snapshot(compiled, &snapshot);
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

    /// Takes back an instance after its call, for the next one.
    pub(crate) fn give_back(&self, compiled: &Compiled, instance: Instance) {
        if let Some(instance) = self.restored(compiled, instance) {
            self.put(compiled, instance);
        }
    }

    /// The instance as its module's snapshot is, if it can serve another call.
    pub(crate) fn restored(&self, compiled: &Compiled, mut instance: Instance) -> Option<Instance> {
        self.pool.as_ref()?;
        match instance.restore(compiled.snapshot.get()?) {
            Ok(true) => Some(instance),
            Ok(false) => None,
            Err(error) => {
                tracing::warn!(%error, "an instance could not be restored and is dropped");
                None
            }
        }
    }

    /// Keeps a restored instance. Code that was displaced meanwhile has no further calls.
    pub(crate) fn put(&self, compiled: &Compiled, instance: Instance) {
        if let Some(pool) = &self.pool
            && self.library.is_current(compiled)
        {
            pool.put(compiled.id, instance);
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
}
