//! A walk over every page that a snapshot leads to.

use std::collections::BTreeSet;
use std::path::Path;

use super::page::{OVERFLOW, Page, Tree, is_before, number};
use super::{ATTEMPTS, Failure, Meta, Pages, Wrong, is_known};

/// Looks at every page of the snapshot of a transaction that is open: so none of them changes.
pub(in crate::lmdb) fn walk(path: &Path, txn: u64) -> Result<(), Failure> {
    if !is_known() {
        return Ok(());
    }
    let mut pages = Pages::open(path)?;
    for _ in 0..ATTEMPTS {
        if let Some(meta) = pages.metas()?.into_iter().find(|meta| meta.txn == txn) {
            return walk_meta(&pages, &meta);
        }
    }
    Err(format!("no first page is of the transaction {txn}").into())
}

/// Whether the pages that a snapshot leads to are there, each once, and well formed, and those behind the file's end are free.
pub(super) fn walk_meta(pages: &Pages, meta: &Meta) -> Result<(), Failure> {
    let seen = vec![0; usize::try_from(pages.count.div_ceil(64)).map_err(|_| "the data is too long".to_owned())?];
    let mut walk = Walk { pages, last_page: meta.last_page, seen, free_behind: BTreeSet::new() };
    walk.see(0)?;
    walk.see(1)?;
    walk.tree(&meta.free, Kind::Free)?;
    walk.tree(&meta.main, Kind::Main)?;
    let behind = (meta.last_page + 1).saturating_sub(pages.count);
    if walk.free_behind.len() as u64 != behind {
        let known = walk.free_behind.len();
        return Err(format!("{behind} pages lie behind the end of the data, and only {known} of them are free").into());
    }
    Ok(())
}

/// What a tree is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The list of free pages.
    Free,
    /// The list of databases.
    Main,
    /// A database.
    Named,
}

struct Walk<'a> {
    pages: &'a Pages,
    last_page: u64,
    /// A bit for each page of the file that was met.
    seen: Vec<u64>,
    /// The free pages behind the file's end.
    free_behind: BTreeSet<u64>,
}

/// What was counted of a tree.
#[derive(Default)]
struct Counts {
    branches: u64,
    leaves: u64,
    overflows: u64,
    entries: u64,
}

/// A page that is still to be looked at: the keys in it are not before the one and before the other.
struct Step {
    page: u64,
    depth: u16,
    from: Option<Vec<u8>>,
    to: Option<Vec<u8>>,
}

impl Walk<'_> {
    fn see(&mut self, page: u64) -> Result<(), Wrong> {
        if page > self.last_page || page >= self.pages.count {
            return Err(format!("page {page} lies behind the last one"));
        }
        let (word, bit) = ((page / 64) as usize, 1 << (page % 64));
        if self.seen[word] & bit != 0 {
            return Err(format!("page {page} is used twice"));
        }
        self.seen[word] |= bit;
        Ok(())
    }

    fn tree(&mut self, tree: &Tree, kind: Kind) -> Result<(), Failure> {
        let is_free = kind == Kind::Free;
        tree.check(is_free)?;
        let mut counts = Counts::default();
        let mut steps: Vec<_> =
            tree.root().map(|page| Step { page, depth: tree.depth, from: None, to: None }).into_iter().collect();
        while let Some(step) = steps.pop() {
            self.see(step.page)?;
            let page = self.pages.page(step.page)?;
            page.check(step.depth == 1, is_free)?;
            if step.depth == 1 {
                counts.leaves += 1;
                counts.entries += page.len() as u64;
                self.leaf(&page, &step, kind, &mut counts)?;
            } else {
                counts.branches += 1;
                branch(&page, &step, is_free, &mut steps)?;
            }
        }
        let found = (counts.branches, counts.leaves, counts.overflows, counts.entries);
        if found != (tree.branches, tree.leaves, tree.overflows, tree.entries) {
            return Err(format!("a database has {found:?} pages and entries, its record is {tree:?}").into());
        }
        Ok(())
    }

    fn leaf(&mut self, page: &Page, step: &Step, kind: Kind, counts: &mut Counts) -> Result<(), Failure> {
        for node in page.nodes() {
            step.check(page, page.key(&node), kind == Kind::Free)?;
            if (kind == Kind::Main) != Page::is_database(&node) {
                return Err(format!("page {}: an entry is of another kind", page.number).into());
            }
            match kind {
                Kind::Main => {
                    let tree = page.tree(&node).ok_or_else(|| format!("page {}: no database", page.number))?;
                    self.tree(&tree, Kind::Named)?;
                }
                Kind::Named if node.is_big() => {
                    self.overflow(number(page.value(&node)), node.value_bytes, counts)?;
                }
                Kind::Named => {}
                Kind::Free if node.is_big() => {
                    let list = self.overflow(number(page.value(&node)), node.value_bytes, counts)?;
                    self.free(&list)?;
                }
                Kind::Free => self.free(page.value(&node))?,
            }
        }
        Ok(())
    }

    /// Looks at the pages of a value that is on pages of its own, and returns it.
    fn overflow(&mut self, first: u64, value_bytes: usize, counts: &mut Counts) -> Result<Vec<u8>, Failure> {
        let page = self.pages.page(first)?;
        page.check_kind(OVERFLOW)?;
        let (header, length) = (16, self.pages.page_bytes);
        let count = page.overflow_pages();
        if count < (header + value_bytes).div_ceil(length) as u64 {
            return Err(format!("page {first}: it is too short for its value").into());
        }
        for page in first..first.saturating_add(count) {
            self.see(page)?;
        }
        counts.overflows += count;
        let mut value = vec![0; value_bytes];
        self.pages.read_at(first * length as u64 + header as u64, &mut value)?;
        Ok(value)
    }

    /// Looks at a list of free pages: how many, then each, in descending order.
    fn free(&mut self, list: &[u8]) -> Result<(), Failure> {
        let wrong = || Failure::Wrong("a list of free pages is none".to_owned());
        let (count, list) = list.split_at_checked(8).ok_or_else(wrong)?;
        if list.len() % 8 != 0 || (list.len() / 8) as u64 != number(count) {
            return Err(wrong());
        }
        let mut before = u64::MAX;
        for page in list.chunks_exact(8).map(number) {
            if page >= before || page > self.last_page {
                return Err(wrong());
            }
            before = page;
            if page < self.pages.count {
                self.see(page)?;
            } else {
                self.free_behind.insert(page);
            }
        }
        Ok(())
    }
}

impl Step {
    fn check(&self, page: &Page, key: &[u8], is_free: bool) -> Result<(), Wrong> {
        let early = self.from.as_ref().is_some_and(|from| is_before(key, from, is_free));
        let late = self.to.as_ref().is_some_and(|to| !is_before(key, to, is_free));
        if early || late { Err(format!("page {}: it has a key that belongs elsewhere", page.number)) } else { Ok(()) }
    }
}

/// The pages below a branch.
fn branch(page: &Page, step: &Step, is_free: bool, steps: &mut Vec<Step>) -> Result<(), Wrong> {
    for index in 0..page.len() {
        let node = page.node(index);
        let from = if index == 0 { step.from.clone() } else { Some(page.key(&node).to_vec()) };
        if let Some(from) = from.as_ref().filter(|_| index > 0) {
            step.check(page, from, is_free)?;
        }
        let next = (index + 1 < page.len()).then(|| page.key(&page.node(index + 1)).to_vec());
        steps.push(Step { page: node.child, depth: step.depth - 1, from, to: next.or_else(|| step.to.clone()) });
    }
    Ok(())
}
