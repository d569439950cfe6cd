//! The gas schedule: what each kind of work costs, as data. Every price of this crate is here.
//!
//! 1 gas is about the time of one simple WebAssembly operator in compiled code, 0.1 ns where the prices were measured. They
//! are part of the protocol: [`SCHEDULE_VERSION`] changes with any of them; it is in every receipt and block, and compiled code
//! is cached under it. `cargo bench -p govm-runtime --bench gas` measures what a unit of gas buys, and
//! [docs/gas.md](https://github.com/govm-net/vm/blob/main/docs/gas.md) has the tables.
//!
//! - [`OpClass`] is the price of an operator of WebAssembly.
//! - [`PRICES`] is what everything else costs but host functions, whose prices are in
//!   [`HOST_FUNCTIONS`](crate::HOST_FUNCTIONS).

pub(crate) mod hosts;
mod operators;

pub use operators::{OpClass, OperatorPrice};

/// The version of every price in this crate.
pub const SCHEDULE_VERSION: u32 = 4;

/// A price, as data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// The constant's name.
    pub name: &'static str,
    /// What it is in, mostly gas.
    pub value: u64,
    /// What is paid for with it.
    pub docs: &'static str,
}

macro_rules! prices {
    ($($(#[doc = $doc:literal])+ $name:ident = $value:expr;)*) => {
        $($(#[doc = $doc])+ pub const $name: u64 = $value;)*

        /// Every price but those of operators and host functions.
        pub const PRICES: &[Price] = &[$(Price { name: stringify!($name), value: $value, docs: concat!($($doc, "\n"),+) }),*];
    };
}

prices! {
    /// A call, nested or not, before its first operator: the instance that is taken and put back, and the receipt.
    CALL_BASE_GAS = 20_000;

    /// A page (64 KiB) of memory that a module starts its calls with, in each call: a call that writes somewhere in each of its
    /// 16 parts has all of it put back.
    START_GAS_PER_PAGE = 6_000;

    /// What each of these pages costs more above [`NEAR_START_PAGES`]: so much memory is far from the processor.
    FAR_START_GAS_PER_PAGE = 30_000;

    /// How many pages a module may start with before [`FAR_START_GAS_PER_PAGE`] is added. The sample contracts in Go start with
    /// 40 to 60.
    NEAR_START_PAGES = 64;

    /// How many pages a module may start with for nothing more than the call's base.
    FREE_START_PAGES = 1;

    /// A page (64 KiB) that `memory.grow` asks for, granted or not: the kernel clears it in 16 pieces at their first touch.
    GROW_GAS_PER_PAGE = 150_000;

    /// How many bytes `memory.copy` or `memory.fill` moves for 1 gas; a power of two.
    BULK_BYTES_PER_GAS = 2;

    /// How many bytes are moved between guest and host for 1 gas.
    HOST_BYTES_PER_GAS = 4;

    /// A call of a WASI function, before the bytes that it moves.
    WASI_BASE_GAS = 300;

    /// A random byte.
    RANDOM_GAS_PER_BYTE = 2;

    /// A piece of a vectored write.
    PIECE_GAS = 200;

    /// A call of WASI by a whole program, if it looks at nothing but descriptors.
    PROGRAM_CALL_GAS = 200;

    /// A call of WASI by a whole program that walks along a path.
    PROGRAM_PATH_GAS = 4_000;

    /// A deployment, before its bytes.
    DEPLOY_BASE_GAS = 1_000_000;

    /// A byte of a deployed module, custom sections included: it is checked, compiled and stored.
    DEPLOY_GAS_PER_BYTE = 2_500;

    /// A function of a deployed module: each takes some time to compile even if it is empty.
    DEPLOY_GAS_PER_FUNCTION = 50_000;

    /// What deleting an object costs more for each of its fields.
    DELETED_FIELD_GAS = 25_000;

    /// What is given back for a record of an object or a field that a call leaves fewer.
    REFUND_GAS_PER_ENTRY = 10_000;

    /// What is given back for a byte of keys and values that a call leaves fewer.
    REFUND_GAS_PER_BYTE = 10;

    /// At most 1 of this many parts of the gas that a call used is given back.
    MOST_REFUNDED_PARTS = 5;

    /// A nested call may not use 1 of this many parts of the gas that is left, so that the caller can still answer.
    RESERVED_PARTS = 64;

    /// Most gas that a module may use to initialise. Go's runtime needs about 1 million.
    MAX_INITIALIZE_GAS = 1_000_000_000;
}

const _: () = assert!(BULK_BYTES_PER_GAS.is_power_of_two(), "the instrumentation divides by shifting");
const _: () = assert!(
    REFUND_GAS_PER_BYTE * 2 <= hosts::field_set.per_byte_gas && REFUND_GAS_PER_ENTRY * 2 <= hosts::field_set.base_gas,
    "what is given back for state is at most half of what it cost"
);

/// The gas of moving a number of bytes between guest and host.
#[must_use]
pub const fn bytes_gas(bytes: u64) -> u64 {
    bytes / HOST_BYTES_PER_GAS
}

/// What a call costs before its first operator, with arguments of a number of bytes, in gas.
#[must_use]
pub const fn call_gas(args_bytes: u64) -> u64 {
    CALL_BASE_GAS + bytes_gas(args_bytes)
}

/// What a deployment costs without its initialisation, in gas.
#[must_use]
pub const fn deploy_gas(module_bytes: u64, functions: u64) -> u64 {
    let (bytes, functions) =
        (module_bytes.saturating_mul(DEPLOY_GAS_PER_BYTE), functions.saturating_mul(DEPLOY_GAS_PER_FUNCTION));
    DEPLOY_BASE_GAS.saturating_add(bytes).saturating_add(functions)
}

/// What a call of a module costs for the memory that it starts with, in gas.
#[must_use]
pub const fn start_gas(pages: u64) -> u64 {
    let paid = pages.saturating_sub(FREE_START_PAGES).saturating_mul(START_GAS_PER_PAGE);
    let far = pages.saturating_sub(NEAR_START_PAGES).saturating_mul(FAR_START_GAS_PER_PAGE);
    paid.saturating_add(far)
}
