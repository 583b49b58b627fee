#include "sides.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

namespace cyclegate::test {

namespace {

model::RunSet side_of(const std::vector<Row>& rows, model::Side side) {
  model::RunSet set;
  set.side = side;
  set.policy = model::Policy{};
  set.metrics = {{"cost", "cost", model::MetricKind::exact, model::Better::lower},
                 {"steps", "steps", model::MetricKind::exact, model::Better::lower},
                 {"wall_time", "ns", model::MetricKind::sampled, model::Better::lower}};
  for (const Row& row : rows) {
    auto found = std::ranges::find(set.guests, row.guest, &model::GuestInfo::name);
    if (found == set.guests.end()) {
      set.guests.push_back({});
      found = set.guests.end() - 1;
      found->name = row.guest;
      model::Artifact artifact;
      artifact.guest = row.guest;
      artifact.build = "zisk";
      artifact.identity = row.guest + std::string(model::to_string(side));
      artifact.loaded_bytes = 4096;
      set.artifacts.push_back(artifact);
    }
    if (std::ranges::find(found->inputs, row.input, &model::InputInfo::name) == found->inputs.end())
      found->inputs.push_back({row.input, "sha-of-" + row.input, row.weight, ""});
    if (std::ranges::find(found->executors, row.executor) == found->executors.end())
      found->executors.push_back(row.executor);
    model::CellRun run;
    run.cell = {row.guest, row.input, row.executor};
    run.artifact = row.guest + std::string(model::to_string(side));
    run.comparability = {"sha-of-" + row.input, row.executor, "1", "", "zisk-1.4.0-alpha", "machine", "session"};
    run.output_sha256 = "output-of-" + row.input;
    const std::uint64_t value = side == model::Side::base ? row.base : row.head;
    run.exact[row.executor == "sp1" ? "gas" : "cost"] = {value, value};
    set.runs.push_back(run);
  }
  std::ranges::sort(set.runs, {}, &model::CellRun::cell);
  return set;
}

std::vector<model::Sample> in_blocks(const std::vector<std::int64_t>& values, std::uint32_t first) {
  std::vector<model::Sample> samples;
  for (std::uint32_t index = 0; index < values.size(); ++index)
    samples.push_back({index / 2, (index / 2) * 4 + first + index % 2, values[index]});
  return samples;
}

}  // namespace

model::CellRun& Sides::run(model::RunSet& set, const std::string& guest, const std::string& input) {
  const auto found = std::ranges::find_if(
      set.runs, [&](const model::CellRun& one) { return one.cell.guest == guest && one.cell.input == input; });
  REQUIRE(found != set.runs.end());
  return *found;
}

void Sides::sample(const std::string& guest, const std::string& input, const std::string& metric,
                   const std::vector<std::int64_t>& of_base, const std::vector<std::int64_t>& of_head) {
  run(base, guest, input).sampled[metric] = in_blocks(of_base, 0);
  run(head, guest, input).sampled[metric] = in_blocks(of_head, 2);
}

void Sides::drop(model::RunSet& set, const std::string& guest, const std::string& input) {
  for (auto& info : set.guests) {
    if (info.name == guest) std::erase_if(info.inputs, [&](const model::InputInfo& one) { return one.name == input; });
  }
  std::erase_if(set.runs,
                [&](const model::CellRun& one) { return one.cell.guest == guest && one.cell.input == input; });
}

Sides sides(const std::vector<Row>& rows) {
  return {side_of(rows, model::Side::base), side_of(rows, model::Side::head)};
}

model::Comparison judge(const Sides& sides) {
  return judge(sides, false);
}

model::Comparison judge(const Sides& sides, bool trust_head) {
  compare::Options options;
  options.today = "2026-06-15";
  options.trust_head_acknowledgements = trust_head;
  return compare::compare(sides.base, sides.head, options);
}

const model::Finding& finding(const model::Comparison& comparison, const std::string& input,
                              const std::string& metric) {
  const model::Finding* found = nullptr;
  for (const auto& one : comparison.findings) {
    if (one.cell.input != input || one.metric != metric) continue;
    REQUIRE(found == nullptr);
    found = &one;
  }
  REQUIRE(found != nullptr);
  return *found;
}

const model::GuestVerdict& guest(const model::Comparison& comparison, const std::string& name) {
  const auto found = std::ranges::find(comparison.guests, name, &model::GuestVerdict::guest);
  REQUIRE(found != comparison.guests.end());
  return *found;
}

bool has_reason(const model::Comparison& comparison, const std::string& code) {
  return std::ranges::find(comparison.reasons, code, &model::Reason::code) != comparison.reasons.end();
}

std::string reason(const model::Comparison& comparison, const std::string& code) {
  const auto found = std::ranges::find(comparison.reasons, code, &model::Reason::code);
  return found == comparison.reasons.end() ? std::string() : found->text;
}

}  // namespace cyclegate::test
