//! The command line.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand};
use govm_core::{Address, EventPosition, Hash, ObjectId, ParseIdError};

/// Who sends a call if nobody is named.
const DEFAULT_SENDER: &str = "0x0000000000000000000000000000000000000001";

/// What a call may use if nothing is said: about a second of computing.
const DEFAULT_GAS_LIMIT: u64 = 1_000_000_000;

/// What a program may use if nothing is said: some minutes of computing.
const DEFAULT_PROGRAM_GAS_LIMIT: u64 = 1_000_000_000_000;

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
  govm deploy counter.go                    build and deploy a contract
  govm call 0xADDRESS Initialize            call one of its functions";

const RUN_HELP: &str = "\
Exit codes: the program's own; 124 out of gas, 125 the sandbox failed, 126 the module cannot run, 127 there is no such
file, 134 the program trapped.

Tests of Go packages:
  GOOS=wasip1 GOARCH=wasm go test -exec 'govm run --here' strings strconv";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Build a Go contract to WebAssembly
    Build(Build),
    /// Deploy a contract: a .wasm file, or Go source that is built first
    Deploy(Deploy),
    /// Call a function of a contract; a block with the call is committed if it succeeds
    Call(Call),
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

    #[command(flatten)]
    pub(crate) go: Go,
}

#[derive(Debug, Args)]
pub(crate) struct Deploy {
    /// A .wasm file, a .go file, or a folder of Go files
    pub(crate) path: PathBuf,

    /// Who deploys
    #[arg(long, default_value = DEFAULT_SENDER, value_name = "ADDRESS")]
    pub(crate) from: Address,

    /// The most gas that the deployment may use
    #[arg(long, default_value_t = DEFAULT_GAS_LIMIT, value_name = "GAS")]
    pub(crate) gas_limit: u64,

    #[command(flatten)]
    pub(crate) go: Go,
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
}

/// A query: a call, and the state that it reads.
#[derive(Debug, Args)]
pub(crate) struct Query {
    #[command(flatten)]
    pub(crate) call: Call,

    #[command(flatten)]
    pub(crate) at: At,
}

#[derive(Debug, Args)]
pub(crate) struct Prove {
    /// The object's id
    #[arg(required_unless_present = "account")]
    pub(crate) object: Option<ObjectId>,

    /// The name of one of its fields [default: the object's contract and owner are proven]
    pub(crate) field: Option<String>,

    /// Prove an account instead
    #[arg(long, value_name = "ADDRESS", conflicts_with_all = ["object", "field"])]
    pub(crate) account: Option<Address>,

    /// Where to write the proof [default: standard output]
    #[arg(short, long, value_name = "FILE.json")]
    pub(crate) output: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) at: At,
}

/// How a block is named.
#[derive(Debug, Clone)]
pub(crate) enum BlockName {
    Height(u64),
    Hash(Hash),
}

impl FromStr for BlockName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.starts_with("0x") {
            return text.parse().map(Self::Hash).map_err(|error: ParseIdError| error.to_string());
        }
        text.parse().map(Self::Height).map_err(|_| "a block is named by its height or its hash".to_owned())
    }
}

#[derive(Debug, Args)]
pub(crate) struct Events {
    /// The contract's address
    pub(crate) contract: Address,

    /// Only events of this name
    #[arg(long)]
    pub(crate) name: Option<String>,

    /// Go on behind this place: the last one that was listed
    #[arg(long, value_name = "HEIGHT:CALL:EVENT", value_parser = place)]
    pub(crate) after: Option<EventPosition>,

    /// How many
    #[arg(long, default_value_t = 100, value_name = "N")]
    pub(crate) limit: usize,
}

/// Reads the place of an event, as it is listed.
fn place(text: &str) -> Result<EventPosition, String> {
    let read = || {
        let mut parts = text.split(':');
        let height = parts.next()?.parse().ok()?;
        let call = parts.next()?.parse().ok()?;
        let event = parts.next()?.parse().ok()?;
        parts.next().is_none().then_some(EventPosition { height, call, event })
    };
    read().ok_or_else(|| "the place of an event is written HEIGHT:CALL:EVENT, as `govm events` lists it".to_owned())
}

#[derive(Debug, Subcommand)]
pub(crate) enum State {
    /// Write the newest state to a file: the same state gives the same bytes
    Export {
        /// Where to write
        file: PathBuf,
    },
    /// Make a new state of an exported one, in a data directory that has none
    Import {
        /// The exported state
        file: PathBuf,
    },
    /// Read everything, and tell what does not fit together
    Check,
    /// Give the room of what was deleted and replaced back to the disk
    Compact,
    /// Show how much there is of what
    Stats,
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    /// The program: a WebAssembly command module for WASI preview 1
    #[arg(value_name = "MODULE.wasm")]
    pub(crate) module: PathBuf,

    /// The program's arguments
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) args: Vec<String>,

    /// Copy a folder in, to this absolute path in the program's file system; what the program writes is gone at its end
    #[arg(long, value_name = "HOST::GUEST", value_parser = folder)]
    pub(crate) dir: Vec<Folder>,

    /// Copy the current folder in, to the same path, and start there
    #[arg(long)]
    pub(crate) here: bool,

    /// Set a variable of the program's environment, which is empty but for PWD
    #[arg(long, value_name = "K=V", value_parser = variable)]
    pub(crate) env: Vec<(String, String)>,

    /// The most gas that the program may use
    #[arg(long, default_value_t = DEFAULT_PROGRAM_GAS_LIMIT, value_name = "GAS")]
    pub(crate) gas_limit: u64,

    /// Give the program the machine's clock and random numbers; two runs may then differ
    #[arg(long)]
    pub(crate) realtime: bool,

    /// Say how much gas was used, on standard error
    #[arg(long)]
    pub(crate) show_gas: bool,
}

/// A folder that is copied in.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    pub(crate) host: PathBuf,
    pub(crate) guest: PathBuf,
}

fn folder(text: &str) -> Result<Folder, String> {
    let (host, guest) = text.split_once("::").ok_or("expected HOST::GUEST, like ./data::/data")?;
    if !guest.starts_with('/') {
        return Err(format!("the program's path {guest:?} does not start with /"));
    }
    Ok(Folder { host: host.into(), guest: guest.into() })
}

fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn every_command_line_is_well_defined() {
        super::Cli::command().debug_assert();
    }
}
