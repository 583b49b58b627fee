//! A runner as a program: command line, files, the supervised child, the answer. A zkVM brings what is its own.

use std::io::Write;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::path::Path;
use std::process::ExitCode;

use serde_json::{Map, Value};

use crate::answer::{failure, finish, Answer, Errors, Kind, Outcome, Runner};
use crate::arguments::{self, Arguments, Command};
use crate::call_tree::Functions;
use crate::supervise::{supervise, End, Ended, Limits, Stage};

/// How far the child is. A zkVM may have stages of its own beyond EXECUTING.
pub const LOADING: u32 = 1;
pub const EXECUTING: u32 = 2;

const MOST_ELF_BYTES: u64 = 256 << 20;
const MOST_INPUT_BYTES: u64 = 1 << 30;
/// Kept of the child's standard error, where the guest may print.
const ERROR_BYTES: usize = 64 << 10;

/// What a zkVM's library does with a guest. Everything but `limits` and `outcome` happens in the child.
pub trait ZkVm {
    const RUNNER: Runner;
    /// The arguments of its own in the first line of the help text.
    const USAGE: &'static str;
    type Loaded;

    /// What the child may take: resident memory, and the largest file that it may write.
    fn limits(arguments: &Arguments) -> Resources;
    /// Decodes the guest; the error is what is wrong with it.
    fn load(elf: &[u8], inputs: Vec<Vec<u8>>) -> Result<Self::Loaded, String>;
    /// Runs it to its end.
    fn run(
        loaded: &Self::Loaded,
        functions: Option<Functions>,
        arguments: &Arguments,
        stage: Stage,
        answer: &mut Answer,
    ) -> Outcome;
    /// The outcome of a child that ended without an answer while the guest ran, in another way than by a limit.
    fn outcome(ended: &Ended, errors: &Errors) -> Outcome;
}

pub struct Resources {
    pub resident: u64,
    /// 0: no file at all, u64::MAX: any.
    pub file_bytes: u64,
}

/// The whole of a runner's `main`. `version` is that of its crate.
pub fn main<Z: ZkVm>(version: &str) -> ExitCode {
    let complain = |error: &dyn std::fmt::Display, status: u8| {
        eprintln!("{}: {error}", Z::RUNNER.name);
        ExitCode::from(status)
    };
    let arguments = match arguments::parse(std::env::args().skip(1)) {
        Ok(Command::Run(arguments)) => arguments,
        Ok(Command::Version) => {
            println!("{}", Z::RUNNER.version(version));
            return ExitCode::SUCCESS;
        }
        Ok(Command::Help) => {
            print!("usage: {} --elf FILE {} [options]\n{}", Z::RUNNER.name, Z::USAGE, arguments::OPTIONS);
            return ExitCode::SUCCESS;
        }
        Err(error) => return complain(&error, 2),
    };
    let functions = match arguments.read_functions() {
        Ok(functions) => functions,
        Err(error) => return complain(&error, 2),
    };
    let resources = Z::limits(&arguments);
    let limits = Limits {
        time: arguments.max_time,
        resident: resources.resident,
        result_bytes: usize::try_from(arguments.max_output.saturating_mul(2)).unwrap_or(usize::MAX).max(256 << 20),
        error_bytes: ERROR_BYTES,
        file_bytes: resources.file_bytes,
    };
    let ended = supervise(limits, |stage, out| {
        let object = execute::<Z>(&arguments, functions.as_deref(), stage);
        let _ = serde_json::to_writer(out, &object);
    });
    let text = match ended {
        Ok(ended) => finish(Z::RUNNER, &ended, |ended, errors| outcome::<Z>(ended, errors, &arguments)),
        Err(error) => return complain(&format!("the guest's process could not be started: {error}"), 3),
    };
    let mut out = std::io::stdout();
    if out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_err() {
        return complain(&"the answer could not be written", 3);
    }
    ExitCode::SUCCESS
}

/// Loads and runs the guest; whatever it does is in the object.
fn execute<Z: ZkVm>(arguments: &Arguments, functions: Option<&str>, stage: Stage) -> Map<String, Value> {
    stage.set(LOADING);
    let loaded = match catch_unwind(AssertUnwindSafe(|| load::<Z>(arguments, functions))) {
        Ok(Ok(loaded)) => loaded,
        Ok(Err(why)) => return failure(Z::RUNNER, &Outcome::new(Kind::Rejected, why)),
        // The hook has written the message; the parent reads it.
        Err(_) => std::process::abort(),
    };
    let (loaded, functions) = loaded;
    stage.set(EXECUTING);
    let mut answer = Answer::default();
    match catch_unwind(AssertUnwindSafe(|| Z::run(&loaded, functions, arguments, stage, &mut answer))) {
        Ok(outcome) => answer.object(Z::RUNNER, &outcome),
        Err(_) => std::process::abort(),
    }
}

