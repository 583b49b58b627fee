#pragma once

#include "model/profile.h"
#include "profile/byte_reader.h"

namespace cyclegate::profile {

/// Reads what `perf script` prints of samples with call stacks. As in stackcollapse-perf.pl, the program's name (blanks
/// as
/// `_`) is the outermost frame and a function without a symbol is its module in brackets. Each kind of event is a
/// column that counts samples; the first kind comes first. Throws model::Error{configuration} naming the line.
model::Profile read_perf_script(ByteReader& bytes);

}  // namespace cyclegate::profile
