#include "differential/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <map>
#include <stdexcept>

#include "differential/embedded.h"
#include "differential/instruction_set.h"
#include "differential/reference.h"
#include "model/execution.h"

namespace cyclegate::differential {
namespace {

constexpr std::uint32_t kNop = 0x00000013;
constexpr std::size_t kMostShown = 4;

std::uint64_t word_at(const std::vector<std::uint8_t>& data, std::uint64_t offset) {
  std::uint64_t value = 0;
  std::memcpy(&value, data.data() + offset, sizeof(value));
  return value;
}

std::string name_of(std::uint64_t offset) {
  if (offset >= kResults) return fmt::format("result {} (in order of execution)", (offset - kResults) / 8);
  if (offset >= kFinalRegisters && offset < kPool) return fmt::format("x{}", (offset - kFinalRegisters) / 8 + 1);
  return fmt::format("memory at {:#x}", kDataAddress + offset);
}

/// Empty when equal; otherwise the first differing words.
std::string differing_words(const std::vector<std::uint8_t>& expected, const std::vector<std::uint8_t>& got) {
  std::string text;
  std::size_t count = 0;
  for (std::uint64_t offset = 0; offset < kDataSize; offset += 8) {
    const std::uint64_t left = word_at(expected, offset);
    const std::uint64_t right = word_at(got, offset);
    if (left == right) continue;
    if (++count <= kMostShown) {
      text += fmt::format("  {}: qemu-riscv64 {:#018x}, embedded {:#018x}\n", name_of(offset), left, right);
    }
  }
  if (count > kMostShown) text += fmt::format("  and {} more words\n", count - kMostShown);
  return text;
}

std::optional<Difference> compare_with(const Program& program, const ReferenceRun& reference) {
  constexpr std::pair<model::Detail, std::string_view> kDetails[] = {
      {model::Detail::totals, "totals"}, {model::Detail::cost, "cost"}, {model::Detail::functions, "functions"}};
  std::optional<std::uint64_t> steps;
  for (const auto& [detail, name] : kDetails) {
    const EmbeddedRun embedded = run_embedded(program, detail);
    if (!embedded.ok) return Difference{program, fmt::format("  embedded ({}): {}\n", name, embedded.why), true};
    if (const std::string words = differing_words(reference.data, embedded.data); !words.empty()) {
      return Difference{program, fmt::format("  embedded ({})\n{}", name, words), false};
    }
    if (!steps) steps = embedded.steps;
    if (*steps != embedded.steps) {
      return Difference{program, fmt::format("  steps: {} ({}), {} (totals)\n", embedded.steps, name, *steps), false};
    }
  }
  return std::nullopt;
}

/// Tries programs with some instructions taken out and remembers the smallest that still shows the difference.
class Shrinker {
 public:
  Shrinker(const Difference& difference, const Again& again) : best_(difference), again_(again) {}

  Difference run() {
    std::map<int, std::vector<std::size_t>> by_unit;
    std::vector<std::vector<std::size_t>> singles;
    for (std::size_t at = 0; at < best_.program.text.size(); ++at) {
      const Note& note = best_.program.notes[at];
      if (note.unit != 0) by_unit[note.unit].push_back(at);
      if (!note.fixed) singles.push_back({at});
    }
    std::vector<std::vector<std::size_t>> units;
    units.reserve(by_unit.size());
    for (auto& [unit, positions] : by_unit) units.push_back(std::move(positions));
    remove_from(units);
    remove_from(singles);
    return best_;
  }

 private:
  /// Halving search: large runs of parts first, then smaller ones.
  void remove_from(const std::vector<std::vector<std::size_t>>& parts) {
    for (std::size_t size = std::max<std::size_t>(parts.size() / 2, 1); size > 0; size /= 2) {
      for (std::size_t first = 0; first < parts.size(); first += size) {
        std::vector<std::size_t> positions;
        for (std::size_t part = first; part < std::min(first + size, parts.size()); ++part) {
          std::copy_if(parts[part].begin(), parts[part].end(), std::back_inserter(positions),
                       [&](std::size_t at) { return best_.program.text[at] != kNop; });
        }
        if (!positions.empty()) attempt(positions);
      }
    }
  }

  void attempt(const std::vector<std::size_t>& positions) {
    Program smaller = best_.program;
    for (const std::size_t at : positions) smaller.text[at] = kNop;
    std::optional<Difference> still = again_(smaller);
    if (still && still->outcome == best_.outcome) best_ = std::move(*still);
  }

  Difference best_;
  const Again& again_;
};

}  // namespace

std::optional<Difference> compare(const Program& program, const std::filesystem::path& directory,
                                  std::vector<std::uint64_t>* path) {
  ReferenceRun reference = run_reference(program, directory, path != nullptr);
  if (!reference.ok) {
    throw std::runtime_error(fmt::format("qemu-riscv64, program {} of seed {} ({}): {}", program.index, program.seed,
                                         program.bits ? "bits" : "RV64IMA", reference.why));
  }
  if (path != nullptr) *path = std::move(reference.path);
  return compare_with(program, reference);
}

Difference shrink(const Difference& difference, const std::filesystem::path& directory) {
  return shrink(difference, [&](const Program& program) -> std::optional<Difference> {
    const ReferenceRun reference = run_reference(program, directory, false);
    if (!reference.ok) return std::nullopt;
    return compare_with(program, reference);
  });
}

Difference shrink(const Difference& difference, const Again& again) {
  return Shrinker(difference, again).run();
}

std::string describe(const Difference& difference) {
  const Program& program = difference.program;
  std::string text = fmt::format("program {} of seed {} ({}):\n", program.index, program.seed,
                                 program.zisk   ? "for ZisK"
                                 : program.bits ? "bit manipulation"
                                                : "RV64IMA");
  // The frame (set-up, final stores, exit) is the same in every program and left out.
  for (std::size_t at = 0; at < program.text.size(); ++at) {
    if (program.notes[at].unit == 0 || program.text[at] == kNop) continue;
    const std::uint64_t pc = kTextAddress + 4 * at;
    text += fmt::format("  {:#x}: {:08x}  {}\n", pc, program.text[at], disassemble(program.text[at], pc));
  }
  return text + difference.what;
}

}  // namespace cyclegate::differential
