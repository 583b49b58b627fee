#include "render/flame_alignment.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <map>
#include <random>

#include "render/drawn_frames.h"
#include "render/flamegraph_difference.h"
#include "render/profiles.h"

using namespace cyclegate::render;
using namespace cyclegate::render::test;
using cyclegate::model::Profile;
using cyclegate::test::profile_of;

namespace {

/// What a frame's title says it took.
struct Figures {
  std::uint64_t base = 0;
  std::uint64_t head = 0;
  std::uint64_t base_self = 0;
  std::uint64_t head_self = 0;
};

Figures figures_of(const DrawnFrame& frame) {
  const auto number = [](std::string text) {
    std::erase(text, ',');
    return std::stoull(text);
  };
  const std::string inclusive = between(frame.title, "\ninclusive ", " cost");
  const std::string self = between(frame.title, "\nself ", " cost");
  const auto split = [](const std::string& text) { return text.find(" \u2192 "); };
  return {.base = number(inclusive.substr(0, split(inclusive))),
          .head = number(inclusive.substr(split(inclusive) + 5)),
          .base_self = number(self.substr(0, split(self))),
          .head_self = number(self.substr(split(self) + 5))};
}

/// The profile with a frame between its first node and all that this one calls.
Profile with_frame_between(Profile profile, std::uint64_t own_weight) {
  for (auto& node : profile.nodes) {
    // The new node is number 1, those behind it move up; callees of number 0 become its own.
    if (node.parent != cyclegate::model::ProfileNode::kNoParent) ++node.parent;
  }
  const cyclegate::model::ProfileNode node{.parent = 0, .frame = static_cast<std::uint32_t>(profile.frames.size())};
  profile.nodes.insert(profile.nodes.begin() + 1, node);
  profile.self.insert(profile.self.begin() + 1, own_weight);
  profile.frames.push_back({.name = "between"});
  return profile;
}

}  // namespace

TEST_CASE("a frame that came between does not make everything below it gone and new") {
  const std::string svg =
      flamegraph_difference_svg(profile_of("_start 10\n_start;main 100\n_start;main;work 5000\n_start;exit 7\n"),
                                profile_of("_start 10\n_start;_zisk_main 3\n_start;_zisk_main;main 100\n"
                                           "_start;_zisk_main;main;work 4000\n_start;exit 7\n"),
                                still());
  const auto lanes = lanes_of(svg);
  REQUIRE(lanes.size() == 1);
  const auto drawn = by_chain(lanes.front());
  CHECK(drawn.at("_start;_zisk_main;main").title ==
        "main\ninclusive 5,100 \u2192 4,100 cost, -1,000 (-19.61 %)\nself 100 \u2192 100 cost, 0\n99.51 % of head\nin "
        "base "
        "called by _start");
  CHECK(drawn.at("_start;_zisk_main;main;work").title ==
        "work\ninclusive 5,000 \u2192 4,000 cost, -1,000 (-20.00 %)\nself 5,000 \u2192 4,000 cost, -1,000 (-20.00 "
        "%)\n97.09 % "
        "of head");
  CHECK(drawn.at("_start;_zisk_main").title ==
        "_zisk_main\ninclusive 5,100 \u2192 4,103 cost, -997 (-19.55 %)\nself 0 \u2192 3 cost, +3 (new)\n99.59 % of "
        "head\nonly head has it between its caller and callees that base has, too");
  CHECK(drawn.at("_start;_zisk_main;main").css_class == "m2");
  CHECK(svg.find(">Compared although the caller differs: main (under _start in base, under _zisk_main in head)<") !=
        std::string::npos);
  CHECK(svg.find("No frame of base is gone.") != std::string::npos);
}

TEST_CASE("a frame that went from between leaves what it took itself among what is gone") {
  const std::string svg = flamegraph_difference_svg(
      profile_of("_start;run;outer;main;work 5000\n_start;run 30\n_start;run;outer;other 4\n"),
      profile_of("_start;main;work 4000\n"), still());
  const auto lanes = lanes_of(svg);
  REQUIRE(lanes.size() == 2);
  CHECK(by_chain(lanes[0]).at("_start;main;work").title.find("inclusive 5,000 \u2192 4,000 cost, -1,000") !=
        std::string::npos);
  const auto removed = by_chain(lanes[1]);
  CHECK(removed.at("_start;run").title ==
        "run\ninclusive 34 \u2192 0 cost, -34 (gone)\nself 30 \u2192 0 cost, -30 (gone)\n0.68 % of base\nonly base has "
        "it "
        "around callees that head has, too; they are compared there");
  CHECK(removed.at("_start;run;outer;other").weight == 4);
  CHECK(svg.find("Gone: run -34 cost<") != std::string::npos);
  const std::string idle =
      flamegraph_difference_svg(profile_of("_start;run;main 50\n"), profile_of("_start;main 40\n"), still());
  CHECK(idle.find("No frame of base is gone but such as lay between and took nothing themselves.") !=
        std::string::npos);
  CHECK(idle.find("main (under run in base, under _start in head)") != std::string::npos);
}

