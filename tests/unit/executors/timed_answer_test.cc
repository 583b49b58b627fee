#include "executors/timed_answer.h"

#include <catch2/catch_test_macros.hpp>

using namespace cyclegate;
using executors::TimedAnswer;

TEST_CASE("the answer of a timed child is read back as it was written") {
  const std::string hash(64, 'a');
  for (const TimedAnswer& answer :
       {TimedAnswer{.outcome = {}, .steps = ~std::uint64_t{0}, .output_sha256 = hash, .peak_memory_bytes = 4096},
        TimedAnswer{.outcome = {.kind = model::OutcomeKind::trap, .code = {}, .pc = 0x90000010, .why = "a \"b\"\n"},
                    .steps = 3,
                    .output_sha256 = ""},
        TimedAnswer{.outcome = {.kind = model::OutcomeKind::exit, .code = 3, .pc = {}, .why = ""},
                    .steps = 0,
                    .output_sha256 = ""}}) {
    const std::string text = executors::timed_answer_to_json(answer);
    CHECK(text.find('\n') == text.size() - 1);
    CHECK(executors::timed_answer_from_json(text) == answer);
  }
}

TEST_CASE("an execution's answer has the hash of its output, and none when the guest failed") {
  model::Execution execution;
  execution.steps = 12;
  execution.output = {'a', 'b', 'c'};
  // FIPS 180-4's example for "abc".
  CHECK(executors::timed_answer(execution, 0).output_sha256 ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  execution.outcome.kind = model::OutcomeKind::limit;
  CHECK(executors::timed_answer(execution, 0).output_sha256.empty());
}

TEST_CASE("what is not known of a timed run is left out of its answer and not 0") {
  model::Execution execution;
  execution.outcome = {.kind = model::OutcomeKind::exit, .code = 3, .pc = {}, .why = ""};
  CHECK(executors::timed_answer_to_json(executors::timed_answer(execution, 0)) ==
        "{\"outcome\":{\"code\":3,\"kind\":\"exit\",\"why\":\"\"},\"output_sha256\":\"\","
        "\"schema\":\"cyclegate.timed/1\"}\n");
  execution.steps = 80;
  const std::string text = executors::timed_answer_to_json(executors::timed_answer(execution, 4096));
  CHECK(text.contains("\"peak_memory\":4096"));
  CHECK(text.contains("\"steps\":80"));
}

TEST_CASE("an answer that is none is refused with what is wrong") {
  const std::string good =
      executors::timed_answer_to_json({.outcome = {}, .steps = 1, .output_sha256 = std::string(64, '0')});
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    const auto answer = executors::timed_answer_from_json(text);
    return answer ? "accepted" : answer.error();
  };
  CHECK(with("{", "[") == "the answer is not a JSON object");
  CHECK(with("timed/1", "timed/2") == "the answer's schema is not cyclegate.timed/1");
  CHECK(with("\"steps\":1", "\"steps\":-1") == "the answer has no number of steps");
  CHECK(with("\"steps\":1", "\"stairs\":1") == "the answer has no number of steps");
  CHECK(with("\"ok\"", "\"fine\"") == "the answer's outcome is of no known kind");
  CHECK(with("\"ok\"", "\"trap\"") == "the answer's output_sha256 does not fit its outcome");
  CHECK(with("0000", "zzzz") == "the answer's output_sha256 does not fit its outcome");
  CHECK(with("\"outcome\":{", "\"outcome\":1,\"o\":{") == "the answer has no outcome");
  for (std::size_t length = 0; length + 1 < good.size(); ++length) {
    CHECK(!executors::timed_answer_from_json(good.substr(0, length)).has_value());
  }
  CHECK(!executors::timed_answer_from_json(std::string(1U << 20U, ' ')).has_value());
}
