//! The arguments of the commands for those who write contracts.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use govm_sdk_go::Template;

use super::Go;

/// What compiles a contract.
#[derive(Debug, Args)]
pub(crate) struct Compile {
    /// What compiles: Go, or TinyGo after Go has checked
    #[arg(long, value_enum, default_value_t = Compiler::Go)]
    pub(crate) compiler: Compiler,

    /// The tinygo command, or the folder that TinyGo is in [default: from PATH]
    #[arg(long, env = "GOVM_TINYGO", value_name = "PATH")]
    pub(crate) tinygo: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) go: Go,
}

/// A compiler of contracts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Compiler {
    /// Go's own
    Go,
    /// TinyGo: docs/wasi_contracts.md tells what is known of it
    #[value(name = "tinygo")]
    TinyGo,
}

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

#[derive(Debug, Args)]
pub(crate) struct New {
    /// The folder to make; its name becomes the contract's
    pub(crate) path: PathBuf,

    /// What to begin with
    #[arg(long, default_value = "counter", value_parser = template(), value_name = "TEMPLATE")]
    pub(crate) template: Template,
}

/// Reads a template's name.
fn template() -> impl TypedValueParser<Value = Template> {
    PossibleValuesParser::new(Template::ALL.map(Template::name)).map(|name| {
        // The parser before has refused all others.
        Template::ALL.into_iter().find(|template| template.name() == name).unwrap_or(Template::Empty)
    })
}

#[derive(Debug, Args)]
pub(crate) struct Size {
    /// A .go file, or a folder of them
    pub(crate) path: PathBuf,

    /// How many packages, and how many functions of each, to list
    #[arg(long, default_value_t = 20, value_name = "NUMBER")]
    pub(crate) limit: usize,

    /// List the functions of this package, or of all packages below it
    #[arg(long, value_name = "PACKAGE")]
    pub(crate) package: Option<String>,

    #[command(flatten)]
    pub(crate) go: Go,
}

#[derive(Debug, Args)]
pub(crate) struct Bindgen {
    /// The language to write in
    #[arg(value_parser = ["go"])]
    pub(crate) language: String,

    /// A .wasm file with its ABI in it, or the ABI as JSON
    pub(crate) path: PathBuf,

    /// Where to write [default: standard output]
    #[arg(short, long, value_name = "FILE.go")]
    pub(crate) output: Option<PathBuf>,

    /// The name of the Go package [default: the contract's, with client behind it]
    #[arg(long, default_value = "", hide_default_value = true, value_name = "NAME")]
    pub(crate) package: String,

    /// What to put before the names of types, for a file of a package that has others
    #[arg(long, default_value = "", hide_default_value = true, value_name = "PREFIX")]
    pub(crate) prefix: String,

    #[command(flatten)]
    pub(crate) go: Go,
}

pub(super) const BINDGEN_HELP: &str = "\
The client is a package of the module of the contract that calls, or with --prefix a file of the contract's own package:

  govm bindgen go token.wasm -o tokenclient/client.go
  govm bindgen go token.wasm --package shop --prefix Token -o shop/token_client.go";
