//! The tree against the crate whose hashes it has, and against itself built anew.

use std::collections::{BTreeMap, HashMap};

use govm_core::{EMPTY_ROOT, Hash, HostFault, StateKey, StateProof, TreeLeaf, leaf_hash, node_hash, value_digest};
use jmt::mock::MockTreeStore;
use jmt::storage::TreeWriter;
use jmt::{KeyHash, Sha256Jmt};
use proptest::prelude::*;
use serde_json::Value;

use super::*;

/// A stored tree in maps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Stored {
    leaves: BTreeMap<Hash, Hash>,
    nodes: HashMap<NodePath, Node>,
}

impl TreeRead for Stored {
    fn node(&self, path: &NodePath) -> Result<Option<Node>, HostFault> {
        Ok(self.nodes.get(path).copied())
    }

    fn leaves(&self, path: &NodePath, limit: u64) -> Result<Vec<TreeLeaf>, HostFault> {
        let below = self.leaves.range(path.first()..).take_while(|(leaf, _)| path.covers(leaf));
        Ok(below.map(leaf).take(limit as usize).collect())
    }
}

impl TreeWrite for Stored {
    type Error = HostFault;

    fn node(&self, path: &NodePath) -> Result<Option<Node>, HostFault> {
        TreeRead::node(self, path)
    }

    fn put_node(&mut self, path: &NodePath, node: Option<&Node>) -> Result<(), HostFault> {
        let there = match node {
            Some(node) => self.nodes.insert(*path, *node).is_some(),
            None => self.nodes.remove(path).is_some(),
        };
        assert!(there || node.is_some(), "{path} was not there");
        Ok(())
    }

    fn put_leaf(&mut self, path: &Hash, digest: Option<&Hash>) -> Result<(), HostFault> {
        let there = match digest {
            Some(digest) => self.leaves.insert(*path, *digest).is_some(),
            None => self.leaves.remove(path).is_some(),
        };
        assert!(there || digest.is_some(), "{path} was not there");
        Ok(())
    }
}

fn leaf((path, digest): (&Hash, &Hash)) -> TreeLeaf {
    TreeLeaf { path: *path, digest: *digest }
}

impl Stored {
    /// The tree of the same leaves, built from nothing.
    fn rebuilt(&self, expected_leaves: u64) -> (Self, Hash) {
        let mut nodes = HashMap::new();
        let mut builder = Builder::new(expected_leaves, |path, node: Node| {
            assert_eq!(Node::from_bytes(&node.to_bytes()), Some(node));
            assert_eq!(NodePath::from_bytes(&path.to_bytes()), Some(path));
            assert_eq!(nodes.insert(path, node), None);
            Ok::<_, HostFault>(())
        });
        self.leaves.iter().map(leaf).for_each(|leaf| builder.push(leaf).unwrap());
        let top = builder.finish().unwrap();
        (Self { leaves: self.leaves.clone(), nodes }, top.map_or(EMPTY_ROOT, |child| child.hash))
    }
}

/// A stored tree with changes on top.
#[derive(Debug, Clone, Default)]
struct Tree {
    stored: Stored,
    changes: TreeChanges,
}

impl Tree {
    /// Makes changes with a number of threads, and returns the root.
    fn change(&mut self, changes: &[Change], threads: usize) -> Hash {
        let update = update(&mut vec![&self.stored; threads], &self.changes, changes).unwrap();
        let root = update.root();
        self.changes.extend(update);
        root
    }

    fn newest(&self) -> Changed<'_, &Stored> {
        Changed { base: &self.stored, changes: &self.changes }
    }

    /// Writes everything.
    fn write(&mut self) {
        self.changes.write(&mut self.stored).unwrap();
        self.changes = TreeChanges::default();
    }

    /// Writes parts, or everything of a tree that is too small.
    fn write_parts(&mut self, parts: &[NodePath]) {
        if !self.changes.write_parts(&mut self.stored, parts).unwrap() {
            return self.write();
        }
        let waiting = self.changes.len();
        let below = |part: &NodePath| changed_below(&self.changes, part);
        let written: usize = parts.iter().map(below).sum();
        parts.iter().for_each(|part| self.changes.forget(part));
        assert_eq!(self.changes.len(), waiting - written);
    }
}

/// How many leaves changed under a prefix.
fn changed_below(changes: &TreeChanges, path: &NodePath) -> usize {
    let mut changed = Vec::new();
    changes.at(path).collect(&mut changed);
    changed.iter().filter(|(leaf, _)| path.covers(leaf)).count()
}

