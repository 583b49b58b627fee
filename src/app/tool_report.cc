#include "app/tool_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <string_view>

#include "model/error.h"
#include "reports/ziskemu_csv.h"
#include "reports/ziskemu_text.h"
#include "system/files.h"

namespace cyclegate::app {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t largest_snapshot_bytes = std::uint64_t{64} << 20U;

std::string beginning(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::array<char, 4096> bytes{};
  file.read(bytes.data(), bytes.size());
  return {bytes.data(), static_cast<std::size_t>(file.gcount())};
}

bool is_json(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{';
}

/// What reads JSON that is no tool's report; empty where that is not known.
std::string_view reader_of(std::string_view json) {
  if (json.contains("\"cyclegate.runs/")) return "this is a run set of cyclegate, which `cyclegate compare` reads";
  if (json.contains("\"cyclegate.comparison/")) return "this is a report of cyclegate, which `cyclegate report` reads";
  // Gecko's and Firefox's JSON, which begins with its meta.
  constexpr std::array words = {"\"threads\"", "\"interval\"", "\"processType\"", "\"preprocessedProfileVersion\""};
  if (json.contains("\"meta\"") && std::ranges::any_of(words, [&](const char* word) { return json.contains(word); })) {
    return "this is a profile, which `cyclegate profile` reads and converts (--format)";
  }
  return {};
}

reports::ZiskemuReport read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw model::Error(model::ErrorKind::configuration, fmt::format("{}: cannot be opened", path.string()));
  reports::ZiskemuTextReader reader(path.string());
  std::array<char, 65'536> chunk{};
  while (file.read(chunk.data(), chunk.size()) || file.gcount() > 0) {
    reader.feed(std::string_view(chunk.data(), static_cast<std::size_t>(file.gcount())));
  }
  if (file.bad()) throw model::Error(model::ErrorKind::measurement, fmt::format("{}: cannot be read", path.string()));
  return reader.finish();
}

}  // namespace

bool is_tool_report(const fs::path& path) {
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) return false;
  const std::string text = beginning(path);
  if (text.empty()) return false;
  return !is_json(text) || (!text.contains("\"cyclegate.") && text.contains("\"results\""));
}

std::string_view kind_of(const ToolReport& report) {
  return std::holds_alternative<reports::ZiskemuReport>(report) ? "a report of ziskemu" : "a result of hyperfine";
}

ToolReport read_tool_report(const fs::path& path) {
  const std::string text = beginning(path);
  if (is_json(text)) {
    // What other commands read is told with the command that does.
    if (const std::string_view reader = reader_of(text); !reader.empty()) {
      throw model::Error(model::ErrorKind::usage, fmt::format("{}: {}", path.string(), reader));
    }
    return reports::read_hyperfine(system::read_text(path, reports::max_hyperfine_bytes), path.string());
  }
  if (text.starts_with("COSTS_VERSION") || (text.starts_with("STEPS") && !text.starts_with("STEPS:"))) {
    return reports::read_ziskemu_csv(system::read_text(path, largest_snapshot_bytes), path.string());
  }
  return read_text(path);
}

}  // namespace cyclegate::app
