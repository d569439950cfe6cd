//! What a call or a deployment leaves behind.

use govm_core::{ContractError, Freed, HostFault, LedgerCheckpoint, Protocol, Receipt, Status};

use crate::gas::{MOST_REFUNDED_PARTS, REFUND_GAS_PER_BYTE, REFUND_GAS_PER_ENTRY, SCHEDULE_VERSION};
use crate::instrument::INSTRUMENTATION_VERSION;
use crate::session::SessionLedger;

/// By which rules this version executes.
pub(crate) const PROTOCOL: Protocol =
    Protocol { schedule_version: SCHEDULE_VERSION, instrumentation_version: INSTRUMENTATION_VERSION };

/// Ends what began at a checkpoint, and makes its receipt. `gas_used` is all the gas that was used: what is refunded for
/// state that was freed is taken off here, after everything has run, so that no contract ever sees its gas grow.
pub(crate) fn finish(
    ledger: &mut SessionLedger,
    since: LedgerCheckpoint,
    result: Result<Vec<u8>, ContractError>,
    gas_used: u64,
) -> Result<Receipt, HostFault> {
    // A failed call was rolled back: nothing is freed.
    let gas_refunded = refund(ledger.freed_since(since)?, gas_used);
    let effects = ledger.finish_call(since);
    let (status, output) = match result {
        Ok(output) => (Status::Ok, output),
        Err(error) => (Status::Failed(error), Vec::new()),
    };
    Ok(Receipt {
        status,
        output,
        gas_used: gas_used - gas_refunded,
        gas_refunded,
        schedule_version: SCHEDULE_VERSION,
        events: effects.events,
        writes: effects.writes,
    })
}

fn refund(freed: Freed, gas_used: u64) -> u64 {
    let for_entries = freed.entries.saturating_mul(REFUND_GAS_PER_ENTRY);
    let for_bytes = freed.bytes.saturating_mul(REFUND_GAS_PER_BYTE);
    for_entries.saturating_add(for_bytes).min(gas_used / MOST_REFUNDED_PARTS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refund_is_by_entries_and_bytes_and_a_fifth_at_most() {
        let freed = |entries, bytes| Freed { entries, bytes };
        assert_eq!(refund(freed(0, 0), 1_000_000), 0);
        assert_eq!(refund(freed(3, 0), 1_000_000), 3 * REFUND_GAS_PER_ENTRY);
        assert_eq!(refund(freed(0, 7), 1_000_000), 7 * REFUND_GAS_PER_BYTE);
        assert_eq!(refund(freed(3, 7), 1_000_000), 3 * REFUND_GAS_PER_ENTRY + 7 * REFUND_GAS_PER_BYTE);
        assert_eq!(refund(freed(1_000, 0), 1_000_004), 200_000);
        assert_eq!(refund(freed(u64::MAX, u64::MAX), u64::MAX), u64::MAX / 5);
        assert_eq!(refund(freed(1, 1), 4), 0);
    }
}
