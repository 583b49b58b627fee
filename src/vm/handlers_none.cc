#define CYCLEGATE_VM_MODE Instrumentation::none
#include "vm/find_handler.inc.h"

namespace cyclegate::vm {

ThreadedInstruction::Handler find_handler_none(Form form, Operation operation) { return choose_handler(form, operation); }

}  // namespace cyclegate::vm
