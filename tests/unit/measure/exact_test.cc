#include "measure/exact.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "executors/known_executors.h"
#include "fixture.h"
#include "measure/result_store.h"
#include "measure/reuse_key.h"
#include "measure/run_set_store.h"
#include "model/error.h"
#include "model/output_unchecked.h"

using namespace cyclegate;
using test::Bench;

namespace {

/// Knows one result, whatever is asked.
class OneResult final : public measure::ResultStore {
 public:
  explicit OneResult(model::CellRun run) : run_(std::move(run)) {}
  std::optional<model::CellRun> lookup(const model::CellId& cell, const std::string& reuse_key) override {
    asked.push_back(cell);
    if (reuse_key != run_.reuse_key) return std::nullopt;
    return run_;
  }
  std::vector<model::CellId> asked;

 private:
  model::CellRun run_;
};

bool has_warning(const std::vector<model::Warning>& warnings, std::string_view code) {
  return std::ranges::find(warnings, code, &model::Warning::code) != warnings.end();
}

}  // namespace

TEST_CASE("both sides of a cell are executed twice, the first time with functions") {
  Bench bench;
  bench.plan.settings.timed = false;
  bench.add_changed_cell("hash", "light", 100, 90);
  const auto measured = bench.measure();
  REQUIRE(bench.world.calls.size() == 4);
  CHECK(bench.world.calls[0].artifact == "hash-base");
  CHECK(bench.world.calls[0].detail == model::Detail::functions);
  CHECK(bench.world.calls[1].detail == model::Detail::cost);
  CHECK(bench.world.calls[2].artifact == "hash-head");
  CHECK(measured.executed == 4);
  const model::CellRun& head = measured.head.runs.at(0);
  CHECK(head.exact.at("steps") == std::vector<std::uint64_t>{90, 90});
  CHECK(head.exact.at("cost") == std::vector<std::uint64_t>{1170, 1170});
  CHECK(head.exact.at("cost_total") == std::vector<std::uint64_t>{2170, 2170});
  CHECK(head.functions.size() == 1);
  CHECK(head.output_sha256 == system::sha256_hex("out"));
  CHECK(head.comparability.input_sha256 == bench.plan.cells[0].input_sha256);
  CHECK(head.reuse_key == measure::reuse_key("hash-head", head.comparability));
  CHECK(head.sampled.empty());
  CHECK(measured.base.metrics.size() == 3);
  CHECK(measured.base.schedule.exact_repetitions == 2);
}

TEST_CASE("the run sets on disk are the ones that were returned") {
  Bench bench;
  bench.add_changed_cell("hash", "light", 100, 90);
  const auto measured = bench.measure();
  CHECK(measure::read_run_set(bench.directory / "out/base.runs.json") == measured.base);
  CHECK(measure::read_run_set(bench.directory / "out/head.runs.json") == measured.head);
}

TEST_CASE("a cell with the same artefact on both sides runs nothing and says so") {
  Bench bench;
  bench.add_cell("hash", "light", "same", "same");
  bench.add_cell("hash", "big", "same", "same");
  const auto measured = bench.measure();
  CHECK(bench.world.calls.empty());
  CHECK(measured.executed == 0);
  CHECK(measured.same == 2);
  for (const model::RunSet* set : {&measured.base, &measured.head}) {
    REQUIRE(set->runs.size() == 2);
    for (const model::CellRun& run : set->runs) {
      CHECK(run.reused);
      CHECK(run.outcome.ok());
      CHECK(run.exact.empty());
      CHECK(has_warning(run.warnings, "same-artifact"));
    }
  }
}

TEST_CASE("a cell whose input's bytes are new to base runs although the artefacts are the same") {
  Bench bench;
  bench.add_cell("hash", "light", "same", "same");
  bench.script("same", "light", 7);
  bench.plan.base.guests = {{.name = "hash", .inputs = {{.name = "light", .sha256 = "other bytes"}}}};
  const auto measured = bench.measure();
  CHECK(measured.same == 0);
  REQUIRE(measured.head.runs.size() == 1);
  CHECK_FALSE(measured.head.runs[0].exact.empty());
}

