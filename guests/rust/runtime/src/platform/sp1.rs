//! SP1 v6: entry, input, output and halt by its system calls, as sp1-zkvm 6.10.0 makes them.

use alloc::vec::Vec;

const OUTPUT_SIZE: usize = 256;

const HALT: usize = 0x00;
const WRITE: usize = 0x02;
const COMMIT: usize = 0x10;
const COMMIT_DEFERRED: usize = 0x1a;
const HINT_LEN: usize = 0xf0;
const HINT_READ: usize = 0xf1;
pub const SHA_EXTEND: usize = 0x30_0105;
pub const SHA_COMPRESS: usize = 0x01_0106;
#[cfg(feature = "precompile")]
pub const KECCAK_PERMUTE: usize = 0x01_0109;

const STANDARD_OUTPUT: usize = 1;
const PUBLIC_VALUES: usize = 13;

// Memory starts as zeros and .data is in place when the guest begins, so there is nothing to clear or to copy.
core::arch::global_asm!(
    ".section .text.init, \"ax\"",
    ".globl _start",
    ".type _start, @function",
    "_start:",
    ".option push",
    ".option norelax",
    "la gp, _global_pointer",
    ".option pop",
    "la sp, _init_stack_top",
    "call main",
    "call guest_exit",
    ".size _start, . - _start",
);

/// A system call: the code goes in t0, and the result comes there.
///
/// # Safety
/// The arguments are what the call demands.
pub unsafe fn call(code: usize, first: usize, second: usize, third: usize) -> usize {
    let result;
    // SAFETY: the caller's promise; only t0 and memory change.
    unsafe {
        core::arch::asm!("ecall", inlateout("t0") code => result, in("a0") first, in("a1") second, in("a2") third);
    }
    result
}

/// The payload of the input file, which is the first item of the input stream.
pub fn input() -> &'static [u8] {
    // SAFETY: a call without arguments.
    let size = match unsafe { call(HINT_LEN, 0, 0, 0) } {
        usize::MAX => 0,
        size => size,
    };
    // SP1 writes whole words into memory that nothing has touched yet; the heap hands out nothing twice.
    let words = Vec::<u64>::with_capacity(size.div_ceil(8)).leak().as_mut_ptr();
    if size != 0 {
        // SAFETY: the block has room for the item and is aligned.
        unsafe { call(HINT_READ, words as usize, size, 0) };
    }
    // SAFETY: as above; SP1 has just written it.
    crate::record::payload_of(unsafe { core::slice::from_raw_parts(words.cast(), size) })
}

/// Publishes the output in the window of 256 bytes and ends the run.
pub fn publish(output: &[u8]) -> i32 {
    if output.len() > OUTPUT_SIZE {
        print("output: more than 256 bytes\n");
        return crate::EXIT_OUTPUT_FULL;
    }
    let mut window = [0; OUTPUT_SIZE];
    window[..output.len()].copy_from_slice(output);
    // SAFETY: the window is valid for its size.
    unsafe { call(WRITE, PUBLIC_VALUES, window.as_ptr() as usize, OUTPUT_SIZE) };
    halt(0, &window)
}

/// Ends the run. A code other than 0 is a failed execution, which publishes nothing.
pub fn exit(code: i32) -> ! {
    halt(code, &[])
}

#[no_mangle]
extern "C" fn guest_exit(code: i32) -> ! {
    exit(code)
}

// A proof binds the public values by their SHA-256, which the guest commits word by word as the bytes lie in memory; it
// verifies no other proofs, so that digest is zero.
fn halt(code: i32, public_values: &[u8]) -> ! {
    let digest = crate::sha256::sha256(public_values);
    for (i, bytes) in digest.chunks_exact(4).enumerate() {
        let word = u32::from_le_bytes(bytes.try_into().expect("chunks of 4"));
        // SAFETY: word i of the digest, 0 to 7.
        unsafe { call(COMMIT, i, word as usize, 0) };
    }
    for i in 0..8 {
        // SAFETY: word i of the digest, 0 to 7.
        unsafe { call(COMMIT_DEFERRED, i, 0, 0) };
    }
    loop {
        // SAFETY: it does not return.
        unsafe { call(HALT, code as usize & 255, 0, 0) };
    }
}

/// Prints on SP1's standard output.
pub fn print(text: &str) {
    // SAFETY: the text is valid for its size.
    unsafe { call(WRITE, STANDARD_OUTPUT, text.as_ptr() as usize, text.len()) };
}
