//! Recovery in software.

use k256::ecdsa::{RecoveryId, Signature, VerifyingKey};

/// x and y of the key that signed `hash`, or nothing where no key can have.
pub fn public_key(hash: &[u8; 32], signature: &[u8; 64], parity: u8) -> Option<[u8; 64]> {
    let id = RecoveryId::from_byte(parity)?;
    let signature = Signature::from_slice(signature).ok()?;
    let key = VerifyingKey::recover_from_prehash(hash, &signature, id).ok()?;
    key.to_encoded_point(false).as_bytes()[1..].try_into().ok()
}
