#pragma once

#include <chrono>

#include "system/clock.h"

namespace cyclegate::test {

/// A clock that only moves when told to; waiting moves it. Starts at 2026-01-02T03:04:05Z.
class FakeClock final : public system::Clock {
 public:
  std::chrono::system_clock::time_point now() override { return start() + advanced_as_system_time(); }
  std::chrono::nanoseconds monotonic() override { return advanced_; }
  void sleep_for(std::chrono::nanoseconds duration) override { advance(duration); }

  void advance(std::chrono::nanoseconds duration) { advanced_ += duration; }

 private:
  static std::chrono::system_clock::time_point start() {
    using namespace std::chrono;
    return sys_days{January / 2 / 2026} + hours{3} + minutes{4} + seconds{5};
  }
  std::chrono::system_clock::duration advanced_as_system_time() const {
    return std::chrono::duration_cast<std::chrono::system_clock::duration>(advanced_);
  }

  std::chrono::nanoseconds advanced_{0};
};

}  // namespace cyclegate::test
