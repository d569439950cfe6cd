//! Proofs of a state that is or was, out of the tree of the newest one.

use std::collections::BTreeMap;

use govm_core::{BlockHeader, EMPTY_ROOT, HostFault, ProofError, StateKey, StateProof, StateView, tree_path};

use crate::tree::{self, Changed, TreeChanges, TreeRead};

/// What a state holds under a key, with the proof of it.
///
/// `newest` is the tree of the newest state, `changed` what every key that changed since held in the state in question, `head`
/// the block that it is the result of, and `state` that state. An older tree is the newest one with the changes undone.
pub(crate) fn prove(
    newest: &impl TreeRead,
    changed: &BTreeMap<StateKey, Option<Vec<u8>>>,
    head: Option<&BlockHeader>,
    key: &StateKey,
    state: &impl StateView,
) -> Result<StateProof, HostFault> {
    let not_bound = || HostFault::engine(ProofError::NotBound { table: key.table().name() });
    let path = tree_path(key).ok_or_else(not_bound)?;
    let undo = tree::changes(changed.iter().map(|(key, value)| (key, value.as_deref())));
    let mut undone = TreeChanges::default();
    let update = tree::update_alone(newest, &undone, &undo)?;
    let root = head.map_or(EMPTY_ROOT, |head| head.state_root);
    if update.root() != root {
        let what = format!("the state tree leads to the root {}, the block says {root}", update.root());
        return Err(HostFault::Corrupt { what });
    }
    undone.extend(update);
    let (leaf, siblings) = tree::prove(&Changed { base: newest, changes: &undone }, &path)?;
    let other = leaf.filter(|leaf| leaf.path != path);
    let proof = StateProof { key: key.clone(), value: state.get(key)?, other, siblings };
    match proof.verify(&root) {
        Ok(()) => Ok(proof),
        Err(error) => Err(HostFault::Corrupt { what: format!("state and tree disagree about {key:?}: {error}") }),
    }
}
