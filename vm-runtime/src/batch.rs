//! Whole blocks at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use govm_core::{Address, BlockHeader, BlockInfo, Call, CallPosition, HostFault, Layered, Ledger, StateStore, Write};

use crate::block::Block;
use crate::engine::{Engine, Executed};
use crate::parallel::{Done, Ran, ThreadView, speculate};

/// What a block does, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A call.
    Call(Call),
    /// A deployment. It waits for everything before it, and everything behind waits for it.
    Deploy(Deployment),
}

/// A module that becomes a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// Who deploys it.
    pub sender: Address,
    /// The module.
    pub wasm: Vec<u8>,
    /// The most gas that the deployment may use.
    pub gas_limit: u64,
}

/// A block that was executed and committed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BlockResult {
    /// The block's header.
    pub header: BlockHeader,
    /// What the items did, in order. Their receipts are the block's.
    pub executed: Vec<Executed>,
    /// What work it was.
    pub effort: Effort,
}

/// What work it was to execute items: no part of a result, and another one each time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Effort {
    /// How many items were executed one after the other.
    pub serial: usize,
    /// How many calls were executed side by side with others.
    pub parallel: usize,
    /// How many attempts were made at these: a few calls are attempted together while few attempts are in vain.
    pub attempts: usize,
    /// How many calls were executed in vain, since a call before turned out to write what they, or others that were attempted
    /// with them, had read.
    pub aborted: usize,
}

impl<S: StateStore + Sync> Engine<S> {
    /// Executes a block of items, on as many threads as [the configuration](crate::EngineConfig::threads) says, and commits it.
    /// Receipts and state root are those of one item after the other.
    ///
    /// # Errors
    /// A failure of the host, or [`HostFault::StaleBlock`] if another block was committed meanwhile; nothing of the block is then
    /// seen by anybody.
    pub fn execute_block(&self, info: BlockInfo, items: &[Item]) -> Result<BlockResult, HostFault> {
        let mut block = self.begin_block(info)?;
        let executed = block.execute(items)?;
        let effort = block.effort();
        Ok(BlockResult { header: block.commit()?, executed, effort })
    }
}

impl<S: StateStore + Sync> Block<'_, S> {
    /// Executes items after everything that the block has done so far, on as many threads as
    /// [the configuration](crate::EngineConfig::threads) says. What each did is what it does after the one before.
    ///
    /// # Errors
    /// A failure of the host.
    pub fn execute(&mut self, items: &[Item]) -> Result<Vec<Executed>, HostFault> {
        let span = tracing::info_span!("execute", height = self.height(), items = items.len());
        let _entered = span.enter();
        let mut executed = Vec::with_capacity(items.len());
        let mut rest = items;
        while let Some(first) = rest.first() {
            if let Item::Deploy(Deployment { sender, wasm, gas_limit }) = first {
                executed.push(self.deploy(*sender, wasm, *gas_limit)?);
                rest = &rest[1..];
                continue;
            }
            let calls: Vec<&Call> = rest.iter().map_while(Item::call).collect();
            self.execute_calls(&calls, &mut executed)?;
            rest = &rest[calls.len()..];
        }
        Ok(executed)
    }

    /// Executes calls, of which the first ones may run side by side.
    fn execute_calls(&mut self, calls: &[&Call], executed: &mut Vec<Executed>) -> Result<(), HostFault> {
        let in_parallel = match self.runtime.parallelism.is_worth_trying(calls.len()) {
            true => self.speculate(calls, executed)?,
            false => 0,
        };
        for call in &calls[in_parallel..] {
            executed.push(self.call(call)?);
        }
        Ok(())
    }

    /// Executes calls side by side; of how many something came.
    fn speculate(&mut self, calls: &[&Call], executed: &mut Vec<Executed>) -> Result<usize, HostFault> {
        let index = self.next_index()?;
        u32::try_from(calls.len()).ok().and_then(|calls| index.checked_add(calls)).ok_or_else(too_many_calls)?;
        let mut session = self.take_session()?;
        // No thread asks for a view while it has another, or while one that has waits for it: a store may let nobody in until
        // everybody is out. So the session's view serves this thread, and is gone when the others are waited for.
        let nothing = Ledger::new(Box::new(BTreeMap::new()) as ThreadView);
        let (view, writes) = std::mem::replace(&mut session.ledger, nothing).into_parts();
        let writes: Arc<[Write]> = writes.into();
        let first = CallPosition { index, ..session.position };
        let (store, ground) = (self.store(), &self.ground);
        let others = || Ok(layered(ground.view(store)?, &writes));
        let view = layered(view, &writes);
        let ran = speculate(&self.runtime, view, others, first, session.time_ns, calls);
        session.ledger = Ledger::new(ground.view(store)?);
        session.ledger.absorb(writes.to_vec());
        self.runtime.parallelism.learn(calls.len(), &ran);
        self.effort.aborted += ran.in_vain();
        let Ran { done: Done { calls: mut done, mut receipts, fault }, writes, attempts, .. } = ran;
        if let Some(fault) = fault {
            return Err(fault);
        }
        let count = done.len();
        self.effort.parallel += count;
        self.effort.attempts += attempts;
        self.receipts.append(&mut receipts);
        executed.append(&mut done);
        session.ledger.absorb(writes);
        self.session = Some(session);
        Ok(count)
    }
}

impl Item {
    fn call(&self) -> Option<&Call> {
        match self {
            Self::Call(call) => Some(call),
            Self::Deploy(_) => None,
        }
    }
}

/// The state after writes.
fn layered(state: ThreadView, writes: &Arc<[Write]>) -> ThreadView {
    if writes.is_empty() { state } else { Box::new(Layered::new(state, Arc::clone(writes))) }
}

fn too_many_calls() -> HostFault {
    HostFault::engine("a block has at most 2^32 - 1 calls")
}
