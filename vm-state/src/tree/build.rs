//! Building a whole tree from its leaves: to check a stored one, and to make the tree of an imported state.

use govm_core::{Hash, TreeLeaf};

use super::{BUCKET_LEAVES, Child, Node, NodePath, whole};

/// About how many leaves are held in memory at a time.
const GROUP_LEAVES: u64 = 4096;

/// Takes leaves in the order of their paths and gives the nodes, of all trees the one with these leaves. It holds about 4,096 leaves
/// and a hash for each 4,096 others.
#[derive(Debug)]
pub(crate) struct Builder<F> {
    /// How many digits the leaves of one group have in common.
    digits: usize,
    group: Vec<TreeLeaf>,
    done: Vec<(NodePath, Child)>,
    emit: F,
}

impl<E, F: FnMut(NodePath, Node) -> Result<(), E>> Builder<F> {
    /// A builder for about this many leaves; another number changes nothing but the memory that it takes.
    pub(crate) fn new(expected_leaves: u64, emit: F) -> Self {
        let groups = (0..8).find(|digits| expected_leaves >> (4 * digits) <= GROUP_LEAVES);
        Self { digits: groups.unwrap_or(8), group: Vec::new(), done: Vec::new(), emit }
    }

    /// Adds the next leaf.
    pub(crate) fn push(&mut self, leaf: TreeLeaf) -> Result<(), E> {
        let starts = self.group.first().is_some_and(|first| self.prefix(&first.path) != self.prefix(&leaf.path));
        if starts {
            self.close()?;
        }
        self.group.push(leaf);
        Ok(())
    }

    /// What stands at the top of the tree; nothing without leaves.
    pub(crate) fn finish(mut self) -> Result<Option<Child>, E> {
        self.close()?;
        let done = std::mem::take(&mut self.done);
        self.upper(NodePath::ROOT, 0, &done)
    }

    fn prefix(&self, path: &Hash) -> NodePath {
        (0..self.digits).fold(NodePath::ROOT, |prefix, _| prefix.child(prefix.next_digit(path)))
    }

    fn close(&mut self) -> Result<(), E> {
        let group = std::mem::take(&mut self.group);
        let Some(first) = group.first() else { return Ok(()) };
        let prefix = self.prefix(&first.path);
        if let Some(child) = subtree(prefix, &group, &mut self.emit)? {
            self.done.push((prefix, child));
        }
        Ok(())
    }

    /// The subtree of the groups under a prefix of fewer digits.
    fn upper(&mut self, path: NodePath, digits: usize, groups: &[(NodePath, Child)]) -> Result<Option<Child>, E> {
        if digits == self.digits {
            return Ok(groups.first().map(|(_, child)| *child));
        }
        let mut node = Node::default();
        for groups in groups.chunk_by(|a, b| path.next_digit(&a.0.first()) == path.next_digit(&b.0.first())) {
            let digit = path.next_digit(&groups[0].0.first());
            node.set(digit, self.upper(path.child(digit), digits + 1, groups)?);
        }
        let child = node.range(0..16);
        if child.is_some_and(|child| child.leaves() > BUCKET_LEAVES) {
            (self.emit)(path, node)?;
        }
        Ok(child)
    }
}

/// The subtree of the leaves under a prefix, with a node wherever there are many.
pub(super) fn subtree<E>(
    path: NodePath,
    leaves: &[TreeLeaf],
    emit: &mut impl FnMut(NodePath, Node) -> Result<(), E>,
) -> Result<Option<Child>, E> {
    if leaves.len() as u64 <= BUCKET_LEAVES {
        return Ok(whole(leaves, path.bits()));
    }
    let mut node = Node::default();
    for leaves in leaves.chunk_by(|a, b| path.next_digit(&a.path) == path.next_digit(&b.path)) {
        let digit = path.next_digit(&leaves[0].path);
        node.set(digit, subtree(path.child(digit), leaves, emit)?);
    }
    emit(path, node)?;
    Ok(Some(node.summary()))
}
