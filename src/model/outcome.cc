#include "model/outcome.h"

#include <fmt/format.h>

#include <array>

namespace cyclegate::model {
namespace {
constexpr std::array<std::string_view, 6> kind_words = {"ok", "exit", "trap", "limit", "rejected", "crashed"};
}  // namespace

std::string_view to_string(OutcomeKind kind) {
  return kind_words.at(static_cast<std::size_t>(kind));
}

std::optional<OutcomeKind> outcome_kind_from(std::string_view word) {
  for (std::size_t index = 0; index < kind_words.size(); ++index) {
    if (kind_words.at(index) == word) return static_cast<OutcomeKind>(index);
  }
  return std::nullopt;
}

std::string describe(const Outcome& outcome) {
  if (outcome.ok()) return "ok";
  std::string text(to_string(outcome.kind));
  if (outcome.code) text += fmt::format(" {}", *outcome.code);
  if (outcome.pc) text += fmt::format(" at 0x{:x}", *outcome.pc);
  if (!outcome.why.empty()) text += ": " + outcome.why;
  return text;
}

}  // namespace cyclegate::model
