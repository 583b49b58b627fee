#include "vm/slow_path.h"

#include <fmt/format.h>

#include <cstring>
#include <string>
#include <utility>

#include "vm/address_map.h"
#include "vm/transpile.h"

namespace cyclegate::vm {

bool trap(State* s, const ThreadedInstruction* i, std::string why) {
  s->stopped_at = i;
  s->stop = Stop::trap;
  s->why = std::move(why);
  return false;
}

bool slow_load(State* s, const ThreadedInstruction* i, std::uint64_t address, unsigned width) {
  if (!s->memory.load(address, width, s->value)) {
    return trap(s, i, fmt::format("load of {} bytes at {:#x}, which is neither RAM (0xa0000000-0xc0000000), loaded "
                                  "read-only data nor input", width, address));
  }
  if ((address & (width - 1)) != 0) ++s->misaligned;
  return true;
}

bool slow_store(State* s, const ThreadedInstruction* i, std::uint64_t address, unsigned width, std::uint64_t value) {
  std::uint8_t* const place = s->memory.writable(address, width);
  if (place == nullptr) {
    return trap(s, i, fmt::format("store of {} bytes at {:#x}, outside RAM (0xa0000000-0xc0000000)", width, address));
  }
  if (!s->memory.touch(address, width)) {
    s->stopped_at = i;
    s->stop = Stop::memory_limit;
    return false;
  }
  std::memcpy(place, &value, width);
  if ((address & (width - 1)) != 0) ++s->misaligned;
  if (address == uart_address && width == 1 && s->console.size() < max_console_bytes) {
    s->console.push_back(static_cast<char>(value));
  }
  return true;
}

const ThreadedInstruction* stop_at_bad_jump(State* s, const ThreadedInstruction* i) {
  trap(s, i, fmt::format("jump to {:#x}, where no instruction is", s->jump_target));
  return nullptr;
}

const ThreadedInstruction* stop_at_halt(State* s, const ThreadedInstruction* i) {
  const char* why = "illegal instruction";
  switch (static_cast<HaltReason>(i->immediate)) {
    case HaltReason::breakpoint:
      why = "ebreak";
      break;
    case HaltReason::illegal:
      break;
    case HaltReason::compressed:
      why = "16-bit instruction: ZisK has no C extension; compile for rv64ima_zicsr";
      break;
    case HaltReason::zero:
      why = "illegal instruction 0000 (unimp)";
      break;
    case HaltReason::read_only_csr:
      why = "write to a read-only CSR";
      break;
  }
  trap(s, i, why);
  return nullptr;
}

const ThreadedInstruction* stop_at_unavailable(State* s, const ThreadedInstruction* i) {
  const auto csr = static_cast<std::uint16_t>(i->immediate);
  trap(s, i, fmt::format("precompile {} (CSR {:#x}) is not available in the embedded executor; run this guest on ziskemu",
                         csr_call_name(csr), csr));
  return nullptr;
}

}  // namespace cyclegate::vm
