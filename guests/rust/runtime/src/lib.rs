//! What a guest in Rust needs of ZisK 1.4.0-alpha: entry, heap, input, output, exit codes and the hash precompiles.
//!
//! A guest is a function from the input's bytes to the bytes of the public output:
//!
//! ```ignore
//! fn guest(input: &'static [u8]) -> Result<Vec<u8>, &'static str> { ... }
//! guest_runtime::entry!(guest);
//! ```
//!
//! An error is printed and ends the run with [`EXIT_BAD_INPUT`], a panic with [`EXIT_PANIC`]; both are failed
//! executions without output.
#![no_std]

extern crate alloc;

#[cfg(not(feature = "ziskos"))]
mod heap;
pub mod keccak;
mod platform;
#[cfg(feature = "getrandom")]
mod random;
pub mod sha256;

/// The guest refuses its input. The codes stay clear of 1, 2 and 101, which ziskemu uses for its own failures.
pub const EXIT_BAD_INPUT: i32 = 16;
/// The heap is used up.
pub const EXIT_OUT_OF_MEMORY: i32 = 17;
/// More than 256 bytes of public output.
pub const EXIT_OUTPUT_FULL: i32 = 18;
/// The guest panicked.
pub const EXIT_PANIC: i32 = 20;

pub use platform::{exit, print};

/// Runs `guest` on the input and publishes what it gives. [`entry!`] calls it; the result is the exit code.
pub fn run(guest: fn(&'static [u8]) -> Result<alloc::vec::Vec<u8>, &'static str>) -> i32 {
    match guest(platform::input()) {
        Ok(output) => platform::publish(&output),
        Err(why) => {
            print(why);
            print("\n");
            EXIT_BAD_INPUT
        }
    }
}

/// Makes a function `fn(&'static [u8]) -> Result<Vec<u8>, &'static str>` the program.
#[macro_export]
macro_rules! entry {
    ($guest:path) => {
        #[no_mangle]
        extern "C" fn main() -> i32 {
            $crate::run($guest)
        }
    };
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo) -> ! {
    use core::fmt::Write;
    let _ = writeln!(platform::Uart, "{info}");
    exit(EXIT_PANIC)
}
