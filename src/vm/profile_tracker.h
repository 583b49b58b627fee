#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "model/execution.h"
#include "model/profile.h"
#include "vm/call_stack.h"
#include "vm/code.h"
#include "vm/cost_class.h"

namespace cyclegate::vm {

/// Grows the call tree of a run and weighs its nodes by steps and by the classes of cost. Self cost goes to the code
/// that ran, as in FunctionTracker; a callee stands below the place (function or inlined function) that called it, a
/// tail call below the function that it replaced. The tree is capped for hostile guests: what would be a node too many
/// is counted in its caller, so that sums stay exact.
class ProfileTracker : public CallStack<ProfileTracker, std::uint64_t> {
 public:
  static constexpr std::size_t max_nodes = std::size_t{1} << 18;
  static constexpr std::uint32_t max_depth = 1024;

  /// `entry` is the instruction that runs first, `now` the steps before it. `place` is kept pointing at the cost of
  /// the current place, for the handlers.
  ProfileTracker(const Code& program, std::uint32_t entry, std::uint64_t now, PlaceCost*& place);

  /// The current place called a precompile.
  void precompile(Operation operation, std::uint64_t cost) {
    precompiles_[std::uint64_t{leaf_} << 8 | (index(operation) - first_precompile)] += cost;
  }

  /// The call tree of a run that took `steps` and `totals`; what no place took is the BIOS's. Columns: `cost`, of
  /// its parts those that are not 0 everywhere, `steps`. Frames of the BIOS apart, names are those of `code`.
  model::Profile profile(const ClassTotals& totals, std::uint64_t steps) const;

  /// What FunctionTracker::rows gives, from the tree.
  std::vector<model::FunctionCost> rows(const CostClasses& classes, ClassTotals& rest) const;

 private:
  friend CallStack;

  static constexpr std::size_t chunk_size = 1024;
  static constexpr std::size_t cache_size = 4096;

  struct Node {
    std::uint32_t parent = 0;
    std::uint32_t frame = 0;  ///< a function, or functions.size() + an inlined function
    std::uint32_t depth = 0;
    std::uint32_t last_frame = no_instruction;  ///< the child that was looked for last
    std::uint32_t last_child = 0;
  };
  struct Known {
    std::uint32_t base = no_instruction;
    std::uint32_t place = 0;
    std::uint32_t node = 0;
  };

  void charge(std::uint64_t now) {
    (*place_cost_)->steps += now - last_;
    last_ = now;
  }
  void entered(Frame& frame, std::uint64_t) { frame.node = child(leaf_, frame.function); }
  void left(const Frame&, std::uint64_t) {}
  void called(std::uint32_t function);
  void arrived(std::uint32_t instruction);
  bool is_elsewhere(std::uint32_t instruction) const { return places_[instruction] != place_; }

  std::uint32_t child(std::uint32_t parent, std::uint32_t frame) {
    Node& node = nodes_[parent];
    if (node.last_frame == frame) return node.last_child;
    return find_child(parent, frame);
  }
  std::uint32_t find_child(std::uint32_t parent, std::uint32_t frame);
  std::uint32_t add_node(std::uint32_t parent, std::uint32_t frame);
  /// The node of a place of the activation at `base`.
  std::uint32_t resolve(std::uint32_t base, std::uint32_t place);
  PlaceCost& cost(std::uint32_t node) { return chunks_[node / chunk_size][node % chunk_size]; }
  const PlaceCost& cost(std::uint32_t node) const { return chunks_[node / chunk_size][node % chunk_size]; }

  const std::uint32_t* places_;
  PlaceCost** place_cost_;
  std::vector<Node> nodes_;  ///< [0] is above the outermost functions
  std::vector<std::unique_ptr<PlaceCost[]>> chunks_;
  std::unordered_map<std::uint64_t, std::uint32_t> children_;     ///< by parent << 32 | frame
  std::unordered_map<std::uint64_t, std::uint64_t> precompiles_;  ///< by node << 8 | precompile
  std::vector<Known> known_;                                      ///< of resolve()
  std::uint32_t leaf_ = 0;
  std::uint32_t place_ = no_instruction;
  std::uint64_t last_ = 0;
  bool folded_ = false;
};

}  // namespace cyclegate::vm
