//! The engine: blocks of calls over a store, and queries that write nothing.

use std::sync::Arc;

use govm_codec::Abi;
use govm_core::{
    Address, BlockHeader, BlockInfo, Call, CallPosition, Contract, Ground, HostFault, Ledger, Receipt, Snapshot,
    StateArchive, StateStore, StateView,
};

use crate::block::{Block, Destination};
use crate::compile::Tier;
use crate::desk::Desk;
use crate::module::read_abi;
use crate::outcome::Outcome;
use crate::pool::IdleInstances;
use crate::receipt;
use crate::runtime::{EngineConfig, Runtime};
use crate::session::{Args, Invocation, Session};
use crate::tree::CallTree;

/// Executes contracts over a store of states.
///
/// It owns the compiled code; the store owns the state. One block is open at a time for each height: a second block built
/// on the same head is refused when it is committed.
pub struct Engine<S> {
    pub(crate) store: Arc<S>,
    pub(crate) runtime: Arc<Runtime>,
    pub(crate) commits_ahead: usize,
}

/// What a call did, and what its contracts wrote to their standard streams.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Executed {
    /// What belongs to the result.
    pub receipt: Arc<Receipt>,
    /// What the contracts wrote to standard output and error, cut at 64 KiB; no part of the result.
    pub trace: Vec<u8>,
}

/// What a query read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Queried {
    /// What the call would do.
    pub executed: Executed,
    /// The height of the state that it read.
    pub height: u64,
}

/// A deployed contract and what it offers.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ContractInfo {
    /// The contract's address.
    pub address: Address,
    /// Its record in the state.
    pub contract: Contract,
    /// Its functions and types.
    pub abi: Abi,
}

impl<S: StateStore> Engine<S> {
    /// An engine over a store.
    pub fn new(store: S, config: &EngineConfig) -> Self {
        Self { store: Arc::new(store), runtime: Arc::new(Runtime::new(config)), commits_ahead: config.commits_ahead }
    }

    /// The store.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// A page of the deployed contracts in ascending order of their addresses, from after `after` on.
    ///
    /// # Errors
    /// The store could not read, or holds code that is damaged.
    pub fn contracts(&self, after: Option<&Address>, limit: usize) -> Result<Vec<ContractInfo>, HostFault> {
        let ledger = Ledger::new(self.store.snapshot()?.state);
        let page = ledger.contracts(after, limit)?;
        page.into_iter().map(|(address, contract)| info(&ledger, address, contract)).collect()
    }

    /// Opens the block after the newest committed one.
    ///
    /// # Errors
    /// The store could not read.
    pub fn begin_block(&self, info: BlockInfo) -> Result<Block<'_, S>, HostFault> {
        let Snapshot { head, state } = self.store.snapshot()?;
        let ground = Ground::committed(head.as_ref().map_or(0, |head| head.height));
        let parent = head.as_ref().map(BlockHeader::hash).unwrap_or_default();
        Ok(self.block(Destination::Store(&self.store, parent), ground, Box::new(state), info))
    }

    /// A block on a ground, of which `state` is a view.
    pub(crate) fn block<'a>(
        &self,
        destination: Destination<'a, S>,
        ground: Ground,
        state: Box<dyn StateView + Send>,
        info: BlockInfo,
    ) -> Block<'a, S> {
        let session = self.session(state, ground.height(), info.time_ns);
        Block::new(destination, Arc::clone(&self.runtime), session, ground, info)
    }

    /// Executes a call on the newest committed state as if it were the first of the next block, and writes nothing.
    ///
    /// # Errors
    /// A failure of the host; that of a contract is in the receipt.
    pub fn query(&self, call: &Call, time_ns: i64) -> Result<Queried, HostFault> {
        let snapshot = self.store.snapshot()?;
        let height = snapshot.height();
        let session = self.session(Box::new(snapshot.state), height + 1, time_ns);
        let (executed, _) = execute(session, 0, call)?;
        Ok(Queried { executed, height })
    }

    /// Executes a call as [`query`](Engine::query) does and watches it: what it called, step by step. It ends as it would
    /// without being watched.
    ///
    /// # Errors
    /// A failure of the host; that of a contract is in the receipt.
    pub fn query_traced(&self, call: &Call, time_ns: i64) -> Result<(Queried, CallTree), HostFault> {
        let snapshot = self.store.snapshot()?;
        let height = snapshot.height();
        let session = self.session(Box::new(snapshot.state), height + 1, time_ns);
        let (executed, tree, _) = execute_traced(session, 0, call)?;
        Ok((Queried { executed, height }, tree))
    }

    /// The contract at an address, if there is one.
    ///
    /// # Errors
    /// The store could not read, or holds code that is damaged.
    pub fn contract(&self, address: &Address) -> Result<Option<ContractInfo>, HostFault> {
        find(&Ledger::new(self.store.snapshot()?.state), address)
    }

    /// Makes a contract's best code ready, so that no call need wait for it: it is compiled if the cache does not have it,
    /// and initialised. Whether there is such a contract.
    ///
    /// # Errors
    /// The store could not read, or holds code that is damaged.
    pub fn prepare(&self, address: &Address) -> Result<bool, HostFault> {
        let state: Box<dyn StateView + Send> = Box::new(self.store.snapshot()?.state);
        let ledger = Ledger::new(state);
        let Some(contract) = ledger.contract(address)? else { return Ok(false) };
        let compiled = self.runtime.library().load_best(&ledger, &contract.code)?;
        let instance = self.runtime.ready(&compiled)?;
        self.runtime.give_back(&compiled, instance);
        Ok(true)
    }

    /// Which compiler made the code that the next call of a contract runs; nothing if the code is not in memory.
    ///
    /// # Errors
    /// The store could not read.
    pub fn tier(&self, address: &Address) -> Result<Option<Tier>, HostFault> {
        let contract = Ledger::new(self.store.snapshot()?.state).contract(address)?;
        Ok(contract.and_then(|contract| self.runtime.library().tier(&contract.code)))
    }

    /// The instances that wait for their next call.
    pub fn idle_instances(&self) -> IdleInstances {
        self.runtime.idle_instances()
    }

    /// Waits until no code is being compiled in the background.
    pub fn settle(&self) {
        self.runtime.library().settle();
    }

    fn session(&self, state: Box<dyn StateView + Send>, height: u64, time_ns: i64) -> Session {
        Session::new(Desk::new(Arc::clone(&self.runtime)), Ledger::new(state), height, time_ns)
    }
}

