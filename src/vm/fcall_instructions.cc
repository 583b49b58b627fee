#include <fmt/format.h>

#include <array>
#include <span>

#include "vm/address_map.h"
#include "vm/precompile_support.h"
#include "vm/slow_path.h"

// The instructions of fcalls: zisk-core 1.4.0-alpha, src/zisk_ops.rs (opc_fcall*).

namespace cyclegate::vm {

bool run_fcall_parameter(State* s, const ThreadedInstruction* i, bool counted) {
  std::array<std::uint64_t, 256> words{};
  const auto used = std::span(words).first(static_cast<std::size_t>(i->immediate));
  const std::uint64_t value = s->registers[i->rs1];
  if (used.size() == 1) {
    used[0] = value;
  } else {
    // Unlike operands of precompiles these may lie at any address.
    for (std::size_t word = 0; word < used.size(); ++word) {
      if (!s->memory.load(value + 8 * word, 8, used[word])) {
        return trap(s, i, fmt::format("fcall parameter at {:#x} is not in readable memory", value + 8 * word));
      }
    }
  }
  if (!s->fcalls.add(used)) return trap(s, i, "an fcall takes at most 386 words of parameters");
  if (counted) ++s->counters.operations[index(Operation::fcall_param)];
  return true;
}

bool run_fcall(State* s, const ThreadedInstruction* i, bool counted) {
  const std::string_view refused = s->fcalls.call(static_cast<std::uint64_t>(i->immediate), s->memory.input_bytes());
  if (!refused.empty()) return trap(s, i, fmt::format("fcall {}: {}", i->immediate, refused));
  s->memory.set_port(s->fcalls.port());
  if (counted) ++s->counters.operations[index(Operation::fcall)];
  return true;
}

bool run_fcall_get(State* s, const ThreadedInstruction* i, bool counted) {
  if (!s->fcalls.may_take(1)) return trap(s, i, "fcall_get: the last fcall has no more results");
  s->registers[i->rd] = s->fcalls.take(1)[0];
  s->memory.set_port(s->fcalls.port());
  if (counted) {
    count_reads(s, input_address, 1);
    ++s->counters.operations[index(Operation::fcall_get)];
  }
  return true;
}

}  // namespace cyclegate::vm
