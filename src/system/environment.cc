#include "system/environment.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <optional>
#include <set>
#include <string_view>

#include "system/process.h"
#include "system/sha256.h"

namespace cyclegate::system {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kibibyte = 1024;
constexpr std::uint64_t gibibyte = kibibyte * kibibyte * kibibyte;

std::string_view trim(std::string_view text) {
  constexpr std::string_view space = " \t\r\n";
  const std::size_t first = text.find_first_not_of(space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(space) - first + 1);
}

std::string first_line(const fs::path& path) {
  std::ifstream stream(path);
  std::string line;
  std::getline(stream, line);
  return std::string(trim(line).substr(0, 256));
}

template <typename Number>
std::optional<Number> to_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end == text.data()) return std::nullopt;
  return number;
}

/// Calls `use(key, value)` for each `key<separator>value` line of a /proc or os-release file.
template <typename Use>
void for_each_pair(const fs::path& path, char separator, const Use& use) {
  std::ifstream stream(path);
  for (std::string line; std::getline(stream, line);) {
    const std::size_t at = line.find(separator);
    if (at == std::string::npos) continue;
    use(trim(std::string_view(line).substr(0, at)), trim(std::string_view(line).substr(at + 1)));
  }
}

/// A value of /proc/meminfo in bytes; 0 when it is not there.
std::uint64_t memory_value(const fs::path& root, std::string_view wanted) {
  std::uint64_t bytes = 0;
  for_each_pair(root / "proc/meminfo", ':', [&](std::string_view key, std::string_view value) {
    if (key == wanted) bytes = to_number<std::uint64_t>(value).value_or(0) * kibibyte;
  });
  return bytes;
}

/// Directories in `parent` whose names start with `prefix`, in order.
std::vector<fs::path> numbered(const fs::path& parent, std::string_view prefix) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator entry(parent, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with(prefix) && name.size() > prefix.size() && name[prefix.size()] >= '0' &&
        name[prefix.size()] <= '9') {
      found.push_back(entry->path());
    }
  }
  std::ranges::sort(found);
  return found;
}

void warn_of_load(const fs::path& root, std::uint32_t cores, std::vector<model::Warning>& warnings) {
  const auto load = to_number<double>(first_line(root / "proc/loadavg"));
  if (!load || cores == 0 || *load <= 0.5 * cores) return;
  warnings.push_back({"high-load", fmt::format("load average {:.2f} on {} cores before timing: other processes disturb "
                                               "the measurement",
                                               *load, cores)});
}

void warn_of_memory(const fs::path& root, std::vector<model::Warning>& warnings) {
  const std::uint64_t total = memory_value(root, "MemTotal");
  const std::uint64_t available = memory_value(root, "MemAvailable");
  if (total == 0 || (available >= total / 10 && available >= gibibyte / 2)) return;
  warnings.push_back(
      {"low-memory", fmt::format("{} MiB of {} MiB memory available before timing", available >> 20U, total >> 20U)});
}

void warn_of_frequency(const fs::path& root, std::vector<model::Warning>& warnings) {
  const fs::path cpus = root / "sys/devices/system/cpu";
  std::set<std::string> governors;
  std::uint64_t throttled = 0;
  for (const fs::path& cpu : numbered(cpus, "cpu")) {
    if (std::string governor = first_line(cpu / "cpufreq/scaling_governor"); !governor.empty()) {
      governors.insert(std::move(governor));
    }
    const auto count = to_number<std::uint64_t>(first_line(cpu / "thermal_throttle/core_throttle_count"));
    throttled += count.value_or(0);
  }
  governors.erase("performance");
  if (!governors.empty()) {
    warnings.push_back({"governor", fmt::format("frequency governor is {}, not performance: the clock rate varies",
                                                fmt::join(governors, ", "))});
  }
  if (first_line(cpus / "intel_pstate/no_turbo") == "0" || first_line(cpus / "cpufreq/boost") == "1") {
    warnings.push_back({"turbo", "frequency boost is on: the clock rate depends on temperature and on other cores"});
  }
  if (throttled > 0) {
    warnings.push_back({"throttled", fmt::format("the CPU was throttled for heat {} times since boot", throttled)});
  }
}

void warn_of_heat(const fs::path& root, std::vector<model::Warning>& warnings) {
  constexpr std::int64_t hot = 90'000;  // millidegrees Celsius
  std::int64_t hottest = 0;
  for (const fs::path& zone : numbered(root / "sys/class/thermal", "thermal_zone")) {
    hottest = std::max(hottest, to_number<std::int64_t>(first_line(zone / "temp")).value_or(0));
  }
  if (hottest >= hot) {
    warnings.push_back({"hot", fmt::format("a thermal zone is at {} degrees Celsius before timing", hottest / 1000)});
  }
}

}  // namespace

model::Environment gather_environment(bool hide_hostname, const fs::path& root) {
  model::Environment result;
  std::string implementer;
  for_each_pair(root / "proc/cpuinfo", ':', [&](std::string_view key, std::string_view value) {
    if (key == "processor") ++result.cores;
    if (key == "model name" && result.cpu.empty()) result.cpu = value.substr(0, 256);
    // 64-bit Arm kernels give numbers only.
    if (implementer.size() < 128 && (key == "CPU implementer" || key == "CPU part") &&
        implementer.find(value) == std::string::npos) {
      implementer += fmt::format("{}{} {}", implementer.empty() ? "" : ", ", key, value);
    }
  });
  if (result.cpu.empty()) result.cpu = implementer;
  result.memory_bytes = memory_value(root, "MemTotal");
  for_each_pair(root / "etc/os-release", '=', [&](std::string_view key, std::string_view value) {
    if (key != "PRETTY_NAME") return;
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    result.os = value.substr(0, 256);
  });
  result.kernel = first_line(root / "proc/sys/kernel/osrelease");
  if (!hide_hostname) result.hostname = first_line(root / "proc/sys/kernel/hostname");
  return result;
}

std::string machine_fingerprint(const model::Environment& environment) {
  const std::uint64_t gibibytes = (environment.memory_bytes + gibibyte / 2) / gibibyte;
  return Sha256()
      .field("cyclegate.machine/1")
      .field(environment.cpu)
      .field(fmt::format("{}", environment.cores))
      .field(fmt::format("{}", gibibytes))
      .field(environment.os)
      .finish_hex();
}

std::vector<model::Warning> preflight_warnings(const fs::path& root) {
  std::vector<model::Warning> warnings;
  warn_of_load(root, gather_environment(true, root).cores, warnings);
  warn_of_memory(root, warnings);
  warn_of_frequency(root, warnings);
  warn_of_heat(root, warnings);
  return warnings;
}

std::map<std::string, std::string> tool_versions(ProcessRunner& runner, const std::vector<std::string>& programs,
                                                 const std::map<std::string, std::string>& variables) {
  std::map<std::string, std::string> versions;
  for (const std::string& program : programs) {
    ProcessRequest request;
    request.arguments = {program, "--version"};
    request.environment = variables;
    request.time_limit = std::chrono::seconds{10};
    request.output_limit_bytes = std::uint64_t{64} * kibibyte;
    const ProcessResult result = runner.run(request);
    if (!result.ok()) continue;
    const std::string_view text = trim(result.standard_output.empty() ? result.standard_error : result.standard_output);
    versions[program] = text.substr(0, std::min<std::size_t>(text.find_first_of("\r\n"), 256));
  }
  return versions;
}

}  // namespace cyclegate::system
