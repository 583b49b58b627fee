#include "differential/coverage.h"

#include <fmt/format.h>

#include <algorithm>

#include "differential/instruction_set.h"

namespace cyclegate::differential {
namespace {

constexpr std::uint64_t kLeastExecutions = 500;
constexpr std::uint64_t kLeastBranches = 100;
constexpr std::uint64_t kLeastAlignments = 50;
constexpr std::uint64_t kLeastPairsPercent = 90;

/// How many combinations of edge operands an instruction of that format has; 0 where they are not tracked.
std::uint64_t pairs_of(Format format) {
  constexpr std::uint64_t kValues = kEdgeValues.size();
  switch (format) {
    case Format::registers:
    case Format::branch:
    case Format::atomic:
      return kValues * kValues;
    case Format::unary:
    case Format::load_reserved:
      return kValues;
    case Format::immediate:
    case Format::shift64:
      return kValues * 5;
    case Format::shift32:
      return kValues * 3;
    case Format::upper:
      return 5;
    default:
      return 0;
  }
}

bool has_second(Format format) {
  return format != Format::unary && format != Format::load_reserved;
}
bool has_destination(Format format) {
  return format != Format::store && format != Format::branch && format != Format::fence && format != Format::system;
}
bool has_second_register(Format format) {
  return format == Format::registers || format == Format::atomic;
}
bool is_plain_access(Format format) {
  return format == Format::load || format == Format::store;
}

}  // namespace

Coverage::Row& Coverage::Row::operator+=(const Row& other) {
  executed += other.executed;
  with_edges += other.with_edges;
  pairs.insert(other.pairs.begin(), other.pairs.end());
  taken += other.taken;
  backward += other.backward;
  for (std::size_t at = 0; at < 8; ++at) alignments[at] += other.alignments[at];
  crossing += other.crossing;
  to_zero += other.to_zero;
  collisions += other.collisions;
  return *this;
}

void Coverage::add(const Program& program, const std::vector<std::uint64_t>& path) {
  ++programs_;
  instructions_ += path.size();
  for (std::size_t step = 0; step < path.size(); ++step) {
    const std::uint64_t at = (path[step] - kTextAddress) / 4;
    if (at >= program.text.size()) continue;
    const std::uint32_t word = program.text[at];
    const Note& note = program.notes[at];
    const Instruction* instruction = decode(word);
    if (instruction == nullptr) continue;
    const Format format = instruction->format;
    Row& row = rows_[instruction->name];
    ++row.executed;
    const bool first_known = note.first >= 0 || format == Format::upper;
    const bool second_known = note.second >= 0 || !has_second(format);
    if (pairs_of(format) > 0 && first_known && second_known) {
      ++row.with_edges;
      row.pairs.emplace(note.first, has_second(format) ? note.second : -1);
    }
    if (format == Format::branch && step + 1 < path.size()) {
      if (path[step + 1] != path[step] + 4) ++row.taken;
      if (path[step + 1] < path[step]) ++row.backward;
    }
    if (note.alignment >= 0) ++row.alignments[note.alignment];
    if (note.crosses) ++row.crossing;
    if (has_destination(format)) {
      const unsigned rd = (word >> 7) & 31U;
      const unsigned rs1 = (word >> 15) & 31U;
      const unsigned rs2 = (word >> 20) & 31U;
      const bool reads = format != Format::upper && format != Format::jump;
      if (rd == 0)
        ++row.to_zero;
      else if (reads && (rd == rs1 || (has_second_register(format) && rd == rs2)))
        ++row.collisions;
    }
  }
}

Coverage& Coverage::operator+=(const Coverage& other) {
  programs_ += other.programs_;
  instructions_ += other.instructions_;
  for (const auto& [name, row] : other.rows_) rows_[name] += row;
  return *this;
}

std::string Coverage::table() const {
  std::string text = fmt::format("{} programs, {} instructions executed\n\n", programs_, instructions_);
  text += fmt::format("{:<11}{:>9}{:>9}{:>10}{:>10}{:>9}{:>9}{:>10}\n", "instruction", "executed", "edges", "pairs",
                      "rd=rs", "rd=x0", "taken", "backward");
  for (const Instruction& instruction : instruction_set()) {
    const auto found = rows_.find(instruction.name);
    const Row row = found == rows_.end() ? Row{} : found->second;
    const std::uint64_t pairs = pairs_of(instruction.format);
    const bool branch = instruction.format == Format::branch;
    text += fmt::format("{:<11}{:>9}{:>9}{:>10}{:>10}{:>9}{:>9}{:>10}\n", instruction.name, row.executed,
                        pairs > 0 ? fmt::to_string(row.with_edges) : "",
                        pairs > 0 ? fmt::format("{}/{}", row.pairs.size(), pairs) : "",
                        has_destination(instruction.format) ? fmt::to_string(row.collisions) : "",
                        has_destination(instruction.format) ? fmt::to_string(row.to_zero) : "",
                        branch ? fmt::to_string(row.taken) : "", branch ? fmt::to_string(row.backward) : "");
  }
  text += "\naddress modulo 8  ";
  for (int alignment = 0; alignment < 8; ++alignment) text += fmt::format("{:>8}", alignment);
  text += "  across 64 KiB\n";
  for (const Instruction& instruction : instruction_set()) {
    if (instruction.width == 0) continue;
    const auto found = rows_.find(instruction.name);
    text += fmt::format("{:<18}", instruction.name);
    for (std::size_t at = 0; at < 8; ++at) {
      text += fmt::format("{:>8}", found == rows_.end() ? 0 : found->second.alignments[at]);
    }
    text += fmt::format("{:>14}\n", found == rows_.end() ? 0 : found->second.crossing);
  }
  return text;
}

std::vector<std::string> Coverage::shortfalls() const {
  std::vector<std::string> short_of;
  const auto demand = [&](std::string_view name, std::string_view what, std::uint64_t got, std::uint64_t least) {
    if (got < least) short_of.push_back(fmt::format("{}: {} {}, at least {} promised", name, what, got, least));
  };
  for (const Instruction& instruction : instruction_set()) {
    const auto found = rows_.find(instruction.name);
    const Row row = found == rows_.end() ? Row{} : found->second;
    demand(instruction.name, "executions", row.executed, kLeastExecutions);
    const std::uint64_t pairs = pairs_of(instruction.format);
    demand(instruction.name, "pairs of edge operands", row.pairs.size(), (pairs * kLeastPairsPercent + 99) / 100);
    if (instruction.format == Format::branch) {
      demand(instruction.name, "taken", row.taken, kLeastBranches);
      demand(instruction.name, "not taken", row.executed - row.taken, kLeastBranches);
      demand(instruction.name, "backward", row.backward, kLeastBranches);
    }
    if (is_plain_access(instruction.format)) {
      demand(instruction.name, "least used alignment",
             *std::min_element(std::begin(row.alignments), std::end(row.alignments)), kLeastAlignments);
      if (instruction.width > 1) demand(instruction.name, "across 64 KiB", row.crossing, kLeastAlignments);
    }
    if (instruction.format == Format::atomic) {
      demand(instruction.name, "register collisions", row.collisions, kLeastAlignments);
      demand(instruction.name, "rd = x0", row.to_zero, kLeastAlignments);
    }
  }
  return short_of;
}

}  // namespace cyclegate::differential
