#include "system/preflight.h"

#include <sys/stat.h>

#include <catch2/catch_test_macros.hpp>
#include <functional>
#include <string>
#include <vector>

#include "support/fake_clock.h"
#include "support/fake_process_runner.h"
#include "support/temporary_directory.h"

namespace sys = cyclegate::system;
using cyclegate::test::TemporaryDirectory;

namespace {

/// A clock that lets something happen while it is slept on.
class BusyClock final : public sys::Clock {
 public:
  std::chrono::system_clock::time_point now() override { return fake_.now(); }
  std::chrono::nanoseconds monotonic() override { return fake_.monotonic(); }
  void sleep_for(std::chrono::nanoseconds duration) override {
    fake_.sleep_for(duration);
    if (meanwhile) meanwhile();
  }
  std::function<void()> meanwhile;

 private:
  cyclegate::test::FakeClock fake_;
};

void write_idle_machine(const TemporaryDirectory& root) {
  root.write("proc/cpuinfo", "processor\t: 0\nmodel name\t: x\n\nprocessor\t: 1\nmodel name\t: x\n\n");
  root.write("proc/meminfo", "MemTotal:        8130512 kB\nMemFree:  100 kB\nMemAvailable:    6000000 kB\n");
  root.write("proc/loadavg", "0.42 0.50 0.61 1/230 4711\n");
}

sys::PreflightFacts facts_of(const TemporaryDirectory& root, BusyClock& clock) {
  return sys::preflight({.clock = clock, .variables = {}, .root = root.path()});
}

std::vector<std::string> codes(const sys::PreflightFacts& facts) {
  std::vector<std::string> result;
  for (const auto& warning : facts.warnings) result.push_back(warning.code);
  return result;
}

}  // namespace

