//! Whole stores: exported and imported, compacted, counted. `checking.rs` is about damage.

mod common;

use std::fs;
use std::io::Cursor;
use std::path::Path;

use common::forged::{Forged, forge};
use common::populated::{self, OWNER};
use common::{account, commit, put};
use govm_core::{BlockDraft, Hash, HostFault, Ledger, StateArchive, StateKey, StateStore};
use govm_state::{ExportError, ImportError, LmdbStore, OpenError, OpenOptions, Progress};

fn quiet(_: Progress) {}

fn export(store: &LmdbStore) -> Vec<u8> {
    let mut bytes = Vec::new();
    let exported = store.export(&mut bytes, &mut quiet).unwrap();
    assert_eq!(exported.bytes, bytes.len() as u64);
    bytes
}

fn import(path: &Path, bytes: &[u8]) -> Result<LmdbStore, ImportError> {
    LmdbStore::import(path, &OpenOptions::read_write(), Cursor::new(bytes), &mut quiet)
}

fn open(path: &Path) -> LmdbStore {
    LmdbStore::open(path, &OpenOptions::read_write()).unwrap()
}

#[track_caller]
fn assert_clean(store: &LmdbStore) {
    let report = store.check(&mut quiet).unwrap();
    assert_eq!((report.differences, report.found), (Vec::new(), 0));
}

#[test]
fn an_imported_state_is_the_exported_one_and_goes_on() {
    let parent = tempfile::tempdir().unwrap();
    let store = populated::store(&parent.path().join("first"));
    let head = store.snapshot().unwrap().head.unwrap();
    let bytes = export(&store);

    let copy = import(&parent.path().join("second"), &bytes).unwrap();
    assert_eq!(copy.snapshot().unwrap().head, Some(head.clone()));
    assert_eq!(export(&copy), bytes, "the same state and head give the same bytes");
    assert_clean(&copy);

    // What is behind the head is not there, and said so.
    assert_eq!(copy.oldest_state().unwrap(), head.height);
    assert_eq!(copy.header(head.height).unwrap().as_ref(), Some(&head));
    assert_eq!(copy.height_of(&head.hash()).unwrap(), Some(head.height));
    assert_eq!(copy.header(head.height - 1).unwrap(), None);
    assert_eq!(copy.receipts(head.height).unwrap(), []);
    let refused = copy.snapshot_at(head.height - 1).err();
    assert!(matches!(refused, Some(HostFault::NotKept { .. })), "{refused:?}");

    // Indexes are there, proofs hold, and both stores go on in the same way.
    let ledger = Ledger::new(copy.snapshot().unwrap().state);
    assert!(ledger.find_object(populated::actor(), &OWNER).is_ok());
    drop(ledger);
    let key = StateKey::Contract(populated::contract());
    copy.prove(&key, head.height).unwrap().verify(&head.state_root).unwrap();
    let next = |store: &LmdbStore| commit(store, vec![put(account(9), &[9; 16])]).unwrap();
    assert_eq!(next(&copy), next(&store));
    drop(copy);
    let copy = LmdbStore::open(parent.path().join("second"), &OpenOptions::read_only()).unwrap();
    assert_eq!(copy.snapshot().unwrap().height(), head.height + 1);
    assert_eq!(copy.prove(&key, head.height).unwrap().verify(&head.state_root), Ok(()));
}

#[test]
fn an_export_depends_on_state_and_head_alone() {
    let parent = tempfile::tempdir().unwrap();
    let store = populated::store(&parent.path().join("first"));
    let same = populated::store(&parent.path().join("second"));
    assert_eq!(export(&store), export(&same));
    let before = export(&store);
    store.append(BlockDraft { time_ns: 1, ..BlockDraft::on(store.snapshot().unwrap().head.as_ref()) }).unwrap();
    assert_ne!(export(&store), before);
}

