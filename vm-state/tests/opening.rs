//! What can be at a path, and what opening says about it: each error by its text, and nothing changed by it.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use common::{account, commit, put, sealed, tamper};
use govm_core::{StateArchive, StateStore, StateView};
use govm_state::{LmdbStore, OpenError, OpenOptions};

fn write(path: &Path) -> Result<LmdbStore, OpenError> {
    LmdbStore::open(path, &OpenOptions::read_write())
}

fn read(path: &Path) -> Result<LmdbStore, OpenError> {
    LmdbStore::open(path, &OpenOptions::read_only())
}

/// A directory's files with a digest of what is in them. LMDB's table of readers may change: it tells who is there.
fn contents(path: &Path) -> BTreeMap<PathBuf, u64> {
    let files = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    let digest = |path: &Path| {
        let mut hasher = DefaultHasher::new();
        if !path.ends_with("lock.mdb") {
            fs::read(path).unwrap().hash(&mut hasher);
        }
        hasher.finish()
    };
    files.map(|path| (path.clone(), digest(&path))).collect()
}

/// A store with one block, closed.
fn store_with_a_block() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    commit(&write(directory.path()).unwrap(), vec![put(account(1), b"one")]).unwrap();
    directory
}

/// Opens in both ways, expects one error of both, and nothing changed.
#[track_caller]
fn assert_refused(path: &Path, expected: &str) {
    let before = path.is_dir().then(|| contents(path));
    let expected = expected.replace("PATH", &path.display().to_string());
    assert_eq!(write(path).unwrap_err().to_string(), expected);
    assert_eq!(read(path).unwrap_err().to_string(), expected);
    assert_eq!(path.is_dir().then(|| contents(path)), before);
}

#[test]
fn a_block_survives_closing_and_opening() {
    let directory = store_with_a_block();
    for open in [read, write, read] {
        let store = open(directory.path()).unwrap();
        let snapshot = store.snapshot().unwrap();
        assert_eq!(snapshot.height(), 1);
        assert_eq!(snapshot.state.get(&account(1)).unwrap(), Some(b"one".to_vec()));
    }
}

#[test]
fn writing_creates_the_directory_with_its_parents() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("a/b/state");
    let store = write(&path).unwrap();
    assert_eq!(store.path(), path);
    drop(store);
    let names: Vec<_> = contents(&path).into_keys().map(|file| file.strip_prefix(&path).unwrap().to_owned()).collect();
    assert_eq!(names, ["data.mdb", "govm.lock", "lock.mdb"].map(PathBuf::from));
}

#[test]
fn reading_creates_nothing() {
    let parent = tempfile::tempdir().unwrap();
    for path in [parent.path().join("absent"), parent.path().to_owned()] {
        let expected = format!(
            "there is no state store at {}: check the path, or open it for writing to create it",
            path.display()
        );
        assert_eq!(read(&path).unwrap_err().to_string(), expected);
    }
    assert_eq!(contents(parent.path()), BTreeMap::new());
}

#[test]
fn a_file_is_no_store() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let text = "PATH is not a directory: a state store is one, name another path";
    assert_refused(file.path(), text);
    assert_refused(&file.path().join("below"), text);
}

#[test]
fn a_directory_with_other_things_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("thesis.txt"), "years of work").unwrap();
    assert_refused(
        directory.path(),
        "PATH is not a state store (it holds thesis.txt but no govm.lock): \
         name a store, or an empty or new directory",
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_place_that_nobody_can_write_is_said_with_its_cause() {
    let error = write(Path::new("/proc/govm/state")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot use the state store at /proc/govm/state: No such file or directory (os error 2); \
         check the path, or name another"
    );
    assert!(std::error::Error::source(&error).is_some());
}

#[cfg(unix)]
#[test]
fn a_directory_without_permission_is_said_with_what_to_do() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o500)).unwrap();
    if fs::write(directory.path().join("probe"), "").is_ok() {
        return; // The superuser may write everywhere; the test above stands for this one.
    }
    let expected = format!(
        "cannot use the state store at {}: Permission denied (os error 13); \
         allow writing there, name another path, or open it for reading",
        directory.path().display()
    );
    assert_eq!(write(directory.path()).unwrap_err().to_string(), expected);
}

#[test]
fn a_store_that_lost_its_data_is_damaged_and_not_new() {
    let directory = store_with_a_block();
    let text = "the state store at PATH is damaged (data.mdb is missing or empty): restore it from a copy";
    fs::write(directory.path().join("data.mdb"), "").unwrap();
    assert_refused(directory.path(), text);
    fs::remove_file(directory.path().join("data.mdb")).unwrap();
    assert_refused(directory.path(), text);
}

#[test]
fn data_that_is_no_database_is_damaged() {
    let directory = store_with_a_block();
    fs::write(directory.path().join("data.mdb"), [0xa5; 16384]).unwrap();
    assert_refused(
        directory.path(),
        "the state store at PATH is damaged (page 0: this is no first page): restore it from a copy",
    );
}

