#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "vm/alu.h"
#include "vm/function_tracker.h"
#include "vm/profile_tracker.h"
#include "vm/slow_path.h"
#include "vm/state.h"
#include "vm/threaded.h"

// The handlers of predecoded instructions, one set per kind of instrumentation. A handler ends by calling the next
// instruction's handler with the same arguments, which an optimising compiler makes a jump; without optimisation (and
// under sanitizers) it returns the next instruction to the loop in machine.cc instead.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CYCLEGATE_VM_SANITIZED 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define CYCLEGATE_VM_SANITIZED 1
#endif
#if !defined(__OPTIMIZE__) || defined(CYCLEGATE_VM_SANITIZED)
#define CYCLEGATE_VM_CONTINUE(instruction) return static_cast<void>(s), static_cast<void>(ram), (instruction)
#elif defined(__clang__)
#define CYCLEGATE_VM_CONTINUE(instruction) [[clang::musttail]] return (instruction)->handler((instruction), s, ram)
#else
#define CYCLEGATE_VM_CONTINUE(instruction) return (instruction)->handler((instruction), s, ram)
#endif

namespace cyclegate::vm {

using Next = const ThreadedInstruction*;

/// The handlers for one kind of instrumentation. All take the instruction, the state and RAM's host address.
template <Instrumentation mode>
struct Handlers {
  static constexpr bool counted = mode != Instrumentation::none;
  static constexpr bool by_function = mode == Instrumentation::functions;
  static constexpr bool profiled = mode == Instrumentation::profile;
  static constexpr bool tracked = by_function || profiled;

  // ---- accounting -------------------------------------------------------------------------------------------------

  template <Operation operation>
  static void price(State* s, bool frequent, std::uint64_t a, std::uint64_t b, std::uint64_t c) {
    Counters& counters = s->counters;
    if (frequent) {
      ++counters.frequent[index(operation)];
      return;
    }
    if constexpr (operation == Operation::add) {
      if (add_is_high_zero(a, b, c)) {
        ++counters.add_high_zero;
        charge<operation>(s, s->code.cost_model.add_high_zero);
        return;
      }
    }
    ++counters.operations[index(operation)];
    charge<operation>(s, s->code.cost_model.price[index(operation)]);
  }

  template <Operation operation>
  static void charge(State* s, std::uint64_t cost) {
    if constexpr (tracked) s->place->of(opcode_class(operation)) += cost;
  }

  template <Operation operation>
  static void count(State* s, std::uint64_t a, std::uint64_t b, std::uint64_t c) {
    if constexpr (counted) {
      const bool frequent =
          b < s->frequent_b_end[index(operation)] && s->threaded->register_boxes[index(operation)].hold(a, b);
      price<operation>(s, frequent, a, b, c);
    }
  }

  template <Operation operation>
  static void count_immediate(State* s, Next i, std::uint64_t a, std::uint64_t b, std::uint64_t c) {
    if constexpr (counted) price<operation>(s, i->boxes != nullptr && i->boxes->hold(a), a, b, c);
  }

  static void count_access(State* s, Zone zone, Access kind) {
    if constexpr (counted) s->counters.access(zone, kind);
    if constexpr (tracked) {
      const std::uint64_t cost =
          s->code.cost_model.memory[static_cast<std::size_t>(zone)][static_cast<std::size_t>(kind)];
      s->place->of(memory_class(zone, kind)) += cost;
    }
  }

  static std::uint64_t now(const State* s, Next at) { return static_cast<std::uint64_t>(s->bias) + at->steps_before; }
  static auto& tracker(State* s) {
    if constexpr (by_function) {
      return *s->functions;
    } else {
      return *s->profile;
    }
  }
  static std::uint32_t index_of(const State* s, Next i) {
    return static_cast<std::uint32_t>(i - s->threaded->instructions.data());
  }

  // ---- control ----------------------------------------------------------------------------------------------------

  static Next stop(State* s, Next i, Stop reason) {
    s->stopped_at = i;
    s->stop = reason;
    return nullptr;
  }

  static Next pause(State* s, Next target) {
    s->resume = target;
    s->stop = Stop::pause;
    return nullptr;
  }

  static Next nothing(Next i, State* s, std::uint8_t* ram) { CYCLEGATE_VM_CONTINUE(i + 1); }

