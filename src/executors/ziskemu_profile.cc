// The profile of `ziskemu -X -S --profiler-output`, read as a stream: it has two samples for each call.
#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "executors/ziskemu_functions.h"

namespace cyclegate::executors {
namespace {

using nlohmann::json;

constexpr std::size_t most_elements = std::size_t{1} << 24;
/// Steps up the tree over all samples; a call or a return is one.
constexpr std::uint64_t most_climbing = std::uint64_t{1} << 28;
constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
/// What a model::Profile may hold.
constexpr std::uint32_t deepest = 65'535;
/// What ziskemu calls the machine's own code, which calls the guest.
constexpr std::string_view machine_code = "ziskos::BIOS";

/// The arrays of the document that matter.
struct Arrays {
  std::vector<std::string> strings;         ///< shared.stringArray
  std::vector<std::uint32_t> stack_frame;   ///< shared.stackTable.frame
  std::vector<std::uint32_t> stack_prefix;  ///< shared.stackTable.prefix; none: outermost
  std::vector<std::uint32_t> frame_func;    ///< shared.frameTable.func
  std::vector<std::uint32_t> func_name;     ///< shared.funcTable.name
  std::vector<std::uint32_t> sample_stack;  ///< threads[0].samples.stack
  std::vector<std::uint64_t> weight;        ///< threads[0].samples.weight, in cost
};

/// 1000 times a decimal number with at most three digits behind the point.
std::optional<std::uint64_t> thousandfold(std::string_view text) {
  std::uint64_t value = 0;
  int behind = -1;
  for (const char c : text) {
    if (c == '.' && behind < 0) {
      behind = 0;
      continue;
    }
    if (c < '0' || c > '9') return std::nullopt;
    if (behind >= 3) {
      if (c != '0') return std::nullopt;
      continue;
    }
    if (behind >= 0) ++behind;
    if (__builtin_mul_overflow(value, 10, &value) ||
        __builtin_add_overflow(value, static_cast<std::uint64_t>(c - '0'), &value)) {
      return std::nullopt;
    }
  }
  for (int place = std::max(behind, 0); place < 3; ++place) {
    if (__builtin_mul_overflow(value, 10, &value)) return std::nullopt;
  }
  return value;
}

class Reader final : public nlohmann::json_sax<json> {
 public:
  Arrays arrays;
  std::string problem;

  bool null() override {
    if (target_ == &arrays.stack_prefix) return put(none);
    return inside() ? refuse("has a null where a number should be") : true;
  }
  bool boolean(bool /*value*/) override { return inside() ? refuse("has a truth value in a table") : true; }
  bool number_integer(number_integer_t /*value*/) override {
    return inside() ? refuse("has a negative number in a table") : true;
  }
  bool number_unsigned(number_unsigned_t value) override {
    if (weights_) {
      std::uint64_t cost = 0;
      if (__builtin_mul_overflow(value, 1000, &cost)) return refuse("has a weight beyond 64 bits");
      return put_weight(cost);
    }
    if (target_ == nullptr) return strings_ ? refuse("has a number among its strings") : true;
    return value < none ? put(static_cast<std::uint32_t>(value)) : refuse("has an index that is too large");
  }
  bool number_float(number_float_t /*value*/, const string_t& text) override {
    if (!weights_) return inside() ? refuse("has a fraction for an index") : true;
    const auto cost = thousandfold(text);
    return cost ? put_weight(*cost) : refuse("has a weight that is not cost in thousands: " + text.substr(0, 40));
  }
  bool string(string_t& value) override {
    if (!strings_) return inside() ? refuse("has a string in a table") : true;
    if (arrays.strings.size() >= most_elements) return refuse("is too long");
    arrays.strings.push_back(std::move(value));
    return true;
  }
  bool binary(binary_t& /*value*/) override { return refuse("has binary data"); }
  bool start_object(std::size_t /*elements*/) override {
    if (inside()) return refuse("has an object in a table");
    if (path_.size() > 64) return refuse("is nested too deeply");
    if (path_ == std::vector<std::string>{"threads"} && ++threads_ > 1) return refuse("has more than one thread");
    path_.emplace_back();
    return true;
  }
  bool key(string_t& value) override {
    path_.back() = std::move(value);
    return true;
  }
  bool end_object() override {
    path_.pop_back();
    return true;
  }
  bool start_array(std::size_t /*elements*/) override {
    if (inside()) return refuse("has an array in a table");
    if (++arrays_open_ > 64) return refuse("is nested too deeply");
    std::string place;
    for (const std::string& part : path_) place += "/" + part;
    strings_ = place == "/shared/stringArray";
    weights_ = place == "/threads/samples/weight";
    if (place == "/shared/stackTable/frame") target_ = &arrays.stack_frame;
    if (place == "/shared/stackTable/prefix") target_ = &arrays.stack_prefix;
    if (place == "/shared/frameTable/func") target_ = &arrays.frame_func;
    if (place == "/shared/funcTable/name") target_ = &arrays.func_name;
    if (place == "/threads/samples/stack") target_ = &arrays.sample_stack;
    return true;
  }
  bool end_array() override {
    --arrays_open_;
    target_ = nullptr;
    strings_ = false;
    weights_ = false;
    return true;
  }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    return refuse(fmt::format("is no JSON at byte {}", position));
  }

