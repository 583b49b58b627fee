#include "render/flamegraph_difference.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <limits>
#include <map>
#include <random>
#include <set>

#include "model/error.h"
#include "render/drawn_frames.h"
#include "render/flame_writer.h"
#include "render/markup_check.h"
#include "render/numbers.h"
#include "render/profiles.h"
#include "render/safe_text.h"

using namespace cyclegate::render;
using namespace cyclegate::render::test;
using cyclegate::model::Profile;
using cyclegate::test::profile_of;

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
    std::map<std::string, DrawnFrame> drawn;
    std::map<std::string, DrawnFrame> removed;
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
  const DrawnFrame* slow = named(lanes[1], "slow");
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
    const auto removed = lanes.size() > 1 ? by_chain(lanes[1]) : std::map<std::string, DrawnFrame>{};
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