  template <Operation operation, bool negated>
  static Next branch(Next i, State* s, std::uint8_t* ram) {
    const std::uint64_t a = s->registers[i->rs1];
    const std::uint64_t b = s->registers[i->rs2];
    const std::uint64_t c = evaluate<operation>(a, b);
    count<operation>(s, a, b, c);
    if ((c != 0) == negated) CYCLEGATE_VM_CONTINUE(i + 1);
    const Next target = i->target;
    s->bias += i->immediate;
    if (s->bias > s->jump_budget) [[unlikely]]
      return pause(s, target);
    CYCLEGATE_VM_CONTINUE(target);
  }

  static Next jump(Next i, State* s, std::uint8_t* ram) {
    const Next target = i->target;
    s->bias += i->immediate;
    if (s->bias > s->jump_budget) [[unlikely]]
      return pause(s, target);
    CYCLEGATE_VM_CONTINUE(target);
  }

  static Next call(Next i, State* s, std::uint8_t* ram) {
    const Next target = i->target;
    const auto kept = static_cast<std::uint64_t>(i->immediate);
    s->registers[i->rd] = kept;
    s->bias += static_cast<std::int64_t>(i->steps_before) + i->steps - static_cast<std::int64_t>(target->steps_before);
    if constexpr (tracked) {
      if (i->rs2 == 0) tracker(s).call(index_of(s, target), kept, s->registers[2], now(s, target));
    }
    if (s->bias > s->jump_budget) [[unlikely]]
      return pause(s, target);
    CYCLEGATE_VM_CONTINUE(target);
  }

  /// jalr
  template <bool odd>
  static Next jump_register(Next i, State* s, std::uint8_t* ram) {
    const std::uint64_t base = s->registers[i->rs1];
    const auto distance = static_cast<std::uint64_t>(i->immediate);
    constexpr std::uint64_t mask = ~std::uint64_t{1};
    std::uint64_t address = 0;
    if constexpr (odd) {
      const std::uint64_t sum = distance + base;
      count<Operation::add>(s, distance, base, sum);
      count<Operation::and_>(s, mask, sum, sum & mask);
      address = sum & mask;
    } else {
      count<Operation::and_>(s, mask, base, base & mask);
      address = (base & mask) + distance;
    }
    const std::uint64_t kept = i->behind;
    const Next target = s->find(address);
    if (target == nullptr) [[unlikely]] {
      s->jump_target = address;
      if (address == bios_return) return stop(s, i, Stop::returned);
      return stop_at_bad_jump(s, i);
    }
    s->registers[i->rd] = kept;
    s->bias += static_cast<std::int64_t>(i->steps_before) + i->steps - static_cast<std::int64_t>(target->steps_before);
    if constexpr (tracked) {
      if (i->rd != 32) {
        tracker(s).call(index_of(s, target), kept, s->registers[2], now(s, target));
      } else {
        tracker(s).jump_register(index_of(s, target), s->registers[2], now(s, target));
      }
    }
    if (s->bias > s->jump_budget) [[unlikely]]
      return pause(s, target);
    CYCLEGATE_VM_CONTINUE(target);
  }

  /// ecall: the exit when a7 is 93, else a step into the BIOS and back that overwrites ra.
  static Next environment_call(Next i, State* s, std::uint8_t* ram) {
    if (s->registers[17] == 93) return stop(s, i, Stop::exit);
    s->registers[1] = i->behind;
    count<Operation::eq>(s, s->registers[17], 93, 0);
    CYCLEGATE_VM_CONTINUE(i + 1);
  }

  static Next halt(Next i, State* s, std::uint8_t*) { return stop_at_halt(s, i); }
  static Next unavailable(Next i, State* s, std::uint8_t*) { return stop_at_unavailable(s, i); }

  /// Behind the last instruction of a segment, or the target of a static jump to no instruction.
  static Next past_end(Next i, State* s, std::uint8_t* ram) {
    const auto address = static_cast<std::uint64_t>(i->immediate);
    s->jump_target = address;
    const Next target = s->find(address);
    if (target == nullptr) {
      if (address == bios_return) return stop(s, i, Stop::returned);
      return stop_at_bad_jump(s, i);
    }
    s->bias += static_cast<std::int64_t>(i->steps_before) - static_cast<std::int64_t>(target->steps_before);
    if constexpr (tracked) tracker(s).move(index_of(s, target), s->registers[2], now(s, target));
    if (s->bias > s->jump_budget) return pause(s, target);
    CYCLEGATE_VM_CONTINUE(target);
  }

