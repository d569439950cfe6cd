//! Cryptographic host functions: hashes, and the verification of signatures, at native speed.
//!
//! Each accepts exactly one encoding of a key and of a signature, so that nobody can turn a valid signature into another
//! valid one, and two implementations that follow the same rules agree on every input.

use blake2::{Blake2b256, Blake2b512};
use ed25519_dalek::{Signature as EdwardsSignature, VerifyingKey as EdwardsKey};
use k256::ecdsa::signature::hazmat::PrehashVerifier;
use k256::ecdsa::{RecoveryId, Signature as EcdsaSignature, VerifyingKey as EcdsaKey};
use k256::elliptic_curve::scalar::IsHigh;
use sha2::{Digest, Sha256};
use sha3::Keccak256;

use super::{Cx, Stop};

/// How much of the guest's memory is copied at a time, in bytes.
const CHUNK_BYTES: usize = 4096;

/// A compressed or an uncompressed point of secp256k1 in SEC 1's encoding, in bytes.
const SEC1_KEY_BYTES: [u32; 2] = [33, 65];

pub(super) fn sha256(cx: &mut Cx<'_>, ptr: u32, len: u32, dst: u32) -> Result<(), Stop> {
    hash::<Sha256>(cx, ptr, len, dst)
}

pub(super) fn keccak256(cx: &mut Cx<'_>, ptr: u32, len: u32, dst: u32) -> Result<(), Stop> {
    hash::<Keccak256>(cx, ptr, len, dst)
}

pub(super) fn blake2b_256(cx: &mut Cx<'_>, ptr: u32, len: u32, dst: u32) -> Result<(), Stop> {
    hash::<Blake2b256>(cx, ptr, len, dst)
}

pub(super) fn blake2b_512(cx: &mut Cx<'_>, ptr: u32, len: u32, dst: u32) -> Result<(), Stop> {
    hash::<Blake2b512>(cx, ptr, len, dst)
}

fn hash<D: Digest>(cx: &mut Cx<'_>, ptr: u32, len: u32, dst: u32) -> Result<(), Stop> {
    let mut hasher = D::new();
    cx.read_pieces::<CHUNK_BYTES>(ptr, len, |piece| hasher.update(piece))?;
    cx.write(dst, &hasher.finalize())
}

pub(super) fn ed25519_verify(
    cx: &mut Cx<'_>,
    key: u32,
    message: u32,
    message_len: u32,
    signature: u32,
) -> Result<bool, Stop> {
    let (key, signature) = (cx.read_array(key)?, cx.read_array(signature)?);
    // The message is in memory that the guest has paid for; there is no other bound.
    let message = cx.read(message, message_len, ("message", usize::MAX))?;
    Ok(ed25519_holds(&key, &message, &signature))
}

/// RFC 8032 without a cofactor, as Go's standard library verifies, and stricter: neither the key nor the signature's point
/// may be of small order (with such a key one signature fits every message), and the key must be encoded in its only
/// canonical way. That of the signature's point and of its scalar is checked by the equation and by `verify_strict`.
fn ed25519_holds(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    is_canonical(key)
        && EdwardsKey::from_bytes(key)
            .is_ok_and(|key| key.verify_strict(message, &EdwardsSignature::from_bytes(signature)).is_ok())
}

/// Whether the y coordinate of an encoded point of edwards25519 is below the field's order, 2^255 - 19.
fn is_canonical(point: &[u8; 32]) -> bool {
    let high = point[1..31].iter().all(|&byte| byte == 0xff) && point[31] & 0x7f == 0x7f;
    !(high && point[0] >= 0xed)
}

pub(super) fn secp256k1_verify(
    cx: &mut Cx<'_>,
    key: u32,
    key_len: u32,
    hash: u32,
    signature: u32,
) -> Result<bool, Stop> {
    let (hash, signature) = (cx.read_array(hash)?, cx.read_array(signature)?);
    if !SEC1_KEY_BYTES.contains(&key_len) {
        return Ok(false);
    }
    let key = cx.read(key, key_len, ("key", usize::MAX))?;
    Ok(secp256k1_holds(&key, &hash, &signature))
}

fn secp256k1_holds(key: &[u8], hash: &[u8; 32], signature: &[u8; 64]) -> bool {
    // SEC 1 has more encodings of a point; one for each length is enough.
    if !matches!((key.len(), key.first()), (33, Some(2 | 3)) | (65, Some(4))) {
        return false;
    }
    let Some(signature) = ecdsa_signature(signature) else { return false };
    EcdsaKey::from_sec1_bytes(key).is_ok_and(|key| key.verify_prehash(hash, &signature).is_ok())
}

pub(super) fn secp256k1_recover(
    cx: &mut Cx<'_>,
    hash: u32,
    signature: u32,
    recovery_id: u32,
    dst: u32,
) -> Result<bool, Stop> {
    let (hash, signature) = (cx.read_array(hash)?, cx.read_array(signature)?);
    let Some(key) = recovered(&hash, &signature, recovery_id) else { return Ok(false) };
    cx.write(dst, &key)?;
    Ok(true)
}

/// The key that made a signature, uncompressed.
fn recovered(hash: &[u8; 32], signature: &[u8; 64], recovery_id: u32) -> Option<Vec<u8>> {
    let signature = ecdsa_signature(signature)?;
    let recovery_id = RecoveryId::from_byte(u8::try_from(recovery_id).ok()?)?;
    let key = EcdsaKey::recover_from_prehash(hash, &signature, recovery_id).ok()?;
    Some(key.to_sec1_point(false).as_bytes().to_vec())
}

/// r and s, big-endian: each at least 1 and below the group's order, and s not in its upper half, since the negation of s
/// makes another valid signature.
fn ecdsa_signature(bytes: &[u8; 64]) -> Option<EcdsaSignature> {
    let signature = EcdsaSignature::from_slice(bytes).ok()?;
    (!bool::from(signature.s().is_high())).then_some(signature)
}