/// A tree of nothing but changes.
fn in_memory(changes: &[Change]) -> Tree {
    let mut tree = Tree::default();
    tree.change(changes, 1);
    tree
}

/// The same changes in the crate's tree.
struct Reference {
    store: MockTreeStore,
    version: u64,
}

impl Reference {
    fn new() -> Self {
        Self { store: MockTreeStore::default(), version: 0 }
    }

    fn change(&mut self, changes: &[(Hash, Option<Vec<u8>>)]) -> Hash {
        let tree = Sha256Jmt::new(&self.store);
        let values = changes.iter().map(|(path, value)| (KeyHash(*path.as_bytes()), value.clone()));
        let (root, batch) = tree.put_value_set(values, self.version).unwrap();
        self.store.write_node_batch(&batch.node_batch).unwrap();
        self.version += 1;
        Hash::from_bytes(root.0)
    }
}

/// Paths that meet in their first digits as often as not, so that few leaves make deep trees.
fn path() -> impl Strategy<Value = Hash> {
    let start = prop::collection::vec(prop_oneof![Just(0u8), Just(1), Just(0x10), any::<u8>()], 4);
    (start, any::<[u8; 2]>()).prop_map(|(start, rest)| {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&start);
        bytes[30..].copy_from_slice(&rest);
        Hash::from_bytes(bytes)
    })
}

fn batches() -> impl Strategy<Value = Vec<BTreeMap<Hash, Option<Vec<u8>>>>> {
    let value = prop::option::weighted(0.7, prop::collection::vec(any::<u8>(), 0..3));
    prop::collection::vec(prop::collection::btree_map(path(), value, 0..300), 1..5)
}

fn digests(batch: &BTreeMap<Hash, Option<Vec<u8>>>) -> Vec<Change> {
    batch.iter().map(|(path, value)| (*path, value.as_deref().map(value_digest))).collect()
}

/// Removes the deletions of what is not there: the crate does not take them.
fn effective(there: &BTreeMap<Hash, Hash>, batch: &BTreeMap<Hash, Option<Vec<u8>>>) -> Vec<(Hash, Option<Vec<u8>>)> {
    let known = |(path, value): &(&Hash, &Option<Vec<u8>>)| value.is_some() || there.contains_key(*path);
    batch.iter().filter(known).map(|(path, value)| (*path, value.clone())).collect()
}

