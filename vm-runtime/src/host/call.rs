//! Host functions on the call itself: input, output, balances, events and calls of other contracts.

use govm_core::limits::{
    MAX_ARGS_BYTES, MAX_EVENT_DATA_BYTES, MAX_EVENT_NAME_BYTES, MAX_FUNCTION_NAME_BYTES, MAX_MESSAGE_BYTES,
    MAX_OUTPUT_BYTES,
};
use govm_core::{Actor, Address, ErrorCode};

use super::{Cx, Stop};
use crate::gas::RESERVED_PARTS;
use crate::session::{Args, Invocation, Session, SessionLedger};

/// The length of the header before the arguments of a call's input, in bytes.
pub(crate) const INPUT_HEADER_BYTES: usize = 64;

/// Who runs on whose behalf.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame {
    /// The contract whose code runs, and its caller.
    pub(crate) actor: Actor,
    /// The amount that came with the call.
    pub(crate) value: u64,
    /// Whether writes are refused.
    pub(crate) read_only: bool,
}

/// The state of one running call.
pub(crate) struct CallState {
    pub(crate) frame: Frame,
    /// Everything that outlives the call; elsewhere only while a nested call runs.
    pub(crate) session: Option<Session>,
    /// Header and arguments.
    pub(crate) input: Vec<u8>,
    /// What the guest gave as output.
    pub(crate) output: Option<Vec<u8>>,
    /// The guest's memory from its stack pointer on, when it set its output; only of a call that is watched.
    pub(crate) stack: Vec<u8>,
    /// What did not fit the guest's buffer.
    pending: Vec<u8>,
    /// The message of the last refusal.
    pub(crate) last_error: String,
}

impl CallState {
    /// The state of a call that begins: the input is the header and `args`.
    pub(crate) fn new(frame: Frame, session: Session, args: &[u8]) -> Self {
        let mut input = Vec::with_capacity(INPUT_HEADER_BYTES + args.len());
        input.extend_from_slice(frame.actor.sender.as_ref());
        input.extend_from_slice(frame.actor.contract.as_ref());
        input.extend_from_slice(&frame.value.to_le_bytes());
        input.extend_from_slice(&session.position.height.to_le_bytes());
        input.extend_from_slice(&session.time_ns.to_le_bytes());
        debug_assert_eq!(input.len(), INPUT_HEADER_BYTES);
        input.extend_from_slice(args);
        Self {
            frame,
            session: Some(session),
            input,
            output: None,
            stack: Vec::new(),
            pending: Vec::new(),
            last_error: String::new(),
        }
    }
}

/// What most functions need of a call: the ledger, and who acts on it.
pub(super) struct Part<'a> {
    pub(super) ledger: &'a mut SessionLedger,
    pub(super) actor: Actor,
}

impl Cx<'_> {
    fn call(&mut self) -> Result<&mut CallState, Stop> {
        let call = self.host.call.as_mut();
        call.ok_or_else(|| Stop::end(ErrorCode::InitializationFailed, "the host was called outside a call"))
    }

    pub(super) fn part(&mut self) -> Result<Part<'_>, Stop> {
        let call = self.call()?;
        let actor = call.frame.actor;
        match call.session.as_mut() {
            Some(session) => Ok(Part { ledger: &mut session.ledger, actor }),
            None => Err(govm_core::HostFault::engine("the session is elsewhere while its call runs").into()),
        }
    }

    /// Gives variable-length data to the guest: into its buffer if it fits, else kept for `take`.
    pub(super) fn hand_over(&mut self, data: Vec<u8>, dst: u32, cap: u32) -> Result<usize, Stop> {
        self.charge_bytes(data.len())?;
        let length = data.len();
        if length <= cap as usize {
            self.write(dst, &data)?;
        } else {
            self.call()?.pending = data;
        }
        Ok(length)
    }
}

pub(super) fn input(cx: &mut Cx<'_>, dst: u32) -> Result<(), Stop> {
    let input = std::mem::take(&mut cx.call()?.input);
    cx.charge_bytes(input.len())?;
    cx.write(dst, &input)
}

