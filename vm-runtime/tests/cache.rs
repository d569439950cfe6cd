//! Compiled code on disk: it serves the next process, and whatever happens to it costs time and nothing else.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use govm_core::{Address, Receipt, StateStore};
use govm_runtime::{CacheStats, Engine, EngineConfig, cache_stats, clear_cache};
use govm_state::MemoryStore;
use support::{call, contract, deploy, run};

const ADD: &str = "(func $f0 (result i32) (i32.sub (i32.const 7) (i32.add (i32.const 3) (i32.const 4))))";

fn engine(store: &MemoryStore, cache: &Path) -> Engine<MemoryStore> {
    let config = EngineConfig { cache_dir: Some(cache.to_owned()), ..EngineConfig::default() };
    Engine::new(store.clone(), &config)
}

/// A store with a deployed contract, and the cache entry of its code.
fn deployed(cache: &Path) -> (MemoryStore, Address, PathBuf) {
    let store = MemoryStore::new();
    let [address] = deploy(&engine(&store, cache), [&contract(&["run"], "", ADD)]);
    let entries = fs::read_dir(cache).unwrap().map(|entry| entry.unwrap().path());
    let mut entries = entries.filter(|path| path.extension().is_some_and(|extension| extension == "bin"));
    let entry = entries.next().expect("the code was cached");
    assert_eq!(entries.next(), None);
    (store, address, entry)
}

/// A call by an engine that has nothing in memory.
fn fresh_call(store: &MemoryStore, cache: &Path, address: Address) -> Arc<Receipt> {
    let receipt = run(&engine(store, cache), &call(address, "run")).receipt;
    assert!(receipt.is_ok(), "{receipt:?}");
    receipt
}

#[test]
fn gas_and_result_are_the_same_from_memory_from_disk_and_compiled_anew() {
    let folder = tempfile::tempdir().unwrap();
    let (store, address, entry) = deployed(folder.path());
    let from_disk = fresh_call(&store, folder.path(), address);
    let engine = engine(&store, folder.path());
    run(&engine, &call(address, "run"));
    assert_eq!(run(&engine, &call(address, "run")).receipt, from_disk, "from memory");
    fs::remove_file(&entry).unwrap();
    assert_eq!(fresh_call(&store, folder.path(), address), from_disk, "compiled anew");
    assert!(entry.exists(), "and cached again");
}

/// The file beside the code with what the module's initialisation came to.
fn snapshot_of(entry: &Path) -> PathBuf {
    entry.with_extension("snapshot")
}

#[test]
fn code_that_was_touched_anywhere_is_never_run() {
    let folder = tempfile::tempdir().unwrap();
    let (store, address, entry) = deployed(folder.path());
    // The artifact in steps; then, to the last byte, the end of the ABI, its length, and the hash.
    is_made_anew_wherever_it_is_touched(&store, folder.path(), address, &entry);
}

#[test]
fn a_snapshot_that_was_touched_anywhere_is_never_used() {
    let folder = tempfile::tempdir().unwrap();
    let (store, address, entry) = deployed(folder.path());
    is_made_anew_wherever_it_is_touched(&store, folder.path(), address, &snapshot_of(&entry));
}

#[test]
fn code_and_snapshot_cannot_be_taken_for_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let (store, address, entry) = deployed(folder.path());
    let expected = fresh_call(&store, folder.path(), address);
    let (code, snapshot) = (fs::read(&entry).unwrap(), fs::read(snapshot_of(&entry)).unwrap());
    fs::write(&entry, &snapshot).unwrap();
    fs::write(snapshot_of(&entry), &code).unwrap();
    assert_eq!(fresh_call(&store, folder.path(), address), expected);
    assert_eq!(fs::read(&entry).unwrap().len(), code.len(), "made anew");
    assert_eq!(fs::read(snapshot_of(&entry)).unwrap(), snapshot, "made anew");
}