  /// Ends a single step (machine.cc).
  static Next fell_through(Next i, State* s, std::uint8_t*) { return stop(s, i, Stop::fell_through); }

  /// Stands in front of an instruction that code of another place can fall into or jump to.
  static Next boundary(Next i, State* s, std::uint8_t* ram) {
    tracker(s).move(index_of(s, i), s->registers[2], now(s, i));
    return s->threaded->behind_boundary[index_of(s, i)](i, s, ram);
  }

  // ---- registers --------------------------------------------------------------------------------------------------

  static Next constant(Next i, State* s, std::uint8_t* ram) {
    s->registers[i->rd] = static_cast<std::uint64_t>(i->immediate);
    CYCLEGATE_VM_CONTINUE(i + 1);
  }

  static Next copy(Next i, State* s, std::uint8_t* ram) {
    s->registers[i->rd] = s->registers[i->rs1];
    CYCLEGATE_VM_CONTINUE(i + 1);
  }

  template <Operation operation>
  static Next register_operation(Next i, State* s, std::uint8_t* ram) {
    const std::uint64_t a = s->registers[i->rs1];
    const std::uint64_t b = s->registers[i->rs2];
    const std::uint64_t c = evaluate<operation>(a, b);
    s->registers[i->rd] = c;
    count<operation>(s, a, b, c);
    CYCLEGATE_VM_CONTINUE(i + 1);
  }

  template <Operation operation>
  static Next immediate_operation(Next i, State* s, std::uint8_t* ram) {
    const std::uint64_t a = s->registers[i->rs1];
    const auto b = static_cast<std::uint64_t>(i->immediate);
    const std::uint64_t c = evaluate<operation>(a, b);
    s->registers[i->rd] = c;
    count_immediate<operation>(s, i, a, b, c);
    CYCLEGATE_VM_CONTINUE(i + 1);
  }

  /// add.uw, shNadd.uw: two operations.
  template <Operation operation>
  static Next add_uw(Next i, State* s, std::uint8_t* ram) {
    constexpr std::uint64_t mask = 0xffff'ffffU;
    const std::uint64_t a = s->registers[i->rs1];
    const std::uint64_t b = s->registers[i->rs2];
    const std::uint64_t low = a & mask;
    const std::uint64_t c = evaluate<operation>(low, b);
    s->registers[i->rd] = c;
    count<Operation::and_>(s, a, mask, low);
    if constexpr (operation == Operation::add) {
      count<operation>(s, b, low, c);  // ZisK's order of operands differs from that of shNadd
    } else {
      count<operation>(s, low, b, c);
    }
    CYCLEGATE_VM_CONTINUE(i + 1);
  }

  // ---- memory -----------------------------------------------------------------------------------------------------

  /// Whether an access of `width` bytes at this offset from RAM's start is aligned and inside RAM: one comparison, as
  /// an unaligned offset rotates its low bits to the top.
  template <unsigned width>
  static bool is_fast(std::uint64_t offset) {
    constexpr int shift = std::countr_zero(width);
    return std::rotr(offset, shift) < (ram_size >> shift);
  }

  template <unsigned width>
  static std::uint64_t fetch(const std::uint8_t* from) {
    if constexpr (width == 1) {
      return *from;
    } else if constexpr (width == 2) {
      std::uint16_t value = 0;
      std::memcpy(&value, from, sizeof value);
      return value;
    } else if constexpr (width == 4) {
      std::uint32_t value = 0;
      std::memcpy(&value, from, sizeof value);
      return value;
    } else {
      std::uint64_t value = 0;
      std::memcpy(&value, from, sizeof value);
      return value;
    }
  }

  static Zone ram_zone(std::uint64_t offset) { return offset < stack_size ? Zone::ram_stack : Zone::ram_no_stack; }

