#include <catch2/catch_test_macros.hpp>
#include <limits>

#include "render/comparisons.h"
#include "render/markup_check.h"
#include "render/svg_histogram.h"

using namespace cyclegate::render;
using cyclegate::model::Breakdown;
using cyclegate::model::BreakdownRow;
using cyclegate::model::Distribution;

namespace {

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t i = text.find(part); i != std::string::npos; i = text.find(part, i + 1)) ++found;
  return found;
}

Breakdown many_functions() {
  Breakdown breakdown{.guest = "g", .executor = "embedded", .kind = "function", .rows = {}};
  for (std::uint64_t i = 0; i < 100; ++i) breakdown.rows.push_back({"f" + std::to_string(i), 1'000 + i, 1'000 + i});
  breakdown.rows[3].head = 9'000;
  breakdown.rows[7].head = 0;
  return breakdown;
}

}  // namespace

TEST_CASE("the functions that changed come first and nothing is lost from the sums") {
  const SelectedRows selected = select_rows(many_functions(), 12);
  REQUIRE(selected.rows.size() == 12);
  CHECK(selected.rows[0].name == "f3");
  CHECK(selected.rows[1].name == "f7");
  CHECK(selected.rows[2].name == "f99");  // by size where nothing changed
  CHECK(selected.rest_count == 88);
  CHECK(selected.rest.name == "88 others");
  BreakdownRow sum = selected.rest;
  for (const BreakdownRow& row : selected.rows) {
    sum.base += row.base;
    sum.head += row.head;
  }
  CHECK(sum.base == selected.total.base);
  CHECK(sum.head == selected.total.head);
}

TEST_CASE("a change of a few units in a billion does not push the large functions out of sight") {
  Breakdown breakdown{.guest = "g", .executor = "e", .kind = "function", .rows = {}};
  for (int i = 0; i < 20; ++i) breakdown.rows.push_back({"tiny" + std::to_string(i), 1'000, 1'001});
  breakdown.rows.push_back({"large", 1'000'000'000, 1'000'000'000});
  CHECK(select_rows(breakdown, 5).rows.front().name == "large");
}

TEST_CASE("a single row more than the limit is shown rather than summed") {
  Breakdown breakdown = many_functions();
  breakdown.rows.resize(13);
  CHECK(select_rows(breakdown, 12).rest_count == 0);
  CHECK(select_rows(breakdown, 12).rows.size() == 13);
}

TEST_CASE("a picture has one pair of bars for each row and one for the rest") {
  const std::string svg = breakdown_svg(many_functions(), 12);
  CHECK(count(svg, "<title>") == 1 + 12 + 2 * 13 + 1);  // the picture, twelve names, bars, the rest's name
  CHECK(svg.find("88 others") != std::string::npos);
  CHECK(svg.find("prefers-color-scheme:dark") != std::string::npos);
  CHECK(svg.find("<desc>") != std::string::npos);
  CHECK(breakdown_svg(many_functions(), 12) == svg);
}

TEST_CASE("a picture says what it splits, by which weights and over which inputs") {
  Breakdown breakdown = many_functions();
  const auto title = [&] { return cyclegate::render::breakdown_title(breakdown); };
  const auto scope = [&] { return cyclegate::render::breakdown_scope(breakdown); };
  CHECK(title() == "Cost by function");  // of a file that does not tell
  CHECK(scope().empty());
  breakdown.metric = "steps";
  breakdown.inputs = breakdown.of_inputs = breakdown.weight = 3;
  CHECK(title() == "Steps by function");
  CHECK(scope().empty());
  breakdown.weight = 7;
  CHECK(title() == "Weighted steps by function");
  CHECK(scope() == "3 inputs by weight");
  const std::string svg = breakdown_svg(breakdown);
  CHECK(svg.contains("<title>Weighted steps by function: g (embedded)</title>"));
  CHECK(svg.contains("; 3 inputs by weight; largest change first"));
  breakdown.of_inputs = 5;
  CHECK(scope() == "over 3 of 5 inputs by weight");
  breakdown.weight = 3;
  breakdown.kind = "opcode";
  breakdown.metric = "count";
  CHECK(title() == "Count by opcode class");
  CHECK(scope() == "over 3 of 5 inputs");
  breakdown.kind = "memory";
  breakdown.metric = "user_cycles";
  CHECK(title() == "User cycles by memory class");
}

TEST_CASE("each theme has its own colours and the one for pages has none") {
  const std::string light = breakdown_svg(many_functions(), 3, Theme::light);
  const std::string dark = breakdown_svg(many_functions(), 3, Theme::dark);
  CHECK(light != dark);
  CHECK(light.find("@media") == std::string::npos);
  CHECK(dark.find("@media") == std::string::npos);
  CHECK(breakdown_svg(many_functions(), 3, Theme::inherited).find("<style>") == std::string::npos);
}

TEST_CASE("pictures of nothing, of extremes and of hostile names are well-formed") {
  const auto top = ~cyclegate::model::Wide{0};
  CHECK(cyclegate::render::test::markup_error(breakdown_svg({}), cyclegate::render::test::svg_elements()).empty());
  CHECK(breakdown_svg({}).find("nothing was counted") != std::string::npos);
  Breakdown extreme{
      .guest = "<g>", .executor = "\"&'", .kind = "<kind>", .rows = {{"a", top, 0}, {"b", 0, top}, {"c", top, top}}};
  for (const std::string& text : cyclegate::render::test::hostile_texts()) extreme.rows.push_back({text, 1, 2});
  const std::string svg = breakdown_svg(extreme, 40);
  CHECK(cyclegate::render::test::markup_error(svg, cyclegate::render::test::svg_elements()).empty());
  CHECK(svg.find("nan") == std::string::npos);
  CHECK(svg.find("inf") == std::string::npos);
}

TEST_CASE("a distribution shows every run and both medians") {
  const Distribution few{.cell = {"g", "i", "e"},
                         .metric = "wall_time",
                         .unit = "ns",
                         .base = {100, 200, 300},
                         .head = {150, 250, 350, 450}};
  const std::string svg = distribution_svg(few);
  CHECK(count(svg, "<circle") == 7);
  CHECK(svg.find("median 200 ns") != std::string::npos);
  CHECK(svg.find("median 300 ns") != std::string::npos);
  CHECK(median({4, 1, 3, 2}) == 2);
  CHECK(median({}) == 0);
}

TEST_CASE("distributions of none, of one value and of extreme values are drawn") {
  const std::int64_t top = std::numeric_limits<std::int64_t>::max();
  for (const auto& [base, head] : {std::pair<std::vector<std::int64_t>, std::vector<std::int64_t>>{{}, {}},
                                   {{5}, {}},
                                   {{0, 0, 0}, {0}},
                                   {{7, 7, 7}, {7, 7}},
                                   {{0, top}, {top}},
                                   {{-5, -1}, {3}},
                                   {std::vector<std::int64_t>(5'000, 10), {11}}}) {
    const std::string svg =
        distribution_svg({.cell = {"g", "i", "e"}, .metric = "m", .unit = "ns", .base = base, .head = head});
    CHECK(cyclegate::render::test::markup_error(svg, cyclegate::render::test::svg_elements()).empty());
    CHECK(svg.find("nan") == std::string::npos);
    CHECK(svg.find("\"inf") == std::string::npos);
    CHECK(svg.size() < 100'000);
  }
}
