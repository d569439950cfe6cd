//! What a thread has at hand while it executes calls: the code that it called last, and instances of it.
//!
//! The library and the pool are shared by all threads, and every use of them costs all of them: each core that changes a lock or
//! a count takes the memory that it lies in away from the others. Calls in a row that run the same few contracts use what lies
//! on the desk instead, which nobody else touches; one number that threads only read tells whether the code is still the
//! newest.

use std::sync::Arc;

use govm_core::{Hash, HostFault};

use crate::compile::Compiled;
use crate::instance::Instance;
use crate::restore::Parked;
use crate::runtime::Runtime;
use crate::session::SessionLedger;

/// Most contracts' code on one desk. What is used longest ago goes back first.
const MAX_CODES: usize = 8;

/// Most idle instances of one code on one desk: a contract that calls itself has one for each level.
const MAX_IDLE: usize = 2;

/// The desk of one thread, or of one session on any thread. When it is dropped, the instances go back to the pool.
pub(crate) struct Desk {
    runtime: Arc<Runtime>,
    /// The library's generation when the codes were taken from it.
    generation: u64,
    /// The one that was used last at the end.
    codes: Vec<OnDesk>,
}

/// Some code, with instances that stand at its snapshot.
struct OnDesk {
    compiled: Arc<Compiled>,
    idle: Vec<Parked>,
}

impl Desk {
    /// An empty desk.
    pub(crate) fn new(runtime: Arc<Runtime>) -> Self {
        Self { runtime, generation: 0, codes: Vec::new() }
    }

    /// The compiled form of deployed code, for a call.
    pub(crate) fn load(&mut self, ledger: &SessionLedger, hash: &Hash) -> Result<Arc<Compiled>, HostFault> {
        let generation = self.runtime.library().generation();
        if generation != self.generation {
            self.clear();
            self.generation = generation;
        }
        if let Some(at) = self.codes.iter().rposition(|code| code.compiled.code_hash == *hash) {
            self.codes[at..].rotate_left(1);
            let compiled = Arc::clone(&self.codes[self.codes.len() - 1].compiled);
            self.runtime.library().count_call(&compiled, ledger)?;
            return Ok(compiled);
        }
        let compiled = self.runtime.library().load(ledger, hash)?;
        if self.codes.len() == MAX_CODES {
            let oldest = self.codes.remove(0);
            self.put_back(oldest);
        }
        self.codes.push(OnDesk { compiled: Arc::clone(&compiled), idle: Vec::new() });
        Ok(compiled)
    }

    /// An instance of deployed code that stands at its snapshot.
    pub(crate) fn instance(&mut self, compiled: &Compiled) -> Result<Instance, HostFault> {
        match self.on_desk(compiled).and_then(|code| code.idle.pop()) {
            Some(instance) => Ok(instance.take_up()),
            None => self.runtime.ready(compiled),
        }
    }

    /// Takes back an instance after its call.
    pub(crate) fn give_back(&mut self, compiled: &Compiled, instance: Instance) {
        let Some(instance) = self.runtime.restored(compiled, instance) else { return };
        match self.on_desk(compiled) {
            Some(code) if code.idle.len() < MAX_IDLE => code.idle.push(Parked::park(instance)),
            _ => self.runtime.put(compiled, instance),
        }
    }

    fn on_desk(&mut self, compiled: &Compiled) -> Option<&mut OnDesk> {
        self.codes.iter_mut().rfind(|code| code.compiled.id == compiled.id)
    }

    fn clear(&mut self) {
        for code in std::mem::take(&mut self.codes) {
            self.put_back(code);
        }
    }

    fn put_back(&self, code: OnDesk) {
        for instance in code.idle {
            self.runtime.put(&code.compiled, instance.take_up());
        }
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.clear();
    }
}
