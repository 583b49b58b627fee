#include "render/comparisons.h"

#include <algorithm>
#include <random>

namespace cyclegate::render::test {
namespace {

using namespace cyclegate::model;

SideSummary side(const std::string& commit, const std::string& subject) {
  SideSummary summary;
  summary.commit = {.id = commit, .subject = subject, .date = "2026-03-14T09:26:53Z", .dirty = false};
  summary.session = {.id = "s1", .started = "2026-03-14T09:30:00Z", .machine = "3f1c9a7e"};
  summary.schedule = {.seed = 42, .warmups = 3, .blocks = 10, .exact_repetitions = 2, .resumed = false};
  summary.environment = {
      .hostname = "",
      .cpu = "AMD EPYC 7763 64-Core Processor",
      .cores = 4,
      .memory_bytes = 16'777'216'000,
      .os = "Debian GNU/Linux 12 (bookworm)",
      .kernel = "6.1.0-18-amd64",
      .toolchain = {{"riscv64-unknown-elf-gcc", "riscv64-unknown-elf-gcc 12.2.0"}, {"cyclegate", "0.1.0"}}};
  return summary;
}

Comparison frame() {
  Comparison comparison;
  comparison.base = side("4b825dc642cb6eb9a060e54bf8d69288fbee4904", "receipts: keep the trie in one arena");
  comparison.head = side("9f2c1d84e0b7a35566c8ed71f0a2b394c5d6e7f8", "receipts: hash nodes with the keccak precompile");
  comparison.metrics = {{"cost", "cost", MetricKind::exact, Better::lower},
                        {"steps", "steps", MetricKind::exact, Better::lower},
                        {"wall_time", "ns", MetricKind::sampled, Better::lower},
                        {"throughput", "bytes/s", MetricKind::sampled, Better::higher},
                        {"output", "", MetricKind::exact, Better::lower}};
  return comparison;
}

Finding exact(CellId cell, const std::string& metric, FindingKind kind, std::uint64_t base, std::uint64_t head,
              const std::string& why = "") {
  Finding finding;
  finding.cell = std::move(cell);
  finding.metric = metric;
  finding.kind = kind;
  finding.deciding = metric == "cost";
  finding.change.base = base;
  finding.change.head = head;
  finding.why = why;
  return finding;
}

Finding sampled(CellId cell, FindingKind kind, std::uint64_t base, std::uint64_t head, Interval interval, double p,
                const std::string& why = "") {
  Finding finding = exact(std::move(cell), "wall_time", kind, base, head, why);
  finding.change.estimate = static_cast<double>(head) / static_cast<double>(base) - 1;
  finding.change.interval = interval;
  finding.change.p_value = p;
  return finding;
}

Artifact artifact(const std::string& guest, const std::string& identity, std::uint64_t bytes) {
  Artifact made;
  made.guest = guest;
  made.build = "zisk";
  made.identity = identity;
  made.loaded_bytes = bytes;
  return made;
}

Aggregate aggregate(const std::string& guest, Wide base, Wide head, std::uint64_t inputs) {
  Aggregate sums;
  sums.guest = guest;
  sums.executor = "embedded";
  sums.metric = "cost";
  sums.deciding = true;
  sums.inputs = inputs;
  sums.weight = inputs;
  sums.base = base;
  sums.head = head;
  return sums;
}

Distribution times(CellId cell, std::int64_t base, std::int64_t head, std::int64_t spread, std::size_t count) {
  Distribution distribution;
  distribution.cell = std::move(cell);
  distribution.metric = "wall_time";
  distribution.unit = "ns";
  std::mt19937_64 random(7);
  for (std::size_t i = 0; i < count; ++i) {
    const auto noise = [&] {
      std::int64_t sum = 0;
      for (int k = 0; k < 4; ++k) sum += static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(spread));
      return sum / 4;
    };
    distribution.base.push_back(base + noise());
    distribution.head.push_back(head + noise());
  }
  return distribution;
}

std::vector<Breakdown> merkle_breakdowns() {
  Breakdown functions{.guest = "merkle-root",
                      .executor = "embedded",
                      .kind = "function",
                      .rows = {{"keccak_permute", 812'345'678, 0},
                               {"syscall_keccak_f", 0, 96'000'000},
                               {"core::ptr::drop_in_place<alloc::vec::Vec<rlp::Item<'_>, alloc::alloc::Global>>",
                                61'234'567, 61'234'567},
                               {"memcpy", 44'100'200, 39'800'100},
                               {"rlp_encode_bytes", 31'000'000, 31'000'000},
                               {"trie_insert", 28'765'432, 30'123'456},
                               {"nibble_path", 12'345'678, 12'345'678},
                               {"keccak_update", 9'876'543, 2'345'678},
                               {"memset", 3'456'789, 3'456'789},
                               {"read_input", 1'234'567, 1'234'567}}};
  for (int i = 0; i < 30; ++i) {
    functions.rows.push_back({"helper_" + std::to_string(i), 40'000U + static_cast<unsigned>(i), 40'000U});
  }
  Breakdown opcodes{.guest = "merkle-root",
                    .executor = "embedded",
                    .kind = "opcode",
                    .rows = {{"xor", 402'000'000, 40'200'000},
                             {"and", 201'000'000, 21'000'000},
                             {"add", 121'000'000, 99'000'000},
                             {"keccak", 0, 96'000'000},
                             {"sll", 91'000'000, 12'000'000},
                             {"copyb", 81'234'000, 79'000'000},
                             {"signextend_w", 12'000'000, 12'000'000}}};
  Breakdown memory{.guest = "merkle-root",
                   .executor = "embedded",
                   .kind = "memory",
                   .rows = {{"aligned read", 60'100'000, 41'000'000},
                            {"aligned write", 50'000'000, 35'200'000},
                            {"unaligned read", 4'000'000, 4'000'000},
                            {"unaligned write", 1'500'000, 1'600'000}}};
  return {functions, memory, opcodes};
}

Breakdown json_breakdown() {
  return {.guest = "json-digest",
          .executor = "embedded",
          .kind = "function",
          .rows = {{"parse_string", 40'200'000, 43'900'000},
                   {"sha256_block", 30'000'000, 30'000'000},
                   {"parse_number", 8'000'000, 8'550'000},
                   {"skip_space", 2'000'000, 0}}};
}

// What makes json-digest worse, and by how much: the change of its aggregate.
model::Blame json_blame() {
  const auto row = [](const char* function, model::Wide base, model::Wide head) {
    model::BlameRow made{.function = function};
    made.base_self = base;
    made.base_total = base;
    made.head_self = head;
    made.head_total = head;
    if (head == 0) made.kind = model::BlameKind::removed;
    return made;
  };
  model::Blame blame{.guest = "json-digest", .executor = "embedded", .column = "cost", .unit = "cost"};
  blame.cells = blame.of_cells = 2;
  blame.base = 80'200'000;
  blame.head = 82'450'000;
  blame.rows = {row("parse_string", 40'200'000, 43'900'000), row("skip_space", 2'000'000, 0),
                row("parse_number", 8'000'000, 8'550'000)};
  return blame;
}

}  // namespace