  /// Reads through to s->value; false when the run has stopped.
  template <unsigned width>
  static bool read(Next i, State* s, std::uint8_t* ram, std::uint64_t address) {
    const std::uint64_t offset = address - ram_address;
    if (is_fast<width>(offset)) [[likely]] {
      s->value = fetch<width>(ram + offset);
      count_access(s, ram_zone(offset), read_access(0, width));
      return true;
    }
    if (!slow_load(s, i, address, width)) return false;
    count_access(s, zone_of(address), read_access(address, width));
    return true;
  }

  template <unsigned width>
  static bool write(Next i, State* s, std::uint8_t* ram, std::uint64_t address, std::uint64_t value) {
    const std::uint64_t offset = address - ram_address;
    if (is_fast<width>(offset) && s->memory.open(offset)) [[likely]] {
      std::memcpy(ram + offset, &value, width);
      count_access(s, ram_zone(offset), write_access(0, width, value));
      return true;
    }
    if (!slow_store(s, i, address, width, value)) return false;
    count_access(s, zone_of(address), write_access(address, width, value));
    return true;
  }

  /// Ends a load: rd, and the operation of the signed ones.
  template <unsigned width, bool is_signed>
  static std::uint64_t finish_load(Next i, State* s, std::uint64_t a, std::uint64_t b) {
    if constexpr (is_signed && width < 8) {
      constexpr Operation operation = width == 1   ? Operation::signextend_b
                                      : width == 2 ? Operation::signextend_h
                                                   : Operation::signextend_w;
      const std::uint64_t c = evaluate<operation>(a, b);
      s->registers[i->rd] = c;
      count<operation>(s, a, b, c);
      return c;
    } else {
      s->registers[i->rd] = b;
      return b;
    }
  }

  // The slow halves of load and store are functions of their own that end as handlers do, so that the fast halves need
  // no stack frame.
  template <unsigned width, bool is_signed>
  [[gnu::noinline]] static Next load_slowly(Next i, State* s, std::uint8_t* ram) {
    const std::uint64_t a = s->registers[i->rs1];
    const std::uint64_t address = a + static_cast<std::uint64_t>(i->immediate);
    if (!slow_load(s, i, address, width)) return nullptr;
    count_access(s, zone_of(address), read_access(address, width));
    finish_load<width, is_signed>(i, s, a, s->value);
    CYCLEGATE_VM_CONTINUE(i + 1);
  }

  template <unsigned width, bool is_signed>
  static Next load(Next i, State* s, std::uint8_t* ram) {
    const std::uint64_t a = s->registers[i->rs1];
    const std::uint64_t offset = a + static_cast<std::uint64_t>(i->immediate) - ram_address;
    if (!is_fast<width>(offset)) [[unlikely]]
      return load_slowly<width, is_signed>(i, s, ram);
    count_access(s, ram_zone(offset), read_access(0, width));
    finish_load<width, is_signed>(i, s, a, fetch<width>(ram + offset));
    CYCLEGATE_VM_CONTINUE(i + 1);
  }

  template <unsigned width>
  [[gnu::noinline]] static Next store_slowly(Next i, State* s, std::uint8_t* ram) {
    const std::uint64_t address = s->registers[i->rs1] + static_cast<std::uint64_t>(i->immediate);
    const std::uint64_t value = s->registers[i->rs2];
    if (!slow_store(s, i, address, width, value)) return nullptr;
    count_access(s, zone_of(address), write_access(address, width, value));
    CYCLEGATE_VM_CONTINUE(i + 1);
  }

  template <unsigned width>
  static Next store(Next i, State* s, std::uint8_t* ram) {
    const std::uint64_t offset = s->registers[i->rs1] + static_cast<std::uint64_t>(i->immediate) - ram_address;
    if (!is_fast<width>(offset) || !s->memory.open(offset)) [[unlikely]]
      return store_slowly<width>(i, s, ram);
    const std::uint64_t value = s->registers[i->rs2];
    std::memcpy(ram + offset, &value, width);
    count_access(s, ram_zone(offset), write_access(0, width, value));
    CYCLEGATE_VM_CONTINUE(i + 1);
  }

  /// sc always succeeds: ZisK has one hart and keeps no reservations.
  template <unsigned width>
  static Next conditional_store(Next i, State* s, std::uint8_t* ram) {
    if (!write<width>(i, s, ram, s->registers[i->rs1], s->registers[i->rs2])) return nullptr;
    s->registers[i->rd] = 0;
    CYCLEGATE_VM_CONTINUE(i + 1);
  }

