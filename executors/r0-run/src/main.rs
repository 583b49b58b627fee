//! Runs one RISC Zero guest and prints one JSON object: `r0-run --elf FILE [--input FILE] [options]`.
//!
//! The circuit's executor interprets the guest with checks; it runs in a supervised child (guest_runner::supervise) all
//! the same, for time, memory and the library's own panics.

mod execute;
mod host;
mod symptoms;

use std::io::Write;
use std::process::ExitCode;

use guest_runner::answer::{self, Runner};
use guest_runner::arguments::{self, Command};
use guest_runner::supervise::{supervise, Limits};

const RUNNER: Runner = Runner { name: "r0-run", library: "risc0-circuit-rv32im 4.0.5", build: "" };

/// What the library's own structures may take beside the guest's memory.
const LIBRARY_BYTES: u64 = 1 << 30;
const ERROR_BYTES: usize = 64 << 10;

fn main() -> ExitCode {
    let arguments = match arguments::parse(std::env::args().skip(1)) {
        Ok(Command::Run(arguments)) => arguments,
        Ok(Command::Version) => {
            println!("{} {} (RISC Zero 3.0.5, {})", RUNNER.name, env!("CARGO_PKG_VERSION"), RUNNER.library);
            return ExitCode::SUCCESS;
        }
        Ok(Command::Help) => {
            print!("usage: {} --elf FILE [--input FILE] [options]\n{}", RUNNER.name, arguments::OPTIONS);
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("{}: {error}", RUNNER.name);
            return ExitCode::from(2);
        }
    };
    let functions = match arguments.read_functions() {
        Ok(functions) => functions,
        Err(error) => {
            eprintln!("{}: {error}", RUNNER.name);
            return ExitCode::from(2);
        }
    };
    let limits = Limits {
        time: arguments.max_time,
        // The executor keeps pages of the guest three times: as they were, as they are, and on their way to a segment.
        resident: arguments.max_memory.saturating_mul(3).saturating_add(LIBRARY_BYTES),
        result_bytes: usize::try_from(arguments.max_output.saturating_mul(2)).unwrap_or(usize::MAX).max(256 << 20),
        error_bytes: ERROR_BYTES,
        file_bytes: 0,
    };
    let ended = supervise(limits, |stage, out| {
        let object = execute::execute(RUNNER, &arguments, functions.as_deref(), stage);
        let _ = serde_json::to_writer(out, &object);
    });
    let text = match ended {
        Ok(ended) => answer::finish(RUNNER, &ended, |ended, errors| symptoms::outcome(ended, errors, &arguments)),
        Err(error) => {
            eprintln!("{}: the guest's process could not be started: {error}", RUNNER.name);
            return ExitCode::from(3);
        }
    };
    let mut out = std::io::stdout();
    if out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_err() {
        eprintln!("{}: the answer could not be written", RUNNER.name);
        return ExitCode::from(3);
    }
    ExitCode::SUCCESS
}
