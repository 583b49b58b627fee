#pragma once

#include <string_view>

#include "model/profile.h"
#include "profile/byte_reader.h"

namespace cyclegate::profile {

/// Reads what `perf script` prints of samples with call stacks. As in stackcollapse-perf.pl, the program's name (blanks
/// as `_`) is the outermost frame and a function without a symbol is its module in brackets. Each kind of event is a
/// column, the first kind first: the sum of its samples' periods (`events`; `ns` of clocks), or, printed without
/// periods, their number (`samples`). Throws model::Error{configuration} naming the line.
model::Profile read_perf_script(ByteReader& bytes);

/// Whether the line can begin a sample: `program pid [cpu] time: period event: fields of a tracepoint`.
bool is_perf_header(std::string_view line);

}  // namespace cyclegate::profile
