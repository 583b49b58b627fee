//! What the death of the child says about the guest.

use guest_runner::answer::{Errors, Kind, Outcome};
use guest_runner::libc;
use guest_runner::program::{died, EXECUTING};
use guest_runner::supervise::{End, Ended};

/// The stage behind EXECUTING.
pub const COUNTING_GAS: u32 = 3;

/// What the library panics with when it is the guest that did wrong, and what that means.
const GUESTS_FAULT: [(&str, &str); 9] = [
    ("hint input stream exhausted", "the guest read an input that is not there"),
    ("hint input stream read length mismatch", "the guest read an input with another length than it has"),
    ("hint read address not aligned", "the guest read an input to an address that is not a multiple of 8"),
    ("invalid syscall number", "the guest called a syscall that SP1 does not have"),
    ("Unconstrained mode is not allowed", "the guest called a syscall that unconstrained mode does not have"),
    ("digest word should fit in u32", "the guest committed to a digest word above 32 bits"),
    ("Invalid opcode for `execute_instruction`: EBREAK", "ebreak"),
    ("Invalid opcode for `execute_instruction`: UNIMP", "an instruction that SP1 does not have"),
    ("Invalid memory access", "an access that is not aligned to its width"),
];

/// The outcome of a child that gave no answer while the guest ran.
pub fn outcome(ended: &Ended, errors: &Errors) -> Outcome {
    match ended.end {
        End::Signalled(libc::SIGILL) => match unimplemented_at(errors) {
            Some(pc) => Outcome::new(Kind::Trap, "ebreak, or an instruction that SP1 does not have").at(pc),
            None => Outcome::new(Kind::Trap, "an instruction that SP1 does not have (SIGILL)"),
        },
        End::Signalled(libc::SIGSEGV | libc::SIGBUS) if ended.stage == EXECUTING => Outcome::new(
            Kind::Trap,
            "the guest left its memory: an access or a jump outside of SP1's address space ended the executor",
        ),
        end => match &errors.panic {
            Some(panic) => of_panic(panic),
            None => died(end, "while the guest was executed"),
        },
    }
}

/// The outcome of a panic of the library while the guest ran.
pub fn of_panic(panic: &str) -> Outcome {
    match GUESTS_FAULT.iter().find(|(symptom, _)| panic.contains(symptom)) {
        Some((_, meaning)) => Outcome::new(Kind::Trap, format!("{meaning}: {panic}")),
        None => Outcome::new(Kind::Crashed, format!("the library panicked: {panic}")),
    }
}

/// The library's line on an instruction that it does not have, with the address in decimal.
fn unimplemented_at(errors: &Errors) -> Option<u64> {
    errors.library.iter().find_map(|line| line.strip_prefix("Unimplemented instruction at pc: ")?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use guest_runner::answer::sort_errors;
    use guest_runner::supervise::Kept;

    fn of(end: End, stage: u32, errors: &str) -> Outcome {
        let errors = Kept { first: errors.into(), ..Kept::default() };
        let sorted = sort_errors(&errors);
        outcome(&Ended { end, stage, result: vec![], result_truncated: false, errors }, &sorted)
    }

    #[test]
    fn an_illegal_instruction_is_a_trap_at_its_address() {
        let outcome = of(End::Signalled(libc::SIGILL), EXECUTING, "Unimplemented instruction at pc: 2013270048\n");
        assert_eq!((outcome.kind, outcome.pc), (Kind::Trap, Some(0x7800_1020)));
    }

    #[test]
    fn the_guest_cannot_name_the_address() {
        let text = "stdout: Unimplemented instruction at pc: 1\n";
        assert_eq!(of(End::Signalled(libc::SIGILL), EXECUTING, text).pc, None);
    }

    #[test]
    fn a_panic_is_a_trap_only_when_the_guest_is_to_blame() {
        let abort = End::Signalled(libc::SIGABRT);
        assert_eq!(of(abort, EXECUTING, "panic: hint input stream exhausted (a.rs:1)\n").kind, Kind::Trap);
        let outcome = of(abort, EXECUTING, "panic: index out of bounds (a.rs:1)\n");
        assert_eq!(outcome.kind, Kind::Crashed);
        assert_eq!(outcome.why, "the library panicked: index out of bounds (a.rs:1)");
    }

    #[test]
    fn an_access_outside_is_a_trap_only_while_the_guest_itself_runs() {
        assert_eq!(of(End::Signalled(libc::SIGSEGV), EXECUTING, "").kind, Kind::Trap);
        assert_eq!(of(End::Signalled(libc::SIGSEGV), COUNTING_GAS, "").kind, Kind::Crashed);
        assert_eq!(of(End::Signalled(libc::SIGKILL), EXECUTING, "").kind, Kind::Crashed);
    }
}
