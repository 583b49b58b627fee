#include "executors/contained.h"

#include <filesystem>
#include <utility>

#include "model/error.h"

namespace cyclegate::executors {
namespace {

/// What `run` gives; for an error that is no interruption a Result with nothing but the outcome.
template <class Result, class Run>
Result contain(const Run& run) {
  Result failed;
  try {
    return run();
  } catch (const model::Error& error) {
    if (error.kind() == model::ErrorKind::interrupted) throw;
    failed.outcome.why = error.what();
  } catch (const std::filesystem::filesystem_error& error) {
    failed.outcome.why = error.what();
  }
  failed.outcome.kind = model::OutcomeKind::crashed;
  return failed;
}

class Contained final : public Executor {
 public:
  explicit Contained(std::unique_ptr<Executor> executor) : executor_(std::move(executor)) {}

  Description describe() override { return executor_->describe(); }
  model::Execution execute(const ArtifactFile& artifact, const InputFile& input, const Limits& limits,
                           model::Detail detail) override {
    return contain<model::Execution>([&] { return executor_->execute(artifact, input, limits, detail); });
  }
  TimedExecution execute_timed(const ArtifactFile& artifact, const InputFile& input, const Limits& limits,
                               const TimedSettings& settings) override {
    return contain<TimedExecution>([&] { return executor_->execute_timed(artifact, input, limits, settings); });
  }

 private:
  std::unique_ptr<Executor> executor_;
};

}  // namespace

std::unique_ptr<Executor> contained(std::unique_ptr<Executor> executor) {
  return std::make_unique<Contained>(std::move(executor));
}

}  // namespace cyclegate::executors
