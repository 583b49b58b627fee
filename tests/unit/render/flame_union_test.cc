#include "render/flame_union.h"

#include <catch2/catch_test_macros.hpp>
#include <map>
#include <random>
#include <set>
#include <string>

#include "render/drawn_frames.h"
#include "render/profiles.h"

using namespace cyclegate::render;
using namespace cyclegate::render::test;
using cyclegate::test::profile_of;
using Weights = std::pair<std::uint64_t, std::uint64_t>;

namespace {

constexpr std::uint32_t none = cyclegate::model::ProfileNode::kNoParent;

template <typename... Parts>
void append(std::string& out, const Parts&... parts) {
  ((out += parts), ...);
}

FlameUnion across(const std::string& base, const std::string& head, const FlamegraphOptions& options = still()) {
  // A union's names point into its profiles: these outlive it.
  static std::map<std::string, cyclegate::model::Profile> profiles;
  const auto of = [](const std::string& lines) -> const cyclegate::model::Profile& {
    return profiles.try_emplace(lines, profile_of(lines)).first->second;
  };
  return unite(of(base), 0, of(head), 0, options, FlameMatching::across);
}

/// Inclusive weights by chain, of nodes that have any.
std::map<std::string, Weights> figures(const FlameUnion& both) {
  std::vector<std::string> chain(both.nodes.size());
  std::map<std::string, Weights> result;
  for (std::size_t i = 0; i < chain.size(); ++i) {
    const UnionNode& node = both.nodes[i];
    chain[i] = (node.parent == none ? "" : chain[node.parent] + ";") + std::string(both.names[node.name]);
    if (both.base[i] == 0 && both.head[i] == 0) continue;
    Weights& sum = result[chain[i]];
    CHECK(sum == Weights{});  // no chain is two nodes
    sum = {both.base[i], both.head[i]};
  }
  return result;
}

/// The node that has the chain, or none.
std::uint32_t node_of(const FlameUnion& both, const std::string& wanted) {
  std::vector<std::string> chain(both.nodes.size());
  for (std::uint32_t i = 0; i < chain.size(); ++i) {
    const UnionNode& node = both.nodes[i];
    chain[i] = (node.parent == none ? "" : chain[node.parent] + ";") + std::string(both.names[node.name]);
    if (chain[i] == wanted) return i;
  }
  return none;
}

/// Self weights by function, of the lines themselves.
std::map<std::string, std::uint64_t> by_function(const std::string& lines) {
  std::map<std::string, std::uint64_t> result;
  for (const auto& [chain, weights] : chains(profile_of(lines))) {
    if (weights.second != 0) result[chain.substr(chain.rfind(';') + 1)] += weights.second;
  }
  return result;
}

}  // namespace

TEST_CASE("a callee is laid over the frame that it was matched with, not over a light one of its name") {
  const auto drawn = figures(across("s;main;parse 4000\ns;main;memcpy 3000\n",
                                    "s;main;pool;parse 4000\ns;main;pool;memcpy 2\ns;main;bulk_copy;memcpy 3000\n"));
  CHECK(drawn == std::map<std::string, Weights>{{"s", {7000, 7002}},
                                                {"s;main", {7000, 7002}},
                                                {"s;main;pool", {4000, 4002}},
                                                {"s;main;pool;parse", {4000, 4000}},
                                                {"s;main;pool;memcpy", {0, 2}},
                                                {"s;main;bulk_copy", {3000, 3000}},
                                                {"s;main;bulk_copy;memcpy", {3000, 3000}}});
  // Neither is it where that one is heavy enough to be looked at.
  const auto heavier =
      figures(across("s;main;parse 4000\ns;main;memcpy 3000\n",
                     "s;main;pool;parse 4000\ns;main;pool;memcpy 200\ns;main;bulk_copy;memcpy 3000\n"));
  CHECK(heavier.at("s;main;pool;memcpy") == Weights{0, 200});
  CHECK(heavier.at("s;main;bulk_copy;memcpy") == Weights{3000, 3000});
  const auto gone = figures(across("s;main;pool;parse 4000\ns;main;pool;memcpy 200\ns;main;bulk_copy;memcpy 3000\n",
                                   "s;main;parse 4000\ns;main;memcpy 3000\n"));
  CHECK(gone.at("s;main;memcpy") == Weights{3000, 3000});
  CHECK(gone.at("s;main;pool") == Weights{200, 0});
  CHECK_FALSE(gone.contains("s;main;bulk_copy"));
}

