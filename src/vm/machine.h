#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <span>

#include "model/execution.h"
#include "vm/program.h"

namespace cyclegate::vm {

/// What one execution may use. A run that needs more ends with an Outcome of kind `limit`.
struct Limits {
  /// As ziskemu's -n: a run that has not ended when its step count (BIOS included) reaches this fails.
  std::uint64_t max_steps = (std::uint64_t{1} << 36) - 1;
  /// Guest memory: 64 KiB for every 64 KiB block that was stored to, plus loaded segments, plus input.
  std::uint64_t max_memory_bytes = std::uint64_t{1} << 30;
  /// Wall-clock time of the run, looked at every few million steps.
  std::chrono::nanoseconds max_time = std::chrono::hours(1);
  /// Asked as often as the clock is; true ends the run as max_time would. Null: never.
  bool (*give_up)() = nullptr;
};

class Memory;

/// The state a run ended in, for tests that compare it with another executor.
class MachineView {
 public:
  MachineView(const std::array<std::uint64_t, 32>& registers, std::uint64_t pc, const Memory& memory)
      : registers_(registers), pc_(pc), memory_(memory) {}
  /// x0 to x31 after the last instruction that completed.
  const std::array<std::uint64_t, 32>& registers() const { return registers_; }
  /// Address of the instruction that ended the run (the exit ecall, or the one that failed).
  std::uint64_t pc() const { return pc_; }
  /// Copies guest memory at `address`; false, and `bytes` unspecified, unless all of it is readable by the guest.
  bool read(std::uint64_t address, std::span<std::uint8_t> bytes) const;

 private:
  const std::array<std::uint64_t, 32>& registers_;
  std::uint64_t pc_;
  const Memory& memory_;
};

/// Executes the program once from its entry as ziskemu 1.4.0-alpha does. `input_file` is what `ziskemu -i` takes: raw
/// bytes that the guest sees from 0x10000008, a multiple of 8 (else the outcome is `rejected`), or nothing at all.
/// `detail` chooses the instrumentation; the steps, the output and the outcome do not depend on it. `inspect` is called
/// once when the run has ended, however it ended (not when it was rejected). Deterministic but for max_time.
model::Execution execute(const Program& program, std::span<const std::uint8_t> input_file, const Limits& limits,
                         model::Detail detail, const std::function<void(const MachineView&)>& inspect = {});

}  // namespace cyclegate::vm