#[test]
fn an_interrupted_creation_is_completed_by_the_next_writer() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("govm.lock"), "").unwrap();
    assert!(matches!(read(directory.path()), Err(OpenError::NotFound { .. })));
    commit(&write(directory.path()).unwrap(), vec![put(account(1), b"one")]).unwrap();

    // Interrupted in the last step: everything was created but not marked so.
    fs::write(directory.path().join("govm.lock"), "").unwrap();
    assert_eq!(write(directory.path()).unwrap().snapshot().unwrap().height(), 1);
    assert_eq!(read(directory.path()).unwrap().snapshot().unwrap().height(), 1);
}

#[test]
fn another_format_is_refused_by_its_number() {
    let directory = store_with_a_block();
    tamper(directory.path(), "meta", b"format", b"govm-state\x00\x00\x00\x05");
    let text = "the state store at PATH has format 5, this version reads format 4: use a newer version of govm";
    assert_refused(directory.path(), text);
    tamper(directory.path(), "meta", b"format", b"govm-state\x00\x00\x00\x02");
    let text = "the state store at PATH has format 2, this version reads format 4: use the older version of govm";
    assert_refused(directory.path(), text);
}

#[test]
fn databases_of_something_else_are_no_store() {
    let directory = store_with_a_block();
    for stamp in [&b"govm-state"[..], b"govm-state\x00\x00\x00\x00", b"another\x00\x00\x00\x01", b""] {
        tamper(directory.path(), "meta", b"format", stamp);
        assert_refused(
            directory.path(),
            "PATH is not a state store (its data has no valid format stamp): \
             name a store, or an empty or new directory",
        );
    }

    let foreign = tempfile::tempdir().unwrap();
    fs::write(foreign.path().join("govm.lock"), "").unwrap();
    tamper(foreign.path(), "theirs", b"key", b"value");
    let expected = format!(
        "{} is not a state store (its data has no database \"meta\"): name a store, or an empty or new directory",
        foreign.path().display()
    );
    assert_eq!(write(foreign.path()).unwrap_err().to_string(), expected);
}

#[test]
fn damaged_records_are_faults_and_not_answers() {
    let height = 1u64.to_be_bytes();
    let cases: [(&str, &[u8], &[u8], &str); 5] = [
        ("meta", b"head", b"\x01", "damaged state: the height of the newest block"),
        ("meta", b"head", &2u64.to_be_bytes(), "damaged state: the newest block, of height 2, is missing"),
        ("blocks", &height, b"\x07", "damaged state: block 1: Unexpected length of input"),
        ("blocks", &height, &[0; 124], "damaged state: block 1 says that its height is 0"),
        ("receipts", &[0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1], b"", "damaged state: receipt 0 of block 1 is missing"),
    ];
    for (database, key, value, expected) in cases {
        let directory = store_with_a_block();
        tamper(directory.path(), database, key, &sealed(database, key, value));
        let store = read(directory.path()).unwrap();
        let fault = match database {
            "receipts" => store.receipts(1).unwrap_err(),
            _ => store.snapshot().map(|_| ()).unwrap_err(),
        };
        assert_eq!(fault.to_string(), expected);
    }

    let directory = store_with_a_block();
    tamper(directory.path(), "accounts", &[1; 21], &sealed("accounts", &[1; 21], b""));
    let state = read(directory.path()).unwrap().snapshot().unwrap().state;
    let fault = state.first(std::ops::Bound::Excluded(&account(1))).unwrap_err();
    assert_eq!(fault.to_string(), "damaged state: a key of 21 bytes in table accounts");
}

#[test]
fn a_changed_byte_of_an_entry_is_a_fault_and_not_an_answer() {
    let key = [1; 20];
    let good = sealed("accounts", &key, b"one");
    let name = hex::encode(key);
    let expected = format!("damaged state: the entry {name} of accounts does not match its checksum");
    for changed in 0..good.len() {
        let directory = store_with_a_block();
        let mut value = good.clone();
        value[changed] ^= 0x10;
        tamper(directory.path(), "accounts", &key, &value);
        let state = read(directory.path()).unwrap().snapshot().unwrap().state;
        assert_eq!(state.get(&account(1)).unwrap_err().to_string(), expected);
    }
    // An entry that another database holds, or another key, is as wrong here.
    for value in [sealed("objects", &key, b"one"), sealed("accounts", &[2; 20], b"one"), b"one".to_vec(), Vec::new()] {
        let directory = store_with_a_block();
        tamper(directory.path(), "accounts", &key, &value);
        let state = read(directory.path()).unwrap().snapshot().unwrap().state;
        assert_eq!(state.get(&account(1)).unwrap_err().to_string(), expected);
    }
}
