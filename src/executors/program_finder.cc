#include "executors/program_finder.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <system_error>

#include "executors/program_files.h"
#include "model/error.h"
#include "system/process.h"
#include "system/work_directory.h"

namespace cyclegate::executors {
namespace {

namespace fs = std::filesystem;

PinnedProgram program_of(std::string_view row) {
  std::array<std::string, 6> fields;
  for (std::string& field : fields) {
    const std::size_t end = std::min(row.find('\t'), row.size());
    field = row.substr(0, end);
    row.remove_prefix(std::min(end + 1, row.size()));
  }
  return {.name = fields[0],
          .executor = fields[1],
          .version = fields[2],
          .source = fields[3],
          .directory = fields[4],
          .crate_version = fields[5]};
}

std::vector<PinnedProgram> read_table() {
  std::vector<PinnedProgram> programs;
  for (const model::EmbeddedFile& file : programs::embedded_files()) {
    std::string_view rest = file.bytes;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      programs.push_back(program_of(rest.substr(0, end)));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return programs;
}

bool can_be_started(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored) && access(path.c_str(), X_OK) == 0;
}

}  // namespace

std::string value_of(const system::Variables& variables, const std::string& name) {
  const auto found = variables.find(name);
  return found == variables.end() ? std::string() : found->second;
}

const std::vector<PinnedProgram>& pinned_programs() {
  static const std::vector<PinnedProgram> all = read_table();
  return all;
}

const PinnedProgram* find_pinned_program(std::string_view name) {
  const auto& all = pinned_programs();
  const auto found = std::ranges::find(all, name, &PinnedProgram::name);
  return found == all.end() ? nullptr : &*found;
}

std::string install_command(const PinnedProgram& program) {
  return "ci/install-executors " + program.executor;
}

std::string program_variable(std::string_view name) {
  std::string variable = "CYCLEGATE_";
  for (char letter : name) {
    if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
    variable += letter == '-' ? '_' : letter;
  }
  return variable;
}

fs::path installed_path(const PinnedProgram& program, const system::Variables& variables) {
  try {
    return system::default_cache_root(variables) / "executors" / program.directory / "bin" / program.name;
  } catch (const model::Error&) {
    return {};
  }
}

std::expected<fs::path, std::string> find_executor_program(std::string_view name, const system::Variables& variables) {
  const std::string file(name);
  const std::string variable = program_variable(name);
  if (const std::string given = value_of(variables, variable); !given.empty()) {
    // Whoever names a file means that one and no other.
    if (!fs::path(given).is_absolute()) {
      return std::unexpected(fmt::format("{} is '{}'; it must be an absolute path", variable, given));
    }
    if (!can_be_started(given)) {
      return std::unexpected(fmt::format("{} is '{}', which is no program that can be started", variable, given));
    }
    return fs::path(given);
  }
  if (const auto found = system::find_program(file, value_of(variables, "PATH"))) return *found;
  std::string looked = fmt::format("{} is neither on PATH nor named by {}", name, variable);
  const PinnedProgram* program = find_pinned_program(name);
  if (program == nullptr) return std::unexpected(looked);
  if (fs::path installed = installed_path(*program, variables); !installed.empty()) {
    if (can_be_started(installed)) return installed;
    looked =
        fmt::format("{} is neither on PATH, nor named by {}, nor installed as {}", name, variable, installed.string());
  }
  return std::unexpected(fmt::format("{}; `{}` installs it", looked, install_command(*program)));
}

}  // namespace cyclegate::executors
