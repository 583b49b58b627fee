#include "profile/folded.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <functional>
#include <iterator>
#include <numeric>
#include <ostream>
#include <sstream>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "model/error.h"
#include "profile/builder.h"
#include "profile/digit.h"
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

// Whether no two frames have the same name and none has a `;`, as after reading folded stacks.
bool has_plain_names(const model::Profile& profile) {
  std::unordered_set<std::string_view> names;
  const bool comments = std::ranges::any_of(profile.nodes, [&](const auto& node) {
    return node.parent == model::ProfileNode::kNoParent && is_folded_comment(profile.frames[node.frame].name);
  });
  return !comments && std::ranges::all_of(profile.frames, [&](const auto& frame) {
    return frame.name.find(';') == std::string::npos && names.insert(frame.name).second;
  });
}

// By name alone, `;` as `:` and `# ` that begins a stack as `#_`; nodes that become the same are one.
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
    std::uint32_t frame = frames[node.frame];
    if (node.parent == model::ProfileNode::kNoParent && is_folded_comment(profile.frames[node.frame].name)) {
      std::string name = profile.frames[node.frame].name;
      std::ranges::replace(name, ';', ':');
      name.replace(1, 1, "_");
      frame = builder.frame(name);
    }
    nodes.push_back(builder.node(parent, frame));
    builder.add(nodes.back(), 0, profile.self_of(index)[column]);
  }
  return builder.finish();
}

// Whether frame `one` stands before `other` where more frames follow both.
bool comes_before(std::string_view one, std::string_view other) {
  const std::size_t size = std::min(one.size(), other.size());
  if (const int order = one.substr(0, size).compare(other.substr(0, size)); order != 0) return order < 0;
  if (one.size() == other.size()) return false;
  return one.size() < other.size() ? static_cast<unsigned char>(';') < static_cast<unsigned char>(other[size])
                                   : static_cast<unsigned char>(one[size]) < static_cast<unsigned char>(';');
}

// Gathers text for a stream.
class Block {
 public:
  explicit Block(std::ostream& out) : out_(out) {}
  void line(std::string_view stack, std::uint64_t count) {
    const fmt::format_int digits(count);
    text_.append(stack).append(1, ' ').append(digits.data(), digits.size()).append(1, '\n');
    if (text_.size() > 1u << 16) flush();
  }
  void flush() {
    out_.write(text_.data(), static_cast<std::streamsize>(text_.size()));
    text_.clear();
  }

 private:
  std::ostream& out_;
  std::string text_;
};

}  // namespace

bool is_folded_comment(std::string_view line) {
  return line == "#" || line.starts_with("# ");
}

model::Profile read_folded(ByteReader& bytes, const model::ProfileColumn& column) {
  ProfileBuilder builder(bytes.origin(), {column});
  std::string previous;
  std::vector<Step> path;
  std::string_view line;
  while (bytes.next_line(line)) {
    if (line.empty() || is_folded_comment(line)) continue;
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

void write_folded(const model::Profile& profile, std::size_t column, std::ostream& out) {
  if (!has_plain_names(profile)) {
    write_folded(with_names_only(profile, column), 0, out);
    return;
  }
  const std::size_t width = profile.columns.size();
  std::vector<std::uint32_t> rank(profile.frames.size());
  {
    std::vector<std::uint32_t> order(profile.frames.size());
    std::iota(order.begin(), order.end(), 0u);
    std::ranges::sort(order, [&](std::uint32_t one, std::uint32_t other) {
      return comes_before(profile.frames[one].name, profile.frames[other].name);
    });
    for (std::uint32_t place = 0; place < order.size(); ++place) rank[order[place]] = place;
  }
  // The callees of each node as a list; outermost nodes are callees of the last, which is none.
  const std::size_t count = profile.nodes.size();
  constexpr std::uint32_t none = model::ProfileNode::kNoParent;
  std::vector<std::uint32_t> first(count + 1, none);
  std::vector<std::uint32_t> next(count);
  for (std::size_t node = 0; node < count; ++node) {
    const std::uint32_t parent = profile.nodes[node].parent;
    std::uint32_t& list = first[parent == none ? count : parent];
    next[node] = list;
    list = static_cast<std::uint32_t>(node);
  }
  struct Open {
    std::uint32_t node;
    std::uint32_t prefix;  // length of the callers' text
  };
  std::vector<Open> open;
  const auto open_callees = [&](std::size_t parent, std::size_t prefix) {
    const std::size_t before = open.size();
    for (std::uint32_t node = first[parent]; node != none; node = next[node])
      open.push_back({node, static_cast<std::uint32_t>(prefix)});
    // The first in order is taken first, from the end.
    std::ranges::sort(open.begin() + static_cast<std::ptrdiff_t>(before), open.end(), std::greater(),
                      [&](const Open& one) { return rank[profile.nodes[one.node].frame]; });
  };
  Block block(out);
  std::string stack;
  open_callees(count, 0);
  while (!open.empty()) {
    const Open taken = open.back();
    open.pop_back();
    stack.resize(taken.prefix);
    if (taken.prefix > 0) stack += ';';
    stack += profile.frames[profile.nodes[taken.node].frame].name;
    if (stack.size() > kMaxLineBytes)
      throw model::Error(model::ErrorKind::usage,
                         fmt::format("{}: a stack of more than {} bytes of text; write it as firefox or pprof",
                                     profile.origin, kMaxLineBytes));
    if (const std::uint64_t self = profile.self[taken.node * width + column]; self > 0) block.line(stack, self);
    open_callees(taken.node, stack.size());
  }
  block.flush();
}

std::string write_folded(const model::Profile& profile, std::size_t column) {
  std::ostringstream out;
  write_folded(profile, column, out);
  return std::move(out).str();
}

}  // namespace cyclegate::profile
