// The pull-request comment of 5,000 findings: summarised, rendered and cut to 60,000 bytes. The peer is the time that
// people wait for nothing: 200 ms. Plain names, and names and reasons of hostile text that make every step of dropping
// necessary.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "model/comparison.h"
#include "render/markdown.h"
#include "render/summary.h"

namespace {

using cyclegate::model::Comparison;
using cyclegate::model::FindingKind;

constexpr std::size_t findings = 5'000;
constexpr std::size_t inputs_of_a_guest = 100;
constexpr std::size_t rounds = 5;
constexpr double limit_ms = 200;

std::string named(std::string_view kind, std::size_t number, std::size_t length) {
  std::string name = fmt::format("{}_{:05}", kind, number);
  constexpr std::string_view hostile = "<img src=x onerror=alert(1)>`|[a](b)@everyone &#64;\u202e ";
  while (name.size() < length) name += hostile;
  return name;
}

Comparison comparison_of(std::size_t name_bytes) {
  Comparison c;
  c.metrics = {{"cost", "cost", cyclegate::model::MetricKind::exact, cyclegate::model::Better::lower}};
  for (std::size_t made = 0; made < findings; ++made) {
    const std::string guest = named("guest", made / inputs_of_a_guest, name_bytes);
    cyclegate::model::Finding finding;
    finding.cell = {guest, named("input", made % inputs_of_a_guest, name_bytes), "embedded"};
    finding.metric = "cost";
    finding.kind = FindingKind::regressed;
    finding.deciding = finding.gates = true;
    finding.change.base = 1'000'000 + made;
    finding.change.head = 1'010'000 + made * 3;
    finding.why = named("worse by more than the tolerance", made, name_bytes);
    c.findings.push_back(finding);
    if (made % inputs_of_a_guest != 0) continue;
    c.guests.push_back({guest, cyclegate::model::Verdict::discard_worse, finding.why, false});
    cyclegate::model::Breakdown functions{.guest = guest, .executor = "embedded", .kind = "function", .rows = {}};
    for (std::uint64_t f = 0; f < 300; ++f) {
      functions.rows.push_back({named("function", f, name_bytes), 1'000'000 - f, 1'000'000 - f * 2});
    }
    c.breakdowns.push_back(std::move(functions));
  }
  c.verdict = cyclegate::model::Verdict::discard_worse;
  c.status = cyclegate::model::Status::fail;
  c.reasons = {{"worse-than-tolerance", "everything is worse"}};
  return c;
}

/// The median of the rounds, in milliseconds.
double measure(const Comparison& comparison, std::size_t& bytes) {
  std::vector<double> times;
  for (std::size_t round = 0; round < rounds; ++round) {
    const auto start = std::chrono::steady_clock::now();
    bytes = cyclegate::render::render_markdown(comparison, cyclegate::render::summarise(comparison), {}).size();
    times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  std::ranges::sort(times);
  return times[rounds / 2];
}

}  // namespace

int main() {
  double slowest = 0;
  for (const auto& [what, name_bytes] : {std::pair("plain names", std::size_t{0}),
                                         {"hostile names", std::size_t{400}},
                                         {"hostile names of 5,000 bytes", std::size_t{5'000}}}) {
    std::size_t bytes = 0;
    const double milliseconds = measure(comparison_of(name_bytes), bytes);
    slowest = std::max(slowest, milliseconds);
    fmt::print("{}: {} findings in {:.1f} ms, {} bytes\n", what, findings, milliseconds, bytes);
  }
  fmt::print("limit: {} ms\nratio: {:.2f}\n", limit_ms, slowest / limit_ms);
  return slowest < limit_ms ? 0 : 1;
}