TEST_CASE("a small new chain does not keep a frame that went from being seen") {
  const auto drawn = figures(across("_start;call_once;main;work 9000\n_start;call_once;main;io 1000\n",
                                    "_start;main;work 9000\n_start;main;io 1000\n_start;init;call_once;setup 20\n"));
  CHECK(drawn == std::map<std::string, Weights>{{"_start", {10000, 10020}},
                                                {"_start;main", {10000, 10000}},
                                                {"_start;main;work", {9000, 9000}},
                                                {"_start;main;io", {1000, 1000}},
                                                {"_start;init", {0, 20}},
                                                {"_start;init;call_once", {0, 20}},
                                                {"_start;init;call_once;setup", {0, 20}}});
}

TEST_CASE("which side has a function is told by the profiles, wherever its base is laid") {
  const FlameUnion only_head = across("s;a 1000\n", "s;w;a 1000\ns;z;w;q 50\n");
  CHECK(figures(only_head).at("s;w") == Weights{1000, 1000});
  CHECK_FALSE(only_head.in_base(node_of(only_head, "s;z;w")));
  const FlameUnion in_both = across("s;v;a 1000\ns;r 100\n", "s;a 1000\ns;r 100\ns;r;v;q 50\n");
  CHECK(figures(in_both).at("s;a") == Weights{1000, 1000});
  CHECK(figures(in_both).at("s;r;v") == Weights{0, 50});
  CHECK(in_both.in_base(node_of(in_both, "s;r;v")));
  // A frame that came gets nothing of a function of its name.
  const FlameUnion same_name = across("s;a 1000\ns;v;r 1000\ns;v;w;a 10\n", "s;w;a 1000\ns;r 1000\n");
  CHECK(same_name.note(node_of(same_name, "s;w")).shift == FlameShift::between);
  CHECK(figures(same_name) == std::map<std::string, Weights>{{"s", {2010, 2000}},
                                                             {"s;w", {1000, 1000}},
                                                             {"s;w;a", {1000, 1000}},
                                                             {"s;r", {1000, 1000}},
                                                             {"s;v", {10, 0}},
                                                             {"s;v;w", {10, 0}},
                                                             {"s;v;w;a", {10, 0}}});
}

TEST_CASE("what a frame took does not depend on what is wide enough to be drawn") {
  FlamegraphOptions coarse = still();
  coarse.min_width = {5, true};
  const auto drawn = figures(across("s;a1 25\ns;a2 25\ns;a3 25\ns;a4 25\ns;r 900\n",
                                    "s;w;a1 25\ns;w;a2 25\ns;w;a3 25\ns;w;a4 25\ns;r 900\n", coarse));
  CHECK(drawn.at("s;w") == Weights{100, 100});
  CHECK(drawn.at("s;w;a4") == Weights{25, 25});
}

TEST_CASE("over several frames half is counted without the light callees of all of them") {
  std::string head = "s;f;g;main 45\ns;f;g 25\ns;r 900\n";
  for (int i = 0; i < 30; ++i) head += "s;f;l" + std::to_string(i) + " 1\n";
  // 45 of the 70 that are not in callees of 1, which is a thousandth of 1,000.
  CHECK(figures(across("s;main 45\ns;r 900\n", head)).at("s;f;g;main") == Weights{45, 45});
  // 45 of 91 are less than half.
  CHECK(figures(across("s;main 45\ns;r 900\n", head + "s;f;g 21\n")).at("s;f;g;main") == Weights{0, 45});
  // Callees of every frame on the way count.
  const auto drawn = figures(across("s;a 500\ns;b 300\n", "s;f 200\ns;f;b 300\ns;f;g;a 500\n"));
  CHECK(drawn.at("s;f") == Weights{800, 1000});
  CHECK(drawn.at("s;f;b") == Weights{300, 300});
  CHECK(drawn.at("s;f;g;a") == Weights{500, 500});
}

