#include "system/interrupt.h"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>

#include "model/error.h"

namespace cyclegate::system {
namespace {

// A signal handler may only touch lock-free atomics and call write(2); hence these globals.
std::atomic<int> arrived{0};
std::atomic<int> event_descriptor{-1};
static_assert(std::atomic<int>::is_always_lock_free);

constexpr std::array<int, 2> handled = {SIGINT, SIGTERM};
std::array<struct sigaction, handled.size()> former;

void on_signal(int signal) {
  const int saved_errno = errno;
  if (arrived.load() >= 2) {
    // Somebody insists; what is left on disk is removed at the next start.
    struct sigaction standard{};
    standard.sa_handler = SIG_DFL;
    sigaction(signal, &standard, nullptr);
    raise(signal);
  }
  request_interrupt();
  errno = saved_errno;
}

}  // namespace

InterruptHandler::InterruptHandler() {
  interrupt_descriptor();  // Made now: a handler could not report a failure.
  struct sigaction action{};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  // No SA_RESTART: whatever waits is to notice. Every wait of ours copes with EINTR.
  for (std::size_t i = 0; i < handled.size(); ++i) sigaction(handled[i], &action, &former[i]);
}

InterruptHandler::~InterruptHandler() {
  for (std::size_t i = 0; i < handled.size(); ++i) sigaction(handled[i], &former[i], nullptr);
}

bool interrupted() {
  return arrived.load() > 0;
}

void throw_if_interrupted() {
  if (interrupted()) throw model::Error(model::ErrorKind::interrupted, "interrupted");
}

void request_interrupt() {
  arrived.fetch_add(1);
  const int descriptor = event_descriptor.load();
  if (descriptor < 0) return;
  const std::uint64_t one = 1;
  // The only failure is a full counter, and that one is readable too.
  [[maybe_unused]] const ssize_t written = write(descriptor, &one, sizeof(one));
}

void clear_interrupt() {
  arrived.store(0);
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t taken = read(interrupt_descriptor(), &count, sizeof(count));
}

int interrupt_descriptor() {
  static const int descriptor = [] {
    const int made = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (made < 0) {
      throw model::Error(model::ErrorKind::measurement,
                         fmt::format("cannot make an eventfd: {}", std::strerror(errno)));
    }
    event_descriptor.store(made);
    if (arrived.load() > 0) {
      const std::uint64_t one = 1;
      [[maybe_unused]] const ssize_t written = write(made, &one, sizeof(one));
    }
    return made;
  }();
  return descriptor;
}

}  // namespace cyclegate::system
