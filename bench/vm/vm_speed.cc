// Times the embedded executor beside qemu-riscv64 (dynamic translation, the fastest RISC-V engine in Debian) on the
// same source: tests/fixtures/ziskemu/guests/big.c, 282 million steps, built for ZisK and for Linux. CPU time of the
// run, best of several interleaved rounds. Then the call tree's slow-down on guests with debug information, whose
// inlined functions it follows: json-digest (built here by gcc-riscv64-unknown-elf), and `vm_speed ELF INPUT` adds
// another. Needs gcc-riscv64-linux-gnu, gcc-riscv64-unknown-elf and qemu-user.
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "elf/debug_functions.h"
#include "elf/image.h"
#include "vm/machine.h"

namespace {

using namespace cyclegate;  // NOLINT(google-build-using-namespace): a benchmark

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

double own_cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Runs a program to its end with standard output in `output`; CPU seconds of the child.
double run(const std::vector<std::string>& words, const std::filesystem::path& output) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  pid_t child = 0;
  const int error = posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::runtime_error("cannot start " + words[0] + " (apt: gcc-riscv64-linux-gnu qemu-user)");
  int status = 0;
  rusage usage{};
  if (wait4(child, &status, 0, &usage) < 0 || status != 0) throw std::runtime_error(words[0] + " failed");
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::vector<std::uint8_t> read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

void measure() {
  const std::filesystem::path source(CYCLEGATE_SOURCE_DIR);
  const auto guests = source / "tests/fixtures/ziskemu/guests";
  std::string pattern = std::filesystem::temp_directory_path() / "cyclegate-vm-speed-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
  const std::filesystem::path work(pattern);
  const auto program_file = work / "big";
  const auto output_file = work / "output";
  run({"riscv64-linux-gnu-gcc", "-static", "-O2", "-I", guests.string(), "-o", program_file.string(),
       (guests / "big.c").string(), (source / "bench/vm/linux_shim.c").string()},
      output_file);

  const auto image = elf::parse(read(source / "tests/fixtures/ziskemu/elf/big.elf"));
  if (!image) throw std::runtime_error(image.error().message);
  const auto program = vm::load(*image, vm::cost_model("zisk-1.4.0-alpha"));
  if (!program) throw std::runtime_error(program.error().why);

  constexpr int rounds = 5;
  double qemu = 1e9;
  constexpr std::array details = {model::Detail::totals, model::Detail::cost, model::Detail::functions,
                                  model::Detail::profile};
  std::array<double, details.size()> ours{1e9, 1e9, 1e9, 1e9};
  std::uint64_t steps = 0;
  for (int round = 0; round < rounds; ++round) {
    qemu = std::min(qemu, run({"qemu-riscv64", program_file.string()}, output_file));
    const auto expected = read(output_file);
    for (std::size_t i = 0; i < details.size(); ++i) {
      const double start = own_cpu_seconds();
      const auto execution = vm::execute(*program, {}, {}, details[i]);
      ours[i] = std::min(ours[i], own_cpu_seconds() - start);
      steps = execution.steps;
      if (!execution.outcome.ok() || !std::equal(expected.begin(), expected.end(), execution.output.begin())) {
        throw std::runtime_error("the embedded executor and qemu-riscv64 gave different outputs");
      }
    }
  }
  std::filesystem::remove_all(work);
  const auto row = [&](const char* name, double time) {
    fmt::print("{:<34} {:>9.3f} {:>9.0f} {:>9.2f}\n", name, time, static_cast<double>(steps) / time / 1e6, qemu / time);
  };
  fmt::print("big.c, {} steps, best CPU time of {} interleaved rounds\n", steps, rounds);
  fmt::print("{:<34} {:>9} {:>9} {:>9}\n", "engine", "seconds", "Msteps/s", "of qemu");
  row("qemu-riscv64 (start included)", qemu);
  row("embedded, steps only", ours[0]);
  row("embedded, exact cost", ours[1]);
  row("embedded, exact cost by function", ours[2]);
  row("embedded, with the call tree", ours[3]);
  fmt::print("ratio: steps-only {:.2f}\n", qemu / ours[0]);
  fmt::print("ratio: exact cost {:.2f}\n", qemu / ours[1]);
  fmt::print("slow-down: call tree against exact cost {:.2f}\n", ours[3] / ours[1]);
}

/// CPU seconds of the best of some rounds with exact cost and with the call tree, by turns.
void measure_call_tree(const std::string& name, const std::filesystem::path& elf_file,
                       const std::filesystem::path& input_file) {
  const auto file = read(elf_file);
  const auto image = elf::parse(file);
  if (!image) throw std::runtime_error(image.error().message);
  const double before = own_cpu_seconds();
  const elf::DebugFunctions debug = elf::debug_functions(file);
  const double reading = own_cpu_seconds() - before;
  const auto program = vm::load(*image, vm::cost_model("zisk-1.4.0-alpha"), &debug);
  if (!program) throw std::runtime_error(program.error().why);
  const auto input = read(input_file);
  constexpr int rounds = 5;
  constexpr std::array details = {model::Detail::cost, model::Detail::profile};
  std::array<double, details.size()> best{1e9, 1e9};
  model::Execution execution;
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < details.size(); ++i) {
      const double start = own_cpu_seconds();
      execution = vm::execute(*program, input, {}, details[i]);
      best[i] = std::min(best[i], own_cpu_seconds() - start);
      if (!execution.outcome.ok()) throw std::runtime_error(name + " failed: " + execution.outcome.why);
    }
  }
  fmt::print(
      "{}: {} steps, {} inlined calls (read in {:.2f} s), {} places in the tree; exact cost {:.3f} s, with the call "
      "tree {:.3f} s\nslow-down: {:.2f}\n",
      name, execution.steps, debug.calls.size(), reading, execution.profile->nodes.size(), best[0], best[1],
      best[1] / best[0]);
}

void measure_inlined(const std::vector<std::string>& arguments) {
  const std::filesystem::path guests = std::filesystem::path(CYCLEGATE_SOURCE_DIR) / "guests";
  run({"make", "--silent", "-C", guests.string(), "json-digest"}, "/dev/null");
  measure_call_tree("json-digest", guests / "out/json-digest.elf", guests / "inputs/json-digest/block_12964999.bin");
  if (arguments.size() == 2) measure_call_tree(arguments[0], arguments[0], arguments[1]);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    measure();
    measure_inlined({argv + 1, argv + argc});
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "vm_speed: %s\n", error.what());
    return 1;
  }
}