TEST_CASE("light callees follow through the one of many frames that has them") {
  // Each frame brings callees of its own; all are looked up once.
  std::string base;
  std::string head;
  for (int i = 0; i < 50; ++i) {
    const std::string number = std::to_string(i);
    const std::string weight = std::to_string(2000 + i);  // the heaviest frame is not that of the heaviest `shared`
    append(base, "s;a", number, " ", weight, "\n");
    append(head, "s;w", number, ";a", number, " ", weight, "\n");
    for (int k = 0; k < 3; ++k) {
      const std::string which = std::to_string(k);
      append(base, "s;l", number, "_", which, " 7\n");
      append(head, "s;w", number, ";l", number, "_", which, " 7\n");
    }
    // All have this one: the heaviest gets it.
    append(head, "s;w", number, ";shared ", std::to_string(1 + (i * 7) % 50), "\n");
  }
  base += "s;shared 9\n";
  const auto drawn = figures(across(base, head));
  for (const auto& [chain, weights] : drawn) {
    INFO(chain);
    if (chain.ends_with(";shared")) {
      CHECK(weights.first == (weights.second == 50 ? 9 : 0));
    } else if (chain != "s") {
      CHECK(weights.first + 60 > weights.second);
      CHECK(weights.first <= weights.second);
      CHECK(weights.first != 0);
    }
  }
}

namespace {

/// A call tree whose functions all differ, under `s`.
struct Tree {
  std::vector<std::uint32_t> parent;
  std::vector<std::string> name;
  std::vector<std::uint64_t> self;

  std::string lines(const std::map<std::uint32_t, std::string>& around) const {
    std::vector<std::string> chain(name.size());
    std::string result;
    for (std::uint32_t i = 0; i < name.size(); ++i) {
      const auto frame = around.find(i == 0 ? none : parent[i]);  // below which callees a frame stands
      if (i != 0) append(chain[i], chain[parent[i]], ";");
      if (frame != around.end()) append(chain[i], frame->second, ";");
      chain[i] += name[i];
      append(result, chain[i], " ", std::to_string(self[i]), "\n");
    }
    return result;
  }
};

std::uint32_t below(std::mt19937& random, std::size_t end) {
  return static_cast<std::uint32_t>(random() % end);
}

Tree random_tree(std::mt19937& random) {
  Tree tree;
  const std::uint32_t size = 2 + below(random, 30);
  for (std::uint32_t i = 0; i < size; ++i) {
    tree.parent.push_back(i == 0 ? none : below(random, i));
    tree.name.push_back("f" + std::to_string(i));
    tree.self.push_back(1 + (random() % 3 == 0 ? random() % 5000 : random() % 20));
  }
  return tree;
}

/// Frames below some nodes, one or two, that take all of the node's callees; also around the outermost.
std::map<std::uint32_t, std::string> random_frames(std::mt19937& random, const Tree& tree, const std::string& prefix) {
  std::map<std::uint32_t, std::string> result;
  if (random() % 5 == 0) result[none] = prefix + "_all";
  for (std::uint32_t i = 0; i < tree.name.size(); ++i) {
    if (random() % 3 != 0) continue;
    const std::string frame = prefix + std::to_string(i);
    append(result[i], frame);
    if (random() % 4 == 0) append(result[i], ";", frame, "_inner");
  }
  return result;
}

/// Every weight is in one frame of its function, and head's where head has it.
void check_weights(const FlameUnion& both, const std::string& base, const std::string& head) {
  std::map<std::string, std::uint64_t> of_base;
  std::map<std::string, std::uint64_t> of_head;
  std::vector<std::uint64_t> base_self = both.base;
  std::vector<std::uint64_t> head_self = both.head;
  for (std::size_t i = 0; i < both.nodes.size(); ++i) {
    const std::uint32_t parent = both.nodes[i].parent;
    if (parent == none) continue;
    REQUIRE(parent < i);
    base_self[parent] -= both.base[i];
    head_self[parent] -= both.head[i];
  }
  for (std::size_t i = 0; i < both.nodes.size(); ++i) {
    const std::string name(both.names[both.nodes[i].name]);
    if (base_self[i] != 0) of_base[name] += base_self[i];
    if (head_self[i] != 0) of_head[name] += head_self[i];
  }
  CHECK(of_base == by_function(base));
  CHECK(of_head == by_function(head));
  const auto drawn = figures(both);
  for (const auto& [chain, weights] : chains(profile_of(head))) {
    if (weights.first != 0) CHECK(drawn.at(chain).second == weights.first);
  }
}

}  // namespace

