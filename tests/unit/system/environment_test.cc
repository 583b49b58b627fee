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

TEST_CASE("the peak memory of this process is read in bytes") {
  const TemporaryDirectory root;
  CHECK(sys::peak_memory_bytes(root.path()) == 0);
  root.write("proc/self/status", "Name:\tcyclegate\nVmPeak:\t  900 kB\nVmHWM:\t   512 kB\nVmRSS:\t 400 kB\n");
  CHECK(sys::peak_memory_bytes(root.path()) == 512 * 1024);
  CHECK(sys::peak_memory_bytes() > 1'000'000);
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