 private:
  bool inside() const { return target_ != nullptr || strings_ || weights_; }
  bool refuse(std::string what) {
    if (problem.empty()) problem = "the profile " + std::move(what);
    return false;
  }
  bool put(std::uint32_t value) {
    if (target_->size() >= most_elements) return refuse("is too long");
    target_->push_back(value);
    return true;
  }
  bool put_weight(std::uint64_t cost) {
    if (arrays.weight.size() >= most_elements) return refuse("is too long");
    arrays.weight.push_back(cost);
    return true;
  }

  std::vector<std::string> path_;
  std::vector<std::uint32_t>* target_ = nullptr;
  bool strings_ = false;
  bool weights_ = false;
  std::size_t threads_ = 0;
  std::size_t arrays_open_ = 0;
};

/// The call tree with what each place of it took.
struct Tree {
  std::vector<std::uint32_t> parent;    ///< smaller than the node's own number, or none
  std::vector<std::uint32_t> function;  ///< index of its name
  std::vector<std::uint32_t> depth;
  std::vector<std::uint64_t> calls;
  std::vector<std::uint64_t> self;
};

std::expected<Tree, std::string> tree_of(const Arrays& arrays) {
  const std::size_t nodes = arrays.stack_frame.size();
  if (arrays.stack_prefix.size() != nodes)
    return std::unexpected("the profile's stack table has columns of two lengths");
  if (arrays.weight.size() != arrays.sample_stack.size()) {
    return std::unexpected("the profile does not have one weight for each sample");
  }
  Tree tree{.parent = arrays.stack_prefix,
            .function = std::vector<std::uint32_t>(nodes),
            .depth = std::vector<std::uint32_t>(nodes),
            .calls = std::vector<std::uint64_t>(nodes),
            .self = std::vector<std::uint64_t>(nodes)};
  // One number for each name, also for one that is in the table twice.
  std::unordered_map<std::string_view, std::uint32_t> known;
  std::vector<std::uint32_t> first(arrays.strings.size());
  for (std::uint32_t index = 0; index < first.size(); ++index) {
    first[index] = known.try_emplace(arrays.strings[index], index).first->second;
  }
  for (std::size_t node = 0; node < nodes; ++node) {
    const std::uint32_t frame = arrays.stack_frame[node];
    const std::uint32_t function = frame < arrays.frame_func.size() ? arrays.frame_func[frame] : none;
    const std::uint32_t name = function < arrays.func_name.size() ? arrays.func_name[function] : none;
    if (name >= arrays.strings.size()) return std::unexpected(fmt::format("stack {} of the profile has no name", node));
    tree.function[node] = first[name];
    const std::uint32_t parent = tree.parent[node];
    if (parent == none) continue;
    if (parent >= node) return std::unexpected(fmt::format("stack {} of the profile comes before its caller", node));
    tree.depth[node] = tree.depth[parent] + 1;
  }
  return tree;
}

/// ziskemu follows calls by where the code goes, not by return addresses. A return that its stack does not explain
/// takes frames off until one does: right where a function called itself, whose own returns it does not see, so that
/// all of them are that function's. Frames of several functions mean that the stack was wrong before. Between two
/// returns that really happened something costs something.
class Resynchronisations {
 public:
  /// From one sample to the next, which began `cost` later. Whether what was left is what a stack that is right leaves.
  bool plausible(const Tree& tree, std::uint32_t from, std::uint32_t to, std::uint64_t cost) {
    const bool left = from != none && tree.parent[from] == to;
    const bool at_once = left && cost == 0 && last_left_ != none;
    const bool same = !at_once || tree.function[from] == last_left_;
    last_left_ = left ? tree.function[from] : none;
    return same;
  }

