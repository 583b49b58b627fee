#pragma once

#include "model/comparison.h"
#include "model/error.h"

namespace cyclegate::app {

/// What the program's exit status means (docs/architecture.md, "Exit codes").
enum class ExitCode : int {
  success = 0,        ///< done; for a gate: pass or neutral
  gate_failed = 1,    ///< the gate, or the question that was asked, is answered with "fails"
  usage = 2,          ///< usage or configuration
  not_measured = 3,   ///< the machine, a tool or the file system did not let us measure
  interrupted = 130,  ///< SIGINT or SIGTERM
};

/// The exit code of a command that an Error ended.
ExitCode exit_code_for(model::ErrorKind kind);
/// The exit code of a gate with that status.
ExitCode exit_code_for(model::Status status);

}  // namespace cyclegate::app