TEST_CASE("a stored result stands in for the base's run, and for both sides of an unchanged cell") {
  Bench first;
  first.add_changed_cell("hash", "light", 100, 90);
  model::CellRun known = first.measure().base.runs.at(0);
  REQUIRE_FALSE(known.sampled.empty());
  OneResult store(known);

  SECTION("the head differs") {
    Bench bench;
    bench.plan.settings.timed = false;
    bench.store = &store;
    bench.add_changed_cell("hash", "light", 100, 90);
    const auto measured = bench.measure();
    CHECK(bench.world.calls.size() == 2);
    CHECK(std::ranges::all_of(bench.world.calls, [](const auto& call) { return call.artifact == "hash-head"; }));
    CHECK(measured.stored == 1);
    CHECK(measured.base.runs[0].reused);
    CHECK(measured.base.runs[0].exact == known.exact);
    CHECK(measured.base.runs[0].sampled.empty());
    CHECK_FALSE(measured.head.runs[0].reused);
  }
  SECTION("the head is the same") {
    Bench bench;
    bench.store = &store;
    bench.add_cell("hash", "light", "hash-base", "hash-base");
    const auto measured = bench.measure();
    CHECK(bench.world.calls.empty());
    CHECK(measured.head.runs[0].exact == known.exact);
    CHECK(measured.base.runs[0].exact == known.exact);
    CHECK(has_warning(measured.head.runs[0].warnings, "same-artifact"));
  }
  SECTION("the stored result is of another executor version") {
    Bench bench;
    bench.plan.settings.timed = false;
    bench.store = &store;
    bench.world.description.version = "2";
    bench.add_changed_cell("hash", "light", 100, 90);
    CHECK(bench.measure().stored == 0);
    CHECK(bench.world.calls.size() == 4);
  }
  SECTION("the stored run had failed") {
    known.outcome.kind = model::OutcomeKind::trap;
    OneResult failed(known);
    Bench bench;
    bench.plan.settings.timed = false;
    bench.store = &failed;
    bench.add_changed_cell("hash", "light", 100, 90);
    CHECK(bench.measure().stored == 0);
  }
}

