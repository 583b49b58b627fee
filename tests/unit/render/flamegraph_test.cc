#include "render/flamegraph.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <limits>
#include <random>

#include "model/error.h"
#include "render/comparisons.h"
#include "render/drawn_frames.h"
#include "render/flame_tree.h"
#include "render/flame_writer.h"
#include "render/flamegraph_difference.h"
#include "render/markup_check.h"
#include "render/numbers.h"
#include "render/profiles.h"
#include "render/safe_text.h"
#include "support/golden.h"

using namespace cyclegate::render;
using namespace cyclegate::render::test;
using cyclegate::model::Profile;
using cyclegate::test::profile_of;

namespace {

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
