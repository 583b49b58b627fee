#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/wide.h"

namespace cyclegate::model {

/// How sampled metrics are judged and what the verdict table's corners mean (requirements R21-R24).
enum class Methodology { robust, classic };

/// What CI demands: `guard` fails on what got worse, `improve` fails everything but KEEP.
enum class Mode { guard, improve };

/// Verdict thresholds (requirements R6, R22, R24).
struct Thresholds {
  Millionths keep{50'000};         ///< a gain above this is worth having
  Millionths maybe{20'000};        ///< a gain from here to `keep` is a MAYBE
  Millionths kill{1'100'000};      ///< head above this multiple of base is killed
  Millionths worst_input{50'000};  ///< no single input may get worse by more than this

  bool operator==(const Thresholds&) const = default;
};

/// How much worse a cell may get before `guard` fails.
struct Tolerance {
  Millionths exact{5'000};
  Millionths sampled{20'000};

  bool operator==(const Tolerance&) const = default;
};

/// A regression or an output change that the maintainers accepted beforehand, until a day.
struct Acknowledgement {
  std::string guest;
  std::string metric;                           ///< a metric's name, or `output`
  std::optional<Millionths> up_to;              ///< accepted growth; absent for `output`
  std::map<std::string, std::string> expected;  ///< for `output`: input name to sha256 of the new output
  std::string until;                            ///< ISO date, inclusive
  std::string reason;

  bool operator==(const Acknowledgement&) const = default;
};

/// The rules of one side's cyclegate.yaml. The base's rules decide.
struct Policy {
  Methodology methodology = Methodology::robust;
  Mode mode = Mode::guard;
  Thresholds thresholds;
  Tolerance tolerance;
  std::optional<Millionths> drift_budget;       ///< against the pinned baseline in baselines/
  std::map<std::string, std::string> deciding;  ///< executor name to deciding metric, where not the executor's default
  std::vector<Acknowledgement> acknowledged;

  bool operator==(const Policy&) const = default;
};

/// The metric that decides for an executor: configured, else the executor's default (`cost` for embedded and ziskemu,
/// `gas` for sp1, `cycles` for risc0 and openvm, `proving_time` for provers, else `wall_time`).
std::string deciding_metric(const Policy& policy, std::string_view executor);

std::string_view to_string(Methodology methodology);
std::string_view to_string(Mode mode);

}  // namespace cyclegate::model
