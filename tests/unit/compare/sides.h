#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "compare/compare.h"
#include "model/comparison.h"
#include "model/run_set.h"

namespace cyclegate::test {

/// One input of one guest with the deciding metric's value on both sides.
struct Row {
  std::string guest;
  std::string input;
  std::uint64_t base = 0;
  std::uint64_t head = 0;
  std::uint64_t weight = 1;
  std::string executor = "embedded";
};

/// Two run sets to be bent by a test.
struct Sides {
  model::RunSet base;
  model::RunSet head;

  model::CellRun& run(model::RunSet& set, const std::string& guest, const std::string& input);
  model::Policy& policy() { return *base.policy; }
  /// Both sides get the samples of a sampled metric: blocks of two runs each.
  void sample(const std::string& guest, const std::string& input, const std::string& metric,
              const std::vector<std::int64_t>& of_base, const std::vector<std::int64_t>& of_head);
  /// Drops the input from that side altogether.
  static void drop(model::RunSet& set, const std::string& guest, const std::string& input);
};

/// Both sides as a real run would give them: two repetitions of `cost` (on executor `embedded`), equal outputs,
/// artefacts that differ, default rules.
Sides sides(const std::vector<Row>& rows);

/// compare() on 2026-06-15.
model::Comparison judge(const Sides& sides);
model::Comparison judge(const Sides& sides, bool trust_head);

/// The finding of that input and metric; fails the test where there is none or more than one.
const model::Finding& finding(const model::Comparison& comparison, const std::string& input,
                              const std::string& metric = "cost");
const model::GuestVerdict& guest(const model::Comparison& comparison, const std::string& name);
bool has_reason(const model::Comparison& comparison, const std::string& code);
/// The text of the reason with that code; empty where there is none.
std::string reason(const model::Comparison& comparison, const std::string& code);

}  // namespace cyclegate::test
