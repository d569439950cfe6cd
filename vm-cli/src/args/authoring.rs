//! The arguments of the commands for those who write contracts.

use std::path::PathBuf;

use clap::Args;

use super::Go;

#[derive(Debug, Args)]
pub(crate) struct Vet {
    /// A .go file, or a folder of them
    pub(crate) path: PathBuf,

    /// Refuse go, select, channels and recover too
    #[arg(long)]
    pub(crate) strict: bool,

    /// Fail if there are warnings
    #[arg(long)]
    pub(crate) deny_warnings: bool,

    #[command(flatten)]
    pub(crate) go: Go,
}

pub(super) const VET_HELP: &str = "\
`govm build` and `govm deploy` check the same. A comment on the line, or on the line above,
says that something is meant to be so:

  //govm:allow global it counts within one call

docs/checks.md lists what is checked.";