TEST_CASE("frames that came or went around all callees of some callers change no other figure") {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    Tree tree = random_tree(random);
    const bool all_heavy = round % 2 == 0;
    for (std::uint64_t& self : tree.self) self += all_heavy ? 300 : 0;  // of 160,000 at most
    const auto came = random_frames(random, tree, "came");
    auto went = random_frames(random, tree, "went");
    // A frame replaced by another is a renamed one, which is not looked for.
    std::erase_if(went, [&](const auto& entry) { return came.contains(entry.first); });
    const std::string base = tree.lines(went);
    const std::string head = tree.lines(came);
    INFO(base << "\nhead\n" << head);
    const FlameUnion both = across(base, head);
    check_weights(both, base, head);
    // A frame around nothing but callees too light to be looked at stays unmatched, with those.
    const std::uint64_t least = both.scale / 1000 + 1;
    for (const auto& [chain, weights] : figures(both)) {
      INFO(chain);
      const bool of_both = chain[chain.rfind(';') + 1] == 'f';  // not came, not went
      const bool decides = of_both && (weights.first >= least || weights.second >= least);
      if (all_heavy || decides) CHECK(weights.first == weights.second);
    }
  }
}

TEST_CASE("whatever came, went and shares names, weights stay with their functions at every least width") {
  std::mt19937 random(11);
  std::uint32_t laid = 0;
  for (int round = 0; round < 500; ++round) {
    const Tree tree = random_tree(random);
    std::string base = tree.lines(random_frames(random, tree, round % 3 == 0 ? "came" : "went"));
    std::string head = tree.lines(random_frames(random, tree, "came"));
    for (std::string* side : {&base, &head}) {
      // Homonyms of functions and of the frames between, light and heavy.
      for (std::uint32_t i = below(random, 6); i-- > 0;) {
        const auto any = [&] {
          const std::string number = std::to_string(random() % tree.name.size());
          return (random() % 4 == 0 ? "came" : random() % 3 == 0 ? "went" : "f") + number;
        };
        *side += "f0;" + any() + ";" + any() + (random() % 2 == 0 ? ";" + any() : "") + " " +
                 std::to_string(1 + (random() % 2 == 0 ? random() % 4000 : random() % 5)) + "\n";
      }
    }
    INFO(base << "\nhead\n" << head);
    const FlameUnion both = across(base, head);
    check_weights(both, base, head);
    laid += both.notes.empty() ? 0U : 1U;
    FlamegraphOptions coarse = still();
    coarse.min_width = {1 + static_cast<double>(random() % 20), true};
    CHECK(figures(across(base, head, coarse)) == figures(both));
    // A frame between has nothing of its own in base, one around nothing of its own in head.
    std::vector<std::uint64_t> base_self = both.base;
    for (std::size_t i = 0; i < both.nodes.size(); ++i) {
      if (both.nodes[i].parent != none) base_self[both.nodes[i].parent] -= both.base[i];
    }
    for (const auto& [node, note] : both.notes) {
      if (note.shift == FlameShift::between) CHECK(base_self[node] == 0);
      if (note.shift == FlameShift::around) CHECK(both.head[node] == 0);
    }
  }
  CHECK(laid > 200);
}
