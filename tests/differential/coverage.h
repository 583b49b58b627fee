#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "differential/program.h"

namespace cyclegate::differential {

/// What the executed programs exercised, counted from the paths that the reference wrote down.
class Coverage {
 public:
  /// Adds one program and the addresses it executed.
  void add(const Program& program, const std::vector<std::uint64_t>& path);
  Coverage& operator+=(const Coverage& other);

  /// The tables: instructions, edge operands, branches, width x alignment.
  std::string table() const;
  /// What falls short of the promise: each instruction 500 times, each branch 100 times taken and not taken, each load
  /// and store 50 times at each alignment and, when wider than a byte, across 64 KiB, 90 % of the pairs of edge
  /// operands of each instruction. Empty when kept.
  std::vector<std::string> shortfalls() const;

 private:
  struct Row {
    std::uint64_t executed = 0;
    std::uint64_t with_edges = 0;  ///< all operands were edge values
    std::set<std::pair<int, int>> pairs;
    std::uint64_t taken = 0;  ///< branches
    std::uint64_t backward = 0;
    std::uint64_t alignments[8] = {};
    std::uint64_t crossing = 0;    ///< accesses on both sides of the 64 KiB boundary
    std::uint64_t to_zero = 0;     ///< executions with rd = x0
    std::uint64_t collisions = 0;  ///< executions with rd = rs1 or rd = rs2, other than x0

    Row& operator+=(const Row& other);
  };

  std::uint64_t programs_ = 0;
  std::uint64_t instructions_ = 0;
  std::map<std::string_view, Row> rows_;
};

}  // namespace cyclegate::differential