/// What changes make of leaves.
fn apply(leaves: &mut BTreeMap<Hash, Hash>, changes: &[Change]) {
    for (path, digest) in changes {
        match digest {
            Some(digest) => leaves.insert(*path, *digest),
            None => leaves.remove(path),
        };
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn roots_are_those_of_the_reference_and_nodes_those_of_a_tree_built_anew(batches in batches(), threads in 1usize..4) {
        let (mut tree, mut reference, mut leaves) = (Tree::default(), Reference::new(), BTreeMap::new());
        for batch in &batches {
            let known = effective(&leaves, batch);
            let root = tree.change(&digests(batch), threads);
            apply(&mut leaves, &digests(batch));
            if !known.is_empty() {
                let expected = reference.change(&known);
                prop_assert_eq!(if leaves.is_empty() { EMPTY_ROOT } else { expected }, root);
            }
            // Of what was never stored nothing is deleted.
            prop_assert_eq!(tree.changes.len(), leaves.len());
            let mut written = tree.clone();
            written.write();
            prop_assert_eq!(&written.stored.leaves, &leaves);
            for expected_leaves in [0, 1 << 13, 1 << 17] {
                let (rebuilt, rebuilt_root) = written.stored.rebuilt(expected_leaves);
                prop_assert_eq!(rebuilt_root, root);
                prop_assert_eq!(&rebuilt, &written.stored);
            }
        }
    }

    #[test]
    fn changes_in_memory_are_changes_on_disk(
        batches in batches(),
        threads in 1usize..4,
        turns in prop::collection::vec((any::<bool>(), prop::collection::btree_set(0u8..0x12, 0..6)), 4),
    ) {
        let (mut tree, mut leaves) = (Tree::default(), BTreeMap::new());
        for (batch, (whole, parts)) in batches.iter().zip(&turns) {
            let changes = digests(batch);
            let root = tree.change(&changes, threads);
            apply(&mut leaves, &changes);
            let all: Vec<Change> = leaves.iter().map(|(path, digest)| (*path, Some(*digest))).collect();
            let memory = in_memory(&all);
            prop_assert_eq!(tree.newest().leaves(&NodePath::ROOT, u64::MAX).unwrap().len(), leaves.len());
            for path in leaves.keys().chain(batch.keys()).step_by(7) {
                prop_assert_eq!(prove(&tree.newest(), path).unwrap(), prove(&memory.newest(), path).unwrap());
            }
            if *whole {
                tree.write();
                prop_assert_eq!(&tree.stored.leaves, &leaves);
            } else {
                tree.write_parts(&parts.iter().map(|part| NodePath::of_byte(*part)).collect::<Vec<_>>());
            }
            // What is stored is a tree by itself, and nothing is lost.
            prop_assert_eq!(&tree.stored.rebuilt(0).0, &tree.stored);
            prop_assert_eq!(tree.change(&[], threads), root);
        }
    }
}

#[test]
fn an_update_that_is_not_taken_changes_nothing() {
    let changes: Vec<Change> =
        digests(&accounts(100).iter().map(|(key, value)| (tree_path(key).unwrap(), Some(value.clone()))).collect());
    let mut tree = in_memory(&changes[..60]);
    let root = update(&mut [&tree.stored], &tree.changes, &changes[60..]).unwrap().root();
    assert_ne!(tree.change(&[], 1), root);
    assert_eq!(tree.change(&changes[60..], 1), root);
}

/// Entries whose paths are real ones.
fn accounts(count: u32) -> Vec<(StateKey, Vec<u8>)> {
    let account = |n: u32| {
        let mut bytes = [0; 20];
        bytes[..4].copy_from_slice(&n.to_be_bytes());
        (StateKey::Account(govm_core::Address::from_bytes(bytes)), n.to_le_bytes().to_vec())
    };
    (0..count).map(account).collect()
}

#[test]
fn proofs_verify_here_and_in_the_reference_and_no_other_claim_does() {
    for count in [0u32, 1, 2, 3, 40, 64, 65, 66, 1000] {
        let entries = accounts(count);
        let mut changes: Vec<Change> =
            entries.iter().map(|(key, value)| (tree_path(key).unwrap(), Some(value_digest(value)))).collect();
        changes.sort_unstable();
        let mut tree = Tree::default();
        let root = tree.change(&changes, 2);
        let mut reference = Reference::new();
        if count > 0 {
            let mut set: Vec<_> = entries.iter().map(|(k, v)| (tree_path(k).unwrap(), Some(v.clone()))).collect();
            set.sort_unstable();
            assert_eq!(reference.change(&set), root, "{count} entries");
        }
        for (n, (key, value)) in accounts(count + 50).into_iter().enumerate() {
            let path = tree_path(&key).unwrap();
            let there = n < count as usize;
            let (leaf, siblings) = prove(&tree.newest(), &path).unwrap();
            let other = leaf.filter(|leaf| leaf.path != path);
            assert_eq!(leaf.is_some() && other.is_none(), there);
            let proof = StateProof { key, value: there.then_some(value), other, siblings };
            assert_eq!(proof.verify(&root), Ok(()), "{n} of {count}");
            if count > 0 {
                assert_eq!(proof.siblings, reference_siblings(&reference, &path), "{n} of {count}");
            }

            let denied = StateProof { value: None, ..proof.clone() };
            let invented = StateProof { value: Some(b"no".to_vec()), other: None, ..proof.clone() };
            for wrong in [denied, invented] {
                assert!(wrong == proof || wrong.verify(&root).is_err());
            }
        }
    }
}

/// The hashes beside the way to a path in the crate's tree.
fn reference_siblings(reference: &Reference, path: &Hash) -> Vec<Hash> {
    let tree = Sha256Jmt::new(&reference.store);
    let (_, proof) = tree.get_with_proof(KeyHash(*path.as_bytes()), reference.version - 1).unwrap();
    let json = serde_json::to_value(&proof).unwrap();
    let hash = |json: &Value| Hash::from_bytes(serde_json::from_value(json.clone()).unwrap());
    let sibling = |json: &Value| {
        if let Some(node) = json.get("Internal") {
            node_hash(&hash(&node["left_child"]), &hash(&node["right_child"]))
        } else if let Some(leaf) = json.get("Leaf") {
            leaf_hash(&TreeLeaf { path: hash(&leaf["key_hash"]), digest: hash(&leaf["value_hash"]) })
        } else {
            assert_eq!(json, "Null");
            EMPTY_ROOT
        }
    };
    json["siblings"].as_array().unwrap().iter().map(sibling).collect()
}
