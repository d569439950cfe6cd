//! `govm bench`: what things cost on this machine.

mod block;
mod calls;

use govm_core::Address;

use crate::args::{Bench, Data};
use crate::failure::Failure;
use crate::output::Output;

/// The contract that counts: that of `govm demo`.
const COUNTER: &str = include_str!("../../demo/counter.go");

/// Who deploys, and whose the counters are.
const OWNER: Address = Address::from_bytes([0xbe; 20]);

pub(crate) fn run(command: &Bench, data: &Data, output: &Output) -> Result<(), Failure> {
    match command {
        Bench::Block(args) => block::run(args, data, output),
        Bench::Calls(args) => calls::run(args, output),
    }
}
