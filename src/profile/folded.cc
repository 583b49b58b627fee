#include "profile/folded.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <numeric>
#include <vector>

#include "profile/builder.h"
#include "profile/limits.h"

namespace cyclegate::profile {
namespace {

std::size_t common_prefix(std::string_view one, std::string_view other) {
  const std::size_t size = std::min(one.size(), other.size());
  std::size_t at = 0;
  for (; at + 8 <= size; at += 8) {
    std::uint64_t left = 0;
    std::uint64_t right = 0;
    std::memcpy(&left, one.data() + at, 8);
    std::memcpy(&right, other.data() + at, 8);
    if (left != right) break;
  }
  while (at < size && one[at] == other[at]) ++at;
  return at;
}

// A frame of the stack read last: where it ends in the line, and its node.
struct Step {
  std::size_t end;
  std::uint32_t node;
};

bool is_digit(char character) {
  return character >= '0' && character <= '9';
}

// Takes the count, and a fraction of zeros, off the line's end.
std::uint64_t take_count(std::string_view& line, const ProfileBuilder& builder) {
  while (!line.empty() && (line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
  const std::size_t blank = line.find_last_of(" \t");
  const std::string_view text = blank == std::string_view::npos ? std::string_view() : line.substr(blank + 1);
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error == std::errc::result_out_of_range) builder.fail("the count does not fit 64 bits");
  const std::string_view rest = text.substr(static_cast<std::size_t>(end - text.data()));
  const bool zeros = !rest.empty() && rest[0] == '.' && rest.find_first_not_of('0', 1) == std::string_view::npos;
  if (error != std::errc() || (!rest.empty() && !zeros)) {
    const bool fraction = !rest.empty() && rest[0] == '.' && std::all_of(rest.begin() + 1, rest.end(), is_digit);
    builder.fail(error == std::errc() && fraction
                     ? fmt::format("the count {} is not a whole number; scale it to a finer unit", text)
                     : "must be `frame;frame;... COUNT` with a whole number at its end");
  }
  line = line.substr(0, blank);
  return count;
}

// By name alone, `;` as `:`; nodes that become the same are one.
model::Profile with_names_only(const model::Profile& profile, std::size_t column) {
  ProfileBuilder builder(profile.origin, {profile.columns[column]});
  std::vector<std::uint32_t> frames;
  frames.reserve(profile.frames.size());
  for (const auto& frame : profile.frames) {
    std::string name = frame.name;
    std::ranges::replace(name, ';', ':');
    frames.push_back(builder.frame(name));
  }
  std::vector<std::uint32_t> nodes;
  nodes.reserve(profile.nodes.size());
  for (std::size_t index = 0; index < profile.nodes.size(); ++index) {
    const auto& node = profile.nodes[index];
    const std::uint32_t parent = node.parent == model::ProfileNode::kNoParent ? node.parent : nodes[node.parent];
    nodes.push_back(builder.node(parent, frames[node.frame]));
    builder.add(nodes.back(), 0, profile.self_of(index)[column]);
  }
  return builder.finish();
}

}  // namespace

model::Profile read_folded(ByteReader& bytes, const model::ProfileColumn& column) {
  ProfileBuilder builder(bytes.origin(), {column});
  std::string previous;
  std::vector<Step> path;
  std::string_view line;
  while (bytes.next_line(line)) {
    if (line.empty() || line[0] == '#') continue;
    builder.at("line", bytes.line_number());
    if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
    const std::uint64_t count = take_count(line, builder);
    // Neighbours share most of their frames: begin behind the last one that is whole in both.
    const std::size_t shared = common_prefix(line, previous);
    while (!path.empty() && path.back().end >= shared) path.pop_back();
    std::size_t start = path.empty() ? 0 : path.back().end + 1;
    std::uint32_t node = path.empty() ? model::ProfileNode::kNoParent : path.back().node;
    for (;;) {
      const void* found = std::memchr(line.data() + start, ';', line.size() - start);
      const std::size_t end =
          found == nullptr ? line.size() : static_cast<std::size_t>(static_cast<const char*>(found) - line.data());
      node = builder.node(node, builder.frame(line.substr(start, end - start)));
      path.push_back({end, node});
      if (found == nullptr) break;
      start = end + 1;
    }
    builder.add(node, 0, count);
    previous.assign(line);
  }
  return builder.finish();
}

std::string write_folded(const model::Profile& profile, std::size_t column) {
  const model::Profile names = with_names_only(profile, column);
  // Children of each node in the order of their names; a stack's line comes before those of its callees.
  std::vector<std::uint32_t> rank(names.frames.size());
  std::vector<std::uint32_t> order(names.frames.size());
  std::iota(order.begin(), order.end(), 0u);
  std::ranges::sort(order, {}, [&](std::uint32_t frame) -> const std::string& { return names.frames[frame].name; });
  for (std::uint32_t place = 0; place < order.size(); ++place) rank[order[place]] = place;
  std::vector<std::uint32_t> sorted(names.nodes.size());
  std::iota(sorted.begin(), sorted.end(), 0u);
  std::ranges::sort(sorted, [&](std::uint32_t one, std::uint32_t other) {
    const auto& left = names.nodes[one];
    const auto& right = names.nodes[other];
    return left.parent != right.parent ? left.parent < right.parent : rank[left.frame] > rank[right.frame];
  });
  // sorted holds the children of a node side by side, outermost nodes (kNoParent is the largest number) last.
  std::vector<std::uint32_t> first(names.nodes.size() + 1, static_cast<std::uint32_t>(sorted.size()));
  for (std::size_t place = sorted.size(); place-- > 0;) {
    const std::uint32_t parent = names.nodes[sorted[place]].parent;
    first[parent == model::ProfileNode::kNoParent ? names.nodes.size() : parent] = static_cast<std::uint32_t>(place);
  }
  struct Open {
    std::uint32_t node;
    std::size_t prefix;  // length of the callers' text
  };
  std::vector<Open> open;
  const auto open_children = [&](std::uint32_t parent, std::size_t prefix) {
    const std::size_t key = parent == model::ProfileNode::kNoParent ? names.nodes.size() : parent;
    for (std::size_t place = first[key]; place < sorted.size() && names.nodes[sorted[place]].parent == parent; ++place)
      open.push_back({sorted[place], prefix});
  };
  std::string out;
  std::string stack;
  open_children(model::ProfileNode::kNoParent, 0);
  while (!open.empty()) {
    const Open next = open.back();
    open.pop_back();
    stack.resize(next.prefix);
    if (next.prefix > 0) stack += ';';
    stack += names.frames[names.nodes[next.node].frame].name;
    if (const std::uint64_t self = names.self[next.node]; self > 0)
      fmt::format_to(std::back_inserter(out), "{} {}\n", stack, self);
    open_children(next.node, stack.size());
  }
  return out;
}

}  // namespace cyclegate::profile