Comparison regression() {
  Comparison c = frame();
  const std::vector<std::string> inputs = {"block_19426587", "block_19426588", "empty", "large", "small"};
  std::uint64_t size = 100'000'000;
  for (const auto& input : inputs) {
    Finding finding = exact({"inflate", input, "embedded"}, "cost", FindingKind::unchanged, size, size);
    c.findings.push_back(finding);
    size += 1'000'000;
  }
  c.findings.push_back(exact({"json-digest", "canada", "embedded"}, "cost", FindingKind::regressed, 41'000'000,
                             43'200'000, "worse by more than the tolerance of 0.5 %"));
  c.findings.back().gates = true;
  c.findings.push_back(
      exact({"json-digest", "canada", "embedded"}, "steps", FindingKind::regressed, 3'100'000, 3'290'000));
  c.findings.push_back(exact({"json-digest", "twitter", "embedded"}, "cost", FindingKind::regressed, 39'200'000,
                             39'250'000, "worse, within the tolerance of 0.5 %"));
  for (const auto& input : inputs) {
    c.findings.push_back(exact({"merkle-root", input, "embedded"}, "cost", FindingKind::improved, size, size / 4));
    c.findings.push_back(
        exact({"merkle-root", input, "embedded"}, "steps", FindingKind::improved, size / 10, size / 41));
    size += 3'456'789;
  }
  c.findings.push_back(sampled({"merkle-root", "small", "embedded"}, FindingKind::improved, 48'123'456, 13'234'567,
                               {-0.7312, -0.7189, 0.95}, 0.0001));
  c.guests = {{"inflate", Verdict::unchanged, "the same artefact on both sides", true},
              {"json-digest", Verdict::discard_worse, "canada is worse by 5.37 %", false},
              {"merkle-root", Verdict::keep, "the weighted cost is lower by more than 5 %, no input is worse", false}};
  c.aggregates = {aggregate("inflate", 1'020'000'000, 1'020'000'000, 5),
                  aggregate("json-digest", 80'200'000, 82'450'000, 2),
                  aggregate("merkle-root", 2'234'567'890, 558'641'972, 5)};
  c.breakdowns = {json_breakdown()};
  for (auto& breakdown : merkle_breakdowns()) c.breakdowns.push_back(breakdown);
  c.blame = {json_blame()};
  c.distributions = {times({"merkle-root", "small", "embedded"}, 47'000'000, 12'900'000, 2'000'000, 20)};
  c.verdict = Verdict::discard_worse;
  c.status = Status::fail;
  c.reasons = {{"worse-than-tolerance", "json-digest / canada: cost is worse by 5.37 %, the tolerance is 0.5 %."},
               {"keep", "merkle-root gains 75 % of its weighted cost."}};
  for (const auto& guest : c.guests) {
    c.base.artifacts.push_back(artifact(guest.guest, "aa11bb22cc33dd44", 81'234));
    c.head.artifacts.push_back(
        artifact(guest.guest, guest.same_artifact ? "aa11bb22cc33dd44" : "ee55ff6677889900", 80'111));
  }
  c.base.cells = c.head.cells = 12;
  c.base.reused_cells = 5;
  c.head.reused_cells = 5;
  return c;
}

Comparison improvement() {
  Comparison c = frame();
  for (const auto* input : {"block_1", "block_2", "block_3", "block_4", "block_5"}) {
    c.findings.push_back(
        exact({"merkle-root", input, "embedded"}, "cost", FindingKind::improved, 300'000'000, 75'000'000));
  }
  c.guests = {{"merkle-root", Verdict::keep, "the weighted cost is lower by 75 %", false}};
  c.aggregates = {aggregate("merkle-root", 1'500'000'000, 375'000'000, 5)};
  c.breakdowns = merkle_breakdowns();
  c.verdict = Verdict::keep;
  c.status = Status::pass;
  c.reasons = {{"proven-gain", "merkle-root gains 75 % of its weighted cost; no input is worse."}};
  c.base.cells = c.head.cells = 5;
  return c;
}

Comparison unchanged() {
  Comparison c = frame();
  for (const auto* guest : {"inflate", "json-digest"}) {
    for (const auto* input : {"a", "b", "c"}) {
      c.findings.push_back(exact({guest, input, "embedded"}, "cost", FindingKind::unchanged, 1'000'000, 1'000'000));
    }
    c.guests.push_back({guest, Verdict::unchanged, "the same artefact on both sides: nothing was run", true});
    c.aggregates.push_back(aggregate(guest, 3'000'000, 3'000'000, 3));
  }
  c.verdict = Verdict::unchanged;
  c.status = Status::pass;
  c.reasons = {{"same-artifact", "All artefacts are the same on both sides; nothing was run."}};
  c.base.cells = c.base.reused_cells = c.head.cells = c.head.reused_cells = 6;
  return c;
}

Comparison all_kinds() {
  Comparison c = regression();
  c.gate_changes = {"policy.tolerance.exact: 0.5 % becomes 3 %", "acknowledged: json-digest cost up to +6 % is new"};
  const std::vector<std::pair<FindingKind, std::string>> kinds = {
      {FindingKind::inconclusive, "the interval reaches from better to worse; more runs would tell"},
      {FindingKind::incomparable, "executor_version differs: 1.3.0 against 1.4.0-alpha"},
      {FindingKind::nondeterministic, "two runs of head differ: 1,000,000 and 1,000,032"},
      {FindingKind::failed, "trap at 0x90000010: ebreak"},
      {FindingKind::rejected, "the output differs from base's: 5feceb66 against 6b86b273"},
      {FindingKind::killed, "1.92x of base, the limit is 1.10x"},
      {FindingKind::added, "base does not have this input"},
      {FindingKind::removed, "head does not have this input"}};
  for (const auto& [kind, why] : kinds) {
    Finding finding = exact({"sort-copy", "input_" + std::string(to_string(kind)), "embedded"}, "cost", kind, 1'000'000,
                            1'920'000, why);
    if (kind == FindingKind::rejected) finding.metric = "output";
    if (kind == FindingKind::rejected || kind == FindingKind::failed || kind == FindingKind::added) finding.change = {};
    if (kind == FindingKind::incomparable || kind == FindingKind::removed) finding.change.head = std::nullopt;
    finding.deciding = true;
    finding.gates = kind == FindingKind::failed || kind == FindingKind::rejected || kind == FindingKind::killed;
    c.findings.push_back(finding);
  }
  c.findings.push_back(sampled({"sort-copy", "zz_time", "native"}, FindingKind::inconclusive, 12'345'678, 12'545'678,
                               {-0.0121, 0.0451, 0.95}, 0.12, "go on with more runs"));
  c.findings.back().deciding = true;
  c.findings.back().warnings = {
      {"high-cv", "coefficient of variation is 14 %: look for throttling or other processes"}};
  for (auto& finding : c.findings) {
    if (finding.cell.input == "twitter") finding.acknowledged = true;
  }
  c.guests.push_back({"sort-copy", Verdict::reject, "input_rejected has another output than on base", false});
  Aggregate slower = aggregate("sort-copy", 0, 0, 1);
  slower.executor = "native";
  slower.metric = "wall_time";
  slower.estimate = 0.0162;
  slower.interval = Interval{-0.0121, 0.0451, 0.95};
  c.aggregates.push_back(slower);
  c.distributions.push_back(times({"sort-copy", "zz_time", "native"}, 12'000'000, 12'200'000, 1'800'000, 240));
  c.verdict = Verdict::reject;
  c.status = Status::fail;
  c.reasons.insert(c.reasons.begin(), {"wrong-output", "sort-copy / input_rejected: the output differs from base's."});
  c.warnings = {{"few-inputs", "json-digest has 2 inputs; fewer than 5 say little about production"},
                {"high-load", "load average 3.2 on 4 cores when timing began"}};
  c.policy.drift_budget = Millionths{30'000};
  c.policy.acknowledged = {{.guest = "json-digest",
                            .metric = "cost",
                            .up_to = Millionths{30'000},
                            .expected = {},
                            .until = "2027-01-31",
                            .reason = "wider hash domain"}};
  c.head.commit.dirty = true;
  return c;
}

Comparison failed_build() {
  Comparison c = frame();
  for (const auto* input : {"canada", "twitter"}) {
    Finding finding = exact({"json-digest", input, "embedded"}, "cost", FindingKind::failed, 41'000'000, 0,
                            "the build of head failed");
    finding.change.head = std::nullopt;
    finding.gates = true;
    c.findings.push_back(finding);
  }
  Artifact broken = artifact("json-digest", "", 0);
  broken.failure = StageFailure{
      .stage = "build",
      .why = "`make zisk` ended with exit code 2",
      .excerpt =
          "riscv64-unknown-elf-gcc -O2 -c src/parse.c -o parse.o\n\nsrc/parse.c: In function 'parse_string':\n"
          "src/parse.c:41:12: error: 'tail' undeclared (first use in this function)\n   41 |   return *tail;\n"
          "      |           ^~~~\nmake: *** [Makefile:12: parse.o] Error 1\n"};
  c.base.artifacts = {artifact("json-digest", "aa11bb22cc33dd44", 81'234)};
  c.head.artifacts = {broken};
  c.guests = {{"json-digest", Verdict::failed, "the build of head failed", false}};
  c.verdict = Verdict::failed;
  c.status = Status::fail;
  c.reasons = {{"build-failed", "json-digest does not build on head: `make zisk` ended with exit code 2."}};
  c.base.cells = 2;
  return c;
}

std::vector<std::string> hostile_texts() {
  return {
      "<script>alert(1)</script>",
      "<img src=x onerror=alert(1)>",
      "</code></td></tr></table><h1>PASS</h1>",
      "a | b | c",
      "` ``` **bold** _em_ ~~x~~",
      "[link](https://evil.example/)",
      "![image](https://evil.example/x.png)",
      "@octocat please and @org/team",
      "&#64;octocat &lt;b&gt; &amp;",
      "fixes #1, org/repo#2 and GH-3",
      "https://evil.example/ www.evil.example mail@evil.example",
      "\u202Egnp.exe\u202C\u2066",
      "\x1b[31mred\x1b[0m \x07 \x9b",
      "line one\n\n# heading\r\n- item\n\n<h1>two</h1>",
      "]]> --> <!-- cyclegate --> -->",
      "\xff\xfe\xc0\xaf\xed\xa0\x80 broken utf-8",
      "::error file=x::y",
      "{{headline}} {{{style}}} {{#guests}}",
      "$\\mathrm{x}$ $$y$$ :tada:",
      "\"' onmouseover='alert(1)' x=\"",
      "../../../etc/passwd",
      "\xF0\x9F\x98\x80 \xE6\xBC\xA2\xE5\xAD\x97 e\xCC\x81 \xD7\xA9\xD7\x9C",
      std::string("nul\0byte", 8),
      std::string(5000, '<'),
      std::string(3000, '@') + "octocat",
  };
}

Comparison hostile() {
  Comparison c = frame();
  std::size_t i = 0;
  Breakdown functions{.guest = hostile_texts().front(), .executor = "embedded", .kind = "function", .rows = {}};
  for (const std::string& text : hostile_texts()) {
    ++i;
    Finding finding = exact({text, text, text}, "cost", FindingKind::regressed, 1'000 + i, 2'000 + 10 * i, text);
    finding.gates = i % 2 == 0;
    finding.warnings = {{text, text}};
    c.findings.push_back(finding);
    c.guests.push_back({text, Verdict::discard_worse, text, false});
    Aggregate sums = aggregate(text, 1'000 + i, 2'000 + i, 1);
    sums.executor = text;
    c.aggregates.push_back(sums);
    functions.rows.push_back({text, 1'000 * i, 900 * i});
    c.reasons.push_back({text, text});
    c.gate_changes.push_back(text);
    c.warnings.push_back({text, text});
    Artifact broken = artifact(text, "", 0);
    broken.build = text;
    broken.failure = StageFailure{.stage = text, .why = text, .excerpt = std::string(text).append("\n").append(text)};
    c.head.artifacts.push_back(broken);
    c.head.environment.toolchain[text] = text;
    c.policy.acknowledged.push_back(
        {.guest = text, .metric = text, .up_to = {}, .expected = {}, .until = text, .reason = text});
    c.distributions.push_back(
        {.cell = finding.cell, .metric = "cost", .unit = text, .base = {1, 2, 3}, .head = {2, 3, 4}});
  }
  c.breakdowns = {functions};
  c.base.commit.subject = "<b>@octocat</b> [x](javascript:alert(1))";
  c.base.commit.id = "`; rm -rf / #";
  c.base.commit.date = "<i>";
  c.head.commit.subject = std::string(100'000, '|');
  c.head.environment.cpu = "</table><script>";
  c.verdict = Verdict::discard_worse;
  c.status = Status::fail;
  return c;
}

Comparison huge(std::size_t cells, std::size_t metrics) {
  Comparison c = frame();
  c.metrics.clear();
  for (std::size_t m = 0; m < metrics; ++m) {
    c.metrics.push_back(
        {m == 0 ? "cost" : "metric_" + std::to_string(100 + m), "cost", MetricKind::exact, Better::lower});
  }
  const std::size_t guests = std::max<std::size_t>(1, cells / 100);
  std::size_t made = 0;
  for (std::size_t g = 0; g < guests; ++g) {
    const std::string guest = "guest_" + std::to_string(10'000 + g);
    for (std::size_t i = 0; i < 100 && made < cells; ++i, ++made) {
      for (std::size_t m = 0; m < metrics; ++m) {
        const std::uint64_t base = 1'000'000 + made * 7 + m;
        Finding finding = exact({guest, "input_" + std::to_string(1'000 + i), "embedded"}, c.metrics[m].name,
                                FindingKind::regressed, base, base + 1 + made * 3, "worse by more than the tolerance");
        finding.gates = m == 0;
        c.findings.push_back(std::move(finding));
      }
    }
    c.guests.push_back({guest, Verdict::discard_worse, "worse", false});
    c.aggregates.push_back(aggregate(guest, 100'000'000, 100'300'000 + g, 100));
    Breakdown functions{.guest = guest, .executor = "embedded", .kind = "function", .rows = {}};
    for (std::uint64_t f = 0; f < 300; ++f) {
      functions.rows.push_back({"function_" + std::to_string(f), 1'000'000 - f, 1'000'000 - f * 2});
    }
    c.breakdowns.push_back(std::move(functions));
    c.base.artifacts.push_back(artifact(guest, "aa11", 1));
    c.head.artifacts.push_back(artifact(guest, "bb22", 1));
  }
  c.verdict = Verdict::discard_worse;
  c.status = Status::fail;
  c.reasons = {{"worse-than-tolerance", "everything is worse"}};
  return c;
}

Comparison repriced() {
  Comparison comparison = improvement();
  model::Attribution guest{.guest = "hash", .input = "", .executor = "embedded"};
  guest.base_model = "zisk-1.4.0-alpha";
  guest.head_model = "zisk-next sha256:0123456789abcdef0123456789abcdef";
  guest.cells = 2;
  guest.of_cells = 2;
  guest.cost = {"cost", 1'000'000, 990'000, 1'200'000, 1'300'000};
  guest.total = {"cost_total", 2'000'000, 1'990'000, 2'200'000, 2'300'500};
  guest.parts = {{"opcode:mul", 600'000, 590'000, 800'000, 900'000}, {"main", 400'000, 400'000, 400'000, 400'000}};
  model::Attribution input = guest;
  input.input = "light";
  input.cells = 0;
  input.of_cells = 0;
  input.cost.head = 1'190'000;
  input.total = input.cost;
  input.parts.clear();
  comparison.attributions = {guest, input};
  return comparison;
}

Comparison arbitrary(std::uint64_t seed, std::size_t longest) {
  std::mt19937_64 random(seed);
  const auto below = [&](std::size_t bound) { return static_cast<std::size_t>(random() % bound); };
  const std::vector<std::string> pieces = hostile_texts();
  const auto text = [&] {
    std::string result;
    const std::size_t length = below(longest + 1);
    while (result.size() < length) result += pieces[below(pieces.size())];
    result.resize(length);
    return result;
  };
  const auto number = [&]() -> std::uint64_t { return random() >> below(64); };
  Comparison c = frame();
  c.verdict = static_cast<Verdict>(below(9));
  c.status = static_cast<Status>(below(3));
  c.base_has_policy = below(4) != 0;
  c.policy.mode = below(2) == 0 ? Mode::guard : Mode::improve;
  const auto many = [&] { return below(4) == 0 ? below(300) : below(6); };
  for (std::size_t i = many(); i > 0; --i) c.gate_changes.push_back(text());
  for (std::size_t i = many(); i > 0; --i) c.reasons.push_back({text(), text()});
  for (std::size_t i = many(); i > 0; --i) c.warnings.push_back({text(), text()});
  for (std::size_t i = many(); i > 0; --i) {
    const std::string guest = text();
    c.guests.push_back({guest, static_cast<Verdict>(below(9)), text(), below(2) == 0});
    if (below(3) != 0) {
      Aggregate sums = aggregate(guest, Wide{number()} * number(), Wide{number()} * number(), below(3));
      if (below(3) == 0) sums.estimate = static_cast<double>(number()) / 1e9 - 1;
      c.aggregates.push_back(sums);
    }
    Breakdown breakdown{.guest = guest, .executor = text(), .kind = below(2) == 0 ? "function" : text(), .rows = {}};
    for (std::size_t row = many(); row > 0; --row)
      breakdown.rows.push_back({text(), Wide{number()} * number(), Wide{number()} * number()});
    if (below(2) == 0) breakdown.metric = below(2) == 0 ? "steps" : text();
    breakdown.inputs = below(4);
    breakdown.of_inputs = below(4);
    breakdown.weight = below(2) == 0 ? number() : below(4);
    if (below(2) == 0) c.breakdowns.push_back(breakdown);
    Artifact broken = artifact(guest, text(), number());
    if (below(2) == 0) broken.failure = StageFailure{.stage = text(), .why = text(), .excerpt = text() + "\n" + text()};
    (below(2) == 0 ? c.base : c.head).artifacts.push_back(broken);
  }
  for (std::size_t i = many(); i > 0; --i) {
    Finding finding = exact({text(), text(), text()}, below(2) == 0 ? "cost" : text(),
                            static_cast<FindingKind>(below(11)), number(), number(), text());
    finding.gates = below(2) == 0;
    finding.deciding = below(2) == 0;
    if (below(3) == 0) finding.change.base = std::nullopt;
    if (below(3) == 0) finding.change.estimate = static_cast<double>(number()) / 1e12 - 1;
    if (below(3) == 0) finding.change.interval = Interval{-0.1, static_cast<double>(number()), 0.95};
    if (below(3) == 0) {
      Distribution distribution{.cell = finding.cell, .metric = finding.metric, .unit = "ns", .base = {}, .head = {}};
      for (std::size_t k = many(); k > 0; --k) distribution.base.push_back(static_cast<std::int64_t>(number() >> 1U));
      for (std::size_t k = many(); k > 0; --k) distribution.head.push_back(static_cast<std::int64_t>(number() >> 1U));
      c.distributions.push_back(distribution);
    }
    c.findings.push_back(finding);
  }
  std::ranges::sort(c.findings, {}, &Finding::cell);
  const auto row = [&] {
    return model::AttributionRow{text(), Wide{number()} * number(), number(), Wide{number()} * number(), number()};
  };
  for (std::size_t i = below(2) == 0 ? many() : 0; i > 0; --i) {
    model::Attribution one{.guest = text(), .input = below(2) == 0 ? text() : "", .executor = text()};
    one.base_model = text();
    one.head_model = text();
    one.cost = row();
    one.total = row();
    for (std::size_t part = many(); part > 0; --part) one.parts.push_back(row());
    c.attributions.push_back(std::move(one));
  }
  return c;
}

std::vector<std::pair<std::string, Comparison>> golden_comparisons() {
  std::vector<std::pair<std::string, Comparison>> all;
  all.emplace_back("regression", regression());
  all.emplace_back("improvement", improvement());
  all.emplace_back("unchanged", unchanged());
  all.emplace_back("all_kinds", all_kinds());
  all.emplace_back("failed_build", failed_build());
  all.emplace_back("hostile", hostile());
  all.emplace_back("repriced", repriced());
  return all;
}

}  // namespace cyclegate::render::test
