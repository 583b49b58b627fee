//! What a guest in Rust needs of its zkVM: entry, heap, input, output, exit codes and the hash precompiles.
//!
//! The cfg `zkvm` says which it is: "sp1" (SP1 v6), "risc0" (RISC Zero), "native" (a program of the host); without it,
//! ZisK 1.4.0-alpha. The input file and the 256 bytes of public output are the same on all of them.
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

#[cfg(not(any(feature = "ziskos", zkvm = "native")))]
mod heap;
pub mod keccak;
#[cfg_attr(zkvm = "sp1", path = "platform/sp1.rs")]
#[cfg_attr(zkvm = "risc0", path = "platform/risc0.rs")]
#[cfg_attr(zkvm = "native", path = "platform/native.rs")]
#[cfg_attr(not(any(zkvm = "sp1", zkvm = "risc0", zkvm = "native")), path = "platform/zisk.rs")]
mod platform;
#[cfg(feature = "getrandom")]
mod random;
#[cfg(any(zkvm = "sp1", zkvm = "risc0", zkvm = "native"))]
mod record;
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

#[cfg(not(zkvm = "native"))]
#[panic_handler]
fn panic(info: &core::panic::PanicInfo) -> ! {
    use core::fmt::Write;
    let _ = writeln!(Console, "{info}");
    exit(EXIT_PANIC)
}

/// What [`print`] prints on, as a destination for formatted text.
#[cfg(not(zkvm = "native"))]
struct Console;

#[cfg(not(zkvm = "native"))]
impl core::fmt::Write for Console {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        print(text);
        Ok(())
    }
}