TEST_CASE("base runs once more for its functions where a stored result has none and head's numbers are others") {
  Bench first;
  first.add_changed_cell("hash", "light", 100, 90);
  const model::CellRun measured_then = first.measure().base.runs.at(0);
  REQUIRE(measured_then.functions.size() == 1);
  model::CellRun known = measured_then;
  known.functions.clear();
  known.opcodes.clear();
  for (auto& [metric, values] : known.exact) values.resize(1);
  OneResult store(known);
  Bench bench;
  bench.plan.settings.timed = false;
  bench.store = &store;
  bench.add_changed_cell("hash", "light", 100, 90);
  const auto calls_of = [&](std::string_view artifact) {
    return std::ranges::count(bench.world.calls, artifact, &test::ScriptedCall::artifact);
  };
  const auto resumes_to_the_same = [&](const measure::Measured& measured) {
    const auto again = bench.measure(true);
    CHECK(again.executed == 0);
    CHECK(test::bytes(again) == test::bytes(measured));
  };

  SECTION("its numbers are the stored ones") {
    const auto measured = bench.measure();
    CHECK(calls_of("hash-base") == 1);
    CHECK(measured.stored == 1);
    CHECK(measured.stored_run == 1);
    const model::CellRun& base = measured.base.runs.at(0);
    CHECK(base.functions == measured_then.functions);
    CHECK(base.opcodes == measured_then.opcodes);
    CHECK(base.exact == measured_then.exact);
    CHECK(base.output_sha256 == measured_then.output_sha256);
    CHECK(base.reuse_key == measured_then.reuse_key);
    CHECK_FALSE(base.reused);
    CHECK(base.warnings.empty());
    CHECK(measured.base.warnings.empty());
    resumes_to_the_same(measured);
  }
  SECTION("its numbers are not the stored ones, and count") {
    for (auto& [metric, values] : known.exact) ++values[0];
    OneResult wrong(known);
    bench.store = &wrong;
    const auto measured = bench.measure();
    CHECK(calls_of("hash-base") == 2);
    CHECK(measured.base.runs.at(0).exact == measured_then.exact);
    CHECK(measured.base.runs.at(0).functions == measured_then.functions);
    CHECK(has_warning(measured.base.warnings, "base-differs-from-baseline"));
    resumes_to_the_same(measured);
  }
  SECTION("its output is not the stored one, and counts") {
    known.output_sha256 = std::string(64, '0');
    OneResult wrong(known);
    bench.store = &wrong;
    const auto measured = bench.measure();
    CHECK(measured.base.runs.at(0).output_sha256 == measured_then.output_sha256);
    CHECK(has_warning(measured.base.warnings, "base-differs-from-baseline"));
  }
  SECTION("it fails now, and the stored numbers stay") {
    auto& answers = bench.world.scripts[{"hash-base", "light"}].answers;
    answers[0].outcome = {.kind = model::OutcomeKind::crashed, .code = {}, .pc = {}, .why = "killed by SIGKILL"};
    const auto measured = bench.measure();
    const model::CellRun& base = measured.base.runs.at(0);
    CHECK(base.outcome.ok());
    CHECK(base.exact == known.exact);
    CHECK(base.functions.empty());
    CHECK(base.reused);
    REQUIRE(base.warnings.size() == 1);
    CHECK(base.warnings[0].code == "no-functions");
    CHECK(base.warnings[0].message.ends_with("failed: crashed: killed by SIGKILL"));
    resumes_to_the_same(measured);
  }
  SECTION("its artefact has been changed") {
    bench.world.on_call = [&](const test::ScriptedCall& call) {
      if (call.artifact == "hash-head") bench.directory.write("artifacts/hash-base", "other bytes");
    };
    const auto measured = bench.measure();
    CHECK(calls_of("hash-base") == 0);
    CHECK_FALSE(measured.base.runs.at(0).outcome.ok());
    CHECK(has_warning(measured.base.runs.at(0).warnings, "changed-since-planned"));
  }
  SECTION("head's numbers are the same") {
    bench.script("hash-head", "light", 100);
    const auto measured = bench.measure();
    CHECK(calls_of("hash-base") == 0);
    CHECK(measured.stored_run == 0);
    CHECK(measured.base.runs.at(0).reused);
  }
  SECTION("head fails") {
    bench.world.scripts[{"hash-head", "light"}].answers[0].outcome.kind = model::OutcomeKind::trap;
    bench.measure();
    CHECK(calls_of("hash-base") == 0);
  }
  SECTION("head tells no functions either") {
    auto& answer = bench.world.scripts[{"hash-head", "light"}].answers[0];
    answer.functions.clear();
    answer.opcodes.clear();
    bench.measure();
    CHECK(calls_of("hash-base") == 0);
  }
}

TEST_CASE("a side without the artefact has no run, and the other side is measured") {
  Bench bench;
  bench.add_cell("fresh", "light", "", "fresh-head");
  bench.script("fresh-head", "light", 7);
  bench.add_cell("gone", "light", "gone-base", "");
  bench.script("gone-base", "light", 8);
  const auto measured = bench.measure();
  REQUIRE(measured.head.runs.size() == 1);
  REQUIRE(measured.base.runs.size() == 1);
  CHECK(measured.head.runs[0].cell.guest == "fresh");
  CHECK(measured.base.runs[0].cell.guest == "gone");
  CHECK(measured.head.runs[0].sampled.empty());
}