pub(super) fn output(cx: &mut Cx<'_>, ptr: u32, len: u32) -> Result<(), Stop> {
    if cx.call()?.output.is_some() {
        return Err(Stop::end(ErrorCode::InvalidArgument, "the output was set twice"));
    }
    let output = cx.read(ptr, len, ("output", MAX_OUTPUT_BYTES))?;
    cx.keep_stack();
    cx.call()?.output = Some(output);
    Ok(())
}

pub(super) fn balance(cx: &mut Cx<'_>, address: u32) -> Result<u64, Stop> {
    let address = cx.address(address)?;
    Ok(cx.part()?.ledger.account(&address)?.balance)
}

pub(super) fn transfer(cx: &mut Cx<'_>, to: u32, amount: u64) -> Result<(), Stop> {
    let to = cx.address(to)?;
    let Part { ledger, actor } = cx.part()?;
    Ok(ledger.transfer(&actor.contract, &to, amount)?)
}

pub(super) fn emit(cx: &mut Cx<'_>, name: u32, name_len: u32, data: u32, data_len: u32) -> Result<(), Stop> {
    let name = cx.read_text(name, name_len, ("event name", MAX_EVENT_NAME_BYTES))?;
    let data = cx.read(data, data_len, ("event data", MAX_EVENT_DATA_BYTES))?;
    let Part { ledger, actor } = cx.part()?;
    Ok(ledger.emit(actor, &name, data)?)
}

#[allow(clippy::too_many_arguments, reason = "they are the parameters of the host function")]
pub(super) fn call(
    cx: &mut Cx<'_>,
    contract: u32,
    function: u32,
    function_len: u32,
    args: u32,
    args_len: u32,
    value: u64,
    gas_limit: u64,
    dst: u32,
    cap: u32,
) -> Result<usize, Stop> {
    let contract: Address = cx.address(contract)?;
    let function = cx.read_text(function, function_len, ("function name", MAX_FUNCTION_NAME_BYTES))?;
    let args = cx.read(args, args_len, ("arguments", MAX_ARGS_BYTES))?;
    let left = cx.gas_left();
    let available = left - left / RESERVED_PARTS;
    let gas_limit = if gas_limit == 0 { available } else { gas_limit.min(available) };

    let state = cx.call()?;
    let Frame { actor, read_only, .. } = state.frame;
    if read_only && value > 0 {
        return Err(Stop::refuse(ErrorCode::ReadOnly, "a view function may not send value"));
    }
    let Some(session) = state.session.take() else {
        return Err(govm_core::HostFault::engine("the session is elsewhere while its call runs").into());
    };
    let (sender, function, args) = (actor.contract, function.as_str(), Args::Dynamic(&args));
    let invocation = Invocation { sender, contract, function, args, value, gas_limit, read_only };
    let (session, outcome) = session.invoke(invocation)?;
    cx.call()?.session = Some(session);

    cx.charge(outcome.gas_used)?;
    match outcome.result {
        Ok(output) => cx.hand_over(output, dst, cap),
        Err(error) => Err(Stop::Refused(error)),
    }
}

pub(super) fn take(cx: &mut Cx<'_>, dst: u32, len: u32) -> Result<(), Stop> {
    let pending = std::mem::take(&mut cx.call()?.pending);
    let Some(bytes) = pending.get(..len as usize) else {
        let message = format!("{len} bytes were asked for, {} are there", pending.len());
        return Err(Stop::refuse(ErrorCode::InvalidArgument, message));
    };
    cx.charge_bytes(bytes.len())?;
    cx.write(dst, bytes)
}

pub(super) fn last_error(cx: &mut Cx<'_>, dst: u32, cap: u32) -> Result<usize, Stop> {
    let message = std::mem::take(&mut cx.call()?.last_error).into_bytes();
    let bytes = &message[..message.len().min(cap as usize).min(MAX_MESSAGE_BYTES)];
    cx.charge_bytes(bytes.len())?;
    cx.write(dst, bytes)?;
    Ok(bytes.len())
}

pub(super) fn gas_left(cx: &mut Cx<'_>) -> Result<u64, Stop> {
    Ok(cx.gas_left())
}
