#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "executors/executor.h"

namespace cyclegate::test {

/// What a scripted guest does on one input. The n-th exact execution gives answer n, the n-th timed one time n; the
/// last of each is repeated.
struct Script {
  std::vector<model::Execution> answers;
  std::vector<executors::TimedExecution> times;
};

/// One call that a ScriptedExecutor got.
struct ScriptedCall {
  std::string artifact;  ///< identity
  std::string input;     ///< file name
  bool timed = false;
  model::Detail detail = model::Detail::totals;  ///< exact calls only
  executors::TimedSettings settings = {};        ///< timed calls only
};

/// What a ScriptedExecutor says and remembers. Shared with the test, because a registry owns the executor itself.
struct ScriptedWorld {
  executors::Description description;
  /// By artefact identity and the input's file name.
  std::map<std::pair<std::string, std::string>, Script> scripts;
  /// Called at the start of every call with the lock not held, e.g. to let time pass or to throw.
  std::function<void(const ScriptedCall&)> on_call;

  std::mutex mutex;
  std::vector<ScriptedCall> calls;
};

/// An executor that runs nothing: its answers come from a table.
class ScriptedExecutor final : public executors::Executor {
 public:
  explicit ScriptedExecutor(ScriptedWorld& world) : world_(world) {}

  executors::Description describe() override { return world_.description; }

  model::Execution execute(const executors::ArtifactFile& artifact, const executors::InputFile& input,
                           const executors::Limits& /*limits*/, model::Detail detail) override {
    const Script& script = called({artifact.identity, input.path.filename().string(), false, detail, {}});
    const std::scoped_lock guard(world_.mutex);
    model::Execution answer = nth(script.answers, exact_calls_[{artifact.identity, input.path.filename().string()}]++);
    if (detail != model::Detail::functions) answer.functions.clear();
    return answer;
  }

  executors::TimedExecution execute_timed(const executors::ArtifactFile& artifact, const executors::InputFile& input,
                                          const executors::Limits& /*limits*/,
                                          const executors::TimedSettings& settings) override {
    const Script& script =
        called({artifact.identity, input.path.filename().string(), true, model::Detail::totals, settings});
    const std::scoped_lock guard(world_.mutex);
    executors::TimedExecution timed =
        nth(script.times, timed_calls_[{artifact.identity, input.path.filename().string()}]++);
    for (auto& [metric, value] : timed.samples) {
      if (metric != "peak_memory") value += value * settings.slow_down.value / 1'000'000;
    }
    return timed;
  }

 private:
  const Script& called(const ScriptedCall& call) {
    if (world_.on_call) world_.on_call(call);
    const std::scoped_lock guard(world_.mutex);
    world_.calls.push_back(call);
    return world_.scripts.at({call.artifact, call.input});
  }
  template <class T>
  static const T& nth(const std::vector<T>& all, std::size_t index) {
    return index < all.size() ? all[index] : all.back();
  }

  ScriptedWorld& world_;
  std::map<std::pair<std::string, std::string>, std::size_t> exact_calls_;
  std::map<std::pair<std::string, std::string>, std::size_t> timed_calls_;
};

}  // namespace cyclegate::test
