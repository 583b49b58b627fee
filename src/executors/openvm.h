#pragma once

#include <expected>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "executors/executor.h"
#include "executors/known_executors.h"

namespace cyclegate::executors {

/// OpenVM by its command line, `cargo openvm run --exe FILE.vmexe`, where that is installed. Its deciding metric is
/// `cycles`, the executed instructions.
class OpenvmExecutor final : public Executor {
 public:
  explicit OpenvmExecutor(World world) : world_(std::move(world)) {}

  Description describe() override;
  model::Execution execute(const ArtifactFile& artifact, const InputFile& input, const Limits& limits,
                           model::Detail detail) override;
  /// Throws model::Error: describe() lists no sampled metrics, since a run would mostly time the loading of keys.
  TimedExecution execute_timed(const ArtifactFile& artifact, const InputFile& input, const Limits& limits,
                               const TimedSettings& settings) override;

 private:
  struct Program {
    std::filesystem::path path;
    std::string version;
    std::string digest;  ///< sha256 of the file
  };
  std::expected<Program, std::string> find() const;
  const std::expected<Program, std::string>& program();

  World world_;
  std::mutex mutex_;
  std::optional<std::expected<Program, std::string>> program_;
};

/// What one run of the command line says in its last lines; what the guest prints comes before them.
struct OpenvmReport {
  std::vector<std::uint8_t> output;
  std::uint64_t instructions = 0;
  std::uint64_t last = 0;  ///< `Total cost` (mode meter) or `Total segments` (mode segment)

  bool operator==(const OpenvmReport&) const = default;
};

/// Reads from `text` the three last lines of a run's standard output: `Execution output: [1, 2]`, `Number of
/// instructions executed: N` and `LAST: N`.
std::expected<OpenvmReport, std::string> openvm_report(std::string_view text, std::string_view last);

}  // namespace cyclegate::executors
