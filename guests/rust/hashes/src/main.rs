//! Recovers the senders of signed transactions: ECDSA recovery over secp256k1, Keccak-256, SHA-256.
//!
//! Input: records of 97 bytes, each the hash that was signed (32), r (32), s (32) and the parity of R's y (1).
//! Output: the number of records as u64 (little endian), then the SHA-256 of the senders' addresses, 20 bytes each, in order.
#![no_std]
#![no_main]

extern crate alloc;

use alloc::vec::Vec;

#[cfg(not(feature = "ziskos"))]
mod recover_k256;
#[cfg(feature = "ziskos")]
mod recover_ziskos;
#[cfg(not(feature = "ziskos"))]
use recover_k256::public_key;
#[cfg(feature = "ziskos")]
use recover_ziskos::public_key;

const RECORD: usize = 97;

guest_runtime::entry!(senders);

fn senders(input: &'static [u8]) -> Result<Vec<u8>, &'static str> {
    let records = input.chunks_exact(RECORD);
    if !records.remainder().is_empty() {
        return Err("hashes: the input is not a whole number of records of 97 bytes");
    }
    let count = records.len() as u64;
    let mut addresses = Vec::with_capacity(records.len() * 20);
    for record in records {
        let key = public_key(
            record[..32].try_into().expect("32 bytes"),
            record[32..96].try_into().expect("64 bytes"),
            record[96],
        )
        .ok_or("hashes: a signature that no key can have made")?;
        addresses.extend_from_slice(&keccak256(&key)[12..]);
    }
    let mut output = Vec::with_capacity(40);
    output.extend_from_slice(&count.to_le_bytes());
    output.extend_from_slice(&sha256(&addresses));
    Ok(output)
}

#[cfg(feature = "ziskos")]
use recover_ziskos::{keccak256, sha256};

#[cfg(all(feature = "precompile", not(feature = "ziskos")))]
use guest_runtime::{keccak::keccak256, sha256::sha256};

#[cfg(not(any(feature = "precompile", feature = "ziskos")))]
fn keccak256(data: &[u8]) -> [u8; 32] {
    use tiny_keccak::Hasher;
    let mut hasher = tiny_keccak::Keccak::v256();
    hasher.update(data);
    let mut digest = [0; 32];
    hasher.finalize(&mut digest);
    digest
}

#[cfg(not(any(feature = "precompile", feature = "ziskos")))]
fn sha256(data: &[u8]) -> [u8; 32] {
    use sha2::Digest;
    sha2::Sha256::digest(data).into()
}
