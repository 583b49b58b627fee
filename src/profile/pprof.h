#pragma once

#include <string>

#include "model/profile.h"
#include "profile/byte_reader.h"

namespace cyclegate::profile {

/// Reads a pprof profile, gzipped or not (RISC Zero's is not):
/// https://github.com/google/pprof/blob/main/proto/profile.proto. Each sample type becomes a column; labels, addresses
/// and times are passed over. Throws model::Error{configuration} naming the byte, or the sample.
model::Profile read_pprof(ByteReader& bytes);

/// A gzipped pprof profile with every column as a sample type, for `go tool pprof`. Files, lines, inlining and modules
/// are kept, calls are not. The bytes depend on nothing but the profile. Throws model::Error{usage} where a weight is
/// beyond 2^63 - 1, which the format cannot say.
std::string write_pprof(const model::Profile& profile);

}  // namespace cyclegate::profile
