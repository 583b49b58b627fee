#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/outcome.h"

namespace cyclegate::executors {

/// A syscall or precompile of a run.
struct GuestCalls {
  std::uint64_t count = 0;
  std::uint64_t cycles = 0;  ///< 0 where the zkVM does not say

  bool operator==(const GuestCalls&) const = default;
};

/// One place of the tree of calls: a function reached by one chain of callers.
struct CallTreeNode {
  static constexpr std::uint32_t no_parent = 0xffff'ffffU;

  std::uint32_t parent = no_parent;  ///< stands before its children
  std::uint32_t function = 0;        ///< number of its address range; one above the last: in none
  std::uint64_t calls = 0;
  std::vector<std::uint64_t> weights;  ///< one for each column

  bool operator==(const CallTreeNode&) const = default;
};

struct CallTree {
  std::vector<std::string> columns;
  std::vector<CallTreeNode> nodes;
  bool truncated = false;  ///< places beyond the runner's caps were counted where they were called from

  bool operator==(const CallTree&) const = default;
};

/// What the runners of this project (executors/sp1-run, executors/r0-run) print: schema `cyclegate.guest-run/1`.
struct GuestRun {
  std::string library;  ///< e.g. `sp1-core-executor 6.10.0`
  model::Outcome outcome;
  std::uint64_t steps = 0;
  std::map<std::string, std::uint64_t> metrics;
  std::map<std::string, std::uint64_t> opcodes;
  std::map<std::string, GuestCalls> syscalls;
  std::vector<std::uint8_t> output;  ///< empty unless the guest ended well
  std::string console;
  bool console_truncated = false;
  CallTree call_tree;  ///< empty unless it was asked for
};

/// The longest answer that is read; a runner's own cap is below it.
inline constexpr std::size_t max_guest_run_bytes = std::size_t{320} << 20;

/// Reads a runner's whole standard output, which may be anything at all; the error is one sentence that says what is
/// wrong with it.
std::expected<GuestRun, std::string> guest_run_from_json(std::string_view text);

}  // namespace cyclegate::executors
