//! What an error of the library, or the death of the child, says about the guest.

use guest_runner::answer::{Errors, Kind, Outcome};
use guest_runner::arguments::Arguments;
use guest_runner::supervise::{End, Ended};

use crate::host::{GUEST_PANICKED, JOURNAL_LIMIT};

pub const LOADING: u32 = 1;
pub const EXECUTING: u32 = 2;

/// The outcome of an error that the executor returned.
pub fn of_error(message: &str, pc: Option<u32>) -> Outcome {
    let at = |outcome: Outcome| match pc {
        Some(pc) => outcome.at(u64::from(pc)),
        None => outcome,
    };
    if let Some(limit) = message.strip_prefix("Session limit exceeded: ") {
        let limit = limit.rsplit(' ').next().unwrap_or(limit);
        return Outcome::new(Kind::Limit, format!("still running after {limit} user cycles"));
    }
    if message.starts_with(JOURNAL_LIMIT) {
        return Outcome::new(Kind::Limit, message);
    }
    if let Some((_, cause)) = message.split_once(", cause: ") {
        return at(Outcome::new(Kind::Trap, cause_in_words(cause)));
    }
    if message.starts_with(GUEST_PANICKED) {
        return Outcome::new(Kind::Trap, message);
    }
    at(Outcome::new(Kind::Trap, message))
}

/// A trap's cause as the library's Debug text has it, e.g. `StoreAccessFault(0x00000008)`.
fn cause_in_words(cause: &str) -> String {
    let (name, rest) = cause.split_at(cause.find('(').unwrap_or(cause.len()));
    let words = match name {
        "Breakpoint" => "ebreak",
        "IllegalInstruction" => "illegal instruction",
        "InstructionFault" => "a jump outside of the guest's memory",
        "InstructionMisaligned" => "a jump to an address that is not a multiple of 4",
        "LoadAccessFault" => "a load outside of the guest's memory",
        "StoreAccessFault" => "a store outside of the guest's memory",
        "LoadAddressMisaligned" => "a load that is not aligned to its width",
        "StoreAddressMisaligned" => "a store that is not aligned to its width",
        _ => name,
    };
    format!("{words}{}{rest}", if rest.is_empty() { "" } else { " " })
}

/// The outcome of a child that gave no answer.
pub fn outcome(ended: &Ended, errors: &Errors, arguments: &Arguments) -> Outcome {
    match (ended.end, &errors.panic) {
        (End::OutOfTime, _) => {
            Outcome::new(Kind::Limit, format!("still running after {} s", arguments.max_time.as_secs_f64()))
        }
        (End::OutOfMemory, _) if ended.stage <= LOADING => {
            Outcome::new(Kind::Rejected, "loading the ELF takes more memory than there is")
        }
        (End::OutOfMemory, _) => Outcome::new(
            Kind::Limit,
            format!("the guest used more memory than its limit of {} MiB allows", arguments.max_memory >> 20),
        ),
        (_, Some(panic)) if ended.stage <= LOADING => {
            Outcome::new(Kind::Rejected, format!("the ELF cannot be loaded: {panic}"))
        }
        (_, Some(panic)) => Outcome::new(Kind::Crashed, format!("the library panicked: {panic}")),
        (End::Signalled(signal), None) => Outcome::new(Kind::Crashed, format!("signal {signal} ended the executor"))
            .with_code(signal.unsigned_abs().into()),
        (End::Exited(status), None) => Outcome::new(Kind::Crashed, format!("the executor ended with status {status}"))
            .with_code(status.unsigned_abs().into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traps_say_what_happened_and_where() {
        let outcome = of_error("Invalid trap address: 0x00000000, cause: Breakpoint", Some(0x200810));
        assert_eq!((outcome.kind, outcome.pc, outcome.why.as_str()), (Kind::Trap, Some(0x20_0810), "ebreak"));
        let outcome = of_error("Invalid trap address: 0x00000000, cause: StoreAccessFault(0x00000008)", None);
        assert_eq!(outcome.why, "a store outside of the guest's memory (0x00000008)");
    }

    #[test]
    fn a_limit_is_no_trap() {
        let outcome = of_error("Session limit exceeded: 1000000 >= 1000000", Some(4));
        assert_eq!((outcome.kind, outcome.pc), (Kind::Limit, None));
        assert_eq!(outcome.why, "still running after 1000000 user cycles");
        assert_eq!(of_error("the guest's journal is longer than 5 bytes", None).kind, Kind::Limit);
    }

    #[test]
    fn a_panic_of_the_guest_keeps_its_words() {
        assert_eq!(of_error("the guest panicked: no", None), Outcome::new(Kind::Trap, "the guest panicked: no"));
    }
}
