#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace cyclegate::differential {

/// How a child process ended.
struct FinishedProcess {
  int status = 0;          ///< as waitpid gives it
  std::string output;      ///< standard output
  bool timed_out = false;  ///< or wrote more than a mebibyte; it was killed
};

/// Runs arguments[0], found by PATH, with no standard input and its standard error thrown away. Throws
/// std::runtime_error naming `remedy` when it cannot be started.
FinishedProcess run_process(const std::vector<std::string>& arguments, std::chrono::seconds patience,
                            std::string_view remedy);

}  // namespace cyclegate::differential
