#include "compare/attribution.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <map>
#include <random>

#include "model/comparison_json.h"
#include "model/run_set_json.h"
#include "sides.h"

using namespace cyclegate;
using model::WideChange;
using test::judge;
using test::Sides;

namespace {

using Counts = std::map<std::string, std::uint64_t>;  // how often each operation ran
using Prices = std::map<std::string, std::uint64_t>;

constexpr std::uint64_t base_cost = 1'000;

/// Fills in what a run of a guest with those counts costs at those prices, as the embedded executor would.
void run_at(model::CellRun& run, const Counts& counts, const Prices& prices, const std::string& model) {
  std::uint64_t opcodes = 0;
  run.opcodes.clear();
  for (const auto& [operation, count] : counts) {
    if (operation == "step") continue;
    const std::uint64_t cost = count * prices.at(operation);
    opcodes += cost;
    run.opcodes.push_back({operation, count, cost});
  }
  const std::uint64_t main = counts.at("step") * prices.at("step");
  run.exact["steps"] = {counts.at("step"), counts.at("step")};
  for (const auto& [metric, value] : std::map<std::string, std::uint64_t>{{"cost", main + opcodes},
                                                                          {"cost_main", main},
                                                                          {"cost_opcodes", opcodes},
                                                                          {"cost_precompiles", 0},
                                                                          {"cost_memory", 0},
                                                                          {"cost_total", base_cost + main + opcodes}})
    run.exact[metric] = {value, value};
  run.comparability.cost_model = model;
}

/// One guest with an input `a` (weight 3) and `b` (weight 1), under both models.
struct Example {
  Counts base{{"step", 100}, {"add", 40}, {"mul", 10}};
  Counts head{{"step", 90}, {"add", 30}, {"mul", 12}};
  Prices old_prices{{"step", 62}, {"add", 21}, {"mul", 97}};
  Prices new_prices{{"step", 70}, {"add", 12}, {"mul", 200}};

  Sides sides() const {
    Sides both = test::sides({{"hash", "a", 0, 0, 3}, {"hash", "b", 0, 0, 1}});
    for (auto* side : {&both.base, &both.head}) {
      const bool is_base = side == &both.base;
      for (auto& run : side->runs) {
        Counts counts = is_base ? base : head;
        if (run.cell.input == "b") counts.at("mul") += 5;
        run_at(run, counts, old_prices, "old");
        model::CellRun repriced = run;
        run_at(repriced, counts, new_prices, "new sha256:01");
        side->repriced.push_back(std::move(repriced));
      }
    }
    return both;
  }
};

std::uint64_t cost_of(const Counts& counts, const Prices& prices) {
  std::uint64_t cost = 0;
  for (const auto& [name, count] : counts) cost += count * prices.at(name);
  return cost;
}

const model::Attribution& of_input(const model::Comparison& comparison, const std::string& input) {
  const auto found = std::ranges::find(comparison.attributions, input, &model::Attribution::input);
  REQUIRE(found != comparison.attributions.end());
  return *found;
}

model::AttributionRow sum_of(const std::vector<model::AttributionRow>& rows) {
  model::AttributionRow sum;
  for (const auto& row : rows) {
    sum.base += row.base;
    sum.head_guest += row.head_guest;
    sum.head_model += row.head_model;
    sum.head += row.head;
  }
  return sum;
}

}  // namespace

