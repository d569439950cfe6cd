//! What a state root binds, and proofs of it: pure code, so that whoever trusts nothing but a root can check a field.
//!
//! The root is that of a binary sparse Merkle tree over 256-bit paths, with the hashes of the Jellyfish Merkle tree (Gao, Hu,
//! Wu 2021) as the crate `jmt` 0.12 computes them with SHA-256: roots and siblings are equal, which `govm-state` tests. With `‖`
//! for concatenation:
//!
//! | what | value |
//! | --- | --- |
//! | path of an entry | `SHA-256(table number, u8 ‖ key bytes)` ([`Table::number`], [`StateKey::to_bytes`]) |
//! | digest of a value | `SHA-256(value)` |
//! | a subtree without entries | the 32 bytes [`EMPTY_ROOT`] |
//! | a subtree with one entry | `SHA-256("JMT::LeafNode" ‖ path ‖ digest of the value)`, at whatever height |
//! | any other subtree | `SHA-256("JMT::IntrnalNode" ‖ left ‖ right)`, divided by the next bit of the path, high bit first |
//!
//! The different lengths and first bytes keep leaves, inner nodes and the empty subtree apart. Entries of the two index
//! tables are not bound: they follow from the objects.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Hash, StateKey, Table};

/// The root of a state without entries.
pub const EMPTY_ROOT: Hash = Hash::from_bytes(*b"SPARSE_MERKLE_PLACEHOLDER_HASH__");

/// Most siblings of a proof: one for each bit of a path.
pub const MAX_PROOF_SIBLINGS: usize = 256;

const LEAF_DOMAIN: &[u8] = b"JMT::LeafNode";
const NODE_DOMAIN: &[u8] = b"JMT::IntrnalNode";

/// The path of an entry in the tree; nothing for an index entry, which the root does not bind.
#[must_use]
pub fn tree_path(key: &StateKey) -> Option<Hash> {
    let number = key.table().number()?;
    let digest = Sha256::new().chain_update([number]).chain_update(key.to_bytes()).finalize();
    Some(Hash::from_bytes(digest.into()))
}

/// The digest of an entry's value, as leaves carry it.
#[must_use]
pub fn value_digest(value: &[u8]) -> Hash {
    Hash::from_bytes(Sha256::digest(value).into())
}

/// The hash of a subtree with one entry.
#[must_use]
pub fn leaf_hash(leaf: &TreeLeaf) -> Hash {
    let hasher = Sha256::new().chain_update(LEAF_DOMAIN).chain_update(leaf.path).chain_update(leaf.digest);
    Hash::from_bytes(hasher.finalize().into())
}

/// The hash of a subtree with more than one entry.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let hasher = Sha256::new().chain_update(NODE_DOMAIN).chain_update(left).chain_update(right);
    Hash::from_bytes(hasher.finalize().into())
}

/// An entry as the tree holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TreeLeaf {
    /// The entry's path; see [`tree_path`].
    pub path: Hash,
    /// The digest of its value; see [`value_digest`].
    pub digest: Hash,
}

/// A proof that a state holds a value under a key, or nothing.
///
/// ```
/// use govm_core::{Address, EMPTY_ROOT, ProofError, StateKey, StateProof};
///
/// // In a state without entries nothing stands beside the way to a key.
/// let key = StateKey::Account(Address::ZERO);
/// let proof = StateProof { key, value: None, other: None, siblings: Vec::new() };
/// assert_eq!(proof.verify(&EMPTY_ROOT), Ok(()));
///
/// let claim = StateProof { value: Some(vec![1]), ..proof };
/// assert!(matches!(claim.verify(&EMPTY_ROOT), Err(ProofError::OtherRoot { .. })));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StateProof {
    /// The key that the proof is about.
    pub key: StateKey,
    /// The value that the state holds under it; `None` claims that it holds nothing.
    #[serde(with = "hex_value")]
    pub value: Option<Vec<u8>>,
    /// For an absent key: the only entry of the subtree where the key would be, if there is one.
    pub other: Option<TreeLeaf>,
    /// The hashes of the subtrees beside the way to the key, the one nearest to the root last.
    pub siblings: Vec<Hash>,
}

