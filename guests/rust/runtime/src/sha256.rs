//! SHA-256 by the zkVM's precompile: for guests with the feature `precompile`, and for the digest of the public output
//! that proofs of SP1 and RISC Zero bind. On a host it is in software.

#[cfg(any(all(feature = "precompile", not(zkvm = "native")), zkvm = "sp1", zkvm = "risc0"))]
const INITIAL: [u32; 8] = [
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];

/// SHA-256 of `data` by the precompile.
#[cfg(any(all(feature = "precompile", not(zkvm = "native")), zkvm = "sp1", zkvm = "risc0"))]
pub fn sha256(data: &[u8]) -> [u8; 32] {
    let mut state = [0u64; 4];
    for (word, pair) in state.iter_mut().zip(INITIAL.chunks_exact(2)) {
        *word = u64::from(pair[0]) | u64::from(pair[1]) << 32;
    }
    let mut blocks = data.chunks_exact(64);
    for block in &mut blocks {
        compress(&mut state, block);
    }
    let rest = blocks.remainder();
    let mut tail = [0u8; 128];
    tail[..rest.len()].copy_from_slice(rest);
    tail[rest.len()] = 0x80;
    let size = if rest.len() < 56 { 64 } else { 128 };
    tail[size - 8..size].copy_from_slice(&(data.len() as u64 * 8).to_be_bytes());
    for block in tail[..size].chunks_exact(64) {
        compress(&mut state, block);
    }
    let mut digest = [0u8; 32];
    for (bytes, word) in digest.chunks_exact_mut(8).zip(state) {
        bytes[..4].copy_from_slice(&(word as u32).to_be_bytes());
        bytes[4..].copy_from_slice(&((word >> 32) as u32).to_be_bytes());
    }
    digest
}

#[cfg(all(feature = "precompile", not(any(zkvm = "sp1", zkvm = "risc0", zkvm = "native"))))]
fn compress(state: &mut [u64; 4], block: &[u8]) {
    let mut words = [0u64; 8];
    for (word, bytes) in words.iter_mut().zip(block.chunks_exact(8)) {
        *word = u64::from_le_bytes(bytes.try_into().expect("chunks of 8"));
    }
    // SAFETY: ZisK's pair for a precompile with two operands: the state in place, the 64-byte block beside it.
    unsafe {
        core::arch::asm!("csrs 0x805, {0}", "add x0, {1}, x0", in(reg) state.as_mut_ptr(), in(reg) words.as_ptr());
    }
}

#[cfg(zkvm = "sp1")]
fn compress(state: &mut [u64; 4], block: &[u8]) {
    // SP1 v6 keeps each 32-bit word in a slot of 64 bits.
    let mut words = [0u64; 64];
    for (word, bytes) in words.iter_mut().zip(block.chunks_exact(4)) {
        *word = u32::from_be_bytes(bytes.try_into().expect("chunks of 4")).into();
    }
    let mut slots = [0u64; 8];
    for (pair, word) in slots.chunks_exact_mut(2).zip(state.iter()) {
        pair[0] = u64::from(*word as u32);
        pair[1] = *word >> 32;
    }
    // SAFETY: the two calls work on 64 and on 8 aligned slots in place.
    unsafe {
        crate::platform::call(crate::platform::SHA_EXTEND, words.as_mut_ptr() as usize, 0, 0);
        crate::platform::call(crate::platform::SHA_COMPRESS, words.as_mut_ptr() as usize, slots.as_mut_ptr() as usize, 0);
    }
    for (word, pair) in state.iter_mut().zip(slots.chunks_exact(2)) {
        *word = pair[0] & 0xffff_ffff | pair[1] << 32;
    }
}

#[cfg(zkvm = "risc0")]
fn compress(state: &mut [u64; 4], block: &[u8]) {
    // The ecall takes aligned words, those of the state big endian.
    let mut words = [0u32; 16];
    for (word, bytes) in words.iter_mut().zip(block.chunks_exact(4)) {
        *word = u32::from_le_bytes(bytes.try_into().expect("chunks of 4"));
    }
    let mut swapped = [0u32; 8];
    for (pair, word) in swapped.chunks_exact_mut(2).zip(state.iter()) {
        pair[0] = (*word as u32).swap_bytes();
        pair[1] = ((*word >> 32) as u32).swap_bytes();
    }
    // SAFETY: SHA over one block, given as two halves; the state is read and written in place.
    unsafe {
        core::arch::asm!(
            "ecall",
            in("t0") 3,
            in("a0") swapped.as_mut_ptr(),
            in("a1") swapped.as_ptr(),
            in("a2") words.as_ptr(),
            in("a3") words.as_ptr().add(8),
            in("a4") 1,
        );
    }
    for (word, pair) in state.iter_mut().zip(swapped.chunks_exact(2)) {
        *word = u64::from(pair[0].swap_bytes()) | u64::from(pair[1].swap_bytes()) << 32;
    }
}

/// SHA-256 of `data`.
#[cfg(all(feature = "precompile", zkvm = "native"))]
pub fn sha256(data: &[u8]) -> [u8; 32] {
    use sha2::Digest;
    sha2::Sha256::digest(data).into()
}
