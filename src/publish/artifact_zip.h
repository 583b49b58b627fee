#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace cyclegate::publish {

/// What an artifact may be at most. The numbers are of declared and of real sizes alike.
struct ZipLimits {
  std::uint64_t file_bytes = std::uint64_t{256} << 20U;   ///< of the zip itself
  std::uint64_t entries = 5'000;                          ///< a gate's pictures and logs are a few hundred
  std::uint64_t entry_bytes = std::uint64_t{512} << 20U;  ///< of one unpacked entry that is read
  std::uint64_t total_bytes = std::uint64_t{1} << 30U;    ///< of all entries unpacked, read or not
  std::uint64_t ratio = 200;                              ///< unpacked to packed, of an entry above `ratio_from`
  std::uint64_t ratio_from = std::uint64_t{1} << 20U;     ///< small entries may be as repetitive as they like
  std::size_t name_bytes = 512;                           ///< of an entry's name
};

/// Reads the entries called `names` out of a zip into memory; those that are not there are absent from the answer.
/// Nothing is ever written to disk, and no other entry is unpacked, but every entry must be harmless: refused with
/// model::Error (configuration) that names `origin` and the entry (escaped) are more than the limits allow, names that
/// are absolute, lead out (`..`), have a backslash, a drive or a control character, names that occur twice, links and
/// devices (the unix mode in the external attributes), encryption, methods other than stored and deflated, entries that
/// overlap, a central directory that says something else than the entries, wrong checksums, and what is no zip at all.
std::map<std::string, std::string> read_zip(std::span<const std::uint8_t> file, std::span<const std::string_view> names,
                                            std::string_view origin, const ZipLimits& limits = {});

}  // namespace cyclegate::publish
