//! What a running contract can reach: the functions of the import module `govm`, and what they work on.

mod call;
mod crypto;
mod function;
mod objects;
mod table;

use govm_core::{ContractError, ErrorCode, Failure, HostFault};
use wasmer::{AsStoreMut, AsStoreRef, FunctionEnvMut, Memory, StoreMut};

pub(crate) use call::{CallState, Frame};
pub use function::{HostFunction, Param, ParamKind, Returns};
pub(crate) use table::host_imports;
pub use table::{HOST_FUNCTIONS, HOST_MODULE};

use crate::gas::bytes_gas;
use crate::gas::hosts::HostPrice;
use crate::restore::Counter;
use crate::tree::{Given, Growing};
use crate::wasi::Wasi;

/// Everything that belongs to one instance and that its imports can reach.
pub(crate) struct Host {
    /// What the instance exports; set right after it was made.
    pub(crate) guest: Option<Guest>,
    /// The virtual clock, random stream and trace.
    pub(crate) wasi: Wasi,
    /// The call that runs; none while the module initialises.
    pub(crate) call: Option<CallState>,
    /// Why the host ended the call, if it did.
    pub(crate) ending: Option<Ending>,
}

/// What of an instance the host works on.
#[derive(Clone)]
pub(crate) struct Guest {
    pub(crate) memory: Memory,
    pub(crate) gas: Counter,
    pub(crate) stack: Counter,
    pub(crate) grow_failed: Counter,
    /// The first global, if there is one: in which compilers keep the stack pointer.
    pub(crate) stack_pointer: Option<Counter>,
}

impl Guest {
    /// The gas that is left; 0 if it ran out.
    pub(crate) fn gas_left(&self, store: &impl AsStoreRef) -> u64 {
        u64::try_from(self.gas.i64(store)).unwrap_or(0)
    }

    /// Sets the gas counter.
    pub(crate) fn set_gas(&self, store: &mut impl AsStoreMut, gas: i64) {
        self.gas.set_i64(store, gas);
    }
}

/// Why the host ended a call from inside a host function.
#[derive(Debug)]
pub(crate) enum Ending {
    /// With a result that belongs into the receipt.
    Contract(ContractError),
    /// With a failure of the host.
    Host(HostFault),
}

/// What unwinds the guest's code after [`Host::ending`] was set.
#[derive(Debug, thiserror::Error)]
#[error("the host ended the call")]
pub(crate) struct Unwind;

/// Why a host function did not do what it was asked for.
#[derive(Debug)]
pub(crate) enum Stop {
    /// It refused; the guest learns the code and goes on.
    Refused(ContractError),
    /// The call ends here.
    Ended(Ending),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Contract(error) => Self::Refused(error),
            Failure::Host(fault) => Self::Ended(Ending::Host(fault)),
        }
    }
}

impl From<ContractError> for Stop {
    fn from(error: ContractError) -> Self {
        Self::Refused(error)
    }
}

impl From<HostFault> for Stop {
    fn from(fault: HostFault) -> Self {
        Self::Ended(Ending::Host(fault))
    }
}

impl Stop {
    /// Ends the call with a contract error.
    pub(crate) fn end(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::Ended(Ending::Contract(ContractError::new(code, message)))
    }

    /// Refuses with a code and a text.
    fn refuse(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::Refused(ContractError::new(code, message))
    }
}

/// One entry into the host: the instance's state and its memory. Every access to guest memory goes through here.
pub(crate) struct Cx<'a> {
    pub(crate) host: &'a mut Host,
    guest: Guest,
    store: StoreMut<'a>,
    per_byte_gas: u64,
}

impl<'a> Cx<'a> {
    /// Enters a function of a price, whose base is taken.
    pub(crate) fn enter(env: &'a mut FunctionEnvMut<'_, Host>, price: HostPrice) -> Result<Self, Unwind> {
        let HostPrice { base_gas, per_byte_gas } = price;
        let (host, store) = env.data_and_store_mut();
        let Some(guest) = host.guest.clone() else {
            host.ending = Some(Ending::Host(HostFault::engine("a host function ran before its instance was ready")));
            return Err(Unwind);
        };
        let mut cx = Self { host, guest, store, per_byte_gas };
        match cx.charge(base_gas) {
            Ok(()) => Ok(cx),
            Err(stop) => Err(cx.end(stop)),
        }
    }

    /// Ends the call for a reason; a refusal where none can be told ends it with that error.
    pub(crate) fn end(&mut self, stop: Stop) -> Unwind {
        self.host.ending = Some(match stop {
            Stop::Refused(error) => Ending::Contract(error),
            Stop::Ended(ending) => ending,
        });
        Unwind
    }

    /// The tree of the call, if there is one.
    fn tree(&mut self) -> Option<&mut Growing> {
        self.host.call.as_mut()?.session.as_mut()?.tree.as_deref_mut()
    }

    /// Notes that a function begins, whose base price was taken.
    pub(crate) fn step_begins(&mut self, name: &'static str, base_gas: u64) {
        if self.tree().is_some() {
            let gas_before = self.gas_left().saturating_add(base_gas);
            if let Some(tree) = self.tree() {
                tree.step_begins(name, gas_before);
            }
        }
    }