#[test]
fn a_writer_goes_on_while_a_state_is_exported() {
    /// Commits a block the first time that it is written to.
    struct Meddling<'a>(&'a LmdbStore, Vec<u8>);
    impl std::io::Write for Meddling<'_> {
        fn write(&mut self, buf: &[u8]) -> std::io::Result<usize> {
            if self.1.is_empty() {
                commit(self.0, vec![put(account(9), b"0123456789abcdef")]).unwrap();
            }
            self.1.extend_from_slice(buf);
            Ok(buf.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let parent = tempfile::tempdir().unwrap();
    let store = populated::store(&parent.path().join("state"));
    let expected = export(&store);
    let mut out = Meddling(&store, Vec::new());
    store.export(&mut out, &mut quiet).unwrap();
    assert_eq!(out.1, expected);
    assert_eq!(store.snapshot().unwrap().height(), populated::HEIGHT + 1);
}

#[test]
fn progress_ends_at_its_total() {
    let parent = tempfile::tempdir().unwrap();
    let store = populated::store(&parent.path().join("first"));
    let mut seen = Vec::new();
    let mut bytes = Vec::new();
    let entries = store.export(&mut bytes, &mut |progress| seen.push(progress)).unwrap().entries;
    let path = parent.path().join("second");
    LmdbStore::import(path, &OpenOptions::read_write(), Cursor::new(&bytes), &mut |progress| seen.push(progress))
        .unwrap();
    let checked = store.check(&mut |progress| seen.push(progress)).unwrap();
    for (what, total) in
        [("exporting", entries), ("building the state tree", entries), ("checking what was", checked.entries)]
    {
        let last = seen.iter().rfind(|progress| progress.what == what).unwrap();
        assert_eq!((last.done, last.total), (total, total), "{what}");
    }
    assert!(seen.iter().all(|progress| progress.done <= progress.total));
}

#[test]
fn a_store_without_a_block_has_nothing_to_export() {
    let parent = tempfile::tempdir().unwrap();
    let mut out = Vec::new();
    let refused = open(parent.path()).export(&mut out, &mut quiet);
    assert!(matches!(refused, Err(ExportError::Empty)), "{refused:?}");
    assert_eq!(out, []);
    assert_clean(&open(parent.path()));
}

#[test]
fn an_import_grows_its_map_as_far_as_it_may() {
    let parent = tempfile::tempdir().unwrap();
    let store = populated::store(&parent.path().join("first"));
    let large: Vec<_> = (0..20).map(|n| (populated::code(n).0, Some(populated::code(n).1))).collect();
    commit(&store, large).unwrap();
    let bytes = export(&store);
    let tiny = OpenOptions::read_write().map_bytes(1);
    let copy = LmdbStore::import(parent.path().join("second"), &tiny, Cursor::new(&bytes), &mut quiet).unwrap();
    assert_eq!(export(&copy), bytes);

    let path = parent.path().join("third");
    let refused = LmdbStore::import(&path, &tiny.max_map_bytes(1), Cursor::new(&bytes), &mut quiet).unwrap_err();
    assert!(matches!(refused, ImportError::Store(HostFault::Storage(_))), "{refused:?}");
    assert!(!path.exists());
}

#[test]
fn a_store_is_imported_into_a_new_directory_only() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("state");
    let store = populated::store(&path);
    let bytes = export(&store);
    for _ in 0..2 {
        let refused = import(&path, &bytes).unwrap_err();
        assert!(matches!(&refused, ImportError::Exists { path: named } if *named == path), "{refused:?}");
    }
    drop(store);
    assert!(matches!(import(&path, &bytes), Err(ImportError::Exists { .. })));
    assert_clean(&open(&path));

    let other = parent.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("thesis.txt"), "years of work").unwrap();
    assert!(matches!(import(&other, &bytes), Err(ImportError::Open(OpenError::NotAStore { .. }))));
    assert_eq!(fs::read(other.join("thesis.txt")).unwrap(), b"years of work");

    // An empty directory is new, and so is what an interrupted import has left.
    let empty = parent.path().join("empty");
    fs::create_dir(&empty).unwrap();
    drop(import(&empty, &bytes).unwrap());
    fs::write(empty.join("govm.lock"), "").unwrap();
    assert!(matches!(LmdbStore::open(&empty, &OpenOptions::read_only()), Err(OpenError::NotFound { .. })));
    assert_clean(&import(&empty, &bytes).unwrap());
}

