#include "system/environment.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "system/machine_files.h"
#include "system/process.h"
#include "system/sha256.h"

namespace cyclegate::system {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kibibyte = 1024;
constexpr std::uint64_t gibibyte = kibibyte * kibibyte * kibibyte;

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

std::uint64_t peak_memory_bytes(const fs::path& root) {
  std::uint64_t bytes = 0;
  for_each_pair(root / "proc/self/status", ':', [&](std::string_view key, std::string_view value) {
    if (key == "VmHWM") bytes = to_number<std::uint64_t>(value).value_or(0) * kibibyte;
  });
  return bytes;
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
