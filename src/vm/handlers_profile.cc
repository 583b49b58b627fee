#define CYCLEGATE_VM_MODE Instrumentation::profile
#include "vm/find_handler.inc"

namespace cyclegate::vm {

ThreadedInstruction::Handler find_handler_profile(Form form, Operation operation) {
  return choose_handler(form, operation);
}

}  // namespace cyclegate::vm
