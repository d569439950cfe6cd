//! What the calls of a block share, and how one call runs on it.

use std::borrow::Cow;
use std::sync::Arc;

use govm_core::limits::{MAX_ARGS_BYTES, MAX_CALL_DEPTH};
use govm_core::{Actor, Address, CallPosition, ErrorCode, HostFault, Ledger, StateView};

use crate::compile::Compiled;
use crate::desk::Desk;
use crate::gas::{call_gas, start_gas};
use crate::host::{CallState, Frame};
use crate::instance::Ran;
use crate::outcome::{OUT_OF_GAS, Outcome};
use crate::tree::Growing;
use crate::wasi::{Seed, Wasi, append_to_trace};

/// The ledger that calls work on.
pub(crate) type SessionLedger = Ledger<Box<dyn StateView + Send>>;

/// Everything that outlives a call. It moves into the running instance and back out, so that nothing is shared.
pub(crate) struct Session {
    pub(crate) ledger: SessionLedger,
    pub(crate) position: CallPosition,
    /// The block's time, in nanoseconds since the Unix epoch.
    pub(crate) time_ns: i64,
    /// Code and instances, at hand.
    pub(crate) desk: Desk,
    /// The contracts that are running, the outermost first.
    stack: Vec<Address>,
    /// What the call's contracts wrote to their standard streams.
    trace: Vec<u8>,
    /// What the call does, if somebody wants to know.
    pub(crate) tree: Option<Box<Growing>>,
}

/// The arguments of a call.
pub(crate) enum Args<'a> {
    /// Encoded as the contract's ABI says.
    Encoded(&'a [u8]),
    /// A list of self-describing values, to be fitted to the parameters.
    Dynamic(&'a [u8]),
}

impl Args<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Encoded(args) | Self::Dynamic(args) => args.len(),
        }
    }
}

/// A call to run.
pub(crate) struct Invocation<'a> {
    pub(crate) sender: Address,
    pub(crate) contract: Address,
    pub(crate) function: &'a str,
    pub(crate) args: Args<'a>,
    pub(crate) value: u64,
    pub(crate) gas_limit: u64,
    /// Whether writes are refused whatever the function says: the caller is a view.
    pub(crate) read_only: bool,
}

/// A call that may start: everything that can be refused before code runs has been looked at.
struct Admitted<'a> {
    compiled: Arc<Compiled>,
    function: u32,
    args: Cow<'a, [u8]>,
    frame: Frame,
    gas_limit: u64,
}

impl Session {
    pub(crate) fn new(desk: Desk, ledger: SessionLedger, height: u64, time_ns: i64) -> Self {
        let position = CallPosition { height, index: 0 };
        Self { ledger, position, time_ns, desk, stack: Vec::new(), trace: Vec::new(), tree: None }
    }