/// A store with an entry in each table, as small as can be.
fn small(path: &Path) -> LmdbStore {
    let store = open(path);
    let mut ledger = Ledger::new(store.snapshot().unwrap().state);
    populated::small_block(&mut ledger);
    let draft = BlockDraft { writes: ledger.into_writes(), ..BlockDraft::on(None) };
    store.append(draft).unwrap();
    store
}

#[test]
fn every_changed_byte_and_every_cut_of_an_export_is_refused_and_leaves_nothing() {
    let parent = tempfile::tempdir().unwrap();
    let bytes = export(&small(&parent.path().join("first")));
    let path = parent.path().join("second");
    let refused = |bytes: &[u8], what: String| {
        let error = import(&path, bytes).expect_err(&what);
        assert!(!path.exists(), "{what}: {error}");
        error
    };
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << (at % 8);
        let error = refused(&changed, format!("byte {at}"));
        let as_expected = match at {
            0..12 => matches!(error, ImportError::NotAnExport),
            12..16 => matches!(error, ImportError::OtherVersion { supported: 2, .. }),
            _ => matches!(error, ImportError::Damaged { .. } | ImportError::Truncated | ImportError::OtherRoot { .. }),
        };
        assert!(as_expected, "{at}: {error:?}");
    }
    let ends = (0..60).chain((60..bytes.len() - 40).step_by(11)).chain(bytes.len() - 40..bytes.len());
    for end in ends {
        let error = refused(&bytes[..end], format!("cut at {end}"));
        assert!(matches!(error, ImportError::Truncated), "{end}: {error:?}");
    }
    let longer = [&bytes[..], &[0]].concat();
    assert!(matches!(refused(&longer, "longer".to_owned()), ImportError::Damaged { .. }));
    assert!(matches!(refused(&[&bytes[..], &bytes[..]].concat(), "twice".to_owned()), ImportError::Damaged { .. }));
    drop(import(&path, &bytes).unwrap());
}

