//! What `govm run` takes.

use std::path::PathBuf;

use clap::Args;

/// What a program may use if nothing is said: some minutes of computing.
const DEFAULT_PROGRAM_GAS_LIMIT: u64 = 1_000_000_000_000;

pub(super) const RUN_HELP: &str = "\
Exit codes: the program's own; 124 out of gas, 125 the sandbox failed, 126 the module cannot run, 127 there is no such
file, 134 the program trapped.

Tests of Go packages:
  GOOS=wasip1 GOARCH=wasm go test -exec 'govm run --here' strings strconv";

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
