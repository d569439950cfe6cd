//! Adds gas and stack accounting to a module: a pure function from wasm to wasm.
//!
//! The module counts for itself, so that every compiler and interpreter agrees to the last unit. Inside, the counters are
//! passed from function to function: each takes the gas and the bytes of stack that are left as two more parameters and
//! gives the gas back as one more result, so compilers keep both in registers. On the border they are in three globals,
//! which are added and exported under the names in [`names`]:
//!
//! - `gas` (i64): what is left, up to date whenever code outside the module runs. A call whose gas is used up traps, with
//!   the counter below zero.
//! - `stack` (i32): the bytes of stack that a call starts with. Each function that calls others subtracts an upper estimate
//!   of its frame from what it was passed. A call that is nested too deep traps, with the counter below zero.
//! - `grow_failed` (i32): set to 1 when `memory.grow` was refused, to tell exhausted memory from other failures.
//!
//! Exported functions get a shim that reads and writes the globals, and so do imported ones.
//!
//! NaNs are made canonical after every operator that may make one, so that no engine has to.
//!
//! The memory gets the maximum that the engine grants, so that growth fails in the same place everywhere. Custom sections
//! are dropped, and data segments joined. The input must have passed [`check`](crate::module::check).

mod body;
mod charges;
mod data;
mod frame;
mod sections;
mod shims;

use wasm_encoder::{CodeSection, RawSection};
use wasmparser::{FunctionBody, Parser, Payload};

use crate::module::validate;
use body::instrument_body;
use sections::Sections;

/// The names of the exported globals. No module may export a name with this prefix itself.
pub(crate) mod names {
    /// What every name here starts with.
    pub(crate) const PREFIX: &str = "govm.";
    /// Gas that is left, i64.
    pub const GAS: &str = "govm.gas";
    /// Bytes of stack that are left, i32.
    pub const STACK: &str = "govm.stack";
    /// 1 after a refused growth, i32.
    pub const GROW_FAILED: &str = "govm.grow_failed";
}

/// The version of what a contract can observe of the transformation; compiled code is cached under it.
pub(crate) const INSTRUMENTATION_VERSION: u32 = 2;

/// The accounted stack of one call, in bytes. The native stack is [four times](crate::compile::NATIVE_STACK_BYTES) as
/// large, so that a native overflow cannot come first.
pub const STACK_BYTES: i32 = 4 << 20;

/// A module that cannot be instrumented: it was not checked, or the transformation has a bug.
#[derive(Debug, thiserror::Error)]
#[error("instrumentation: {0}")]
pub(crate) struct InstrumentError(String);

impl InstrumentError {
    fn new(cause: impl std::fmt::Display) -> Self {
        Self(cause.to_string())
    }
}

/// Instruments a checked module. `heights` has the largest operand stack height of each of its functions, in order.
pub(crate) fn instrument(wasm: &[u8], heights: &[u32], max_pages: u32) -> Result<Vec<u8>, InstrumentError> {
    let mut sections = Sections::default();
    let mut bodies: Vec<FunctionBody<'_>> = Vec::with_capacity(heights.len());
    let mut raw = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload.map_err(InstrumentError::new)?;
        match &payload {
            Payload::CodeSectionEntry(body) => bodies.push(body.clone()),
            Payload::CodeSectionStart { .. } | Payload::CustomSection(_) => {}
            _ => {
                let copied = sections.take(&payload, max_pages)?;
                if let (false, Some((id, range))) = (copied, payload.as_section()) {
                    raw.push(RawSection { id, data: &wasm[range.start as usize..range.end as usize] });
                }
            }
        }
    }
    let layout = sections.finish();
    if bodies.len() != heights.len() {
        return Err(InstrumentError::new("functions and heights differ in number"));
    }
    let mut code = CodeSection::new();
    for (index, (body, &height)) in bodies.iter().zip(heights).enumerate() {
        code.function(&instrument_body(body, index, height, &mut sections, layout).map_err(InstrumentError::new)?);
    }
    sections.shims(&mut code, layout);
    let instrumented = sections.assemble(&raw, &code);
    validate(&instrumented).map_err(InstrumentError::new)?;
    Ok(instrumented)
}

/// The indexes of the added globals.
#[derive(Debug, Clone, Copy)]
struct Layout {
    gas: u32,
    stack: u32,
    grow_failed: u32,
}
