#pragma once

#include <expected>
#include <memory>
#include <vector>

#include "elf/debug_functions.h"
#include "elf/image.h"
#include "model/outcome.h"
#include "model/warning.h"
#include "vm/cost_model.h"

namespace cyclegate::vm {

class Code;

/// A guest that passed the checks of ZisK 1.4.0-alpha's loader and transpiler, predecoded. Immutable; copies are cheap
/// and share the predecoded code, and several threads may execute the same Program.
class Program {
 public:
  explicit Program(std::shared_ptr<const Code> program_code) : code_(std::move(program_code)) {}
  const Code& code() const { return *code_; }
  /// Doubts about the guest that every execution repeats, e.g. a text segment that is readable.
  const std::vector<model::Warning>& warnings() const;

 private:
  std::shared_ptr<const Code> code_;
};

/// Checks the image against ZisK 1.4.0-alpha's address map and predecodes its text. The error is an Outcome of kind
/// `rejected` whose `why` names what is wrong, where, and what would be right: segments outside ROM (0x90000000) and
/// RAM (0xa0000000), text outside ROM, an entry that is no instruction, float, clmul, xperm or czero encodings anywhere
/// in the text, and precompile calls in the form of releases before 1.4.0-alpha. 16-bit instructions are accepted here
/// and trap when they are reached, as in ziskemu. Prices are taken from `cost_model`. With `debug`, of the same file,
/// profiles show inlined functions and where functions are declared.
std::expected<Program, model::Outcome> load(const elf::Image& image, const CostModel& cost_model,
                                            const elf::DebugFunctions* debug = nullptr);

}  // namespace cyclegate::vm
