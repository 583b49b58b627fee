//! Sender recovery by ziskos' accelerator, through alloy-consensus' crypto backend.

use alloc::sync::Arc;

use alloy_consensus::crypto::{backend::CryptoProvider, install_default_provider, RecoveryError};
use alloy_primitives::{keccak256, Address};

extern "C" {
    fn zkvm_secp256k1_ecrecover(hash: *const [u8; 32], signature: *const [u8; 64], parity: u8, key: *mut [u8; 64]) -> i32;
    fn zkvm_secp256k1_verify(hash: *const [u8; 32], signature: *const [u8; 64], key: *const [u8; 64], verified: *mut bool) -> i32;
}

/// The accelerators read words, so their operands lie where words are aligned.
#[repr(align(8))]
struct Aligned<T>(T);

struct Accelerator;

/// Makes the accelerator recover and verify for alloy from here on.
pub fn install() {
    if install_default_provider(Arc::new(Accelerator)).is_err() {
        panic!("another crypto provider is installed");
    }
}

fn address(key: &[u8; 64]) -> Address {
    Address::from_slice(&keccak256(key)[12..])
}

impl CryptoProvider for Accelerator {
    fn recover_signer_unchecked(&self, signature: &[u8; 65], hash: &[u8; 32]) -> Result<Address, RecoveryError> {
        let mut compact = Aligned([0; 64]);
        compact.0.copy_from_slice(&signature[..64]);
        let (hash, mut key) = (Aligned(*hash), Aligned([0; 64]));
        // SAFETY: valid, aligned blocks of the sizes that the interface states.
        match unsafe { zkvm_secp256k1_ecrecover(&hash.0, &compact.0, signature[64], &mut key.0) } {
            0 => Ok(address(&key.0)),
            _ => Err(RecoveryError::new()),
        }
    }

    fn verify_and_compute_signer_unchecked(
        &self,
        key: &[u8; 65],
        signature: &[u8; 64],
        hash: &[u8; 32],
    ) -> Result<Address, RecoveryError> {
        let mut point = Aligned([0; 64]);
        point.0.copy_from_slice(&key[1..]);
        let (hash, signature, mut verified) = (Aligned(*hash), Aligned(*signature), false);
        // SAFETY: valid, aligned blocks of the sizes that the interface states.
        match unsafe { zkvm_secp256k1_verify(&hash.0, &signature.0, &point.0, &mut verified) } {
            0 if verified => Ok(address(&point.0)),
            _ => Err(RecoveryError::new()),
        }
    }
}
