//! Who may have a store open at the same time, in one process and in two.

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use common::{account, commit, entries, put};
use govm_core::{StateArchive, StateStore, StateView};
use govm_state::{LmdbStore, OpenError, OpenOptions};

fn write(path: &Path) -> Result<LmdbStore, OpenError> {
    LmdbStore::open(path, &OpenOptions::read_write())
}

fn read(path: &Path) -> Result<LmdbStore, OpenError> {
    LmdbStore::open(path, &OpenOptions::read_only())
}

#[test]
fn a_second_writer_is_refused_until_the_first_is_gone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let first = write(path).unwrap();
    let expected = format!(
        "the state store at {} is in use by another writer, in this process or another (waited 0ns): \
         try again when it is closed, wait longer, or open it for reading",
        path.display()
    );
    assert_eq!(write(path).unwrap_err().to_string(), expected);
    commit(&first, vec![put(account(1), b"one")]).unwrap();

    // A snapshot keeps nobody from writing.
    let snapshot = first.snapshot().unwrap();
    drop(first);
    let second = write(path).unwrap();
    commit(&second, vec![put(account(1), b"two")]).unwrap();
    assert_eq!(snapshot.state.get(&account(1)).unwrap(), Some(b"one".to_vec()));
}

#[test]
fn a_writer_that_may_wait_comes_after_the_first() {
    let directory = tempfile::tempdir().unwrap();
    let first = write(directory.path()).unwrap();
    commit(&first, vec![put(account(1), b"one")]).unwrap();
    std::thread::scope(|scope| {
        let options = OpenOptions::read_write().wait(Duration::from_secs(60));
        let second = scope.spawn(move || LmdbStore::open(directory.path(), &options).map(|store| (store, directory)));
        drop(first);
        let (second, _directory) = second.join().unwrap().unwrap();
        assert_eq!(second.snapshot().unwrap().height(), 1);
    });
}

#[test]
fn a_reader_beside_the_writer_sees_each_block_when_it_is_committed() {
    let directory = tempfile::tempdir().unwrap();
    let writer = write(directory.path()).unwrap();
    let reader = read(directory.path()).unwrap();
    let another = read(directory.path()).unwrap();
    for height in 1..=3 {
        commit(&writer, vec![put(account(height), b"x")]).unwrap();
        for store in [&reader, &another] {
            let snapshot = store.snapshot().unwrap();
            assert_eq!(snapshot.height(), u64::from(height));
            assert_eq!(entries(&snapshot.state, account(0)).len(), usize::from(height));
        }
    }
    drop(writer);
    assert_eq!(reader.header(3).unwrap().unwrap().height, 3);
}

#[test]
fn a_store_that_is_open_for_reading_does_not_turn_writable() {
    let directory = tempfile::tempdir().unwrap();
    drop(write(directory.path()).unwrap());
    let reader = read(directory.path()).unwrap();
    let expected = format!(
        "the state store at {} is open for reading in this process: \
         drop that store and its snapshots before opening it for writing",
        directory.path().display()
    );
    assert_eq!(write(directory.path()).unwrap_err().to_string(), expected);
    drop(reader);
    write(directory.path()).expect("the refusal took no lock with it");
}

#[cfg(unix)]
#[test]
fn another_path_to_the_same_directory_is_the_same_store() {
    let parent = tempfile::tempdir().unwrap();
    let (path, alias) = (parent.path().join("state"), parent.path().join("alias"));
    let writer = write(&path).unwrap();
    std::os::unix::fs::symlink(&path, &alias).unwrap();
    assert!(matches!(write(&alias), Err(OpenError::InUse { .. })));
    let reader = read(&alias).unwrap();
    commit(&writer, vec![put(account(1), b"one")]).unwrap();
    assert_eq!(reader.snapshot().unwrap().height(), 1);
}

