//! The source of a contract, and the SDK beside it, laid out in a temporary module.

use std::fs;
use std::path::{Path, PathBuf};

use crate::BuildError;

/// The Go sources of the SDK by their names in the module.
pub(crate) const SDK: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/sources.rs"));

/// The folder of the module that the contract's files are copied to.
pub(crate) const CONTRACT_FOLDER: &str = "contract";

/// The name that a contract of one file has in the module. The name ends up in the bytes, and a name of the user's may mean
/// something to Go (`_test.go`, `_windows.go`), which a single file is not chosen by.
const SINGLE_FILE: &str = "contract.go";

/// Where a contract comes from.
#[derive(Debug)]
pub(crate) enum Source {
    /// A single file.
    File(PathBuf),
    /// A folder with its Go files but tests, by name.
    Folder { path: PathBuf, files: Vec<PathBuf> },
}

impl Source {
    /// Finds out what is at a path.
    pub(crate) fn at(path: &Path) -> Result<Self, BuildError> {
        let found = fs::metadata(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => BuildError::SourceNotFound { path: path.to_owned() },
            _ => BuildError::Io { action: "read", path: path.to_owned(), source: error },
        })?;
        if found.is_dir() {
            let files = go_files(path)?;
            if files.is_empty() {
                return Err(BuildError::NoGoFiles { path: path.to_owned(), below: folders_with_go(path) });
            }
            return Ok(Self::Folder { path: path.to_owned(), files });
        }
        if path.extension().is_some_and(|extension| extension == "go") {
            return Ok(Self::File(path.to_owned()));
        }
        Err(BuildError::NotGo { path: path.to_owned() })
    }

    /// Copies the contract into a module.
    pub(crate) fn copy(&self, module: &Path) -> Result<(), BuildError> {
        let folder = module.join(CONTRACT_FOLDER);
        create_folder(&folder)?;
        match self {
            Self::File(path) => copy(path, &folder.join(SINGLE_FILE)),
            Self::Folder { files, .. } => {
                files.iter().try_for_each(|file| copy(file, &folder.join(file.file_name().unwrap_or_default())))
            }
        }
    }

    /// The folder to show in messages instead of the module's; empty for a file that was named without one.
    pub(crate) fn shown_folder(&self) -> &Path {
        match self {
            Self::File(path) => path.parent().unwrap_or(Path::new("")),
            Self::Folder { path, .. } => path,
        }
    }

    /// The name to show in messages instead of the copy's, for a single file.
    pub(crate) fn shown_file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => path.file_name().map(Path::new),
            Self::Folder { .. } => None,
        }
    }

    /// The folder of the Go module that the contract is in, if it is in one, and the contract's own folder; both absolute.
    pub(crate) fn module(&self) -> Result<Option<(PathBuf, PathBuf)>, BuildError> {
        let shown = match self.shown_folder() {
            here if here.as_os_str().is_empty() => Path::new("."),
            folder => folder,
        };
        let folder = fs::canonicalize(shown).map_err(BuildError::io("find", shown))?;
        let module = folder.ancestors().find(|ancestor| ancestor.join("go.mod").is_file()).map(Path::to_owned);
        Ok(module.map(|module| (module, folder)))
    }
}

/// Lays the SDK out in a module.
pub(crate) fn write_sdk(module: &Path) -> Result<(), BuildError> {
    for (name, contents) in SDK {
        let file = module.join(name);
        create_folder(file.parent().unwrap_or(module))?;
        fs::write(&file, contents).map_err(BuildError::io("write", file))?;
    }
    Ok(())
}

/// The files of a folder that Go would take.
fn go_files(folder: &Path) -> Result<Vec<PathBuf>, BuildError> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(BuildError::io("read", folder))? {
        let file = entry.map_err(BuildError::io("read", folder))?.path();
        if is_part(&file) && file.is_file() {
            files.push(file);
        }
    }
    Ok(files)
}

/// The folders of a folder that have Go files, for who named the one instead of the other. What cannot be read has none.
fn folders_with_go(folder: &Path) -> Vec<PathBuf> {
    let hidden = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(['_', '.']) || name == "vendor" || name == "testdata"
    };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let has_go = |path: &PathBuf| path.is_dir() && go_files(path).is_ok_and(|files| !files.is_empty());
    let mut found: Vec<PathBuf> = entries.filter(|path| !hidden(path) && has_go(path)).collect();
    found.sort();
    found
}

/// Whether Go counts a file to a package: it passes over tests and hidden files.
fn is_part(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    name.ends_with(".go") && !name.ends_with("_test.go") && !name.starts_with(['_', '.'])
}

fn create_folder(path: &Path) -> Result<(), BuildError> {
    fs::create_dir_all(path).map_err(BuildError::io("create", path))
}

fn copy(from: &Path, to: &Path) -> Result<(), BuildError> {
    let contents = fs::read(from).map_err(BuildError::io("read", from))?;
    fs::write(to, contents).map_err(BuildError::io("write", to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sdk_is_embedded_without_tests() {
        let names: Vec<_> = SDK.iter().map(|(name, _)| *name).collect();
        for needed in ["go.mod", "core/context.go", "cmd/govm-shim/main.go", "internal/shim/shim.go"] {
            assert!(names.contains(&needed), "{needed} is not in {names:?}");
        }
        let strangers: Vec<_> = names
            .iter()
            .filter(|name| name.ends_with("_test.go") || name.contains("testdata") || name.starts_with("src"))
            .collect();
        assert_eq!(strangers, [&""; 0]);
        assert!(names.windows(2).all(|pair| pair[0] < pair[1]), "sorted");
    }
}
