//! What the benchmarks and tests of this crate reach into: no part of the interface, and free to change.

use crate::module;

pub use crate::compile::NATIVE_STACK_BYTES;
pub use crate::instrument::STACK_BYTES;
pub use crate::instrument::names::{GAS, GROW_FAILED, STACK};

/// The instrumented form of any module that is valid and within the limits, contract or not. Its memory may grow to
/// `max_pages` pages of 64 KiB.
///
/// # Errors
/// The module is not valid, has too much of something, or has imports that cannot be instrumented.
pub fn instrument(wasm: &[u8], max_pages: u32) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
    let heights = module::operand_heights(wasm, max_pages)?;
    Ok(crate::instrument::instrument(wasm, &heights, max_pages)?)
}
