#pragma once

#include <string>

#include "model/profile.h"
#include "profile/byte_reader.h"

namespace cyclegate::profile {

/// Reads either JSON format of the Firefox Profiler, told apart by meta.preprocessedProfileVersion:
/// - the processed format (https://github.com/firefox-devtools/profiler/blob/main/src/types/profile.ts), as ziskemu
/// (tables in
///   `shared`, version 61 on) and samply write it (older ones: tables in each thread);
/// - the raw Gecko format (tables of rows with a schema), as SP1 writes it: each sample counts one.
/// All threads are added together. Weights: `samples` and `bytes` as they are; `tracing-ms` becomes `time` in ns, and
/// from ziskemu `cost`, which it writes divided by 1,000. Of its own profiles every column comes back.
/// Throws model::Error{configuration} naming line and column, or the place within the JSON.
model::Profile read_firefox(ByteReader& bytes);

/// The processed format, version 61, as ziskemu writes it. Each column that is not a part of another becomes a thread
/// with weights of the type `samples`. Files, lines, inlining and modules are kept, calls are not.
std::string write_firefox(const model::Profile& profile);

}  // namespace cyclegate::profile