TEST_CASE("a change of guest and cost model splits into what prices times counts say") {
  const Example example;
  const auto comparison = judge(example.sides());
  REQUIRE(comparison.attributions.size() == 3);
  const auto& a = of_input(comparison, "a");
  CHECK(a.base_model == "old");
  CHECK(a.head_model == "new sha256:01");
  // By hand: the guest does 10 steps and 10 additions less and 2 multiplications more, at the old prices.
  CHECK(a.cost.guest_effect() == -10 * 62 - 10 * 21 + 2 * 97);
  // The old counts at the new prices: 8 more a step, 9 less an addition, 103 more a multiplication.
  CHECK(a.cost.model_effect() == 100 * 8 - 40 * 9 + 10 * 103);
  // What is there less or more, at what it costs more or less.
  CHECK(a.cost.interaction() == -10 * 8 + 10 * 9 + 2 * 103);
  CHECK(a.cost.change() == static_cast<WideChange>(cost_of(example.head, example.new_prices)) -
                               static_cast<WideChange>(cost_of(example.base, example.old_prices)));
  CHECK(a.total.base == a.cost.base + base_cost);
  CHECK(a.total.change() == a.cost.change());

  const auto& b = of_input(comparison, "b");
  const auto& all = of_input(comparison, "");
  CHECK(all.cells == 2);
  CHECK(all.of_cells == 2);
  CHECK(all.cost.guest_effect() == 3 * a.cost.guest_effect() + b.cost.guest_effect());
  CHECK(all.cost.interaction() == 3 * a.cost.interaction() + b.cost.interaction());
  CHECK(all.cost.head == 3 * a.cost.head + b.cost.head);
  for (const auto* one : {&a, &b, &all}) {
    auto sum = sum_of(one->parts);
    sum.name = "cost";
    CHECK(sum == one->cost);
  }
  REQUIRE(a.parts.size() == 3);
  CHECK(a.parts[0].name == "opcode:mul");
  CHECK(a.parts[0].guest_effect() == 2 * 97);
  CHECK(a.parts[0].model_effect() == 10 * 103);
  CHECK(a.parts[0].interaction() == 2 * 103);
}

TEST_CASE("base's cost model decides, and a change of prices alone makes no guest better or worse") {
  Example example;
  example.head = example.base;
  auto both = example.sides();
  for (auto* side : {&both.base, &both.head}) {
    for (auto* runs : {&side->runs, &side->repriced}) {
      for (auto& run : *runs) run.artifact = std::string(64, 'a');
    }
  }
  const auto comparison = judge(both);
  CHECK(comparison.verdict == model::Verdict::unchanged);
  CHECK(comparison.status == model::Status::pass);
  CHECK(test::finding(comparison, "a").kind == model::FindingKind::unchanged);
  const auto& a = of_input(comparison, "a");
  CHECK(a.cost.guest_effect() == 0);
  CHECK(a.cost.interaction() == 0);
  CHECK(a.cost.model_effect() == 1470);
  CHECK(a.cost.change() == 1470);
  CHECK(test::has_reason(comparison, "cost-model-changed"));
  CHECK_FALSE(test::has_reason(comparison, "cost-model-decides"));
}

TEST_CASE("a guest that is better at base's prices and worse at head's is judged by base's, and that is said") {
  Example example;
  example.head = {{"step", 90}, {"add", 30}, {"mul", 14}};  // -442 at the old prices, -120 at the new
  example.new_prices.at("mul") = 400;                       // 780 at these
  const auto comparison = judge(example.sides());
  const auto& a = of_input(comparison, "a");
  CHECK(a.cost.guest_effect() == -442);
  CHECK(a.cost.guest_effect() + a.cost.interaction() == 780);
  CHECK(test::finding(comparison, "a").kind == model::FindingKind::improved);
  CHECK(test::finding(comparison, "a").change.head == cost_of(example.head, example.old_prices));
  REQUIRE(comparison.reasons.size() >= 3);
  CHECK(comparison.reasons[1].code == "cost-model-decides");
  CHECK(comparison.reasons[1].text.contains("2 cells: hash/a -5.52 % under base's and"));
  CHECK(comparison.reasons[2].code == "cost-model-changed");
}

TEST_CASE("one cost model on both sides leaves nothing to split") {
  auto both = Example().sides();
  both.base.repriced.clear();
  both.head.repriced.clear();
  const auto comparison = judge(both);
  CHECK(comparison.attributions.empty());
  CHECK_FALSE(test::has_reason(comparison, "cost-model-changed"));
}

TEST_CASE("runs of two cost models of different sessions are incomparable as before") {
  auto both = Example().sides();
  both.head.runs = both.head.repriced;
  both.base.repriced.clear();
  both.head.repriced.clear();
  const auto comparison = judge(both);
  CHECK(test::finding(comparison, "a").kind == model::FindingKind::incomparable);
  CHECK(comparison.attributions.empty());
}

