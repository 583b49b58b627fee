// The table from Form and Operation to handler for one instrumentation: included by handlers_*.cc only, after
// `CYCLEGATE_VM_MODE` has been defined.

#include "vm/handlers.h"

namespace cyclegate::vm {
namespace {

using Handler = ThreadedInstruction::Handler;
using H = Handlers<CYCLEGATE_VM_MODE>;

constexpr Handler register_handlers[] = {
#define X(enumerator, text) &H::register_operation<Operation::enumerator>,
    CYCLEGATE_VM_OPERATIONS(X)
#undef X
};

constexpr Handler immediate_handlers[] = {
#define X(enumerator, text) &H::immediate_operation<Operation::enumerator>,
    CYCLEGATE_VM_OPERATIONS(X)
#undef X
};

template <unsigned width>
constexpr Handler atomic_handler(Operation operation) {
  switch (operation) {
    case Operation::add:
      return &H::atomic<width, Operation::add>;
    case Operation::add_w:
      return &H::atomic<width, Operation::add_w>;
    case Operation::xor_:
      return &H::atomic<width, Operation::xor_>;
    case Operation::and_:
      return &H::atomic<width, Operation::and_>;
    case Operation::or_:
      return &H::atomic<width, Operation::or_>;
    case Operation::min:
      return &H::atomic<width, Operation::min>;
    case Operation::max:
      return &H::atomic<width, Operation::max>;
    case Operation::minu:
      return &H::atomic<width, Operation::minu>;
    case Operation::maxu:
      return &H::atomic<width, Operation::maxu>;
    case Operation::min_w:
      return &H::atomic<width, Operation::min_w>;
    case Operation::max_w:
      return &H::atomic<width, Operation::max_w>;
    case Operation::minu_w:
      return &H::atomic<width, Operation::minu_w>;
    default:
      return &H::atomic<width, Operation::maxu_w>;
  }
}

Handler choose_handler(Form form, Operation operation) {
  using enum Form;
  switch (form) {
    case nothing:
      return &H::nothing;
    case constant:
      return &H::constant;
    case copy:
      return &H::copy;
    case register_operation:
      return register_handlers[index(operation)];
    case immediate_operation:
      return immediate_handlers[index(operation)];
    case add_uw:
      switch (operation) {
        case Operation::sh1add:
          return &H::add_uw<Operation::sh1add>;
        case Operation::sh2add:
          return &H::add_uw<Operation::sh2add>;
        case Operation::sh3add:
          return &H::add_uw<Operation::sh3add>;
        default:
          return &H::add_uw<Operation::add>;
      }
    case branch_equal:
      return &H::branch<Operation::eq, false>;
    case branch_not_equal:
      return &H::branch<Operation::eq, true>;
    case branch_less:
      return &H::branch<Operation::lt, false>;
    case branch_not_less:
      return &H::branch<Operation::lt, true>;
    case branch_less_unsigned:
      return &H::branch<Operation::ltu, false>;
    case branch_not_less_unsigned:
      return &H::branch<Operation::ltu, true>;
    case jump:
      return &H::jump;
    case call:
      return &H::call;
    case jump_register:
      return &H::jump_register<false>;
    case jump_register_odd:
      return &H::jump_register<true>;
    case load_1:
      return &H::load<1, true>;
    case load_1_unsigned:
      return &H::load<1, false>;
    case load_2:
      return &H::load<2, true>;
    case load_2_unsigned:
      return &H::load<2, false>;
    case load_4:
      return &H::load<4, true>;
    case load_4_unsigned:
      return &H::load<4, false>;
    case load_8:
      return &H::load<8, false>;
    case store_1:
      return &H::store<1>;
    case store_2:
      return &H::store<2>;
    case store_4:
      return &H::store<4>;
    case store_8:
      return &H::store<8>;
    case conditional_store_4:
      return &H::conditional_store<4>;
    case conditional_store_8:
      return &H::conditional_store<8>;
    case atomic_4:
      return atomic_handler<4>(operation);
    case atomic_8:
      return atomic_handler<8>(operation);
    case swap_4:
      return &H::swap<4>;
    case swap_8:
      return &H::swap<8>;
    case environment_call:
      return &H::environment_call;
    case csr_write:
      return &H::csr<Form::csr_write>;
    case csr_set:
      return &H::csr<Form::csr_set>;
    case csr_clear:
      return &H::csr<Form::csr_clear>;
    case keccak:
      return &H::precompile<run_keccak, 1>;
    case sha256:
      return &H::precompile<run_sha256, 2>;
    case dma_copy:
      return &H::precompile<run_dma_copy, 2>;
    case dma_compare:
      return &H::precompile<run_dma_compare, 2>;
    case dma_copy_immediate:
      return &H::precompile<run_dma_copy_immediate, 2>;
    case dma_compare_immediate:
      return &H::precompile<run_dma_compare_immediate, 2>;
    case dma_set:
      return &H::precompile<run_dma_set, 2>;
    case dma_set_immediate:
      return &H::precompile<run_dma_set_immediate, 3>;
    case profile_tag:
      return &H::behind<2>;
    case unavailable:
      return &H::unavailable;
    case halt:
      return &H::halt;
    case past_end:
      return &H::past_end;
  }
  return &H::halt;
}

}  // namespace
}  // namespace cyclegate::vm
