#include "build/command.h"

#include <fmt/format.h>

#include <algorithm>

#include "system/clock.h"
#include "system/excerpt.h"
#include "system/files.h"
#include "system/process.h"
#include "system/progress.h"

namespace cyclegate::build {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20U;

/// Looks from time to time at how much the tree has grown and at how much room is left.
class DiskWatch {
 public:
  DiskWatch(const CommandRequest& request, system::Clock& clock)
      : request_(request), clock_(clock), size_at_start_(limit() == 0 ? 0 : system::directory_size(request.tree)) {
    postpone(clock.monotonic());
  }

  std::optional<std::string> look() {
    const std::chrono::nanoseconds start = clock_.monotonic();
    if (start < next_) return std::nullopt;
    std::optional<std::string> problem = problem_now();
    postpone(start);
    return problem;
  }

 private:
  std::uint64_t limit() const { return request_.limits.disk_bytes; }

  /// A look at a large tree takes time; at most a twentieth of the time goes into looking.
  void postpone(std::chrono::nanoseconds start) {
    const std::chrono::nanoseconds now = clock_.monotonic();
    next_ = now + std::max(request_.limits.disk_interval, 20 * (now - start));
  }

  std::optional<std::string> problem_now() const {
    std::error_code error;
    const fs::space_info space = fs::space(request_.tree, error);
    if (!error && space.available < request_.limits.free_bytes) {
      return fmt::format("stopped because only {} MiB of disk are left", space.available / mebibyte);
    }
    if (limit() == 0) return std::nullopt;
    const std::uint64_t size = system::directory_size(request_.tree);
    if (size <= size_at_start_ || size - size_at_start_ <= limit()) return std::nullopt;
    return fmt::format("stopped because it wrote {} MiB, more than its limit of {} MiB",
                       (size - size_at_start_) / mebibyte, limit() / mebibyte);
  }

  const CommandRequest& request_;
  system::Clock& clock_;
  std::uint64_t size_at_start_;
  std::chrono::nanoseconds next_{0};
};

}  // namespace

std::optional<model::StageFailure> run_command(system::ProcessRunner& runner, system::Clock& clock,
                                               const CommandRequest& request, system::Progress* progress) {
  DiskWatch disk(request, clock);
  system::ProcessRequest process;
  process.arguments = {"sh", "-e", "-c", request.command};
  process.directory = request.tree;
  process.environment = request.environment;
  process.time_limit = request.limits.time;
  process.file_size_limit_bytes = request.limits.disk_bytes;
  process.output_limit_bytes = 0;  // The log and the tail are all that is wanted.
  process.join_outputs = true;
  process.log = request.log;
  process.watch_interval = std::min<std::chrono::nanoseconds>(process.watch_interval, request.limits.disk_interval);
  process.watch = [&]() -> std::optional<std::string> {
    if (progress != nullptr) progress->tick();
    return disk.look();
  };
  const system::ProcessResult result = runner.run(process);
  if (result.ok()) return std::nullopt;
  std::string why =
      fmt::format("{}: `{}`: {}", request.subject, system::last_lines(request.command, 3, 200), result.why);
  if (!request.log.empty()) why += fmt::format("; log: {}", request.log.string());
  return model::StageFailure{request.stage, std::move(why), system::last_lines(result.output_tail)};
}

std::string log_name(const std::string& stage, model::Side side, const std::string& guest, const std::string& build) {
  std::string name = fmt::format("{}-{}-{}", stage, to_string(side), guest);
  if (!build.empty()) name += "-" + build;
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  };
  std::ranges::replace_if(name, [&](char c) { return !plain(c); }, '_');
  return name.substr(0, 200) + ".log";
}

}  // namespace cyclegate::build
