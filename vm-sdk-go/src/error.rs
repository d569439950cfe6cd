//! Why there is no Go, and why a contract was not built.

use std::io;
use std::path::PathBuf;

use crate::diagnostic::{Diagnostic, lines};

/// Why no usable Go, or TinyGo, was found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ToolchainError {
    /// There is none in any of the places.
    #[error(
        "Go was not found, and contracts are compiled with it: install Go 1.24 or newer so that `go` is on the PATH, \
         or say where the go command is"
    )]
    NotFound,
    /// The best that was found is too old.
    #[error("{} is Go {found}, and contracts need Go 1.24 or newer: install a newer one, or say where it is", path.display())]
    TooOld {
        /// The go command.
        path: PathBuf,
        /// Its version, for example `1.22.3`.
        found: String,
    },
    /// What should be a go command is none.
    #[error("{} is not a usable go command ({reason}): install Go 1.24 or newer, or say where the go command is", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What it did when it was asked for its version.
        reason: String,
    },
    /// There is no TinyGo in any of the places.
    #[error(
        "TinyGo was not found: install TinyGo 0.43 or newer (tinygo.org) so that `tinygo` is on the PATH, say where the \
         tinygo command is, or compile with Go"
    )]
    TinyGoNotFound,
    /// The best TinyGo that was found is too old.
    #[error(
        "{} is TinyGo {found}, and contracts need TinyGo 0.43 or newer: older ones cannot recover from a panic in \
         WebAssembly; install a newer one, say where it is, or compile with Go",
        path.display()
    )]
    TinyGoTooOld {
        /// The tinygo command.
        path: PathBuf,
        /// Its version, for example `0.39.0`.
        found: String,
    },
    /// What should be a tinygo command is none.
    #[error(
        "{} is not a usable tinygo command ({reason}): install TinyGo 0.43 or newer (tinygo.org), say where the tinygo \
         command is, or compile with Go",
        path.display()
    )]
    TinyGoUnusable {
        /// The file.
        path: PathBuf,
        /// What it did when it was asked for its version.
        reason: String,
    },
}

/// Why a contract was not built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// There is nothing at the path.
    #[error("there is no file or folder {}: a contract is a .go file or a folder of them", path.display())]
    SourceNotFound {
        /// The path.
        path: PathBuf,
    },
    /// The path is neither a Go file nor a folder.
    #[error("{} is not a Go file: a contract is a .go file or a folder of them", path.display())]
    NotGo {
        /// The path.
        path: PathBuf,
    },
    /// The folder has no Go files but tests.
    #[error(
        "there are no Go files in {}: a contract is a .go file or a folder of them (tests do not count){}",
        path.display(),
        found_below(below)
    )]
    NoGoFiles {
        /// The folder.
        path: PathBuf,
        /// The folders in it that have some.
        below: Vec<PathBuf>,
    },
    /// The contract is wrong. The text has a line for each diagnostic.
    #[error("{}", lines(diagnostics))]
    Contract {
        /// What Go or the SDK says about it, with the user's file names; at least one is an error.
        diagnostics: Vec<Diagnostic>,
    },
    /// There is no client for an ABI.
    #[error("{reason}")]
    NoClient {
        /// What of the ABI is in the way.
        reason: String,
    },
    /// The Go toolchain failed in a way that is not the contract's doing.
    #[error("`{command}` failed: the Go toolchain may be damaged or its cache full\n{output}")]
    Toolchain {
        /// The go command line, shortened.
        command: String,
        /// What it printed.
        output: String,
    },
    /// A file could not be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried, for example `read`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

impl BuildError {
    /// For `map_err` after an operation on a file.
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }
}

/// Where there are Go files instead.
fn found_below(folders: &[PathBuf]) -> String {
    const MAX_SHOWN: usize = 3;
    let shown: Vec<_> = folders.iter().take(MAX_SHOWN).map(|folder| folder.display().to_string()).collect();
    match folders.len() {
        0 => String::new(),
        count if count > MAX_SHOWN => format!("; there are some in {} and other folders", shown.join(", ")),
        _ => format!("; there are some in {}", shown.join(", ")),
    }
}
