//! Runs one RISC Zero guest and prints one JSON object: `r0-run --elf FILE [--input FILE] [options]`.
//!
//! The circuit's executor interprets the guest with checks; it runs in a supervised child (guest_runner::supervise) all
//! the same, for time, memory and the library's own panics.

mod execute;
mod host;
mod symptoms;

use std::process::ExitCode;

fn main() -> ExitCode {
    guest_runner::program::main::<execute::RiscZero>(env!("CARGO_PKG_VERSION"))
}
