//! What can happen to a store's files: cut short, changed, no room, no permission. What is seen is a fault with a name or the right
//! data, and the process lives.
//!
//! Bytes are changed on every sixth page; `GOVM_FAULT_PAGES=1 cargo test -p govm-state --test faults` does it on each.
//!
//! Each test runs in a child process: what goes wrong with a map ends a process, and the limits are a process's own.

#![cfg(unix)]

mod common;

use std::fs;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::{populated, put};
use govm_core::{Address, BlockDraft, ObjectId, StateArchive, StateKey, StateStore, StateView};
use govm_state::{LmdbStore, OpenError, OpenOptions};

const PATH: &str = "GOVM_STATE_TEST_FAULTS_PATH";

/// LMDB's meta pages end here, in bytes from their beginning.
const META_BYTES: u64 = 152;
const PAGE_BYTES: u64 = 4096;

fn open(path: &Path, options: &OpenOptions) -> Result<LmdbStore, OpenError> {
    LmdbStore::open(path, options)
}

/// Everything that a store answers.
fn answers(store: &LmdbStore) -> Result<String, govm_core::HostFault> {
    let snapshot = store.snapshot()?;
    let entries = govm_core::conformance::entries(&snapshot.state);
    let mut said = format!("{:?} {entries:?}", snapshot.head);
    for height in 0..=snapshot.height() {
        said += &format!("{:?} {:?}", store.header(height)?, store.receipts(height)?);
        said += &format!("{:?}", store.snapshot_at(height)?.state.get(&populated::field(1))?);
    }
    said += &format!("{:?}", store.events(&populated::contract(), None, None, 100)?);
    Ok(said)
}

/// What is seen of a store that may be damaged.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    /// Opening it is refused.
    Refused,
    /// The check finds it.
    Found,
    /// Nothing is wrong with what it answers.
    Same,
}

/// # Panics
/// If an answer is wrong, or an error without a name.
fn look(path: &Path, sound: &str) -> Seen {
    let store = match open(path, &OpenOptions::read_only()) {
        Ok(store) => store,
        Err(OpenError::Damaged { .. } | OpenError::NotAStore { .. } | OpenError::OtherFormat { .. }) => {
            return Seen::Refused;
        }
        Err(error) => panic!("an unexpected error: {error:?}"),
    };
    match store.check(&mut |_| {}) {
        Ok(report) if report.is_clean() => {}
        _ => return Seen::Found,
    }
    assert!(answers(&store).unwrap() == sound, "a clean store gives another answer");
    Seen::Same
}

/// Runs one of the ignored tests below in a process of its own.
fn victim(test: &str, path: &Path, prepare: impl FnOnce(&mut Command)) -> Output {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--ignored", "--nocapture"]).env(PATH, path);
    prepare(&mut command);
    command.output().unwrap()
}

