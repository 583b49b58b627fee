#include "profile_checks.h"

#include <catch2/catch_test_macros.hpp>
#include <set>
#include <utility>

namespace cyclegate::test {

std::uint64_t column_sum(const model::Profile& profile, std::string_view prefix) {
  std::uint64_t sum = 0;
  for (std::size_t node = 0; node < profile.nodes.size(); ++node) {
    for (std::size_t column = 0; column < profile.columns.size(); ++column) {
      if (profile.columns[column].name.starts_with(prefix)) sum += profile.self_of(node)[column];
    }
  }
  return sum;
}

void check_profile(const model::Execution& execution) {
  REQUIRE(execution.profile);
  const model::Profile& profile = *execution.profile;
  REQUIRE(profile.columns.size() >= 3);
  CHECK(profile.columns.front().name == "cost");
  CHECK(profile.columns.back().name == "steps");
  REQUIRE(profile.self.size() == profile.nodes.size() * profile.columns.size());
  std::set<std::pair<std::uint32_t, std::uint32_t>> places;
  for (std::size_t i = 0; i < profile.nodes.size(); ++i) {
    const model::ProfileNode& node = profile.nodes[i];
    CHECK((node.parent == model::ProfileNode::kNoParent || node.parent < i));
    REQUIRE(node.frame < profile.frames.size());
    CHECK(places.emplace(node.parent, node.frame).second);
    std::uint64_t parts = 0;
    for (std::size_t column = 1; column + 1 < profile.columns.size(); ++column) parts += profile.self_of(i)[column];
    CHECK(parts == profile.self_of(i).front());
    CHECK(profile.self_of(i).back() <= execution.steps);
    CHECK(parts <= execution.cost->variable());
  }
  CHECK(column_sum(profile, "steps") == execution.steps);
  CHECK(column_sum(profile, "cost:main") == execution.cost->parts.main);
  CHECK(column_sum(profile, "cost:opcode:") == execution.cost->parts.opcodes);
  CHECK(column_sum(profile, "cost:precompile:") == execution.cost->parts.precompiles);
  CHECK(column_sum(profile, "cost:memory:") == execution.cost->parts.memory);
  for (const auto& row : execution.precompiles) {
    CHECK(column_sum(profile, "cost:precompile:" + row.name) == row.cost);
  }
  for (const auto& frame : profile.frames) CHECK_FALSE(frame.name.empty());
}

std::string folded(const model::Profile& profile) {
  std::string out;
  for (std::size_t i = 0; i < profile.nodes.size(); ++i) {
    std::string line;
    for (std::size_t at = i; at != model::ProfileNode::kNoParent; at = profile.nodes[at].parent) {
      const auto& frame = profile.frames[profile.nodes[at].frame];
      line = (frame.inlined ? "~" : "") + frame.name + (line.empty() ? "" : ";" + line);
    }
    out += line + ' ' + std::to_string(profile.nodes[i].calls) + ' ' + std::to_string(profile.self_of(i).back()) + '\n';
  }
  return out;
}

}  // namespace cyclegate::test
