//! The arguments of the commands that execute many calls.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::Go;

#[derive(Debug, Args)]
pub(crate) struct Batch {
    /// The calls, one JSON object on each line
    #[arg(value_name = "FILE.jsonl")]
    pub(crate) file: PathBuf,

    /// How many calls a block has
    #[arg(long, default_value_t = 1_000, value_name = "CALLS", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) block_size: u32,

    /// How many threads execute [default: as many as the machine runs at once]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1_024))]
    pub(crate) threads: Option<u16>,

    /// One thread does everything in turn: a block is on disk before the next one begins
    #[arg(long, conflicts_with = "threads")]
    pub(crate) sync: bool,
}

pub(super) const BATCH_HELP: &str = "\
A line is a call:
  {\"contract\": \"0x…\", \"function\": \"Add\", \"args\": [\"0x…\", 5], \"from\": \"0x…\"}
\"args\", \"from\", \"value\" and \"gas_limit\" may be left out. Nothing is executed if a line is wrong.
`govm bench block --make KIND` writes such files. docs/batch.md says the rest.";

#[derive(Debug, Subcommand)]
pub(crate) enum Bench {
    /// Deploy a contract with what it needs, and write a file of calls for `govm batch`
    Block(BenchBlock),

    /// Measure calls of contracts in memory: warm, in turn, nested, the first of a process
    Calls(BenchCalls),
}

#[derive(Debug, Args)]
pub(crate) struct BenchCalls {
    /// How many contracts, each with code of its own, are called in turn
    #[arg(long, default_value_t = 50, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(crate) contracts: u32,

    #[command(flatten)]
    pub(crate) go: Go,
}

#[derive(Debug, Args)]
pub(crate) struct BenchBlock {
    /// What the calls do
    #[arg(long, value_name = "KIND")]
    pub(crate) make: Load,

    /// Where to write the calls
    #[arg(short, long, value_name = "FILE.jsonl")]
    pub(crate) output: PathBuf,

    /// How many calls
    #[arg(long, default_value_t = 100_000, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    pub(crate) calls: u64,

    /// How many counters or accounts there are [default: 1,000 counters, 10,000 accounts]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    pub(crate) among: Option<u64>,

    /// How uneven transfers are: account n takes part with a weight of 1/n^S
    #[arg(long, default_value_t = 0.9, value_name = "S")]
    pub(crate) zipf: f64,

    #[command(flatten)]
    pub(crate) go: Go,
}

/// What calls of a test load do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Load {
    /// Count up many counters, one after the other: no call has to do with another of its block
    Counters,
    /// Move coins among accounts, some of which take part more often than others
    Transfers,
    /// Count up one counter: each call has to do with the one before
    Hot,
}