fn is_made_anew_wherever_it_is_touched(store: &MemoryStore, folder: &Path, address: Address, entry: &Path) {
    let whole = fs::read(entry).unwrap();
    let expected = fresh_call(store, folder, address);
    let step = (whole.len() / 97).max(1);
    for at in (0..whole.len() - 40).step_by(step).chain(whole.len() - 40..whole.len()) {
        let mut touched = whole.clone();
        touched[at] ^= 1 << (at % 8);
        fs::write(entry, &touched).unwrap();
        assert_eq!(fresh_call(store, folder, address), expected, "byte {at}");
        assert_eq!(fs::read(entry).unwrap().len(), whole.len(), "the entry was made anew");
        assert_ne!(fs::read(entry).unwrap(), touched);
    }
    for length in [0, 1, 31, 32, 36, whole.len() - 1] {
        fs::write(entry, &whole[..length]).unwrap();
        assert_eq!(fresh_call(store, folder, address), expected, "cut at {length}");
    }
}

#[test]
fn code_of_other_settings_or_of_another_contract_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let (store, address, entry) = deployed(folder.path());
    let expected = fresh_call(&store, folder.path(), address);
    // Another limit of memory is another profile.
    let config =
        EngineConfig { cache_dir: Some(folder.path().to_owned()), max_memory_pages: 512, ..EngineConfig::default() };
    assert_eq!(run(&Engine::new(store.clone(), &config), &call(address, "run")).receipt, expected);
    assert_eq!(cache_stats(folder.path()).unwrap().entries, 2, "compiled for the other settings");
    // An entry under the name of another one: the hash binds the name.
    let mut names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let other = names.find(|path| path.extension().is_some_and(|end| end == "bin") && *path != entry).unwrap();
    let (mine, others) = (fs::read(&entry).unwrap(), fs::read(&other).unwrap());
    fs::write(&entry, &others).unwrap();
    assert_eq!(fresh_call(&store, folder.path(), address), expected);
    assert_eq!(fs::read(&entry).unwrap().len(), mine.len());
    assert_ne!(fs::read(&entry).unwrap(), others, "made anew");
}

#[test]
fn clearing_deletes_the_code_and_keeps_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let (store, address, entry) = deployed(folder.path());
    let stats = cache_stats(folder.path()).unwrap();
    let bytes = [&entry, &snapshot_of(&entry)].map(|path| fs::metadata(path).unwrap().len());
    assert_eq!((stats.entries, stats.bytes), (1, bytes.iter().sum()));
    assert_eq!(clear_cache(folder.path()).unwrap(), stats);
    assert_eq!(cache_stats(folder.path()).unwrap(), CacheStats::default());
    assert!(folder.path().join("cache.key").exists());
    assert!(engine(&store, folder.path()).prepare(&address).unwrap());
    assert_eq!(cache_stats(folder.path()).unwrap().entries, 1);
    assert!(!engine(&store, folder.path()).prepare(&Address::ZERO).unwrap());
    assert_eq!(cache_stats(&folder.path().join("nothing")).unwrap(), CacheStats::default());
}

#[test]
fn entries_of_another_key_are_not_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let (store, address, entry) = deployed(folder.path());
    let expected = fresh_call(&store, folder.path(), address);
    let before = fs::read(&entry).unwrap();
    fs::write(folder.path().join("cache.key"), [7; 32]).unwrap();
    assert_eq!(fresh_call(&store, folder.path(), address), expected);
    let after = fs::read(&entry).unwrap();
    assert_ne!(before[before.len() - 32..], after[after.len() - 32..], "made anew under the new key");
}

#[test]
#[cfg(unix)]
fn only_the_owner_can_read_the_key_and_the_code() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let (_, _, entry) = deployed(folder.path());
    for path in [snapshot_of(&entry), entry, folder.path().join("cache.key")] {
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}: {mode:o}", path.display());
    }
}

#[test]
fn a_cache_that_cannot_be_made_costs_time_only() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "in the way").unwrap();
    let store = MemoryStore::new();
    let [address] = deploy(&engine(&store, &file), [&contract(&["run"], "", ADD)]);
    fresh_call(&store, &file, address);
    assert_eq!(store.snapshot().unwrap().height(), 2);
}
