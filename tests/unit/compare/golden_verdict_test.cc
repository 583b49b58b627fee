// Every row of the verdict table in both methodologies, as a text that people can read and a program compares byte for
// byte.
#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <functional>

#include "compare/look_schedule.h"

#include "sides.h"
#include "support/golden.h"

using namespace cyclegate;
using namespace cyclegate::test;
using model::Methodology;
using model::Millionths;

namespace {

// Whole numbers around 0 without a pattern, in millionths: no library's random numbers.
class Noise {
 public:
  explicit Noise(std::uint64_t seed) : state_(seed * 2654435761U + 12345) {}
  std::int64_t next(std::int64_t spread) {
    std::int64_t sum = 0;
    for (int part = 0; part < 4; ++part) {
      state_ = state_ * 6364136223846793005U + 1442695040888963407U;
      sum += static_cast<std::int64_t>((state_ >> 33U) % 2001) - 1000;
    }
    return sum * spread / 2000;
  }

 private:
  std::uint64_t state_;
};

struct Timed {
  std::string input;
  std::int64_t ratio;  // of head to base, in millionths
  std::int64_t spread = 5'000;
  std::size_t runs = 10;
  std::uint64_t weight = 1;
};

Sides timed(const std::vector<Timed>& cells, Methodology methodology) {
  std::vector<Row> rows;
  for (const Timed& cell : cells) rows.push_back({"g", cell.input, 0, 0, cell.weight, "native"});
  auto both = sides(rows);
  both.policy().methodology = methodology;
  std::uint64_t seed = 1;
  for (const Timed& cell : cells) {
    Noise noise(seed++);
    std::vector<std::int64_t> base;
    std::vector<std::int64_t> head;
    for (std::size_t run = 0; run < cell.runs; ++run) {
      base.push_back(1'000'000 + noise.next(cell.spread));
      head.push_back((1'000'000 + noise.next(cell.spread)) * cell.ratio / 1'000'000);
    }
    both.sample("g", cell.input, "wall_time", base, head);
    both.run(both.base, "g", cell.input).exact.clear();
    both.run(both.head, "g", cell.input).exact.clear();
  }
  for (auto* set : {&both.base, &both.head}) set->schedule.looks = compare::planned_looks(methodology, 10, 40);
  return both;
}

Sides exact(std::uint64_t base, std::uint64_t head, Methodology methodology) {
  auto both = sides({{"g", "a", base, head}});
  both.policy().methodology = methodology;
  return both;
}

void optimised(model::Policy& policy) {
  policy.thresholds.keep = Millionths{20'000};
  policy.thresholds.maybe = Millionths{20'000};
}

class Table {
 public:
  void row(const std::string& what, const Sides& both) {
    const auto comparison = judge(both);
    text_ += fmt::format("{}\n  {} ({})\n", what, to_string(comparison.verdict), to_string(comparison.status));
    for (const auto& verdict : comparison.guests) text_ += fmt::format("  because: {}\n", verdict.why);
    for (const auto& one : comparison.findings) {
      if (one.cell.executor == "zisk") continue;  // artifact_size
      text_ += fmt::format("  {}{} {}: {}{}{}\n", one.cell.guest,
                           one.cell.input.empty() ? std::string() : "/" + one.cell.input, one.metric,
                           to_string(one.kind), one.gates ? ", gates" : "", one.why.empty() ? "" : ": " + one.why);
    }
    text_ += '\n';
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// What does not depend on noise.
void exact_rows(Table& table, Methodology methodology) {
  const auto row = [&](const std::string& what, std::uint64_t base, std::uint64_t head) {
    table.row("exact, " + what, exact(base, head, methodology));
  };
  row("more than 5 % better", 1000, 949);
  row("exactly 5 % better", 1000, 950);
  row("exactly 2 % better", 1000, 980);
  row("less than 2 % better", 1000, 981);
  row("equal", 1000, 1000);
  row("worse within the tolerance", 1000, 1005);
  row("worse beyond the tolerance", 1000, 1006);
  row("exactly 1.10x", 1000, 1100);
  row("over 1.10x", 1000, 1101);
  row("from nothing", 0, 1);
  row("to nothing", 1, 0);
  auto both = exact(1000, 979, methodology);
  optimised(both.policy());
  table.row("exact, optimised code, more than 2 % better", both);
  both = exact(1000, 980, methodology);
  optimised(both.policy());
  table.row("exact, optimised code, exactly 2 % better", both);
  both = exact(1000, 500, methodology);
  both.run(both.head, "g", "a").output_sha256 = "other";
  table.row("wrong output, however fast", both);
  both = exact(1000, 500, methodology);
  both.run(both.head, "g", "a").outcome = {model::OutcomeKind::trap, {}, {}, "illegal instruction"};
  table.row("crash", both);
  both = exact(1000, 500, methodology);
  both.run(both.head, "g", "a").exact["cost"] = {500, 501};
  table.row("exact, not the same on equal runs", both);
  both = sides({{"g", "a", 1000, 800, 3}, {"g", "b", 1000, 1040, 1}});
  both.policy().methodology = methodology;
  table.row("exact, mixed inputs, none much worse", both);
  both = sides({{"g", "a", 1000, 800, 3}, {"g", "b", 1000, 1060, 1}});
  both.policy().methodology = methodology;
  table.row("exact, mixed inputs, one much worse", both);
  both = sides({{"g", "a", 1000, 1000}, {"g", "b", 1000, 1000}});
  both.policy().methodology = methodology;
  Sides::drop(both.head, "g", "b");
  table.row("exact, an input removed", both);
  both = sides({{"g", "a", 1000, 1000}, {"g", "b", 1000, 1000}});
  both.policy().methodology = methodology;
  Sides::drop(both.base, "g", "b");
  table.row("exact, an input added", both);
  both = sides({{"g", "a", 1000, 1000}, {"h", "a", 1000, 1000}});
  both.policy().methodology = methodology;
  Sides::drop(both.head, "h", "a");
  std::erase_if(both.head.guests, [](const model::GuestInfo& info) { return info.name == "h"; });
  table.row("exact, a guest removed", both);
}

}  // namespace

TEST_CASE("golden verdicts of robust") {
  Table table;
  exact_rows(table, Methodology::robust);
  const auto row = [&](const std::string& what, const std::vector<Timed>& cells) {
    table.row("sampled, " + what, timed(cells, Methodology::robust));
  };
  row("more than 5 % better", {{"a", 900'000}});
  row("2 to 5 % better", {{"a", 965'000}});
  row("about 5 % better, too close to tell", {{"a", 945'000, 20'000}});
  row("less than 2 % better", {{"a", 992'000}});
  row("equal", {{"a", 1'000'000}});
  row("worse within the tolerance", {{"a", 1'010'000}});
  row("worse beyond the tolerance", {{"a", 1'050'000}});
  row("over 1.10x", {{"a", 1'300'000}});
  row("about 1.10x", {{"a", 1'105'000}});
  row("too noisy", {{"a", 1'000'000, 200'000}});
  row("too noisy to the end", {{"a", 1'010'000, 300'000, 40}});
  row("two blocks only", {{"a", 1'500'000, 5'000, 4}});
  row("mixed inputs, none much worse", {{"a", 800'000, 5'000, 10, 3}, {"b", 1'035'000}});
  row("mixed inputs, one much worse", {{"a", 800'000, 5'000, 10, 3}, {"b", 1'080'000}});
  row("worse over all inputs together and in none alone", {{"a", 1'035'000, 45'000},
                                                           {"b", 1'035'000, 45'000},
                                                           {"c", 1'035'000, 45'000},
                                                           {"d", 1'035'000, 45'000},
                                                           {"e", 1'035'000, 45'000}});
  auto both = timed({{"a", 1'000'000}}, Methodology::robust);
  both.run(both.head, "g", "a").sampled["wall_time"][3].value *= 50;
  table.row("sampled, one slow run", both);
  both = timed({{"a", 1'000'000}}, Methodology::robust);
  both.run(both.head, "g", "a").sampled["wall_time"][3].value = 0;
  table.row("sampled, a run that took no time", both);
  both = timed({{"a", 1'500'000}}, Methodology::robust);
  both.run(both.base, "g", "a").comparability.session = "yesterday";
  table.row("sampled, against a stored baseline of the same machine", both);
  both.run(both.base, "g", "a").comparability.machine = "elsewhere";
  table.row("sampled, against a stored baseline of another machine", both);
  check_golden("compare/verdicts-robust.txt", table.text());
}

TEST_CASE("golden verdicts of classic") {
  Table table;
  exact_rows(table, Methodology::classic);
  const auto row = [&](const std::string& what, const std::vector<Timed>& cells) {
    table.row("sampled, " + what, timed(cells, Methodology::classic));
  };
  row("more than 5 % better", {{"a", 900'000}});
  row("exactly 5 % better", {{"a", 950'000, 0}});
  row("exactly 2 % better", {{"a", 980'000, 0}});
  row("more than 5 % better, not significant", {{"a", 930'000, 160'000}});
  row("more than 5 % better, significant after 20 runs", {{"a", 850'000, 200'000, 20}});
  row("3 % better, not significant", {{"a", 970'000, 100'000}});
  row("less than 2 % better", {{"a", 990'000}});
  row("equal", {{"a", 1'000'000}});
  row("worse by less than 1 %, significant", {{"a", 1'008'000}});
  row("6 % worse, not significant", {{"a", 1'060'000, 150'000}});
  row("exactly 1.10x", {{"a", 1'100'000, 0}});
  row("over 1.10x", {{"a", 1'101'000, 0}});
  row("flaky to the end", {{"a", 930'000, 400'000, 20}});
  row("mixed inputs, none much worse", {{"a", 800'000, 5'000, 10, 3}, {"b", 1'035'000}});
  row("mixed inputs, one much worse", {{"a", 800'000, 5'000, 10, 3}, {"b", 1'080'000}});
  auto both = timed({{"a", 979'000, 0}}, Methodology::classic);
  optimised(both.policy());
  table.row("sampled, optimised code, more than 2 % better", both);
  both = timed({{"a", 980'000, 0}}, Methodology::classic);
  optimised(both.policy());
  table.row("sampled, optimised code, exactly 2 % better", both);
  both = timed({{"a", 1'000'000}}, Methodology::classic);
  both.run(both.head, "g", "a").sampled["wall_time"][3].value *= 50;
  table.row("sampled, one slow run", both);
  check_golden("compare/verdicts-classic.txt", table.text());
}
