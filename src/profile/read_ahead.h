#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

namespace cyclegate::profile {

/// Two threads for one file: `bool produce(Item&)` fills items on a thread of its own, a few ahead, while
/// `consume(Item&)` takes them in order on the caller's. `produce` gets items that were used before and returns false
/// when there is nothing more; the item is then not taken. What either throws reaches the caller; where both throw, it
/// is `consume`'s, whose item came earlier. A file that fits one item needs no thread, nor does a machine that gives
/// none.
template <class Item, class Produce, class Consume>
void read_ahead(Produce produce, Consume consume) {
  constexpr std::size_t kAhead = 4;
  std::array<Item, kAhead> ring;
  if (!produce(ring[0])) return;
  consume(ring[0]);
  if (!produce(ring[0])) return;

  std::mutex mutex;
  std::condition_variable changed;
  std::size_t made = 1;
  std::size_t taken = 0;
  bool ended = false;
  bool stopped = false;
  std::exception_ptr failure;
  const auto run = [&] {
    try {
      for (;;) {
        {
          std::unique_lock lock(mutex);
          changed.wait(lock, [&] { return stopped || made - taken < kAhead; });
          if (stopped) return;
        }
        if (!produce(ring[made % kAhead])) break;
        const std::scoped_lock lock(mutex);
        ++made;
        changed.notify_one();
      }
    } catch (...) {
      failure = std::current_exception();
    }
    const std::scoped_lock lock(mutex);
    ended = true;
    changed.notify_one();
  };

  std::optional<std::jthread> producer;
  try {
    producer.emplace(run);
  } catch (const std::system_error&) {
    do consume(ring[0]);
    while (produce(ring[0]));
    return;
  }
  try {
    for (;;) {
      {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return ended || taken < made; });
        if (taken == made) break;
      }
      consume(ring[taken % kAhead]);
      const std::scoped_lock lock(mutex);
      ++taken;
      changed.notify_one();
    }
  } catch (...) {
    {
      const std::scoped_lock lock(mutex);
      stopped = true;
      changed.notify_one();
    }
    producer.reset();
    throw;
  }
  producer.reset();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace cyclegate::profile