    /// Notes what the function is given.
    pub(crate) fn step_was_given(&mut self, given: impl FnOnce() -> Given) {
        if let Some(tree) = self.tree() {
            tree.step_was_given(given());
        }
    }

    /// Notes what the function answers.
    pub(crate) fn step_ended(&mut self, returns: Returns, answer: impl FnOnce() -> i64) {
        if self.tree().is_some() {
            let gas_after = self.gas_left();
            if let Some(tree) = self.tree() {
                tree.step_ended(returns, answer(), gas_after);
            }
        }
    }

    /// Keeps what may be the stack of the guest's language, if the call is watched: nobody can tell yet how it ends.
    fn keep_stack(&mut self) {
        if self.tree().is_none() {
            return;
        }
        let view = self.guest.memory.view(&self.store);
        let stack = self.guest.stack_pointer.and_then(|pointer| {
            let start = u64::from(pointer.i32(&self.store) as u32);
            let length = view.data_size().saturating_sub(start).min(MAX_KEPT_STACK_BYTES);
            let mut bytes = vec![0; length as usize];
            view.read(start, &mut bytes).ok()?;
            Some(bytes)
        });
        if let Some(call) = &mut self.host.call {
            call.stack = stack.unwrap_or_default();
        }
    }

    /// The gas that is left.
    pub(crate) fn gas_left(&mut self) -> u64 {
        self.guest.gas_left(&self.store)
    }

    /// Takes gas before work is done.
    pub(crate) fn charge(&mut self, gas: u64) -> Result<(), Stop> {
        let left = self.gas_left();
        let rest = left.checked_sub(gas);
        let counter = rest.and_then(|rest| i64::try_from(rest).ok()).unwrap_or(-1);
        self.guest.set_gas(&mut self.store, counter);
        match rest {
            Some(_) => Ok(()),
            None => Err(Stop::end(ErrorCode::OutOfGas, crate::outcome::OUT_OF_GAS)),
        }
    }

    /// Takes the gas for moving and processing a number of bytes.
    pub(crate) fn charge_bytes(&mut self, bytes: usize) -> Result<(), Stop> {
        let bytes = bytes as u64;
        self.charge(bytes_gas(bytes).saturating_add(bytes.saturating_mul(self.per_byte_gas)))
    }

    /// Copies bytes out of guest memory, after charging for them. `limit` bounds the length and names what it is.
    pub(crate) fn read(&mut self, ptr: u32, len: u32, limit: (&str, usize)) -> Result<Vec<u8>, Stop> {
        let (what, max_bytes) = limit;
        if len as usize > max_bytes {
            let message = format!("{what} of {len} bytes, at most {max_bytes} are allowed");
            return Err(Stop::refuse(ErrorCode::LimitExceeded, message));
        }
        self.charge_bytes(len as usize)?;
        let view = self.guest.memory.view(&self.store);
        if u64::from(ptr) + u64::from(len) > view.data_size() {
            return Err(out_of_bounds());
        }
        let mut bytes = vec![0; len as usize];
        view.read(u64::from(ptr), &mut bytes).map_err(|_| out_of_bounds())?;
        Ok(bytes)
    }

    /// Hands bytes of guest memory to `take`, at most `N` at a time, after charging for all of them.
    pub(crate) fn read_pieces<const N: usize>(
        &mut self,
        ptr: u32,
        len: u32,
        mut take: impl FnMut(&[u8]),
    ) -> Result<(), Stop> {
        self.charge_bytes(len as usize)?;
        let view = self.guest.memory.view(&self.store);
        let (mut at, end) = (u64::from(ptr), u64::from(ptr) + u64::from(len));
        if end > view.data_size() {
            return Err(out_of_bounds());
        }
        let mut piece = [0; N];
        while at < end {
            let length = (end - at).min(N as u64);
            let piece = &mut piece[..length as usize];
            view.read(at, piece).map_err(|_| out_of_bounds())?;
            take(piece);
            at += length;
        }
        Ok(())
    }

    /// Copies a text out of guest memory.
    pub(crate) fn read_text(&mut self, ptr: u32, len: u32, limit: (&str, usize)) -> Result<String, Stop> {
        let bytes = self.read(ptr, len, limit)?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Stop::refuse(ErrorCode::InvalidArgument, format!("{} is not valid UTF-8", limit.0)))?;
        self.step_was_given(|| Given::Text(text.clone()));
        Ok(text)
    }

    /// Copies a fixed number of bytes out of guest memory; small and covered by the base price.
    pub(crate) fn read_array<const N: usize>(&self, ptr: u32) -> Result<[u8; N], Stop> {
        let mut bytes = [0; N];
        let view = self.guest.memory.view(&self.store);
        view.read(u64::from(ptr), &mut bytes).map_err(|_| out_of_bounds())?;
        Ok(bytes)
    }

    /// Copies bytes into guest memory; the caller has charged for them.
    pub(crate) fn write(&self, ptr: u32, bytes: &[u8]) -> Result<(), Stop> {
        self.guest.memory.view(&self.store).write(u64::from(ptr), bytes).map_err(|_| out_of_bounds())
    }
}

/// How much of a stack is kept for a trace, in bytes: hundreds of calls.
const MAX_KEPT_STACK_BYTES: u64 = 64 << 10;

fn out_of_bounds() -> Stop {
    Stop::end(ErrorCode::Trap, "a host function was given memory that the contract does not have")
}