TEST_CASE("a cell whose four runs do not fit together is left out, and that is said") {
  using Bend = void (*)(Sides&);
  const std::map<std::string, Bend> bends{
      {"not all four runs", [](Sides& both) { both.base.repriced.erase(both.base.repriced.begin()); }},
      {"trap", [](Sides& both) { both.head.repriced[0].outcome.kind = model::OutcomeKind::trap; }},
      {"no one value of cost", [](Sides& both) { both.head.repriced[0].exact["cost"] = {1, 2}; }},
      {"no one value of cost_total", [](Sides& both) { both.base.repriced[0].exact.erase("cost_total"); }},
      {"another artefact", [](Sides& both) { both.base.repriced[0].artifact = "forged"; }},
      {"another artefact or output", [](Sides& both) { both.base.repriced[0].output_sha256 = "forged"; }},
      {"another artefact or output under", [](Sides& both) { both.head.repriced[0].comparability.machine = "forged"; }},
      {"other steps", [](Sides& both) { both.head.repriced[0].exact["steps"] = {7, 7}; }},
      {"cost_model differs", [](Sides& both) { both.head.repriced[0].comparability.cost_model = "third"; }},
      {"input_sha256 differs", [](Sides& both) { both.head.repriced[0].comparability.input_sha256 = "third"; }},
  };
  for (const auto& [why, bend] : bends) {
    INFO(why);
    auto both = Example().sides();
    bend(both);
    const auto comparison = judge(both);
    REQUIRE(comparison.attributions.size() == 1);
    CHECK(comparison.attributions[0].input == "b");
    const auto warning = std::ranges::find(comparison.warnings, "not-attributed", &model::Warning::code);
    REQUIRE(warning != comparison.warnings.end());
    CHECK(warning->message.contains("1 cell is"));
    CHECK(warning->message.contains("hash/a@embedded: "));
    CHECK(warning->message.contains(why.substr(0, 12)));
  }
}

TEST_CASE("without tables the parts are those of the report, and without these there are none") {
  auto both = Example().sides();
  for (auto* side : {&both.base, &both.head}) {
    for (auto& run : side->runs) run.opcodes.clear();  // as baselines give them
  }
  const auto comparison = judge(both);
  const auto& a = of_input(comparison, "a");
  REQUIRE(a.parts.size() == 2);
  CHECK(a.parts[0].name == "opcodes");
  CHECK(a.parts[1].name == "main");
  CHECK(sum_of(a.parts).head == a.cost.head);
  for (auto& run : both.head.runs) run.exact["cost_main"] = {1, 1};
  CHECK(of_input(judge(both), "a").parts.empty());
  CHECK(of_input(judge(both), "").parts.empty());
}

TEST_CASE("any two guests under any two price lists split exactly, and files give the same answer again") {
  std::mt19937_64 random(20261121);
  for (int round = 0; round < 200; ++round) {
    const auto number = [&](std::uint64_t below) { return random() % below; };
    Example example;
    for (auto* counts : {&example.base, &example.head}) {
      for (const char* name : {"step", "add", "mul"}) (*counts)[name] = number(std::uint64_t{1} << 34);
    }
    for (auto* prices : {&example.old_prices, &example.new_prices}) {
      for (const char* name : {"step", "add", "mul"}) (*prices)[name] = number(1'000);
    }
    const auto both = example.sides();
    const auto comparison = judge(both);
    REQUIRE(comparison.attributions.size() == 3);
    const auto& a = of_input(comparison, "a");
    WideChange guest = 0;
    WideChange model = 0;
    WideChange interaction = 0;
    for (const char* name : {"step", "add", "mul"}) {
      const auto counts = static_cast<WideChange>(example.base.at(name));
      const auto prices = static_cast<WideChange>(example.old_prices.at(name));
      const auto more = static_cast<WideChange>(example.head.at(name)) - counts;
      const auto dearer = static_cast<WideChange>(example.new_prices.at(name)) - prices;
      guest += prices * more;
      model += dearer * counts;
      interaction += dearer * more;
    }
    CHECK(a.cost.guest_effect() == guest);
    CHECK(a.cost.model_effect() == model);
    CHECK(a.cost.interaction() == interaction);
    CHECK(guest + model + interaction == a.cost.change());
    for (const auto& one : comparison.attributions) {
      auto sum = sum_of(one.parts);
      CHECK(sum.guest_effect() == one.cost.guest_effect());
      CHECK(sum.model_effect() == one.cost.model_effect());
      CHECK(sum.interaction() == one.cost.interaction());
    }
    if (round % 20 != 0) continue;
    Sides read;
    read.base = model::run_set_from_json(model::to_json(both.base), "base");
    read.head = model::run_set_from_json(model::to_json(both.head), "head");
    CHECK(judge(read) == comparison);
    CHECK(model::comparison_from_json(model::to_json(comparison), "c") == comparison);
  }
}
