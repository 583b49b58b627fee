#pragma once

#include <chrono>
#include <string>

namespace cyclegate::system {

/// Time as the program sees it; injected, so that tests decide what time it is.
class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;

  /// Wall-clock time, for records.
  virtual std::chrono::system_clock::time_point now() = 0;
  /// A time that only grows, for durations; its zero means nothing.
  virtual std::chrono::nanoseconds monotonic() = 0;
  /// Waits. Throws model::Error{interrupted} when SIGINT or SIGTERM arrives meanwhile.
  virtual void sleep_for(std::chrono::nanoseconds duration) = 0;
};

/// The machine's own clock.
class SystemClock final : public Clock {
 public:
  std::chrono::system_clock::time_point now() override;
  std::chrono::nanoseconds monotonic() override;
  void sleep_for(std::chrono::nanoseconds duration) override;
};

/// ISO 8601 in UTC with whole seconds, `2026-11-21T10:24:09Z`; independent of locale and time zone.
std::string iso_time(std::chrono::system_clock::time_point time);
/// ISO 8601 calendar day in UTC, `2026-11-21`.
std::string iso_date(std::chrono::system_clock::time_point time);

}  // namespace cyclegate::system