TEST_CASE("values that differ between repetitions are all recorded") {
  Bench bench;
  bench.plan.settings.timed = false;
  bench.add_changed_cell("dice", "light", 100, 100);
  bench.world.scripts[{"dice-head", "light"}].answers = {test::execution(100), test::execution(101, "else")};
  const auto measured = bench.measure();
  CHECK(measured.head.runs[0].exact.at("steps") == std::vector<std::uint64_t>{100, 101});
  CHECK(has_warning(measured.head.runs[0].warnings, "nondeterministic-output"));
  CHECK_FALSE(has_warning(measured.base.runs[0].warnings, "nondeterministic-output"));
}

TEST_CASE("a guest that fails is a value, is run once, and loses no other cell") {
  Bench bench;
  bench.add_changed_cell("broken", "light", 100, 90);
  bench.add_changed_cell("sound", "light", 100, 90);
  model::Execution trap = test::execution(5);
  trap.outcome = {.kind = model::OutcomeKind::trap, .code = {}, .pc = 0x90000010, .why = "ebreak"};
  bench.world.scripts[{"broken-head", "light"}].answers = {trap};
  const auto measured = bench.measure();
  const auto* broken = find_run(measured.head, {"broken", "light", test::scripted});
  REQUIRE(broken != nullptr);
  CHECK(broken->outcome == trap.outcome);
  CHECK(broken->exact.empty());
  CHECK(std::ranges::count(bench.world.calls, "broken-head", &test::ScriptedCall::artifact) == 1);
  CHECK(find_run(measured.base, broken->cell)->sampled.empty());
  CHECK(find_run(measured.head, {"sound", "light", test::scripted})->sampled.at("wall_time").size() == 10);
}

TEST_CASE("a repetition that fails after one that did not is the outcome, and the first one's numbers stay") {
  Bench bench;
  bench.plan.settings.timed = false;
  bench.add_changed_cell("flaky", "light", 100, 90);
  model::Execution trap;
  trap.outcome = {.kind = model::OutcomeKind::trap, .code = {}, .pc = 1, .why = "now and then"};
  bench.world.scripts[{"flaky-head", "light"}].answers = {test::execution(90), trap};
  const auto measured = bench.measure();
  CHECK(measured.head.runs[0].outcome == trap.outcome);
  CHECK(measured.head.runs[0].exact.at("steps") == std::vector<std::uint64_t>{90});
}

TEST_CASE("an artefact or input that changed since it was planned is not run") {
  Bench bench;
  bench.plan.settings.timed = false;
  bench.add_changed_cell("hash", "light", 100, 90);
  SECTION("artefact") {
    bench.directory.write("artifacts/hash-head", "other bytes");
    const auto measured = bench.measure();
    CHECK(measured.head.runs[0].outcome.kind == model::OutcomeKind::rejected);
    CHECK(measured.head.runs[0].outcome.why.find("has changed since it was built") != std::string::npos);
    CHECK(measured.base.runs[0].outcome.ok());
    CHECK(bench.world.calls.size() == 2);
  }
  SECTION("base's artefact") {
    bench.directory.write("artifacts/hash-base", "other bytes");
    const auto measured = bench.measure();
    CHECK(measured.base.runs[0].outcome.kind == model::OutcomeKind::rejected);
    REQUIRE(measured.base.runs[0].warnings.size() == 1);
    CHECK(measured.base.runs[0].warnings[0].code == "changed-since-planned");
  }
  SECTION("input") {
    bench.directory.write("inputs/light", "other bytes");
    const auto measured = bench.measure();
    CHECK(measured.head.runs[0].outcome.why.find("is not the pinned one") != std::string::npos);
    CHECK(bench.world.calls.empty());
  }
}

