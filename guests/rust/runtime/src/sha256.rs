//! SHA-256 by ZisK's precompile (feature `precompile`).

#[cfg(feature = "precompile")]
const INITIAL: [u32; 8] = [
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];

/// SHA-256 of `data` by the precompile.
#[cfg(feature = "precompile")]
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

#[cfg(feature = "precompile")]
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
