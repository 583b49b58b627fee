#include "vm/inlined_places.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

namespace cyclegate::vm {
namespace {

/// Half-words of text that may be looked at. Real guests take some hundred millions at most: 1 to 20 million half-words
/// of text, inlined ten deep.
constexpr std::uint64_t most_work = std::uint64_t{1} << 29;

class Places {
 public:
  Places(const elf::DebugFunctions& debug, Code& code) : debug_(debug), code_(code) {}

  /// False when it would be too much.
  bool paint(const elf::InlinedRange& range) {
    for (const TextRange& text : code_.text) {
      const std::uint64_t low = std::max(range.low, text.start);
      const std::uint64_t high = std::min(range.high, text.end);
      if (low >= high) continue;
      work_ += (high - low) / 2 + 1;
      if (work_ > most_work) return false;
      std::uint32_t function = no_instruction;
      std::uint32_t place = 0;
      for (std::uint64_t at = (low - text.start + 1) / 2; at < (high - text.start + 1) / 2; ++at) {
        const std::uint32_t instruction = text.instruction_at[at];
        if (instruction == no_instruction) continue;
        if (code_.function_of[instruction] != function) {
          function = code_.function_of[instruction];
          place = place_of(range.call, function);
        }
        code_.place_of[instruction] = place;
      }
    }
    return true;
  }

 private:
  std::uint32_t place_of(std::uint32_t call, std::uint32_t function) {
    if (call == elf::InlinedCall::kNone) return function;
    const auto key = std::uint64_t{call} << 32 | function;
    if (const auto found = by_call_.find(key); found != by_call_.end()) return found->second;
    const elf::InlinedCall& inlined = debug_.calls[call];
    const std::uint32_t outer = place_of(inlined.outer, function);
    const auto first = static_cast<std::uint32_t>(code_.functions.size());
    const std::uint32_t frame = frame_of(inlined.function);
    const auto [place, added] = by_outer_.try_emplace(std::uint64_t{outer} << 32 | frame,
                                                      first + static_cast<std::uint32_t>(code_.inlined_places.size()));
    if (added) code_.inlined_places.push_back({.outer = outer, .frame = frame});
    by_call_.emplace(key, place->second);
    return place->second;
  }

  std::uint32_t frame_of(std::uint32_t function) {
    const auto next = static_cast<std::uint32_t>(code_.functions.size() + code_.inlined_frames.size());
    const auto [frame, added] = frames_.try_emplace(function, next);
    if (added) {
      const elf::DebugFunction& from = debug_.functions[function];
      code_.inlined_frames.push_back(
          {.name = from.name, .file = from.file, .line = from.line, .inlined = true, .module_name = {}});
    }
    return frame->second;
  }

  const elf::DebugFunctions& debug_;
  Code& code_;
  std::unordered_map<std::uint64_t, std::uint32_t> by_call_;   ///< call << 32 | function
  std::unordered_map<std::uint64_t, std::uint32_t> by_outer_;  ///< outer place << 32 | frame
  std::unordered_map<std::uint32_t, std::uint32_t> frames_;
  std::uint64_t work_ = 0;
};

}  // namespace

void fill_inlined_places(const elf::DebugFunctions& debug, Code& code) {
  for (const std::string& name : code.functions) {
    code.function_frames.push_back({.name = name, .file = {}, .line = 0, .inlined = false, .module_name = {}});
  }
  for (std::size_t i = 0; i < code.instructions.size(); ++i) {
    if (!code.function_start[i]) continue;
    model::ProfileFrame& frame = code.function_frames[code.function_of[i]];
    const auto entry = std::ranges::lower_bound(debug.entries, std::uint64_t{code.instructions[i].pc}, {},
                                                &elf::DebugFunctions::Entry::address);
    if (!frame.file.empty() || entry == debug.entries.end() || entry->address != code.instructions[i].pc) continue;
    frame.file = debug.functions[entry->function].file;
    frame.line = debug.functions[entry->function].line;
  }
  code.place_of = code.function_of;
  Places places(debug, code);
  if (!std::ranges::all_of(debug.ranges, [&](const elf::InlinedRange& range) { return places.paint(range); })) {
    code.warnings.push_back({.code = "debug-information",
                             .message = "the debug information describes more inlined code than is looked at; some "
                                        "inlined functions are counted in their callers"});
  }
}

}  // namespace cyclegate::vm