TEST_CASE("the number of jobs changes no byte of the result") {
  std::vector<std::string> results;
  for (const std::uint32_t jobs : {1U, 2U, 7U}) {
    Bench bench;
    bench.plan.settings.jobs = jobs;
    bench.plan.settings.timed = false;
    for (std::uint64_t guest = 0; guest < 6; ++guest) {
      for (const char* input : {"a", "b", "c"}) {
        bench.add_changed_cell("guest" + std::to_string(guest), input, 100 + guest, 90 + guest * guest);
      }
    }
    results.push_back(test::bytes(bench.measure()));
    CHECK(bench.world.calls.size() == std::size_t{6} * 3 * 2 * 2);
  }
  CHECK(results[0] == results[1]);
  CHECK(results[0] == results[2]);
}

TEST_CASE("cells come out in their order however the plan had them") {
  Bench bench;
  bench.plan.settings.timed = false;
  bench.add_changed_cell("z", "light", 1, 2);
  bench.add_changed_cell("a", "light", 3, 4);
  const auto measured = bench.measure();
  CHECK(measured.base.runs[0].cell.guest == "a");
  CHECK(measured.base.runs[0].exact.at("steps")[0] == 3);
  CHECK(measured.base.runs[1].exact.at("steps")[0] == 1);
}

TEST_CASE("the machine's lock is held while something runs, and not asked for when nothing does") {
  Bench bench;
  bench.machine_lock = bench.directory / "machine.lock";
  SECTION("something runs") {
    bench.add_changed_cell("hash", "light", 100, 90);
    int held = 0;
    bench.world.on_call = [&](const test::ScriptedCall&) {
      const int file = ::open(bench.machine_lock.c_str(), O_RDONLY | O_CLOEXEC);
      if (::flock(file, LOCK_EX | LOCK_NB) != 0) ++held;
      ::close(file);
    };
    bench.measure();
    CHECK(held == static_cast<int>(bench.world.calls.size()));
  }
  SECTION("nothing runs") {
    bench.add_cell("hash", "light", "same", "same");
    bench.measure();
    CHECK_FALSE(std::filesystem::exists(bench.machine_lock));
  }
}

TEST_CASE("a plan that cannot be measured is refused") {
  Bench bench;
  bench.add_changed_cell("hash", "light", 100, 90);
  SECTION("a cell twice") {
    bench.add_changed_cell("hash", "light", 100, 90);
    CHECK_THROWS_AS(bench.measure(), model::Error);
  }
  SECTION("an unknown executor") {
    bench.plan.cells[0].cell.executor = "valida";
    try {
      bench.measure();
      FAIL("not refused");
    } catch (const model::Error& error) {
      CHECK(error.kind() == model::ErrorKind::configuration);
      CHECK(std::string(error.what()) == "there is no executor 'valida'; known are: scripted");
    }
  }
  SECTION("an executor that is not available") {
    bench.world.description.unavailable = "it is not installed";
    try {
      bench.measure();
      FAIL("not refused");
    } catch (const model::Error& error) {
      CHECK(error.kind() == model::ErrorKind::measurement);
      CHECK(std::string(error.what()) == "the executor scripted is not available here: it is not installed");
    }
  }
  SECTION("fewer runs at most than at least") {
    bench.plan.settings.max_runs = 4;
    CHECK_THROWS_AS(bench.measure(), model::Error);
  }
}

TEST_CASE("what the machine refuses to one execution fails its cell, and the other cells are measured") {
  Bench bench;
  bench.add_changed_cell("hash", "a", 100, 90);
  bench.add_changed_cell("hash", "b", 100, 90);
  bench.world.on_call = [](const test::ScriptedCall& call) {
    if (call.input == "a") throw model::Error(model::ErrorKind::measurement, "no space left on device");
  };
  const measure::Measured measured = bench.measure();
  for (const model::RunSet* set : {&measured.base, &measured.head}) {
    REQUIRE(set->runs.size() == 2);
    CHECK(set->runs[0].outcome.kind == model::OutcomeKind::crashed);
    CHECK(set->runs[0].outcome.why == "no space left on device");
    CHECK(set->runs[1].outcome.ok());
  }
}