    /// What was written to the standard streams since the last time.
    pub(crate) fn take_trace(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.trace)
    }

    /// Runs a call, nested or not. A failed call leaves no write and no event behind; a host fault takes the session with
    /// it, since the block is lost.
    pub(crate) fn invoke(mut self, invocation: Invocation<'_>) -> Result<(Self, Outcome), HostFault> {
        let gas_limit = invocation.gas_limit;
        let base_gas = call_gas(invocation.args.len() as u64);
        let span =
            tracing::debug_span!("call", contract = %invocation.contract, function = invocation.function, gas_limit);
        let _entered = span.enter();
        if let Some(tree) = &mut self.tree {
            tree.call_begins(&invocation);
            tree.call_paid(base_gas.min(gas_limit));
        }
        if gas_limit < base_gas {
            let outcome = Outcome::out_of_gas(gas_limit);
            if let Some(tree) = &mut self.tree {
                tree.call_ended(&outcome, Vec::new());
            }
            return Ok((self, outcome));
        }
        let before = self.ledger.checkpoint();
        let (mut session, mut outcome) =
            match self.admit(Invocation { gas_limit: gas_limit - base_gas, ..invocation })? {
                Ok(admitted) => self.run(admitted)?,
                Err(refused) => (self, refused),
            };
        if outcome.result.is_err() {
            session.ledger.rollback(before);
        }
        outcome.gas_used = outcome.gas_used.saturating_add(base_gas).min(gas_limit);
        if let Some(tree) = &mut session.tree {
            tree.call_ended(&outcome, session.ledger.writes_since(before));
        }
        tracing::debug!(name: "call_ended", gas_used = outcome.gas_used, ok = outcome.result.is_ok());
        Ok((session, outcome))
    }

    /// Everything before the contract's code runs, the transfer of the value included.
    fn admit<'a>(&mut self, invocation: Invocation<'a>) -> Result<Result<Admitted<'a>, Outcome>, HostFault> {
        let Invocation { sender, contract, function, args, value, gas_limit, read_only } = invocation;
        let refuse = |code, message: String| Ok(Err(Outcome::failed(code, message, 0)));
        let Some(record) = self.ledger.contract(&contract)? else {
            return refuse(ErrorCode::ContractNotFound, format!("there is no contract at {contract}"));
        };
        if self.stack.len() == MAX_CALL_DEPTH {
            return refuse(ErrorCode::LimitExceeded, format!("calls are nested deeper than {MAX_CALL_DEPTH}"));
        }
        let compiled = self.desk.load(&self.ledger, &record.code)?;
        if self.stack.contains(&contract) && !compiled.abi.reentrant {
            return refuse(ErrorCode::Reentrant, format!("{contract} is running already"));
        }
        let Some((index, declared)) = compiled.abi.function(function) else {
            return refuse(ErrorCode::FunctionNotFound, format!("the contract has no function {function:?}"));
        };
        if value > 0 && !declared.payable {
            return refuse(ErrorCode::NotPayable, format!("the function {function} takes no value"));
        }
        let args = match args {
            Args::Encoded(args) if args.len() > MAX_ARGS_BYTES => {
                let message = format!("arguments of {} bytes, at most {MAX_ARGS_BYTES} are allowed", args.len());
                return refuse(ErrorCode::LimitExceeded, message);
            }
            Args::Encoded(args) => Cow::Borrowed(args),
            Args::Dynamic(list) => match govm_codec::encode_dynamic_args(&compiled.abi, declared, list) {
                Ok(args) => Cow::Owned(args),
                Err(error) => return refuse(ErrorCode::InvalidArgument, error.to_string()),
            },
        };
        match self.ledger.transfer(&sender, &contract, value) {
            Ok(()) => {}
            Err(govm_core::Failure::Contract(error)) => return refuse(error.code, error.message),
            Err(govm_core::Failure::Host(fault)) => return Err(fault),
        }
        let frame = Frame { actor: Actor { contract, sender }, value, read_only: read_only || declared.view };
        Ok(Ok(Admitted { compiled, function: index, args, frame, gas_limit }))
    }

    fn run(mut self, admitted: Admitted<'_>) -> Result<(Self, Outcome), HostFault> {
        let Admitted { compiled, function, args, frame, gas_limit } = admitted;
        let mut instance = self.desk.instance(&compiled)?;
        let pages = instance.memory_pages();
        let start_gas = start_gas(pages.into());
        if let Some(tree) = &mut self.tree {
            tree.call_paid(start_gas.min(gas_limit));
        }
        let Some(code_gas) = gas_limit.checked_sub(start_gas) else {
            self.desk.give_back(&compiled, instance);
            let message =
                format!("{OUT_OF_GAS} by the {pages} pages of memory that the contract starts with: {start_gas}");
            return Ok((self, Outcome::failed(ErrorCode::OutOfGas, message, gas_limit)));
        };
        let wasi = Wasi::new(self.time_ns, self.seed(frame.actor));
        self.stack.push(frame.actor.contract);
        let call = CallState::new(frame, self, &args);
        let Ran { mut session, mut outcome, trace, stack } = instance.run(function, call, wasi, code_gas)?;
        outcome.gas_used += start_gas;
        session.desk.give_back(&compiled, instance);
        session.stack.pop();
        if let Some(tree) = &mut session.tree {
            tree.call_left(&trace, stack);
        }
        append_to_trace(&mut session.trace, &trace);
        Ok((session, outcome))
    }

    /// What a call's random stream depends on.
    fn seed(&self, actor: Actor) -> Seed {
        Seed::Call { time_ns: self.time_ns, position: self.position, depth: self.stack.len() as u64, actor }
    }
}