impl<S: StateArchive> Engine<S> {
    /// Executes a call on the state as of a height, as if it were the first call of the next block, and writes nothing. The
    /// clock shows the time of the block at that height: the answer is the same whenever it is asked for.
    ///
    /// # Errors
    /// [`HostFault::NotKept`], or another failure of the host; that of a contract is in the receipt.
    pub fn query_at(&self, call: &Call, height: u64) -> Result<Queried, HostFault> {
        let snapshot = self.store.snapshot_at(height)?;
        let time_ns = snapshot.head.as_ref().map_or(0, |head| head.time_ns);
        let session = self.session(Box::new(snapshot.state), height + 1, time_ns);
        let (executed, _) = execute(session, 0, call)?;
        Ok(Queried { executed, height })
    }

    /// Executes a call as [`query_at`](Engine::query_at) does and watches it.
    ///
    /// # Errors
    /// [`HostFault::NotKept`], or another failure of the host; that of a contract is in the receipt.
    pub fn query_at_traced(&self, call: &Call, height: u64) -> Result<(Queried, CallTree), HostFault> {
        let snapshot = self.store.snapshot_at(height)?;
        let time_ns = snapshot.head.as_ref().map_or(0, |head| head.time_ns);
        let session = self.session(Box::new(snapshot.state), height + 1, time_ns);
        let (executed, tree, _) = execute_traced(session, 0, call)?;
        Ok((Queried { executed, height }, tree))
    }

    /// The contract at an address as of a height, if there was one.
    ///
    /// # Errors
    /// [`HostFault::NotKept`], or the store could not read, or holds code that is damaged.
    pub fn contract_at(&self, address: &Address, height: u64) -> Result<Option<ContractInfo>, HostFault> {
        find(&Ledger::new(self.store.snapshot_at(height)?.state), address)
    }
}

fn find<V: StateView>(ledger: &Ledger<V>, address: &Address) -> Result<Option<ContractInfo>, HostFault> {
    ledger.contract(address)?.map(|contract| info(ledger, *address, contract)).transpose()
}

fn info<V: StateView>(ledger: &Ledger<V>, address: Address, contract: Contract) -> Result<ContractInfo, HostFault> {
    let wasm = ledger.code(&contract.code)?;
    let abi =
        read_abi(&wasm).map_err(|error| HostFault::Corrupt { what: format!("code {}: {error}", contract.code) })?;
    Ok(ContractInfo { address, contract, abi })
}

/// Executes a call as [`execute`] does, and watches it.
pub(crate) fn execute_traced(
    mut session: Session,
    index: u32,
    call: &Call,
) -> Result<(Executed, CallTree, Session), HostFault> {
    session.tree = Some(Box::default());
    let (executed, mut session) = execute(session, index, call)?;
    let tree = session.tree.take().and_then(|tree| tree.into_tree());
    let tree = tree.ok_or_else(|| HostFault::engine("a call that was watched left no tree"))?;
    Ok((executed, tree, session))
}

/// Executes a call as the one with an index of the session's block.
pub(crate) fn execute(mut session: Session, index: u32, call: &Call) -> Result<(Executed, Session), HostFault> {
    session.position = CallPosition { index, ..session.position };
    session.ledger.begin_call(session.position);
    let before = session.ledger.checkpoint();
    let invocation = Invocation {
        sender: call.sender,
        contract: call.contract,
        function: &call.function,
        args: Args::Encoded(&call.args),
        value: call.value,
        gas_limit: call.gas_limit,
        read_only: false,
    };
    let (mut session, Outcome { result, gas_used }) = session.invoke(invocation)?;
    let receipt = receipt::finish(&mut session.ledger, before, result, gas_used)?;
    let trace = session.take_trace();
    Ok((Executed { receipt: Arc::new(receipt), trace }, session))
}
