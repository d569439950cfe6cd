//! The tinygo command: where it is, and whether it is new enough.

use std::env::consts::EXE_SUFFIX;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::ToolchainError;
use crate::toolchain::{parse, search};

/// The oldest TinyGo that makes contracts: 0.43 is the first whose WebAssembly can recover from a panic, by which the SDK
/// turns it, and every failed `core.Require`, into the call's error, and the first that leaves paths out of what it makes.
const MIN_VERSION: (u32, u32) = (0, 43);

/// A TinyGo command that is new enough to compile contracts.
///
/// How it is run is tested against a stand-in that writes down what it was asked: no module that TinyGo made was run by the
/// tests of this crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TinyGo {
    command: PathBuf,
    version: String,
}

impl TinyGo {
    /// Looks for TinyGo: at the explicit place alone if one is given (a tinygo command or the folder that TinyGo is installed
    /// in), else along `path`, a list of folders like the variable PATH. The first that is new enough is taken.
    ///
    /// # Errors
    /// [`ToolchainError`]: about the explicit place if there is one, else about the first candidate, if there was any.
    pub fn find(explicit: Option<&Path>, path: Option<&OsStr>) -> Result<Self, ToolchainError> {
        let command = format!("tinygo{EXE_SUFFIX}");
        search(&command, explicit, path, &[], Self::at)?.ok_or(ToolchainError::TinyGoNotFound)
    }

    /// The TinyGo whose command is at a path.
    fn at(command: PathBuf) -> Result<Self, ToolchainError> {
        let command = std::path::absolute(&command).unwrap_or(command);
        // It looks for its version nowhere but in itself; what else it asks for may be missing.
        let output = match Command::new(&command).arg("version").env_clear().stdin(Stdio::null()).output() {
            Ok(output) => output,
            Err(error) => {
                return Err(ToolchainError::TinyGoUnusable { path: command, reason: error.to_string() });
            }
        };
        let text = String::from_utf8_lossy(&output.stdout);
        let version = text.strip_prefix("tinygo version ").and_then(|rest| rest.split_whitespace().next());
        let Some((version, numbers)) = version.and_then(|version| Some((version.to_owned(), parse(version)?))) else {
            let reason = "it does not tell a TinyGo version".to_owned();
            return Err(ToolchainError::TinyGoUnusable { path: command, reason });
        };
        if numbers < MIN_VERSION {
            return Err(ToolchainError::TinyGoTooOld { path: command, found: version });
        }
        Ok(Self { command, version })
    }

    /// The path of the tinygo command.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.command
    }

    /// The version, for example `0.43.0`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }
}
