#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "model/profile.h"

namespace cyclegate::profile {

/// Puts a Profile together, holding its invariants by construction and refusing what is beyond limits.h. Names become
/// one line of UTF-8; an empty one becomes `[unknown]`. Mistakes throw model::Error{configuration} that names the
/// origin and the place set last.
class ProfileBuilder {
 public:
  ProfileBuilder(std::string origin, const std::vector<model::ProfileColumn>& columns);

  /// Where the reader is: `line`, 17. `what` must outlive the builder.
  void at(const char* what, std::uint64_t number) {
    place_ = what;
    place_number_ = number;
  }
  [[noreturn]] void fail(const std::string& what) const;

  std::size_t columns() const { return columns_.size(); }
  /// The column of that name, added where there is none yet.
  std::size_t column(const model::ProfileColumn& column);

  /// The frame with this name and nothing else known about it.
  std::uint32_t frame(std::string_view name);
  /// The frame that is equal to this one.
  std::uint32_t frame(model::ProfileFrame frame);

  /// The node of `frame` below `parent` (ProfileNode::kNoParent: outermost).
  std::uint32_t node(std::uint32_t parent, std::uint32_t frame);

  void add(std::uint32_t node, std::size_t column, std::uint64_t value);
  void add_calls(std::uint32_t node, std::uint64_t calls);
  void warn(model::Warning warning) { profile_.warnings.push_back(std::move(warning)); }

  /// The finished profile; the builder is spent. One without any node throws.
  model::Profile finish();

 private:
  std::uint32_t insert_frame(model::ProfileFrame frame, std::uint64_t hash);
  void check_parts() const;
  void grow_frames();
  std::uint32_t new_node(std::uint32_t parent, std::uint32_t frame);
  [[noreturn]] void too_many_nodes() const;
  void put(std::uint32_t node);
  void insert_node(std::uint32_t node);

  struct Slot {
    std::uint32_t index;  ///< kFree: none
    std::uint32_t tag;    ///< part of the hash
  };
  static constexpr std::uint32_t kFree = 0xffffffffu;
  static constexpr std::uint32_t kMany = 0xfffffffeu;

  model::Profile profile_;
  std::vector<model::ProfileColumn> columns_;
  std::vector<std::vector<std::uint64_t>> self_;  ///< by column, each as long as it had to be
  std::vector<std::uint64_t> totals_;
  std::vector<std::uint16_t> depths_;
  std::vector<Slot> frame_slots_;
  std::vector<std::uint64_t> frame_hashes_;
  std::deque<std::string> names_;              ///< what plain_names_ points to
  std::vector<std::string_view> plain_names_;  ///< by frame; empty where more than the name is known
  std::vector<std::uint32_t> only_child_;  ///< by node: its one callee, kFree without, kMany: they are in node_slots_
  std::vector<Slot> node_slots_;           ///< callees of nodes with many, and the outermost
  std::size_t nodes_in_slots_ = 0;
  std::size_t most_nodes_;      ///< with as many columns as there are now
  std::size_t name_bytes_ = 0;  ///< of all frames
  bool unknown_names_ = false;
  const char* place_ = nullptr;
  std::uint64_t place_number_ = 0;
};

}  // namespace cyclegate::profile