TEST_CASE("what an executor cannot give on this machine is said with its cells and once for all") {
  Bench bench;
  bench.plan.settings.timed = false;
  bench.world.description.limited = "no valgrind; `apt-get install valgrind`";
  bench.add_changed_cell("hash", "a", 100, 90);
  bench.add_changed_cell("hash", "b", 100, 90);
  const measure::Measured measured = bench.measure();
  for (const model::RunSet* set : {&measured.base, &measured.head}) {
    CHECK(std::ranges::count(set->warnings, "executor-limited", &model::Warning::code) == 1);
    for (const model::CellRun& run : set->runs) {
      REQUIRE(has_warning(run.warnings, "executor-limited"));
      CHECK(run.warnings.front().message ==
            "the executor scripted is limited here: no valgrind; `apt-get install valgrind`");
    }
  }
}

TEST_CASE("inputs of the same bytes have keys of their own where the executor sees the input's name") {
  executors::Description executor{
      .name = "e", .version = "1", .options = "o", .cost_model = "", .metrics = {}, .unavailable = ""};
  const auto key = [&](const char* name) {
    return measure::reuse_key("a", measure::comparability(executor, "same bytes", name, {}));
  };
  CHECK(key("one") == key("two"));
  executor.sees_input_name = true;
  CHECK(key("one") != key("two"));
  CHECK(key("one") == key("one"));
}

TEST_CASE("an interruption in one of several jobs ends the measurement with the error of the first cell") {
  Bench bench;
  bench.plan.settings.jobs = 4;
  for (const char* input : {"a", "b", "c", "d"}) bench.add_changed_cell("hash", input, 100, 90);
  bench.world.on_call = [](const test::ScriptedCall& call) {
    throw model::Error(model::ErrorKind::interrupted, "interrupted at " + call.input);
  };
  try {
    bench.measure();
    FAIL("not thrown");
  } catch (const model::Error& error) {
    CHECK(std::string(error.what()) == "interrupted at a");
  }
}

TEST_CASE("a reuse key is made of artefact, input and executor, and of nothing else") {
  const model::Comparability one{.input_sha256 = "i",
                                 .executor = "e",
                                 .executor_version = "v",
                                 .executor_options = "o",
                                 .cost_model = "c",
                                 .executor_program = "p",
                                 .machine = "m",
                                 .session = "s"};
  const std::string key = measure::reuse_key("a", one);
  CHECK(key.size() == 64);
  CHECK(measure::reuse_key("b", one) != key);
  for (const auto field : {&model::Comparability::input_sha256, &model::Comparability::executor,
                           &model::Comparability::executor_version, &model::Comparability::executor_options,
                           &model::Comparability::cost_model, &model::Comparability::executor_program}) {
    model::Comparability other = one;
    other.*field += "x";
    CHECK(measure::reuse_key("a", other) != key);
  }
  for (const auto field : {&model::Comparability::machine, &model::Comparability::session}) {
    model::Comparability other = one;
    other.*field += "x";
    CHECK(measure::reuse_key("a", other) == key);
  }
  // Fields cannot run into each other.
  model::Comparability shifted = one;
  shifted.executor = "ev";
  shifted.executor_version = "";
  CHECK(measure::reuse_key("a", shifted) != key);
}

TEST_CASE("two builds of one executor version share no numbers") {
  executors::Description executor{
      .name = "sp1", .version = "6.10.0", .options = "o", .cost_model = "", .metrics = {}, .unavailable = ""};
  executor.program = std::string(64, '1');
  const model::Comparability one = measure::comparability(executor, "bytes", "i", {});
  executor.program = std::string(64, '2');
  const model::Comparability other = measure::comparability(executor, "bytes", "i", {});
  CHECK(measure::reuse_key("a", one) != measure::reuse_key("a", other));
}

