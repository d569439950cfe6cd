//! Blocks that are executed while those before them are written.

use std::sync::Arc;

use govm_core::{BlockHeader, BlockInfo, HostFault, Pipeline, StateStore, Ticket};

use crate::batch::{Effort, Item};
use crate::block::{Block, Destination};
use crate::engine::{Engine, Executed};

/// Executes blocks one on the other while those before are prepared and written by a thread of its own.
///
/// What a block finds is the state after the block before, written or not, and receipts depend on nothing else. A block is durable
/// when its [`PendingBlock`] says so. If one cannot be written, all that were built on it fail, and the next one is built on
/// the newest state that is durable. When the pipeline is dropped, it waits for what was submitted.
///
/// A [`MemoryStore`](https://docs.rs/govm-state) is copied whole for each block that is committed while the next one looks at it.
pub struct BlockPipeline<'a, S: StateStore> {
    engine: &'a Engine<S>,
    pipeline: Pipeline<S>,
}

/// A block that was executed and is on its way into the store.
#[derive(Debug)]
#[non_exhaustive]
#[must_use = "a block is durable when `wait` says so"]
pub struct PendingBlock<S> {
    /// What the items did, in order. Their receipts are the block's.
    pub executed: Vec<Executed>,
    /// What work it was.
    pub effort: Effort,
    /// How its commit ends.
    pub ticket: Ticket<S>,
}

impl<S> PendingBlock<S> {
    /// Waits until the block is durable, and returns its header.
    ///
    /// # Errors
    /// Why it could not be committed; [`HostFault::ParentFailed`] if that was due to a block before it.
    pub fn wait(self) -> Result<BlockHeader, HostFault> {
        self.ticket.wait()
    }
}

impl<S: StateStore + Send + Sync + 'static> Engine<S> {
    /// A line of blocks on the newest committed state, of which [so many](crate::EngineConfig::commits_ahead) may wait to be durable
    /// while the next one is executed. Blocks that others commit meanwhile, be it with the same engine, fail those of the line.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub fn pipeline(&self) -> Result<BlockPipeline<'_, S>, HostFault> {
        let pipeline = Pipeline::new(Arc::clone(&self.store), self.commits_ahead)?;
        Ok(BlockPipeline { engine: self, pipeline })
    }
}

impl<S: StateStore> BlockPipeline<'_, S> {
    /// Opens the block after the newest one, be that durable or not.
    ///
    /// # Errors
    /// The store could not read.
    pub fn begin_block(&self, info: BlockInfo) -> Result<Block<'_, S>, HostFault> {
        let ground = self.pipeline.ground()?;
        let state = ground.view(self.pipeline.store())?;
        Ok(self.engine.block(Destination::Pipeline(&self.pipeline), ground, state, info))
    }

    /// Hands over a block that was begun here. Waits while too many wait.
    ///
    /// # Errors
    /// The block was aborted or begun elsewhere, [`HostFault::StaleBlock`] if another one was submitted since it was begun, or
    /// [`HostFault::ParentFailed`].
    pub fn submit(&self, block: Block<'_, S>) -> Result<Ticket<S>, HostFault> {
        block.submit()
    }

    /// Waits until no block waits any more. How their commits ended is what their tickets say.
    pub fn settle(&self) {
        self.pipeline.settle();
    }
}

impl<S: StateStore + Sync> BlockPipeline<'_, S> {
    /// Executes a block of items as [`Engine::execute_block`] does, and hands it over.
    ///
    /// # Errors
    /// A failure of the host, or what [`submit`](BlockPipeline::submit) fails with.
    pub fn execute_block(&self, info: BlockInfo, items: &[Item]) -> Result<PendingBlock<S>, HostFault> {
        let mut block = self.begin_block(info)?;
        let executed = block.execute(items)?;
        let effort = block.effort();
        Ok(PendingBlock { executed, effort, ticket: self.submit(block)? })
    }
}
