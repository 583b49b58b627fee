#include "capture.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include "support/temporary_directory.h"

namespace cyclegate::test {
namespace {

std::vector<std::string> split(const std::string& line, char separator) {
  std::vector<std::string> words;
  std::istringstream in(line);
  for (std::string word; std::getline(in, word, separator);) words.push_back(word);
  return words;
}

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream in(line);
  return {std::istream_iterator<std::string>(in), {}};
}

std::uint64_t number(std::string text) {
  std::erase(text, ',');
  return std::stoull(text);
}

void set_cost(Capture& out, const std::string& part, std::uint64_t value) {
  if (part == "MAIN") out.cost.parts.main = value;
  if (part == "OPCODES") out.cost.parts.opcodes = value;
  if (part == "PRECOMPILES") out.cost.parts.precompiles = value;
  if (part == "MEMORY") out.cost.parts.memory = value;
  if (part == "BASE") out.cost.base = value;
  if (part == "FROPS") out.cost.frops = value;
  if (part == "VARIABLE") out.variable = value;
  if (part == "TOTAL") out.total = value;
}

}  // namespace

std::filesystem::path captures() { return std::filesystem::path(CYCLEGATE_SOURCE_DIR) / "tests/fixtures/ziskemu"; }

std::vector<std::uint8_t> capture_bytes(const std::string& name) {
  const std::string text = read_file(captures() / name);
  return {text.begin(), text.end()};
}

Capture read_stats(const std::string& name) {
  Capture out;
  std::istringstream in(read_file(captures() / name));
  for (std::string line; std::getline(in, line);) {
    const auto w = split(line, ',');
    if (w.size() < 2) continue;
    if (w[0] == "STEPS") out.steps = number(w[1]);
    if (w[0] == "COST" && w.size() == 4 && w[2] != "COST") set_cost(out, w[1], number(w[2]));
    if (w.size() < 5 || w[2] == "COUNT") continue;
    if (w[0] == "OP_BASE") out.opcodes.push_back({w[1], number(w[2]), number(w[4])});
    if (w[0] == "PRECOMPILES") out.precompiles.push_back({w[1], number(w[2]), number(w[4])});
    if (w[0] == "FROP") out.frops.push_back({w[1], number(w[2]), number(w[4])});
    if (w[0] == "DETAILED_MEM") out.memory.push_back({w[1], number(w[2]), number(w[4])});
  }
  return out;
}

Capture read_report(const std::string& name) {
  Capture out;
  std::istringstream in(read_file(captures() / name));
  bool distribution = false;
  for (std::string line; std::getline(in, line);) {
    const auto w = words_of(line);
    if (w.empty()) continue;
    if (w[0] == "COST") distribution = w.size() > 1 && w[1] == "DISTRIBUTION";
    if (w[0] == "STEPS" && w.size() == 2) out.steps = number(w[1]);
    if (w.size() == 3 && (distribution || w[0] == "FROPS")) set_cost(out, w[0], number(w[1]));
    if (w.size() == 6 && w[0] == "OP") out.opcodes.push_back({w[1], number(w[2]), number(w[4])});
    if (w.size() == 6 && w[0] == "FROP") out.frops.push_back({w[1], number(w[2]), number(w[4])});
  }
  return out;
}

std::vector<CapturedRun> captured_runs() {
  std::vector<CapturedRun> runs;
  std::istringstream in(read_file(captures() / "runs.tsv"));
  for (std::string line; std::getline(in, line);) {
    const auto columns = split(line, '\t');
    if (columns.size() != 3) throw std::runtime_error("runs.tsv: not three columns: " + line);
    CapturedRun run{.name = columns[0], .status = std::stoi(columns[1]), .elf = {}, .input = {}};
    const auto words = words_of(columns[2]);
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
      if (words[i] == "-e") run.elf = words[i + 1];
      if (words[i] == "-i") run.input = words[i + 1];
    }
    runs.push_back(run);
  }
  return runs;
}

}  // namespace cyclegate::test
