//! One module for each command.

mod build;
mod call;
mod demo;
mod deploy;
mod inspect;

use std::time::{SystemTime, UNIX_EPOCH};

use govm_core::BlockInfo;

use crate::args::{Cli, Command};
use crate::failure::Failure;
use crate::output::Output;

/// Runs the command.
pub(crate) fn run(cli: Cli, output: &Output) -> Result<(), Failure> {
    let data_dir = cli.data_dir.as_path();
    match cli.command {
        Command::Build(args) => build::run(&args, output),
        Command::Deploy(args) => deploy::run(&args, data_dir, output),
        Command::Call(args) => call::call(&args, data_dir, output),
        Command::Query(args) => call::query(&args, data_dir, output),
        Command::Object { id } => inspect::object(&id, data_dir, output),
        Command::Objects(args) => inspect::objects(&args, data_dir, output),
        Command::Contract { address } => inspect::contract(&address, data_dir, output),
        Command::Contracts => inspect::contracts(data_dir, output),
        Command::Account { address } => inspect::account(&address, data_dir, output),
        Command::Fund { address, amount } => inspect::fund(&address, amount, data_dir, output),
        Command::Demo { go } => demo::run(&go, output),
    }
}

/// A block that begins now.
fn block_info() -> BlockInfo {
    BlockInfo { time_ns: now_ns(), proposer_data: Vec::new() }
}

/// The time of day, in nanoseconds since the Unix epoch; the epoch itself on a clock that stands before it.
fn now_ns() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}
