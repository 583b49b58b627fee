//! Addresses and conventions of ZisK 1.4.0-alpha (zisk-core's memory map).

#[cfg(not(feature = "ziskos"))]
const INPUT_LENGTH: *const u64 = 0x1000_0008 as *const u64; // the word before is the port for results of fcalls
#[cfg(not(feature = "ziskos"))]
const INPUT_DATA: *const u8 = 0x1000_0010 as *const u8;
#[cfg(not(feature = "ziskos"))]
const INPUT_LIMIT: u64 = 0x8000_0000 - 0x10;
#[cfg(not(feature = "ziskos"))]
const OUTPUT: *mut u8 = 0xa041_0000 as *mut u8;
const OUTPUT_SIZE: usize = 256;
const UART: *mut u8 = 0xa040_0200 as *mut u8;

// RAM starts as zeros and .data is in place when the guest begins, so there is nothing to clear or to copy.
#[cfg(not(feature = "ziskos"))]
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
    "li a7, 93",
    "ecall",
    ".size _start, . - _start",
);

/// The payload of the input file, which is u64 length (little endian), payload, zeros up to a multiple of 8.
pub fn input() -> &'static [u8] {
    #[cfg(feature = "ziskos")]
    return ziskos::io::read_slice();
    #[cfg(not(feature = "ziskos"))]
    {
        // SAFETY: the input region is mapped, read-only and reads as zeros beyond the file's end.
        let length = unsafe { INPUT_LENGTH.read_volatile() };
        if length > INPUT_LIMIT {
            print("input: its length is beyond the input region\n");
            exit(crate::EXIT_BAD_INPUT);
        }
        // SAFETY: as above; the length was just checked.
        unsafe { core::slice::from_raw_parts(INPUT_DATA, length as usize) }
    }
}

/// Writes the public output and gives the exit code.
pub fn publish(output: &[u8]) -> i32 {
    if output.len() > OUTPUT_SIZE {
        print("output: more than 256 bytes\n");
        return crate::EXIT_OUTPUT_FULL;
    }
    #[cfg(feature = "ziskos")]
    ziskos::io::commit_slice(output);
    #[cfg(not(feature = "ziskos"))]
    // SAFETY: 256 bytes from OUTPUT on are RAM that nothing else uses.
    unsafe {
        core::ptr::copy_nonoverlapping(output.as_ptr(), OUTPUT, output.len());
    }
    0
}

/// Ends the run. A code other than 0 is a failed execution.
pub fn exit(code: i32) -> ! {
    // SAFETY: ZisK's exit call; it does not return.
    unsafe { core::arch::asm!("ecall", in("a0") code, in("a7") 93, options(noreturn)) }
}

/// Prints on ZisK's UART.
pub fn print(text: &str) {
    for byte in text.bytes() {
        // SAFETY: a one-byte store to the UART's address prints the byte and has no other effect.
        unsafe { UART.write_volatile(byte) };
    }
}
