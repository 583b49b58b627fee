#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "system/process.h"

namespace cyclegate::test {

/// Starts nothing: answers each request from a function and keeps what was asked for.
class FakeProcessRunner final : public system::ProcessRunner {
 public:
  using Answer = std::function<system::ProcessResult(const system::ProcessRequest&)>;

  explicit FakeProcessRunner(Answer answer) : answer_(std::move(answer)) {}

  system::ProcessResult run(const system::ProcessRequest& request) override {
    const std::lock_guard guard(mutex_);
    requests.push_back(request);
    return answer_(request);
  }

  std::vector<system::ProcessRequest> requests;  ///< in the order in which they came

 private:
  Answer answer_;
  std::mutex mutex_;
};

/// A program that ended by itself.
inline system::ProcessResult exited(int status, std::string standard_output = {}) {
  system::ProcessResult result;
  result.end = system::ProcessEnd::exited;
  result.exit_status = status;
  if (status != 0) result.why = "exit status " + std::to_string(status);
  result.output_tail = standard_output;
  result.standard_output = std::move(standard_output);
  return result;
}

}  // namespace cyclegate::test