 private:
  std::uint32_t last_left_ = none;  ///< the function that the sample before left; none: it left none
};

/// Adds the samples: cost to where each is, a call to every place that is entered since the sample before.
std::optional<std::string> add_samples(const Arrays& arrays, Tree& tree) {
  std::uint64_t climbed = 0;
  std::uint64_t sum = 0;
  std::uint32_t before = none;
  Resynchronisations resynchronisations;
  for (std::size_t sample = 0; sample < arrays.sample_stack.size(); ++sample) {
    const std::uint32_t here = arrays.sample_stack[sample];
    if (here >= tree.self.size()) return fmt::format("sample {} of the profile has no stack", sample);
    if (__builtin_add_overflow(sum, arrays.weight[sample], &sum)) return "the profile's cost is beyond 64 bits";
    tree.self[here] += arrays.weight[sample];
    if (sample > 0 && !resynchronisations.plausible(tree, before, here, arrays.weight[sample - 1])) {
      return fmt::format(
          "ziskemu took its call stack for another one: sample {} of its profile leaves several functions "
          "at once",
          sample);
    }
    std::uint32_t from = before;
    std::uint32_t to = here;
    while (from != to) {
      if (++climbed > most_climbing) return "the profile's samples jump about too much";
      const bool enter = from == none || (to != none && tree.depth[to] >= tree.depth[from]);
      if (enter) {
        ++tree.calls[to];
        to = tree.parent[to];
      } else {
        from = tree.parent[from];
      }
    }
    before = here;
  }
  return std::nullopt;
}

/// Sums over the tree, each function once on every path.
std::map<std::string, ProfiledFunction> by_function(const Arrays& arrays, const Tree& tree) {
  const std::size_t nodes = tree.self.size();
  std::vector<std::uint64_t> total = tree.self;
  for (std::size_t node = nodes; node-- > 0;) {
    if (tree.parent[node] != none) total[tree.parent[node]] += total[node];
  }
  // Depth first, with how often each function is on the path.
  std::vector<std::uint32_t> first_child(nodes + 1, none);
  std::vector<std::uint32_t> sibling(nodes, none);
  for (std::size_t node = nodes; node-- > 0;) {
    const std::size_t parent = tree.parent[node] == none ? nodes : tree.parent[node];
    sibling[node] = first_child[parent];
    first_child[parent] = static_cast<std::uint32_t>(node);
  }
  std::vector<std::uint32_t> active(arrays.strings.size());
  std::map<std::string, ProfiledFunction> functions;
  std::uint32_t node = first_child[nodes];
  bool down = true;
  while (node != none) {
    const std::uint32_t name = tree.function[node];
    if (down) {
      ProfiledFunction& function = functions[arrays.strings[name]];
      function.calls += tree.calls[node];
      function.self += tree.self[node];
      if (active[name]++ == 0) function.total += total[node];
      if (first_child[node] != none) {
        node = first_child[node];
        continue;
      }
    }
    --active[name];
    down = sibling[node] != none;
    node = down ? sibling[node] : tree.parent[node];
  }
  return functions;
}

struct ReadProfile {
  Arrays arrays;
  Tree tree;
};

std::expected<ReadProfile, std::string> read_samples(std::string_view text) {
  Reader reader;
  if (!json::sax_parse(text, &reader)) {
    return std::unexpected(reader.problem.empty() ? "the profile is no JSON" : reader.problem);
  }
  auto tree = tree_of(reader.arrays);
  if (!tree) return std::unexpected(tree.error());
  if (const auto problem = add_samples(reader.arrays, *tree)) return std::unexpected(*problem);
  return ReadProfile{.arrays = std::move(reader.arrays), .tree = std::move(*tree)};
}

}  // namespace

