//! Proofs out of a stored tree.

use govm_core::{Hash, HostFault, TreeLeaf, path_bit};

use super::node::{hash_of, leaves_of, split};
use super::{BUCKET_LEAVES, Child, Node, NodePath, TreeRead, damaged, whole};

/// What stands on the way to a path: the leaf at its end, if there is one, and the hashes beside it, from the leaf on.
pub(crate) fn prove(tree: &impl TreeRead, path: &Hash) -> Result<(Option<TreeLeaf>, Vec<Hash>), HostFault> {
    let mut siblings = Vec::new();
    let leaf = descend(tree, path, &mut siblings)?;
    siblings.reverse();
    Ok((leaf, siblings))
}

fn descend(tree: &impl TreeRead, path: &Hash, siblings: &mut Vec<Hash>) -> Result<Option<TreeLeaf>, HostFault> {
    let Some(mut node) = tree.node(&NodePath::ROOT)? else { return bucket(tree, path, &NodePath::ROOT, siblings) };
    let mut at = NodePath::ROOT;
    loop {
        let below = narrow(&node, at.next_digit(path), siblings);
        let Some((digit, child)) = below else { return Ok(None) };
        at = at.child(digit);
        if child.leaves() <= BUCKET_LEAVES {
            return bucket(tree, path, &at, siblings);
        }
        node = tree.node(&at)?.ok_or_else(|| damaged(&at))?;
    }
}

/// The way through a node: the child that it leads to, if there is one. That is the one of the digit, or the lone leaf that
/// stands for everything around the digit.
fn narrow(node: &Node, digit: usize, siblings: &mut Vec<Hash>) -> Option<(usize, Child)> {
    let mut range = 0..16;
    while range.len() > 1 && leaves_of(node.range(range.clone())) > 1 {
        let middle = range.start + range.len() / 2;
        let (left, right) = (range.start..middle, middle..range.end);
        let (near, far) = if digit < middle { (left, right) } else { (right, left) };
        siblings.push(hash_of(node.range(far)));
        range = near;
    }
    range.into_iter().find_map(|digit| Some((digit, node.child(digit)?)))
}

/// The rest of the way, through the leaves under a prefix.
fn bucket(
    tree: &impl TreeRead,
    path: &Hash,
    at: &NodePath,
    siblings: &mut Vec<Hash>,
) -> Result<Option<TreeLeaf>, HostFault> {
    let leaves = tree.leaves(at, BUCKET_LEAVES + 1)?;
    if leaves.len() as u64 > BUCKET_LEAVES {
        return Err(damaged(at));
    }
    let mut rest = &leaves[..];
    while rest.len() > 1 {
        let bit = siblings.len();
        let (left, right) = split(rest, bit);
        let (near, far) = if path_bit(path, bit) { (right, left) } else { (left, right) };
        siblings.push(hash_of(whole(far, bit + 1)));
        rest = near;
    }
    Ok(rest.first().copied())
}
