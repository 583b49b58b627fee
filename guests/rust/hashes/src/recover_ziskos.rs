//! The C interface of ziskos' accelerators, as the zkVM standards have it: 0 is success.

extern "C" {
    fn zkvm_keccak256(data: *const u8, size: usize, digest: *mut [u8; 32]) -> i32;
    fn zkvm_sha256(data: *const u8, size: usize, digest: *mut [u8; 32]) -> i32;
    fn zkvm_secp256k1_ecrecover(hash: *const [u8; 32], signature: *const [u8; 64], parity: u8, key: *mut [u8; 64]) -> i32;
}

/// x and y of the key that signed `hash`, or nothing where no key can have.
pub fn public_key(hash: &[u8; 32], signature: &[u8; 64], parity: u8) -> Option<[u8; 64]> {
    // The accelerator reads words: its operands are copied to where words are aligned.
    #[repr(align(8))]
    struct Aligned<T>(T);
    let (hash, signature, mut key) = (Aligned(*hash), Aligned(*signature), Aligned([0; 64]));
    // SAFETY: valid, aligned blocks of the sizes that the interface states.
    let status = unsafe { zkvm_secp256k1_ecrecover(&hash.0, &signature.0, parity, &mut key.0) };
    (status == 0).then_some(key.0)
}

pub fn keccak256(data: &[u8]) -> [u8; 32] {
    let mut digest = [0; 32];
    // SAFETY: valid for the stated sizes.
    if unsafe { zkvm_keccak256(data.as_ptr(), data.len(), &mut digest) } != 0 {
        panic!("zkvm_keccak256 failed");
    }
    digest
}

pub fn sha256(data: &[u8]) -> [u8; 32] {
    let mut digest = [0; 32];
    // SAFETY: valid for the stated sizes.
    if unsafe { zkvm_sha256(data.as_ptr(), data.len(), &mut digest) } != 0 {
        panic!("zkvm_sha256 failed");
    }
    digest
}
