#include "render/report.h"

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <ctime>
#include <iostream>

#include "model/error.h"
#include "render/blame_text.h"
#include "render/comparisons.h"
#include "render/html.h"
#include "render/junit.h"
#include "render/markdown.h"
#include "render/markup_check.h"
#include "render/numbers.h"
#include "render/safe_text.h"
#include "render/summary.h"
#include "render/svg_histogram.h"
#include "render/terminal.h"
#include "support/golden.h"
#include "support/temporary_directory.h"

using namespace cyclegate::render;
namespace model = cyclegate::model;

namespace {

Options with_pictures() {
  Options options;
  options.report_location = "out/gate";
  options.report_url = "https://example.org/report.html";
  options.picture_link = [](std::string_view name) {
    const std::string url = "https://example.org/0123abcd/" + std::string(name);
    return PictureLink{url + ".light.svg", url + ".dark.svg"};
  };
  return options;
}

/// Checks everything that must hold for any comparison.
void check_any(const model::Comparison& comparison, const Options& options) {
  const Summary summary = summarise(comparison);
  const std::string comment = render_markdown(comparison, summary, options);
  CHECK(comment.size() <= 60'000);
  CHECK(comment.starts_with("<!-- cyclegate -->\n"));
  CHECK(comment.find("<!--", 4) == std::string::npos);
  const std::string head = comment.substr(0, 1'024);
  CHECK(head.find(escape_comment(headline(comparison.verdict))) != std::string::npos);
  CHECK(head.find("status " + std::string(model::to_string(comparison.status))) != std::string::npos);
  CHECK(head.find("<b>Next</b> ") != std::string::npos);
  CHECK(head.find("</p>", head.find("<b>Next</b> ")) != std::string::npos);
  CHECK(cyclegate::render::test::markup_error(comment, cyclegate::render::test::comment_elements()).empty());
  // Outside of tags and entities nothing is left that Markdown or GitHub would act on.
  bool in_tag = false;
  std::size_t line_start = 0;
  for (std::size_t i = 0; i < comment.size(); ++i) {
    const char c = comment[i];
    if (c == '\n') line_start = i + 1;
    if (c == '<') in_tag = true;
    if (!in_tag && std::string_view("`*[]|\\~$").find(c) != std::string_view::npos) FAIL_CHECK("a raw " << c);
    if (!in_tag && c == '@' && !comment.substr(i + 1).starts_with("&#8203;")) FAIL_CHECK("a raw @");
    const bool heading = comment.substr(line_start, i + 1 - line_start).find_first_not_of('#') == std::string::npos;
    if (!in_tag && c == '#' && comment[i - 1] != '&' && !heading && !comment.substr(i + 1).starts_with("&#8203;")) {
      FAIL_CHECK("a raw #");
    }
    if (c == '>') in_tag = false;
  }
  const std::string page = render_html(comparison, summary, options);
  CHECK(cyclegate::render::test::markup_error(page, cyclegate::render::test::page_elements()).empty());
  CHECK(page.find("<script") == std::string::npos);
  CHECK(page.find("src=\"") == std::string::npos);
  CHECK(page.find("url(") == std::string::npos);
  CHECK(page.find("@import") == std::string::npos);
  CHECK(cyclegate::render::test::markup_error(render_junit(comparison, summary),
                                              cyclegate::render::test::junit_elements())
            .empty());
  for (const std::size_t width : {40U, 60U, 100U, 200U}) {
    const std::string text = render_terminal(comparison, summary, options, {.colour = false, .width = width});
    for (std::size_t start = 0; start < text.size();) {
      const std::size_t end = text.find('\n', start);
      REQUIRE(end != std::string::npos);
      const std::string_view line = std::string_view(text).substr(start, end - start);
      CHECK(display_width(line) <= std::max<std::size_t>(60, width));
      CHECK(clean(line, 100'000) == line.substr(0));
      start = end + 1;
    }
  }
  for (const ReportFile& file : render_all(comparison, options)) {
    CHECK(file.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-./") == std::string::npos);
    CHECK(file.name.find("..") == std::string::npos);
    if (file.name.ends_with(".svg"))
      CHECK(cyclegate::render::test::markup_error(file.bytes, cyclegate::render::test::svg_elements()).empty());
  }
}

}  // namespace

TEST_CASE("the reports of the sample comparisons are as they were looked at") {
  for (const auto& [name, comparison] : cyclegate::render::test::golden_comparisons()) {
    for (const ReportFile& file : render_all(comparison, with_pictures())) {
      cyclegate::test::check_golden("render/" + name + "/" + file.name, file.bytes);
    }
  }
  const model::Comparison comparison = cyclegate::render::test::all_kinds();
  cyclegate::test::check_golden("render/all_kinds/terminal-colour.txt",
                                render_terminal(comparison, summarise(comparison), {}, {.colour = true, .width = 140}));
  cyclegate::test::check_golden(
      "render/regression/comment-without-pictures.md",
      render_markdown(cyclegate::render::test::regression(), summarise(cyclegate::render::test::regression()), {}));
}

TEST_CASE("the same comparison gives the same bytes") {
  CHECK(render_all(cyclegate::render::test::all_kinds(), with_pictures()) ==
        render_all(cyclegate::render::test::all_kinds(), with_pictures()));
}

TEST_CASE("hostile names break out of no report") {
  check_any(cyclegate::render::test::hostile(), {});
  check_any(cyclegate::render::test::hostile(), with_pictures());
}

TEST_CASE("whatever the comparison, the comment keeps its limits and the markup its form") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    INFO("seed " << seed);
    check_any(cyclegate::render::test::arbitrary(seed, seed % 3 == 0 ? 4'000 : 60),
              seed % 2 == 0 ? Options{} : with_pictures());
  }
}

TEST_CASE("the worst and the best change are those of one executor, which is named") {
  const auto cell = [](const std::string& executor, const std::string& input, std::uint64_t base, std::uint64_t head) {
    cyclegate::model::Finding finding;
    finding.cell = {"g", input, executor};
    finding.metric = "cost";
    finding.kind = head < base ? cyclegate::model::FindingKind::improved : cyclegate::model::FindingKind::regressed;
    finding.deciding = true;
    finding.change.base = base;
    finding.change.head = head;
    return finding;
  };
  cyclegate::model::Comparison comparison;
  comparison.findings = {cell("embedded", "a", 100, 50), cell("sp1", "a", 100, 102), cell("sp1", "b", 100, 99)};
  comparison.findings[1].gates = true;
  Summary summary = summarise(comparison);
  CHECK(summary.several_executors);
  REQUIRE((summary.worst != nullptr && summary.best != nullptr));
  CHECK((summary.worst->cell.executor == "sp1" && summary.worst->cell.input == "a"));
  CHECK((summary.best->cell.executor == "sp1" && summary.best->cell.input == "b"));
  CHECK(render_markdown(comparison, summary, {}).contains("cost on sp1"));
  comparison.findings[1].gates = false;  // worse before better, and embedded has nothing worse
  CHECK(summarise(comparison).worst->cell.executor == "sp1");
  comparison.findings.erase(comparison.findings.begin());
  CHECK_FALSE(summarise(comparison).several_executors);
}

TEST_CASE("the function that grew most is one of the executor that is worse") {
  cyclegate::model::Comparison comparison;
  comparison.verdict = cyclegate::model::Verdict::discard_worse;
  comparison.guests = {
      {.guest = "g", .verdict = cyclegate::model::Verdict::discard_worse, .why = "", .same_artifact = false}};
  for (const auto& [executor, kind] : {std::pair("embedded", cyclegate::model::FindingKind::improved),
                                       std::pair("sp1", cyclegate::model::FindingKind::regressed)}) {
    cyclegate::model::Finding finding;
    finding.cell = {"g", "a", executor};
    finding.metric = "cost";
    finding.kind = kind;
    finding.deciding = true;
    finding.change.base = 100;
    finding.change.head = kind == cyclegate::model::FindingKind::improved ? 90 : 110;
    comparison.findings.push_back(finding);
  }
  const auto blame = [&](const char* input, const char* executor, const char* function, cyclegate::model::Wide head) {
    cyclegate::model::Blame one{.guest = "g", .input = input, .executor = executor, .column = "cost"};
    one.rows = {{.function = "less", .base_self = 5000}, {.function = function, .base_self = 1, .head_self = head}};
    comparison.blame.push_back(one);
  };
  // The breakdown may be of other inputs than what is blamed.
  comparison.breakdowns = {{"g", "sp1", "function", {{.name = "shuffle", .base = 0, .head = 900}}}};
  CHECK_FALSE(summarise(comparison).next_step.contains("grew most"));
  blame("a", "embedded", "shuffle", 900);
  blame("a", "sp1", "hash", 11);
  blame("b", "sp1", "mix", 21);
  CHECK(summarise(comparison).next_step.contains("The function that grew most is mix: +20 (g/b on sp1)."));
  // The inputs together come first.
  comparison.blame.insert(comparison.blame.begin() + 1, comparison.blame[1]);
  comparison.blame[1].input.clear();
  CHECK(summarise(comparison).next_step.contains("is hash: +10 (g on sp1, inputs by weight)."));
}

TEST_CASE("figures of a function that nobody told are blank in every report") {
  using cyclegate::model::BlameRow;
  BlameRow row{.function = "leaf", .base_self = 10, .head_self = 39};
  cyclegate::model::Comparison comparison;
  comparison.blame = {
      {.guest = "g", .executor = "ziskemu", .column = "steps", .unit = "steps", .base = 10, .head = 39, .rows = {row}}};
  const auto says = [](const std::string& text, const char* what) { return text.contains(what); };
  const std::string cells =
      "<b>+29</b></td><td align=\"right\"></td><td align=\"right\"></td><td align=\"right\"></td>";
  CHECK(says(render_markdown(comparison, summarise(comparison), {}), cells.c_str()));
  CHECK(says(render_html(comparison, summarise(comparison), {}),
             "inclusive\"></td><td class=\"n calls\"></td><td class=\"n per-call\"></td>"));
  for (const std::size_t width : {60U, 80U, 200U}) {
    const std::string text = blame_text(comparison.blame[0], 5, width, false);
    CHECK(says(text, "+29"));
    CHECK_FALSE(says(text, " 0"));
    CHECK_FALSE(says(text, "calls 0"));
  }
  // Calls without what they took: no cost per call.
  row.base_calls = row.head_calls = 5;
  CHECK(cost_per_call(row).empty());
  CHECK(calls_text(row, " to ") == "5");
  row.base_total = 10;
  row.head_total = 50;
  CHECK(cost_per_call(row) == "2 to 10");
  CHECK(inclusive_change(row) == "+40");
}

TEST_CASE("a guest's reason stands once, whatever the number of its executors") {
  cyclegate::model::Comparison comparison;
  comparison.guests = {
      {.guest = "g", .verdict = cyclegate::model::Verdict::keep, .why = "because of it", .same_artifact = false}};
  for (const char* executor : {"embedded", "sp1", "risc0"}) {
    cyclegate::model::Aggregate sums;
    sums.guest = "g";
    sums.executor = executor;
    sums.metric = "cost";
    sums.deciding = true;
    sums.base = 10;
    sums.head = 9;
    comparison.aggregates.push_back(sums);
  }
  const std::string text = render_terminal(comparison, summarise(comparison), {}, {.colour = false, .width = 100});
  const std::size_t first = text.find("because of it");
  REQUIRE(first != std::string::npos);
  CHECK(text.find("because of it", first + 1) == std::string::npos);
}

TEST_CASE("a build that failed is told once, and named everywhere else") {
  cyclegate::model::Comparison comparison;
  const std::string told =
      "build zisk of g (base): `make all` in the guest's directory: exit status 2; log: out/logs/x.log";
  cyclegate::model::Artifact broken{.guest = "g", .build = "zisk"};
  broken.failure = cyclegate::model::StageFailure{.stage = "build", .why = told, .excerpt = "make: no rule\n"};
  comparison.base.artifacts.push_back(broken);
  comparison.reasons = {{"base-failed", "no result of base (1 cell): g/a@embedded (base failed (" + told + "))"}};
  comparison.guests = {{.guest = "g",
                        .verdict = cyclegate::model::Verdict::inconclusive,
                        .why = "nothing to compare: base failed (" + told + ")",
                        .same_artifact = false}};
  cyclegate::model::Finding finding;
  finding.cell = {.guest = "g", .input = "a", .executor = "embedded"};
  finding.metric = "cost";
  finding.kind = cyclegate::model::FindingKind::incomparable;
  finding.deciding = true;
  finding.change.head = 7;
  finding.why = "base failed (" + told + ") and head does not: there is nothing to compare with";
  comparison.findings = {finding};
  const Summary summary = summarise(comparison);
  const auto times = [](const std::string& text, std::string_view word) {
    std::size_t count = 0;
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++count;
    return count;
  };
  for (const std::string& text : {render_terminal(comparison, summary, {}, {.colour = false, .width = 400}),
                                  render_markdown(comparison, summary, {}), render_html(comparison, summary, {})}) {
    INFO(text);
    CHECK(times(text, "log: out/logs/x.log") == 1);
    CHECK(times(text, "base failed (build zisk of g (base)) and head does not") == 1);
    CHECK(times(text, "exit status 2") <= 3);  // markdown has the first reason twice
    CHECK(times(text, "make: no rule") == 1);
  }
}

TEST_CASE("an empty comparison is reported too") {
  check_any({}, {});
}

TEST_CASE("a comment too long says what it left out, in the stated order") {
  const model::Comparison comparison = cyclegate::render::test::huge(2'000, 5);
  const std::string comment = render_markdown(comparison, summarise(comparison), with_pictures());
  CHECK(comment.size() <= 60'000);
  CHECK(comment.find("Left out to keep this comment short: rows of the breakdowns; ") != std::string::npos);
  CHECK(comment.find(" more findings") != std::string::npos);
}

TEST_CASE("without picture links the comment has every number as text") {
  const model::Comparison comparison = cyclegate::render::test::regression();
  const std::string comment = render_markdown(comparison, summarise(comparison), {});
  CHECK(comment.find("<img") == std::string::npos);
  for (const auto* number : {"812,345,678", "96,000,000", "41,000,000", "2,234,567,890", "47.94 ms"}) {
    CHECK(comment.find(number) != std::string::npos);
  }
}

TEST_CASE("picture addresses that are not plain URLs are left out") {
  Options options;
  options.picture_link = [](std::string_view) { return PictureLink{"javascript:alert(1)", "https://x/y.svg"}; };
  options.report_url = "https://x/\"><script>";
  const std::string comment =
      render_markdown(cyclegate::render::test::regression(), summarise(cyclegate::render::test::regression()), options);
  CHECK(comment.find("<img") == std::string::npos);
  CHECK(comment.find("href") == std::string::npos);
}

TEST_CASE("a change of the rules stands before everything else, and a fork's numbers are marked") {
  Options options;
  options.unprivileged = true;
  const std::string comment =
      render_markdown(cyclegate::render::test::all_kinds(), summarise(cyclegate::render::test::all_kinds()), options);
  CHECK(comment.find("This change alters the gate") < comment.find("## "));
  CHECK(comment.find("unprivileged job") != std::string::npos);
  const std::string text =
      render_terminal(cyclegate::render::test::all_kinds(), summarise(cyclegate::render::test::all_kinds()), options,
                      {.colour = false, .width = 100});
  CHECK(text.starts_with("This change alters the gate"));
}

TEST_CASE("JUnit has one case per cell and one for the status, and fails where the gate does") {
  const model::Comparison comparison = cyclegate::render::test::all_kinds();
  const std::string xml = render_junit(comparison, summarise(comparison));
  const auto count = [&](std::string_view part) {
    std::size_t found = 0;
    for (std::size_t i = xml.find(part); i != std::string::npos; i = xml.find(part, i + 1)) ++found;
    return found;
  };
  CHECK(count("<testcase ") == summarise(comparison).cells.size() + 1);
  CHECK(count("<failure ") == 5);  // canada, failed, rejected, killed; and the status
  CHECK(count("<skipped ") == 5);  // inconclusive twice, incomparable, new, removed
}

TEST_CASE("a user's template replaces the built-in one") {
  const cyclegate::test::TemporaryDirectory directory;
  directory.write(
      "comment.md.mustache",
      "<!-- cyclegate -->\n{{headline}} {{status}} {{#worst}}{{change}}{{/worst}} {{#best}}{{change}}{{/best}}"
      "{{#only}}{{change}}{{/only}} {{next}}\n{{{headline}}}\n");
  Options options;
  options.templates = load_templates(directory.path());
  const std::string comment =
      render_markdown(cyclegate::render::test::regression(), summarise(cyclegate::render::test::regression()), options);
  CHECK(comment.starts_with("<!-- cyclegate -->\nDISCARD (worse) fail +5.37 % -75.00 % "));
  CHECK(options.templates.page.built_in);
}

TEST_CASE("a broken template is a configuration error that names file, line and column") {
  const cyclegate::test::TemporaryDirectory directory;
  const auto file = directory.write("report.html.mustache", "<p>\n  {{#guests}}\n</p>\n");
  try {
    load_templates(directory.path());
    FAIL("accepted");
  } catch (const model::Error& error) {
    CHECK(error.kind() == model::ErrorKind::configuration);
    CHECK(std::string(error.what()).starts_with(file.string() + ":2:3: "));
  }
}

TEST_CASE("templates that cannot be files of the repository are refused") {
  const cyclegate::test::TemporaryDirectory directory;
  std::filesystem::create_symlink("/etc/hostname", directory / "comment.md.mustache");
  CHECK_THROWS_AS(load_templates(directory.path()), model::Error);
  std::filesystem::remove(directory / "comment.md.mustache");
  directory.write("comment.md.mustache", std::string(300'000, ' '));
  CHECK_THROWS_AS(load_templates(directory.path()), model::Error);
  CHECK_THROWS_AS(load_templates(directory / "absent"), model::Error);
}

TEST_CASE("a template that breaks the comment's promises is refused with its name") {
  const auto refuses = [](const std::string& text) {
    Options options;
    options.templates.comment = {"mine/comment.md.mustache", text, false};
    try {
      render_markdown(cyclegate::render::test::regression(), summarise(cyclegate::render::test::regression()), options);
      FAIL("accepted: " << text.substr(0, 40));
    } catch (const model::Error& error) {
      CHECK(error.kind() == model::ErrorKind::configuration);
      CHECK(std::string(error.what()).starts_with("mine/comment.md.mustache: "));
    }
  };
  refuses("{{headline}}");
  refuses("<!-- cyclegate -->\n{{headline}}");
  refuses(built_in_templates().comment.text + std::string(60'000, 'x'));
}

TEST_CASE("the markup check finds what it is there to find") {
  const auto elements = cyclegate::render::test::comment_elements();
  CHECK(cyclegate::render::test::markup_error("<p>a</p>", elements).empty());
  for (const auto* broken : {"<p>a", "<p>a</b>", "<script></script>", "<p onclick=\"x\"></p>", "a & b",
                             "<p class=x></p>", "a < b", "\x1b", "\u202E"}) {
    CHECK_FALSE(cyclegate::render::test::markup_error(broken, elements).empty());
  }
}

TEST_CASE("ten thousand cells of twenty metrics are reported in bounded size and time") {
  const model::Comparison comparison = cyclegate::render::test::huge(10'000, 20);
  REQUIRE(comparison.findings.size() == 200'000);
  const std::clock_t start = std::clock();
  const auto files = render_all(comparison, {});
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  std::cout << "200,000 findings rendered in " << seconds << " s of CPU time\n";
  CHECK(seconds < 10);  // a sanitizer build on a busy machine; the figure printed is below 1 s in a release build
  for (const ReportFile& file : files) {
    if (file.name == "report.html") CHECK(file.bytes.size() < 4'000'000);
    if (file.name == "comment.md") CHECK(file.bytes.size() <= 60'000);
    if (file.name == "summary.txt") CHECK(file.bytes.size() < 100'000);
  }
}

TEST_CASE("an acceptance stands in the first kilobyte beside the verdict, and is inert") {
  const auto comparison = cyclegate::render::test::regression();
  Options options;
  options.unprivileged = true;
  options.accepted = Acceptance{.by = "maintainer",
                                .reason = "</p><img src=x> @octocat [x](https://evil.example) | wider hash domain",
                                .url = "https://github.com/o/r/pull/7#issuecomment-99"};
  const std::string text = render_markdown(comparison, summarise(comparison), options);
  const std::string head = text.substr(0, comment_head_bytes);
  CHECK(head.contains("<b>Accepted by</b> <code>maintainer</code>"));
  CHECK(head.contains("wider hash domain"));
  CHECK(head.contains(R"(<a href="https://github.com/o/r/pull/7#issuecomment-99">comment</a>)"));
  CHECK(head.contains("status fail"));
  CHECK(head.contains("+5.37 %"));
  CHECK_FALSE(text.contains("<img src=x"));
  CHECK(text.contains("Measured by an unprivileged job"));
  options.accepted->url = "javascript:alert(1)";
  CHECK_FALSE(render_markdown(comparison, summarise(comparison), options).contains("javascript"));
  // However long names and reason are, the promise about the first kilobyte holds, or it would have been refused.
  options.accepted->by = std::string(500, 'x');
  options.accepted->reason = std::string(5'000, '|');
  CHECK(render_markdown(comparison, summarise(comparison), options).size() <= comment_byte_limit);
  CHECK(render_markdown(cyclegate::render::test::hostile(), summarise(cyclegate::render::test::hostile()), options)
            .size() <= comment_byte_limit);
}
