#include "system/preflight.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <set>

#include "system/clock.h"
#include "system/machine_files.h"
#include "system/process.h"

namespace cyclegate::system {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t least_free_bytes = std::uint64_t{512} << 20U;
constexpr std::uint64_t allowed_busy_hundredths = 10;
constexpr std::int64_t hot_millidegrees = 90'000;
constexpr std::int64_t hot_gpu_degrees = 50;  // requirements R21
constexpr std::chrono::milliseconds watched{250};

/// Ticks of all cores together since boot, as proc(5) has them.
struct Ticks {
  std::uint64_t all = 0;
  std::uint64_t idle = 0;
};

std::optional<Ticks> processor_ticks(const fs::path& root) {
  std::string_view text;
  const std::string line = first_line(root / "proc/stat");
  if (!line.starts_with("cpu ")) return std::nullopt;
  text = trim(std::string_view(line).substr(4));
  Ticks ticks;
  // user nice system idle iowait irq softirq steal; guest time is within user time already.
  for (int field = 0; field < 8 && !text.empty(); ++field) {
    const auto value = to_number<std::uint64_t>(text);
    if (!value) return std::nullopt;
    ticks.all += *value;
    if (field == 3 || field == 4) ticks.idle += *value;
    text = trim(text.substr(std::min(text.find(' '), text.size())));
  }
  return ticks;
}

/// Cores that are kept busy, in hundredths, while we do nothing.
std::optional<std::uint64_t> busy_hundredths(const PreflightSources& sources, std::uint32_t cores) {
  const auto before = processor_ticks(sources.root);
  if (!before) return std::nullopt;
  sources.clock.sleep_for(watched);
  const auto after = processor_ticks(sources.root);
  if (!after || after->all <= before->all || after->idle < before->idle) return std::nullopt;
  const std::uint64_t all = after->all - before->all;
  const std::uint64_t idle = std::min(after->idle - before->idle, all);
  return (all - idle) * cores * 100 / all;
}

std::uint32_t count_cores(const fs::path& root) {
  std::uint32_t cores = 0;
  for_each_pair(root / "proc/cpuinfo", ':',
                [&](std::string_view key, std::string_view) { cores += key == "processor" ? 1U : 0U; });
  return cores;
}

void look_at_frequency(const fs::path& root, model::Preflight& facts) {
  const fs::path cpus = root / "sys/devices/system/cpu";
  std::set<std::string> governors;
  for (const fs::path& cpu : numbered(cpus, "cpu")) {
    if (std::string governor = first_line(cpu / "cpufreq/scaling_governor"); !governor.empty()) {
      governors.insert(std::move(governor));
    }
    if (const auto count = to_number<std::uint64_t>(first_line(cpu / "thermal_throttle/core_throttle_count"))) {
      facts.throttle_events = facts.throttle_events.value_or(0) + *count;
    }
  }
  facts.governors.assign(governors.begin(), governors.end());
  if (const std::string off = first_line(cpus / "intel_pstate/no_turbo"); !off.empty()) {
    facts.boost = off == "0";
  } else if (const std::string on = first_line(cpus / "cpufreq/boost"); !on.empty()) {
    facts.boost = on == "1";
  }
}

template <typename Number>
void raise(std::optional<Number>& highest, std::optional<Number> value) {
  if (value && (!highest || *value > *highest)) highest = value;
}

/// What nvidia-smi says, one number a line.
std::optional<std::int64_t> nvidia_degrees(const PreflightSources& sources) {
  const auto path = sources.variables.find("PATH");
  if (sources.processes == nullptr || path == sources.variables.end() || !find_program("nvidia-smi", path->second))
    return std::nullopt;
  ProcessRequest request;
  request.arguments = {"nvidia-smi", "--query-gpu=temperature.gpu", "--format=csv,noheader,nounits"};
  request.environment = sources.variables;
  request.time_limit = std::chrono::seconds{10};
  request.output_limit_bytes = 64U << 10U;
  const ProcessResult result = sources.processes->run(request);
  if (!result.ok()) return std::nullopt;
  std::optional<std::int64_t> hottest;
  std::string_view rest = result.standard_output;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    raise(hottest, to_number<std::int64_t>(trim(rest.substr(0, end))));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return hottest;
}

void look_at_heat(const PreflightSources& sources, model::Preflight& facts) {
  for (const fs::path& zone : numbered(sources.root / "sys/class/thermal", "thermal_zone")) {
    raise(facts.hottest_millidegrees, to_number<std::int64_t>(first_line(zone / "temp")));
  }
  facts.gpu_degrees = nvidia_degrees(sources);
  for (const fs::path& card : numbered(sources.root / "sys/class/drm", "card")) {
    for (const fs::path& sensor : numbered(card / "device/hwmon", "hwmon")) {
      if (const auto value = to_number<std::int64_t>(first_line(sensor / "temp1_input"))) {
        raise(facts.gpu_degrees, std::optional(*value / 1000));
      }
    }
  }
}

}  // namespace