fn load<Z: ZkVm>(arguments: &Arguments, functions: Option<&str>) -> Result<(Z::Loaded, Option<Functions>), String> {
    let elf = read(&arguments.elf, MOST_ELF_BYTES)?;
    let inputs = arguments.inputs.iter().map(|path| read(path, MOST_INPUT_BYTES)).collect::<Result<_, _>>()?;
    let functions = functions.map(Functions::parse).transpose()?;
    let loaded = Z::load(&elf, inputs).map_err(|why| format!("{}: {why}", arguments.elf.display()))?;
    Ok((loaded, functions))
}

fn read(path: &Path, most: u64) -> Result<Vec<u8>, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", path.display());
    let size = std::fs::metadata(path).map_err(failed)?.len();
    if size > most {
        return Err(format!("{}: has {size} bytes, more than {most}", path.display()));
    }
    std::fs::read(path).map_err(failed)
}

/// The outcome of a child that gave no answer.
pub fn outcome<Z: ZkVm>(ended: &Ended, errors: &Errors, arguments: &Arguments) -> Outcome {
    let loading = ended.stage <= LOADING;
    match (ended.end, &errors.panic) {
        (End::OutOfTime, _) => {
            Outcome::new(Kind::Limit, format!("still running after {} s", arguments.max_time.as_secs_f64()))
        }
        (End::OutOfMemory, _) if loading => {
            Outcome::new(Kind::Rejected, "loading the ELF takes more memory than there is")
        }
        (End::OutOfMemory, _) => Outcome::new(
            Kind::Limit,
            format!("the guest used more memory than its limit of {} MiB allows", arguments.max_memory >> 20),
        ),
        (_, Some(panic)) if loading => Outcome::new(Kind::Rejected, format!("the ELF cannot be loaded: {panic}")),
        (end, None) if loading => died(end, "while the ELF was loaded"),
        _ => Z::outcome(ended, errors),
    }
}

/// The outcome of a child that died of something that nobody knows.
pub fn died(end: End, when: &str) -> Outcome {
    let (code, what) = match end {
        End::Signalled(signal) => (signal, format!("signal {signal} ended the executor {when}")),
        End::Exited(status) => (status, format!("the executor ended with status {status} {when}")),
        End::OutOfTime | End::OutOfMemory => (0, format!("the executor was stopped {when}")),
    };
    Outcome::new(Kind::Crashed, what).with_code(u64::from(code.unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Test;

    impl ZkVm for Test {
        const RUNNER: Runner = Runner { name: "test-run", library: "test 1", build: "", zkvm: "Test 1" };
        const USAGE: &'static str = "";
        type Loaded = ();

        fn limits(_: &Arguments) -> Resources {
            Resources { resident: 0, file_bytes: 0 }
        }
        fn load(elf: &[u8], _: Vec<Vec<u8>>) -> Result<(), String> {
            if elf == b"good" {
                Ok(())
            } else {
                Err("bad".into())
            }
        }
        fn run(_: &(), _: Option<Functions>, _: &Arguments, _: Stage, answer: &mut Answer) -> Outcome {
            answer.steps = 7;
            Outcome::of_exit_code(0)
        }
        fn outcome(ended: &Ended, _: &Errors) -> Outcome {
            died(ended.end, "while the guest was executed")
        }
    }

    fn of(end: End, stage: u32, panic: Option<&str>) -> Outcome {
        let ended = Ended { end, stage, result: vec![], result_truncated: false, errors: Default::default() };
        let errors = Errors { panic: panic.map(String::from), ..Errors::default() };
        outcome::<Test>(&ended, &errors, &Arguments { max_memory: 64 << 20, ..Arguments::default() })
    }

    #[test]
    fn what_fails_while_loading_is_the_files_fault() {
        assert_eq!(of(End::Signalled(6), LOADING, Some("no magic")).kind, Kind::Rejected);
        assert_eq!(of(End::OutOfMemory, LOADING, None).kind, Kind::Rejected);
        assert_eq!(of(End::OutOfTime, LOADING, None).kind, Kind::Limit);
        let crashed = of(End::Signalled(11), LOADING, None);
        assert_eq!((crashed.kind, crashed.code), (Kind::Crashed, Some(11)));
        assert_eq!(crashed.why, "signal 11 ended the executor while the ELF was loaded");
    }

    #[test]
    fn a_limit_comes_before_whatever_the_zkvm_would_say() {
        let outcome = of(End::OutOfMemory, EXECUTING, Some("killed"));
        assert_eq!((outcome.kind, outcome.code), (Kind::Limit, None));
        assert_eq!(outcome.why, "the guest used more memory than its limit of 64 MiB allows");
        assert_eq!(
            of(End::Exited(3), EXECUTING, None).why,
            "the executor ended with status 3 while the guest was executed"
        );
    }

    #[test]
    fn a_guest_that_cannot_be_read_or_loaded_is_rejected_with_its_name() {
        let missing = Arguments { elf: "/does/not/exist".into(), ..Arguments::default() };
        assert!(load::<Test>(&missing, None).unwrap_err().starts_with("/does/not/exist: "));
        let wrong = Arguments { elf: "/dev/null".into(), ..Arguments::default() };
        assert_eq!(load::<Test>(&wrong, None).unwrap_err(), "/dev/null: bad");
    }
}
