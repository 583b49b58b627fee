#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "config/config.h"

namespace cyclegate::system {
class ProcessRunner;
}

namespace cyclegate::app {

/// Brings pinned inputs to where executors can read them: CACHE/inputs/SHA256, read-only, whatever they were made from.
class InputStore {
 public:
  /// `offline` is a directory in which inputs by URL are looked up by name or sha256; may be empty. `environment` is
  /// for generators.
  InputStore(system::ProcessRunner& processes, std::filesystem::path cache_root, std::filesystem::path offline);

  /// The file with the input's pinned bytes. `tree` is where its path or generator lies. Throws Error{configuration}
  /// that names guest, input, place and remedy when the bytes cannot be had or are not the pinned ones.
  std::filesystem::path materialise(const std::string& guest, const config::Input& input,
                                    const std::filesystem::path& tree,
                                    const std::map<std::string, std::string>& environment,
                                    std::chrono::nanoseconds time_limit);

 private:
  std::string generate(const std::string& guest, const config::Input& input, const std::filesystem::path& tree,
                       const std::map<std::string, std::string>& environment, std::chrono::nanoseconds time_limit);
  std::string fetched(const std::string& guest, const config::Input& input) const;

  system::ProcessRunner& processes_;
  std::filesystem::path cache_root_;
  std::filesystem::path offline_;
};

/// No input is larger than this.
inline constexpr std::uint64_t largest_input_bytes = std::uint64_t{1} << 30U;

}  // namespace cyclegate::app
