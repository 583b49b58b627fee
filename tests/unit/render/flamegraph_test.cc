#include "render/flamegraph.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <set>

#include "model/error.h"
#include "render/comparisons.h"
#include "render/flame_tree.h"
#include "render/flame_writer.h"
#include "render/flamegraph_difference.h"
#include "render/markup_check.h"
#include "render/numbers.h"
#include "render/profiles.h"
#include "render/safe_text.h"
#include "support/golden.h"

using namespace cyclegate::render;
using cyclegate::model::Profile;
using cyclegate::test::profile_of;

namespace {

struct Frame {
  std::string css_class;
  std::uint64_t start = 0;
  std::uint64_t weight = 0;
  std::string title;
  double x = 0;
  double y = 0;
  double width = 0;
  std::string label;
};

std::string between(std::string_view text, std::string_view before, std::string_view after) {
  const std::size_t start = text.find(before);
  if (start == std::string_view::npos) return "";
  const std::string_view rest = text.substr(start + before.size());
  return std::string(rest.substr(0, rest.find(after)));
}

/// The lanes of a picture as written, read back without the product's code.
std::vector<std::vector<Frame>> lanes_of(std::string_view svg) {
  std::vector<std::vector<Frame>> lanes;
  while (!svg.empty()) {
    const std::string_view line = svg.substr(0, svg.find("\n<g class=\""));
    svg.remove_prefix(std::min(svg.size(), line.size() + 1));
    if (line.starts_with("<g class=\"frames\"")) lanes.emplace_back();
    if (line.find(" data-x=\"") == std::string_view::npos || lanes.empty()) continue;
    Frame frame{.css_class = between(line, "<g class=\"", "\""),
                .title = between(line, "<title>", "</title>"),
                .x = std::stod(between(line, "<rect x=\"", "\"")),
                .y = std::stod(between(line, " y=\"", "\"")),
                .width = std::stod(between(line, " width=\"", "\"")),
                .label = between(line.substr(line.find("/>")), "\">", "</text>")};
    frame.start = std::stoull(between(line, " data-x=\"", "\""));
    frame.weight = std::stoull(between(line, " data-w=\"", "\""));
    lanes.back().push_back(frame);
  }
  return lanes;
}

std::string name_of(const Frame& frame) {
  return frame.title.substr(0, frame.title.find('\n'));
}

const Frame* named(const std::vector<Frame>& frames, std::string_view name) {
  const auto found = std::ranges::find(frames, name, name_of);
  return found == frames.end() ? nullptr : &*found;
}

FlamegraphOptions still() {
  FlamegraphOptions options;
  options.interactive = false;
  return options;
}

std::vector<std::string_view> allowed() {
  auto elements = cyclegate::render::test::svg_elements();
  elements.insert(elements.end(), {"g"});
  return elements;
}

double luminance(std::uint32_t colour) {
  const auto part = [&](unsigned shift) {
    const double value = static_cast<double>(colour >> shift & 0xFFU) / 255;
    return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
  };
  return 0.2126 * part(16) + 0.7152 * part(8) + 0.0722 * part(0);
}

double contrast(std::uint32_t left, std::uint32_t right) {
  const auto [dark, light] = std::minmax({luminance(left), luminance(right)});
  return (light + 0.05) / (dark + 0.05);
}

/// A call tree of random shape, weights and few names, so that chains of base and head meet. With `levels` a function
/// stands in one row only, so that it cannot have come under another caller's callee.
Profile random_profile(std::mt19937& random, std::size_t lines, bool levels = true) {
  std::string folded;
  for (std::size_t i = 0; i < lines; ++i) {
    const std::size_t depth = 1 + random() % 6;
    for (std::size_t at = 0; at < depth; ++at)
      folded += (at == 0 ? "" : ";") + std::string(1, static_cast<char>('a' + random() % 4)) +
                (levels ? std::to_string(at) : "");
    folded += " " + std::to_string(random() % 1000) + "\n";
  }
  return profile_of(folded);
}

/// Inclusive and self weight per chain of names, by adding up every node into all of its callers.
std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> chains(const Profile& profile) {
  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> result;
  for (std::size_t i = 0; i < profile.nodes.size(); ++i) {
    std::vector<std::string> names;
    for (auto at = static_cast<std::uint32_t>(i); at != cyclegate::model::ProfileNode::kNoParent;
         at = profile.nodes[at].parent) {
      names.insert(names.begin(), profile.frames[profile.nodes[at].frame].name);
    }
    std::string chain;
    for (const std::string& name : names) {
      chain += (chain.empty() ? "" : ";") + name;
      result[chain].first += profile.self[i];
    }
    result[chain].second += profile.self[i];
  }
  return result;
}

/// What a frame's title says it took.
struct Figures {
  std::uint64_t base = 0;
  std::uint64_t head = 0;
  std::uint64_t base_self = 0;
  std::uint64_t head_self = 0;
};

Figures figures_of(const Frame& frame) {
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

/// The chain of names of every frame of a lane, from rows and places alone.
std::map<std::string, Frame> by_chain(const std::vector<Frame>& frames) {
  std::map<std::string, Frame> result;
  std::vector<std::string> names;
  for (const Frame& frame : frames) {
    const auto row = static_cast<std::size_t>((frame.y - frames.front().y) / flame_row_height);
    names.resize(row + 1);
    names[row] = name_of(frame);
    std::string chain;
    for (std::size_t i = 1; i < names.size(); ++i) chain += (i == 1 ? "" : ";") + names[i];
    if (row > 0) result[chain] = frame;
  }
  return result;
}

}  // namespace

TEST_CASE("a flame graph is the same bytes as the one that was looked at") {
  const std::string svg = flamegraph_svg(cyclegate::test::sample_base(), still());
  CHECK(svg == flamegraph_svg(cyclegate::test::sample_base(), still()));
  cyclegate::test::check_golden("render/flamegraph.svg", svg);
  FlamegraphOptions options = still();
  options.direction = FlameDirection::up;
  options.palette = FlamePalette::kind;
  options.width = 800;
  cyclegate::test::check_golden("render/flamegraph-up.svg", flamegraph_svg(cyclegate::test::sample_base(), options));
  cyclegate::test::check_golden(
      "render/flamegraph-difference.svg",
      flamegraph_difference_svg(cyclegate::test::sample_base(), cyclegate::test::sample_head(), still()));
}

TEST_CASE("every frame is as wide as what it took and lies within its caller") {
  const Profile profile = profile_of("a;b 10\na;c 20\na 10\nd 60\n");
  const auto lanes = lanes_of(flamegraph_svg(profile, still()));
  REQUIRE(lanes.size() == 1);
  const auto& frames = lanes.front();
  REQUIRE(frames.size() == 5);
  CHECK(name_of(frames[0]) == "all");
  CHECK(frames[0].weight == 100);
  CHECK(named(frames, "a")->weight == 40);
  CHECK(named(frames, "b")->start == 0);
  CHECK(named(frames, "c")->start == 10);
  CHECK(named(frames, "d")->start == 40);
  CHECK(named(frames, "d")->x == 10 + 1180 * 0.4);
  CHECK(named(frames, "d")->width == 1180 * 0.6 - 0.5);
  CHECK(named(frames, "b")->y > named(frames, "a")->y);
  CHECK(named(frames, "a")->title == "a\n40 cost, 40.00 %\nself 10, 10.00 %");
  CHECK(named(frames, "d")->title == "d\n60 cost, 60.00 %");

  FlamegraphOptions up = still();
  up.direction = FlameDirection::up;
  const auto flame = lanes_of(flamegraph_svg(profile, up)).front();
  CHECK(named(flame, "b")->y < named(flame, "a")->y);
}

TEST_CASE("a frame tells calls, inlining and its place in the source") {
  Profile profile = profile_of("a;b 10\n");
  profile.frames[1] = {.name = "b", .file = "src/<b>.rs", .line = 12, .inlined = true, .module_name = "lib&c"};
  profile.nodes[1].calls = 1'200;
  const auto frames = lanes_of(flamegraph_svg(profile, still())).front();
  CHECK(named(frames, "b")->title == "b\n10 cost, 100 %\n1,200 calls\ninlined, src/&lt;b&gt;.rs:12 in lib&amp;c");
}

TEST_CASE("frames narrower than asked are left out and counted") {
  const Profile profile = profile_of("wide 9000\nnarrow;below 10\n");
  FlamegraphOptions options = still();
  options.min_width = min_width_from("1%");
  const std::string svg = flamegraph_svg(profile, options);
  CHECK(lanes_of(svg).front().size() == 2);
  CHECK(svg.find("2 frames too narrow to draw") != std::string::npos);
  // What is not drawn stands with its caller, for the search to know how much it cannot see.
  CHECK(svg.find("data-w=\"9010\" data-n=\"10\"><title>all") != std::string::npos);
  CHECK(svg.find("data-w=\"9000\"><title>wide") != std::string::npos);
  const std::string inside = flamegraph_svg(profile_of("a 9000\na;b;c 10\na;d;e 30\na;f 960\n"), options);
  CHECK(inside.find("data-w=\"10000\" data-n=\"40\"><title>a\n") != std::string::npos);
  CHECK(inside.find("data-w=\"10000\"><title>all") != std::string::npos);
  options.min_width = min_width_from("0");
  CHECK(lanes_of(flamegraph_svg(profile, options)).front().size() == 4);
  CHECK(flamegraph_svg(profile, options).find("data-n") == std::string::npos);
  options.min_width = min_width_from("1.3px");  // 10 of 9,010 are 1.31 of 1,180 pixels
  CHECK(lanes_of(flamegraph_svg(profile, options)).front().size() == 4);
  options.min_width = min_width_from("1.32");
  CHECK(lanes_of(flamegraph_svg(profile, options)).front().size() == 2);
}

TEST_CASE("a width of frames that is none is refused with what would be right") {
  CHECK(min_width_from("0.5") == MinWidth{0.5, false});
  CHECK(min_width_from("2px") == MinWidth{2, false});
  CHECK(min_width_from("0.01%") == MinWidth{0.01, true});
  for (const char* text : {"", "%", "px", "-1", "nan", "inf", "1 px", "51%", "1001", "0x1", "1e999", "1%%"}) {
    CHECK_THROWS_AS(min_width_from(text), cyclegate::model::Error);
  }
  FlamegraphOptions options;
  options.width = 299;
  CHECK_THROWS_AS(flamegraph_svg(profile_of("a 1\n"), options), cyclegate::model::Error);
}

TEST_CASE("the column decides the widths and one that is not there is refused with those there are") {
  Profile profile = profile_of("a 1\nb 3\n");
  profile.columns = {{.name = "steps", .unit = "steps"}, {.name = "wall", .unit = "ns"}};
  profile.self = {1, 3'000, 3, 1'000};
  FlamegraphOptions options = still();
  CHECK(named(lanes_of(flamegraph_svg(profile, options)).front(), "a")->weight == 1);
  options.column = "wall";
  const auto frames = lanes_of(flamegraph_svg(profile, options)).front();
  CHECK(named(frames, "a")->title == "a\n3.000 \u00B5s, 75.00 %");
  options.column = "cost";
  try {
    flamegraph_svg(profile, options);
    FAIL("no error");
  } catch (const cyclegate::model::Error& error) {
    CHECK(std::string(error.what()).find("no column `cost`; it has steps, wall") != std::string::npos);
  }
}

TEST_CASE("times and sizes have a unit in every figure") {
  const auto timed = [](std::string_view folded, std::string_view unit) {
    Profile profile = profile_of(folded);
    profile.columns = {{.name = "wall", .unit = std::string(unit)}};
    return profile;
  };
  const Profile base = timed("a 4000000\na;b 3000000\na;c 10500000\n", "ns");
  const Profile head = timed("a 4000000\na;b 3000000\na;c 11500000\n", "ns");
  CHECK(named(lanes_of(flamegraph_svg(base, still())).front(), "a")->title ==
        "a\n17.50 ms, 100 %\nself 4.000 ms, 22.86 %");
  const std::string svg = flamegraph_difference_svg(base, head, still());
  CHECK(
      named(lanes_of(svg).front(), "c")->title ==
      "c\ninclusive 10.50 ms \u2192 11.50 ms, +1.000 ms (+9.52 %)\nself 10.50 ms \u2192 11.50 ms, +1.000 ms (+9.52 %)\n"
      "62.16 % of head");
  CHECK(svg.find(">wall: 17.50 ms \u2192 18.50 ms, +1.000 ms (+5.71 %)") != std::string::npos);
  CHECK(
      named(lanes_of(flamegraph_difference_svg(timed("a 2048\n", "bytes"), timed("a 512\n", "bytes"), still())).front(),
            "a")
          ->title.find("2.000 KiB \u2192 512 B, -1.500 KiB (-75.00 %)") != std::string::npos);
}

TEST_CASE("a profile of nothing and one of the largest numbers are drawn") {
  const std::string nothing = flamegraph_svg(profile_of("a;b 0\n"), still());
  CHECK(nothing.find("nothing was counted") != std::string::npos);
  CHECK(cyclegate::render::test::markup_error(nothing, allowed()).empty());
  const auto frames =
      lanes_of(flamegraph_svg(profile_of("a;b 9223372036854775807\nc 9223372036854775808\n"), still())).front();
  CHECK(frames[0].weight == std::numeric_limits<std::uint64_t>::max());
  CHECK(named(frames, "c")->x == 599.99);  // just below the middle, rounded down
  CHECK(std::fabs(named(frames, "c")->width - 589.51) < 1e-9);
}

TEST_CASE("a runaway recursion is cut where no viewer would follow") {
  std::string folded = "f";
  for (int i = 0; i < 20'000; ++i) folded += ";f";
  const std::string svg = flamegraph_svg(profile_of(folded + " 7\n"), still());
  CHECK(lanes_of(svg).front().size() == max_flame_rows + 1);
  CHECK(svg.find("19,001 frames too deep to draw") != std::string::npos);
  CHECK(svg.find("data-n=\"7\"") != std::string::npos);  // what the search cannot see
  const Profile deep = profile_of(folded + " 7\nother 7\n");
  const Profile flat = profile_of("other 7\n");
  CHECK(flamegraph_difference_svg(deep, flat, still()).find("scale; 19,001 frames too deep to draw") !=
        std::string::npos);
  CHECK(flamegraph_pair_page(deep, flat, still()).find("; 19,001 frames too deep to draw") != std::string::npos);
}

TEST_CASE("hostile names cannot leave their text") {
  std::string folded;
  for (std::string text : cyclegate::render::test::hostile_texts()) {
    std::ranges::replace(text, ';', ',');
    std::ranges::replace(text, '\n', ' ');
    folded += text + ";]]></script><script>alert(1)</script>" + " 5\n";
  }
  const Profile profile = profile_of(folded, "]]><x onload='y'>");
  for (const FlamePalette palette : {FlamePalette::hot, FlamePalette::module, FlamePalette::kind}) {
    FlamegraphOptions options = still();
    options.palette = palette;
    const std::string svg = flamegraph_svg(profile, options);
    CHECK(cyclegate::render::test::markup_error(svg, allowed()).empty());
    CHECK(svg.find("<script") == std::string::npos);
    CHECK(cyclegate::render::test::markup_error(
              flamegraph_difference_svg(profile, cyclegate::test::sample_head(), options), allowed())
              .empty());
  }
  const std::string page = flamegraph_pair_page(profile, cyclegate::test::sample_base(), FlamegraphOptions{});
  CHECK(page.find("<script>alert") == std::string::npos);
  CHECK(page.find("<script>") == page.rfind("<script>"));
}

TEST_CASE("a label keeps the end of a path and is cut between characters") {
  CHECK(flame_label("main", 4) == "main");
  CHECK(flame_label("main", 2).empty());
  CHECK(flame_label("keccak::backends::soft::keccak_p::<u64, 24>", 60) ==
        "keccak::backends::soft::keccak_p::<u64, 24>");
  CHECK(flame_label("keccak::backends::soft::keccak_p::<u64, 24>", 28) == "\u2026soft::keccak_p::<u64, 24>");
  CHECK(flame_label("keccak::backends::soft::keccak_p::<u64, 24>", 22) == "\u2026keccak_p::<u64, 24>");
  CHECK(flame_label("keccak::backends::soft::keccak_p::<u64, 24>", 10) == "keccak_p:\u2026");
  CHECK(flame_label("<k256::arithmetic::ProjectivePoint as a::B>::double", 20) == "\u2026double");
  CHECK(flame_label("f(int, std::string) -> a::b", 12) == "f(int, std:\u2026");
  CHECK(flame_label("\u6f22\u5b57\u6f22\u5b57", 5) == "\u6f22\u5b57\u2026");
  for (std::size_t columns = 3; columns < 40; ++columns) {
    const std::string cut = flame_label("\U0001f600\U0001f600::e\u0301\u6f22\u5b57::\U0001f600ab<\U0001f600>", columns);
    CHECK(clean(cut) == cut);  // valid UTF-8
    CHECK(display_width(cut) <= columns);
  }
}

TEST_CASE("text keeps a contrast of 4.5 to every colour of every palette in both themes") {
  std::size_t checked = 0;
  const auto check = [&](std::span<const FlameColour> colours) {
    for (const FlameColour& colour : colours) {
      CHECK(contrast(colour.light, flame_text_colour.light) >= 4.5);
      CHECK(contrast(colour.dark, flame_text_colour.dark) >= 4.5);
      ++checked;
    }
  };
  for (const auto palette : {FlamePalette::hot, FlamePalette::cool, FlamePalette::module, FlamePalette::kind}) {
    check(flame_colours(palette));
  }
  check(flame_difference_colours());
  check(flame_common_colours());
  CHECK(checked == 3 * 16 + 7 + 14 + 3);
  CHECK(contrast(0xFFFFFF, 0x000000) > 20.9);
  // The style sheet uses the text colours that were checked.
  CHECK(flame_style(Theme::light, {}).find(".flamegraph text{fill:#1f2328}") != std::string::npos);
  CHECK(flame_style(Theme::dark, {}).find(".flamegraph text{fill:#f0f6fc}") != std::string::npos);
}

TEST_CASE("colours follow the name, the crate or what a function does") {
  CHECK(flame_class(FlamePalette::hot, "f", "") == flame_class(FlamePalette::hot, "f", "other"));
  CHECK(flame_class(FlamePalette::module, "k256::a", "") ==
        flame_class(FlamePalette::module, "<k256::b as c::D>::e", ""));
  CHECK(flame_class(FlamePalette::kind, "memcpy", "") == "k4");
  CHECK(flame_module("<&mut keccak::State as Digest>::update") == "keccak");
  CHECK(flame_module("memcpy").empty());
  CHECK_THROWS_AS(flame_palette_from("rainbow"), cyclegate::model::Error);
}

TEST_CASE("the fast way to write numbers gives what the reports give") {
  std::mt19937_64 random(7);
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t whole = random() >> (random() % 64);
    const std::uint64_t part = whole == 0 ? 0 : random() % whole + (random() % 8 == 0 ? 1 : 0);
    std::string out;
    append_share(out, part, whole);
    REQUIRE(out == escape_html(share(part, whole)));
    out.clear();
    append_thousands(out, whole);
    REQUIRE(out == thousands(whole));
  }
}

TEST_CASE("a difference says the change with and without callees on every frame") {
  std::mt19937 random(11);
  for (int round = 0; round < 60; ++round) {
    const Profile base = random_profile(random, 1 + random() % 40);
    const Profile head = random_profile(random, 1 + random() % 40);
    FlamegraphOptions options = still();
    options.min_width = {0, false};
    const auto lanes = lanes_of(flamegraph_difference_svg(base, head, options));
    const auto of_base = chains(base);
    const auto of_head = chains(head);
    std::map<std::string, Frame> drawn;
    std::map<std::string, Frame> removed;
    for (const auto& lane : lanes)
      (lane.front().title.find(" \u2192 0 cost") == std::string::npos ? drawn : removed) = by_chain(lane);
    const auto expected_lines = [&](const std::string& chain) {
      const auto [base_inclusive, base_self] =
          of_base.contains(chain) ? of_base.at(chain) : std::pair<std::uint64_t, std::uint64_t>{};
      const auto [head_inclusive, head_self] =
          of_head.contains(chain) ? of_head.at(chain) : std::pair<std::uint64_t, std::uint64_t>{};
      const auto line = [](std::string_view what, std::uint64_t before, std::uint64_t after) {
        std::string text =
            "\n" + std::string(what) + " " + thousands(before) + " \u2192 " + thousands(after) + " cost, ";
        if (before == after) return text + "0";
        text += after > before ? "+" + thousands(after - before) : "-" + thousands(before - after);
        return text + " (" + (before == 0 ? "new" : after == 0 ? "gone" : percent_change(before, after)) + ")";
      };
      return line("inclusive", base_inclusive, head_inclusive) + line("self", base_self, head_self);
    };
    std::uint64_t gone = 0;
    for (const auto& [chain, weights] : of_head) {
      if (weights.first == 0) continue;
      INFO(chain);
      REQUIRE(drawn.contains(chain));
      CHECK(drawn.at(chain).weight == weights.first);
      CHECK(drawn.at(chain).title.find(expected_lines(chain)) != std::string::npos);
    }
    for (const auto& [chain, weights] : of_base) {
      if (weights.first == 0 || (of_head.contains(chain) && of_head.at(chain).first != 0)) continue;
      INFO(chain);
      gone += weights.second;
      // What only base has keeps its area.
      REQUIRE(removed.contains(chain));
      CHECK(removed.at(chain).weight == weights.first);
      CHECK(removed.at(chain).css_class == "gone");
      CHECK(removed.at(chain).title.find(expected_lines(chain)) != std::string::npos);
    }
    std::uint64_t area = 0;
    for (const auto& [chain, frame] : removed) area += chain.find(';') == std::string::npos ? frame.weight : 0;
    CHECK(area == gone);
  }
}

TEST_CASE("what shrinks to less than can be drawn keeps the area that it had") {
  const std::string svg = flamegraph_difference_svg(profile_of("main;slow 1000000\nmain;other 1000\n"),
                                                    profile_of("main;slow 1\nmain;other 1000000\n"), still());
  const auto lanes = lanes_of(svg);
  REQUIRE(lanes.size() == 2);
  CHECK(named(lanes[0], "slow") == nullptr);
  const Frame* slow = named(lanes[1], "slow");
  REQUIRE(slow != nullptr);
  CHECK(slow->weight == 1'000'000);
  CHECK(slow->css_class == "m4");
  CHECK(slow->title ==
        "slow\ninclusive 1,000,000 \u2192 1 cost, -999,999 (-99.99 %)\nself 1,000,000 \u2192 1 cost, -999,999 "
        "(-99.99 %)\n99.90 % of base");
  CHECK(named(lanes[1], "main")->css_class == "root");
  CHECK(lanes[1].front().title == "all\n1,000,000 \u2192 1 cost, -999,999 (-99.99 %)");
  CHECK(svg.find(">Too narrow to draw in head: slow 1,000,000 \u2192 1 cost, -999,999 (-99.99 %)<") !=
        std::string::npos);
  CHECK(svg.find(">Only in base, or too narrow to draw in head: 1,000,000 cost, 99.90 % of base, at the same scale") !=
        std::string::npos);
  CHECK(svg.find("Gone:") == std::string::npos);
  CHECK(svg.find("No frame of base is gone") == std::string::npos);
}

TEST_CASE("every chain wide enough in base or head is drawn with its figures") {
  std::mt19937 random(5);
  std::size_t shrunk = 0;
  for (int round = 0; round < 60; ++round) {
    const Profile base = random_profile(random, 1 + random() % 40);
    const Profile head = random_profile(random, 1 + random() % 40);
    FlamegraphOptions options = still();
    options.min_width = {3, true};
    const auto of_base = chains(base);
    const auto of_head = chains(head);
    const auto inclusive = [](const auto& side, const std::string& chain) {
      return side.contains(chain) ? side.at(chain).first : 0;
    };
    std::uint64_t base_total = 0;
    std::uint64_t head_total = 0;
    for (const auto& [chain, weights] : of_base) base_total += weights.second;
    for (const auto& [chain, weights] : of_head) head_total += weights.second;
    const std::uint64_t scale = std::max(base_total, head_total);
    if (head_total == 0) continue;
    const auto lanes = lanes_of(flamegraph_difference_svg(base, head, options));
    const auto drawn = by_chain(lanes.front());
    const auto removed = lanes.size() > 1 ? by_chain(lanes[1]) : std::map<std::string, Frame>{};
    for (const auto& [chain, weights] : of_base) {
      INFO(chain);
      const std::uint64_t before = weights.first;
      const std::uint64_t after = inclusive(of_head, chain);
      const std::string figures = "\ninclusive " + thousands(before) + " \u2192 " + thousands(after) + " cost";
      if (after * 100 >= scale * 3) {
        REQUIRE(drawn.contains(chain));
        CHECK(drawn.at(chain).title.find(figures) != std::string::npos);
      } else if (before * 100 >= scale * 3) {
        REQUIRE(removed.contains(chain));
        CHECK(removed.at(chain).weight == before);
        CHECK(removed.at(chain).css_class != "root");
        CHECK(removed.at(chain).title.find(figures) != std::string::npos);
        shrunk += after != 0 ? 1 : 0;
      }
    }
  }
  CHECK(shrunk > 20);
}

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
    std::map<std::string, Frame> frames;
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

TEST_CASE("a caller whose callees grew by a third is not called unchanged") {
  const std::string svg = flamegraph_difference_svg(profile_of("a;b 300\n"), profile_of("a;b 400\n"), still());
  const auto frames = lanes_of(svg).front();
  CHECK(named(frames, "a")->title ==
        "a\ninclusive 300 \u2192 400 cost, +100 (+33.33 %)\nself 0 \u2192 0 cost, 0\n100 % of head");
  CHECK(named(frames, "a")->css_class == "p3");
  const auto by_self = lanes_of(
      flamegraph_difference_svg(profile_of("a;b 300\n"), profile_of("a;b 400\n"), still(), DifferenceColour::self));
  CHECK(named(by_self.front(), "a")->css_class == "z");
  CHECK(named(by_self.front(), "b")->css_class == "p3");
  CHECK(svg.find("No frame of base is gone.") != std::string::npos);
}

TEST_CASE("the diverging scale begins its steps where the legend says") {
  CHECK(flame_difference_class(100, 100) == "z");
  CHECK(flame_difference_class(1'000'000, 1'000'001) == "p0");
  CHECK(flame_difference_class(1'000, 1'010) == "p1");
  CHECK(flame_difference_class(1'000, 1'050) == "p2");
  CHECK(flame_difference_class(1'000, 1'200) == "p3");
  CHECK(flame_difference_class(1'000, 1'500) == "p4");
  CHECK(flame_difference_class(1'000, 1'999) == "p4");
  CHECK(flame_difference_class(1'000, 2'000) == "p5");
  CHECK(flame_difference_class(1'000, 999) == "m0");
  CHECK(flame_difference_class(1'000, 990) == "m1");
  CHECK(flame_difference_class(1'000, 500) == "m4");
  CHECK(flame_difference_class(1'000, 1) == "m4");
  CHECK(flame_difference_class(0, 1) == "new");
  CHECK(flame_difference_class(1, 0) == "gone");
  const std::uint64_t top = std::numeric_limits<std::uint64_t>::max();
  CHECK(flame_difference_class(top / 3, top) == "p5");
  CHECK(flame_difference_class(top, top - 1) == "m0");
  // Every class that a frame can have stands in the legend.
  std::set<std::string_view> legend;
  for (const auto& entry : flame_difference_legend()) legend.insert(entry.css_class);
  for (const auto& colour : flame_difference_colours()) CHECK(legend.contains(colour.css_class));
}

TEST_CASE("the legend and the lines above a lane fit into every width") {
  for (const bool interactive : {false, true}) {
    for (const std::uint32_t width : {300U, 480U, 799U, 1200U}) {
      FlamegraphOptions options;
      options.width = width;
      options.interactive = interactive;
      // The script never draws narrower than 800 pixels, but as narrow whatever was asked for.
      const double end = (interactive ? std::min(width, 800U) : width) - flame_margin;
      const std::string svg =
          flamegraph_difference_svg(cyclegate::test::sample_base(), cyclegate::test::sample_head(), options);
      std::vector<std::pair<double, double>> boxes;
      const std::string_view text = svg;
      for (std::size_t at = text.find("<text class=\"quiet\""); at != std::string_view::npos;) {
        const std::string_view line = text.substr(at, text.find("</text>", at) - at);
        // 7 pixels per column; an entity is one character.
        std::size_t columns = display_width(line.substr(line.find('>') + 1));
        for (const char c : line) columns -= c == '&' ? 3 : 0;
        if (line.find(" y=\"43\"") == std::string_view::npos)
          CHECK(static_cast<double>(columns) * 7 <= end - flame_margin);
        at = text.find("<text class=\"quiet\"", at + 1);
      }
      for (const auto& entry : flame_difference_legend()) {
        const std::string before = "<g class=\"" + std::string(entry.css_class) + "\"><rect x=\"";
        const std::size_t at = text.find(before);
        REQUIRE(at != std::string_view::npos);
        const double x = std::stod(std::string(text.substr(at + before.size(), 8)));
        const double wide = std::stod(between(text.substr(at), " width=\"", "\""));
        const double y = std::stod(between(text.substr(at), " y=\"", "\""));
        CHECK(x + wide <= end);
        CHECK(wide >= 50);  // `+100 %` at 12 pixels
        for (const auto& [other_x, other_y] : boxes) CHECK((other_y != y || other_x + wide <= x));
        boxes.emplace_back(x, y);
      }
    }
  }
}

TEST_CASE("profiles that count different things are not compared") {
  Profile head = profile_of("a 1\n");
  head.columns = {{.name = "cost", .unit = "steps"}};
  CHECK_THROWS_AS(flamegraph_difference_svg(profile_of("a 1\n"), head, still()), cyclegate::model::Error);
  head.columns = {{.name = "steps", .unit = "steps"}};
  CHECK_THROWS_AS(flamegraph_pair_page(profile_of("a 1\n"), head, still()), cyclegate::model::Error);
}

TEST_CASE("shares and changes too small for two digits leave a picture well-formed") {
  const Profile base = profile_of("a 10\na;b 9999990\n");
  const Profile head = profile_of("a 10\na;b 9999991\n");
  const std::string one = flamegraph_svg(base, still());
  CHECK(one.find("self 10, &lt;0.01 %") != std::string::npos);
  CHECK(cyclegate::render::test::markup_error(one, allowed()).empty());
  const std::string both = flamegraph_difference_svg(base, head, still());
  CHECK(both.find("+1 (+&lt;0.01 %)") != std::string::npos);
  CHECK(both.find("&amp;lt;") == std::string::npos);
  CHECK(cyclegate::render::test::markup_error(both, allowed()).empty());
  CHECK(flamegraph_pair_page(base, head, still()).find("&amp;lt;") == std::string::npos);
}

TEST_CASE("a side that counted nothing leaves the other visible") {
  const std::string gone = flamegraph_difference_svg(profile_of("a;b 5\n"), profile_of("a 0\n"), still());
  CHECK(gone.find("head counted nothing") != std::string::npos);
  CHECK(lanes_of(gone).front().size() == 3);
  const std::string added = flamegraph_difference_svg(profile_of("a 0\n"), profile_of("a;b 5\n"), still());
  CHECK(named(lanes_of(added).front(), "b")->css_class == "new");
}
