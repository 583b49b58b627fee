#include "profile/builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "model/error.h"
#include "model/text.h"
#include "profile/hash.h"
#include "profile/limits.h"
#include "profile/parts.h"

namespace cyclegate::profile {
namespace {

using model::ProfileFrame;
using model::ProfileNode;

bool has_name_only(const ProfileFrame& frame) {
  return frame.file.empty() && frame.line == 0 && !frame.inlined && frame.module_name.empty();
}

std::uint64_t hash_of_frame(const ProfileFrame& frame) {
  std::uint64_t hash = hash_of(std::string_view(frame.name));
  if (has_name_only(frame)) return hash;
  hash = mix(hash ^ hash_of(std::string_view(frame.file)), kFirstKey);
  hash = mix(hash ^ hash_of(std::string_view(frame.module_name)), kSecondKey);
  return mix(hash ^ (std::uint64_t{frame.line} << 1 | (frame.inlined ? 1 : 0)), kFirstKey);
}

std::uint64_t hash_of_node(std::uint32_t parent, std::uint32_t frame) {
  return mix((std::uint64_t{parent} << 32 | frame) ^ kFirstKey, kSecondKey);
}

std::uint32_t tag_of(std::uint64_t hash) {
  return static_cast<std::uint32_t>(hash >> 32);
}

// Printable ASCII and well-formed UTF-8, as to_line leaves it.
bool is_clean(std::string_view name) {
  for (const char character : name) {
    const auto byte = static_cast<unsigned char>(character);
    if (byte < 0x20 || byte >= 0x7f) return false;
  }
  return true;
}

std::string clean(std::string_view name) {
  return is_clean(name) ? std::string(name) : model::to_line(name, kMaxNameBytes);
}

}  // namespace

ProfileBuilder::ProfileBuilder(std::string origin, const std::vector<model::ProfileColumn>& columns)
    : most_nodes_(kMaxNodes) {
  profile_.origin = std::move(origin);
  frame_slots_.assign(1u << 10, Slot{kFree, 0});
  node_slots_.assign(1u << 12, Slot{kFree, 0});
  for (const auto& one : columns) column(one);
}

void ProfileBuilder::fail(const std::string& what) const {
  if (place_ == nullptr) throw model::Error(model::ErrorKind::configuration, profile_.origin + ": " + what);
  throw model::Error(model::ErrorKind::configuration,
                     fmt::format("{}: {} {}: {}", profile_.origin, place_, place_number_, what));
}

std::size_t ProfileBuilder::column(const model::ProfileColumn& column) {
  if (column.name.size() > kMaxNameBytes || column.unit.size() > kMaxNameBytes)
    fail(fmt::format("the name of a weight has more than {} bytes", kMaxNameBytes));
  const std::string name = clean(column.name);
  if (name.empty()) fail("a weight has no name");
  for (std::size_t index = 0; index < columns_.size(); ++index) {
    if (columns_[index].name == name) return index;
  }
  if (columns_.size() == kMaxColumns) fail(fmt::format("more than {} kinds of weights", kMaxColumns));
  columns_.push_back({name, clean(column.unit)});
  most_nodes_ = std::min(kMaxNodes, kMaxCells / columns_.size());
  if (profile_.nodes.size() > most_nodes_) too_many_nodes();
  self_.emplace_back();
  totals_.push_back(0);
  return columns_.size() - 1;
}

void ProfileBuilder::grow_frames() {
  std::vector<Slot> larger(frame_slots_.size() * 2, Slot{kFree, 0});
  const std::size_t mask = larger.size() - 1;
  for (std::uint32_t index = 0; index < frame_hashes_.size(); ++index) {
    std::size_t slot = frame_hashes_[index] & mask;
    while (larger[slot].index != kFree) slot = (slot + 1) & mask;
    larger[slot] = {index, tag_of(frame_hashes_[index])};
  }
  frame_slots_ = std::move(larger);
}

std::uint32_t ProfileBuilder::insert_frame(ProfileFrame frame, std::uint64_t hash) {
  if (profile_.frames.size() == kMaxFrames) fail(fmt::format("more than {} different functions", kMaxFrames));
  name_bytes_ += frame.name.size() + frame.file.size() + frame.module_name.size();
  if (name_bytes_ > kMaxAllNameBytes)
    fail(fmt::format("the names of the functions have more than {} bytes together", kMaxAllNameBytes));
  const auto index = static_cast<std::uint32_t>(profile_.frames.size());
  // Side by side and apart from the frames, these are found faster.
  plain_names_.push_back(has_name_only(frame) ? std::string_view(names_.emplace_back(frame.name)) : std::string_view());
  profile_.frames.push_back(std::move(frame));
  frame_hashes_.push_back(hash);
  if (profile_.frames.size() * 2 > frame_slots_.size()) {
    grow_frames();
    return index;
  }
  const std::size_t mask = frame_slots_.size() - 1;
  std::size_t slot = hash & mask;
  while (frame_slots_[slot].index != kFree) slot = (slot + 1) & mask;
  frame_slots_[slot] = {index, tag_of(hash)};
  return index;
}

std::uint32_t ProfileBuilder::frame(std::string_view name) {
  const std::uint64_t hash = hash_of(name);
  const std::size_t mask = frame_slots_.size() - 1;
  for (std::size_t slot = hash & mask; frame_slots_[slot].index != kFree; slot = (slot + 1) & mask) {
    if (frame_slots_[slot].tag != tag_of(hash)) continue;
    if (plain_names_[frame_slots_[slot].index] == name) return frame_slots_[slot].index;
  }
  if (name.empty() || name.size() > kMaxNameBytes || !is_clean(name)) {
    ProfileFrame whole;
    whole.name = name;
    return frame(std::move(whole));
  }
  ProfileFrame fresh;
  fresh.name = name;
  return insert_frame(std::move(fresh), hash);
}

std::uint32_t ProfileBuilder::frame(ProfileFrame frame) {
  for (const std::string* text : {&frame.name, &frame.file, &frame.module_name}) {
    if (text->size() > kMaxNameBytes)
      fail(fmt::format("a name of {} bytes; {} is the most", text->size(), kMaxNameBytes));
  }
  frame.name = clean(frame.name);
  frame.file = clean(frame.file);
  frame.module_name = clean(frame.module_name);
  if (frame.name.empty()) {
    frame.name = "[unknown]";
    if (!unknown_names_) warn({"unnamed-frame", "frames without a name are shown as [unknown]"});
    unknown_names_ = true;
  }
  const std::uint64_t hash = hash_of_frame(frame);
  const std::size_t mask = frame_slots_.size() - 1;
  for (std::size_t slot = hash & mask; frame_slots_[slot].index != kFree; slot = (slot + 1) & mask) {
    if (frame_slots_[slot].tag == tag_of(hash) && profile_.frames[frame_slots_[slot].index] == frame)
      return frame_slots_[slot].index;
  }
  return insert_frame(std::move(frame), hash);
}

void ProfileBuilder::put(std::uint32_t node) {
  const std::uint64_t hash = hash_of_node(profile_.nodes[node].parent, profile_.nodes[node].frame);
  const std::size_t mask = node_slots_.size() - 1;
  std::size_t slot = hash & mask;
  while (node_slots_[slot].index != kFree) slot = (slot + 1) & mask;
  node_slots_[slot] = {node, tag_of(hash)};
}

void ProfileBuilder::insert_node(std::uint32_t node) {
  put(node);
  ++nodes_in_slots_;
  if (nodes_in_slots_ * 4 <= node_slots_.size() * 3) return;  // at most three of four slots are taken
  const std::size_t size = node_slots_.size() * 2;
  std::vector<Slot>().swap(node_slots_);  // gone before the larger one comes
  node_slots_.assign(size, Slot{kFree, 0});
  for (std::uint32_t index = 0; index < profile_.nodes.size(); ++index) {
    const std::uint32_t parent = profile_.nodes[index].parent;
    if (parent == ProfileNode::kNoParent || only_child_[parent] == kMany) put(index);
  }
}

void ProfileBuilder::too_many_nodes() const {
  fail(fmt::format("more than {} places in the call tree, the most with {} kinds of weights", most_nodes_,
                   columns_.size()));
}

std::uint32_t ProfileBuilder::new_node(std::uint32_t parent, std::uint32_t frame) {
  if (profile_.nodes.size() >= most_nodes_) too_many_nodes();
  const std::size_t depth = parent == ProfileNode::kNoParent ? 1 : std::size_t{depths_[parent]} + 1;
  if (depth > kMaxDepth) fail(fmt::format("a stack of more than {} frames", kMaxDepth));
  const auto index = static_cast<std::uint32_t>(profile_.nodes.size());
  profile_.nodes.push_back({parent, frame, 0});
  depths_.push_back(static_cast<std::uint16_t>(depth));
  only_child_.push_back(kFree);
  return index;
}

std::uint32_t ProfileBuilder::node(std::uint32_t parent, std::uint32_t frame) {
  // Most places have one callee, which needs no table.
  if (parent != ProfileNode::kNoParent && only_child_[parent] != kMany) {
    const std::uint32_t only = only_child_[parent];
    if (only != kFree && profile_.nodes[only].frame == frame) return only;
    const std::uint32_t fresh = new_node(parent, frame);
    if (only == kFree) {
      only_child_[parent] = fresh;
    } else {
      nodes_in_slots_ += 1;
      put(only);
      only_child_[parent] = kMany;
      insert_node(fresh);
    }
    return fresh;
  }
  const std::uint64_t hash = hash_of_node(parent, frame);
  const std::size_t mask = node_slots_.size() - 1;
  for (std::size_t slot = hash & mask; node_slots_[slot].index != kFree; slot = (slot + 1) & mask) {
    if (node_slots_[slot].tag != tag_of(hash)) continue;
    const ProfileNode& known = profile_.nodes[node_slots_[slot].index];
    if (known.parent == parent && known.frame == frame) return node_slots_[slot].index;
  }
  const std::uint32_t fresh = new_node(parent, frame);
  insert_node(fresh);
  return fresh;
}

void ProfileBuilder::add(std::uint32_t node, std::size_t column, std::uint64_t value) {
  if (value == 0) return;  // what weighs nothing needs no room
  if (__builtin_add_overflow(totals_[column], value, &totals_[column]))
    fail(fmt::format("the sum of `{}` does not fit 64 bits", columns_[column].name));
  auto& self = self_[column];
  if (self.size() <= node) {
    if (node >= self.capacity()) self.reserve(profile_.nodes.capacity());
    self.resize(node + 1);
  }
  self[node] += value;  // no more than the total, which fits
}

void ProfileBuilder::add_calls(std::uint32_t node, std::uint64_t calls) {
  if (__builtin_add_overflow(profile_.nodes[node].calls, calls, &profile_.nodes[node].calls))
    fail("the number of calls does not fit 64 bits");
}

void ProfileBuilder::check_parts() const {
  const auto parts = all_parts(columns_);
  for (std::size_t whole = 0; whole < parts.size(); ++whole) {
    if (parts[whole].empty()) continue;
    const auto weight = [&](std::size_t column, std::size_t node) -> std::uint64_t {
      return node < self_[column].size() ? self_[column][node] : 0;
    };
    for (std::size_t node = 0; node < profile_.nodes.size(); ++node) {
      __extension__ unsigned __int128 sum = 0;
      for (const std::size_t part : parts[whole]) sum += weight(part, node);
      if (sum != weight(whole, node))
        fail(fmt::format("the weights named `{0}:...` must sum to `{0}` on every stack", columns_[whole].name));
    }
  }
}

model::Profile ProfileBuilder::finish() {
  place_ = nullptr;
  if (profile_.nodes.empty()) fail("holds no stack");
  if (columns_.empty()) fail("holds no weights");
  check_parts();
  const std::size_t rows = profile_.nodes.size();
  std::vector<Slot>().swap(node_slots_);
  std::vector<std::uint16_t>().swap(depths_);
  std::vector<std::uint32_t>().swap(only_child_);
  if (columns_.size() == 1) {
    profile_.self = std::move(self_[0]);
    profile_.self.resize(rows);
    profile_.self.shrink_to_fit();
  } else {
    profile_.self.assign(rows * columns_.size(), 0);
    for (std::size_t column = 0; column < columns_.size(); ++column) {
      for (std::size_t row = 0; row < self_[column].size(); ++row)
        profile_.self[row * columns_.size() + column] = self_[column][row];
      std::vector<std::uint64_t>().swap(self_[column]);
    }
  }
  profile_.nodes.shrink_to_fit();
  profile_.columns = std::move(columns_);
  return std::move(profile_);
}

}  // namespace cyclegate::profile