TEST_CASE("the keys of results that are stored already hold") {
  // baselines/evm-software.json, cell deployments_12@embedded.
  const model::Comparability stored{.input_sha256 = "9b098ae355c294dcdda3e3985aace4c88920de85a7d12eb345897d749e3e4546",
                                    .executor = "embedded",
                                    .executor_version = "1",
                                    .executor_options = "",
                                    .cost_model = "zisk-1.4.0-alpha",
                                    .machine = "",
                                    .session = ""};
  CHECK(measure::reuse_key("53431bc0d97c604e89b4f9b26e4892d9e847fba1884f17954705b520b2994d25", stored) ==
        "1c7601ad5b8f7404c08e43663a237ab8fa52037633562c98ec3b0ecc186cb2c4");
}

TEST_CASE("the embedded executor's cost of a real guest is in both run sets, and a failing guest beside it") {
  // Numbers from ziskemu 1.4.0-alpha (tests/fixtures/ziskemu).
  const std::filesystem::path fixtures = std::filesystem::path(CYCLEGATE_SOURCE_DIR) / "tests/fixtures/ziskemu";
  Bench bench;
  bench.plan.settings.timed = false;
  bench.plan.settings.jobs = 2;
  executors::Registry registry;
  add_executors(registry, {});
  const auto artifact = [&](const std::string& name) {
    const auto path = fixtures / "elf" / (name + ".elf");
    return measure::PlannedArtifact{.file = {.path = path, .identity = name}, .file_sha256 = system::sha256_file(path)};
  };
  const auto add = [&](const std::string& guest, const std::string& base, const std::string& head) {
    const auto path = fixtures / "inputs/in_200.bin";
    bench.plan.cells.push_back({.cell = {.guest = guest, .input = "in_200", .executor = "embedded"},
                                .input = {.path = path},
                                .input_sha256 = system::sha256_file(path),
                                .base = artifact(base),
                                .head = artifact(head)});
  };
  add("keccak", "keccak_sw", "keccak_pc");
  add("broken", "keccak_sw", "trap");
  test::FixedRuns rule(2);
  const auto measured = measure::measure(
      bench.plan, {.executors = registry, .clock = bench.clock, .progress = *bench.progress, .rule = rule},
      bench.directory / "out", false);
  const auto* base = find_run(measured.base, {"keccak", "in_200", "embedded"});
  const auto* head = find_run(measured.head, {"keccak", "in_200", "embedded"});
  REQUIRE(base != nullptr);
  REQUIRE(head != nullptr);
  CHECK(base->outcome.ok());
  CHECK(base->exact.at("steps") == std::vector<std::uint64_t>{64'117, 64'117});
  CHECK(head->exact.at("steps") == std::vector<std::uint64_t>{2'687, 2'687});
  CHECK(base->exact.at("cost") == std::vector<std::uint64_t>{5'489'738, 5'489'738});
  CHECK(head->exact.at("cost") == std::vector<std::uint64_t>{315'188, 315'188});
  CHECK(base->output_sha256 == head->output_sha256);
  CHECK(base->output_sha256 == system::sha256_file(fixtures / "keccak_sw@200.output.bin"));
  CHECK_FALSE(base->functions.empty());
  CHECK_FALSE(head->precompiles.empty());
  CHECK(find_run(measured.head, {"broken", "in_200", "embedded"})->outcome.kind == model::OutcomeKind::trap);
}

TEST_CASE("an executor's own exact metrics reach the run set, and what it does not describe does not") {
  Bench bench;
  bench.plan.settings.timed = false;
  bench.add_changed_cell("hash", "light", 100, 90);
  bench.world.description.metrics = {{.name = "gas", .unit = "gas"}, {.name = "steps", .unit = "steps"}};
  for (auto& [key, script] : bench.world.scripts) {
    for (model::Execution& answer : script.answers) {
      answer.metrics = {{"gas", answer.steps * 3}, {"not_described", 1}};
      answer.misaligned_accesses = 4;
    }
  }
  const auto measured = bench.measure();
  const auto& exact = measured.head.runs.at(0).exact;
  CHECK(exact.at("gas") == std::vector<std::uint64_t>{270, 270});
  CHECK(exact.at("steps") == std::vector<std::uint64_t>{90, 90});
  CHECK(exact.size() == 2);
}