#[test]
fn a_reader_that_cannot_register_itself_excludes_writers_and_is_excluded_by_them() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    commit(&write(path).unwrap(), vec![put(account(1), b"one")]).unwrap();
    let readers = path.join("lock.mdb");

    // Without its table of readers the store is read, and the table is not created.
    std::fs::remove_file(&readers).unwrap();
    let reader = read(path).unwrap();
    assert_eq!(reader.snapshot().unwrap().state.get(&account(1)).unwrap(), Some(b"one".to_vec()));
    assert!(!readers.exists());
    assert!(matches!(write(path), Err(OpenError::InUse { .. })));
    drop(reader);

    // Another process writes, and the table is unusable.
    let writer = Holder::start(path);
    std::fs::remove_file(&readers).unwrap();
    let expected = format!(
        "the state store at {} is being written and its lock file cannot be: \
         allow writing to lock.mdb there, or read it when the writer has closed it",
        path.display()
    );
    assert_eq!(read(path).unwrap_err().to_string(), expected);
    writer.stop();
}

#[test]
fn processes_share_a_store_for_reading_and_one_of_them_writes() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    drop(write(path).unwrap());
    let reader = read(path).unwrap();

    let mut writer = Holder::start(path);
    assert!(matches!(read(path).unwrap().snapshot().unwrap().height(), 0));
    writer.command("commit");
    let old = reader.snapshot().unwrap();
    assert_eq!(old.height(), 1);
    writer.command("commit");
    assert_eq!((old.height(), reader.snapshot().unwrap().height()), (1, 2));

    // The other process's map grows far beyond ours: a new snapshot adopts the new size.
    drop(old);
    writer.command("grow");
    let grown = reader.snapshot().unwrap();
    assert_eq!(grown.height(), 3);
    let large = grown.state.get(&account(9)).unwrap().unwrap();
    assert!(large.len() == LARGE_BYTES && large.iter().all(|&byte| byte == 9));
    drop((grown, reader));

    assert!(matches!(write(path), Err(OpenError::InUse { .. })));
    writer.stop();
    assert_eq!(write(path).unwrap().snapshot().unwrap().height(), 3);
}

const LARGE_BYTES: usize = 8 << 20;
const HOLDER_PATH: &str = "GOVM_STATE_TEST_HOLDER_PATH";

/// Another process that has a store open for writing: this test binary again, running [`hold_a_store_open`].
struct Holder {
    child: Child,
    answers: BufReader<std::process::ChildStdout>,
}

impl Holder {
    fn start(path: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "hold_a_store_open", "--ignored", "--nocapture"])
            .env(HOLDER_PATH, path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        let mut holder = Self { child, answers };
        holder.await_answer();
        holder
    }

    fn command(&mut self, command: &str) {
        let stdin = self.child.stdin.as_mut().unwrap();
        writeln!(stdin, "{command}").unwrap();
        self.await_answer();
    }

    fn await_answer(&mut self) {
        let found = self.answers.by_ref().lines().any(|line| line.unwrap().ends_with("holder: done"));
        assert!(found, "the other process ended early");
    }

    fn stop(mut self) {
        drop(self.child.stdin.take());
        assert!(self.child.wait().unwrap().success());
    }
}

#[test]
#[ignore = "the other process of the tests above"]
#[allow(clippy::print_stdout, reason = "how it answers them")]
fn hold_a_store_open() {
    // Somebody who runs the ignored tests too is not one of them.
    let Some(path) = std::env::var_os(HOLDER_PATH) else { return };
    let store = LmdbStore::open(path, &OpenOptions::read_write().map_bytes(256 << 10)).unwrap();
    println!("holder: done");
    for command in std::io::stdin().lines() {
        let writes = match command.unwrap().as_str() {
            "grow" => vec![put(account(9), &vec![9; LARGE_BYTES])],
            _ => vec![put(account(1), b"x")],
        };
        commit(&store, writes).unwrap();
        println!("holder: done");
    }
}
