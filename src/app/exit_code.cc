#include "app/exit_code.h"

namespace cyclegate::app {

ExitCode exit_code_for(model::ErrorKind kind) {
  switch (kind) {
    case model::ErrorKind::usage:
    case model::ErrorKind::configuration:
      return ExitCode::usage;
    case model::ErrorKind::measurement:
      return ExitCode::not_measured;
    case model::ErrorKind::interrupted:
      return ExitCode::interrupted;
  }
  return ExitCode::not_measured;
}

ExitCode exit_code_for(model::Status status) {
  return status == model::Status::fail ? ExitCode::gate_failed : ExitCode::success;
}

}  // namespace cyclegate::app
