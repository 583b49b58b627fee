//! RISC Zero: entry, input, output and halt by the calls of risc0-zkvm-platform 2.2.

use alloc::vec::Vec;
use core::ffi::CStr;

const OUTPUT_SIZE: usize = 256;

const ECALL_HALT: u32 = 0;
const ECALL_SOFTWARE: u32 = 2;
const SYS_READ: (u32, &CStr) = (12, c"risc0_zkvm_platform::syscall::nr::SYS_READ");
const SYS_WRITE: (u32, &CStr) = (16, c"risc0_zkvm_platform::syscall::nr::SYS_WRITE");

const STANDARD_INPUT: u32 = 0;
const STANDARD_OUTPUT: u32 = 1;
const JOURNAL: u32 = 3;

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

/// Reads up to `size` bytes of standard input to `to`; gives how many there were.
///
/// # Safety
/// `to` is aligned to words and valid for writes of `size` bytes.
unsafe fn read(to: *mut u8, size: usize) -> usize {
    let read;
    // SAFETY: the caller's promise.
    unsafe {
        core::arch::asm!(
            "ecall",
            in("t0") ECALL_SOFTWARE,
            in("t6") SYS_READ.0,
            inlateout("a0") to => read,
            inlateout("a1") size => _,
            in("a2") SYS_READ.1.as_ptr(),
            in("a3") STANDARD_INPUT,
            in("a4") size,
        );
    }
    read
}

fn write(file: u32, bytes: &[u8]) {
    // SAFETY: the bytes are valid for their size.
    unsafe {
        core::arch::asm!(
            "ecall",
            in("t0") ECALL_SOFTWARE,
            in("t6") SYS_WRITE.0,
            inlateout("a0") 0 => _,
            inlateout("a1") 0 => _,
            in("a2") SYS_WRITE.1.as_ptr(),
            in("a3") file,
            in("a4") bytes.as_ptr(),
            in("a5") bytes.len(),
        );
    }
}

/// The payload of the input file, which is standard input; its first word says how much there is to read.
pub fn input() -> &'static [u8] {
    let mut length = 0u64;
    // SAFETY: an aligned word.
    let header = unsafe { read((&raw mut length).cast(), 8) };
    if header == 0 {
        return &[];
    }
    if header != 8 || length > crate::record::LIMIT {
        crate::record::refuse();
    }
    let words = length.div_ceil(8) as usize;
    let mut file = Vec::<u64>::with_capacity(1 + words);
    file.push(length);
    let file = file.leak().as_mut_ptr();
    let mut size = 8;
    if words != 0 {
        // SAFETY: the block has room for so many words after the first.
        size += unsafe { read(file.add(1).cast(), words * 8) };
    }
    // SAFETY: as above; so much has just been written.
    crate::record::payload_of(unsafe { core::slice::from_raw_parts(file.cast(), size) })
}

/// Publishes the output in the window of 256 bytes and ends the run.
pub fn publish(output: &[u8]) -> i32 {
    if output.len() > OUTPUT_SIZE {
        print("output: more than 256 bytes\n");
        return crate::EXIT_OUTPUT_FULL;
    }
    let mut window = [0; OUTPUT_SIZE];
    window[..output.len()].copy_from_slice(output);
    write(JOURNAL, &window);
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

// A receipt binds the journal by the digest of the structure risc0.Output (risc0-binfmt, tagged_struct): SHA-256 over
// the digest of its name, the journal's, that of the assumptions (none: zeros), and the number of members as u16.
fn halt(code: i32, journal: &[u8]) -> ! {
    let mut output = [0; 98];
    output[..32].copy_from_slice(&crate::sha256::sha256(b"risc0.Output"));
    output[32..64].copy_from_slice(&crate::sha256::sha256(journal));
    output[96] = 2;
    #[repr(align(4))]
    struct Aligned([u8; 32]);
    let claim = Aligned(crate::sha256::sha256(&output));
    // SAFETY: the call does not return; the digest is aligned to words.
    unsafe {
        core::arch::asm!(
            "ecall",
            in("t0") ECALL_HALT,
            in("a0") (code as u32 & 255) << 8,
            in("a1") &claim.0,
            options(noreturn),
        )
    }
}

/// Prints on standard output of the host's side.
pub fn print(text: &str) {
    write(STANDARD_OUTPUT, text.as_bytes());
}
