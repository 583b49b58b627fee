#include "system/clock.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cstdint>
#include <ctime>

#include "system/interrupt.h"

namespace cyclegate::system {

std::chrono::system_clock::time_point SystemClock::now() {
  return std::chrono::system_clock::now();
}

std::chrono::nanoseconds SystemClock::monotonic() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch());
}

void SystemClock::sleep_for(std::chrono::nanoseconds duration) {
  const std::chrono::nanoseconds end = monotonic() + duration;
  for (;;) {
    throw_if_interrupted();
    const std::chrono::nanoseconds left = end - monotonic();
    if (left.count() <= 0) return;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    const timespec timeout{.tv_sec = static_cast<time_t>(seconds.count()),
                           .tv_nsec = static_cast<long>((left - seconds).count())};
    pollfd interrupt{.fd = interrupt_descriptor(), .events = POLLIN, .revents = 0};
    // Ends early when interrupted; any other early return only goes around once more.
    ppoll(&interrupt, 1, &timeout, nullptr);
  }
}

std::string iso_date(std::chrono::system_clock::time_point time) {
  const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(time)};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

std::string iso_time(std::chrono::system_clock::time_point time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time - day).count();
  return fmt::format("{}T{:02}:{:02}:{:02}Z", iso_date(time), seconds / 3600, seconds / 60 % 60, seconds % 60);
}

}  // namespace cyclegate::system
