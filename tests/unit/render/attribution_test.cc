#include "render/attribution_text.h"

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "comparisons.h"
#include "markup_check.h"
#include "render/html.h"
#include "render/markdown.h"
#include "render/summary.h"
#include "render/terminal.h"

using namespace cyclegate;
using render::test::repriced;

namespace {

struct Rendered {
  std::string terminal;
  std::string comment;
  std::string page;

  explicit Rendered(const model::Comparison& comparison) {
    const auto summary = render::summarise(comparison);
    const render::Options options;
    terminal = render::render_terminal(comparison, summary, options, {.colour = false, .width = 140});
    comment = render::render_markdown(comparison, summary, options);
    page = render::render_html(comparison, summary, options);
  }
};

}  // namespace

TEST_CASE("guest, model and interaction stand in terminal, comment and page, and the models by name") {
  const Rendered rendered(repriced());
  for (const std::string* text : {&rendered.terminal, &rendered.comment, &rendered.page}) {
    INFO(*text);
    for (const char* words : {"zisk-next sha256:0123456789abcdef0123456789abcdef", "zisk-1.4.0-alpha", "1,000,000",
                              "-10,000", "+200,000", "+110,000", "1,300,000", "hash on embedded, inputs by weight"}) {
      INFO(words);
      CHECK(text->contains(words));
    }
  }
  // Inputs one by one stand on the page, parts there and in the comment.
  CHECK(rendered.page.contains("hash/light on embedded"));
  CHECK_FALSE(rendered.comment.contains("hash/light on embedded"));
  CHECK(rendered.page.contains("opcode:mul"));
  CHECK(rendered.comment.contains("opcode:mul"));
}

TEST_CASE("the note says where the sign turns and what every run costs, and nothing else") {
  auto comparison = repriced();
  CHECK(render::attribution_note(comparison.attributions[0]) ==
        "head's guest is not worse under base's model (-1.00 %) and worse under head's (+8.33 %); with what every run "
        "costs: 2,000,000 to 2,300,500");
  CHECK(render::attribution_note(comparison.attributions[1]).empty());
}

TEST_CASE("a guest of one input stands for itself") {
  auto comparison = repriced();
  CHECK(render::widest_attributions(comparison).size() == 1);
  comparison.attributions.erase(comparison.attributions.begin());
  const auto widest = render::widest_attributions(comparison);
  REQUIRE(widest.size() == 1);
  CHECK(render::attribution_place(*widest[0]) == "hash/light on embedded");
}

TEST_CASE("where both sides have one cost model no report speaks of it") {
  auto comparison = repriced();
  comparison.attributions.clear();
  const Rendered rendered(comparison);
  CHECK(render::attributions_text(comparison, 10, 100, false).empty());
  for (const std::string* text : {&rendered.terminal, &rendered.comment, &rendered.page})
    CHECK_FALSE(text->contains("cost model"));
}

TEST_CASE("names of models, guests and parts break out of nothing, and thousands of guests leave the comment short") {
  auto comparison = repriced();
  const auto one = comparison.attributions[0];
  comparison.attributions.clear();
  for (int round = 0; round < 200; ++round) {
    for (const std::string& text : render::test::hostile_texts()) {
      auto next = one;
      next.guest = text + std::to_string(round);
      next.executor = text;
      next.base_model = text;
      next.head_model = text;
      next.parts[0].name = text;
      comparison.attributions.push_back(next);
    }
  }
  const Rendered rendered(comparison);
  CHECK(rendered.comment.size() < render::comment_byte_limit);
  CHECK(rendered.page.contains("more guest"));
  using namespace render::test;
  CHECK(markup_error(rendered.page, page_elements()).empty());
  CHECK(markup_error(rendered.comment, comment_elements()).empty());
  CHECK_FALSE(rendered.terminal.contains('\x1b'));
}
