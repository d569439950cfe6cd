//! The command line.

mod authoring;
mod batching;
mod looking;
mod running;
mod testing;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use govm_core::{Address, Hash, ObjectId};

use authoring::{BINDGEN_HELP, VET_HELP};
pub(crate) use authoring::{Bindgen, Compile, Compiler, New, Size, Vet};
use batching::BATCH_HELP;
pub(crate) use batching::{Batch, Bench, BenchBlock, BenchCalls, Load};
pub(crate) use looking::{BlockName, Events, Prove, State};
use running::RUN_HELP;
pub(crate) use running::{Folder, Run};
use testing::TEST_HELP;
pub(crate) use testing::{Harness, Mode, Test};

/// Who sends a call if nobody is named.
pub(crate) const DEFAULT_SENDER: &str = "0x0000000000000000000000000000000000000001";

/// What a call may use if nothing is said: about a tenth of a second of computing.
pub(crate) const DEFAULT_GAS_LIMIT: u64 = 1_000_000_000;
/// More than the largest module needs.
pub(crate) const DEFAULT_DEPLOY_GAS_LIMIT: u64 = 100_000_000_000;

/// Smart contracts in ordinary Go: build, deploy, call.
#[derive(Debug, Parser)]
#[command(name = "govm", version, max_term_width = 100, after_help = AFTER_HELP, propagate_version = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) data: Data,

    /// Print JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Where the state is, and how it is written.
#[derive(Debug, Args)]
pub(crate) struct Data {
    /// Where the state is kept
    #[arg(long = "data-dir", id = "data_dir", global = true, env = "GOVM_DATA_DIR", default_value = "./.govm")]
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,

    /// How many blocks back the state stays readable, for commands that write [default: 256]
    #[arg(long, global = true, value_name = "BLOCKS")]
    pub(crate) history: Option<u64>,
}

/// Which state is read.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct At {
    /// Read the state as of this height [default: the newest]
    #[arg(long, value_name = "HEIGHT")]
    pub(crate) at: Option<u64>,
}

const AFTER_HELP: &str = "\
Exit codes: 0 done, 1 the contract failed or a proof does not hold, 2 wrong usage or input,
3 the host failed (disk, damaged state, Go toolchain).

Start here:
  govm demo                                 watch the whole story
  govm new shop --template counter          write a contract with tests
  govm deploy counter.go                    build and deploy a contract
  govm call 0xADDRESS Initialize            call one of its functions";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Build a Go contract to WebAssembly
    Build(Build),
    /// Write a contract to begin with: a Go module with tests, which needs no network
    New(New),
    /// Check a Go contract without building it
    #[command(after_help = VET_HELP)]
    Vet(Vet),
    /// Test contracts as plain Go and as WebAssembly, and report what their functions cost
    #[command(after_help = TEST_HELP)]
    Test(Test),
    /// Execute what a Go test asks for on standard input, one JSON document a line; `govm test` starts it
    #[command(hide = true)]
    Harness(Harness),
    /// Show what a contract's module is made of, by package and function, and what needs it
    Size(Size),
    /// Write a typed client by which contracts call contracts with an ABI
    #[command(after_help = BINDGEN_HELP)]
    Bindgen(Bindgen),
    /// Deploy a contract: a .wasm file, or Go source that is built first
    Deploy(Deploy),
    /// Call a function of a contract; a block with the call is committed if it succeeds
    Call(Call),
    /// Execute a file of calls, block by block
    #[command(after_help = BATCH_HELP)]
    Batch(Batch),
    /// Measure calls, make test loads
    #[command(subcommand)]
    Bench(Bench),
    /// Call a function of a contract and write nothing
    Query(Query),
    /// Show an object and its fields
    Object {
        /// The object's id
        id: ObjectId,
        #[command(flatten)]
        at: At,
    },
    /// List the objects of an owner, of a contract, or of both
    Objects(Objects),
    /// Show a contract and its functions
    Contract {
        /// The contract's address
        address: Address,
        #[command(flatten)]
        at: At,
    },
    /// List the deployed contracts
    Contracts,
    /// Show an account
    Account {
        /// The account's address
        address: Address,
        #[command(flatten)]
        at: At,
    },
    /// Add to an account's balance out of nothing, to try payments with
    Fund {
        /// The account's address
        address: Address,
        /// How much
        amount: u64,
    },
    /// Show the root of the state
    Root(At),
    /// Prove what the state holds to somebody who trusts only its root
    Prove(Prove),
    /// Check a proof against a root; no state is needed
    VerifyProof {
        /// The file that `govm prove` wrote
        file: PathBuf,
        /// The root that is trusted
        #[arg(long, value_name = "0x…")]
        root: Hash,
    },
    /// List blocks, the newest first
    Blocks {
        /// The height to begin with [default: the newest]
        #[arg(long, value_name = "HEIGHT")]
        from: Option<u64>,
        /// How many
        #[arg(long, default_value_t = 20, value_name = "N")]
        limit: usize,
    },
    /// Show a block with its receipts and events
    Block {
        /// Its height or hash
        block: BlockName,
    },
    /// List the events of a contract, the oldest first
    Events(Events),
    /// Export, import, check, compact or measure the whole state
    #[command(subcommand)]
    State(State),
    /// Look after the machine code that is kept beside the state
    #[command(subcommand)]
    Cache(Cache),
    /// Run a WASI program in a sandbox: no files but those that are copied in, no network, counted gas
    #[command(after_help = RUN_HELP)]
    Run(Run),
    /// Show a contract being built, deployed and called, from source to stored state
    Demo {
        #[command(flatten)]
        go: Go,
    },
}

