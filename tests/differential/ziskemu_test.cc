// Random programs on the embedded executor and on the real ziskemu, where there is one.
#include "differential/ziskemu.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <cstdint>
#include <exception>
#include <iostream>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "differential/environment.h"
#include "differential/generator.h"
#include "support/real_executor.h"
#include "support/temporary_directory.h"

namespace cyclegate::differential {
namespace {

constexpr std::uint64_t kZiskemuPrograms = 60;
constexpr std::uint64_t kZiskemuSeed = 1;
constexpr std::size_t kMostDifferences = 3;

/// What the programs made ziskemu do: executions by row.
class Counts {
 public:
  void add(const Rows& rows) {
    ++programs_;
    for (const auto& [name, row] : rows) {
      if (name.starts_with("COST") || name == "STEPS") continue;
      counts_[name] += std::stoull(row);
    }
  }
  std::uint64_t programs() const { return programs_; }
  std::size_t kinds() const { return counts_.size(); }
  std::string table() const {
    std::string text = fmt::format("{} programs ran to an end that has a report; executions by row:\n", programs_);
    for (const auto& [name, count] : counts_) text += fmt::format("  {:60}{:12}\n", name, count);
    return text;
  }

 private:
  std::map<std::string, std::uint64_t> counts_;
  std::uint64_t programs_ = 0;
};

}  // namespace

TEST_CASE("random programs have ziskemu's steps, rows, output and way to end", "[ziskemu]") {
  const Ziskemu tool = find_ziskemu();
  if (tool.path.empty()) {
    if (test::executors_required()) FAIL("not compared: " << tool.version);
    SKIP("not compared: " << tool.version);
  }
  const std::uint64_t seed = number_from_environment("CYCLEGATE_DIFFERENTIAL_SEED", kZiskemuSeed);
  const std::uint64_t minutes = number_from_environment("CYCLEGATE_DIFFERENTIAL_MINUTES", 0);
  const std::uint64_t programs =
      minutes > 0 ? ~std::uint64_t{0}
                  : number_from_environment("CYCLEGATE_DIFFERENTIAL_ZISKEMU_PROGRAMS", kZiskemuPrograms);
  const auto deadline = minutes > 0 ? std::chrono::steady_clock::now() + std::chrono::minutes(minutes)
                                    : std::chrono::steady_clock::time_point::max();
  std::cout << tool.version << "; seed " << seed << '\n' << std::flush;

  const test::TemporaryDirectory directory;
  std::atomic<std::uint64_t> next = 0;
  std::mutex mutex;
  std::exception_ptr failure;
  std::vector<Difference> differences;
  Counts counts;
  std::uint64_t run = 0;
  const auto work = [&] {
    try {
      for (std::uint64_t number = next++; number < programs; number = next++) {
        if (std::chrono::steady_clock::now() > deadline) return;
        Rows rows;
        auto difference =
            compare_with_ziskemu(tool, generate_for_zisk(seed, number, number % 3 == 2), directory.path(), &rows);
        const std::scoped_lock lock(mutex);
        ++run;
        if (!rows.empty()) counts.add(rows);
        if (difference) differences.push_back(std::move(*difference));
        if (failure || differences.size() >= kMostDifferences) return;
      }
    } catch (...) {
      const std::scoped_lock lock(mutex);
      failure = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> threads;
    for (unsigned count = std::max(1U, std::thread::hardware_concurrency()); count > 0; --count) {
      threads.emplace_back(work);
    }
  }
  if (failure) std::rethrow_exception(failure);
  std::cout << counts.table() << std::flush;
  for (const Difference& difference : differences) {
    const Difference small = shrink(
        difference, [&](const Program& program) { return compare_with_ziskemu(tool, program, directory.path()); });
    std::cout << "difference in " << describe(small) << '\n' << std::flush;
  }
  std::cout << run << " programs, " << differences.size() << " differ" << '\n' << std::flush;
  CHECK(differences.empty());
  // Most programs reach their end, and together they reach most of what has a row.
  CHECK(counts.programs() * 2 > run);
  if (run >= kZiskemuPrograms) CHECK(counts.kinds() > 150);
}

TEST_CASE("a seed and an index name the same program for ZisK every time") {
  CHECK(generate_for_zisk(7, 11, false).text == generate_for_zisk(7, 11, false).text);
  CHECK(generate_for_zisk(7, 11, false).text != generate(7, 11, false).text);
}

}  // namespace cyclegate::differential
