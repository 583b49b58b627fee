#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include "model/profile.h"

namespace cyclegate::profile {

/// The formats of profiles.
enum class Format {
  folded,   ///< folded stacks, profile/folded.h
  firefox,  ///< both JSON formats of the Firefox Profiler, profile/firefox.h
  pprof,    ///< profile/pprof.h
  perf,     ///< text of perf script, profile/perf_script.h
};

/// The format of a file by its first bytes, unpacked; nullopt where it is none of these.
std::optional<Format> recognise(std::string_view first_bytes);

/// Reads a profile in any of the formats, gzipped or not. Throws model::Error{configuration} naming the origin and the
/// line or place, also where the format is not known.
model::Profile read(std::istream& stream, const std::string& origin);

/// `folded`, `firefox` or `pprof`, which can be written; nullopt for any other word.
std::optional<Format> writable_format(std::string_view word);

/// The bytes of a profile in a writable format; folded stacks take `column` (an index) only.
std::string write(const model::Profile& profile, Format format, std::size_t column = 0);

/// With every name demangled (elf::demangle); functions that become the same are one.
model::Profile demangled(model::Profile profile);

}  // namespace cyclegate::profile
