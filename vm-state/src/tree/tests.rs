//! The tree against the crate whose hashes it has, and against itself built anew.

use std::collections::{BTreeMap, HashMap};

use govm_core::{EMPTY_ROOT, Hash, HostFault, StateKey, StateProof, TreeLeaf, leaf_hash, node_hash, value_digest};
use jmt::mock::MockTreeStore;
use jmt::storage::TreeWriter;
use jmt::{KeyHash, Sha256Jmt};
use proptest::prelude::*;
use serde_json::Value;

use super::*;

impl MemoryTree {
    /// Applies changes with a number of threads, and returns the root.
    fn change(&mut self, changes: &[Change], threads: usize) -> Hash {
        let update = update(vec![&*self; threads], changes).unwrap();
        let mut paths: Vec<_> = update.nodes.iter().map(|(path, _)| *path).collect();
        paths.sort_unstable();
        assert!(paths.windows(2).all(|pair| pair[0] != pair[1]), "each node is written once");
        for (path, _) in update.nodes.iter().filter(|(_, node)| node.is_none()) {
            assert!(self.nodes.contains_key(path), "{path} was not there");
        }
        self.apply(changes, &update);
        update.root()
    }

    /// The tree of the same leaves, built from nothing.
    fn rebuilt(&self, expected_leaves: u64) -> (Self, Hash) {
        let mut nodes = HashMap::new();
        let mut builder = Builder::new(expected_leaves, |path, node: Node| {
            assert_eq!(Node::from_bytes(&node.to_bytes()), Some(node));
            assert_eq!(NodePath::from_bytes(&path.to_bytes()), Some(path));
            assert_eq!(nodes.insert(path, node), None);
            Ok::<_, HostFault>(())
        });
        for (path, digest) in &self.leaves {
            builder.push(TreeLeaf { path: *path, digest: *digest }).unwrap();
        }
        let top = builder.finish().unwrap();
        (Self { leaves: self.leaves.clone(), nodes }, top.map_or(EMPTY_ROOT, |child| child.hash))
    }
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
fn effective(tree: &MemoryTree, batch: &BTreeMap<Hash, Option<Vec<u8>>>) -> Vec<(Hash, Option<Vec<u8>>)> {
    let there = |(path, value): &(&Hash, &Option<Vec<u8>>)| value.is_some() || tree.leaves.contains_key(*path);
    batch.iter().filter(there).map(|(path, value)| (*path, value.clone())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn roots_are_those_of_the_reference_and_nodes_those_of_a_tree_built_anew(batches in batches(), threads in 1usize..4) {
        let (mut tree, mut reference) = (MemoryTree::default(), Reference::new());
        for batch in &batches {
            let known = effective(&tree, batch);
            let root = tree.change(&digests(batch), threads);
            if !known.is_empty() {
                let expected = reference.change(&known);
                prop_assert_eq!(if tree.leaves.is_empty() { EMPTY_ROOT } else { expected }, root);
            }
            for expected_leaves in [0, 1 << 13, 1 << 17] {
                let (rebuilt, rebuilt_root) = tree.rebuilt(expected_leaves);
                prop_assert_eq!(rebuilt_root, root);
                prop_assert_eq!(&rebuilt, &tree);
            }
        }
    }

    #[test]
    fn changes_in_memory_are_changes_on_disk(batches in batches()) {
        let (mut stored, mut whole) = (MemoryTree::default(), MemoryTree::default());
        whole.change(&digests(&batches[0]), 1);
        stored.clone_from(&whole);
        let mut pending = TreeChanges::default();
        for batch in &batches[1..] {
            let changes = digests(batch);
            let readers = vec![Changed { base: &stored, changes: &pending }, Changed { base: &stored, changes: &pending }];
            let update = update(readers, &changes).unwrap();
            let root = update.top.map_or(EMPTY_ROOT, |child| child.hash);
            pending.extend(&changes, &update);
            prop_assert_eq!(root, whole.change(&changes, 1));
        }
        let layered = Changed { base: &stored, changes: &pending };
        for path in whole.leaves.keys().take(20) {
            prop_assert_eq!(prove(&layered, path).unwrap(), prove(&whole, path).unwrap());
        }
    }
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
        let mut tree = MemoryTree::default();
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
            let (leaf, siblings) = prove(&tree, &path).unwrap();
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
