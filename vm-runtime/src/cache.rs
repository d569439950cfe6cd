//! Compiled code on disk.
//!
//! Loading machine code from a file is running that file, so each entry carries a keyed hash (BLAKE3) over its name and
//! content. The key is made at random once and lies beside the entries, readable by the owner only. An entry that is
//! missing, damaged, of another key or of another profile is a miss: the code is compiled again.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use govm_core::Hash;

const KEY_FILE: &str = "cache.key";
const HASH_BYTES: usize = 32;

/// What an entry holds. The names are part of what is hashed and the extensions of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A module's machine code and ABI.
    Code,
    /// What its initialisation came to.
    Snapshot,
}

impl Kind {
    const ALL: [Self; 2] = [Self::Code, Self::Snapshot];

    fn name(self) -> &'static str {
        match self {
            Self::Code => "bin",
            Self::Snapshot => "snapshot",
        }
    }
}

/// What a folder of compiled code holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CacheStats {
    /// How many modules it has code of, those of other versions and settings included.
    pub entries: u64,
    /// How large that is, with what the modules' initialisations came to, in bytes.
    pub bytes: u64,
}

/// What a folder of compiled code holds; nothing if there is no such folder.
///
/// # Errors
/// The folder cannot be read.
pub fn cache_stats(folder: &Path) -> io::Result<CacheStats> {
    let mut stats = CacheStats::default();
    for (kind, path) in entries(folder)? {
        stats.entries += u64::from(kind == Kind::Code);
        stats.bytes += fs::metadata(path)?.len();
    }
    Ok(stats)
}

/// Deletes the compiled code of a folder, and returns what there was. The key stays.
///
/// # Errors
/// The folder cannot be read, or something in it not deleted.
pub fn clear_cache(folder: &Path) -> io::Result<CacheStats> {
    let stats = cache_stats(folder)?;
    entries(folder)?.into_iter().try_for_each(|(_, path)| fs::remove_file(path))?;
    Ok(stats)
}

fn entries(folder: &Path) -> io::Result<Vec<(Kind, PathBuf)>> {
    let listed = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        listed => listed?,
    };
    let paths = listed.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    let kind = |path: &PathBuf| Kind::ALL.into_iter().find(|kind| path.extension().is_some_and(|is| is == kind.name()));
    Ok(paths.into_iter().filter_map(|path| Some((kind(&path)?, path))).collect())
}

/// A folder of compiled code.
#[derive(Debug)]
pub(crate) struct DiskCache {
    folder: PathBuf,
    key: [u8; HASH_BYTES],
}

impl DiskCache {
    /// The cache in a folder, which is made if it is not there; nothing if that is not possible (a read-only disk): then
    /// code is compiled each time.
    pub(crate) fn open(folder: &Path) -> Option<Self> {
        let key = Self::key(folder);
        let key = key.inspect_err(|error| tracing::warn!(%error, folder = %folder.display(), "no code cache")).ok()?;
        Some(Self { folder: folder.to_owned(), key })
    }

    fn key(folder: &Path) -> io::Result<[u8; HASH_BYTES]> {
        let path = folder.join(KEY_FILE);
        if let Some(key) = fs::read(&path).ok().and_then(|bytes| bytes.try_into().ok()) {
            return Ok(key);
        }
        fs::create_dir_all(folder)?;
        let mut key = [0; HASH_BYTES];
        getrandom::fill(&mut key).map_err(|error| io::Error::other(error.to_string()))?;
        // Two processes may make a key at the same time: the one that loses the race loses its entries, no more.
        write_whole(folder, &path, &[&key])?;
        fs::read(&path)?.try_into().map_err(|_| io::Error::other("the key file changed while it was written"))
    }

    /// Whether something is kept of some code, harmed or not.
    pub(crate) fn has(&self, kind: Kind, profile: &str, code: &Hash) -> bool {
        self.path(kind, profile, code).exists()
    }

    /// What is kept of some code, if it is there and unharmed.
    pub(crate) fn get(&self, kind: Kind, profile: &str, code: &Hash) -> Option<Vec<u8>> {
        let mut entry = fs::read(self.path(kind, profile, code)).ok()?;
        let content_bytes = entry.len().checked_sub(HASH_BYTES)?;
        let found = blake3::Hash::from_slice(&entry[content_bytes..]).ok()?;
        // The hash stands at the end, so that the content need not be copied: entries have many megabytes.
        entry.truncate(content_bytes);
        // `blake3::Hash` compares in constant time.
        (self.hash(kind, profile, code, &[&entry]) == found).then_some(entry)
    }

    /// Keeps something of some code; the content is the parts one after the other.
    pub(crate) fn put(&self, kind: Kind, profile: &str, code: &Hash, content: &[&[u8]]) {
        let path = self.path(kind, profile, code);
        let hash = self.hash(kind, profile, code, content);
        if let Err(error) = write_whole(&self.folder, &path, &[content, &[hash.as_bytes()]].concat()) {
            tracing::warn!(%error, path = %path.display(), "code could not be cached");
        }
    }

    fn path(&self, kind: Kind, profile: &str, code: &Hash) -> PathBuf {
        let name = blake3::Hasher::new().update(profile.as_bytes()).update(code.as_ref()).finalize();
        self.folder.join(format!("{}.{}", name.to_hex(), kind.name()))
    }

    fn hash(&self, kind: Kind, profile: &str, code: &Hash, content: &[&[u8]]) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        for text in [kind.name(), profile] {
            hasher.update(&(text.len() as u64).to_le_bytes()).update(text.as_bytes());
        }
        hasher.update(code.as_ref());
        for part in content {
            hasher.update(part);
        }
        hasher.finalize()
    }
}

/// Writes a file so that readers see all of it or the one before, and only the owner can read it.
fn write_whole(folder: &Path, path: &Path, parts: &[&[u8]]) -> io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    for part in parts {
        file.write_all(part)?;
    }
    file.persist(path)?;
    Ok(())
}