#[test]
fn what_an_export_holds_is_checked_and_not_only_its_checksum() {
    let parent = tempfile::tempdir().unwrap();
    let store = small(&parent.path().join("first"));
    let good = Forged::of(&store);
    drop(import(&parent.path().join("good"), &forge(&good)).unwrap());

    let path = parent.path().join("second");
    let changed = |change: &dyn Fn(&mut Forged)| {
        let mut forged = good.clone();
        change(&mut forged);
        let error = import(&path, &forge(&forged)).unwrap_err();
        assert!(!path.exists(), "{error}");
        error.to_string()
    };
    type Change<'a> = &'a dyn Fn(&mut Forged);
    let cases: [(&str, Change<'_>); 14] = [
        ("the export's entries have the state root ", &|forged| forged.header.state_root = Hash::ZERO),
        ("the export's entries have the state root ", &|forged| forged.tables[0][0].1[0] ^= 1),
        ("the export's entries have the state root ", &|forged| drop(forged.tables[0].remove(0))),
        ("no block has the height 0", &|forged| forged.header.height = 0),
        ("the code has another hash", &|forged| forged.tables[2][0].1.push(0)),
        ("is missing", &|forged| drop(forged.tables[2].remove(0))),
        (": Unexpected length of input", &|forged| forged.tables[0][0].1.truncate(15)),
        (": Not all bytes read", &|forged| forged.tables[3][0].1.push(0)),
        ("this is no key of the table", &|forged| forged.tables[0][0].0.push(0)),
        ("is not behind the one before", &|forged| forged.tables[3].swap(0, 1)),
        ("is not behind the one before", &|forged| {
            let first = forged.tables[3][0].clone();
            forged.tables[3].insert(0, first);
        }),
        ("its objects have 2 fields, it has 1", &|forged| drop(forged.tables[4].remove(0))),
        ("is too long", &|forged| forged.tables[4][0].1 = vec![0; 256 * 1024 + 1]),
        ("is another than at its beginning", &|forged| forged.end += 1),
    ];
    for (expected, change) in cases {
        let said = changed(change);
        assert!(said.contains(expected), "{said} instead of {expected}");
    }
    // Fields that have the right number in all, but not in each object.
    let said = changed(&|forged| {
        let (key, value) = forged.tables[4].remove(0);
        let mut name = key.clone();
        name.truncate(32);
        let other = forged.tables[3].iter().find(|(id, _)| *id != name).unwrap().0.clone();
        forged.tables[4].push(([other, b"more".to_vec()].concat(), value));
        forged.tables[4].sort();
    });
    assert!(said.contains("has more fields than it says"), "{said}");
}

#[test]
fn compaction_gives_room_back_and_changes_nothing_else() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("state");
    let store = populated::store(&path);
    let large = |there: bool| (0..20).map(|n| (populated::code(n).0, there.then(|| populated::code(n).1))).collect();
    commit(&store, large(true)).unwrap();
    commit(&store, large(false)).unwrap();
    for _ in 0..3 {
        commit(&store, Vec::new()).unwrap();
    }
    let (before, head) = (export(&store), store.snapshot().unwrap().head);

    // Not while anybody has it open, be it for reading.
    let refused = || LmdbStore::compact(&path, &OpenOptions::read_write()).unwrap_err();
    assert!(matches!(refused(), OpenError::InUse { .. }));
    let view = store.snapshot().unwrap();
    drop(store);
    assert!(matches!(refused(), OpenError::OpenElsewhere { .. }));
    drop(view);
    let reader = LmdbStore::open(&path, &OpenOptions::read_only()).unwrap();
    assert!(matches!(refused(), OpenError::OpenElsewhere { .. }));
    drop(reader);

    // What an interrupted compaction has left is no hindrance.
    fs::write(path.join("data.mdb.compact"), "half").unwrap();
    let compacted = LmdbStore::compact(&path, &OpenOptions::read_write()).unwrap();
    let length = fs::metadata(path.join("data.mdb")).unwrap().len();
    assert_eq!(compacted.after_bytes, length);
    assert!(compacted.after_bytes < compacted.before_bytes, "{compacted:?}");
    assert!(!path.join("data.mdb.compact").exists());
    for options in [OpenOptions::read_only(), OpenOptions::read_write()] {
        let store = LmdbStore::open(&path, &options).unwrap();
        assert_eq!(store.snapshot().unwrap().head, head);
        assert_eq!(export(&store), before);
        assert_clean(&store);
    }
    let store = open(&path);
    commit(&store, vec![put(account(9), &[0; 24])]).unwrap();
    assert_clean(&store);
}

#[test]
fn nothing_is_compacted_where_there_is_no_store() {
    let parent = tempfile::tempdir().unwrap();
    for path in [parent.path().to_owned(), parent.path().join("absent")] {
        let refused = LmdbStore::compact(&path, &OpenOptions::read_write()).unwrap_err();
        assert!(matches!(refused, OpenError::NotFound { .. }), "{refused:?}");
    }
    assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
}

#[test]
fn statistics_count_what_is_there() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("state");
    let store = populated::store(&path);
    let stats = store.stats().unwrap();
    let head = store.snapshot().unwrap().head.unwrap();
    assert_eq!((stats.height, stats.state_root), (head.height, head.state_root));
    assert_eq!((stats.oldest_block, stats.oldest_state), (1, 0));
    assert!(stats.pending_leaves > 64, "{stats:?}");
    assert_eq!(stats.file_bytes, fs::metadata(path.join("data.mdb")).unwrap().len());
    assert_eq!(stats.map_bytes, 1 << 30);
    assert!(stats.readers >= 1);
    let entries = |name: &str| stats.databases.iter().find(|database| database.name == name).unwrap().entries;
    assert_eq!(stats.databases.len(), 16);
    assert_eq!(entries("blocks"), head.height);
    assert_eq!((entries("objects"), entries("owned"), entries("created")), (201, 201, 201));
    assert!(stats.databases.iter().all(|database| database.bytes.is_multiple_of(4096)));

    let mut bytes = Vec::new();
    store.export(&mut bytes, &mut quiet).unwrap();
    let copy = import(&parent.path().join("copy"), &bytes).unwrap().stats().unwrap();
    assert_eq!((copy.oldest_block, copy.oldest_state, copy.pending_leaves), (head.height, head.height, 0));
}
