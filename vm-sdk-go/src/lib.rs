//! Builds govm contracts from Go source: the Go SDK, embedded, and the driver of the Go toolchain.
//!
//! - [`GoToolchain`] is a Go command that is new enough; [`find`](GoToolchain::find) looks for one.
//! - [`Builder`] makes a [`BuiltContract`] of a `.go` file or a folder: it copies the source and the SDK into a temporary
//!   module, lets the SDK's generator check the contract and write its dispatch code and ABI, compiles both for
//!   `wasip1/wasm`, and puts the ABI into the custom section [`ABI_SECTION`].
//!   [`check`](Builder::check) does only the checking.
//!   [`Builder::tinygo`] compiles with TinyGo instead of Go, which is [not tested with a real TinyGo](TinyGo).
//! - [`BuildError`] tells a contract that is wrong from a machine that cannot build. What is wrong with a contract are
//!   [`Diagnostic`]s: in Go's own words where Go finds it, with the user's file names; some are only warnings.
//! - [`Builder::client`] writes a Go client of contracts with an ABI, and [`Builder::size`] tells what a module is made of.
//! - [`new_project`] writes a Go module to begin with: a contract, its tests, and the SDK.
//!
//! A build uses no network and nothing of the user's Go settings. The same source and Go version give the same bytes, in
//! whatever folder and on whatever machine.
//!
//! Like every library of govm, this one reads no environment: where to look for Go, and where to keep Go's build cache, is
//! said by the caller.
//!
//! ```
//! use govm_sdk_go::{GoToolchain, ToolchainError};
//!
//! // Go is looked for where it is said: here nowhere, so there is none.
//! let error = GoToolchain::find(None, None, &[]).unwrap_err();
//! assert!(matches!(error, ToolchainError::NotFound));
//! ```
//!
//! ```no_run
//! use std::path::Path;
//! use govm_sdk_go::{Builder, GoToolchain};
//!
//! let go = GoToolchain::find(None, std::env::var_os("PATH").as_deref(), &[])?;
//! let contract = Builder::new(go, "/var/cache/govm").build(Path::new("counter.go"))?;
//! std::fs::write("counter.wasm", contract.wasm)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod builder;
mod diagnostic;
mod error;
mod project;
mod size;
mod source;
mod tinygo;
mod toolchain;

pub use builder::{ABI_SECTION, Builder, BuiltContract, ClientOptions};
pub use diagnostic::{Diagnostic, Place, Severity};
pub use error::{BuildError, ToolchainError};
pub use project::{Project, ProjectError, Template, new_project};
pub use size::{FunctionSize, PackageSize, SizeReport};
pub use tinygo::TinyGo;
pub use toolchain::GoToolchain;
