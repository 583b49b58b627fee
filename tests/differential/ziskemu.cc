#include "differential/ziskemu.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <vector>

#include "differential/process.h"
#include "elf/image.h"
#include "executors/program_finder.h"
#include "model/execution.h"
#include "support/temporary_directory.h"
#include "system/child_environment.h"
#include "vm/cost_model.h"
#include "vm/machine.h"
#include "vm/program.h"

namespace cyclegate::differential {
namespace {

constexpr std::string_view kVersion = "ziskemu 1.4.0-alpha";
constexpr std::string_view kZiskemuRemedy = "`ci/install-executors ziskemu` installs it; CYCLEGATE_ZISKEMU may name it";
constexpr std::uint64_t kZiskemuMostSteps = 2'000'000;
constexpr std::chrono::seconds kZiskemuPatience{120};
constexpr int kPanic = 101;

std::vector<std::string> columns_of(const std::string& line) {
  std::vector<std::string> out;
  std::istringstream in(line);
  for (std::string word; std::getline(in, word, ',');) out.push_back(word);
  return out;
}

/// Rows of --save-stats: count and cost of what has both, the value of what has one.
Rows read_rows(const std::filesystem::path& file) {
  Rows rows;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const auto w = columns_of(line);
    if (w.size() == 2 && w[0] == "STEPS") rows["STEPS"] = w[1];
    if (w.size() == 4 && w[0] == "COST" && w[2] != "COST") rows["COST " + w[1]] = w[2];
    const bool counted = w.size() == 6 && w[2] != "COUNT" && w[1] != "TYPE";
    if (counted && (w[0] == "OP_BASE" || w[0] == "PRECOMPILES" || w[0] == "FROP" || w[0] == "DETAILED_MEM")) {
      rows[w[0] + ' ' + w[1]] = w[2] + ' ' + w[4];
    }
  }
  return rows;
}

Rows rows_of(const model::Execution& execution) {
  Rows rows;
  const model::Cost& cost = *execution.cost;
  rows["STEPS"] = std::to_string(execution.steps);
  rows["COST MAIN"] = std::to_string(cost.parts.main);
  rows["COST OPCODES"] = std::to_string(cost.parts.opcodes);
  rows["COST PRECOMPILES"] = std::to_string(cost.parts.precompiles);
  rows["COST MEMORY"] = std::to_string(cost.parts.memory);
  rows["COST VARIABLE"] = std::to_string(cost.variable());
  rows["COST BASE"] = std::to_string(cost.base);
  rows["COST TOTAL"] = std::to_string(cost.total());
  rows["COST FROPS"] = std::to_string(cost.frops);
  const auto add = [&](const std::string& section, const std::vector<model::CostRow>& from) {
    for (const auto& row : from) {
      rows[section + ' ' + row.name] = std::to_string(row.count) + ' ' + std::to_string(row.cost);
    }
  };
  add("OP_BASE", execution.opcodes);
  add("PRECOMPILES", execution.precompiles);
  add("FROP", execution.frops);
  add("DETAILED_MEM", execution.memory);
  return rows;
}

std::string differing_rows(const Rows& expected, const Rows& got) {
  std::string text;
  const auto value = [](const Rows& rows, const std::string& name) {
    const auto found = rows.find(name);
    return found == rows.end() ? std::string("absent") : found->second;
  };
  for (const auto& [name, row] : expected) {
    if (value(got, name) != row) text += fmt::format("  {}: ziskemu {}, embedded {}\n", name, row, value(got, name));
  }
  for (const auto& [name, row] : got) {
    if (!expected.contains(name)) text += fmt::format("  {}: ziskemu absent, embedded {}\n", name, row);
  }
  return text;
}

}  // namespace

Ziskemu find_ziskemu() {
  const auto found = executors::find_executor_program("ziskemu", system::current_environment());
  if (!found) return {"", found.error()};
  try {
    FinishedProcess process = run_process({*found, "--version"}, kZiskemuPatience, kZiskemuRemedy);
    std::string line = process.output.substr(0, process.output.find('\n'));
    if (process.status == 0 && line.starts_with(kVersion)) return {*found, std::move(line)};
    return {"", fmt::format("{} is not {}: {}; {}", found->string(), kVersion, line, kZiskemuRemedy)};
  } catch (const std::runtime_error& error) {
    return {"", error.what()};
  }
}

std::optional<Difference> compare_with_ziskemu(const Ziskemu& tool, const Program& program,
                                               const std::filesystem::path& directory, Rows* rows) {
  const std::string file = write_elf(program);
  const auto thread = std::hash<std::thread::id>()(std::this_thread::get_id());
  const auto path = [&](std::string_view suffix) { return directory / fmt::format("zisk-{:x}.{}", thread, suffix); };
  std::ofstream(path("elf"), std::ios::binary) << file;
  std::filesystem::remove(path("csv"));
  std::filesystem::remove(path("out"));
  const FinishedProcess process =
      run_process({tool.path, "-e", path("elf"), "-n", std::to_string(kZiskemuMostSteps), "-X", "--mem-stats",
                   "--mem-full-stats", "--opcode-breakdown", "--save-stats", path("csv"), "-o", path("out")},
                  kZiskemuPatience, kZiskemuRemedy);
  if (process.timed_out || !WIFEXITED(process.status)) {
    throw std::runtime_error(fmt::format("{}: it did not end by itself", tool.path));
  }
  const int status = WEXITSTATUS(process.status);

  const std::vector<std::uint8_t> bytes(file.begin(), file.end());
  const auto image = elf::parse(bytes);
  if (!image) throw std::runtime_error("a generated ELF was refused: " + image.error().message);
  const auto loaded = vm::load(*image, vm::cost_model("zisk-1.4.0-alpha"));
  if (!loaded) {
    if (status == kPanic || status == 1) return std::nullopt;
    return Difference{program, fmt::format("  ziskemu ended with {}, embedded: {}\n", status, loaded.error().why),
                      true};
  }
  const auto execution = vm::execute(*loaded, {}, {.max_steps = kZiskemuMostSteps}, model::Detail::cost);
  using enum model::OutcomeKind;
  const bool same_end = status == 0 ? execution.outcome.ok() : execution.outcome.kind == trap;
  if (!same_end || (status != 0 && status != 1 && status != kPanic)) {
    return Difference{
        program, fmt::format("  ziskemu ended with {}, embedded: {}\n", status, model::describe(execution.outcome)),
        true};
  }
  if (status == kPanic) return std::nullopt;
  Rows expected = read_rows(path("csv"));
  if (expected.empty()) throw std::runtime_error("ziskemu left no report");
  std::string text = differing_rows(expected, rows_of(execution));
  if (status == 0) {
    const std::string output = test::read_file(path("out"));
    if (std::vector<std::uint8_t>(output.begin(), output.end()) != execution.output) text += "  the output differs\n";
  }
  if (rows != nullptr) *rows = std::move(expected);
  if (text.empty()) return std::nullopt;
  return Difference{program, std::move(text), false};
}

}  // namespace cyclegate::differential
