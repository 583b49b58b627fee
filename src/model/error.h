#pragma once

#include <stdexcept>
#include <string>

namespace cyclegate::model {

/// Why a command cannot go on. Each kind has one exit code (app/exit_code.h).
enum class ErrorKind {
  usage,          ///< the command line asks for something that does not exist
  configuration,  ///< cyclegate.yaml, a pinned input, a stored file or the repository is not as it must be
  measurement,    ///< the machine, a tool or the file system did not let us measure
  interrupted,    ///< SIGINT or SIGTERM
};

/// The one exception of this project: the run cannot go on. A failed guest is never an Error but a value (Outcome).
/// The message says what happened, where (file:line:column, guest, input) and what would be right.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind error_kind, const std::string& message) : std::runtime_error(message), kind_(error_kind) {}
  ErrorKind kind() const noexcept { return kind_; }

 private:
  ErrorKind kind_;
};

}  // namespace cyclegate::model