/// Why a proof proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// The key is of an index.
    #[error("the table {table} is an index that the state root does not bind")]
    NotBound {
        /// The table's name.
        table: &'static str,
    },
    /// More siblings than a path has bits.
    #[error("{found} siblings, a path has at most {MAX_PROOF_SIBLINGS}")]
    TooLong {
        /// How many there are.
        found: usize,
    },
    /// A value and the entry of another key exclude each other.
    #[error("the proof names a value and, in its place, another entry")]
    Contradiction,
    /// The entry that is to stand in the key's place is that of the key, or stands elsewhere.
    #[error("the other entry does not stand where the key would be")]
    OtherElsewhere,
    /// The hashes lead to another root.
    #[error("the proof leads to the root {found}, not to {expected}")]
    OtherRoot {
        /// The root that the proof leads to.
        found: Hash,
        /// The root that is trusted.
        expected: Hash,
    },
}

impl StateProof {
    /// Checks the proof against a root.
    ///
    /// # Errors
    /// The root does not bind what the proof claims.
    pub fn verify(&self, root: &Hash) -> Result<(), ProofError> {
        let found = self.root()?;
        if found == *root { Ok(()) } else { Err(ProofError::OtherRoot { found, expected: *root }) }
    }

    /// The root of the states that this proof holds in.
    ///
    /// # Errors
    /// There is no such state.
    pub fn root(&self) -> Result<Hash, ProofError> {
        let path = tree_path(&self.key).ok_or(ProofError::NotBound { table: self.key.table().name() })?;
        if self.siblings.len() > MAX_PROOF_SIBLINGS {
            return Err(ProofError::TooLong { found: self.siblings.len() });
        }
        let start = match (&self.value, &self.other) {
            (Some(_), Some(_)) => return Err(ProofError::Contradiction),
            (Some(value), None) => leaf_hash(&TreeLeaf { path, digest: value_digest(value) }),
            (None, Some(other)) => {
                let shared = common_bits(&path, &other.path);
                if shared < self.siblings.len() || shared == MAX_PROOF_SIBLINGS {
                    return Err(ProofError::OtherElsewhere);
                }
                leaf_hash(other)
            }
            (None, None) => EMPTY_ROOT,
        };
        let depths = (0..self.siblings.len()).rev();
        Ok(depths.zip(&self.siblings).fold(start, |below, (depth, beside)| {
            if path_bit(&path, depth) { node_hash(beside, &below) } else { node_hash(&below, beside) }
        }))
    }
}

/// The bit of a path at a depth below the root, the highest bit of the first byte first.
///
/// # Panics
/// If the depth is 256 or more: a path has no such bit.
#[must_use]
pub fn path_bit(path: &Hash, depth: usize) -> bool {
    path.as_bytes()[depth / 8] & (0x80 >> (depth % 8)) != 0
}

/// How many bits two paths have in common from the root on.
fn common_bits(one: &Hash, two: &Hash) -> usize {
    let differing = one.as_bytes().iter().zip(two.as_bytes()).position(|(a, b)| a != b);
    differing
        .map_or(MAX_PROOF_SIBLINGS, |at| at * 8 + (one.as_bytes()[at] ^ two.as_bytes()[at]).leading_zeros() as usize)
}

/// A key in JSON: its table's name and its bytes, both as they are hashed.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyText {
    table: String,
    key: String,
}

impl Serialize for StateKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let key = format!("0x{}", hex::encode(self.to_bytes()));
        KeyText { table: self.table().name().to_owned(), key }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for StateKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let text = KeyText::deserialize(deserializer)?;
        let table = Table::ALL.into_iter().find(|table| table.name() == text.table);
        let table = table.ok_or_else(|| D::Error::custom(format!("there is no table {:?}", text.table)))?;
        let bytes = hex_value::bytes(&text.key).map_err(D::Error::custom)?;
        let key = Self::from_bytes(table, &bytes);
        key.ok_or_else(|| D::Error::custom(format!("{} bytes are no key of the table {}", bytes.len(), table.name())))
    }
}

/// Bytes as `0x` and hex digits, nothing as null.
mod hex_value {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(value: &Option<Vec<u8>>, serializer: S) -> Result<S::Ok, S::Error> {
        value.as_ref().map(|bytes| format!("0x{}", hex::encode(bytes))).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<u8>>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| bytes(&text).map_err(D::Error::custom)).transpose()
    }

    pub(super) fn bytes(text: &str) -> Result<Vec<u8>, String> {
        let digits = text.strip_prefix("0x").ok_or("bytes start with 0x")?;
        hex::decode(digits).map_err(|error| error.to_string())
    }
}
