#define CYCLEGATE_VM_MODE Instrumentation::cost
#include "vm/find_handler.inc.h"

namespace cyclegate::vm {

ThreadedInstruction::Handler find_handler_cost(Form form, Operation operation) { return choose_handler(form, operation); }

}  // namespace cyclegate::vm
