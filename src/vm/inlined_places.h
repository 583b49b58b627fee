#pragma once

#include "elf/debug_functions.h"
#include "vm/code.h"

namespace cyclegate::vm {

/// Tells every instruction which inlined function it is of, and every function where it is declared: fills
/// inlined_places, inlined_frames, place_of and function_frames. Functions must have been named before. What debug
/// information says beyond a generous amount of work is left out with a warning.
void fill_inlined_places(const elf::DebugFunctions& debug, Code& code);

}  // namespace cyclegate::vm
