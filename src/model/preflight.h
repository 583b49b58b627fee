#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cyclegate::model {

/// What the machine was like just before timing (requirements R21). What cannot be read is absent.
struct Preflight {
  std::string taken;                                    ///< ISO 8601 UTC
  std::optional<std::uint64_t> load_hundredths;         ///< load average of the last minute x 100
  std::optional<std::uint64_t> busy_hundredths;         ///< cores that others kept busy meanwhile x 100
  std::optional<std::uint64_t> memory_available_bytes;  ///< without swapping
  std::vector<std::string> governors;                   ///< frequency governors in use, sorted
  std::optional<bool> boost;                            ///< frequency boost (turbo) is on
  std::optional<std::uint64_t> throttle_events;         ///< thermal throttling since boot, all cores
  std::optional<std::int64_t> hottest_millidegrees;     ///< Celsius, of the thermal zones
  std::optional<std::int64_t> gpu_degrees;              ///< Celsius, of the hottest GPU

  bool operator==(const Preflight&) const = default;
};

}  // namespace cyclegate::model
