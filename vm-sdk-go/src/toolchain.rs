//! The go command: where it is, whether it is new enough, and how it is run.

use std::env::consts::EXE_SUFFIX;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::ToolchainError;

/// The oldest Go that can build contracts: 1.24 is the first that exports functions to WebAssembly from a library module
/// and keeps the programs that `go run` links.
const MIN_VERSION: (u32, u32) = (1, 24);

/// The settings that every run of Go has, whatever the user's are. Together with a cleared environment they are all.
const SETTINGS: [(&str, &str); 9] = [
    // Only files that are there: no download of modules or of another Go, no look at checksums.
    ("GOPROXY", "off"),
    ("GOSUMDB", "off"),
    ("GOTOOLCHAIN", "local"),
    // No settings from files or from a workspace around the temporary module.
    ("GOENV", "off"),
    ("GOFLAGS", ""),
    ("GOWORK", "off"),
    ("GO111MODULE", "on"),
    // No C compiler, and the plain WebAssembly target.
    ("CGO_ENABLED", "0"),
    ("GOWASM", ""),
];

/// A Go command that is new enough to build contracts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoToolchain {
    go: PathBuf,
    version: String,
}

impl GoToolchain {
    /// Looks for Go: at the explicit place alone if one is given (a go command or the folder that Go is installed in), else
    /// along `path`, a list of folders like the variable PATH, and then in the fallback folders. The first that is new
    /// enough is taken.
    ///
    /// # Errors
    /// [`ToolchainError`]: about the explicit place if there is one, else about the first candidate, if there was any.
    pub fn find(
        explicit: Option<&Path>,
        path: Option<&OsStr>,
        fallback_dirs: &[PathBuf],
    ) -> Result<Self, ToolchainError> {
        let command = format!("go{EXE_SUFFIX}");
        search(&command, explicit, path, fallback_dirs, Self::at)?.ok_or(ToolchainError::NotFound)
    }

    /// The Go whose command is at a path.
    fn at(go: PathBuf) -> Result<Self, ToolchainError> {
        let go = std::path::absolute(&go).unwrap_or(go);
        let output = match command(&go).arg("version").output() {
            Ok(output) => output,
            Err(error) => return Err(ToolchainError::Unusable { path: go, reason: error.to_string() }),
        };
        let text = String::from_utf8_lossy(&output.stdout);
        let version = text.split_whitespace().find_map(|word| word.strip_prefix("go").filter(|it| parse(it).is_some()));
        let Some((version, numbers)) = version.and_then(|version| Some((version.to_owned(), parse(version)?))) else {
            return Err(ToolchainError::Unusable { path: go, reason: "it does not tell a Go version".to_owned() });
        };
        if numbers < MIN_VERSION {
            return Err(ToolchainError::TooOld { path: go, found: version });
        }
        Ok(Self { go, version })
    }

    /// The path of the go command.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.go
    }

    /// The version, for example `1.24.1`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// A run of Go that depends on nothing but this command, the folder for its caches and the arguments.
    pub(crate) fn command(&self, cache: &Path) -> Command {
        let mut command = command(&self.go);
        command.env("GOCACHE", cache.join("go-build")).env("GOMODCACHE", cache.join("go-mod"));
        command
    }
}

/// The usable command at the explicit place alone if one is given (the command itself, or the folder that it is installed in),
/// else the first one along a list of folders like the variable PATH, and then in other folders; `at` says whether one is
/// usable. None if there is no candidate.
pub(crate) fn search<T>(
    command: &str,
    explicit: Option<&Path>,
    path: Option<&OsStr>,
    fallback_dirs: &[PathBuf],
    at: impl Fn(PathBuf) -> Result<T, ToolchainError>,
) -> Result<Option<T>, ToolchainError> {
    if let Some(explicit) = explicit {
        let installed = explicit.join("bin").join(command);
        return at(if explicit.is_dir() { installed } else { explicit.to_owned() }).map(Some);
    }
    let on_path = path.into_iter().flat_map(std::env::split_paths);
    // A relative folder would mean whatever the current directory holds.
    let folders = on_path.filter(|folder| folder.is_absolute()).chain(fallback_dirs.iter().cloned());
    let mut first_error = None;
    for found in folders.map(|folder| folder.join(command)).filter(|found| found.is_file()) {
        match at(found) {
            Ok(found) => return Ok(Some(found)),
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    first_error.map_or(Ok(None), Err)
}

fn command(go: &Path) -> Command {
    let mut command = Command::new(go);
    command.env_clear().envs(SETTINGS).stdin(Stdio::null());
    // Go finds its own parts from where it is; programs that it starts may ask for it by name.
    command.env("PATH", go.parent().unwrap_or(Path::new("")));
    command
}

/// The first two numbers of a version like `1.24.1`, `1.25rc2` or `1.27-abcdef`.
pub(crate) fn parse(version: &str) -> Option<(u32, u32)> {
    let (major, rest) = version.split_once('.')?;
    let minor_end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    Some((major.parse().ok()?, rest[..minor_end].parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_in_all_the_forms_that_go_prints() {
        for (text, expected) in [
            ("1.24", Some((1, 24))),
            ("1.24.1", Some((1, 24))),
            ("1.9.7", Some((1, 9))),
            ("1.25rc2", Some((1, 25))),
            ("1.27-4c5a3f", Some((1, 27))),
            ("1.", None),
            ("1.x", None),
            ("", None),
        ] {
            assert_eq!(parse(text), expected, "{text:?}");
        }
    }
}
