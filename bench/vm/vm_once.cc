// Executes one guest once and prints its steps, cost and the seconds each part took: for profiles of the executor
// itself (perf record build/release/bench/vm_once ELF INPUT DETAIL) and for bench/vm_against_ziskemu. INPUT may be "-":
// none.
#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "elf/debug_functions.h"
#include "elf/image.h"
#include "vm/machine.h"

namespace {

using namespace cyclegate;  // NOLINT(google-build-using-namespace): a benchmark

std::vector<std::uint8_t> read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(in), {}};
}

model::Detail detail_of(const std::string& word) {
  if (word == "totals") return model::Detail::totals;
  if (word == "cost") return model::Detail::cost;
  if (word == "functions") return model::Detail::functions;
  if (word == "profile") return model::Detail::profile;
  throw std::runtime_error("DETAIL must be totals, cost, functions or profile, not " + word);
}

int run(const std::string& elf_file, const std::string& input_file, const std::string& detail_word) {
  using Clock = std::chrono::steady_clock;
  const model::Detail detail = detail_of(detail_word);
  const auto started = Clock::now();
  const auto bytes = read(elf_file);
  const auto image = elf::parse(bytes);
  if (!image) throw std::runtime_error(image.error().message);
  std::optional<elf::DebugFunctions> debug;
  if (detail == model::Detail::profile) debug = elf::debug_functions(bytes);
  const auto program = vm::load(*image, vm::cost_model("zisk-1.4.0-alpha"), debug ? &*debug : nullptr);
  if (!program) throw std::runtime_error(program.error().why);
  const auto input = input_file == "-" ? std::vector<std::uint8_t>{} : read(input_file);
  const auto loaded = Clock::now();
  const auto execution = vm::execute(*program, input, {}, detail);
  const auto ended = Clock::now();
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](Clock::duration time) { return std::chrono::duration<double>(time).count(); };
  fmt::print("steps {}\ncost {}\nload {:.3f} s\nrun {:.3f} s\nmemory {} KiB\n", execution.steps,
             execution.cost ? execution.cost->total() : 0, seconds(loaded - started), seconds(ended - loaded),
             usage.ru_maxrss);
  if (execution.profile) {
    fmt::print("nodes {}\nframes {}\ncolumns {}\n", execution.profile->nodes.size(), execution.profile->frames.size(),
               execution.profile->columns.size());
  }
  if (!execution.outcome.ok()) throw std::runtime_error("the guest failed: " + execution.outcome.why);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 4) throw std::runtime_error("usage: vm_once ELF INPUT|- totals|cost|functions|profile");
    return run(argv[1], argv[2], argv[3]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "vm_once: %s\n", error.what());
    return 1;
  }
}
