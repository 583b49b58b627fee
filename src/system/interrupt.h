#pragma once

namespace cyclegate::system {

/// While one of these lives, SIGINT and SIGTERM set a flag instead of ending the program, so that what is on disk can
/// be tidied up. The third signal ends the program at once. Afterwards the former handlers are back.
class InterruptHandler {
 public:
  InterruptHandler();
  ~InterruptHandler();
  InterruptHandler(const InterruptHandler&) = delete;
  InterruptHandler& operator=(const InterruptHandler&) = delete;
};

/// Whether SIGINT or SIGTERM has arrived (or request_interrupt was called).
bool interrupted();
/// Throws model::Error{interrupted} when interrupted(). To be called between any two steps that take time.
void throw_if_interrupted();
/// Does what the signals do; async-signal-safe.
void request_interrupt();
/// Forgets the interrupt, for tests.
void clear_interrupt();
/// A descriptor that is readable from the interrupt on, to be polled together with others; owned by the module.
int interrupt_descriptor();

}  // namespace cyclegate::system
