//! The pages of the data file, read without LMDB. LMDB believes its pages: one that lies behind the file's end, or whose header is
//! wrong, ends the process that follows it. So opening looks at those that everything begins with, and a check looks at all.
//!
//! The layout is that of LMDB's data version 1 (`mdb.c`: `MDB_page`, `MDB_meta`, `MDB_db`, `MDB_node`) on machines with words of 64
//! bits, little-endian; elsewhere nothing is looked at.

mod page;
mod walk;

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use page::{META, Page, Tree, number};

pub(super) use walk::walk;

/// How often what a writer changes meanwhile is looked at anew.
const ATTEMPTS: usize = 8;

const MAGIC: u32 = 0xBEEF_C0DE;
const VERSION: u32 = 1;

/// Where the fields of a meta page are, in bytes, and how long they all are.
const META_MAGIC: usize = 16;
const META_VERSION: usize = 20;
const META_MAP: usize = 32;
const META_FREE: usize = 40;
const META_MAIN: usize = 88;
const META_LAST: usize = 136;
const META_TXN: usize = 144;
const META_BYTES: usize = 152;

/// A map of this size fits no address space of today's machines, in bytes: 128 TiB.
const MAX_MAP_BYTES: u64 = 1 << 47;

/// What is wrong with the pages: a few words.
pub(super) type Wrong = String;

/// Why pages could not be checked, or not be trusted.
#[derive(Debug)]
pub(super) enum Failure {
    Io(io::Error),
    Wrong(Wrong),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<Wrong> for Failure {
    fn from(wrong: Wrong) -> Self {
        Self::Wrong(wrong)
    }
}

/// What a meta page says: where a snapshot begins.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Meta {
    page_bytes: usize,
    free: Tree,
    main: Tree,
    last_page: u64,
    txn: u64,
}

/// The data file.
struct Pages {
    file: File,
    page_bytes: usize,
    /// How many whole pages the file has.
    count: u64,
}

impl Pages {
    fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { file: File::open(path)?, page_bytes: 0, count: 0 })
    }

    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        let mut file = &self.file;
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(bytes)
    }

    /// A page that something leads to.
    fn page(&self, number: u64) -> Result<Page, Failure> {
        if number >= self.count {
            return Err(format!("page {number} lies behind the end of the data, which has {} pages", self.count).into());
        }
        let mut bytes = vec![0; self.page_bytes];
        self.read_at(number * self.page_bytes as u64, &mut bytes)?;
        Ok(Page { number, bytes })
    }

    /// Both meta pages, the newer first, and learns how long the file is.
    fn metas(&mut self) -> Result<[Meta; 2], Failure> {
        let first = self.meta(0, 0)?;
        let second = self.meta(1, first.page_bytes as u64)?;
        self.page_bytes = first.page_bytes;
        self.count = self.file.metadata()?.len() / self.page_bytes as u64;
        if second.page_bytes != first.page_bytes {
            return Err("its two first pages differ about the length of a page".to_owned().into());
        }
        // Transaction n writes meta page n % 2; a new file begins with 0 in both.
        let (newer, older) = if first.txn > second.txn { (first, second) } else { (second, first) };
        let begun = newer.txn <= 1 && older.txn == 0;
        if !begun && older.txn + 1 != newer.txn {
            return Err(format!("its two first pages are of transactions {} and {}", older.txn, newer.txn).into());
        }
        Ok([newer, older])
    }

    fn meta(&self, number: u64, offset: u64) -> Result<Meta, Failure> {
        let wrong = |what: &str| Failure::Wrong(format!("page {number}: {what}"));
        let mut bytes = vec![0; META_BYTES];
        match self.read_at(offset, &mut bytes) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Err(wrong("the data ends before it")),
            other => other?,
        }
        let page = Page { number, bytes };
        let word = |at: usize| u32::from_le_bytes(number_at(&page.bytes, at));
        if page.flags() != META || page.own_number() != number {
            return Err(wrong("this is no first page"));
        }
        if word(META_MAGIC) != MAGIC || word(META_VERSION) != VERSION {
            return Err(wrong("this is no LMDB file of version 1"));
        }
        let (free, main) = (Tree::read(&page.bytes[META_FREE..]), Tree::read(&page.bytes[META_MAIN..]));
        // The list of free pages has no need of the length that others have for keys: here stands that of a page.
        let page_bytes = free.pad as usize;
        if !page_bytes.is_power_of_two() || !(512..=65536).contains(&page_bytes) {
            return Err(wrong("the length of a page is none"));
        }
        if number_of(&page, META_MAP) >= MAX_MAP_BYTES {
            return Err(wrong("the size of its map is none"));
        }
        let (last_page, txn) = (number_of(&page, META_LAST), number_of(&page, META_TXN));
        if txn % 2 != number && txn != 0 {
            return Err(wrong("it is of a transaction that does not write it"));
        }
        Ok(Meta { page_bytes, free, main, last_page, txn })
    }
}