TEST_CASE("two executors that describe one metric differently are refused, both named") {
  Bench bench;
  bench.plan.settings.timed = false;
  bench.add_changed_cell("hash", "light", 100, 200);
  test::ScriptedWorld hostile;
  hostile.description = {
      .name = "aaa", .version = "1", .metrics = {{.name = "cost", .unit = "cost", .better = model::Better::higher}}};
  hostile.scripts = bench.world.scripts;
  bench.others = {&hostile};
  bench.plan.cells.push_back(bench.plan.cells[0]);
  bench.plan.cells[1].cell.executor = "aaa";
  try {
    bench.measure();
    FAIL("not refused");
  } catch (const model::Error& error) {
    CHECK(error.kind() == model::ErrorKind::configuration);
    CHECK(
        std::string(error.what()) ==
        "the executors aaa and scripted describe the metric cost with a different better (unit cost, exact, higher is "
        "better; unit cost, exact, lower is better): give one of them another name");
  }
  hostile.description.metrics[0].better = model::Better::lower;
  CHECK(bench.measure().head.runs.size() == 2);
}

TEST_CASE("cells of an executor that is not here are not measured, with its reason, and the others go on") {
  Bench bench;
  bench.plan.settings.timed = false;
  bench.add_changed_cell("hash", "light", 100, 90);
  test::ScriptedWorld missing;
  missing.description = {.name = "other",
                         .version = "",
                         .metrics = {{.name = "cost", .unit = "cost"}},
                         .unavailable = "it is not installed; `x` installs it"};
  bench.others = {&missing};
  bench.plan.cells.push_back(bench.plan.cells[0]);
  bench.plan.cells[1].cell.executor = "other";
  const auto measured = bench.measure();
  REQUIRE(measured.head.runs.size() == 2);
  CHECK(missing.calls.empty());
  const model::CellRun& failed = measured.head.runs.at(0);
  CHECK(failed.cell.executor == "other");
  CHECK(failed.outcome.kind == model::OutcomeKind::crashed);
  CHECK(failed.outcome.why == "the executor other is not available here: it is not installed; `x` installs it");
  CHECK(measured.head.runs.at(1).outcome.ok());
  CHECK(measured.head.runs.at(1).exact.at("steps").size() == 2);
  REQUIRE(failed.warnings.size() == 1);
  CHECK(failed.warnings[0] == model::Warning{"executor-unavailable", failed.outcome.why});
  for (const model::RunSet* set : {&measured.base, &measured.head}) {
    REQUIRE(set->warnings.size() == 1);
    CHECK(set->warnings[0].code == "executor-unavailable");
    CHECK(set->warnings[0].message == "1 cell could not be measured: " + failed.outcome.why);
  }
  // The same artefact says nothing without the executor either.
  bench.plan.cells[1].head = bench.plan.cells[1].base;
  const auto equal = bench.measure();
  CHECK(equal.same == 0);
  CHECK(equal.head.runs.at(0).warnings == failed.warnings);
  CHECK(equal.head.warnings == measured.head.warnings);
}

TEST_CASE("an execution whose output its executor does not tell has no output's digest") {
  model::Execution execution = test::execution(10, "");
  CHECK(measure::repetition(execution, {}).output_sha256 == system::sha256_hex(std::string_view()));
  execution.warnings = {{std::string(model::output_unchecked), "it is not told"}};
  const model::CellRun run = measure::repetition(execution, {});
  CHECK(run.output_sha256.empty());
  CHECK(run.warnings == execution.warnings);
}
