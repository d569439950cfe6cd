//! How a call ended, in this project's own words: nothing of the engine's text gets into a result.

use govm_core::{ContractError, ErrorCode, HostFault};
use wasmer::RuntimeError;
use wasmer_types::TrapCode;

/// The message of a call that used up its gas.
pub(crate) const OUT_OF_GAS: &str = "the gas limit is used up";

/// What a call led to.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The encoded results, or the failure.
    pub(crate) result: Result<Vec<u8>, ContractError>,
    /// The gas that was used, never more than the limit.
    pub(crate) gas_used: u64,
}

impl Outcome {
    /// A failure after `gas_used`.
    pub(crate) fn failed(code: ErrorCode, message: impl Into<String>, gas_used: u64) -> Self {
        Self { result: Err(ContractError::new(code, message)), gas_used }
    }

    /// A call whose gas is used up.
    pub(crate) fn out_of_gas(gas_limit: u64) -> Self {
        Self::failed(ErrorCode::OutOfGas, OUT_OF_GAS, gas_limit)
    }
}

/// What the counters of an instance say after it trapped.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counters {
    /// The gas that is left; negative if it ran out.
    pub(crate) gas: i64,
    /// The bytes of stack that are left; negative if it ran out.
    pub(crate) stack: i32,
    /// Whether the memory could not grow.
    pub(crate) grow_failed: bool,
}

/// The error of a trap that the guest's own code led to.
///
/// # Errors
/// The native stack overflowed or the engine failed: no result of any contract.
pub(crate) fn trap_error(trap: RuntimeError, counters: Counters) -> Result<ContractError, HostFault> {
    if counters.gas < 0 {
        return Ok(ContractError::new(ErrorCode::OutOfGas, OUT_OF_GAS));
    }
    if counters.stack < 0 {
        return Ok(ContractError::new(ErrorCode::StackOverflow, "calls are nested too deep"));
    }
    if counters.grow_failed {
        return Ok(ContractError::new(ErrorCode::OutOfMemory, OUT_OF_MEMORY));
    }
    let message = match trap.clone().to_trap() {
        Some(TrapCode::HeapAccessOutOfBounds | TrapCode::HeapMisaligned) => "memory access out of bounds",
        Some(TrapCode::TableAccessOutOfBounds) => "table access out of bounds",
        Some(TrapCode::IndirectCallToNull) => "indirect call of nothing",
        Some(TrapCode::BadSignature) => "indirect call of another type",
        Some(TrapCode::IntegerOverflow) => "integer overflow",
        Some(TrapCode::IntegerDivisionByZero) => "integer division by zero",
        Some(TrapCode::BadConversionToInteger) => "conversion of a float that is no integer",
        Some(TrapCode::UnreachableCodeReached) => "unreachable code",
        _ => return Err(HostFault::engine(trap)),
    };
    Ok(ContractError::new(ErrorCode::Trap, message))
}

/// The message of a contract whose memory could not grow.
pub(crate) const OUT_OF_MEMORY: &str = "the memory limit is reached";
