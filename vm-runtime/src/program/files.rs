//! The files that a program finds when it starts: copies, so that nothing it does reaches the originals.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use virtual_fs::{AsyncWriteExt, FileSystem, FsError};

use super::bounded::Bounded;

/// Files and folders for a program, under absolute paths with `/` between their parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProgramFiles {
    folders: BTreeSet<PathBuf>,
    files: BTreeMap<PathBuf, Vec<u8>>,
}

impl ProgramFiles {
    /// An empty file system but for `/tmp`.
    #[must_use]
    pub fn new() -> Self {
        let mut files = Self { folders: BTreeSet::new(), files: BTreeMap::new() };
        files.folder(Path::new("/tmp"));
        files
    }

    /// Adds a folder and those above it.
    pub fn folder(&mut self, path: &Path) {
        let path = normal(path);
        self.folders.extend(path.ancestors().filter(|above| above.parent().is_some()).map(Path::to_owned));
    }

    /// Adds a file and the folders above it, in place of one that is there.
    pub fn file(&mut self, path: &Path, content: Vec<u8>) {
        let path = normal(path);
        if let Some(above) = path.parent() {
            self.folder(above);
        }
        self.files.insert(path, content);
    }

    /// Adds a copy of a folder of this machine with all that is in it. Symbolic links and what is neither file nor folder are
    /// left out, so that nothing from outside the folder comes in.
    ///
    /// # Errors
    /// Something cannot be read, a name is not UTF-8, or there is more than `max_bytes`.
    pub fn copy_in(&mut self, host: &Path, guest: &Path, max_bytes: u64) -> io::Result<()> {
        let mut left = max_bytes;
        let mut waiting = vec![(host.to_owned(), normal(guest))];
        while let Some((from, to)) = waiting.pop() {
            self.folder(&to);
            for entry in fs::read_dir(&from)? {
                let entry = entry?;
                let name = entry.file_name().into_string();
                let name =
                    name.map_err(|name| io::Error::other(format!("the name {} is not UTF-8", name.display())))?;
                let kind = entry.file_type()?;
                if kind.is_dir() {
                    waiting.push((entry.path(), to.join(name)));
                } else if kind.is_file() {
                    let bytes = entry.metadata()?.len();
                    left = left.checked_sub(bytes).ok_or_else(|| {
                        io::Error::new(io::ErrorKind::FileTooLarge, format!("there are more than {max_bytes} bytes"))
                    })?;
                    self.file(&to.join(name), fs::read(entry.path())?);
                }
            }
        }
        Ok(())
    }

    /// Writes everything into a program's file system, in the order of the names.
    pub(super) async fn place(self, fs: &Bounded) -> Result<(), FsError> {
        for folder in &self.folders {
            match fs.create_dir(folder) {
                Ok(()) | Err(FsError::AlreadyExists) => {}
                Err(error) => return Err(error),
            }
        }
        for (path, content) in self.files {
            let mut file = fs.new_open_options().write(true).create(true).truncate(true).open(&path)?;
            file.write_all(&content).await.map_err(FsError::from)?;
        }
        Ok(())
    }
}

/// An absolute path without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::from("/");
    for part in path.components() {
        match part {
            Component::Normal(name) => normal.push(name),
            Component::ParentDir => {
                normal.pop();
            }
            _ => {}
        }
    }
    normal
}
