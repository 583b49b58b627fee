#pragma once

#include <optional>
#include <string>

#include "executors/executor.h"
#include "model/outcome.h"
#include "system/process.h"

namespace cyclegate::executors {

/// How a guest ended, from how its ziskemu process ended and what that said on standard error (the guest's own words go
/// to standard output only). The exit status alone does not tell: a guest may end with 1, 2 or 101, which ziskemu uses
/// for its own failures. Forms of 1.4.0-alpha and 1.1.0-alpha, and the older one that reports a trap with status 0:
///
/// | standard error | outcome |
/// |---|---|
/// | nothing, status 0 | ok |
/// | `Error during emulation: guest exited with code N` | exit N |
/// | `... ExecutionFailed { reason: Trap, step: N, pc: N }`, `Emu::run() finished with error at step=N pc=0xN` | trap |
/// | `... EmulationNoCompleted` | limit (steps) |
/// | `... WrongArguments(...)`, `... Unknown("...")` | rejected: ELF or input |
/// | a panic `Mem::...` (an address outside memory) | trap |
/// | a panic `Invalid use of CSR ...` (a precompile called in an unknown form) | rejected |
/// | any other panic, any other words, a signal | crashed |
/// | `memory allocation of N bytes failed` and SIGABRT | limit (memory) |
///
/// Any bytes are fine.
model::Outcome ziskemu_outcome(const system::ProcessResult& result, const Limits& limits);

/// Why the profile of a run with `--stats --read-symbols --profiler-output` that ended well cannot be believed, as far
/// as standard output tells; a sentence's end. ziskemu says CALL_STACK_ERROR where it loses the guest's call stack,
/// goes on with what it has, and leaves the tables of functions out of its report: from there on all cost is one
/// function's. Also when the report's end cannot be found. What a guest prints can only make it less believed.
std::optional<std::string> lost_call_stack(const system::ProcessResult& result);

}  // namespace cyclegate::executors
