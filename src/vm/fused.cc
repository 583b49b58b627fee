#include "vm/fused.h"

#include <array>
#include <cstddef>
#include <tuple>
#include <utility>

#include "vm/code.h"
#include "vm/handlers.h"

namespace cyclegate::vm {
namespace {

using H = Handlers<Instrumentation::none>;
using Handler = ThreadedInstruction::Handler;

// First halves: they write their register and return its value.

template <Operation operation>
std::uint64_t immediate_half(Next i, State* s) {
  const std::uint64_t value = evaluate<operation>(s->registers[i->rs1], static_cast<std::uint64_t>(i->immediate));
  s->registers[i->rd] = value;
  return value;
}

template <Operation operation>
std::uint64_t register_half(Next i, State* s) {
  const std::uint64_t value = evaluate<operation>(s->registers[i->rs1], s->registers[i->rs2]);
  s->registers[i->rd] = value;
  return value;
}

std::uint64_t constant_half(Next i, State* s) {
  const auto value = static_cast<std::uint64_t>(i->immediate);
  s->registers[i->rd] = value;
  return value;
}

using Half = std::uint64_t (*)(Next, State*);

// Second halves take the first one's value as rs1 (or as what is stored).

template <Half first, Operation operation>
Next with_register(Next i, State* s, std::uint8_t* ram) {
  const std::uint64_t value = first(i, s);
  s->registers[i[1].rd] = evaluate<operation>(value, s->registers[i[1].rs2]);
  CYCLEGATE_VM_CONTINUE(i + 2);
}

template <Half first, Operation operation>
Next with_immediate(Next i, State* s, std::uint8_t* ram) {
  const std::uint64_t value = first(i, s);
  s->registers[i[1].rd] = evaluate<operation>(value, static_cast<std::uint64_t>(i[1].immediate));
  CYCLEGATE_VM_CONTINUE(i + 2);
}

template <Half first, Operation operation, bool negated>
Next with_branch(Next i, State* s, std::uint8_t* ram) {
  const std::uint64_t value = first(i, s);
  if ((evaluate<operation>(value, s->registers[i[1].rs2]) != 0) == negated) CYCLEGATE_VM_CONTINUE(i + 2);
  const Next target = i[1].target;
  s->bias += i[1].immediate;
  if (s->bias > s->jump_budget) [[unlikely]]
    return H::pause(s, target);
  CYCLEGATE_VM_CONTINUE(target);
}

template <Half first, unsigned width, bool is_signed>
Next with_load(Next i, State* s, std::uint8_t* ram) {
  const std::uint64_t value = first(i, s);
  const std::uint64_t offset = value + static_cast<std::uint64_t>(i[1].immediate) - ram_address;
  if (!H::is_fast<width>(offset)) [[unlikely]]
    return H::load_slowly<width, is_signed>(i + 1, s, ram);
  H::finish_load<width, is_signed>(i + 1, s, value, H::fetch<width>(ram + offset));
  CYCLEGATE_VM_CONTINUE(i + 2);
}

template <Half first, unsigned width>
Next with_store(Next i, State* s, std::uint8_t* ram) {
  const std::uint64_t value = first(i, s);
  const std::uint64_t offset = s->registers[i[1].rs1] + static_cast<std::uint64_t>(i[1].immediate) - ram_address;
  if (!H::is_fast<width>(offset) || !s->memory.open(offset)) [[unlikely]]
    return H::store_slowly<width>(i + 1, s, ram);
  std::memcpy(ram + offset, &value, width);
  CYCLEGATE_VM_CONTINUE(i + 2);
}

/// A load, then an operation on what was loaded.
template <unsigned width, bool is_signed, Operation operation>
Next load_with_register(Next i, State* s, std::uint8_t* ram) {
  const std::uint64_t offset = s->registers[i->rs1] + static_cast<std::uint64_t>(i->immediate) - ram_address;
  if (!H::is_fast<width>(offset)) [[unlikely]]
    return H::load_slowly<width, is_signed>(i, s, ram);
  const std::uint64_t value = H::finish_load<width, is_signed>(i, s, 0, H::fetch<width>(ram + offset));
  s->registers[i[1].rd] = evaluate<operation>(value, s->registers[i[1].rs2]);
  CYCLEGATE_VM_CONTINUE(i + 2);
}

constexpr bool commutes(const Predecoded& i) {
  switch (i.form) {
    case Form::register_operation:
      return i.operation == Operation::add || i.operation == Operation::xor_ || i.operation == Operation::or_ ||
             i.operation == Operation::and_;
    case Form::branch_equal:
    case Form::branch_not_equal:
      return true;
    default:
      return false;
  }
}

template <Half first>
Handler second_register(Operation operation) {
  switch (operation) {
    case Operation::add:
      return with_register<first, Operation::add>;
    case Operation::sub:
      return with_register<first, Operation::sub>;
    case Operation::xor_:
      return with_register<first, Operation::xor_>;
    case Operation::or_:
      return with_register<first, Operation::or_>;
    case Operation::and_:
      return with_register<first, Operation::and_>;
    default:
      return nullptr;
  }
}

template <Half first>
Handler second_branch(Form form) {
  switch (form) {
    case Form::branch_equal:
      return with_branch<first, Operation::eq, false>;
    case Form::branch_not_equal:
      return with_branch<first, Operation::eq, true>;
    case Form::branch_less:
      return with_branch<first, Operation::lt, false>;
    case Form::branch_not_less:
      return with_branch<first, Operation::lt, true>;
    case Form::branch_less_unsigned:
      return with_branch<first, Operation::ltu, false>;
    case Form::branch_not_less_unsigned:
      return with_branch<first, Operation::ltu, true>;
    default:
      return nullptr;
  }
}

template <Half first>
Handler second_load(Form form) {
  switch (form) {
    case Form::load_1:
      return with_load<first, 1, true>;
    case Form::load_1_unsigned:
      return with_load<first, 1, false>;
    case Form::load_2_unsigned:
      return with_load<first, 2, false>;
    case Form::load_4:
      return with_load<first, 4, true>;
    case Form::load_4_unsigned:
      return with_load<first, 4, false>;
    case Form::load_8:
      return with_load<first, 8, false>;
    default:
      return nullptr;
  }
}

template <Half first>
Handler second_immediate(Operation operation) {
  switch (operation) {
    case Operation::add:
      return with_immediate<first, Operation::add>;
    case Operation::and_:
      return with_immediate<first, Operation::and_>;
    case Operation::sll:
      return with_immediate<first, Operation::sll>;
    case Operation::srl:
      return with_immediate<first, Operation::srl>;
    case Operation::sra:
      return with_immediate<first, Operation::sra>;
    default:
      return nullptr;
  }
}

template <Half first>
Handler second(const Predecoded& b) {
  if (b.form == Form::register_operation) return second_register<first>(b.operation);
  if (b.form == Form::immediate_operation) return second_immediate<first>(b.operation);
  if (b.form >= Form::branch_equal && b.form <= Form::branch_not_less_unsigned) return second_branch<first>(b.form);
  return second_load<first>(b.form);
}

template <unsigned width, bool is_signed>
Handler behind_load(Operation operation) {
  switch (operation) {
    case Operation::add:
      return load_with_register<width, is_signed, Operation::add>;
    case Operation::xor_:
      return load_with_register<width, is_signed, Operation::xor_>;
    default:
      return nullptr;
  }
}

Handler behind_load(Form form, const Predecoded& b) {
  if (b.form != Form::register_operation) return nullptr;
  switch (form) {
    case Form::load_8:
      return behind_load<8, false>(b.operation);
    case Form::load_4:
      return behind_load<4, true>(b.operation);
    case Form::load_1_unsigned:
      return behind_load<1, false>(b.operation);
    default:
      return nullptr;
  }
}

/// The handler of the pair, given that b takes a's result as its first operand.
Handler find_pair(const Predecoded& a, const Predecoded& b) {
  switch (a.form) {
    case Form::constant:
      return second<constant_half>(b);
    case Form::immediate_operation:
      switch (a.operation) {
        case Operation::add:
          return second<immediate_half<Operation::add>>(b);
        case Operation::add_w:
          return second<immediate_half<Operation::add_w>>(b);
        case Operation::and_:
          return second<immediate_half<Operation::and_>>(b);
        case Operation::sll:
          return second<immediate_half<Operation::sll>>(b);
        case Operation::srl:
          return second<immediate_half<Operation::srl>>(b);
        default:
          return nullptr;
      }
    case Form::register_operation:
      switch (a.operation) {
        case Operation::add:
          return second<register_half<Operation::add>>(b);
        case Operation::xor_:
          return second<register_half<Operation::xor_>>(b);
        default:
          return nullptr;
      }
    default:
      return behind_load(a.form, b);
  }
}

/// The handler of a pair whose second half stores the first one's result.
Handler find_store_pair(const Predecoded& a, const Predecoded& b) {
  if (a.form != Form::register_operation || b.rs2 != a.rd || b.rs1 == a.rd) return nullptr;
  const bool sum = a.operation == Operation::add;
  if (!sum && a.operation != Operation::xor_) return nullptr;
  if (b.form == Form::store_8) {
    return sum ? with_store<register_half<Operation::add>, 8> : with_store<register_half<Operation::xor_>, 8>;
  }
  if (b.form == Form::store_4) {
    return sum ? with_store<register_half<Operation::add>, 4> : with_store<register_half<Operation::xor_>, 4>;
  }
  return nullptr;
}

// Pairs that need not have anything to do with each other: only a dispatch is saved. run() is false where the slow half
// of the handler must do it.

template <Operation operation>
struct Register {
  static bool run(Next i, State* s, std::uint8_t*) {
    s->registers[i->rd] = evaluate<operation>(s->registers[i->rs1], s->registers[i->rs2]);
    return true;
  }
  static Next slowly(Next i, State*, std::uint8_t*) { return i; }
};

template <Operation operation>
struct Immediate {
  static bool run(Next i, State* s, std::uint8_t*) {
    s->registers[i->rd] = evaluate<operation>(s->registers[i->rs1], static_cast<std::uint64_t>(i->immediate));
    return true;
  }
  static Next slowly(Next i, State*, std::uint8_t*) { return i; }
};

struct Load8 {
  static bool run(Next i, State* s, const std::uint8_t* ram) {
    const std::uint64_t offset = s->registers[i->rs1] + static_cast<std::uint64_t>(i->immediate) - ram_address;
    if (!H::is_fast<8>(offset)) [[unlikely]]
      return false;
    s->registers[i->rd] = H::fetch<8>(ram + offset);
    return true;
  }
  static Next slowly(Next i, State* s, std::uint8_t* ram) { return H::load_slowly<8, false>(i, s, ram); }
};

struct Store8 {
  static bool run(Next i, State* s, std::uint8_t* ram) {
    const std::uint64_t offset = s->registers[i->rs1] + static_cast<std::uint64_t>(i->immediate) - ram_address;
    if (!H::is_fast<8>(offset) || !s->memory.open(offset)) [[unlikely]]
      return false;
    std::memcpy(ram + offset, &s->registers[i->rs2], 8);
    return true;
  }
  static Next slowly(Next i, State* s, std::uint8_t* ram) { return H::store_slowly<8>(i, s, ram); }
};

template <typename First, typename Second>
Next both(Next i, State* s, std::uint8_t* ram) {
  if (!First::run(i, s, ram)) [[unlikely]]
    return First::slowly(i, s, ram);
  if (!Second::run(i + 1, s, ram)) [[unlikely]]
    return Second::slowly(i + 1, s, ram);
  CYCLEGATE_VM_CONTINUE(i + 2);
}

/// The kinds of instruction that stand in such pairs, in the order of kind_of().
using Kinds =
    std::tuple<Register<Operation::add>, Register<Operation::sub>, Register<Operation::ltu>, Register<Operation::mul>,
               Register<Operation::muluh>, Register<Operation::xor_>, Register<Operation::and_>,
               Register<Operation::or_>, Immediate<Operation::add>, Immediate<Operation::sll>,
               Immediate<Operation::srl>, Immediate<Operation::and_>, Load8, Store8>;
constexpr std::size_t kinds = std::tuple_size_v<Kinds>;

constexpr std::size_t kind_of(const Predecoded& i) {
  constexpr std::array register_kinds = {Operation::add,   Operation::sub,  Operation::ltu,  Operation::mul,
                                         Operation::muluh, Operation::xor_, Operation::and_, Operation::or_};
  constexpr std::array immediate_kinds = {Operation::add, Operation::sll, Operation::srl, Operation::and_};
  if (i.form == Form::load_8) return kinds - 2;
  if (i.form == Form::store_8) return kinds - 1;
  if (i.form == Form::register_operation) {
    for (std::size_t kind = 0; kind < register_kinds.size(); ++kind) {
      if (i.operation == register_kinds[kind]) return kind;
    }
  }
  if (i.form == Form::immediate_operation) {
    for (std::size_t kind = 0; kind < immediate_kinds.size(); ++kind) {
      if (i.operation == immediate_kinds[kind]) return register_kinds.size() + kind;
    }
  }
  return kinds;
}

template <std::size_t... numbers>
constexpr std::array<Handler, kinds * kinds> all_pairs(std::index_sequence<numbers...>) {
  return {both<std::tuple_element_t<numbers / kinds, Kinds>, std::tuple_element_t<numbers % kinds, Kinds>>...};
}

/// The handler of a pair where neither half needs the other's result.
Handler find_unrelated_pair(const Predecoded& a, const Predecoded& b) {
  static constexpr auto pairs = all_pairs(std::make_index_sequence<kinds * kinds>());
  const std::size_t first = kind_of(a);
  const std::size_t second = kind_of(b);
  return first == kinds || second == kinds ? nullptr : pairs[first * kinds + second];
}

/// The handler of a pair whose second half takes the first one's result; its operands may be swapped for that.
Handler find_related_pair(const Predecoded& a, const Predecoded& b, ThreadedInstruction& second_half) {
  if (a.rd == 0) return nullptr;
  if (const Handler handler = find_store_pair(a, b); handler != nullptr) return handler;
  const bool swapped = b.rs1 != a.rd && b.rs2 == a.rd && commutes(b);
  if (b.rs1 != a.rd && !swapped) return nullptr;
  const Handler handler = find_pair(a, b);
  if (handler != nullptr && swapped) std::swap(second_half.rs1, second_half.rs2);
  return handler;
}

}  // namespace

void fuse(const Code& code, Threaded& threaded) {
  for (std::size_t i = 0; i + 1 < code.instructions.size(); ++i) {
    const Predecoded& a = code.instructions[i];
    const Predecoded& b = code.instructions[i + 1];
    Handler handler = find_related_pair(a, b, threaded.instructions[i + 1]);
    if (handler == nullptr) handler = find_unrelated_pair(a, b);
    if (handler != nullptr) threaded.instructions[i].handler = handler;
  }
}

}  // namespace cyclegate::vm
