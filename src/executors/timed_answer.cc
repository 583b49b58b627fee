#include "executors/timed_answer.h"

#include <exception>
#include <nlohmann/json.hpp>

#include "system/sha256.h"

namespace cyclegate::executors {
namespace {

using nlohmann::json;

constexpr std::string_view timed_schema = "cyclegate.timed/1";
constexpr std::size_t longest_text = 64U << 10U;

std::optional<std::uint64_t> unsigned_member(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_unsigned()) return std::nullopt;
  return found->get<std::uint64_t>();
}

std::string member_text(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool is_sha256(std::string_view digits) {
  return digits.size() == 64 && digits.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

TimedAnswer timed_answer(const model::Execution& execution, std::uint64_t peak_memory_bytes) {
  TimedAnswer answer{.outcome = execution.outcome,
                     .steps = execution.steps,
                     .output_sha256 = {},
                     .peak_memory_bytes = peak_memory_bytes};
  if (execution.outcome.ok()) answer.output_sha256 = system::sha256_hex(execution.output);
  return answer;
}

std::string timed_answer_to_json(const TimedAnswer& answer) {
  json outcome{{"kind", model::to_string(answer.outcome.kind)}, {"why", answer.outcome.why}};
  if (answer.outcome.code) outcome["code"] = *answer.outcome.code;
  if (answer.outcome.pc) outcome["pc"] = *answer.outcome.pc;
  json whole{{"schema", timed_schema}, {"outcome", outcome}, {"output_sha256", answer.output_sha256}};
  if (answer.steps != 0) whole["steps"] = answer.steps;
  if (answer.peak_memory_bytes != 0) whole["peak_memory"] = answer.peak_memory_bytes;
  return whole.dump(-1, ' ', true, json::error_handler_t::replace) + "\n";
}

std::expected<TimedAnswer, std::string> timed_answer_from_json(std::string_view text) {
  if (text.size() > longest_text) return std::unexpected("the answer is longer than 64 KiB");
  const json whole = json::parse(text, nullptr, false);
  if (!whole.is_object()) return std::unexpected("the answer is not a JSON object");
  if (member_text(whole, "schema") != timed_schema)
    return std::unexpected("the answer's schema is not cyclegate.timed/1");
  const auto outcome = whole.find("outcome");
  if (outcome == whole.end() || !outcome->is_object()) return std::unexpected("the answer has no outcome");
  const auto kind = model::outcome_kind_from(member_text(*outcome, "kind"));
  if (!kind) return std::unexpected("the answer's outcome is of no known kind");
  const auto steps = unsigned_member(whole, "steps");
  if (!steps && (*kind == model::OutcomeKind::ok || whole.contains("steps"))) {
    return std::unexpected("the answer has no number of steps");
  }
  TimedAnswer answer{.outcome = {.kind = *kind,
                                 .code = unsigned_member(*outcome, "code"),
                                 .pc = unsigned_member(*outcome, "pc"),
                                 .why = member_text(*outcome, "why")},
                     .steps = steps.value_or(0),
                     .output_sha256 = member_text(whole, "output_sha256"),
                     .peak_memory_bytes = unsigned_member(whole, "peak_memory").value_or(0)};
  if (answer.outcome.ok() != is_sha256(answer.output_sha256)) {
    return std::unexpected("the answer's output_sha256 does not fit its outcome");
  }
  return answer;
}

}  // namespace cyclegate::executors
