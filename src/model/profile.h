#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "model/warning.h"

namespace cyclegate::model {

/// What one column of a profile's weights counts.
struct ProfileColumn {
  std::string name;  ///< e.g. `steps`, `cost`, `cost:precompile:keccak`, `samples`
  std::string unit;  ///< e.g. `steps`, `cost`, `ns`, `samples`

  bool operator==(const ProfileColumn&) const = default;
};

/// A function as it stands in call stacks.
struct ProfileFrame {
  std::string name;         ///< demangled; never empty
  std::string file;         ///< source file; empty where unknown
  std::uint32_t line = 0;   ///< of the function; 0 where unknown
  bool inlined = false;     ///< inlined into its caller
  std::string module_name;  ///< library or program; empty where unknown

  bool operator==(const ProfileFrame&) const = default;
};

/// One place of the call tree: a frame reached by one chain of callers.
struct ProfileNode {
  static constexpr std::uint32_t kNoParent = std::numeric_limits<std::uint32_t>::max();

  std::uint32_t parent = kNoParent;  ///< index of the caller's node, smaller than the node's own; kNoParent: outermost
  std::uint32_t frame = 0;           ///< index into Profile::frames
  std::uint64_t calls = 0;           ///< how often it was entered; 0 where the format does not say

  bool operator==(const ProfileNode&) const = default;
};

/// Where an execution's steps, cost or time went: a call tree with exact integer weights.
///
/// Invariants (profile::check enforces them on everything read): callers stand before callees; no two nodes share both
/// parent and frame; `self` holds nodes.size() x columns.size() numbers, row by row, each without what callees took.
/// The sum of a column over all nodes is the total of the execution and fits 64 bits.
///
/// Columns: the first one decides what a picture shows unless another is asked for. A column whose name is another's
/// followed by ':' is a part of it; the parts of one column that are there sum to it (`cost` = `cost:main` +
/// `cost:opcode:...` + `cost:precompile:...` + `cost:memory:...`).
struct Profile {
  std::string origin;                  ///< guest, input and executor, or the file it was read from
  std::vector<ProfileColumn> columns;  ///< at least one
  std::vector<ProfileFrame> frames;
  std::vector<ProfileNode> nodes;
  std::vector<std::uint64_t> self;  ///< row by row, see above
  std::vector<Warning> warnings;

  std::span<const std::uint64_t> self_of(std::size_t node) const {
    return {self.data() + node * columns.size(), columns.size()};
  }
  bool operator==(const Profile&) const = default;
};

}  // namespace cyclegate::model
