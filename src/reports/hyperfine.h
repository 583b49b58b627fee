#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cyclegate::reports {

/// One command that hyperfine timed. Times are seconds, as hyperfine writes them.
struct HyperfineResult {
  std::string command;  ///< with its parameters, where it has some: `COMMAND (size=3)`
  double mean = 0;
  std::optional<double> stddev;  ///< absent for a single run
  double median = 0;
  double user = 0;
  double system = 0;
  double min = 0;
  double max = 0;
  std::vector<double> times;  ///< of every run; empty where hyperfine was told not to export them
  bool failed = false;        ///< a run ended with an exit status other than 0
};

/// What `hyperfine --export-json FILE` wrote.
struct HyperfineResults {
  std::vector<HyperfineResult> results;
  std::string json;  ///< `{"type":"hyperfine","results":[...]}` with every field of the file
};

/// The largest file that is read.
inline constexpr std::size_t max_hyperfine_bytes = std::size_t{64} << 20U;

/// Reads hyperfine's JSON (1.0 to 1.20). Throws model::Error (configuration) `ORIGIN: ...` for anything else. `times`
/// must fit `mean`, `min` and `max`, so that a file that was cut and mended by hand is refused.
HyperfineResults read_hyperfine(std::string_view text, std::string_view origin);

}  // namespace cyclegate::reports
