#include "model/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace cyclegate::model {

void for_each_part(std::size_t count, std::size_t part,
                   const std::function<void(std::size_t first, std::size_t last)>& work) {
  constexpr std::size_t most_threads = 8;
  const std::size_t parts = (count + part - 1) / part;
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr error;
  std::size_t failed = parts;
  const auto take_parts = [&] {
    for (std::size_t index = next++; index < parts; index = next++) {
      try {
        work(index * part, std::min(count, (index + 1) * part));
      } catch (...) {
        // Parts are handed out in order: every earlier one is being worked on or done, so that the first failure of all
        // is the same on every run.
        const std::scoped_lock lock(mutex);
        if (index < failed) {
          failed = index;
          error = std::current_exception();
        }
        next = parts;
      }
    }
  };
  {
    std::vector<std::jthread> helpers;
    const std::size_t threads = std::min({parts, most_threads, std::size_t{std::thread::hardware_concurrency()}});
    try {
      while (helpers.size() + 1 < threads) helpers.emplace_back(take_parts);
    } catch (const std::system_error&) {
      // Where no more threads are allowed, those that are there do all the work.
    }
    take_parts();
  }
  if (error) std::rethrow_exception(error);
}

}  // namespace cyclegate::model
