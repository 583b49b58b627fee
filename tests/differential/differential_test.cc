#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <exception>
#include <iostream>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "differential/comparison.h"
#include "differential/coverage.h"
#include "differential/environment.h"
#include "differential/generator.h"
#include "differential/reference.h"
#include "support/temporary_directory.h"

namespace cyclegate::differential {
namespace {

constexpr std::uint64_t kPrograms = 2000;
constexpr std::uint64_t kSeed = 1;
/// Programs between two looks at what was found; a multiple of the usual numbers of processors.
constexpr std::uint64_t kBlock = 96;
constexpr std::size_t kMostShrunk = 2;

/// One program in three has bit manipulation; the others are RV64IMA.
struct Plan {
  std::uint64_t plain = 0;
  std::uint64_t bits = 0;

  std::uint64_t size() const { return plain + bits; }
  Program program(std::uint64_t seed, std::uint64_t number) const {
    return number < plain ? generate(seed, number, false) : generate(seed, number - plain, true);
  }
};

struct Outcome {
  Coverage coverage;
  std::vector<Difference> differences;  ///< in the order of the programs
  std::uint64_t run = 0;                ///< programs that were run
};

/// Runs [first, last) on all processors; what is found does not depend on their number.
void run_block(const Plan& plan, std::uint64_t seed, std::uint64_t first, std::uint64_t last,
               const test::TemporaryDirectory& directory, Outcome& outcome) {
  std::vector<std::optional<Difference>> found(last - first);
  std::atomic<std::uint64_t> next = first;
  std::mutex mutex;
  std::exception_ptr failure;
  const auto work = [&] {
    Coverage coverage;
    try {
      for (std::uint64_t number = next++; number < last; number = next++) {
        const Program program = plan.program(seed, number);
        std::vector<std::uint64_t> path;
        found[number - first] = compare(program, directory.path(), &path);
        coverage.add(program, path);
      }
    } catch (...) {
      const std::scoped_lock lock(mutex);
      failure = std::current_exception();
      next = last;
    }
    const std::scoped_lock lock(mutex);
    outcome.coverage += coverage;
  };
  {
    std::vector<std::jthread> threads;
    for (unsigned count = std::max(1U, std::thread::hardware_concurrency()); count > 0; --count) {
      threads.emplace_back(work);
    }
  }
  if (failure) std::rethrow_exception(failure);
  for (std::optional<Difference>& difference : found) {
    if (difference) outcome.differences.push_back(std::move(*difference));
  }
  outcome.run = last;
}

}  // namespace

TEST_CASE("random programs end on the embedded executor as on qemu-riscv64, in registers and in memory") {
  const std::uint64_t seed = number_from_environment("CYCLEGATE_DIFFERENTIAL_SEED", kSeed);
  const std::uint64_t programs = number_from_environment("CYCLEGATE_DIFFERENTIAL_PROGRAMS", kPrograms);
  const Plan plan{.plain = programs, .bits = (programs + 1) / 2};
  std::cout << reference_version() << "; seed " << seed << ", " << plan.plain << " RV64IMA programs and " << plan.bits
            << " with bit manipulation" << '\n'
            << std::flush;

  const test::TemporaryDirectory directory;
  Outcome outcome;
  for (std::uint64_t first = 0; first < plan.size() && outcome.differences.empty(); first += kBlock) {
    run_block(plan, seed, first, std::min(first + kBlock, plan.size()), directory, outcome);
  }
  std::cout << outcome.coverage.table() << '\n' << std::flush;
  for (std::size_t at = 0; at < outcome.differences.size(); ++at) {
    if (at == kMostShrunk) break;
    std::cout << "difference in " << describe(shrink(outcome.differences[at], directory.path())) << '\n' << std::flush;
  }
  CHECK(outcome.differences.empty());
  if (outcome.differences.empty()) {
    std::cout << outcome.run << " programs, none differs" << '\n' << std::flush;
    if (programs >= kPrograms) {
      for (const std::string& shortfall : outcome.coverage.shortfalls()) FAIL_CHECK("coverage: " << shortfall);
    }
  } else {
    std::cout << outcome.differences.size() << " of " << outcome.run << " programs differ" << '\n' << std::flush;
  }
}

TEST_CASE("a seed and an index name the same program every time") {
  const Program once = generate(7, 11, false);
  const Program again = generate(7, 11, false);
  CHECK(once.text == again.text);
  CHECK(once.data == again.data);
  CHECK(generate(7, 12, false).text != once.text);
  CHECK(generate(8, 11, false).text != once.text);
}

}  // namespace cyclegate::differential