#[track_caller]
fn assert_lives(output: &Output) -> String {
    let (said, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let last: Vec<&str> = said.lines().rev().take(3).collect();
    assert!(output.status.success(), "{} after {last:?}:\n{error}", output.status);
    said.into_owned()
}

/// A number out of what a victim said: `name: number`.
fn count(said: &str, name: &str) -> usize {
    let line = said.lines().find_map(|line| line.split_once(&format!("{name}: ")));
    line.unwrap_or_else(|| panic!("no {name} in {said}")).1.parse().unwrap()
}

fn path() -> Option<PathBuf> {
    // Somebody who runs the ignored tests too has nothing to damage.
    std::env::var_os(PATH).map(Into::into)
}

/// A sound store at a path, what it answers, and its data.
fn sound(path: &Path) -> (String, Vec<u8>) {
    let store = populated::store(path);
    let said = answers(&store).unwrap();
    drop(store);
    (said, fs::read(path.join("data.mdb")).unwrap())
}

#[test]
fn data_that_was_cut_short_is_refused_or_whole() {
    let directory = tempfile::tempdir().unwrap();
    let said = assert_lives(&victim("cut_short", directory.path(), |_| {}));
    // At least everything but the pages at the end that are free.
    assert!(count(&said, "refused") > 9 * count(&said, "same"), "{said}");
    assert!(count(&said, "refused") > 100, "{said}");
}

#[test]
#[ignore = "the process that might die"]
#[allow(clippy::print_stdout, reason = "how it tells what it saw")]
fn cut_short() {
    let Some(path) = path() else { return };
    let (answers, data) = sound(&path);
    let file = path.join("data.mdb");
    let (mut refused, mut same) = (0, 0);
    let pages = data.len() as u64 / PAGE_BYTES;
    let lengths = (0..pages).flat_map(|page| [0, 1, PAGE_BYTES / 2].map(|more| page * PAGE_BYTES + more));
    for length in lengths.chain([16, META_BYTES, PAGE_BYTES + 16, PAGE_BYTES + META_BYTES]) {
        println!("cut to {length}");
        fs::write(&file, &data[..length as usize]).unwrap();
        match look(&path, &answers) {
            Seen::Refused => {
                refused += 1;
                let error = open(&path, &OpenOptions::read_write()).unwrap_err();
                assert!(matches!(error, OpenError::Damaged { .. }), "{error:?}");
            }
            Seen::Same => {
                same += 1;
                // Whoever writes makes it long enough again, and goes on.
                let store = open(&path, &OpenOptions::read_write()).unwrap();
                assert!(fs::metadata(&file).unwrap().len() >= data.len() as u64);
                common::commit(&store, vec![put(common::account(1), b"more")]).unwrap();
            }
            Seen::Found => panic!("what is left behind the opening must be whole"),
        }
    }
    println!("refused: {refused}");
    println!("same: {same}");
}

#[test]
fn a_changed_byte_of_a_page_is_refused_found_or_without_effect() {
    let directory = tempfile::tempdir().unwrap();
    let said = assert_lives(&victim("changed", directory.path(), |_| {}));
    assert!(count(&said, "refused") > 100 && count(&said, "found") > 200, "{said}");
    // The numbers of the meta pages that mean nothing, and pages that are free.
    assert!(count(&said, "same") < count(&said, "refused") + count(&said, "found"), "{said}");
}

#[test]
#[ignore = "the process that might die"]
#[allow(clippy::print_stdout, reason = "how it tells what it saw")]
fn changed() {
    let Some(path) = path() else { return };
    let (answers, data) = sound(&path);
    let file = fs::File::options().write(true).open(path.join("data.mdb")).unwrap();
    let pages = data.len() as u64 / PAGE_BYTES;
    // The meta pages whole; of every page the header, the first places of entries, the first entry, and a byte anywhere.
    let metas = (0..2).flat_map(|page| (0..META_BYTES).map(move |byte| page * PAGE_BYTES + byte));
    let step = std::env::var("GOVM_FAULT_PAGES").map_or(6, |step| step.parse().unwrap());
    let headers = (2..pages).step_by(step).flat_map(|page| {
        let upper =
            u64::from(u16::from_le_bytes(std::array::from_fn(|at| data[(page * PAGE_BYTES) as usize + 14 + at])));
        let anywhere = page * 769 % PAGE_BYTES;
        let bytes = (8..20).chain(upper..upper + 8).chain([0, 5, anywhere]);
        bytes.map(move |byte| page * PAGE_BYTES + byte % PAGE_BYTES)
    });
    let (mut refused, mut found, mut same) = (0, 0, 0);
    for (at, mask) in metas.flat_map(|at| [(at, 1), (at, 2), (at, 0x40)]).chain(headers.map(|at| (at, 1 << (at % 8)))) {
        println!("changed {at} by {mask}");
        let sound = data[at as usize];
        file.write_all_at(&[sound ^ mask], at).unwrap();
        match look(&path, &answers) {
            Seen::Refused => refused += 1,
            Seen::Found => found += 1,
            Seen::Same => same += 1,
        }
        file.write_all_at(&[sound], at).unwrap();
    }
    println!("refused: {refused}");
    println!("found: {found}");
    println!("same: {same}");
}

fn large(height: u64) -> common::Writes {
    let mut object = [0; 32];
    object[..8].copy_from_slice(&height.to_be_bytes());
    let object = ObjectId::from_bytes(object);
    (0..40u8).map(|at| put(StateKey::Field(object, format!("{at:02}").into()), &[at; 900])).collect()
}

#[test]
fn a_full_disk_is_a_fault_that_leaves_the_store_as_it_was() {
    let directory = tempfile::tempdir().unwrap();
    drop(open(directory.path(), &OpenOptions::read_write()).unwrap());
    // The limit is inherited, and so is that its signal is ignored: then writing fails, as it does when a disk is full. The
    // limit counts blocks of 512 bytes: 1 MiB.
    let limited = |command: &mut Command| {
        let test = std::mem::replace(command, Command::new("sh"));
        command.args(["-c", "trap '' XFSZ; ulimit -f 2048; exec \"$0\" \"$@\""]).arg(test.get_program());
        command.args(test.get_args()).env(PATH, directory.path());
    };
    let said = assert_lives(&victim("fill", directory.path(), limited));
    let height = count(&said, "acknowledged") as u64;
    assert!(height > 3, "{said}");

    // There is room again.
    let store = open(directory.path(), &OpenOptions::read_write()).unwrap();
    assert_eq!(store.snapshot().unwrap().height(), height);
    let report = store.check(&mut |_| {}).unwrap();
    assert!(report.differences.iter().all(|difference| difference.contains("which is not there")), "{report:?}");
    for height in height + 1..height + 20 {
        common::commit(&store, large(height)).unwrap();
    }
    assert!(fs::metadata(directory.path().join("data.mdb")).unwrap().len() > 1 << 20);
}

#[test]
#[ignore = "the process whose files may not grow"]
#[allow(clippy::print_stdout, reason = "how it tells what is committed")]
fn fill() {
    let Some(path) = path() else { return };
    let store = open(&path, &OpenOptions::read_write()).unwrap();
    let mut height = 0;
    let fault = loop {
        match common::commit(&store, large(height + 1)) {
            Ok(header) => height = header.height,
            Err(fault) => break fault.to_string(),
        }
        assert!(height < 1000, "the limit is none");
    };
    let place = format!("storage: the state store at {}: ", path.display());
    // LMDB calls a write that ended early an input/output error.
    let reasons = ["File too large", "No space left on device", "Input/output error"];
    assert!(fault.starts_with(&place) && reasons.iter().any(|reason| fault.contains(reason)), "{fault}");
    // Again and again: nothing of the block is there, and what was is.
    for _ in 0..3 {
        let snapshot = store.snapshot().unwrap();
        assert_eq!(snapshot.height(), height);
        for (key, value) in (1..=height).flat_map(large) {
            assert_eq!(snapshot.state.get(&key).unwrap(), value);
        }
        let (first, _) = &large(height + 1)[0];
        assert_eq!(snapshot.state.get(first).unwrap(), None);
        drop(snapshot);
        common::commit(&store, large(height + 1)).unwrap_err();
    }
    // There is room for those who read.
    let snapshots: Vec<_> = (0..500).map(|_| store.snapshot().unwrap()).collect();
    assert!(snapshots.iter().all(|snapshot| snapshot.height() == height));
    println!("acknowledged: {height}");
}

#[test]
fn a_directory_that_may_only_be_read_is_read_and_not_written() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state");
    drop(populated::store(&path));
    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    for entry in fs::read_dir(&path).unwrap() {
        mode(&entry.unwrap().path(), 0o444);
    }
    mode(&path, 0o555);
    mode(directory.path(), 0o755);
    // The superuser may write everywhere, and the test's own program need not be where others may look.
    let program = directory.path().join("test");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    mode(&program, 0o755);
    let is_superuser = fs::write(path.join("probe"), "").is_ok();
    if is_superuser {
        fs::remove_file(path.join("probe")).unwrap();
    }
    let mut command = Command::new(&program);
    command.args(["--exact", "read_only", "--ignored", "--nocapture"]).env(PATH, &path).current_dir(directory.path());
    if is_superuser {
        command.uid(65534).gid(65534);
    }
    let said = assert_lives(&command.output().unwrap());
    mode(&path, 0o755);
    assert_eq!(count(&said, "read") as u64, populated::HEIGHT);
}

#[test]
#[ignore = "the process that may only read"]
#[allow(clippy::print_stdout, reason = "how it tells what it saw")]
fn read_only() {
    let Some(path) = path() else { return };
    let error = open(&path, &OpenOptions::read_write()).unwrap_err();
    let expected = format!(
        "cannot use the state store at {}: Permission denied (os error 13); \
         allow writing there, name another path, or open it for reading",
        path.display()
    );
    assert_eq!(error.to_string(), expected);
    let store = open(&path, &OpenOptions::read_only()).unwrap();
    assert!(store.check(&mut |_| {}).unwrap().is_clean());
    let draft = BlockDraft::on(store.snapshot().unwrap().head.as_ref());
    store.append(BlockDraft { writes: vec![(StateKey::Account(Address::ZERO), None)], ..draft }).unwrap_err();
    println!("read: {}", store.snapshot().unwrap().height());
}
