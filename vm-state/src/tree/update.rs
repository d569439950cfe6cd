//! Changing a tree: the new root, and the nodes that change on the way to it.

use std::sync::Arc;
use std::thread;

use govm_core::{EMPTY_ROOT, Hash, HostFault, TreeLeaf};

use super::build::subtree;
use super::{BUCKET_LEAVES, Change, Child, Node, NodePath, TreeRead, damaged, top};

/// A node that is written, or deleted. It is 768 bytes long, so that moving it in maps and vectors would be what they do most.
pub(crate) type NodeChange = (NodePath, Option<Arc<Node>>);

/// What changes make of a tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TreeUpdate {
    /// What stands at the top afterwards; nothing for an empty tree.
    pub(crate) top: Option<Child>,
    /// The nodes that are written, or deleted with `None`; each path once.
    pub(crate) nodes: Vec<NodeChange>,
}

impl TreeUpdate {
    /// The root of the tree afterwards.
    pub(crate) fn root(&self) -> Hash {
        self.top.map_or(EMPTY_ROOT, |child| child.hash)
    }
}

/// Below this many changes a second thread costs more than it saves: starting one takes as long as some ten updates.
pub(crate) const MIN_PARALLEL_CHANGES: usize = 128;

/// Works out what changes make of a tree, with a thread for each reader; all readers see the same tree. The changes are in ascending
/// order of their paths, each path once.
pub(crate) fn update<T: TreeRead + Send>(readers: Vec<T>, changes: &[Change]) -> Result<TreeUpdate, HostFault> {
    let mut readers = readers.into_iter();
    let first = readers.next().ok_or_else(|| HostFault::engine("a tree needs a reader"))?;
    if readers.len() == 0 || changes.len() < MIN_PARALLEL_CHANGES || first.node(&NodePath::ROOT)?.is_none() {
        return update_alone(&first, changes);
    }
    parallel(first, readers.collect(), changes)
}

/// Works out what changes make of a tree, in this thread.
pub(crate) fn update_alone(tree: &impl TreeRead, changes: &[Change]) -> Result<TreeUpdate, HostFault> {
    let old = top(tree)?;
    if changes.is_empty() {
        return Ok(TreeUpdate { top: old, nodes: Vec::new() });
    }
    let mut walk = Walk { tree, nodes: Vec::new() };
    let top = walk.apply(&NodePath::ROOT, leaves_of(old), changes)?;
    walk.settle(&NodePath::ROOT, old, top);
    Ok(TreeUpdate { top, nodes: walk.nodes })
}

/// The children of the root, each by whichever thread is free.
fn parallel<T: TreeRead + Send>(first: T, rest: Vec<T>, changes: &[Change]) -> Result<TreeUpdate, HostFault> {
    let mut root = first.node(&NodePath::ROOT)?.ok_or_else(|| damaged(&NodePath::ROOT))?;
    let old = root;
    let tasks: Vec<(usize, &[Change])> = by_digit(&NodePath::ROOT, changes).collect();
    let next = std::sync::atomic::AtomicUsize::new(0);
    let work = |reader: T| -> Result<_, HostFault> {
        let mut walk = Walk { tree: &reader, nodes: Vec::new() };
        let mut done = Vec::new();
        while let Some((digit, changes)) = tasks.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
            done.push((*digit, walk.child(&NodePath::ROOT, old.children[*digit], *digit, changes)?));
        }
        Ok((done, walk.nodes))
    };
    let results = thread::scope(|scope| {
        // What a thread that the system does not give would have done, the others do.
        let beside =
            |reader| thread::Builder::new().name("govm-hash".to_owned()).spawn_scoped(scope, || work(reader)).ok();
        let others: Vec<_> = rest.into_iter().filter_map(beside).collect();
        let mut results = vec![work(first)];
        results.extend(others.into_iter().map(|other| {
            other.join().unwrap_or_else(|_| Err(HostFault::engine("a thread that hashed the state tree panicked")))
        }));
        results
    });
    let mut nodes = Vec::new();
    for result in results {
        let (done, changed) = result?;
        nodes.extend(changed);
        for (digit, child) in done {
            root.children[digit] = child;
        }
    }
    let top = root.range(0..16);
    let stays = leaves_of(top) > BUCKET_LEAVES;
    nodes.push((NodePath::ROOT, stays.then(|| Arc::new(root))));
    Ok(TreeUpdate { top, nodes })
}

/// A walk down one reader's tree.
struct Walk<'a, T> {
    tree: &'a T,
    nodes: Vec<NodeChange>,
}

impl<T: TreeRead> Walk<'_, T> {
    /// The subtree under a prefix after changes that all lie there; its own node is written if it has one.
    fn apply(&mut self, path: &NodePath, old_leaves: u64, changes: &[Change]) -> Result<Option<Child>, HostFault> {
        if old_leaves <= BUCKET_LEAVES {
            let old = if old_leaves == 0 { Vec::new() } else { self.tree.leaves(path, BUCKET_LEAVES + 1)? };
            if old.len() as u64 != old_leaves {
                return Err(damaged(path));
            }
            return subtree(*path, &merge(&old, changes), &mut |path, node| {
                self.nodes.push((path, Some(Arc::new(node))));
                Ok(())
            });
        }
        let mut node = self.tree.node(path)?.ok_or_else(|| damaged(path))?;
        for (digit, changes) in by_digit(path, changes) {
            node.children[digit] = self.child(path, node.children[digit], digit, changes)?;
        }
        let child = node.range(0..16);
        if leaves_of(child) > BUCKET_LEAVES {
            self.nodes.push((*path, Some(Arc::new(node))));
        }
        Ok(child)
    }

    /// A child after changes that all lie in it.
    fn child(
        &mut self,
        parent: &NodePath,
        old: Option<Child>,
        digit: usize,
        changes: &[Change],
    ) -> Result<Option<Child>, HostFault> {
        let path = parent.child(digit);
        let new = self.apply(&path, leaves_of(old), changes)?;
        self.settle(&path, old, new);
        Ok(new)
    }

    /// Deletes the node of a subtree that became a bucket.
    fn settle(&mut self, path: &NodePath, old: Option<Child>, new: Option<Child>) {
        if leaves_of(old) > BUCKET_LEAVES && leaves_of(new) <= BUCKET_LEAVES {
            self.nodes.push((*path, None));
        }
    }
}

pub(super) fn leaves_of(child: Option<Child>) -> u64 {
    child.map_or(0, |child| child.leaves)
}

/// The changes under each digit behind a prefix.
fn by_digit<'a>(path: &'a NodePath, changes: &'a [Change]) -> impl Iterator<Item = (usize, &'a [Change])> {
    let same = |a: &Change, b: &Change| path.next_digit(&a.0) == path.next_digit(&b.0);
    changes.chunk_by(same).map(|changes| (path.next_digit(&changes[0].0), changes))
}

/// Leaves after changes, both in ascending order.
pub(super) fn merge(old: &[TreeLeaf], changes: &[Change]) -> Vec<TreeLeaf> {
    let mut merged = Vec::with_capacity(old.len() + changes.len());
    let mut old = old.iter().copied().peekable();
    let leaf = |(path, digest): &(Hash, Option<Hash>)| digest.map(|digest| TreeLeaf { path: *path, digest });
    for change in changes {
        while let Some(before) = old.next_if(|leaf| leaf.path < change.0) {
            merged.push(before);
        }
        old.next_if(|leaf| leaf.path == change.0);
        merged.extend(leaf(change));
    }
    merged.extend(old);
    merged
}
