//! What `govm test` and its engine take.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Go;

pub(super) const TEST_HELP: &str = "\
Tests that use github.com/govm-net/vm/coretest run as plain Go, against the contracts compiled to WebAssembly, or both ways
with the results compared after each call. docs/testing.md tells how to write them.

  govm test                                     both ways, all packages of the current folder
  govm test contracts --gas-snapshot gas.txt    write down what each function costs
  govm test contracts --gas-snapshot gas.txt --check
  govm test . --mode native -- -race -cover -run Transfer";

#[derive(Debug, Args)]
pub(crate) struct Test {
    /// The folder with the packages to test
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,

    /// How contracts run
    #[arg(long, value_enum, default_value_t = Mode::Both)]
    pub(crate) mode: Mode,

    /// Print what each function cost
    #[arg(long)]
    pub(crate) gas: bool,

    /// Write what each function cost to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) gas_snapshot: Option<PathBuf>,

    /// Compare with the file instead of writing it, and fail if anything changed
    #[arg(long, requires = "gas_snapshot")]
    pub(crate) check: bool,

    #[command(flatten)]
    pub(crate) go: Go,

    /// What else `go test` is to be told
    #[arg(last = true)]
    pub(crate) go_args: Vec<String>,
}

/// How contracts run in a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    /// As plain Go
    Native,
    /// Compiled, in the engine
    Wasm,
    /// Both ways, and compared
    Both,
}

impl Mode {
    /// The name by which `coretest` knows it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Wasm => "wasm",
            Self::Both => "both",
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Harness {
    /// Keep modules that were built in this folder, for the other engines of the same run
    #[arg(long, value_name = "DIR")]
    pub(crate) builds: Option<PathBuf>,

    /// Write down in this folder what each call cost
    #[arg(long, value_name = "DIR")]
    pub(crate) gas: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) go: Go,
}
