#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "differential/program.h"
#include "model/execution.h"

namespace cyclegate::differential {

/// What the embedded executor made of a program.
struct EmbeddedRun {
  bool ok = false;
  std::string why;  ///< when not ok: the outcome in words
  std::uint64_t steps = 0;
  std::vector<std::uint8_t> data = {};  ///< the data segment at the end; empty when the program could not be loaded
};

/// Loads the program from its ELF bytes and executes it with the instrumentation that `detail` asks for.
EmbeddedRun run_embedded(const Program& program, model::Detail detail);

}  // namespace cyclegate::differential