  template <unsigned width>
  static std::uint64_t loaded(State* s, std::uint64_t address) {
    if constexpr (width == 8) return s->value;
    const std::uint64_t b = s->value;
    const std::uint64_t c = sign_extend_32(b);
    count<Operation::signextend_w>(s, address, b, c);
    return c;
  }

  template <unsigned width, Operation operation>
  static Next atomic(Next i, State* s, std::uint8_t* ram) {
    const std::uint64_t address = s->registers[i->rs1];
    const std::uint64_t b = s->registers[i->rs2];
    if (!read<width>(i, s, ram, address)) return nullptr;
    const std::uint64_t old = loaded<width>(s, address);
    const std::uint64_t c = evaluate<operation>(old, b);
    count<operation>(s, old, b, c);
    if (!write<width>(i, s, ram, address, c)) return nullptr;
    s->registers[i->rd] = old;
    CYCLEGATE_VM_CONTINUE(i + 1);
  }

  template <unsigned width>
  static Next swap(Next i, State* s, std::uint8_t* ram) {
    const std::uint64_t address = s->registers[i->rs1];
    const std::uint64_t b = s->registers[i->rs2];
    if (!read<width>(i, s, ram, address)) return nullptr;
    const std::uint64_t old = loaded<width>(s, address);
    if (!write<width>(i, s, ram, address, b)) return nullptr;
    s->registers[i->rd] = old;
    CYCLEGATE_VM_CONTINUE(i + 1);
  }

  /// CSRs are words of memory. `immediate` is the CSR; rs2 says whether rs1 is a register or the operand itself.
  template <Form form>
  static Next csr(Next i, State* s, std::uint8_t* ram) {
    const std::uint64_t address = csr_address + 8 * static_cast<std::uint64_t>(i->immediate);
    const bool immediate = i->rs2 == csr_immediate_operand;
    const std::uint64_t operand = immediate ? i->rs1 : s->registers[i->rs1];
    const bool keeps_old = i->rd != 32;
    const bool writes = form == Form::csr_write || i->rs1 != 0;
    std::uint64_t old = 0;
    if (keeps_old || form != Form::csr_write) {
      if (!read<8>(i, s, ram, address)) return nullptr;
      old = s->value;
    }
    if (writes) {
      std::uint64_t result = operand;
      if constexpr (form == Form::csr_set) {
        result = old | operand;
        count<Operation::or_>(s, old, operand, result);
      } else if constexpr (form == Form::csr_clear) {
        if (!immediate) count<Operation::xor_>(s, ~std::uint64_t{0}, operand, ~operand);
        result = old & ~operand;
        count<Operation::and_>(s, old, ~operand, result);
      }
      if (!write<8>(i, s, ram, address, result)) return nullptr;
    }
    s->registers[i->rd] = old;
    CYCLEGATE_VM_CONTINUE(i + 1);
  }

  // ---- precompiles ------------------------------------------------------------------------------------------------

  /// `slots` instructions further on, of which this one stood for all.
  template <unsigned slots>
  static Next behind(Next i, State* s, std::uint8_t* ram) {
    const Next next = i + slots;
    s->bias += static_cast<std::int64_t>(i->steps_before) + i->steps - static_cast<std::int64_t>(next->steps_before);
    CYCLEGATE_VM_CONTINUE(next);
  }

  template <bool (*work)(State*, Next, bool), unsigned slots>
  static Next precompile(Next i, State* s, std::uint8_t* ram) {
    if (!work(s, i, counted)) return nullptr;
    return behind<slots>(i, s, ram);
  }
};

/// All handlers of one kind by Form and Operation. They execute exactly one instruction.
ThreadedInstruction::Handler find_handler_none(Form form, Operation operation);
ThreadedInstruction::Handler find_handler_cost(Form form, Operation operation);
ThreadedInstruction::Handler find_handler_functions(Form form, Operation operation);
ThreadedInstruction::Handler find_handler_profile(Form form, Operation operation);
ThreadedInstruction::Handler find_handler(Instrumentation instrumentation, Form form, Operation operation);

}  // namespace cyclegate::vm
