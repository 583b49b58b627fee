#include "model/parallel.h"

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <stdexcept>
#include <string>
#include <vector>

using cyclegate::model::for_each_part;

TEST_CASE("every index is worked on exactly once, whatever the sizes") {
  for (const std::size_t count : {0U, 1U, 7U, 64U, 1000U}) {
    for (const std::size_t part : {1U, 3U, 64U, 5000U}) {
      std::vector<int> visits(count, 0);
      for_each_part(count, part, [&](std::size_t first, std::size_t last) {
        REQUIRE(last - first <= part);
        for (std::size_t index = first; index < last; ++index) ++visits[index];
      });
      CHECK(visits == std::vector<int>(count, 1));
    }
  }
}

TEST_CASE("of several failures the first one is thrown, after all work has ended") {
  for (int repeat = 0; repeat < 200; ++repeat) {
    std::atomic<int> running = 0;
    std::string message;
    try {
      for_each_part(100, 1, [&](std::size_t first, std::size_t) {
        ++running;
        const bool fails = first == 10 || first == 11 || first == 50;
        --running;
        if (fails) throw std::runtime_error(std::to_string(first));
      });
    } catch (const std::runtime_error& error) {
      message = error.what();
    }
    CHECK(running == 0);
    CHECK(message == "10");
  }
}
