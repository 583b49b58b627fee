//! What an error of the library, or the death of the child, says about the guest.

use guest_runner::answer::{Errors, Kind, Outcome};
use guest_runner::program::died;
use guest_runner::supervise::Ended;

use crate::host::{GUEST_PANICKED, JOURNAL_LIMIT};

/// The two ways of a guest to end itself, `ExitCode::into_pair` of risc0-binfmt.
const HALTED: u16 = 0;
const PAUSED: u16 = 1;

/// What the library, its kernel and our host say when it is the guest that did wrong: how a message begins, or what is in
/// it where an address comes first. Whatever else an error says is a failure of the library.
const GUESTS_FAULT: [&str; 20] = [
    "the guest ",
    "the name of a syscall at ",
    "the kernel panicked: ",
    "Invalid peek address: ",
    "Invalid load address: ",
    "Invalid store address: ",
    "Invalid length in host ",
    "Invalid length (too big) in host ",
    "Invalid count (too big) in sha2 ecall: ",
    "Invalid mode for bigint ecall: ",
    "Invalid bigint address",
    "Invalid BigInt2 bytecode",
    "bigint2 ",
    "bigint_store: ",
    "divide by zero",
    "Illegal trap in machine mode",
    "Illegal mret in user mode",
    "Unavailable page: ",
    "Region end is past the end of memory",
    "poseidon2 check failed: ",
];
const GUESTS_ADDRESS: [&str; 2] = [" is an invalid guest address", " is an unaligned address"];

/// The outcome of a guest that ended itself in the way `how` with its own code.
pub fn of_end(how: u16, code: u16) -> Outcome {
    match how {
        HALTED => Outcome::of_exit_code(u64::from(code)),
        PAUSED => Outcome::new(
            Kind::Trap,
            format!("the guest paused with code {code}: nothing resumes it, and no verifier takes that for its end"),
        ),
        _ => Outcome::new(Kind::Crashed, format!("the guest ended in an unknown way, {how}")),
    }
}

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
    // The guest's own words come first: they may hold whatever is looked for below.
    if message.starts_with(GUEST_PANICKED) {
        return Outcome::new(Kind::Trap, message);
    }
    if let Some((_, cause)) = message.split_once(", cause: ") {
        return at(Outcome::new(Kind::Trap, cause_in_words(cause)));
    }
    let guests = GUESTS_FAULT.iter().any(|start| message.starts_with(start))
        || GUESTS_ADDRESS.iter().any(|end| message.ends_with(end));
    if guests {
        return at(Outcome::new(Kind::Trap, message));
    }
    Outcome::new(Kind::Crashed, format!("the library failed: {message}"))
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

/// The outcome of a child that gave no answer while the guest ran.
pub fn outcome(ended: &Ended, errors: &Errors) -> Outcome {
    match &errors.panic {
        Some(panic) => Outcome::new(Kind::Crashed, format!("the library panicked: {panic}")),
        None => died(ended.end, "while the guest was executed"),
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
        for words in ["the guest panicked: no", "the guest panicked: x, cause: y", "the guest panicked: "] {
            assert_eq!(of_error(words, None), Outcome::new(Kind::Trap, words));
        }
    }

    #[test]
    fn an_error_that_is_not_the_guests_fault_is_the_librarys() {
        let outcome = of_error("segment_counter overflow", Some(4));
        assert_eq!((outcome.kind, outcome.pc), (Kind::Crashed, None));
        assert_eq!(outcome.why, "the library failed: segment_counter overflow");
        for fault in [
            "Invalid load address: 0x40000000",
            "the guest calls SYS_FORK, which r0-run does not offer",
            "0x00000010 is an invalid guest address",
            "Invalid length (too big) in host read: 2000",
        ] {
            assert_eq!(of_error(fault, Some(4)), Outcome::new(Kind::Trap, fault).at(4));
        }
    }

    #[test]
    fn only_a_guest_that_halts_with_0_has_ended_well() {
        assert_eq!(of_end(HALTED, 0).kind, Kind::Ok);
        assert_eq!((of_end(HALTED, 3).kind, of_end(HALTED, 3).code), (Kind::Exit, Some(3)));
        assert_eq!(of_end(PAUSED, 0).kind, Kind::Trap);
        assert!(of_end(PAUSED, 0).why.starts_with("the guest paused with code 0"));
        assert_eq!(of_end(2, 0).kind, Kind::Crashed);
    }
}
