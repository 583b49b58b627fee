#include "app/calibration.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "stats/binomial.h"

namespace cyclegate::app {
namespace {

constexpr double promised_rate = 0.05;

bool called_worse(const model::Finding& finding) {
  return finding.kind == model::FindingKind::regressed || finding.kind == model::FindingKind::killed;
}

}  // namespace

std::vector<measure::PlannedCell> calibration_cells(const std::vector<measure::PlannedCell>& templates,
                                                    std::size_t first, std::size_t count) {
  std::vector<measure::PlannedCell> cells;
  std::map<model::CellId, std::size_t> seen;
  for (std::size_t number = 0; number < count; ++number) {
    measure::PlannedCell cell = templates[(first + number) % templates.size()];
    if (const std::size_t copy = ++seen[cell.cell]; copy > 1) cell.cell.input += fmt::format(".{}", copy);
    cells.push_back(std::move(cell));
  }
  return cells;
}

std::vector<model::GuestInfo> calibration_guests(const std::vector<measure::PlannedCell>& cells) {
  std::map<std::string, model::GuestInfo> guests;
  for (const measure::PlannedCell& cell : cells) {
    model::GuestInfo& guest = guests[cell.cell.guest];
    guest.name = cell.cell.guest;
    if (std::ranges::find(guest.inputs, cell.cell.input, &model::InputInfo::name) == guest.inputs.end())
      guest.inputs.push_back({.name = cell.cell.input, .sha256 = cell.input_sha256});
    if (std::ranges::find(guest.executors, cell.cell.executor) == guest.executors.end())
      guest.executors.push_back(cell.cell.executor);
  }
  const auto planned = [&](const model::CellId& wanted) {
    return std::ranges::any_of(cells, [&](const measure::PlannedCell& cell) { return cell.cell == wanted; });
  };
  std::vector<model::GuestInfo> infos;
  infos.reserve(guests.size());
  for (auto& [name, guest] : guests) {
    // Every combination of what is declared must have run; where the change was cut, some have not.
    std::erase_if(guest.inputs, [&](const model::InputInfo& input) {
      return !std::ranges::all_of(guest.executors, [&](const std::string& executor) {
        return planned({.guest = guest.name, .input = input.name, .executor = executor});
      });
    });
    infos.push_back(std::move(guest));
  }
  return infos;
}

void count_change(const model::Comparison& comparison, const model::RunSet& base, const model::RunSet& head,
                  const model::CellId* slowed, model::Calibration& calibration) {
  bool alarm = false;
  for (const model::CellRun& run : head.runs) {
    if (slowed != nullptr && run.cell == *slowed) continue;
    ++calibration.cells;
    const model::CellRun* other = find_run(base, run.cell);
    const auto samples = run.sampled.find(calibration.metric);
    if (other == nullptr || samples == run.sampled.end()) {
      ++calibration.failed_cells;
      continue;
    }
    calibration.runs += samples->second.size() + other->sampled.at(calibration.metric).size();
    const auto finding = std::ranges::find_if(comparison.findings, [&](const model::Finding& one) {
      return one.cell == run.cell && one.metric == calibration.metric;
    });
    if (finding == comparison.findings.end() || !finding->change.estimate) {
      ++calibration.failed_cells;
    } else if (called_worse(*finding)) {
      ++calibration.false_cells;
      alarm = true;
    } else if (finding->kind == model::FindingKind::inconclusive) {
      ++calibration.inconclusive_cells;
    } else {
      ++calibration.passed_cells;
    }
  }
  for (const model::GuestVerdict& guest : comparison.guests) {
    if (slowed != nullptr && guest.guest == slowed->guest) continue;
    alarm = alarm || guest.verdict == model::Verdict::kill || guest.verdict == model::Verdict::discard_worse;
  }
  // All inputs of a guest together, whatever the verdict made of it.
  for (const model::Finding& finding : comparison.findings) {
    const bool of_slowed = slowed != nullptr && finding.cell.guest == slowed->guest;
    if (finding.cell.input.empty() && finding.metric == calibration.metric && called_worse(finding) && !of_slowed)
      alarm = true;
  }
  ++calibration.changes;
  if (alarm) ++calibration.false_alarms;
}

model::InjectedSlowDown judge_injected(const model::Comparison& comparison, const model::RunSet& head,
                                       const model::CellId& slowed, model::Millionths slow_down,
                                       const std::string& metric) {
  model::InjectedSlowDown injected{.slow_down = slow_down, .cell = slowed};
  for (const model::Finding& finding : comparison.findings) {
    if (finding.cell != slowed || finding.metric != metric) continue;
    injected.found = called_worse(finding);
    injected.change = finding.change;
  }
  // Its own: it may have stopped before others did.
  if (const model::CellRun* run = find_run(head, slowed)) {
    const auto samples = run->sampled.find(metric);
    if (samples != run->sampled.end()) injected.blocks = static_cast<std::uint32_t>(samples->second.size() / 2);
  }
  return injected;
}

std::uint64_t allowed_false_alarms(std::uint64_t changes) {
  return stats::binomial_quantile(changes, promised_rate, 1 - promised_rate);
}

model::Interval proportion_interval(std::uint64_t hits, std::uint64_t of) {
  constexpr double z = 1.959963984540054;  // the normal distribution's 97.5 % point
  if (of == 0) return {.low = 0, .high = 1, .level = 0.95};
  const auto n = static_cast<double>(of);
  const double share = static_cast<double>(hits) / n;
  const double middle = (share + z * z / (2 * n)) / (1 + z * z / n);
  const double half = z / (1 + z * z / n) * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  return {.low = hits == 0 ? 0 : std::max(middle - half, 0.0),
          .high = hits == of ? 1 : std::min(middle + half, 1.0),
          .level = 0.95};
}

void conclude(model::Calibration& calibration) {
  calibration.allowed_false_alarms = allowed_false_alarms(calibration.changes);
  if (calibration.changes > 0) {
    calibration.false_alarm_rate =
        static_cast<double>(calibration.false_alarms) / static_cast<double>(calibration.changes);
  }
  calibration.false_alarm_interval = proportion_interval(calibration.false_alarms, calibration.changes);
  const std::uint64_t timed = calibration.cells - calibration.failed_cells;
  if (timed > 0) calibration.runs_per_cell = static_cast<double>(calibration.runs) / static_cast<double>(timed);
  const double power = calibration.smallest_effect_power;
  if (calibration.simulations > 0)
    calibration.smallest_effect_power_error =
        std::sqrt(power * (1 - power) / static_cast<double>(calibration.simulations));
  calibration.passed = timed > 0 && calibration.failed_cells == 0 &&
                       calibration.false_alarms <= calibration.allowed_false_alarms &&
                       (!calibration.injected || calibration.injected->found);
}

}  // namespace cyclegate::app