std::vector<model::Warning> preflight_warnings(const model::Preflight& facts, std::uint32_t cores,
                                               std::uint64_t memory_bytes) {
  std::vector<model::Warning> warnings;
  const auto hundredths = [](std::uint64_t value) { return fmt::format("{}.{:02}", value / 100, value % 100); };
  const std::string load =
      facts.load_hundredths ? fmt::format("load average {}", hundredths(*facts.load_hundredths)) : "";
  if (facts.busy_hundredths && *facts.busy_hundredths > allowed_busy_hundredths) {
    warnings.push_back(
        {"high-load",
         fmt::format("others keep {} of {} cores busy just before timing{}; at most {} is right: stop other "
                     "processes",
                     hundredths(*facts.busy_hundredths), cores, load.empty() ? "" : " (" + load + ")",
                     hundredths(allowed_busy_hundredths))});
  } else if (!facts.busy_hundredths && facts.load_hundredths && cores > 0 &&
             *facts.load_hundredths > std::uint64_t{50} * cores) {
    warnings.push_back(
        {"high-load", fmt::format("{} on {} cores before timing; at most {} is right: stop other processes", load,
                                  cores, hundredths(std::uint64_t{50} * cores))});
  }
  if (memory_bytes > 0 && facts.memory_available_bytes) {
    const std::uint64_t wanted = std::max(memory_bytes / 10, least_free_bytes);
    if (*facts.memory_available_bytes < wanted) {
      warnings.push_back(
          {"low-memory", fmt::format("{} MiB of {} MiB memory available before timing; at least {} MiB is "
                                     "right",
                                     *facts.memory_available_bytes >> 20U, memory_bytes >> 20U, wanted >> 20U)});
    }
  }
  std::vector<std::string> governors = facts.governors;
  std::erase(governors, "performance");
  if (!governors.empty()) {
    warnings.push_back({"governor", fmt::format("frequency governor is {}, not performance: the clock rate varies",
                                                fmt::join(governors, ", "))});
  }
  if (facts.boost.value_or(false)) {
    warnings.push_back({"turbo",
                        "frequency boost is on: the clock rate depends on temperature and on other cores; off "
                        "is right"});
  }
  if (facts.throttle_events.value_or(0) > 0) {
    warnings.push_back({"throttled", fmt::format("the CPU was throttled for heat {} times since boot; 0 is right: cool "
                                                 "it better",
                                                 *facts.throttle_events)});
  }
  if (facts.hottest_millidegrees.value_or(0) >= hot_millidegrees) {
    warnings.push_back({"hot", fmt::format("a thermal zone is at {} degrees Celsius before timing; below {} is right",
                                           *facts.hottest_millidegrees / 1000, hot_millidegrees / 1000)});
  }
  if (facts.gpu_degrees.value_or(0) >= hot_gpu_degrees) {
    warnings.push_back({"gpu-hot", fmt::format("a GPU is at {} degrees Celsius before timing; below {} is right: cool "
                                               "down longer",
                                               *facts.gpu_degrees, hot_gpu_degrees)});
  }
  return warnings;
}

PreflightFacts preflight(const PreflightSources& sources) {
  PreflightFacts found;
  model::Preflight& facts = found.preflight;
  const std::uint32_t cores = count_cores(sources.root);
  facts.taken = iso_time(sources.clock.now());
  if (const auto load = to_number<double>(first_line(sources.root / "proc/loadavg"));
      load && *load >= 0 && *load < 1e9) {
    facts.load_hundredths = static_cast<std::uint64_t>(std::llround(*load * 100));
  }
  facts.busy_hundredths = busy_hundredths(sources, cores);
  if (const std::uint64_t available = memory_value(sources.root, "MemAvailable"); available > 0) {
    facts.memory_available_bytes = available;
  }
  look_at_frequency(sources.root, facts);
  look_at_heat(sources, facts);
  found.warnings = preflight_warnings(facts, cores, memory_value(sources.root, "MemTotal"));
  return found;
}

std::optional<int> timing_core() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return std::nullopt;
  for (int core = CPU_SETSIZE - 1; core >= 0; --core) {
    if (CPU_ISSET(static_cast<std::size_t>(core), &allowed)) return core;
  }
  return std::nullopt;
}

}  // namespace cyclegate::system
