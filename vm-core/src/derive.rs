//! How identifiers come about: SHA-256 over a domain name and the parts, each with its length.
//!
//! Every digest is `SHA-256(u8 length of the domain ‖ domain ‖ part*)` with `part = u32 little-endian length ‖ bytes`.
//! The lengths keep two different lists of parts from ever being the same bytes, and the domains keep the identifiers
//! of one kind from being those of another. Contract addresses are the first 20 bytes of their digest.

use sha2::{Digest, Sha256};

use crate::{Address, CallPosition, Hash, ObjectId};

/// SHA-256 over domain-separated, length-prefixed parts.
pub(crate) struct Hasher(Sha256);

impl Hasher {
    pub(crate) fn new(domain: &str) -> Self {
        let length = u8::try_from(domain.len()).expect("domains are short literals of this crate");
        let mut hasher = Sha256::new();
        hasher.update([length]);
        hasher.update(domain);
        Self(hasher)
    }

    pub(crate) fn part(mut self, bytes: &[u8]) -> Self {
        self.add(bytes);
        self
    }

    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.add_parts(&[bytes]);
    }

    /// Adds several pieces as one part.
    pub(crate) fn add_parts(&mut self, pieces: &[&[u8]]) {
        let length = pieces.iter().map(|piece| piece.len()).sum::<usize>();
        let length = u32::try_from(length).expect("every hashed part is bounded far below 4 GiB");
        self.0.update(length.to_le_bytes());
        pieces.iter().for_each(|piece| self.0.update(piece));
    }

    pub(crate) fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

/// The hash that names contract code: `SHA-256("govm/code/v1", wasm)`, over the raw bytes that were deployed.
#[must_use]
pub fn code_hash(wasm: &[u8]) -> Hash {
    Hash::from_bytes(Hasher::new("govm/code/v1").part(wasm).finish())
}

/// The address of a contract: `SHA-256("govm/contract/v1", deployer, n)[..20]`, with the number n of contracts that the
/// deployer had deployed before (u64 little-endian). It depends on nothing that another account can change.
#[must_use]
pub fn contract_address(deployer: &Address, deployed_before: u64) -> Address {
    let count = deployed_before.to_le_bytes();
    let digest = Hasher::new("govm/contract/v1").part(deployer.as_bytes()).part(&count).finish();
    let mut bytes = [0; Address::LEN_BYTES];
    bytes.copy_from_slice(&digest[..Address::LEN_BYTES]);
    Address::from_bytes(bytes)
}

/// The id of a contract's default object: `SHA-256("govm/default-object/v1", contract)`.
#[must_use]
pub fn default_object_id(contract: &Address) -> ObjectId {
    ObjectId::from_bytes(Hasher::new("govm/default-object/v1").part(contract.as_bytes()).finish())
}

/// The id of an object that a call creates: `SHA-256("govm/object/v1", contract, height, call index, n)` with the
/// block's height (u64), the call's index in the block (u32) and the count of objects that the call created before
/// (u32), little-endian. The position makes it unique without a counter in the state that every call would write.
#[must_use]
pub fn object_id(contract: &Address, position: CallPosition, created_before: u32) -> ObjectId {
    let digest = Hasher::new("govm/object/v1")
        .part(contract.as_bytes())
        .part(&position.height.to_le_bytes())
        .part(&position.index.to_le_bytes())
        .part(&created_before.to_le_bytes())
        .finish();
    ObjectId::from_bytes(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivations_are_pinned() {
        let deployer = Address::from_bytes([1; 20]);
        let contract = contract_address(&deployer, 0);
        let position = CallPosition { height: 7, index: 2 };
        let found = [
            code_hash(b"\0asm").to_string(),
            contract.to_string(),
            default_object_id(&contract).to_string(),
            object_id(&contract, position, 0).to_string(),
        ];
        assert_eq!(found, PINNED, "an identifier that is derived differently is another identifier");
    }

    /// Computed with another implementation of SHA-256 from the description at the head of this file.
    const PINNED: [&str; 4] = [
        "0x1c831f62ba247442c5a12aef4219c59cacd27c57fc1ee02f5df7cdecd58ea6a4",
        "0x25ec319e9d506567f24b5c854b19260fa421fc49",
        "0x35105bb60fa80b88ed6e8b8c2e572013d8d026eb3105c16377fc1d350da2503d",
        "0xb029fdf7d82ebca319e91e82255eaf38b217d4dd0c54a7eada290d442b17ca53",
    ];

    #[test]
    fn every_part_counts() {
        let (a, b) = (Address::from_bytes([1; 20]), Address::from_bytes([2; 20]));
        let at = |height, index| CallPosition { height, index };
        assert_ne!(contract_address(&a, 0), contract_address(&a, 1));
        assert_ne!(contract_address(&a, 0), contract_address(&b, 0));
        let base = object_id(&a, at(1, 0), 0);
        assert_ne!(base, object_id(&b, at(1, 0), 0));
        assert_ne!(base, object_id(&a, at(2, 0), 0));
        assert_ne!(base, object_id(&a, at(1, 1), 0));
        assert_ne!(base, object_id(&a, at(1, 0), 1));
        assert_ne!(base, default_object_id(&a));
    }
}