TEST_CASE("a new function that does most of its work otherwise is not taken for one that came between") {
  const std::string svg =
      flamegraph_difference_svg(profile_of("main;memcpy 1000\nmain;other 1\n"),
                                profile_of("main;parse;scan 5000\nmain;parse;memcpy 900\nmain;other 1\n"), still());
  const auto lanes = lanes_of(svg);
  REQUIRE(lanes.size() == 2);
  CHECK(named(lanes[0], "parse")->css_class == "new");
  CHECK(named(lanes[0], "memcpy")->title ==
        "memcpy\ninclusive 0 \u2192 900 cost, +900 (new)\nself 0 \u2192 900 cost, +900 (new)\n15.25 % of head\nin base "
        "under "
        "other callers");
  CHECK(named(lanes[1], "memcpy")->title.ends_with("\nin head under other callers"));
  // The function is in head: it is not called gone.
  CHECK(svg.find("Gone:") == std::string::npos);
  CHECK(svg.find(">Under other callers in head: memcpy -1,000 cost (most in head under parse: 900 cost)<") !=
        std::string::npos);
}

TEST_CASE("callees too light to decide follow those that did") {
  std::string folded = "_start;main;work 5000\n_start;main;left 300\n";
  for (int i = 0; i < 3'000; ++i) folded += "_start;main;small_" + std::to_string(i) + ";part 10\n";
  const Profile base = profile_of(folded);
  std::string between;
  for (std::string_view rest = folded; !rest.empty(); rest.remove_prefix(rest.find('\n') + 1)) {
    const std::string_view line = rest.substr(0, rest.find('\n') + 1);
    if (line.find("left") == std::string_view::npos) between += "_start;main;inner" + std::string(line.substr(11));
  }
  FlamegraphOptions options = still();
  options.min_width = {0, false};
  const auto lanes = lanes_of(flamegraph_difference_svg(base, profile_of(between), options));
  REQUIRE(lanes.size() == 2);
  const auto drawn = by_chain(lanes[0]);
  CHECK(drawn.at("_start;main;inner").title.find("inclusive 35,000 \u2192 35,000 cost, 0") != std::string::npos);
  CHECK(drawn.at("_start;main;inner;small_7").title ==
        "small_7\ninclusive 10 \u2192 10 cost, 0\nself 0 \u2192 0 cost, 0\n0.03 % of head\nin base called by main");
  CHECK(drawn.at("_start;main;inner;small_7;part").css_class == "z");
  CHECK(std::ranges::none_of(lanes[0], [](const DrawnFrame& frame) { return frame.css_class == "new"; }));
  // Only what has gone is gone.
  CHECK(by_chain(lanes[1]).size() == 3);
  CHECK(by_chain(lanes[1]).at("_start;main;left").weight == 300);
}

TEST_CASE("however chains are compared every weight is counted once, in the function that took it") {
  std::mt19937 random(23);
  std::uint32_t moved = 0;
  for (int round = 0; round < 300; ++round) {
    const Profile base = random_profile(random, 1 + random() % 12, false);
    Profile head = random_profile(random, 1 + random() % 12, false);
    if (round % 2 == 0) {
      // Base with a frame between, or base with one less: what the search is for.
      head = with_frame_between(base, random() % 50);
    }
    FlamegraphOptions options = still();
    options.min_width = {0, false};
    std::map<std::string, DrawnFrame> frames;
    const bool reverse = round % 4 == 0;
    const Profile& before = reverse ? head : base;
    const Profile& after = reverse ? base : head;
    const std::string svg = flamegraph_difference_svg(before, after, options);
    moved += svg.find("Compared although the caller differs") != std::string::npos ? 1U : 0U;
    for (const auto& lane : lanes_of(svg)) {
      for (const auto& [chain, frame] : by_chain(lane)) frames.emplace(chain, frame);
    }
    const auto of_base = chains(before);
    const auto of_head = chains(after);
    const auto name = [](const std::string& chain) { return chain.substr(chain.rfind(';') + 1); };
    std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> expected;  // by function
    std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> counted;
    for (const auto& [chain, weights] : of_base) expected[name(chain)].first += weights.second;
    for (const auto& [chain, weights] : of_head) expected[name(chain)].second += weights.second;
    std::map<std::string, Figures> sums;
    for (const auto& [chain, frame] : frames) {
      const Figures figures = figures_of(frame);
      counted[name(chain)].first += figures.base_self;
      counted[name(chain)].second += figures.head_self;
      sums[chain].base += figures.base_self;
      sums[chain].head += figures.head_self;
      if (const std::size_t end = chain.rfind(';'); end != std::string::npos) {
        sums[chain.substr(0, end)].base += figures.base;
        sums[chain.substr(0, end)].head += figures.head;
      }
      // What head took is told of the chain that took it, moved or not.
      const bool known = of_head.contains(chain);
      CHECK(figures.head == (known ? of_head.at(chain).first : 0));
      CHECK(figures.head_self == (known ? of_head.at(chain).second : 0));
    }
    std::erase_if(expected,
                  [](const auto& entry) { return entry.second == std::pair<std::uint64_t, std::uint64_t>{}; });
    std::erase_if(counted, [](const auto& entry) { return entry.second == std::pair<std::uint64_t, std::uint64_t>{}; });
    CHECK(counted == expected);
    for (const auto& [chain, frame] : frames) {
      INFO(chain);
      CHECK(figures_of(frame).base == sums[chain].base);
      CHECK(figures_of(frame).head == sums[chain].head);
    }
  }
  CHECK(moved > 60);
}
