#pragma once

namespace cyclegate::vm {

class Code;
struct Threaded;

/// Gives instructions whose result the next one uses a handler that does both, where the pair is a frequent one: the
/// value stays in a host register and one dispatch is saved. Only for runs that count nothing. The second instruction
/// keeps its own handler for jumps to it.
void fuse(const Code& code, Threaded& threaded);

}  // namespace cyclegate::vm