TEST_CASE("a quiet machine gives no warning and an unreadable one neither") {
  const TemporaryDirectory root;
  BusyClock clock;
  const auto nothing = facts_of(root, clock);
  CHECK(nothing.warnings.empty());
  CHECK(nothing.preflight == cyclegate::model::Preflight{.taken = "2026-01-02T03:04:05Z"});
  write_idle_machine(root);
  root.write("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance\n");
  root.write("sys/devices/system/cpu/intel_pstate/no_turbo", "1\n");
  root.write("sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count", "0\n");
  root.write("sys/class/thermal/thermal_zone0/temp", "45000\n");
  root.write("sys/class/drm/card0/device/hwmon/hwmon3/temp1_input", "49000\n");
  const auto quiet = facts_of(root, clock);
  CHECK(quiet.warnings.empty());
  CHECK(quiet.preflight.load_hundredths == 42U);
  CHECK(quiet.preflight.memory_available_bytes == 6'000'000ULL * 1024);
  CHECK(quiet.preflight.governors == std::vector<std::string>{"performance"});
  CHECK(quiet.preflight.boost == false);
  CHECK(quiet.preflight.throttle_events == 0U);
  CHECK(quiet.preflight.hottest_millidegrees == 45'000);
  CHECK(quiet.preflight.gpu_degrees == 49);
}

TEST_CASE("everything that makes timing doubtful is named with its value and with what would be right") {
  const TemporaryDirectory root;
  BusyClock clock;
  write_idle_machine(root);
  root.write("proc/loadavg", "1.70 0.50 0.61 1/230 4711\n");
  root.write("proc/meminfo", "MemTotal: 8130512 kB\nMemAvailable: 500000 kB\n");
  root.write("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance\n");
  root.write("sys/devices/system/cpu/cpu1/cpufreq/scaling_governor", "powersave\n");
  root.write("sys/devices/system/cpu/cpufreq/boost", "1\n");
  root.write("sys/devices/system/cpu/cpu1/thermal_throttle/core_throttle_count", "3\n");
  root.write("sys/class/thermal/thermal_zone0/temp", "45000\n");
  root.write("sys/class/thermal/thermal_zone1/temp", "93000\n");
  root.write("sys/class/drm/card1/device/hwmon/hwmon0/temp1_input", "50000\n");
  const auto facts = facts_of(root, clock);
  CHECK(codes(facts) ==
        std::vector<std::string>{"high-load", "low-memory", "governor", "turbo", "throttled", "hot", "gpu-hot"});
  const auto& warnings = facts.warnings;
  REQUIRE(warnings.size() == 7);
  CHECK(warnings[0].message ==
        "load average 1.70 on 2 cores before timing; at most 1.00 is right: stop other processes");
  CHECK(warnings[1].message == "488 MiB of 7939 MiB memory available before timing; at least 793 MiB is right");
  CHECK(warnings[2].message == "frequency governor is powersave, not performance: the clock rate varies");
  CHECK(warnings[4].message == "the CPU was throttled for heat 3 times since boot; 0 is right: cool it better");
  CHECK(warnings[5].message == "a thermal zone is at 93 degrees Celsius before timing; below 90 is right");
  CHECK(warnings[6].message == "a GPU is at 50 degrees Celsius before timing; below 50 is right: cool down longer");
}

TEST_CASE("what counts as load is what others do while this program is idle, not what its own builds left behind") {
  const TemporaryDirectory root;
  BusyClock clock;
  write_idle_machine(root);
  root.write("proc/loadavg", "1.90 1.50 0.61 1/230 4711\n");
  root.write("proc/stat", "cpu  1000 0 500 8000 100 0 0 0 0 0\ncpu0 1 2 3\n");
  SECTION("idle") {
    clock.meanwhile = [&] { root.write("proc/stat", "cpu  1001 0 500 8048 100 0 0 1 0 0\n"); };
    const auto facts = facts_of(root, clock);
    CHECK(facts.preflight.busy_hundredths == 8U);
    CHECK(facts.warnings.empty());
  }
  SECTION("busy") {
    clock.meanwhile = [&] { root.write("proc/stat", "cpu  1030 0 503 8017 100 0 0 0 0 0\n"); };
    const auto facts = facts_of(root, clock);
    CHECK(facts.preflight.busy_hundredths == 132U);
    REQUIRE(codes(facts) == std::vector<std::string>{"high-load"});
    CHECK(facts.warnings[0].message ==
          "others keep 1.32 of 2 cores busy just before timing (load average 1.90); at most 0.10 is right: stop other "
          "processes");
  }
  SECTION("a file that makes no sense") {
    clock.meanwhile = [&] { root.write("proc/stat", "cpu  1 x\n"); };
    CHECK_FALSE(facts_of(root, clock).preflight.busy_hundredths);
  }
  SECTION("a clock that runs backwards") {
    clock.meanwhile = [&] { root.write("proc/stat", "cpu  1 0 0 0 0 0 0 0\n"); };
    CHECK_FALSE(facts_of(root, clock).preflight.busy_hundredths);
  }
}

TEST_CASE("the hottest GPU is what nvidia-smi says, where there is one") {
  const TemporaryDirectory root;
  BusyClock clock;
  const auto tool = root.write("bin/nvidia-smi", "#!/bin/sh\n");
  REQUIRE(chmod(tool.c_str(), 0755) == 0);
  cyclegate::test::FakeProcessRunner runner(
      [](const sys::ProcessRequest&) { return cyclegate::test::exited(0, "41\n57\n[N/A]\n"); });
  const auto ask = [&](const std::string& path) {
    return sys::preflight(
        {.clock = clock, .processes = &runner, .variables = {{"PATH", path}}, .root = root / "nowhere"});
  };
  const auto facts = ask((root / "bin").string());
  CHECK(facts.preflight.gpu_degrees == 57);
  CHECK(codes(facts) == std::vector<std::string>{"gpu-hot"});
  REQUIRE(runner.requests.size() == 1);
  CHECK(runner.requests[0].arguments[1] == "--query-gpu=temperature.gpu");
  CHECK_FALSE(ask((root / "none").string()).preflight.gpu_degrees);
  CHECK(runner.requests.size() == 1);
}

TEST_CASE("there is a core to time on") {
  REQUIRE(sys::timing_core());
  CHECK(*sys::timing_core() >= 0);
}
