//! A block that is being built.

use std::sync::Arc;

use govm_core::{
    Account, Address, BlockDraft, BlockHeader, BlockInfo, Call, ContractError, ErrorCode, Failure, Ground, Hash,
    HostFault, Ledger, Pipeline, Receipt, StateStore, StateView, Ticket, code_hash,
};

use crate::batch::Effort;
use crate::engine::{Executed, execute, execute_traced};
use crate::gas::deploy_gas;
use crate::outcome::OUT_OF_GAS;
use crate::receipt::{self, PROTOCOL};
use crate::runtime::Runtime;
use crate::session::Session;
use crate::tree::CallTree;

/// A block that is being built on the newest committed state. Nothing of it is seen by anybody until
/// [`commit`](Block::commit), and nothing is left of it when it is dropped.
///
/// A [`HostFault`] from any operation aborts the block: every later operation fails.
pub struct Block<'a, S: StateStore> {
    destination: Destination<'a, S>,
    pub(crate) runtime: Arc<Runtime>,
    /// Gone after a host fault.
    pub(crate) session: Option<Session>,
    pub(crate) ground: Ground,
    info: BlockInfo,
    pub(crate) receipts: Vec<Arc<Receipt>>,
    pub(crate) effort: Effort,
}

/// Where a block goes.
pub(crate) enum Destination<'a, S: StateStore> {
    /// Into the store, on a head with this hash.
    Store(&'a S, Hash),
    /// Into a line of blocks.
    Pipeline(&'a Pipeline<S>),
}

/// What a deployment failed with, and the gas that it used.
type Refused = (ContractError, u64);

impl<'a, S: StateStore> Block<'a, S> {
    pub(crate) fn new(
        destination: Destination<'a, S>,
        runtime: Arc<Runtime>,
        session: Session,
        ground: Ground,
        info: BlockInfo,
    ) -> Self {
        let (receipts, effort) = (Vec::new(), Effort::default());
        Self { destination, runtime, session: Some(session), ground, info, receipts, effort }
    }

    /// The block's height.
    pub fn height(&self) -> u64 {
        self.ground.height()
    }

    /// What work the block was so far.
    pub fn effort(&self) -> Effort {
        self.effort
    }

    /// Executes a call. How it ended is in its receipt, which becomes part of the block.
    ///
    /// # Errors
    /// A failure of the host.
    pub fn call(&mut self, call: &Call) -> Result<Executed, HostFault> {
        let (executed, session) = execute(self.take_session()?, self.next_index()?, call)?;
        self.session = Some(session);
        self.receipts.push(Arc::clone(&executed.receipt));
        self.effort.serial += 1;
        Ok(executed)
    }

    /// Executes a call as [`call`](Block::call) does and watches it: what it called, step by step.
    ///
    /// # Errors
    /// A failure of the host.
    pub fn call_traced(&mut self, call: &Call) -> Result<(Executed, CallTree), HostFault> {
        let (executed, tree, session) = execute_traced(self.take_session()?, self.next_index()?, call)?;
        self.session = Some(session);
        self.receipts.push(Arc::clone(&executed.receipt));
        self.effort.serial += 1;
        Ok((executed, tree))
    }

    /// Deploys a module as a contract of `sender`. The receipt's output is the contract's address.
    ///
    /// # Errors
    /// A failure of the host; a module that cannot be deployed is a failed receipt.
    pub fn deploy(&mut self, sender: Address, wasm: &[u8], gas_limit: u64) -> Result<Executed, HostFault> {
        let span = tracing::info_span!("deploy", %sender, module_bytes = wasm.len());
        let _entered = span.enter();
        let mut session = self.take_session()?;
        session.position.index = self.next_index()?;
        session.ledger.begin_call(session.position);
        let before = session.ledger.checkpoint();
        let (result, gas_used) = match self.admit(wasm, gas_limit)? {
            Ok(gas_used) => (Ok(session.ledger.deploy(&sender, wasm)?.as_bytes().to_vec()), gas_used),
            Err((error, gas_used)) => (Err(error), gas_used),
        };
        let receipt = Arc::new(receipt::finish(&mut session.ledger, before, result, gas_used)?);
        self.session = Some(session);
        tracing::info!(name: "deployed", gas_used = receipt.gas_used, ok = receipt.is_ok());
        self.receipts.push(Arc::clone(&receipt));
        self.effort.serial += 1;
        Ok(Executed { receipt, trace: Vec::new() })
    }

    /// Adds to an account's balance out of nothing: an issuance that whoever runs the engine decides on.
    ///
    /// # Errors
    /// `limit_exceeded` if the balance would not fit 64 bits, or a failure of the host.
    pub fn credit(&mut self, to: &Address, amount: u64) -> Result<(), Failure> {
        self.with_ledger(|ledger| ledger.credit(to, amount))
    }

    /// Takes the next nonce of an account: what carries it is let in once and in order. It stays taken if the call that it
    /// is for fails, and is not taken if the block is never committed.
    ///
    /// The engine knows neither signatures nor transactions, so protection against replays belongs to whoever embeds it:
    /// what is signed holds a nonce, which is taken here before the call or the deployment. Nothing else changes a nonce.
    ///
    /// # Errors
    /// `invalid_argument` if another nonce is the next, or a failure of the host.
    pub fn use_nonce(&mut self, of: &Address, nonce: u64) -> Result<(), Failure> {
        self.with_ledger(|ledger| ledger.use_nonce(of, nonce))
    }

    /// An account after everything that the block has done so far: its balance, and the nonce that is next.
    ///
    /// # Errors
    /// The store could not read, or the block was aborted.
    pub fn account(&self, address: &Address) -> Result<Account, HostFault> {
        let session = self.session.as_ref().ok_or_else(aborted)?;
        session.ledger.account(address)
    }

    /// Commits the block, whole or not at all, and returns its header. When that returns, the block is durable.
    ///
    /// # Errors
    /// [`HostFault::StaleBlock`] if another block was committed meanwhile, or the store could not write.
    pub fn commit(mut self) -> Result<BlockHeader, HostFault> {
        let draft = self.draft()?;
        let (height, receipts, writes) = (draft.height, draft.receipts.len(), draft.writes.len());
        let _entered = tracing::info_span!("commit", height, receipts, writes).entered();
        match self.destination {
            Destination::Store(store, parent) => store.append(BlockDraft { parent, ..draft }),
            Destination::Pipeline(pipeline) => pipeline.submit(&self.ground, draft)?.wait(),
        }
    }

    /// Hands the block to the pipeline that it was begun in.
    pub(crate) fn submit(mut self) -> Result<Ticket<S>, HostFault> {
        let draft = self.draft()?;
        let (height, receipts, writes) = (draft.height, draft.receipts.len(), draft.writes.len());
        let _entered = tracing::info_span!("submit", height, receipts, writes).entered();
        match self.destination {
            Destination::Pipeline(pipeline) => pipeline.submit(&self.ground, draft),
            Destination::Store(..) => Err(HostFault::engine("the block was not begun in a pipeline")),
        }
    }

    /// What the block came to; the parent is left out.
    fn draft(&mut self) -> Result<BlockDraft, HostFault> {
        let session = self.take_session()?;
        Ok(BlockDraft {
            height: self.height(),
            time_ns: self.info.time_ns,
            parent: Hash::ZERO,
            proposer_data: std::mem::take(&mut self.info.proposer_data),
            protocol: PROTOCOL,
            receipts: std::mem::take(&mut self.receipts),
            writes: session.ledger.into_writes(),
        })
    }

    /// Whether a module can be deployed with this much gas: it is charged for, checked, compiled and initialised once.
    fn admit(&self, wasm: &[u8], gas_limit: u64) -> Result<Result<u64, Refused>, HostFault> {
        let out_of_gas = || Ok(Err((ContractError::new(ErrorCode::OutOfGas, OUT_OF_GAS), gas_limit)));
        let bytes_gas = deploy_gas(wasm.len() as u64, 0);
        if bytes_gas > gas_limit {
            return out_of_gas();
        }
        let checked = match self.runtime.library().check(wasm) {
            Ok(checked) => checked,
            Err(error) => {
                tracing::debug!(name: "module_refused", %error);
                return Ok(Err((ContractError::new(ErrorCode::InvalidModule, INVALID_MODULE), bytes_gas)));
            }
        };
        let gas = deploy_gas(wasm.len() as u64, checked.heights.len() as u64);
        if gas > gas_limit {
            return out_of_gas();
        }
        let compiled = self.runtime.library().compile(code_hash(wasm), wasm, checked)?;
        match self.runtime.initialize_gas(&compiled)? {
            Ok(initialize_gas) if gas + initialize_gas > gas_limit => out_of_gas(),
            Ok(initialize_gas) => Ok(Ok(gas + initialize_gas)),
            Err(error) => Ok(Err((error, gas_limit))),
        }
    }

    /// Works on the state as the block has left it so far, apart from any call: reads what no receipt tells, or changes what
    /// no contract would, as a test does. What is written becomes part of the block and of no receipt; a fault of the host
    /// aborts the block.
    ///
    /// # Errors
    /// Those of `work`, or the block was aborted.
    pub fn with_ledger<T>(
        &mut self,
        work: impl FnOnce(&mut Ledger<Box<dyn StateView + Send>>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let mut session = self.take_session()?;
        let done = work(&mut session.ledger);
        if !matches!(done, Err(Failure::Host(_))) {
            self.session = Some(session);
        }
        done
    }

    /// The store that the block is built on.
    pub(crate) fn store(&self) -> &S {
        match self.destination {
            Destination::Store(store, _) => store,
            Destination::Pipeline(pipeline) => pipeline.store(),
        }
    }

    pub(crate) fn take_session(&mut self) -> Result<Session, HostFault> {
        self.session.take().ok_or_else(aborted)
    }

    pub(crate) fn next_index(&self) -> Result<u32, HostFault> {
        u32::try_from(self.receipts.len()).map_err(HostFault::engine)
    }
}

fn aborted() -> HostFault {
    HostFault::engine("the block was aborted by an earlier fault")
}

/// The message of a module that the check refused; what exactly is wrong is for whoever builds it, not for the receipt.
const INVALID_MODULE: &str = "the module did not pass the check";
