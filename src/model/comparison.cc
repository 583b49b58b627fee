#include "model/comparison.h"

#include <array>

namespace cyclegate::model {

std::string_view to_string(FindingKind kind) {
  constexpr std::array<std::string_view, 11> words = {
      "improved", "unchanged", "regressed", "inconclusive", "incomparable", "nondeterministic",
      "failed",   "rejected",  "killed",    "new",          "removed"};
  return words.at(static_cast<std::size_t>(kind));
}

std::string_view to_string(Verdict verdict) {
  constexpr std::array<std::string_view, 9> words = {"REJECT", "FAILED",       "KILL",    "DISCARD",  "KEEP",
                                                     "MAYBE",  "INCONCLUSIVE", "DISCARD", "UNCHANGED"};
  return words.at(static_cast<std::size_t>(verdict));
}

std::string_view to_string(Status status) {
  constexpr std::array<std::string_view, 3> words = {"pass", "fail", "neutral"};
  return words.at(static_cast<std::size_t>(status));
}

std::string_view to_string(BlameKind kind) {
  constexpr std::array<std::string_view, 4> words = {"changed", "new", "gone", "renamed"};
  return words.at(static_cast<std::size_t>(kind));
}

}  // namespace cyclegate::model
