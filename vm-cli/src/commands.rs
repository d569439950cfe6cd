//! One module for each command.

mod batch;
mod bench;
mod bindgen;
mod blocks;
mod build;
mod cache;
mod call;
mod demo;
mod deploy;
mod harness;
mod inspect;
mod new;
mod own;
mod proof;
mod run;
mod size;
mod state;
mod testing;
mod vet;

use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use govm_core::BlockInfo;

use crate::args::{Cli, Command};
use crate::failure::Failure;
use crate::output::Output;

/// Runs the command; the exit code is 0 but for `govm run`.
pub(crate) fn run(cli: Cli, output: &Output) -> Result<ExitCode, Failure> {
    let (data, dir) = (&cli.data, cli.data.dir.as_path());
    let done = match cli.command {
        Command::Run(args) => return run::run(args, output),
        Command::Build(args) => build::run(&args, output),
        Command::New(args) => new::run(&args, output),
        Command::Bindgen(args) => bindgen::run(&args, output),
        Command::Size(args) => size::run(&args, output),
        Command::Vet(args) => vet::run(&args, output),
        Command::Test(args) => testing::run(&args, output),
        Command::Harness(args) => harness::run(&args),
        Command::Deploy(args) => deploy::run(&args, data, output),
        Command::Call(args) => call::call(&args, data, output),
        Command::Batch(args) => batch::run(&args, data, output),
        Command::Bench(command) => bench::run(&command, data, output),
        Command::Query(args) => call::query(&args, dir, output),
        Command::Object { id, at } => inspect::object(&id, at, dir, output),
        Command::Objects(args) => inspect::objects(&args, dir, output),
        Command::Contract { address, at } => inspect::contract(&address, at, dir, output),
        Command::Contracts => inspect::contracts(dir, output),
        Command::Account { address, at } => inspect::account(&address, at, dir, output),
        Command::Fund { address, amount } => inspect::fund(&address, amount, data, output),
        Command::Root(at) => proof::root(at, dir, output),
        Command::Prove(args) => proof::prove(&args, dir, output),
        Command::VerifyProof { file, root } => proof::verify(&file, &root, output),
        Command::Blocks { from, limit } => blocks::list(from, limit, dir, output),
        Command::Block { block } => blocks::show(&block, dir, output),
        Command::Events(args) => blocks::events(&args, dir, output),
        Command::State(command) => state::run(&command, data, output),
        Command::Cache(command) => cache::run(command, dir, output),
        Command::Demo { go } => demo::run(&go, output),
    };
    done.map(|()| ExitCode::SUCCESS)
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