#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum Cache {
    /// Show how much is kept
    Stats,
    /// Delete it; contracts are compiled again when they are called
    Clear,
    /// Compile every deployed contract that is not kept yet
    Warm,
}

/// Where Go is.
#[derive(Debug, Args)]
pub(crate) struct Go {
    /// The go command to build with, or the folder that Go is in [default: from PATH]
    #[arg(long = "go", id = "go", env = "GOVM_GO", value_name = "PATH")]
    pub(crate) path: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Build {
    /// A .go file, or a folder of them
    pub(crate) path: PathBuf,

    /// Where to write the module [default: the source's name with .wasm, in the current folder]
    #[arg(short, long, value_name = "FILE.wasm")]
    pub(crate) output: Option<PathBuf>,

    /// Refuse go, select, channels and recover, which the VM makes deterministic
    #[arg(long)]
    pub(crate) strict: bool,

    #[command(flatten)]
    pub(crate) compile: Compile,
}

#[derive(Debug, Args)]
pub(crate) struct Deploy {
    /// A .wasm file, a .go file, or a folder of Go files
    pub(crate) path: PathBuf,

    /// Who deploys
    #[arg(long, default_value = DEFAULT_SENDER, value_name = "ADDRESS")]
    pub(crate) from: Address,

    /// The most gas that the deployment may use
    #[arg(long, default_value_t = DEFAULT_DEPLOY_GAS_LIMIT, value_name = "GAS")]
    pub(crate) gas_limit: u64,

    #[command(flatten)]
    pub(crate) compile: Compile,
}

#[derive(Debug, Args)]
pub(crate) struct Objects {
    /// Only what this address owns
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) owner: Option<Address>,

    /// Only what this contract created
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) contract: Option<Address>,

    /// Go on after this object
    #[arg(long, value_name = "ID")]
    pub(crate) after: Option<ObjectId>,

    /// How many to list at most
    #[arg(long, default_value_t = 100, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) limit: u32,

    #[command(flatten)]
    pub(crate) at: At,
}

#[derive(Debug, Args)]
pub(crate) struct Call {
    /// The contract's address
    pub(crate) contract: Address,

    /// The function's name
    pub(crate) function: String,

    /// The arguments: numbers, true, text, 0x…, JSON for lists and structs
    #[arg(allow_negative_numbers = true)]
    pub(crate) args: Vec<String>,

    /// Who calls
    #[arg(long, default_value = DEFAULT_SENDER, value_name = "ADDRESS")]
    pub(crate) from: Address,

    /// The amount to send with the call
    #[arg(long, default_value_t = 0, value_name = "AMOUNT")]
    pub(crate) value: u64,

    /// The most gas that the call may use
    #[arg(long, default_value_t = DEFAULT_GAS_LIMIT, value_name = "GAS")]
    pub(crate) gas_limit: u64,

    /// Show what the call did: the calls in it, and the host functions with the gas that each took
    #[arg(long)]
    pub(crate) trace: bool,
}

/// A query: a call, and the state that it reads.
#[derive(Debug, Args)]
pub(crate) struct Query {
    #[command(flatten)]
    pub(crate) call: Call,

    #[command(flatten)]
    pub(crate) at: At,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn every_command_line_is_well_defined() {
        super::Cli::command().debug_assert();
    }
}
