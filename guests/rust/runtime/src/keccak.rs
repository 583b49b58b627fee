//! Keccak-256. With the feature `precompile` the permutation is the zkVM's precompile on 25 words in place, and this crate
//! also gives alloy its `native_keccak256`. RISC Zero and a host have no such instruction: there it is in software.

/// Keccak-256 (the one of Ethereum, not SHA-3) of `data`.
#[cfg(all(feature = "precompile", any(zkvm = "risc0", zkvm = "native")))]
pub fn keccak256(data: &[u8]) -> [u8; 32] {
    use tiny_keccak::Hasher;
    let mut hasher = tiny_keccak::Keccak::v256();
    hasher.update(data);
    let mut digest = [0; 32];
    hasher.finalize(&mut digest);
    digest
}

#[cfg(all(feature = "precompile", not(any(zkvm = "risc0", zkvm = "native"))))]
const RATE: usize = 136;

/// Keccak-256 (the one of Ethereum, not SHA-3) of `data` by the precompile.
#[cfg(all(feature = "precompile", not(any(zkvm = "risc0", zkvm = "native"))))]
pub fn keccak256(data: &[u8]) -> [u8; 32] {
    let mut state = [0u64; 25];
    let mut blocks = data.chunks_exact(RATE);
    for block in &mut blocks {
        absorb(&mut state, block.try_into().expect("blocks have the rate's size"));
    }
    let rest = blocks.remainder();
    let mut last = [0u8; RATE];
    last[..rest.len()].copy_from_slice(rest);
    last[rest.len()] = 1;
    last[RATE - 1] |= 0x80;
    absorb(&mut state, &last);
    let mut digest = [0u8; 32];
    for (bytes, word) in digest.chunks_exact_mut(8).zip(state) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    digest
}

#[cfg(all(feature = "precompile", not(any(zkvm = "risc0", zkvm = "native"))))]
fn absorb(state: &mut [u64; 25], block: &[u8; RATE]) {
    for (word, bytes) in state.iter_mut().zip(block.chunks_exact(8)) {
        *word ^= u64::from_le_bytes(bytes.try_into().expect("chunks of 8"));
    }
    #[cfg(not(zkvm = "sp1"))]
    // SAFETY: the precompile permutes the 25 aligned words at the address in place.
    unsafe {
        core::arch::asm!("csrs 0x800, {0}", in(reg) state.as_mut_ptr())
    };
    #[cfg(zkvm = "sp1")]
    // SAFETY: as above.
    unsafe {
        crate::platform::call(crate::platform::KECCAK_PERMUTE, state.as_mut_ptr() as usize, 0, 0)
    };
}

/// What alloy-primitives calls with its feature `native-keccak`. ziskos brings its own.
///
/// # Safety
/// `bytes` is valid for reads of `len` bytes, `output` for writes of 32.
#[cfg(all(feature = "precompile", not(feature = "ziskos")))]
#[no_mangle]
pub unsafe extern "C" fn native_keccak256(bytes: *const u8, len: usize, output: *mut u8) {
    // SAFETY: the caller's promise.
    let digest = keccak256(unsafe { core::slice::from_raw_parts(bytes, len) });
    // SAFETY: as above.
    unsafe { core::ptr::copy_nonoverlapping(digest.as_ptr(), output, 32) };
}