fn number_at<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    std::array::from_fn(|byte| bytes[at + byte])
}

fn number_of(page: &Page, at: usize) -> u64 {
    number(&page.bytes[at..])
}

/// Whether the layout is the one that is known here.
fn is_known() -> bool {
    cfg!(all(target_pointer_width = "64", target_endian = "little"))
}

/// Looks at what everything begins with before LMDB does: the meta pages, the roots of the databases, and whether the data was cut.
/// `head` is the entry that tells how new a state is: database, key and value of 8 bytes, big-endian.
pub(super) fn survey(path: &Path, head: (&[u8], &[u8])) -> Result<(), Failure> {
    if !is_known() {
        return Ok(());
    }
    let mut before = None;
    for attempt in 0..ATTEMPTS {
        let mut pages = Pages::open(path)?;
        let metas = pages.metas();
        let result = metas.and_then(|metas| {
            if pages.are_missing(&metas[0]) && attempt < ATTEMPTS / 2 {
                // A writer makes the file longer right behind its commit.
                std::thread::yield_now();
                return Ok(None);
            }
            let result = pages.survey(&metas, head);
            if result.is_err() && before.replace(metas.clone()).as_ref() != Some(&metas) {
                // A writer may have gone on: what it leaves twice is what there is.
                return Ok(None);
            }
            result.map(Some)
        });
        match result {
            Ok(Some(())) => return Ok(()),
            Ok(None) => {}
            Err(failure) => return Err(failure),
        }
    }
    Err("its first pages change faster than they can be read".to_owned().into())
}

impl Pages {
    fn survey(&self, [newer, older]: &[Meta; 2], (database, key): (&[u8], &[u8])) -> Result<(), Failure> {
        if newer.last_page < older.last_page {
            return Err(format!("it ends with page {}, before with {}", newer.last_page, older.last_page).into());
        }
        for meta in [newer, older] {
            let free = meta.free.clone();
            self.root(&free, true)?;
            for (_, tree) in self.databases(meta)? {
                self.root(&tree, false)?;
            }
        }
        // The meta page of an older transaction with a newer state: it is the newer one, damaged.
        let height = |meta: &Meta| self.height(meta, database, key);
        if height(newer)? < height(older)? {
            return Err("its first page is of an older transaction and a newer state".to_owned().into());
        }
        if self.are_missing(newer) {
            // The last pages may be free and never have been written, if a crash came before the file was made longer.
            walk::walk_meta(self, newer)?;
        }
        Ok(())
    }

    /// Whether the file ends before its last page.
    fn are_missing(&self, meta: &Meta) -> bool {
        meta.last_page >= self.count
    }

    /// Whether a tree's root is there and well formed.
    fn root(&self, tree: &Tree, is_free: bool) -> Result<(), Failure> {
        tree.check(is_free)?;
        let Some(root) = tree.root() else { return Ok(()) };
        let page = self.page(root)?;
        page.check(tree.depth == 1, is_free)?;
        Ok(())
    }

    /// The named databases of a snapshot. There are so few that one page holds them.
    fn databases(&self, meta: &Meta) -> Result<Vec<(Vec<u8>, Tree)>, Failure> {
        self.root(&meta.main, false)?;
        let Some(root) = meta.main.root() else { return Ok(Vec::new()) };
        let page = self.page(root)?;
        if meta.main.depth != 1 {
            return Err(format!("page {root}: the list of databases has more than one page").into());
        }
        let databases = page.nodes().map(|node| {
            let tree = page.tree(&node).ok_or_else(|| format!("page {root}: an entry is no database"))?;
            Ok((page.key(&node).to_vec(), tree))
        });
        databases.collect()
    }

    /// How new the state of a snapshot is; 0 for one before the first block.
    fn height(&self, meta: &Meta, database: &[u8], key: &[u8]) -> Result<u64, Failure> {
        let databases = self.databases(meta)?;
        let Some((_, tree)) = databases.iter().find(|(name, _)| name == database) else { return Ok(0) };
        // It has a few short entries.
        let Some(root) = tree.root().filter(|_| tree.depth == 1) else { return Ok(0) };
        let page = self.page(root)?;
        let value = page.nodes().find(|node| page.key(node) == key).map(|node| page.value(&node).to_vec());
        Ok(value.and_then(|value| value.first_chunk().copied()).map_or(0, u64::from_be_bytes))
    }
}

/// Makes the data as long as its pages are, so that its length proves that nothing was cut off. Nothing depends on it.
pub(super) fn lengthen(path: &Path, wanted_bytes: u64) -> io::Result<()> {
    if std::fs::metadata(path)?.len() >= wanted_bytes {
        return Ok(());
    }
    File::options().write(true).open(path)?.set_len(wanted_bytes)
}