std::expected<std::map<std::string, ProfiledFunction>, std::string> read_profile(std::string_view text) {
  const auto read = read_samples(text);
  if (!read) return std::unexpected(read.error());
  return by_function(read->arrays, read->tree);
}

std::expected<model::Profile, std::string> read_call_tree(std::string_view text, std::uint64_t variable) {
  const auto read = read_samples(text);
  if (!read) return std::unexpected(read.error());
  const auto& [arrays, tree] = *read;
  model::Profile profile;
  profile.columns = {{.name = "cost", .unit = "cost"}};
  std::unordered_map<std::uint32_t, std::uint32_t> frames;
  std::unordered_map<std::uint64_t, std::uint32_t> places;  // by parent << 32 | frame
  const auto place_of = [&](std::uint32_t parent, std::uint32_t frame) {
    const auto next = static_cast<std::uint32_t>(profile.nodes.size());
    const auto [place, added] = places.try_emplace(std::uint64_t{parent} << 32 | frame, next);
    if (added) {
      profile.nodes.push_back({.parent = parent, .frame = frame});
      profile.self.push_back(0);
    }
    return place->second;
  };
  const auto frame_of = [&](std::uint32_t key, const std::string& name) {
    const auto [frame, added] = frames.try_emplace(key, static_cast<std::uint32_t>(profile.frames.size()));
    if (added) profile.frames.push_back({.name = name.empty() ? "[no name]" : name});
    return frame->second;
  };
  std::vector<std::uint32_t> place(tree.self.size());
  std::uint64_t left = variable;
  for (std::size_t node = 0; node < tree.self.size(); ++node) {
    const std::string& name = arrays.strings[tree.function[node]];
    const std::uint32_t parent = tree.parent[node];
    if (tree.depth[node] >= deepest) return std::unexpected(fmt::format("calls are deeper than {}", deepest));
    if (parent == none && name == machine_code) {
      // Its share is what nobody else has: its end is in no sample.
      place[node] = none;
      continue;
    }
    if (tree.self[node] > left) return std::unexpected("ziskemu's profile has more cost than its report");
    left -= tree.self[node];
    const std::uint32_t above = parent == none || place[parent] == none ? model::ProfileNode::kNoParent : place[parent];
    place[node] = place_of(above, frame_of(tree.function[node], name));
    profile.self[place[node]] += tree.self[node];
    profile.nodes[place[node]].calls += tree.calls[node];
  }
  const std::uint32_t bios = place_of(model::ProfileNode::kNoParent, frame_of(none, "[zisk bios]"));
  profile.self[bios] += left;
  profile.nodes[bios].calls += 1;
  profile.warnings.push_back(
      {.code = "ziskemu-profile",
       .message =
           "ziskemu's profile counts cost by call stack, but neither steps nor the parts of cost, knows no inlined "
           "functions, and has functions that were jumped to (tail calls) within those that jumped: --executor "
           "embedded tells them"});
  return profile;
}

}  // namespace cyclegate::executors
