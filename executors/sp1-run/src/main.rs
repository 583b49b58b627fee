//! Runs one SP1 guest and prints one JSON object: `sp1-run --elf FILE [--input FILE]... [options]`.
//!
//! The library's native executor compiles the guest to machine code without checks of its own and ends the process on
//! whatever the guest does wrong; all of it therefore happens in a supervised child (guest_runner::supervise).

mod execute;
mod symptoms;

use std::io::Write;
use std::process::ExitCode;

use guest_runner::answer::{self, Runner};
use guest_runner::arguments::{self, Command};
use guest_runner::supervise::{supervise, Limits};

#[cfg(feature = "profiling")]
const BUILD: &str = "portable";
#[cfg(not(feature = "profiling"))]
const BUILD: &str = "native";

const RUNNER: Runner = Runner { name: "sp1-run", library: "sp1-core-executor 6.10.0", build: BUILD };

/// What the library's own structures may take beside the guest: one chunk of the trace that gas is computed from
/// (134,217,728 entries of 16 bytes, a tenth more for its header) and the decoded program.
const LIBRARY_BYTES: u64 = 3 << 30;
const CONSOLE_BYTES: usize = 64 << 10;

fn main() -> ExitCode {
    let arguments = match arguments::parse(std::env::args().skip(1)) {
        Ok(Command::Run(arguments)) => arguments,
        Ok(Command::Version) => {
            println!(
                "{} {} (SP1 6.10.0, {}, {})",
                RUNNER.name,
                env!("CARGO_PKG_VERSION"),
                RUNNER.library,
                RUNNER.build
            );
            return ExitCode::SUCCESS;
        }
        Ok(Command::Help) => {
            print!("usage: {} --elf FILE [--input FILE]... [options]\n{}", RUNNER.name, arguments::OPTIONS);
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
        // The native executor keeps each word of 8 bytes beside the time of its last access.
        resident: arguments.max_memory.saturating_mul(2).saturating_add(LIBRARY_BYTES),
        result_bytes: usize::try_from(arguments.max_output.saturating_mul(2)).unwrap_or(usize::MAX).max(256 << 20),
        error_bytes: CONSOLE_BYTES,
        // The native executor keeps code and memory in files without a name, of terabytes that nobody touches.
        file_bytes: u64::MAX,
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
