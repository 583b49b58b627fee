#include "system/environment.h"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "support/fake_process_runner.h"
#include "support/temporary_directory.h"

namespace sys = cyclegate::system;
using cyclegate::model::Environment;
using cyclegate::test::TemporaryDirectory;

namespace {

void write_machine(const TemporaryDirectory& root) {
  root.write("proc/cpuinfo",
             "processor\t: 0\nvendor_id\t: AuthenticAMD\nmodel name\t: AMD EPYC 7B13\nflags\t\t: fpu vme\n\n"
             "processor\t: 1\nvendor_id\t: AuthenticAMD\nmodel name\t: AMD EPYC 7B13\n\n");
  root.write("proc/meminfo", "MemTotal:        8130512 kB\nMemFree:  100 kB\nMemAvailable:    6000000 kB\n");
  root.write("proc/loadavg", "0.42 0.50 0.61 1/230 4711\n");
  root.write("proc/sys/kernel/osrelease", "6.1.0-18-amd64\n");
  root.write("proc/sys/kernel/hostname", "builder-7\n");
  root.write("etc/os-release",
             "NAME=\"Debian GNU/Linux\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n");
}

std::vector<std::string> codes(const TemporaryDirectory& root) {
  std::vector<std::string> result;
  for (const auto& warning : sys::preflight_warnings(root.path())) result.push_back(warning.code);
  return result;
}

}  // namespace

TEST_CASE("the machine is described from its own files") {
  const TemporaryDirectory root;
  write_machine(root);
  Environment expected;
  expected.hostname = "builder-7";
  expected.cpu = "AMD EPYC 7B13";
  expected.cores = 2;
  expected.memory_bytes = 8130512ULL * 1024;
  expected.os = "Debian GNU/Linux 12 (bookworm)";
  expected.kernel = "6.1.0-18-amd64";
  CHECK(sys::gather_environment(false, root.path()) == expected);
  CHECK(sys::gather_environment(true, root.path()).hostname.empty());
}

TEST_CASE("an Arm machine is named by its part numbers") {
  const TemporaryDirectory root;
  root.write("proc/cpuinfo",
             "processor : 0\nCPU implementer : 0x41\nCPU part : 0xd0c\n\nprocessor : 1\n"
             "CPU implementer : 0x41\nCPU part : 0xd0c\n");
  CHECK(sys::gather_environment(true, root.path()).cpu == "CPU implementer 0x41, CPU part 0xd0c");
}

TEST_CASE("this machine has a CPU, cores and memory") {
  const Environment here = sys::gather_environment(false);
  CHECK_FALSE(here.cpu.empty());
  CHECK(here.cores > 0);
  CHECK(here.memory_bytes > 0);
  CHECK_FALSE(here.kernel.empty());
}

TEST_CASE("a fingerprint tells kinds of machines apart and not their names") {
  const TemporaryDirectory root;
  write_machine(root);
  const Environment one = sys::gather_environment(false, root.path());
  const std::string fingerprint = sys::machine_fingerprint(one);
  CHECK(fingerprint.size() == 64);
  Environment other = one;
  other.hostname = "builder-8";
  other.memory_bytes -= 4096;
  other.kernel = "6.1.0-19-amd64";
  other.toolchain["cc"] = "12";
  CHECK(sys::machine_fingerprint(other) == fingerprint);
  for (const auto change : {+[](Environment& e) { e.cpu += "x"; }, +[](Environment& e) { e.cores = 4; },
                            +[](Environment& e) { e.memory_bytes *= 2; }, +[](Environment& e) { e.os = "Ubuntu"; }}) {
    Environment changed = one;
    change(changed);
    CHECK(sys::machine_fingerprint(changed) != fingerprint);
  }
}

TEST_CASE("a quiet machine gives no warning and an unreadable one neither") {
  const TemporaryDirectory root;
  CHECK(codes(root).empty());
  write_machine(root);
  root.write("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance\n");
  root.write("sys/devices/system/cpu/intel_pstate/no_turbo", "1\n");
  root.write("sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count", "0\n");
  root.write("sys/class/thermal/thermal_zone0/temp", "45000\n");
  CHECK(codes(root).empty());
}

TEST_CASE("everything that makes timing doubtful is named") {
  const TemporaryDirectory root;
  write_machine(root);
  root.write("proc/loadavg", "1.70 0.50 0.61 1/230 4711\n");
  root.write("proc/meminfo", "MemTotal: 8130512 kB\nMemAvailable: 500000 kB\n");
  root.write("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance\n");
  root.write("sys/devices/system/cpu/cpu1/cpufreq/scaling_governor", "powersave\n");
  root.write("sys/devices/system/cpu/cpufreq/boost", "1\n");
  root.write("sys/devices/system/cpu/cpu1/thermal_throttle/core_throttle_count", "3\n");
  root.write("sys/class/thermal/thermal_zone0/temp", "45000\n");
  root.write("sys/class/thermal/thermal_zone1/temp", "93000\n");
  const auto warnings = sys::preflight_warnings(root.path());
  CHECK(codes(root) == std::vector<std::string>{"high-load", "low-memory", "governor", "turbo", "throttled", "hot"});
  REQUIRE(warnings.size() == 6);
  CHECK(warnings[0].message == "load average 1.70 on 2 cores before timing: other processes disturb the measurement");
  CHECK(warnings[1].message == "488 MiB of 7939 MiB memory available before timing");
  CHECK(warnings[2].message == "frequency governor is powersave, not performance: the clock rate varies");
  CHECK(warnings[4].message == "the CPU was throttled for heat 3 times since boot");
  CHECK(warnings[5].message == "a thermal zone is at 93 degrees Celsius before timing");
}

TEST_CASE("tool versions are the first lines of what the tools say") {
  cyclegate::test::FakeProcessRunner runner([](const sys::ProcessRequest& request) {
    if (request.arguments[0] == "cc") return cyclegate::test::exited(0, "\ncc (Debian 12.2.0) 12.2.0\nCopyright\n");
    return cyclegate::test::exited(127);
  });
  const auto versions = sys::tool_versions(runner, {"cc", "rustc"}, {{"PATH", "/x"}});
  CHECK(versions == std::map<std::string, std::string>{{"cc", "cc (Debian 12.2.0) 12.2.0"}});
  REQUIRE(runner.requests.size() == 2);
  CHECK(runner.requests[1].arguments == std::vector<std::string>{"rustc", "--version"});
  CHECK(runner.requests[1].environment.at("PATH") == "/x");
}
