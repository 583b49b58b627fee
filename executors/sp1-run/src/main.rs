//! Runs one SP1 guest and prints one JSON object: `sp1-run --elf FILE [--input FILE]... [options]`.
//!
//! The library's native executor compiles the guest to machine code without checks of its own and ends the process on
//! whatever the guest does wrong; all of it therefore happens in a supervised child (guest_runner::supervise).

mod execute;
mod symptoms;

use std::process::ExitCode;

fn main() -> ExitCode {
    guest_runner::program::main::<execute::Sp1>(env!("CARGO_PKG_VERSION"))
}
