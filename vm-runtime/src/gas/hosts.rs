//! What host functions cost.

#![allow(non_upper_case_globals, reason = "each price is named like its function, which is looked up by that name")]

/// The price of a host function.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HostPrice {
    /// What each call costs, in gas.
    pub(crate) base_gas: u64,
    /// What each byte of its variable-length data costs on top of moving it, in gas.
    pub(crate) per_byte_gas: u64,
}

macro_rules! host_prices {
    ($($name:ident = $base:literal $(+ $per_byte:literal per byte)?;)*) => {
        $(pub(crate) const $name: HostPrice =
            HostPrice { base_gas: $base, per_byte_gas: 0 $(+ $per_byte)? };)*
    };
}

// Writing state is priced with its share of the block that commits it to disk; see docs/gas.md.
host_prices! {
    input = 200 + 3 per byte;
    output = 200 + 10 per byte;
    object_create = 100_000;
    object_open = 4_000;
    object_find = 6_000;
    object_next = 6_000;
    object_next_owned = 6_000;
    object_set_owner = 60_000;
    object_delete = 40_000;
    field_get = 4_000 + 1 per byte;
    field_set = 50_000 + 20 per byte;
    field_delete = 25_000 + 1 per byte;
    field_next = 6_000 + 1 per byte;
    balance = 3_000;
    transfer = 30_000;
    emit = 4_000 + 10 per byte;
    call = 20_000 + 1 per byte;
    take = 200;
    last_error = 200;
    gas_left = 100;
    sha256 = 700 + 8 per byte;
    keccak256 = 2_000 + 12 per byte;
    blake2b_256 = 1_000 + 4 per byte;
    blake2b_512 = 1_000 + 4 per byte;
    ed25519_verify = 200_000 + 8 per byte;
    secp256k1_verify = 350_000;
    secp256k1_recover = 370_000;
}
