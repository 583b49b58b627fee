#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "model/metric.h"
#include "model/outcome.h"

namespace cyclegate::model {

/// Which of several matches of a pattern counts.
enum class Match {
  same,   ///< all of them, and they must agree: a number that somebody else may have printed is not taken
  first,  ///< the first
  last,   ///< the last
};

/// A metric of a command executor and where its value stands in what the program wrote.
struct PickedMetric {
  Metric metric;        ///< times have the unit ns, whatever unit the program prints
  std::string from;     ///< `stdout`, `stderr`, or a file below the run's directory
  std::string pattern;  ///< regular expression (RE2) whose group is the number; `^` and `$` are a line's ends
  std::string pointer;  ///< JSON pointer (RFC 6901) to the number; without either, the text is the number
  bool size = false;    ///< the value is the size of the file in bytes
  Match match = Match::same;
  std::uint64_t scale = 1;  ///< the printed number times this is the value, e.g. 10^9 for seconds

  bool operator==(const PickedMetric&) const = default;
};

/// An executor that is any program, as `executors:` of cyclegate.yaml describes it.
struct CommandSettings {
  std::vector<std::string> command;      ///< argv; placeholders {elf} {input} {input_name} {output} {work}
  std::vector<std::string> version;      ///< argv that prints the version; empty: the program file's digest is it
  std::vector<std::string> environment;  ///< variables that the program may see beside the usual few
  std::string output;                    ///< the public output: `stdout`, or a file below the run's directory; or none
  bool checks_output = false;            ///< the program itself ends badly where the guest's output is wrong
  std::map<int, OutcomeKind> exits;      ///< what exit statuses mean; 0 is ok, others are `exit`
  bool all_cores = false;  ///< timed runs are pinned to no core: a prover, or another program of many threads
  bool log = false;        ///< both outputs of each run are kept in OUT/logs/EXECUTOR
  std::vector<PickedMetric> metrics;  ///< in the file's order

  bool operator==(const CommandSettings&) const = default;
};

}  // namespace cyclegate::model
